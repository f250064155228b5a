"""fireline unit and purge fever: once as a person runs them, then each answer in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from fireline.errors import ConflictError, InputError, PurposeError

CONTRACT = ("--source", "East clinic", "--legal-basis", "order 12 of 2026", "--expires", "2099-12-31")
ADD = (
    "add",
    "east-clinic",
    "--kind",
    "clinic",
    "--area",
    "CN-411624101",
    "--owes",
    "fever_clinic=daily@17:00",
)


@pytest.mark.slow
@pytest.mark.long
def test_a_unit_is_registered_from_the_shell(tmp_path):
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}

    def run(*args):
        return subprocess.run(
            [sys.executable, "-m", "fireline.cli", *args],
            env={**environ, "FIRELINE_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=240,
        )

    made = run("unit", *ADD, *CONTRACT, "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["owes"] == ["fever_clinic=daily@17:00"]
    again = run("unit", *ADD, *CONTRACT)
    assert again.returncode == 18 and "taken" in again.stderr and "Traceback" not in again.stderr


class Shell:
    """The commands of one module, run in this process on the test's home."""

    def __init__(self, module):
        import importlib

        self.app = importlib.import_module(f"fireline.cli.{module}").app

    def __call__(self, *args, error=None):
        done = CliRunner().invoke(self.app, list(args))
        if error is not None:
            assert isinstance(done.exception, error), (done.output, done.exception)
            return str(done.exception)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    def json(self, *args):
        return json.loads(self(*args, "--json"))


@pytest.fixture
def unit(db, home):
    return Shell("unit")


def test_a_unit_says_how_it_may_report(unit):
    words = unit(*ADD, *CONTRACT)
    assert "fireline unit token east-clinic" in words and "--reports-for east-clinic" in words
    assert "taken" in unit(*ADD, *CONTRACT, error=ConflictError)


def test_a_key_is_shown_once_and_revoked_by_its_number(unit):
    unit(*ADD, *CONTRACT)
    key = unit.json("token", "east-clinic", "--days", "90")
    assert len(key["token"]) == 43
    assert len(unit("token", "east-clinic").strip().splitlines()[-1]) == 43
    assert unit.json("revoke", str(key["id"])) == {"revoked": key["id"]}
    assert "已撤销" in unit("revoke", str(key["id"]))
    (row,) = unit.json("list")
    assert [bool(t["revoked_at"]) for t in row["tokens"]] == [True, False]
    assert key["token"] not in str(row)
    unit("revoke", "99", error=InputError)
    unit("token", "nobody", error=InputError)
    unit("token", "east-clinic", "--days", "181", error=InputError)


def test_what_is_owed_and_the_contract_are_changed_and_the_unit_ended(unit):
    unit(*ADD, *CONTRACT, "--from", "2026-01-01")
    assert unit.json("owe", "east-clinic", "--owes", "fever_clinic=daily@10:00+1")["owes"] == [
        "fever_clinic=daily@10:00+1"
    ]
    assert "ili_visits" in unit(
        "owe", "east-clinic", "--owes", "ili_visits=weekly@10:00", "--since", "2098-01-01"
    )
    assert unit.json("contract", "east-clinic", *CONTRACT)["legal_basis"] == "order 12 of 2026"
    assert "2099-12-31" in unit("contract", "east-clinic", *CONTRACT)
    assert unit.json("end", "east-clinic", "--on", "2098-12-31") == {
        "name": "east-clinic",
        "last_day": "2098-12-31",
    }
    words = unit("list")
    assert "east-clinic  clinic  CN-411624101  fever_clinic=daily@10:00+1" in words and "2099-12-31" in words
    unit("end", "east-clinic", "--on", "2026-06-01")
    assert "not at work" in unit("list")
    assert unit("end", "east-clinic", "--on", "never", error=InputError).startswith("--on")


def test_an_empty_home_lists_no_unit(unit):
    assert "no unit is registered" in unit("list")
    assert unit.json("list") == []


@pytest.mark.parametrize(
    ("more", "error", "word"),
    [
        (("--owes", "nothing=daily@17:00"), InputError, "fever_clinic"),
        (("--from", "June"), InputError, "--from"),
        (("--expires", "soon"), InputError, "--expires"),
        (("--expires", "2020-01-01"), PurposeError, "ended"),
        (("--purpose", "police"), PurposeError, "closed list"),
        (("--kind", "palace"), InputError, "pharmacy"),
        (("--source", " "), InputError, "--source"),
    ],
)
def test_what_cannot_be_registered_is_said(unit, more, error, word):
    assert word in unit(*ADD, *CONTRACT, *more, error=error)
    assert unit.json("list") == []


def test_a_reporter_belongs_to_a_unit_and_nobody_else_does(unit):
    unit(*ADD, *CONTRACT)
    user = Shell("user")
    assert (
        user.json("add", "rita", "--role", "reporter", "--reports-for", "east-clinic")["username"] == "rita"
    )
    for wrong in (
        ("x", "--role", "reporter"),
        ("y", "--role", "commander", "--reports-for", "east-clinic"),
        ("z", "--role", "reporter", "--reports-for", "nobody"),
    ):
        user("add", *wrong, error=InputError)
    (row,) = user.json("list")
    assert (row["role"], row["area_code"], row["unit"]) == ("reporter", "CN-411624101", "east-clinic")


def test_fever_reports_are_deleted_when_told_and_when_due(unit):
    from fireline.actions import fever
    from fireline.feeds.reporting.fever import FeverEntry
    from fireline.store.actor import actor_of
    from fireline.store.models import FeverReport, User

    purge = Shell("purge")
    assert "unit add" in purge("fever", error=ConflictError)
    unit(*ADD, *CONTRACT, "--from", "2026-01-01")
    Shell("user")("add", "rita", "--role", "reporter", "--reports-for", "east-clinic")
    rita, at = actor_of(User.objects.get(username="rita")), timezone.now()
    entry = FeverEntry(at, "25-44", "female", 38.6, (), (), None)
    fever.report_fever(by=rita, at=at, key="a-key-of-a-form", entry=entry)
    assert purge.json("fever")["n_rows"] == 0
    FeverReport.objects.update(keep_until=(at - timedelta(days=2)).date())
    assert "将删除 / would go 1 rows" in purge("fever") and FeverReport.objects.count() == 1
    assert purge.json("fever", "--confirm") == {
        "until": timezone.localdate(at).isoformat(),
        "is_done": True,
        "n_rows": 1,
    }
    assert not FeverReport.objects.exists()
    purge("fever", "--until", "2099-01-01", error=InputError)
    purge("fever", "--until", "soon", error=InputError)
