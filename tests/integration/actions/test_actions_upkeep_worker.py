"""A worker of its own beside reports: they are taken in while it computes, and it computes by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from fireline.cli import worker

pytestmark = pytest.mark.long

_BEGIN = """
import json, threading, time
from datetime import UTC, date, datetime, timedelta
from fireline.store.boot import boot, migrate
boot(); migrate()
from django.db import connection
from django.utils import timezone
from fireline.actions import accounts, analysis, reporting, reporting_units, upkeep
from fireline.feeds.contract import Contract
from fireline.privacy.purposes import Purpose
from fireline.store.actor import COMMAND_LINE, actor_of
from fireline.store.models import Count, Freshness, User
from fireline.store.reporting import routine_dossier
now = timezone.now()
reporting_units.add_unit(
    by=COMMAND_LINE, at=now, name="east", kind="clinic", area_code="CN-411624101",
    owes=["fever_clinic=daily@17:00"], contract=Contract("x", "y", Purpose.SITUATION, date(2099, 1, 1)),
    active_from=date(2020, 1, 1),
)
accounts.create_user(by=COMMAND_LINE, at=now, username="rita", role="reporter", reporting_unit="east")
rita = actor_of(User.objects.get(username="rita"))
today = now.date() - timedelta(days=3)
def send(n, back=0, at=now):
    day = (today - timedelta(days=back)).isoformat()
    row = {"stream": "fever_clinic", "date": day, "count": n}
    return reporting.take_in_counts(by=rita, at=at, key=f"key-{n}-{back}-of-rita", rows=[row])
pk = routine_dossier().pk
"""
_RACE = """
send(3)
computing, sent, waits = threading.Event(), threading.Event(), []
real = analysis.run_chapters
def slow(*args, **asked):
    computing.set()
    assert sent.wait(60)
    return real(*args, **asked)
analysis.run_chapters = slow
def others():
    computing.wait(60)
    for back in range(1, 6):
        start = time.perf_counter()
        send(2, back)
        waits.append(time.perf_counter() - start)
    sent.set()
    connection.close()
thread = threading.Thread(target=others)
thread.start()
done = upkeep.bring_up_to_date(at=now, outbreak=pk)
thread.join()
row = Freshness.objects.get(pk=pk)
print(json.dumps({
    "waits": waits, "tables": done["tables"], "counts": Count.objects.count(), "left": row.news - row.seen,
    "claim": row.claim,
}))
"""
_REPORT = """
send(3, at=now - timedelta(minutes=5))
print(json.dumps({"pk": pk}))
"""
_LOOK = """
import json
from fireline.store.boot import boot
boot()
from fireline.store.models import Freshness
row = Freshness.objects.get()
print(json.dumps({"left": row.news - row.seen, "computed": row.computed_at is not None, "claim": row.claim}))
"""
_WORK = "from fireline.cli.worker import main; main(every_s=0.2)"


def environ(home):
    kept = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    return {**kept, "FIRELINE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "fireline.web.settings"}


def said(program, home):
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ(home), capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_reports_are_taken_in_while_it_computes(tmp_path):
    found = said(_BEGIN + _RACE, tmp_path / "home")
    assert found["counts"] == 6 and found["tables"] > 0
    assert max(found["waits"]) < 30, "a report waited for the computation"
    assert found["left"] == 5 and found["claim"] == ""


def test_the_worker_computes_what_waits_by_itself_and_ends_when_told(tmp_path):
    home = tmp_path / "home"
    said(_BEGIN + _REPORT, home)
    child = subprocess.Popen([sys.executable, "-c", _WORK], env=environ(home))
    try:
        for _ in range(60):
            time.sleep(1)
            seen = said(_LOOK, home)
            if seen["computed"] and not seen["claim"]:
                break
        assert seen == {"left": 0, "computed": True, "claim": ""}
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=20) == 0
    finally:
        child.kill()


def test_the_clock_outlives_an_error(monkeypatch, caplog):
    from django import db

    from fireline.actions import jobs

    stop, rounds = threading.Event(), []
    # connections of tests before this one are closed to it, which would be an error of its own
    monkeypatch.setattr(db, "close_old_connections", lambda: None)
    ends = threading.Timer(30, stop.set)  # a clock that does not ask must not go on for ever
    ends.start()

    def asked():
        rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        raise OSError("the database is away")

    monkeypatch.setattr(jobs, "enqueue_due", asked)
    made = worker.keep_asking(stop, every_s=0.001)
    ends.cancel()
    assert made == 3
    assert caplog.text.count("OSError") == 3 and "away" not in caplog.text
