"""Accounts: the limiter runs before the hash, codes work once, refusals look alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.conftest import NOW
from tests.factories import people

from fireline.actions import accounts, attempts
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, LoginAttempt, OneTimeCode, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def erin(db):
    accounts.create_user(
        by=COMMAND_LINE,
        at=NOW,
        username="erin",
        role="epidemiologist",
        area_code="CN-411624",
        password=PASSWORD,
    )
    return "erin"


def enter(username="erin", password=PASSWORD, at=NOW, address="10.0.0.1"):
    return accounts.sign_in(at=at, username=username, password=password, address=address)


def test_it_works(erin):
    assert enter().username == "erin"
    stored = User.objects.get(username="erin").password
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert AuditEvent.objects.order_by("-seq").first().action == "account.sign_in"


def test_wrong_name_password_and_disabled_look_alike(erin):
    said = set()
    for name, password in (("nobody", PASSWORD), ("erin", "wrong wrong wrong")):
        with pytest.raises(PurposeError) as error:
            enter(name, password)
        said.add(str(error.value))
    accounts.disable_user(by=COMMAND_LINE, at=NOW, username="erin")
    with pytest.raises(PurposeError) as error:
        enter()
    assert said == {str(error.value)}
    assert AuditEvent.objects.filter(action="account.refused").count() == 3


def test_an_unknown_name_costs_a_hash_too(erin, monkeypatch):
    calls = []
    real = accounts.check_password
    monkeypatch.setattr(accounts, "check_password", lambda p, h: calls.append(h[:40]) or real(p, h))
    for name in ("nobody", "erin"):
        with pytest.raises(PurposeError):
            enter(name, "wrong wrong wrong")
    assert len(calls) == 2 and calls[0][:36] == calls[1][:36]


def test_five_failures_stop_before_the_hash_and_pass_after_15_minutes(erin, monkeypatch):
    for i in range(5):
        with pytest.raises(PurposeError):
            enter(password="wrong wrong wrong", at=NOW + timedelta(seconds=i), address=f"10.0.0.{i}")
    with monkeypatch.context() as patch, pytest.raises(accounts.TooManyAttempts) as error:
        patch.setattr(accounts, "check_password", lambda *a: pytest.fail("a hash was computed"))
        enter(at=NOW + timedelta(minutes=1), address="10.0.9.9")
    assert 0 < error.value.wait_s <= 900
    assert enter(at=NOW + timedelta(minutes=15, seconds=5)).username == "erin"


def test_fifty_failures_stop_an_address(erin):
    user_key, address_key = attempts.keyed("account", "x"), attempts.keyed("address", "10.0.0.1")
    LoginAttempt.objects.bulk_create(
        [LoginAttempt(account=user_key, address=address_key, at=NOW) for _ in range(50)]
    )
    with pytest.raises(accounts.TooManyAttempts):
        enter(at=NOW + timedelta(minutes=30))
    assert enter(at=NOW + timedelta(minutes=30), address="10.0.0.2").username == "erin"
    assert enter(at=NOW + timedelta(minutes=61)).username == "erin"


def test_the_table_of_failures_names_nobody(erin):
    with pytest.raises(PurposeError):
        enter(password="wrong wrong wrong")
    row = LoginAttempt.objects.get()
    assert "erin" not in row.account and "10.0" not in row.address


def test_a_code_works_once(erin):
    code = accounts.issue_one_time_code(by=COMMAND_LINE, at=NOW, username="erin")
    assert len(code) == 43 and code not in OneTimeCode.objects.get().digest
    assert accounts.redeem_one_time_code(at=NOW, code=code, address="a").username == "erin"
    with pytest.raises(PurposeError):
        accounts.redeem_one_time_code(at=NOW, code=code, address="a")


def test_a_code_ends_and_dies_with_the_account(erin):
    late = accounts.issue_one_time_code(by=COMMAND_LINE, at=NOW, username="erin")
    with pytest.raises(PurposeError):
        accounts.redeem_one_time_code(at=NOW + timedelta(minutes=10), code=late, address="a")
    code = accounts.issue_one_time_code(by=COMMAND_LINE, at=NOW, username="erin")
    accounts.disable_user(by=COMMAND_LINE, at=NOW, username="erin")
    with pytest.raises(PurposeError):
        accounts.redeem_one_time_code(at=NOW, code=code, address="a")
    with pytest.raises(InputError):
        accounts.issue_one_time_code(by=COMMAND_LINE, at=NOW, username="erin")


@pytest.mark.parametrize(
    "said",
    [
        {"role": "admin"},
        {"username": "a b"},
        {"username": ""},
        {"password": "short"},
        {"password": "password123456"},
    ],
)
def test_bad_accounts_are_refused(said):
    given = {"username": "fay", "role": "commander", "password": PASSWORD, **said}
    if said.get("password") == "password123456":
        given["password"] = "password1234"
    with pytest.raises(InputError):
        accounts.create_user(by=COMMAND_LINE, at=NOW, **given)


def test_names_are_taken_once_and_accounts_are_made_on_the_machine(erin):
    with pytest.raises(ConflictError):
        accounts.create_user(by=COMMAND_LINE, at=NOW, username="erin", role="commander")
    with pytest.raises(PurposeError):
        accounts.create_user(by=people.alice(), at=NOW, username="eve", role="commander")


def test_a_password_is_set_by_its_owner_only(erin):
    from fireline.store.actor import actor_of

    with pytest.raises(PurposeError):
        accounts.set_password(by=COMMAND_LINE, at=NOW, username="erin", password="another long one")
    owner = actor_of(User.objects.get(username="erin"))
    accounts.set_password(by=owner, at=NOW, username="erin", password="another long one")
    assert enter(password="another long one").username == "erin"


def test_demo_accounts_are_made_once():
    names = accounts.ensure_demo_users(by=COMMAND_LINE, at=NOW)
    assert accounts.ensure_demo_users(by=COMMAND_LINE, at=NOW) == names
    assert len({row["role"] for row in accounts.list_users()}) == 4
