"""One task, a whole series, names of places, the verdict of the audit chain, and tasks without a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.conftest import NOW
from tests.factories.people import TOWN_A, TOWN_B
from tests.fakes import audit_guard

from fireline.actions import accounts, tasks
from fireline.errors import ConflictError, PurposeError
from fireline.store import access, audit, tally
from fireline.store.models import AuditCheckpoint, AuditEvent, Case, Outbreak, Place, Series, Tally, Task

pytestmark = pytest.mark.django_db


def last():
    return AuditEvent.objects.order_by("-seq").first()


def test_one_task_with_one_audit_row(bob, outbreak):
    found = access.task(bob, purpose="follow_up", outbreak=outbreak, task_id="K-C0001", at=NOW)
    assert found["task_id"] == "K-C0001" and found["due_at"] and found["is_open"] is True
    row = last()
    assert (row.action, row.purpose, row.actor) == ("read.task", "follow_up", "bob")
    assert "C0001" not in row.subject + row.body


def test_a_task_elsewhere_is_seen_by_whose_hand_it_is_in(bob, outbreak):
    other = Task.objects.filter(area_code=TOWN_B).first()
    said = {"purpose": "follow_up", "outbreak": outbreak, "task_id": other.task_id, "at": NOW}
    with pytest.raises(PurposeError, match="not found"):
        access.task(bob, **said)
    Task.objects.filter(pk=other.pk).update(assigned_to="bob")
    assert access.task(bob, **said)["assigned_to"] == "bob"
    with pytest.raises(PurposeError):
        access.task(bob, **{**said, "purpose": "tracing"})


def test_a_series_is_whole_and_in_order(dora, bob, outbreak):
    found = access.series(dora, outbreak=outbreak, stream="fever", area_code=TOWN_A)
    assert len(found) == 40 and [r["date"] for r in found] == sorted(r["date"] for r in found)
    assert found[0] == {"date": "2022-05-01", "count": 0.0, "expected": None, "upper": None, "alarm": False}
    assert found[-1]["alarm"] is True and found[-1]["upper"] == 4.0
    assert access.series(bob, outbreak=outbreak, stream="fever", area_code=TOWN_A) == found
    assert access.series(dora, outbreak=outbreak, stream="cough", area_code=TOWN_A) == []


def test_a_series_of_another_method_or_area(dora, bob, outbreak):
    Series.objects.filter(method="C2").delete()
    found = access.series(dora, outbreak=outbreak, stream="fever", area_code=TOWN_A)
    assert len(found) == 40  # C1, since C2 was not computed
    Series.objects.update(area_code=TOWN_B)
    assert access.series(bob, outbreak=outbreak, stream="fever", area_code=TOWN_B) == []


def test_names_of_places(dora, bob, outbreak):
    Place.objects.create(outbreak_id=outbreak, place_id="bare")
    names = access.places(dora, outbreak=outbreak, place_ids=["market", "market", "bare", "none"])
    assert names == {"market": "东市场"}
    assert access.places(dora, outbreak=outbreak, place_ids=[]) == {}
    with pytest.raises(PurposeError):
        access.places(bob, outbreak=outbreak, place_ids=["market"])


def test_the_verdict_is_for_supervisors_and_leaves_a_row(sam, dora, outbreak):
    verdict = access.audit_verdict(sam, at=NOW)
    assert verdict.is_whole and 0 < verdict.n_signed <= verdict.n_rows
    assert verdict.signed_at == NOW
    assert (last().action, last().actor) == ("audit.verify", "sam")
    with pytest.raises(PurposeError):
        access.audit_verdict(dora, at=NOW)


def test_signing_out_signs_the_log(dora):
    accounts.sign_out(by=dora, at=NOW + timedelta(minutes=1))
    accounts.sign_out(by=dora, at=NOW + timedelta(minutes=2))
    verdict = audit.verify()
    assert verdict.n_signed == verdict.n_rows == 2
    assert verdict.signed_at == NOW + timedelta(minutes=2)


@pytest.mark.parametrize("text", ["", "yesterday", "2022-06-12T00:00:00"])
def test_an_edited_moment_of_a_checkpoint_is_a_fault_and_no_crash(dora, text):
    accounts.sign_out(by=dora, at=NOW)
    audit_guard.lift(connection)
    AuditCheckpoint.objects.update(at=text)
    audit_guard.put_back(connection)
    verdict = audit.verify()
    assert verdict.signed_at is None and not verdict.is_whole


@pytest.fixture
def unrecorded(outbreak):
    """Two tasks of town A that are past due, and whose data could not show them done."""
    chosen = list(Task.objects.filter(area_code=TOWN_A).order_by("id")[:2])
    Task.objects.filter(pk__in=[t.pk for t in chosen]).update(state="no_record")
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    return chosen


def test_a_task_without_record_is_neither_open_nor_overdue(dora, outbreak, unrecorded):
    later = NOW + timedelta(days=30)
    board = access.board(dora, outbreak=outbreak, at=later)
    assert {k: board["tasks"][k] for k in ("open", "overdue", "no_record", "done")} == {
        "open": 10, "overdue": 10, "no_record": 2, "done": 0,
    }  # fmt: skip
    assert sum(row["no_record"] for row in board["late"]) == 2

    def total(state):
        page = access.tasks(dora, purpose="follow_up", outbreak=outbreak, state=state, at=later)
        return page.total, len(page.rows)

    assert [total(s) for s in ("open", "overdue", "no_record", "done", "all")] == [
        (10, 10), (10, 10), (2, 2), (0, 0), (12, 12),
    ]  # fmt: skip


def test_a_kind_with_nothing_but_unrecorded_tasks_stands_on_the_board(dora, outbreak):
    Task.objects.filter(kind="case_report").update(state="no_record")
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    rows = {r["kind"]: r for r in access.board(dora, outbreak=outbreak, at=NOW)["late"]}
    assert rows["case_report"] == {"kind": "case_report", "open": 0, "overdue": 0, "no_record": 6}


def test_a_person_closes_it_and_nobody_says_late(bob, outbreak, unrecorded):
    said = {"by": bob, "at": NOW + timedelta(days=30), "outbreak": outbreak, "task_id": unrecorded[0].task_id}
    tasks.close(**said, note="was done on the day, on paper")
    task = Task.objects.get(pk=unrecorded[0].pk)
    assert (task.state, task.is_open, task.is_late) == ("done", False, None)
    board = access.board(bob, outbreak=outbreak, at=NOW)["tasks"]
    assert (board["no_record"], board["done"]) == (1, 1)
    with pytest.raises(ConflictError):
        tasks.close(**said, note="again")


@pytest.mark.parametrize(("zone", "day"), [("Asia/Shanghai", "2022-06-02"), ("Asia/Kathmandu", "2022-06-01")])
def test_cases_are_counted_by_their_local_day(outbreak, zone, day):
    """18:00 UTC is the next day in Shanghai, and 23:45 of the same day in Nepal."""
    moment = datetime(2022, 6, 1, 18, 0, tzinfo=UTC)
    Case.objects.filter(outbreak_id=outbreak).update(reported_at=moment, reported_at_precision="minute")
    Case.objects.filter(outbreak_id=outbreak, case_id="C0000").update(
        reported_at=None, reported_at_precision="", onset=None, onset_precision=""
    )
    where = Outbreak.objects.get(pk=outbreak)
    where.tz = zone
    tally.rebuild(where)
    rows = Tally.objects.filter(outbreak_id=outbreak, name="case_day")
    counted = {}
    for key, n in rows.values_list("key", "n"):
        counted[key] = counted.get(key, 0) + n
    assert counted == {day: 11, "": 1}
