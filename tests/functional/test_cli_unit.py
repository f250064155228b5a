"""fireline unit and purge fever as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CONTRACT = ("--source", "East clinic", "--legal-basis", "order 12 of 2026", "--expires", "2099-12-31")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("cli") / "home"
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}

    def call(*args):
        return subprocess.run(
            [sys.executable, "-m", "fireline.cli", *args],
            env={**environ, "FIRELINE_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


def add(run, name, *more):
    return run("unit", "add", name, "--kind", "clinic", "--area", "CN-411624101", "--owes",
               "fever_clinic=daily@17:00", *CONTRACT, *more)  # fmt: skip


def test_a_unit_from_its_registration_to_its_end(run):
    made = add(run, "east-clinic", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["owes"] == ["fever_clinic=daily@17:00"]
    again = add(run, "east-clinic")
    assert again.returncode == 18 and "taken" in again.stderr and "Traceback" not in again.stderr

    key = json.loads(run("unit", "token", "east-clinic", "--days", "90", "--json").stdout)
    assert len(key["token"]) == 43
    assert run("unit", "revoke", str(key["id"])).returncode == 0
    assert run("unit", "revoke", "99").returncode == 11

    reporter = run("user", "add", "rita", "--role", "reporter", "--reports-for", "east-clinic", "--json")
    assert reporter.returncode == 0, reporter.stderr
    assert run("user", "add", "x", "--role", "reporter").returncode == 11
    assert run("user", "add", "y", "--role", "commander", "--reports-for", "east-clinic").returncode == 11
    assert run("user", "add", "z", "--role", "reporter", "--reports-for", "nobody").returncode == 11

    owed = run("unit", "owe", "east-clinic", "--owes", "fever_clinic=daily@10:00+1", "--json")
    assert json.loads(owed.stdout)["owes"] == ["fever_clinic=daily@10:00+1"]
    assert run("unit", "contract", "east-clinic", *CONTRACT).returncode == 0
    assert run("unit", "end", "east-clinic", "--on", "2098-12-31").returncode == 0

    (row,) = json.loads(run("unit", "list", "--json").stdout)
    assert (row["name"], row["active_to"], row["is_at_work"]) == ("east-clinic", "2098-12-31", True)
    assert row["tokens"][0]["revoked_at"] and key["token"] not in str(row)
    words = run("unit", "list").stdout
    assert "east-clinic" in words and "fever_clinic=daily@10:00+1" in words and "revoked" in words
    assert json.loads(run("audit", "verify", "--json").stdout)["is_whole"] is True

    gone = run("purge", "fever", "--json")
    assert json.loads(gone.stdout)["n_rows"] == 0 and json.loads(gone.stdout)["is_done"] is False
    assert run("purge", "fever", "--confirm").returncode == 0
    assert run("purge", "fever", "--until", "2099-01-01").returncode == 11


@pytest.mark.parametrize(
    ("more", "code", "word"),
    [
        (("--owes", "nothing=daily@17:00"), 11, "fever_clinic"),
        (("--from", "June"), 11, "--from"),
        (("--expires", "soon"), 11, "--expires"),
        (("--expires", "2020-01-01"), 13, "ended"),
        (("--purpose", "police"), 13, "closed list"),
        (("--kind", "palace"), 11, "pharmacy"),
    ],
)
def test_what_cannot_be_registered_is_said_in_one_line(run, more, code, word):
    refused = add(run, "other", *more)
    assert refused.returncode == code and word in refused.stderr and "Traceback" not in refused.stderr


def test_a_home_without_routine_surveillance_has_no_fever_to_purge(tmp_path):
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    call = [sys.executable, "-m", "fireline.cli"]
    extra = {
        "env": {**environ, "FIRELINE_HOME": str(tmp_path / "home")},
        "capture_output": True,
        "text": True,
    }
    subprocess.run([*call, "user", "list"], **extra, check=True, timeout=120)
    refused = subprocess.run([*call, "purge", "fever"], **extra, timeout=120)
    assert refused.returncode == 18 and "unit add" in refused.stderr
