"""Rows of a report: each fault is said with its field, what was found and what is allowed; good rows are kept."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.feeds.reporting import FAULT_WORDS, STREAMS, Cadence, Owed, ReportFault, RowLimits, read_rows
from fireline.feeds.reporting.rows import MAX_AGE_D, MAX_COUNT

TODAY = date(2026, 6, 12)  # a Friday
SINCE = date(2026, 1, 1)
TOWN, VILLAGE = "CN-411624101", "CN-411624101001"
LIMITS = RowLimits(area_code=TOWN, areas=frozenset({TOWN, VILLAGE}), today=TODAY)
OWED = (
    Owed("fever_clinic", Cadence.DAILY, 1020, since=SINCE),
    Owed("lab_positive", Cadence.WEEKLY, 2040, has_total=True, since=SINCE),
    Owed("wastewater", Cadence.DAILY, 1020, since=SINCE),
    Owed("antipyretic_sales", Cadence.DAILY, 1020, since=date(2026, 6, 1), until=date(2026, 6, 5)),
)


def row(**changes):
    base = {"stream": "fever_clinic", "date": "2026-06-11", "count": 3}
    return {k: v for k, v in {**base, **changes}.items() if v != "leave out"}


def read(*rows):
    return read_rows(list(rows), owed=OWED, limits=LIMITS)


def only_fault(*rows):
    kept, faults = read(*rows)
    assert kept == []
    assert len({fault.code for fault in faults}) == 1
    return faults[0]


def test_a_good_row_is_kept_whole():
    kept, faults = read(row(area_code=VILLAGE, denominator=40))
    assert faults == []
    (one,) = kept
    assert (one.stream, one.area_code, one.date) == ("fever_clinic", VILLAGE, date(2026, 6, 11))
    assert (one.count, one.denominator, one.row) == (3.0, 40.0, 1)


def test_a_zero_is_a_number_and_the_area_may_be_left_out():
    (one,), faults = read(row(count=0))
    assert faults == [] and one.count == 0.0 and one.area_code == TOWN


def test_a_number_is_taken_back_without_a_number():
    (one,), faults = read(row(count="leave out", withdraw=True))
    assert faults == [] and one.count is None


@pytest.mark.parametrize(
    ("bad", "field", "code"),
    [
        ("not a row", "", ReportFault.NOT_AN_OBJECT),
        (None, "", ReportFault.NOT_AN_OBJECT),
        ([1, 2], "", ReportFault.NOT_AN_OBJECT),
        (row(name="王小明"), "name", ReportFault.UNKNOWN_FIELD),
        (row(**{"411624199001011234": 1}), "", ReportFault.UNKNOWN_FIELD),
        (row(stream="leave out"), "stream", ReportFault.MISSING),
        (row(stream="fever clinic!"), "stream", ReportFault.UNKNOWN_STREAM),
        (row(stream="fever_clinics"), "stream", ReportFault.UNKNOWN_STREAM),
        (row(stream=7), "stream", ReportFault.UNKNOWN_STREAM),
        (row(stream="school_absence"), "stream", ReportFault.NOT_OWED),
        (row(area_code="CN-411625"), "area_code", ReportFault.UNKNOWN_AREA),
        (row(area_code=None), "area_code", ReportFault.UNKNOWN_AREA),
        (row(area_code="13800001111"), "area_code", ReportFault.UNKNOWN_AREA),
        (row(date="leave out"), "date", ReportFault.MISSING),
        (row(date="12.06.2026"), "date", ReportFault.NOT_A_DATE),
        (row(date="2026-02-30"), "date", ReportFault.NOT_A_DATE),
        (row(date="20260611"), "date", ReportFault.NOT_A_DATE),
        (row(date="2026-06-1१"), "date", ReportFault.NOT_A_DATE),
        (row(date=20260611), "date", ReportFault.NOT_A_DATE),
        (row(date="2026-06-13"), "date", ReportFault.FUTURE_DATE),
        (row(date="2025-01-01"), "date", ReportFault.TOO_OLD),
        (row(stream="antipyretic_sales", date="2026-06-06"), "date", ReportFault.OUTSIDE_PROMISE),
        (row(stream="lab_positive", denominator=9), "date", ReportFault.NOT_A_WEEK_END),
        (row(count="3"), "count", ReportFault.NOT_A_NUMBER),
        (row(count=None), "count", ReportFault.NOT_A_NUMBER),
        (row(count=True), "count", ReportFault.NOT_A_NUMBER),
        (row(count=float("nan")), "count", ReportFault.NOT_A_NUMBER),
        (row(count="leave out"), "count", ReportFault.MISSING),
        (row(count=3.5), "count", ReportFault.NOT_WHOLE),
        (row(count=-1), "count", ReportFault.NEGATIVE),
        (row(count=-1e12), "count", ReportFault.NEGATIVE),
        (row(count=MAX_COUNT + 1), "count", ReportFault.TOO_LARGE),
        (row(count=float("inf")), "count", ReportFault.TOO_LARGE),
        (row(denominator=-1), "denominator", ReportFault.NEGATIVE),
        (row(denominator=2), "count", ReportFault.ABOVE_TOTAL),
        (row(stream="lab_positive", date="2026-06-07"), "denominator", ReportFault.MISSING_TOTAL),
        (row(withdraw="yes"), "withdraw", ReportFault.NOT_TRUE_OR_FALSE),
        (row(withdraw=True), "withdraw", ReportFault.WITHDRAWN_WITH_NUMBER),
    ],
)
def test_each_fault_is_named_by_field(bad, field, code):
    fault = only_fault(bad)
    assert (fault.field, fault.code, fault.row) == (field, code, 1)
    for text in (fault.what, fault.found, fault.allowed, fault.todo):
        assert text.zh and text.en


@pytest.mark.parametrize(
    "bad",
    [
        row(name="王小明"),
        row(**{"王小明": 1}),
        row(stream="王小明"),
        row(area_code="411624199001011234"),
        row(date="13800001111"),
        row(count="13800001111"),
        row(withdraw="王小明"),
        {"person": "王小明"},
    ],
)
def test_no_fault_repeats_a_text_of_the_row(bad):
    _, faults = read(bad)
    said = json.dumps([[f.field, f.found.zh, f.found.en] for f in faults], ensure_ascii=False)
    assert faults
    for secret in ("王小明", "411624199001011234", "13800001111"):
        assert secret not in said


def test_dates_codes_and_numbers_are_shown():
    assert only_fault(row(date="12.06.2026")).found.en == "12.06.2026"
    assert only_fault(row(count=-3)).found.en == "-3"
    assert only_fault(row(count=3.25)).found.en == "3.25"
    assert only_fault(row(area_code="CN-411625")).found.en == "CN-411625"


def test_all_faults_of_a_row_are_said_at_once():
    _, faults = read(row(stream="nothing", date="x", count=-1, phone=1))
    assert [f.code for f in faults] == [
        ReportFault.UNKNOWN_FIELD,
        ReportFault.UNKNOWN_STREAM,
        ReportFault.NOT_A_DATE,
        ReportFault.NEGATIVE,
    ]


def test_a_bad_row_costs_no_good_one():
    kept, faults = read(row(), row(date="2026-06-10", count=-1), row(date="2026-06-09"))
    assert [r.row for r in kept] == [1, 3]
    assert [f.row for f in faults] == [2]


def test_the_same_number_twice_is_kept_once():
    kept, faults = read(row(), row(count=3.0), row(area_code=VILLAGE))
    assert [r.row for r in kept] == [1, 3]
    assert [(f.row, f.code) for f in faults] == [(2, ReportFault.TWICE)]


def test_different_numbers_of_one_day_are_all_refused():
    kept, faults = read(row(), row(count=4), row(), row(date="2026-06-10"))
    assert [r.row for r in kept] == [4]
    assert [(f.row, f.code) for f in faults] == [(n, ReportFault.CONTRADICTION) for n in (1, 2, 3)]
    assert "1, 2, 3" in faults[0].found.en


def test_decimals_are_for_measurements_only():
    kept, faults = read(row(stream="wastewater", count=1234.5))
    assert faults == [] and kept[0].count == 1234.5


@pytest.mark.parametrize(
    ("day", "is_kept"),
    [
        (TODAY, True),
        (TODAY + timedelta(days=1), False),
        (TODAY - timedelta(days=MAX_AGE_D), True),
        (TODAY - timedelta(days=MAX_AGE_D + 1), False),
    ],
)
def test_days_at_the_edge(day, is_kept):
    owed = (Owed("fever_clinic", Cadence.DAILY, 1020, since=date(2020, 1, 1)),)
    kept, _ = read_rows([row(date=day.isoformat())], owed=owed, limits=LIMITS)
    assert bool(kept) is is_kept


@pytest.mark.parametrize(("count", "is_kept"), [(MAX_COUNT, True), (MAX_COUNT + 1, False)])
def test_the_largest_number_at_its_edge(count, is_kept):
    assert bool(read(row(count=count))[0]) is is_kept


def test_a_changed_promise_is_judged_by_its_days():
    owed = (
        Owed("lab_positive", Cadence.DAILY, 1020, since=SINCE, until=date(2026, 5, 31)),
        Owed("lab_positive", Cadence.DAILY, 1020, has_total=True, since=date(2026, 6, 1)),
    )
    rows = [row(stream="lab_positive", date=day) for day in ("2026-05-31", "2026-06-01")]
    kept, faults = read_rows(rows, owed=owed, limits=LIMITS)
    assert [r.row for r in kept] == [1]
    assert [f.code for f in faults] == [ReportFault.MISSING_TOTAL]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "stream": st.sampled_from(["fever_clinic", "wastewater", "lab_positive", "school_absence"]) | JSON,
        "area_code": st.sampled_from([TOWN, VILLAGE, "CN-1"]) | JSON,
        "date": st.dates(date(2026, 6, 1), date(2026, 6, 14)).map(str) | JSON,
        "count": st.integers(-2, 9) | JSON,
        "denominator": st.integers(-2, 9) | JSON,
        "withdraw": st.booleans() | JSON,
        "extra": JSON,
    },
)


@given(st.lists(ROW | JSON, max_size=12))
def test_every_row_is_kept_or_has_a_fault_and_never_both(rows):
    kept, faults = read(*rows)
    good, bad = {r.row for r in kept}, {f.row for f in faults}
    assert good | bad == set(range(1, len(rows) + 1))
    assert not good & bad
    assert len({r.key for r in kept}) == len(kept)
    for one in kept:
        assert one.count is None or 0 <= one.count <= MAX_COUNT
        assert one.date <= TODAY and one.area_code in LIMITS.areas
    assert [f.row for f in faults] == sorted(f.row for f in faults)


@given(st.lists(ROW, max_size=6), st.lists(ROW, max_size=6))
def test_rows_of_other_days_do_not_change_what_is_kept(mine, others):
    """Adding rows can only refuse what says something else of the same day."""
    alone, _ = read(*mine)
    together, _ = read(*mine, *others)
    clash = {r.key for r in read(*others)[0]}
    kept = {(r.row, r.key, r.count) for r in together}
    assert all((r.row, r.key, r.count) in kept for r in alone if r.key not in clash)


def test_every_code_has_words_and_stands_in_the_documentation():
    from pathlib import Path

    page = (Path(__file__).resolve().parents[4] / "docs/how-to/reporting.md").read_text("utf-8")
    assert set(FAULT_WORDS) == set(ReportFault)
    assert not [code for code in ReportFault if f"`{code.value}`" not in page]
    assert not [stream for stream in STREAMS if f"`{stream}`" not in page]
