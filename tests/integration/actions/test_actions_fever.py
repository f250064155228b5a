"""Fever patients: reported within the hour, counted into the day, followed to the result, deleted by their day."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A

from fireline.actions import fever, reporting
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.feeds.reporting import ReportFault
from fireline.store import access
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, CountReport, FeverReport, ReportingUnit

pytestmark = pytest.mark.django_db
KEY = ("fever_clinic", TOWN_A, TODAY)


@pytest.fixture
def rita(home):
    r.unit()
    return r.reporter()


def now():
    return r.counts().get(KEY, (None, None))[0]


def test_a_patient_is_reported_and_counted_without_anybody_typing_a_number(rita):
    pk = r.fever(rita, seen_at=NOW - timedelta(minutes=20))
    found = FeverReport.objects.get(pk=pk)
    assert (found.number, found.day, found.area_code, found.state, found.result) == (
        "20220612-01", TODAY, TOWN_A, "open", "none"
    )  # fmt: skip
    assert found.keep_until == date(2022, 7, 12)
    assert now() == 1.0
    r.fever(rita)
    assert FeverReport.objects.order_by("-id")[0].number == "20220612-02"
    assert now() == 2.0
    row = AuditEvent.objects.filter(action="fever.report").first()
    assert row.purpose == "reporting" and row.subject.startswith("fever:") and "38" not in row.body
    assert json.loads(row.body)["is_late"] is False


@pytest.mark.parametrize(("minutes", "is_late"), [(60, False), (61, True)])
def test_the_report_is_due_within_the_hour(rita, minutes, is_late):
    r.fever(rita, seen_at=NOW - timedelta(minutes=minutes))
    (row,) = access.own_fever(rita, at=NOW)
    assert row["is_late"] is is_late


def test_without_a_rule_in_force_the_hours_are_a_target(rita):
    r.fever(rita)
    found = FeverReport.objects.get()
    assert (found.rule_id, found.edition) == ("", "")
    assert found.result_due_at == NOW + timedelta(hours=6)


def test_with_a_rule_in_force_the_clock_names_it(home):
    home.mark_exercise()
    r.unit(area="EX-010103")
    r.fever(r.reporter())
    found = FeverReport.objects.get()
    assert "fever_report" in found.rule_id and found.edition
    assert found.report_due_at == NOW + timedelta(hours=1)
    row = AuditEvent.objects.get(action="fever.report")
    assert (row.rule, row.edition) == (found.rule_id, found.edition)


def test_a_form_sent_twice_is_one_patient(rita):
    assert r.fever(rita, key="form-0001") == r.fever(rita, key="form-0001")
    assert FeverReport.objects.count() == 1 and now() == 1.0
    with pytest.raises(InputError):
        r.fever(rita, key="x")


def test_the_typed_number_of_the_day_and_the_patients_go_together(rita):
    r.fever(rita)
    r.fever(rita)
    low = r.send(rita, r.row(1))
    assert [f.code for f in low.faults] == [ReportFault.BELOW_FEVER_REPORTS]
    r.send(rita, r.row(5, denominator=40))
    assert r.counts()[KEY] == (5.0, 40.0)
    for _ in range(3):
        r.fever(rita)
    assert r.counts()[KEY] == (5.0, 40.0)  # five patients are within the five that were typed
    last = r.fever(rita)
    assert r.counts()[KEY] == (6.0, 40.0)
    fever.withdraw_fever(by=rita, at=NOW, report=last)
    assert r.counts()[KEY] == (5.0, 40.0)
    assert r.send(rita, r.row(5, denominator=40)).n_same == 1


def test_the_days_number_is_still_owed_after_a_patient_and_a_zero_is_not_made(rita):
    (line,) = access.own_lines(rita, at=NOW)
    assert line.cells[-1].count is None
    pk = r.fever(rita)
    (line,) = access.own_lines(rita, at=NOW)
    assert (line.cells[-1].count, line.cells[-1].is_so_far, line.cells[-1].state) == (1.0, True, "waiting")
    fever.withdraw_fever(by=rita, at=NOW, report=pk)
    assert r.counts() == {}
    (line,) = access.own_lines(rita, at=NOW)
    assert line.cells[-1].count is None


def test_taking_a_typed_number_back_leaves_the_patients(rita):
    r.fever(rita)
    receipt = r.send(rita, r.row(7))
    assert now() == 7.0
    reporting.take_back_counts(by=rita, at=NOW, batch=receipt.batch)
    assert now() == 1.0
    (line,) = access.own_lines(rita, at=NOW)
    assert line.cells[-1].is_so_far
    r.send(rita, r.row(4))
    r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True})
    assert now() == 1.0
    rows = CountReport.objects.order_by("revision").values_list("count", "via")
    assert list(rows)[-2:] == [(None, "form"), (1.0, "fever")]


def test_a_patient_seen_yesterday_counts_for_yesterday(rita):
    r.fever(rita, seen_at=NOW - timedelta(hours=15))
    assert r.counts() == {("fever_clinic", TOWN_A, TODAY - timedelta(days=1)): (1.0, None)}


def test_only_clinics_and_hospitals_report_patients(home):
    r.pharmacy()
    with pytest.raises(PurposeError, match="clinics"):
        r.fever(r.reporter("pia", r.PHARMACY))


def test_staff_report_no_patients_and_an_ended_contract_refuses(rita, dora):
    with pytest.raises(PurposeError):
        r.fever(dora)
    ReportingUnit.objects.update(expires=TODAY - timedelta(days=1))
    with pytest.raises(PurposeError, match="ended"):
        r.fever(rita)
    assert not FeverReport.objects.exists()


def test_the_number_of_patients_a_day_has_an_end(rita, monkeypatch):
    monkeypatch.setattr(fever, "MAX_PER_DAY", 2)
    r.fever(rita)
    r.fever(rita)
    with pytest.raises(InputError, match="at most 2"):
        r.fever(rita)
    r.fever(rita, seen_at=NOW - timedelta(days=1))


def test_a_number_that_stands_again_does_not_take_its_patients_for_its_own(rita):
    r.send(rita, r.row(0))
    patient = r.fever(rita)
    row = {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True}
    reporting.take_back_counts(by=rita, at=NOW, batch=r.send(rita, row).batch)
    assert now() == 1.0
    fever.withdraw_fever(by=rita, at=NOW, report=patient)
    assert now() == 0.0


STEP = st.tuples(
    st.sampled_from(["typed", "withdrawn", "patient", "mistake"]), st.integers(0, 4), st.booleans()
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=8))
def test_after_any_history_the_day_is_the_typed_number_or_the_patients_if_they_are_more(rita, steps):
    """A plain model: the last typed number that stands, and the patients that stand."""
    with transaction.atomic():
        typed, patients = None, []
        for kind, n, is_undone in steps:
            before, receipt = typed, None
            if kind == "typed":
                receipt = r.send(rita, r.row(n))
                assert bool(receipt.faults) == (n < len(patients))
                typed = n if n >= len(patients) else typed
            elif kind == "withdrawn":
                row = {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True}
                receipt = r.send(rita, row)
                assert bool(receipt.faults) == (typed is None)
                typed = None
            elif kind == "patient":
                patients.append(r.fever(rita))
            elif patients:
                fever.withdraw_fever(by=rita, at=NOW, report=patients.pop())
            if receipt is not None and is_undone:
                reporting.take_back_counts(by=rita, at=NOW, batch=receipt.batch)
                typed = before
            wanted = max(typed, len(patients)) if typed is not None else len(patients) or None
            assert now() == wanted
            (line,) = access.own_lines(rita, at=NOW)
            assert line.cells[-1].is_so_far == (typed is None and bool(patients))
            assert line.cells[-1].count == wanted
        transaction.set_rollback(True)


# -- results ---------------------------------------------------------------------------------------------


def test_a_negative_result_closes_and_a_positive_one_stays_open(rita, dora):
    ill, well = (r.fever(rita, sampled_at=NOW) for _ in range(2))
    fever.give_result(by=rita, at=NOW, report=well, result="negative", result_at=NOW)
    fever.give_result(by=dora, at=NOW, report=ill, result="positive", result_at=NOW)
    states = dict(FeverReport.objects.values_list("id", "state"))
    assert states == {well: "closed", ill: "open"}
    fever.close_fever(by=dora, at=NOW, report=ill)
    with pytest.raises(ConflictError):
        fever.close_fever(by=dora, at=NOW, report=ill)
    assert now() == 2.0  # a negative patient had fever all the same


def test_a_sample_is_noted_later_and_once(rita):
    pk = r.fever(rita)
    with pytest.raises(ConflictError, match="no result is awaited"):
        fever.give_result(by=rita, at=NOW, report=pk, result="negative", result_at=NOW)
    fever.sample_taken(by=rita, at=NOW, report=pk, sampled_at=NOW)
    with pytest.raises(ConflictError, match="noted before"):
        fever.sample_taken(by=rita, at=NOW, report=pk, sampled_at=NOW)
    with pytest.raises(InputError):
        fever.give_result(by=rita, at=NOW, report=pk, result="perhaps", result_at=NOW)
    fever.give_result(by=rita, at=NOW, report=pk, result="negative", result_at=NOW)
    assert FeverReport.objects.get().closed_by == "rita"


def test_reports_of_others_are_not_found(rita, charlie, bob, sam, alice):
    pk = r.fever(rita, sampled_at=NOW)
    r.unit("west-clinic")
    paul = r.reporter("paul", "west-clinic")
    for person in (paul, charlie, bob, sam):
        with pytest.raises(PurposeError):
            fever.give_result(by=person, at=NOW, report=pk, result="negative", result_at=NOW)
    for person in (paul, alice):
        with pytest.raises(PurposeError):
            fever.withdraw_fever(by=person, at=NOW, report=pk)
    with pytest.raises(PurposeError):
        fever.close_fever(by=rita, at=NOW, report=pk)
    assert FeverReport.objects.get().state == "open"


def test_the_database_refuses_a_result_without_a_sample(rita):
    pk = r.fever(rita)
    with pytest.raises(IntegrityError), transaction.atomic():
        FeverReport.objects.filter(pk=pk).update(result="negative", result_at=NOW)


# -- reading and deleting --------------------------------------------------------------------------------


def test_the_list_is_for_investigation_in_the_own_area_and_on_record(rita, dora, alice, bob, sam, charlie):
    r.fever(rita, sampled_at=NOW)
    where = CountReport.objects.first() and access.outbreaks(dora)[0]["id"]
    for person in (dora, alice):
        page = access.fever_reports(person, outbreak=where, at=NOW)
        assert [row["unit_name"] for row in page.rows] == [r.CLINIC]
    for person in (bob, sam, charlie, rita, COMMAND_LINE):
        with pytest.raises(PurposeError):
            access.fever_reports(person, outbreak=where, at=NOW)
    rows = AuditEvent.objects.filter(action="read.fever")
    assert [row.actor for row in rows] == ["dora", "alice"] and rows[0].purpose == "investigation"


@pytest.mark.parametrize(
    ("minutes", "clock"), [(0, "early"), (239, "early"), (240, "expected"), (360, "expected"), (361, "late")]
)
def test_the_hold_clock_runs_from_the_arrival(rita, dora, minutes, clock):
    r.fever(rita, sampled_at=NOW)
    where = access.outbreaks(dora)[0]["id"]
    at = NOW + timedelta(minutes=minutes)
    assert access.fever_reports(dora, outbreak=where, at=at).rows[0]["clock"] == clock
    assert access.fever_counts(dora, outbreak=where, at=at)["late_result"] == (clock == "late")


def test_the_list_by_state(rita, dora):
    pending, positive, closed, gone = (r.fever(rita, sampled_at=NOW) for _ in range(4))
    fever.give_result(by=rita, at=NOW, report=positive, result="positive", result_at=NOW)
    fever.give_result(by=rita, at=NOW, report=closed, result="negative", result_at=NOW)
    fever.withdraw_fever(by=rita, at=NOW, report=gone)
    where = access.outbreaks(dora)[0]["id"]
    wanted = {
        "open": {pending, positive}, "pending": {pending}, "late_result": set(), "positive": {positive},
        "closed": {closed, gone}, "all": {pending, positive, closed, gone},
    }  # fmt: skip
    for state, ids in wanted.items():
        assert {
            row["id"] for row in access.fever_reports(dora, outbreak=where, at=NOW, state=state).rows
        } == ids
    assert access.fever_counts(dora, outbreak=where, at=NOW) == {s: len(ids) for s, ids in wanted.items()}
    with pytest.raises(InputError):
        access.fever_reports(dora, outbreak=where, at=NOW, state="strange")


def test_a_reporter_sees_the_own_unit_only(rita):
    pk = r.fever(rita)
    r.unit("west-clinic")
    paul = r.reporter("paul", "west-clinic")
    assert [row["id"] for row in access.own_fever(rita, at=NOW)] == [pk]
    assert access.own_fever(paul, at=NOW) == []
    assert access.own_fever_one(rita, report=pk, at=NOW)["number"] == "20220612-01"
    with pytest.raises(PurposeError):
        access.own_fever_one(paul, report=pk, at=NOW)


def test_after_its_day_a_row_is_read_by_nobody_and_deleted_on_demand(rita, dora):
    pk = r.fever(rita)
    where = access.outbreaks(dora)[0]["id"]
    last, after = NOW + timedelta(days=30), NOW + timedelta(days=31)
    assert access.fever_reports(dora, outbreak=where, at=last, state="all").total == 1
    assert access.fever_reports(dora, outbreak=where, at=after, state="all").total == 0
    with pytest.raises(PurposeError):
        access.own_fever_one(rita, report=pk, at=after)
    day = date(2022, 7, 13)
    assert fever.purge_fever(by=COMMAND_LINE, at=after, until=day - timedelta(days=1)) == 0
    assert fever.purge_fever(by=COMMAND_LINE, at=after, until=day, is_dry_run=True) == 1
    assert fever.purge_fever(by=COMMAND_LINE, at=after, until=day) == 1
    assert not FeverReport.objects.exists()
    assert now() == 1.0  # the day's number stays
    assert json.loads(AuditEvent.objects.filter(action="fever.purge").last().body)["rows"] == 1


def test_nothing_is_deleted_ahead_of_its_day_or_by_others(rita, bob):
    with pytest.raises(InputError):
        fever.purge_fever(by=COMMAND_LINE, at=NOW, until=TODAY + timedelta(days=1))
    for person in (rita, bob):
        with pytest.raises(PurposeError):
            fever.purge_fever(by=person, at=NOW, until=TODAY)
