"""The browser's day of work on PostgreSQL, by DATABASE_URL and nothing else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ("tests/browser/test_browser_work.py", "tests/browser/test_browser_tracing.py")
MAIN_JOB = "sign_in_import_open_a_case or from_evidence_to_contacts"
_STORE = ROOT / "tests/integration/store/test_store_postgres.py"
_spec = importlib.util.spec_from_file_location("fireline_store_postgres", _STORE)
_store = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_store)
server = _store.server  # the server that the store's tests find or start


def on_postgresql(server, *chosen):
    """Runs the day's work once more on a database of its own."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("by design: this run is on PostgreSQL already")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--create-db", "-p", "no:xdist", *chosen, *CORE],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"{server.rpartition('/')[0]}/fireline_browser_{os.getpid()}"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.postgres
@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.long
def test_import_case_and_contacts_hold_on_postgresql(server, browser):
    on_postgresql(server, "-k", MAIN_JOB)


@pytest.mark.postgres
@pytest.mark.browser
@pytest.mark.long
def test_the_days_work_holds_on_postgresql(server, browser):
    on_postgresql(server)
