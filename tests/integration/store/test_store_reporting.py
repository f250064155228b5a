"""Reads of reports: the own unit for a reporter, the calendar of the area for staff, nothing for others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A, TOWN_B

from fireline.actions import reporting, reporting_units
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.feeds.reporting import State
from fireline.store import access
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, CountReport
from fireline.store.reporting import add_rows, materialise, refusal_of, routine_dossier, take_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita(home):
    """Reporter of a unit of the whole county, which reports for its townships."""
    r.unit(area=r.COUNTY, owes=("fever_clinic=daily@17:00", "ili_visits=weekly@10:00+1,total"))
    r.unit("a-clinic", area=TOWN_A)
    r.pharmacy()
    return r.reporter()


def calendar(actor, **more):
    return access.stream_calendar(actor, outbreak=routine_dossier().pk, at=NOW, **more)


def line_of(found, name, stream="fever_clinic"):
    return next(row["line"] for row in found.rows if row["unit_name"] == name and row["stream"] == stream)


def test_numbers_of_several_areas_of_one_unit_are_one_in_the_calendar(rita, dora):
    r.send(rita, r.row(2, area_code=TOWN_A, denominator=20))
    r.send(rita, r.row(3, area_code=TOWN_B, denominator=30), at=NOW + timedelta(minutes=5))
    cell = line_of(calendar(dora), r.CLINIC).cells[-1]
    assert (cell.state, cell.count, cell.denominator) == (State.REPORTED, 5.0, 50.0)
    r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "area_code": TOWN_A, "withdraw": True})
    cell = line_of(calendar(dora), r.CLINIC).cells[-1]
    assert (cell.count, cell.denominator) == (3.0, 30.0)
    r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "area_code": TOWN_B, "withdraw": True})
    cell = line_of(calendar(dora), r.CLINIC).cells[-1]
    assert (cell.state, cell.count, cell.is_withdrawn) == (State.WAITING, None, True)
    r.send(rita, r.row(1, area_code=TOWN_A), r.row(1, area_code=TOWN_B, denominator=9))
    assert line_of(calendar(dora), r.CLINIC).cells[-1].denominator is None


def test_the_last_report_is_known_also_when_it_lies_before_the_calendar(rita, dora):
    long_ago = TODAY - timedelta(days=60)
    r.send(rita, r.row(4, long_ago))
    found = {(row["unit_name"], row["stream"]): row["last_reported"] for row in calendar(dora).rows}
    assert found[r.CLINIC, "fever_clinic"] == long_ago
    assert found["a-clinic", "fever_clinic"] is None


def test_the_calendar_is_bounded_and_refuses_other_questions(rita, dora):
    for wrong in ({"condition": "strange"}, {"n_days": 0}, {"n_days": 32}):
        with pytest.raises(InputError):
            calendar(dora, **wrong)
    assert len(calendar(dora, n_days=31).days) == 31
    assert [len(calendar(dora, limit=1, offset=n).rows) for n in range(5)] == [1, 1, 1, 1, 0]
    assert calendar(dora, limit=10_000).limit == access.PAGE_LIMIT


def test_the_calendar_knows_the_units_of_its_days(rita, dora):
    reporting_units.end_unit(by=COMMAND_LINE, at=NOW, name="a-clinic", last_day=date(2022, 5, 1))
    names = {row["unit_name"] for row in calendar(dora).rows}
    assert names == {r.CLINIC, r.PHARMACY}
    then = {row["unit_name"] for row in calendar(dora, last=date(2022, 5, 3)).rows}
    assert then == {r.CLINIC, r.PHARMACY, "a-clinic"}
    assert calendar(dora, last=date(2021, 6, 1)).total == 0


def test_the_calendar_is_for_staff_of_the_area(rita, dora, alice, sam, bob, charlie, outbreak):
    for person, n in ((dora, 4), (alice, 4), (sam, 4), (bob, 1), (COMMAND_LINE, 4)):
        assert calendar(person).total == n
    for person in (charlie, rita):
        with pytest.raises(PurposeError):
            calendar(person)
    with pytest.raises(PurposeError, match="routine surveillance only"):
        access.stream_calendar(dora, outbreak=outbreak, at=NOW)


def test_a_reporter_reads_the_own_unit_and_nothing_else(rita, outbreak):
    mine = access.own(rita, at=NOW)
    assert (mine.unit["name"], mine.today, len(mine.owed), mine.refusal) == (r.CLINIC, TODAY, 2, None)
    readers = [
        lambda: access.outbreak(rita, outbreak=outbreak),
        lambda: access.board(rita, outbreak=outbreak, at=NOW),
        lambda: access.areas(rita, outbreak=outbreak),
        lambda: access.definitions(rita, outbreak=outbreak),
        lambda: access.reports(rita, outbreak=outbreak),
        lambda: access.signals(rita, purpose="reporting", outbreak=outbreak),
        lambda: access.results(rita, outbreak=outbreak, name="curve"),
        lambda: access.result_names(rita, outbreak=outbreak),
        lambda: access.series(rita, outbreak=outbreak, stream="fever", area_code=TOWN_A),
        lambda: access.line_list(rita, purpose="reporting", outbreak=outbreak, at=NOW),
        lambda: access.tasks(rita, purpose="reporting", outbreak=outbreak, at=NOW),
        lambda: access.worklists(rita, outbreak=outbreak),
        lambda: access.imports(rita, outbreak=outbreak),
        lambda: access.audit_entries(rita),
        lambda: access.fever_reports(rita, outbreak=routine_dossier().pk, at=NOW),
    ]
    for read in readers:
        with pytest.raises(PurposeError):
            read()
    assert AuditEvent.objects.filter(action="access.refused", actor="rita").count() == len(readers)
    assert access.outbreaks(rita) == [] and access.busiest(rita) is None and access.accounts(rita) == []
    wider = replace(rita, area_code="")  # whatever the account says
    assert access.outbreaks(wider) == [] and access.accounts(wider) == []


def test_a_reporter_is_given_no_task_and_no_worklist(rita, dora, outbreak):
    from fireline.actions import tasks, worklists

    assert "rita" not in {row["username"] for row in access.accounts(dora)}
    with pytest.raises(InputError):
        tasks.reassign(by=dora, at=NOW, outbreak=outbreak, task_id="K-C0001", to="rita")
    with pytest.raises(InputError):
        worklists.make_worklist(by=dora, at=NOW, outbreak=outbreak, kind="follow_up", to="rita")


@pytest.mark.parametrize("who", ["alice", "bob", "dora", "sam"])
def test_staff_have_no_own_unit(rita, who, request):
    person = request.getfixturevalue(who)
    for read in (access.own, access.own_lines, access.own_fever):
        with pytest.raises(PurposeError):
            read(person, at=NOW)


def test_a_reporter_without_a_unit_reads_nothing(rita):
    with pytest.raises(PurposeError, match="no reporting unit"):
        access.own(replace(rita, reporting_unit=None), at=NOW)
    with pytest.raises(PurposeError, match="no reporting unit"):
        reporting.own_unit(replace(rita, reporting_unit=999))


def test_without_routine_surveillance_there_is_nothing_to_lock(home):
    with pytest.raises(ConflictError, match="unit add"):
        reporting.routine_locked()


def test_the_own_day_says_what_is_owed_and_what_came_before(rita):
    r.send(
        rita,
        r.row(9, TODAY - timedelta(days=7), "ili_visits", denominator=90),
        r.row(4, TODAY - timedelta(days=1)),
    )
    fever, weekly = access.own_day(rita, day=TODAY, at=NOW)
    assert (fever["stream"], fever["before"].count, fever["total"]) == ("fever_clinic", 4.0, None)
    assert (weekly["stream"], weekly["before"].count, weekly["before"].date) == (
        "ili_visits", 9.0, TODAY - timedelta(days=7)
    )  # fmt: skip
    assert weekly["total"].zh == "全部门急诊人次"
    assert [row["stream"] for row in access.own_day(rita, day=TODAY - timedelta(days=1), at=NOW)] == [
        "fever_clinic"
    ]
    assert access.own_day(rita, day=date(2021, 1, 1), at=NOW) == []


def test_nothing_to_do_is_nothing_done(rita):
    where = routine_dossier()
    receipt = r.send(rita, r.row(3))
    from fireline.store.models import ReportBatch

    batch = ReportBatch.objects.get(pk=receipt.batch)
    done = add_rows([], batch=batch, at=NOW, by="x", tz=access.own(rita, at=NOW).tz)
    assert (done.n_new, done.keys, done.faults) == (0, set(), [])
    assert materialise(where, set()) == 0
    empty = ReportBatch.objects.create(
        unit_id=batch.unit_id, key="an-empty-one", body_hash="x", via="form", received_at=NOW
    )
    assert take_back(empty, at=NOW, by="x") == set()
    assert CountReport.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "on", "word"),
    [
        ({}, TODAY, None),
        ({"expires": TODAY}, TODAY, None),
        ({"expires": TODAY}, TODAY + timedelta(days=1), "renew"),
        ({"active_to": TODAY}, TODAY + timedelta(days=7), None),
        ({"active_to": TODAY}, TODAY + timedelta(days=8), "does not report"),
        ({"active_from": TODAY}, TODAY - timedelta(days=1), "does not report"),
    ],
)
def test_why_nothing_is_taken_in(rita, changes, on, word):
    from fireline.store.models import ReportingUnit

    unit = ReportingUnit.objects.get(name=r.CLINIC)
    for name, value in changes.items():
        setattr(unit, name, value)
    found = refusal_of(unit, on)
    assert (found is None) if word is None else (word in found.en and found.zh)
