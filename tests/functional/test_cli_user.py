"""fireline user, audit and doctor as a person runs them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("cli") / "home"
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}

    def call(*args, stdin=None, **extra):
        return subprocess.run(
            [sys.executable, "-m", "fireline.cli", *args],
            env={**environ, "FIRELINE_HOME": str(home), **extra},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    call.home = home
    return call


def test_accounts_audit_and_doctor(run):
    made = run(
        "user",
        "add",
        "li",
        "--role",
        "epidemiologist",
        "--password-stdin",
        "--json",
        stdin="long enough words\n",
    )
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["username"] == "li"
    assert "long enough" not in made.stdout + made.stderr
    again = run("user", "add", "li", "--role", "epidemiologist")
    assert again.returncode == 18 and "taken" in again.stderr and "Traceback" not in again.stderr
    assert run("user", "add", "x", "--role", "king").returncode == 11
    assert len(run("user", "code", "li").stdout.strip()) == 43
    assert run("user", "disable", "li").returncode == 0
    assert json.loads(run("user", "list", "--json").stdout)[0]["is_active"] is False
    assert run("user", "code", "li").returncode == 11

    fine = run("audit", "verify", "--json")
    assert fine.returncode == 0 and json.loads(fine.stdout)["is_whole"] is True
    checked = run("doctor", "--json")
    report = json.loads(checked.stdout)
    assert checked.returncode == 0 and report["is_fit"], [c for c in report["checks"] if not c["is_ok"]]
    assert all(c["what_zh"] and c["what_en"] for c in report["checks"])

    _tamper_as_an_intruder(run.home)
    broken = run("audit", "verify")
    assert broken.returncode == 16 and "tampered" in broken.stderr and "Traceback" not in broken.stderr
    unfit = run("doctor", "--host", "0.0.0.0")
    assert unfit.returncode == 15 and "FAIL reach" in unfit.stdout and "FAIL audit" in unfit.stdout


def _tamper_as_an_intruder(home):
    with sqlite3.connect(home / "fireline.sqlite3") as database:
        database.execute("DROP TRIGGER store_auditevent_no_update")
        database.execute("UPDATE store_auditevent SET actor = 'nobody' WHERE seq = 1")
    database.close()


def test_serve_refuses_the_network_without_tls(run):
    refused = run("serve", "--host", "0.0.0.0")
    assert refused.returncode == 17 and "TLS" in refused.stderr
    demo = run("serve", "--demo")
    assert demo.returncode == 15 and "exercise" in demo.stderr


def test_a_bad_setting_is_told_by_name(run):
    refused = run("doctor", FIRELINE_TLS="yes")
    assert refused.returncode == 17 and "FIRELINE_TLS" in refused.stderr and "Traceback" not in refused.stderr
