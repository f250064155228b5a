"""Shared fixtures: a temporary home, five named people, the built-in packs, and a small outbreak.

Alice is commander, Bob grid worker of one township, Charlie epidemiologist of another county (no access),
Dora epidemiologist of the county, Sam supervisor.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

_TEMPORARY = tempfile.mkdtemp(prefix="fireline-test-")
os.environ["FIRELINE_HOME"] = _TEMPORARY
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fireline.web.settings")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# where a failure stops a landing, generated inputs are the same each time; elsewhere they are new ones
settings.register_profile("same", derandomize=True)
if os.environ.get("FIRELINE_NO_SKIP"):
    settings.load_profile("same")

NOW = datetime(2022, 6, 12, 6, 0, tzinfo=UTC)  # 14:00 in Shenqiu


def pytest_configure(config):
    """Settings may have been read before this file: point them at the temporary home too."""
    from django.conf import settings

    settings.FIRELINE = replace(settings.FIRELINE, home=Path(_TEMPORARY))
    _let_flush_pass_the_audit_guard()


def pytest_unconfigure(config):
    shutil.rmtree(_TEMPORARY, ignore_errors=True)


def _let_flush_pass_the_audit_guard():
    """Transactional tests empty every table at their end; the insert-only triggers step aside for that."""
    from django.db import connection
    from django.test import TransactionTestCase
    from tests.fakes import audit_guard

    original = TransactionTestCase._fixture_teardown

    def teardown(self):
        audit_guard.lift(connection)
        try:
            original(self)
        finally:
            audit_guard.put_back(connection)

    TransactionTestCase._fixture_teardown = teardown


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request):
    """A name of its own for each worker on PostgreSQL; on SQLite each worker has its database in memory.

    The plugin's own fixture knows SQLite by the name of Django's engine and would name a file otherwise.
    """
    from django.db import connection

    worker = getattr(request.config, "workerinput", {}).get("workerid")
    if worker and connection.vendor != "sqlite":
        from pytest_django.fixtures import _set_suffix_to_test_databases

        _set_suffix_to_test_databases(suffix=worker)


@pytest.fixture
def now():
    """The moment most tests happen at."""
    return NOW


@pytest.fixture(autouse=True)
def _language_of_its_own():
    """A request in English leaves its language behind in the thread; every test begins in Chinese."""
    from django.utils import translation

    translation.activate("zh-hans")


@pytest.fixture(autouse=True)
def _home_of_its_own(request, tmp_path_factory, monkeypatch):
    """Each test with a database has a home folder of its own, so that keys and anchors never meet."""
    needs = request.node.get_closest_marker("django_db") or {"db", "transactional_db", "live_server"} & set(
        request.fixturenames
    )
    if needs or "home" in request.fixturenames:
        from django.conf import settings

        from fireline.pipeline.home import Home
        from fireline.store.access import scope

        scope._COUNTS.clear()  # numbers remembered of another test's outbreak of the same id
        path = tmp_path_factory.mktemp("home")
        Home.open(path)
        monkeypatch.setattr(settings, "FIRELINE", replace(settings.FIRELINE, home=path))


@pytest.fixture
def home(_home_of_its_own):
    """The temporary home that settings name during this test."""
    from django.conf import settings

    from fireline.pipeline.home import Home

    return Home.open(settings.FIRELINE.home)


@pytest.fixture(scope="session")
def library():
    """The built-in packs."""
    from fireline.policy import load_library

    return load_library()


@pytest.fixture
def alice(db):
    """Commander of the county."""
    from tests.factories import people

    return people.alice()


@pytest.fixture
def bob(db):
    """Grid worker of the township CN-411624101."""
    from tests.factories import people

    return people.bob()


@pytest.fixture
def charlie(db):
    """Epidemiologist of another county: no access to anything of this one."""
    from tests.factories import people

    return people.charlie()


@pytest.fixture
def dora(db):
    """Epidemiologist of the county."""
    from tests.factories import people

    return people.dora()


@pytest.fixture
def sam(db):
    """Supervisor of the county."""
    from tests.factories import people

    return people.sam()


@pytest.fixture
def outbreak(db, dora, home):
    """A loaded outbreak of 12 cases in two townships; returns its id."""
    from tests.factories import worlds

    return worlds.loaded(by=dora, at=NOW, home=home)
