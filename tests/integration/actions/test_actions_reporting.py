"""Reports of daily counts: once each, row by row, corrected by a further revision, summed into the dossier."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A

from fireline.actions import reporting, reporting_units
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.feeds.reporting import ReportFault
from fireline.feeds.reporting.rows import MAX_ROWS
from fireline.store import audit
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import (
    AuditEvent,
    Count,
    CountReport,
    Outbreak,
    ReportBatch,
    ReportingUnit,
    ReportRowFault,
)
from fireline.store.reporting import materialise, routine_dossier

pytestmark = pytest.mark.django_db

YESTERDAY = TODAY - timedelta(days=1)
KEY = ("fever_clinic", TOWN_A, TODAY)


@pytest.fixture
def rita(home):
    r.unit()
    return r.reporter()


@pytest.fixture
def paul(home, rita):
    """Reporter of a second clinic in the same township."""
    r.unit("west-clinic")
    return r.reporter("paul", "west-clinic")


def revisions(key=KEY):
    stream, area, day = key
    rows = CountReport.objects.filter(stream=stream, area_code=area, date=day).order_by("unit_id", "revision")
    return [(row.revision, row.count, row.via) for row in rows]


def test_a_report_is_kept_summed_and_on_record(rita):
    before = routine_dossier().version
    receipt = r.send(rita, r.row(3), r.row(0, YESTERDAY))
    assert (receipt.n_rows, receipt.n_new, receipt.n_rejected, receipt.n_kept) == (2, 2, 0, 2)
    assert r.counts() == {KEY: (3.0, None), ("fever_clinic", TOWN_A, YESTERDAY): (0.0, None)}
    assert routine_dossier().version == before + 1
    row = AuditEvent.objects.get(action="report.take_in")
    assert (row.actor, row.unit, row.purpose) == ("rita", r.CLINIC, "reporting")
    assert json.loads(row.body)["rows"] == 2
    assert audit.verify().is_whole


def test_a_zero_is_a_row_and_a_gap_is_none(rita):
    r.send(rita, r.row(0))
    assert r.counts() == {KEY: (0.0, None)}


def test_a_correction_is_a_further_revision_and_the_newest_counts(rita):
    r.send(rita, r.row(3))
    receipt = r.send(rita, r.row(5), at=NOW + timedelta(hours=1))
    assert (receipt.n_new, receipt.n_corrected) == (0, 1)
    assert revisions() == [(1, 3.0, "form"), (2, 5.0, "form")]
    assert r.counts() == {KEY: (5.0, None)}


def test_the_same_number_again_adds_nothing(rita):
    r.send(rita, r.row(3))
    receipt = r.send(rita, r.row(3))
    assert (receipt.n_same, receipt.n_new, receipt.n_corrected) == (1, 0, 0)
    assert revisions() == [(1, 3.0, "form")]
    assert r.send(rita, r.row(3, denominator=9)).n_corrected == 1


def test_a_number_is_taken_back_and_leaves_a_gap(rita):
    r.send(rita, r.row(3))
    receipt = r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True})
    assert receipt.n_corrected == 1
    assert revisions() == [(1, 3.0, "form"), (2, None, "form")]
    assert r.counts() == {}
    again = r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True})
    assert [f.code for f in again.faults] == [ReportFault.NOTHING_TO_WITHDRAW]
    r.send(rita, r.row(2))
    assert r.counts() == {KEY: (2.0, None)}


def test_units_are_summed_and_denominators_only_where_all_have_one(rita, paul):
    r.send(rita, r.row(3, denominator=40))
    r.send(paul, r.row(4))
    assert r.counts() == {KEY: (7.0, None)}
    r.send(paul, r.row(4, denominator=60))
    assert r.counts() == {KEY: (7.0, 100.0)}
    r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True})
    assert r.counts() == {KEY: (4.0, 60.0)}


def test_the_same_key_and_content_give_the_same_answer(rita):
    rows = [r.row(3), r.row(-1, YESTERDAY)]
    first = r.send(rita, *rows, key="report-0001")
    mixed = [dict(reversed(row.items())) for row in rows]
    again = r.send(rita, *mixed, key="report-0001", at=NOW + timedelta(hours=5))
    assert again.is_repeat and not first.is_repeat
    assert [getattr(again, f) for f in ("batch", "received_at", "n_new", "n_rejected", "faults")] == [
        getattr(first, f) for f in ("batch", "received_at", "n_new", "n_rejected", "faults")
    ]
    assert CountReport.objects.count() == 1
    assert AuditEvent.objects.filter(action="report.take_in").count() == 1


def test_the_same_key_with_another_content_is_a_conflict(rita):
    r.send(rita, r.row(3), key="report-0001")
    with pytest.raises(reporting.ReusedKey):
        r.send(rita, r.row(4), key="report-0001")
    assert r.counts() == {KEY: (3.0, None)}


def test_a_key_belongs_to_its_unit(rita, paul):
    r.send(rita, r.row(3), key="report-0001")
    assert not r.send(paul, r.row(4), key="report-0001").is_repeat
    assert r.counts() == {KEY: (7.0, None)}


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with space 1", "名字名字名字名字", "line\nbreak-1"])
def test_keys_of_other_forms_are_refused(rita, key):
    with pytest.raises(InputError, match="Idempotency-Key"):
        reporting.take_in_counts(by=rita, at=NOW, key=key, rows=[r.row()])


def test_good_rows_are_kept_and_bad_ones_become_faults(rita):
    receipt = r.send(rita, r.row(3), r.row(-2, YESTERDAY), {"name": "王小明"}, r.row(1.5, date(2022, 6, 10)))
    assert (receipt.n_new, receipt.n_rejected) == (1, 3)
    stored = ReportRowFault.objects.filter(batch_id=receipt.batch).order_by("id")
    assert [(f.row, f.code) for f in stored] == [
        (2, "negative"), (3, "unknown_field"), (3, "missing"), (3, "missing"), (3, "missing"), (4, "not_whole"),
    ]  # fmt: skip
    assert all(f.found_zh and f.allowed_en for f in stored)
    assert "王小明" not in "".join(f.found_zh + f.field for f in stored)
    assert len(receipt.faults) == 6


def test_a_report_of_bad_rows_only_is_on_record_too(rita):
    receipt = r.send(rita, r.row(-1))
    assert (receipt.n_kept, receipt.n_rejected) == (0, 1)
    assert ReportBatch.objects.count() == 1 and r.counts() == {}


@pytest.mark.parametrize(
    ("n", "is_allowed"), [(0, False), (1, True), (MAX_ROWS, True), (MAX_ROWS + 1, False)]
)
def test_the_number_of_rows_at_its_edges(rita, n, is_allowed):
    rows = [r.row(1, TODAY - timedelta(days=i % 160)) for i in range(n)]
    if not is_allowed:
        with pytest.raises(InputError, match="2000"):
            r.send(rita, *rows)
    else:
        assert r.send(rita, *rows).n_rows == n


@pytest.mark.parametrize(("minutes", "n_late"), [(180, 0), (181, 1)])
def test_late_is_after_the_hour(rita, minutes, n_late):
    """The hour is 17:00, three hours after NOW."""
    assert r.send(rita, r.row(3), at=NOW + timedelta(minutes=minutes)).n_late == n_late


def test_the_clock_of_a_sender_is_told_when_it_is_off(rita):
    assert r.send(rita, r.row(1), sent_at=NOW).skew_s == 0
    fine = r.send(rita, r.row(2), sent_at=NOW + timedelta(minutes=5))
    off = r.send(rita, r.row(3), sent_at=NOW - timedelta(minutes=5, seconds=1))
    assert not fine.is_clock_off and off.is_clock_off and off.skew_s == -301
    assert r.send(rita, r.row(4)).skew_s is None


def test_tomorrow_is_refused_until_a_quarter_of_an_hour_before(rita):
    tomorrow = r.row(1, TODAY + timedelta(days=1))
    midnight = NOW + timedelta(hours=10)
    early = r.send(rita, tomorrow, at=midnight - timedelta(minutes=15, seconds=1))
    assert [f.code for f in early.faults] == [ReportFault.FUTURE_DATE]
    assert r.send(rita, tomorrow, at=midnight - timedelta(minutes=15)).n_new == 1


def test_too_many_reports_in_an_hour_have_to_wait(rita, monkeypatch):
    monkeypatch.setattr(reporting, "BATCHES_PER_HOUR", 3)
    for n in range(3):
        r.send(rita, r.row(n), at=NOW + timedelta(minutes=n), key=f"report-{n:04d}")
    with pytest.raises(reporting.TooManyReports) as waiting:
        r.send(rita, r.row(9), at=NOW + timedelta(minutes=3))
    assert waiting.value.wait_s == 57 * 60 + 1
    assert r.send(rita, r.row(2), at=NOW + timedelta(minutes=3), key="report-0002").is_repeat
    assert r.send(rita, r.row(9), at=NOW + timedelta(minutes=60)).n_corrected == 1


def test_an_ended_contract_refuses_at_once_and_on_record(rita):
    ReportingUnit.objects.update(expires=YESTERDAY)
    with pytest.raises(PurposeError, match="ended on 2022-06-11"):
        r.send(rita, r.row(3))
    assert r.counts() == {} and AuditEvent.objects.filter(action="access.refused").count() == 1


def test_a_unit_that_has_ended_reports_its_last_days_for_a_week(rita):
    last = date(2022, 6, 5)
    reporting_units.end_unit(by=COMMAND_LINE, at=NOW, name=r.CLINIC, last_day=last)
    receipt = r.send(rita, r.row(3, last), r.row(3))
    assert (receipt.n_new, [f.code for f in receipt.faults]) == (1, [ReportFault.OUTSIDE_PROMISE])
    with pytest.raises(PurposeError):
        r.send(rita, r.row(4, last), at=NOW + timedelta(days=1))


@pytest.mark.parametrize("who", ["alice", "bob", "dora", "sam"])
def test_staff_report_for_nobody(rita, who, request):
    with pytest.raises(PurposeError):
        r.send(request.getfixturevalue(who), r.row(3))


def test_the_command_line_reports_for_nobody(rita):
    with pytest.raises(PurposeError):
        r.send(COMMAND_LINE, r.row(3))


def test_areas_below_the_unit_are_its_own_and_others_are_not(home):
    r.unit(area=r.COUNTY)
    r.pharmacy()  # makes the second township known
    rita = r.reporter()
    receipt = r.send(rita, r.row(1, area_code=r.TOWN_B), r.row(2, area_code="CN-411625"), r.row(4))
    assert (receipt.n_new, [f.code for f in receipt.faults]) == (2, [ReportFault.UNKNOWN_AREA])
    assert r.counts() == {
        ("fever_clinic", r.TOWN_B, TODAY): (1.0, None),
        ("fever_clinic", r.COUNTY, TODAY): (4.0, None),
    }


# -- taking back -----------------------------------------------------------------------------------------


def test_a_report_is_taken_back_until_its_hour(rita):
    first = r.send(rita, r.row(3), r.row(1, YESTERDAY), at=NOW - timedelta(hours=22))
    second = r.send(rita, r.row(5), r.row(2, YESTERDAY), at=NOW - timedelta(hours=21, minutes=1))
    assert (first.n_rejected, second.n_rejected) == (1, 1)  # today was still to come
    assert reporting.take_back_counts(by=rita, at=NOW - timedelta(hours=21), batch=second.batch) == 1
    assert revisions(("fever_clinic", TOWN_A, YESTERDAY)) == [
        (1, 1.0, "form"),
        (2, 2.0, "form"),
        (3, 1.0, "form"),
    ]
    with pytest.raises(ConflictError, match="hour has passed"):
        reporting.take_back_counts(by=rita, at=NOW, batch=first.batch)
    assert r.counts()["fever_clinic", TOWN_A, YESTERDAY] == (1.0, None)


def test_taking_back_the_first_report_leaves_a_gap_and_twice_changes_nothing(rita):
    receipt = r.send(rita, r.row(3))
    assert reporting.take_back_counts(by=rita, at=NOW, batch=receipt.batch) == 1
    assert r.counts() == {}
    assert reporting.take_back_counts(by=rita, at=NOW, batch=receipt.batch) == 0
    assert revisions() == [(1, 3.0, "form"), (2, None, "form")]
    assert AuditEvent.objects.filter(action="report.take_back").count() == 2


def test_a_corrected_report_is_not_taken_back(rita):
    first = r.send(rita, r.row(3))
    r.send(rita, r.row(5))
    with pytest.raises(ConflictError, match="corrected since"):
        reporting.take_back_counts(by=rita, at=NOW, batch=first.batch)
    assert r.counts() == {KEY: (5.0, None)}


def test_a_report_of_another_unit_is_not_found(rita, paul):
    receipt = r.send(rita, r.row(3))
    with pytest.raises(PurposeError):
        reporting.take_back_counts(by=paul, at=NOW, batch=receipt.batch)
    assert r.counts() == {KEY: (3.0, None)}


def test_a_number_that_no_hour_binds_is_taken_back_for_a_day(home):
    r.school()
    tom = r.reporter("tom", r.SCHOOL)
    receipt = r.send(tom, r.row(1, stream="school_absence", denominator=400))  # a Sunday
    later = NOW + timedelta(hours=24)
    with pytest.raises(ConflictError):
        reporting.take_back_counts(by=tom, at=later + timedelta(seconds=1), batch=receipt.batch)
    assert reporting.take_back_counts(by=tom, at=later, batch=receipt.batch) == 1


# -- what the database keeps -----------------------------------------------------------------------------


@pytest.mark.parametrize("change", [lambda rows: rows.update(count=9.0), lambda rows: rows.delete()])
def test_the_database_refuses_to_change_or_delete_a_reported_number(rita, change):
    r.send(rita, r.row(3))
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        change(CountReport.objects.all())
    assert revisions() == [(1, 3.0, "form")]


def test_the_database_refuses_a_negative_number_and_a_second_first_revision(rita):
    r.send(rita, r.row(3))
    old = CountReport.objects.get()
    for changes in (
        {"count": -1.0, "revision": 2},
        {"count": 1.0, "revision": 1},
        {"via": "pigeon", "revision": 2},
    ):
        values = {
            f.attname: getattr(old, f.attname) for f in CountReport._meta.concrete_fields if f.name != "id"
        }
        with pytest.raises(IntegrityError), transaction.atomic():
            CountReport.objects.create(**{**values, **changes})


def test_sums_can_be_made_anew_from_the_revisions_at_any_time(rita, paul):
    r.send(rita, r.row(3), r.row(1, YESTERDAY))
    r.send(paul, r.row(4))
    wanted = r.counts()
    where = routine_dossier()
    Count.objects.filter(outbreak_id=where.pk).delete()
    assert materialise(where, set(wanted)) == 2
    assert r.counts() == wanted
    assert materialise(where, set(wanted)) == 0


def test_a_fault_in_the_middle_leaves_nothing(rita, monkeypatch):
    monkeypatch.setattr(reporting.reporting, "materialise", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        r.send(rita, r.row(3))
    assert not CountReport.objects.exists() and not ReportBatch.objects.exists()
    assert not AuditEvent.objects.filter(action="report.take_in").exists()


# -- generated histories ---------------------------------------------------------------------------------

STEP = st.tuples(
    st.sampled_from(["rita", "paul"]),
    st.lists(st.tuples(st.integers(0, 2), st.none() | st.integers(-1, 4)), min_size=1, max_size=4),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=6))
def test_the_dossier_is_the_sum_of_the_newest_numbers_after_any_history(rita, paul, steps):
    """A plain model: the last good word of each unit for each day; None takes it back."""
    people, model, n_rows = {"rita": rita, "paul": paul}, {}, 0
    with transaction.atomic():
        for who, said in steps:
            rows, wanted = [], {}
            for back, n in said:
                day = TODAY - timedelta(days=back)
                base = {"stream": "fever_clinic", "date": day.isoformat()}
                rows.append({**base, "withdraw": True} if n is None else {**base, "count": n})
                if n is None or n >= 0:
                    wanted.setdefault(day, set()).add(n)
            receipt = r.send(people[who], *rows)
            n_rows += len(rows)
            assert receipt.n_new + receipt.n_corrected + receipt.n_same + receipt.n_rejected == len(rows)
            for day, words in wanted.items():
                if len(words) == 1:
                    (n,) = words
                    if n is None:
                        model.pop((who, day), None)
                    else:
                        model[who, day] = n
        sums = {}
        for (_, day), n in model.items():
            sums["fever_clinic", TOWN_A, day] = sums.get(("fever_clinic", TOWN_A, day), 0) + n
        assert {key: count for key, (count, _) in r.counts().items()} == sums
        assert sum(ReportBatch.objects.values_list("n_rows", flat=True)) == n_rows
        transaction.set_rollback(True)


def test_reports_belong_to_the_routine_dossier_alone(rita, outbreak):
    r.send(rita, r.row(3))
    assert Outbreak.objects.count() == 2
    assert set(Count.objects.exclude(outbreak_id=outbreak).values_list("outbreak_id", flat=True)) == {
        routine_dossier().pk
    }
