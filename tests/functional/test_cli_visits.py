"""fireline ingest visits, purge visits and doctor --rebuild as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
CONTRACT = """
time_zone = "Asia/Shanghai"
[contract]
source = "bus company"
legal_basis = "order 12, article 3"
purpose = "tracing"
expires = 2999-12-31
"""
MAPPING = (
    CONTRACT
    + """
[[file]]
name = "*.csv"
[[file.table]]
table = "visits"
columns = { person_key = "card", place_id = "vehicle", enter = "on", leave = "off" }
"""
)
ROWS = (
    "card,vehicle,on,off\n"
    "c1,bus1,2026-06-01 08:00,2026-06-01 08:30\n"
    "c2,bus1,2026-06-01 08:10,2026-06-03 08:50\n"
    "c3,,2026-06-01 08:10,2026-06-01 08:50\n"
    "c4,bus1,2026-06-01,\n"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    (folder / "feeds.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "contract.toml").write_text(CONTRACT, encoding="utf-8")
    (folder / "ended.toml").write_text(CONTRACT.replace("2999", "1999"), encoding="utf-8")
    (folder / "day.csv").write_text(ROWS, encoding="utf-8")
    (folder / "phones.csv").write_text(ROWS.replace("vehicle", "IMEI"), encoding="utf-8")

    def call(*args):
        return subprocess.run(
            [sys.executable, "-m", "fireline.cli", *args],
            env={**environ, "FIRELINE_HOME": str(folder / "home")},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=240,
        )

    call.home = folder / "home"
    return call


@pytest.mark.long
def test_a_feed_is_taken_in_once_and_deleted_by_day(run):
    done = run("ingest", "visits", "day.csv", "--feeds", "feeds.toml", "--batch", "one")
    assert done.returncode == 0, done.stderr
    assert "3 of 3" in done.stdout and "row 3, vehicle" in done.stdout and "c1" not in done.stdout
    again = json.loads(
        run("ingest", "visits", "day.csv", "--feeds", "feeds.toml", "--batch", "one", "--json").stdout
    )
    assert (again["is_repeat"], again["n_read"], again["n_rejected"]) == (True, 4, 1)

    missing = run("ingest", "visits", "day.csv", "--feeds", "feeds.toml", "--replaces", "none")
    assert missing.returncode == 18 and "in force" in missing.stderr

    segments = list((run.home / "segments").rglob("*.segment"))
    segments[0].write_bytes(b"broken")
    assert run("doctor").returncode == 15
    assert run("doctor", "--rebuild").returncode == 0

    shown = run("purge", "visits", "--until", "2026-06-02", "--all")
    assert shown.returncode == 0 and "2 rows" in shown.stdout and "--confirm" in shown.stdout
    gone = json.loads(run("purge", "visits", "--until", "2026-06-02", "--all", "--confirm", "--json").stdout)
    (store,) = gone["stores"]
    assert gone["is_done"] and store["store"] == "home"
    assert (store["n_rows"], store["n_carried"], store["n_left"], store["n_persons"]) == (2, 1, 1, 2)
    assert not (run.home / "visits" / "2026-06-01").exists() or not list(
        (run.home / "visits" / "2026-06-01").iterdir()
    )
    assert run("audit", "verify").returncode == 0


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("ingest", "visits", "day.csv"), 11, "needs a contract"),
        (("ingest", "visits", "day.csv", "--feeds", "ended.toml"), 13, "ended on 1999-12-31"),
        (("ingest", "visits", "phones.csv", "--feeds", "contract.toml"), 11, "identifies devices"),
        (("ingest", "visits", "absent.csv", "--feeds", "contract.toml"), 11, "cannot be read"),
        (("ingest", "visits", "day.csv", "--feeds", "feeds.toml", "--outbreak", "99"), 13, "not found"),
        (("purge", "visits", "--until", "soon"), 11, "is no date"),
        (("purge", "visits", "--until", "2999-01-01"), 11, "lies ahead"),
        (("purge", "visits", "--until", "2026-01-01", "--all", "--outbreak", "1"), 11, "exclude each other"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_with_its_exit_code(run, args, code, said):
    if args[0] == "purge" and not (run.home / "fireline.sqlite3").exists():
        assert run("user", "list").returncode == 0
    done = run(*args)
    assert done.returncode == code and said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
