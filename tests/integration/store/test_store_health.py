"""What doctor finds in a home that is well and in one that is not, and sessions that end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from tests.conftest import NOW

from fireline.actions import accounts, jobs
from fireline.errors import PurposeError
from fireline.store import health, sessions
from fireline.store.actor import COMMAND_LINE

pytestmark = pytest.mark.django_db


def failed(home, **options):
    return {check.name for check in health.examine(home, **options) if not check.is_ok}


def test_a_fresh_home_has_no_fault_of_its_own(outbreak, home):
    assert failed(home) <= {"journal", "disk"}  # the tests' database is in memory


def test_a_home_never_used_lacks_its_tables_and_accuses_nobody(home, monkeypatch):
    monkeypatch.setattr(health.boot, "pending", lambda: ["store.0001_initial"])
    checks = {check.name: check for check in health.examine(home)}
    assert not checks["migrations"].is_ok
    assert checks["audit"].is_ok and "not checked" in checks["audit"].what.en
    assert checks["day files"].is_ok and checks["day files"].todo is None


def test_damaged_and_open_keys_are_found(outbreak, home):
    key = next(home.keys.glob("*.key"))
    key.write_bytes(b"short")
    key.chmod(0o644)
    assert {"keys", "permissions"} <= failed(home)


def test_listening_to_everybody_without_tls_is_found(home):
    assert "reach" in failed(home, host="0.0.0.0") and "reach" not in failed(home)


class Session(dict):
    """A session that notes when it was emptied."""

    def flush(self):
        self.clear()


@pytest.mark.parametrize(("idle", "is_in"), [(timedelta(minutes=1), True), (timedelta(days=2), False)])
def test_a_session_ends_after_its_limits(dora, idle, is_in, monkeypatch):
    from fireline.store.models import User

    request = RequestFactory().get("/")
    request.session, request.user = Session(), User.objects.get(username="dora")
    seen = []
    middleware = sessions.SessionLimits(lambda r: seen.append(r.user.is_authenticated) or HttpResponse())
    for at in (NOW, NOW + idle):
        monkeypatch.setattr(sessions.timezone, "now", lambda at=at: at)
        middleware(request)
    assert seen == [True, is_in]
    request.user = AnonymousUser()
    middleware(request)
    assert seen[-1] is False


def test_a_job_of_a_disabled_account_ends(dora, outbreak):
    accounts.disable_user(by=COMMAND_LINE, at=NOW, username="dora")
    with pytest.raises(PurposeError, match="disabled"):
        jobs.refresh_outbreak.func(outbreak=outbreak, username="dora")
