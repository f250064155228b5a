"""The same core of integration tests on PostgreSQL, by DATABASE_URL and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[3]
CORE = ("tests/integration/store/test_store_access.py", "tests/integration/store/test_store_audit.py",
        "tests/integration/actions/test_actions_work.py")  # fmt: skip
MORE = ("tests/integration/store/test_store_reads.py", "tests/integration/store/test_store_refusals.py",
        "tests/integration/store/test_store_visits.py", "tests/integration/actions/test_actions_visits.py",
        "tests/integration/actions/test_actions_reporting.py", "tests/integration/actions/test_actions_fever.py",
        "tests/integration/actions/test_actions_reporting_units.py",
        "tests/integration/actions/test_actions_reporting_files.py")  # fmt: skip

QUICK = "not verifying_is_fast and not every_single and not every_sortable"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """URL of a server: FIRELINE_TEST_DATABASE_URL, one on 127.0.0.1, or one started for the tests."""
    named = os.environ.get("FIRELINE_TEST_DATABASE_URL", "")
    for url in (named, "postgres://postgres@127.0.0.1:5432/postgres"):
        if url and _answers(url):
            yield url
            return
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("by design: this run is on PostgreSQL already")
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if not initdb or not pg_ctl or not shutil.which("runuser") or os.geteuid() != 0:
        pytest.skip(
            "no PostgreSQL server answers, and initdb, pg_ctl, runuser or root to start one is missing"
        )
    data = tmp_path_factory.mktemp("pg")
    for folder in (data, *list(data.parents)[:2]):
        folder.chmod(0o755)
    shutil.chown(data, "postgres")
    as_postgres = ["runuser", "-u", "postgres", "--"]
    subprocess.run([*as_postgres, initdb, "-D", f"{data}/d", "-A", "trust"], check=True, capture_output=True)
    options = "-p 54329 -k /tmp -c listen_addresses=127.0.0.1 -c fsync=off"
    subprocess.run([*as_postgres, pg_ctl, "-D", f"{data}/d", "-w", "-o", options, "-l", f"{data}/log", "start"],
                   check=True, capture_output=True)  # fmt: skip
    yield "postgres://postgres@127.0.0.1:54329/postgres"
    subprocess.run([*as_postgres, pg_ctl, "-D", f"{data}/d", "-m", "immediate", "stop"], capture_output=True)


def _program(name):
    """Path of a server program; Debian keeps them outside PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def _answers(url):
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.Error:
        return False


def on_postgresql(server, *chosen):
    """Runs tests of the database once more, on a PostgreSQL database of their own."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("by design: this run is on PostgreSQL already")
    name = f"fireline_{os.getpid()}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--create-db", "-p", "no:xdist", "-k", QUICK, *chosen],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"{server.rpartition('/')[0]}/{name}"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.postgres
@pytest.mark.long
def test_the_core_holds_on_postgresql(server):
    on_postgresql(server, *CORE)


@pytest.mark.postgres
@pytest.mark.long
def test_reads_and_visits_hold_on_postgresql(server):
    on_postgresql(server, *MORE)
