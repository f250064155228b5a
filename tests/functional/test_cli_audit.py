"""fireline audit as a person runs it: size, age of the last checkpoint, and what is not signed yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("cli") / "home"
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}

    def call(*args):
        return subprocess.run(
            [sys.executable, "-m", "fireline.cli", *args],
            env={**environ, "FIRELINE_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=240,
        )

    call.home = home
    assert call("user", "add", "li", "--role", "epidemiologist").returncode == 0
    assert call("user", "code", "li").returncode == 0
    return call


def test_verify_says_how_old_the_last_checkpoint_is(run):
    said = run("audit", "verify")
    assert said.returncode == 0
    assert "2 rows, 2 checkpoints" in said.stdout  # one in the database, one in anchors/
    assert "last checkpoint: 1 rows, 0 min ago; 1 rows not signed yet" in said.stdout
    signed = json.loads(run("audit", "checkpoint", "--json").stdout)
    assert signed == {"n_rows": 2, "anchors": str(run.home / "anchors")}
    report = json.loads(run("audit", "verify", "--json").stdout)
    assert report["is_whole"] is True and report["faults"] == []
    assert (report["n_rows"], report["n_signed"], report["n_checkpoints"]) == (2, 2, 4)
    assert 0 <= report["checkpoint_age_s"] < 240


@pytest.mark.long
def test_rows_cut_off_under_a_signature_are_missed(run):
    import sqlite3

    assert run("audit", "checkpoint").returncode == 0
    with sqlite3.connect(run.home / "fireline.sqlite3") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM store_auditevent WHERE seq = 2")
    database.close()
    said = run("audit", "verify", "--json")
    assert said.returncode == 16 and json.loads(said.stdout)["is_whole"] is False
    assert "rows are missing: 2 rows were signed, 1 are there" in said.stderr


def test_a_home_that_does_not_exist_is_said_and_not_made(tmp_path):
    missing = tmp_path / "new"
    for words in (["audit", "verify"], ["audit", "checkpoint"], ["doctor"]):
        said = subprocess.run(
            [sys.executable, "-m", "fireline.cli", *words, "--home", str(missing)],
            env={k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert said.returncode == 15, words
        assert str(missing) in said.stderr and "does not exist" in said.stderr
        assert "Traceback" not in said.stderr and not missing.exists()


def test_a_home_never_used_is_told_in_words(tmp_path):
    (tmp_path / "new").mkdir()
    for command in ("verify", "checkpoint"):
        said = subprocess.run(
            [sys.executable, "-m", "fireline.cli", "audit", command, "--home", str(tmp_path / "new")],
            env={k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert said.returncode == 15
        assert "migrations are missing" in said.stderr and "fireline serve" in said.stderr
        assert "Traceback" not in said.stderr
