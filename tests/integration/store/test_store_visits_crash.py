"""A change of the store of visits that is killed at any call leaves the old state or the new one; writers at once.

Each killed child is a process of its own (signal 9) on a real database file; see tests/fakes/visit_faults.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[3]


def faults(home, *args):
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "fakes" / "visit_faults.py"), str(home), *map(str, args)],
        env={
            **environ,
            "FIRELINE_HOME": str(home),
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "POLARS_MAX_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_killed_at_any_call_it_is_old_or_new(tmp_path):
    # (rows before, rows after); every third call of most operations: a longer run takes every one
    wanted = {"ingest": (3, 5), "correct": (3, 2), "retain": (3, 2), "rebuild": (3, 3)}
    found = faults(tmp_path / "home", "ingest:2", "correct:4", "retain:4", "rebuild:4")
    assert {name: (said["old_rows"], said["new_rows"]) for name, said in found.items()} == wanted
    for name, said in found.items():
        assert said["n_calls"] > 15, name
        assert said["old"] > 0 and said["new"] > 0, name  # killed before and after the commit
        assert said["orphans"] > 0, name  # deaths leave files that nobody reads, and doctor swept them


def test_writers_at_once_follow_one_another(tmp_path):
    found = faults(tmp_path / "home", "writers")
    assert found["statuses"] == [0, 0, 0] and found["is_whole"]
    assert found["batches"] == sorted(
        ["base", "shared", *(f"{kind}-{who}" for kind in ("own", "second") for who in range(3))]
    )
    assert found["n_rows"] == 5
