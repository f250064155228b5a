"""Kill a change of the store of visits at each of its calls to the system, and see what is left.

Run as a program by the crash tests: ``visit_faults.py HOME OPERATION:EVERY ...`` or ``HOME writers``. The parent starts nothing that has
threads: every operation and every look at what is left happens in a child of its own, so that a killed child is
a killed process (signal 9), on a database file and on files of their own. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from datetime import UTC, date, datetime
from pathlib import Path

NOW = datetime(2022, 6, 12, 6, 0, tzinfo=UTC)
DAY = 24 * 60
BASE = [("P-ONE-ABCDEFGHIJK", "shop", 10, 50), ("P-TWO-ABCDEFGHIJK", "shop", 20, 4 * DAY),
        ("P-SIX-ABCDEFGHIJK", "bar", DAY + 5, DAY + 9)]  # fmt: skip
MORE = [("P-NEW-ABCDEFGHIJK", "shop", 15, 30), ("P-TWO-ABCDEFGHIJK", "bar", DAY, DAY + 30)]


def change(operation, home, batch="more"):
    from tests.factories.movement import visits

    from fireline.actions import visits as actions
    from fireline.feeds.contract import Contract
    from fireline.privacy.purposes import Purpose
    from fireline.store.actor import COMMAND_LINE

    said = {"by": COMMAND_LINE, "at": NOW, "home": home}
    held = Contract("bus", "act", Purpose.TRACING, date(2030, 1, 1))
    if operation == "base":
        actions.ingest_visits(**said, frame=visits(BASE), contract=held, batch_id="base")
    elif operation == "ingest":
        actions.ingest_visits(**said, frame=visits(MORE), contract=held, batch_id=batch)
    elif operation == "correct":
        actions.ingest_visits(**said, frame=visits(MORE), contract=held, batch_id=batch, replaces="base")
    elif operation == "retain":
        actions.purge_visits(**said, until=date(2022, 6, 2))
    elif operation == "rebuild":
        actions.rebuild_visit_index(**said)
    else:
        raise SystemExit(f"no such operation: {operation}")


def look(home):
    """Everything a reader can see, with what must always hold."""
    from tests.factories.movement import minutes, stays

    from fireline.store import audit
    from fireline.store import visits as store_visits
    from fireline.store.models import AuditEvent, VisitFile
    from fireline.store.visits import VisitStore

    store = VisitStore(home)
    rows, found = minutes(store.read("visits")), stays(store.snapshot())
    assert found == sorted(row[:4] for row in rows), "the index is not that of the rows"
    assert audit.verify().is_whole
    assert not store_visits.missing(home)
    assert not store_visits.damaged(home, is_truth=True) and not store_visits.damaged(home, is_truth=False)
    n_orphans = len(store_visits.orphans(home))
    store_visits.sweep(home, now_s=0.0)
    assert not store_visits.orphans(home), "doctor leaves orphans"
    assert {p for f in (home.visits, home.segments) for p in f.rglob("*") if p.is_file()} == {
        (home.visits if f.kind == "visits" else home.segments) / f.file for f in VisitFile.objects.all()
    }
    actions = list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))
    return {"rows": rows, "actions": actions, "n_orphans": n_orphans}


def arm(at):
    """Die at the at-th call to the system that a change makes; 0 never dies. Counts the calls."""
    from fireline.store.sqlite.base import DatabaseWrapper
    from fireline.store.visits import files

    calls = [0]

    def armed(real):
        def call(*args, **options):
            calls[0] += 1
            if calls[0] == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        return call

    class System:
        """The calls of os that files makes."""

        open, fsync, rename = (staticmethod(armed(f)) for f in (os.open, os.fsync, os.rename))

        def __getattr__(self, name):
            return getattr(os, name)

    files.os = System()
    Path.unlink = armed(Path.unlink)
    DatabaseWrapper._commit = armed(DatabaseWrapper._commit)
    return calls


def in_child(work, path):
    """Run work(home) in a child on the home at a path; returns (status, what it returned)."""
    answer = path.with_suffix(".answer")
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        said = json.loads(answer.read_text()) if answer.exists() else None
        answer.unlink(missing_ok=True)
        return status, said
    try:
        answer.write_text(json.dumps(work(at_home(path))))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def at_home(path):
    """Point Django at the home of a trial."""
    from dataclasses import replace

    from django.conf import settings
    from django.db import connection

    from fireline.pipeline.home import Home

    settings.FIRELINE = replace(settings.FIRELINE, home=path)
    connection.settings_dict["NAME"] = str(path / "fireline.sqlite3")
    return Home(path)


def load_once():
    """Load modules and compiled kernels in the parent, so that every child has them and none starts threads."""
    import numpy as np

    from fireline.contacts.index import VisitIndex

    VisitIndex.from_arrays(*np.array([[0], [0], [0], [9]]))


def prepare(path):
    from fireline.store.boot import boot, migrate

    boot(path)
    load_once()

    def make(home):
        migrate()
        change("base", home)

    status, _ = in_child(make, path)
    assert status == 0
    import numpy as np

    from fireline.contacts.index import VisitIndex

    VisitIndex.from_arrays(
        *np.array([[0], [0], [0], [9]])
    )  # loads the compiled kernels once for all children


def kill_everywhere(path, operation, every):
    prepare(path)
    trial = path.with_name("trial")

    def fresh():
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(path, trial)

    def counted(home):
        calls = arm(0)
        change(operation, home)
        return calls[0]

    fresh()
    _, old = in_child(look, trial)
    status, n_calls = in_child(counted, trial)
    assert status == 0
    _, new = in_child(look, trial)
    seen = {"old": 0, "new": 0, "orphans": 0}
    for at in range(1, n_calls + 1, every):
        fresh()

        def killed(home, at=at):
            arm(at)
            change(operation, home)

        status, _ = in_child(killed, trial)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (at, status)
        status, found = in_child(look, trial)
        assert status == 0, f"killed at call {at} of {n_calls}"
        which = "old" if found["actions"] == old["actions"] else "new"
        wanted = old if which == "old" else new
        assert (found["rows"], found["actions"]) == (wanted["rows"], wanted["actions"]), at
        seen[which] += 1
        seen["orphans"] += found["n_orphans"]
    return {"n_calls": n_calls, **seen, "old_rows": len(old["rows"]), "new_rows": len(new["rows"])}


def many_writers(path, n_writers=3):
    """Writers at once, each with batches of its own and one that all of them bring."""
    prepare(path)

    def write(home, who):
        for batch in (f"own-{who}", "shared", f"second-{who}"):
            change("ingest", home, batch)
        return who

    children = []
    for who in range(n_writers):
        child = os.fork()
        if not child:
            try:
                write(at_home(path), who)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        children.append(child)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    status, found = in_child(look, path)

    def batches(_home):
        from fireline.store.models import VisitBatch

        return sorted(VisitBatch.objects.values_list("batch_id", flat=True))

    return {"statuses": statuses, "is_whole": status == 0, "batches": in_child(batches, path)[1],
            "n_rows": len(found["rows"])}  # fmt: skip


if __name__ == "__main__":
    home, wanted = Path(sys.argv[1]), sys.argv[2]
    if wanted == "writers":
        print(json.dumps(many_writers(home)))
    else:
        prepare(home)
        print(
            json.dumps(
                {
                    name: kill_everywhere(home, name, int(every))
                    for name, _, every in (said.partition(":") for said in sys.argv[2:])
                }
            )
        )
