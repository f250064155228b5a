"""The same report from many hands at once is done once, and the dossier is the sum of what stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

_RACE = """
import json, threading
from datetime import UTC, date, datetime
from fireline.store.boot import boot, migrate
boot(); migrate()
from django.db import connection
from fireline.actions import accounts, reporting, reporting_units
from fireline.feeds.contract import Contract
from fireline.privacy.purposes import Purpose
from fireline.store import audit
from fireline.store.actor import COMMAND_LINE, actor_of
from fireline.store.models import Count, CountReport, ReportBatch, User
at = datetime(2022, 6, 12, 6, 0, tzinfo=UTC)
people = []
for name in ("east", "west"):
    reporting_units.add_unit(
        by=COMMAND_LINE, at=at, name=name, kind="clinic", area_code="CN-411624101",
        owes=["fever_clinic=daily@17:00"], contract=Contract("x", "y", Purpose.SITUATION, date(2099, 1, 1)),
    )
    accounts.create_user(by=COMMAND_LINE, at=at, username=name, role="reporter", reporting_unit=name)
    people.append(actor_of(User.objects.get(username=name)))
answers, faults = [], []
def send(who, key, n):
    row = {"stream": "fever_clinic", "date": "2022-06-12", "count": n}
    try:
        answers.append(reporting.take_in_counts(by=who, at=at, key=key, rows=[row]).is_repeat)
    except reporting.ReusedKey:
        answers.append("conflict")
    except Exception as error:
        faults.append(repr(error))
    connection.close()
jobs = [(people[0], "the-same-key", 3)] * 8 + [(people[1], f"west-key-{n}", n) for n in range(6)]
jobs += [(people[0], "the-same-key", 4)] * 2
threads = [threading.Thread(target=send, args=job) for job in jobs]
[t.start() for t in threads]
[t.join() for t in threads]
newest = {r.unit_id: r.count for r in CountReport.objects.order_by("revision")}
print(json.dumps({
    "faults": faults, "first": answers.count(False), "conflicts": answers.count("conflict"),
    "batches": ReportBatch.objects.filter(key="the-same-key").count(),
    "sum": sum(newest.values()), "dossier": [c.count for c in Count.objects.all()],
    "revisions": sorted(CountReport.objects.filter(received_by="west").values_list("revision", flat=True)),
    "is_whole": audit.verify().is_whole,
}))
"""


@pytest.mark.long
def test_the_same_report_at_once_is_done_once(tmp_path):
    environ = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", _RACE],
        env={
            **environ,
            "FIRELINE_HOME": str(tmp_path / "home"),
            "DJANGO_SETTINGS_MODULE": "fireline.web.settings",
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["faults"] == [] and found["is_whole"]
    assert found["batches"] == 1
    # one of the two contents won; the other is a conflict each time it came
    assert found["conflicts"] in (2, 8)
    assert found["first"] == 1 + 6
    assert found["dossier"] == [found["sum"]]
    assert found["revisions"] == [1, 2, 3, 4, 5, 6]
