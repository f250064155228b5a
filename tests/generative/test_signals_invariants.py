"""Whatever the series: moving days, naming areas, splitting rows change nothing; more cases today never calm."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.contacts.contact_worlds import TZ, at_rules, tracing_pack

from fireline.records.model import Records, schema
from fireline.signals import watch

START = date(2021, 11, 1)
RULES = at_rules(tracing_pack())
SERIES = st.dictionaries(
    st.sampled_from(["CN-411624", "CN-411625", "CN-411626"]),
    st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=12, max_size=40),
    min_size=1,
)
SAME = ["stream", "area_code", "date", "count", "expected", "upper", "method", "alarm"]
FEW = settings(max_examples=20, deadline=None)


def rows_of(series, *, shift=timedelta(0), rename=lambda a: a):
    return [
        {
            "stream": "fever",
            "area_code": rename(a),
            "date": START + shift + timedelta(days=k),
            "count": float(c),
        }
        for a, counts in series.items()
        for k, c in enumerate(counts)
        if c is not None
    ]


def seen(rows, at=None):
    table = pl.DataFrame([{c: r.get(c) for c in schema("counts")} for r in rows], schema=schema("counts"))
    moment = at or datetime.combine(START + timedelta(days=400), time(), UTC)
    return watch(Records({"counts": table}, TZ, "CN-411624"), RULES, at=moment)


def told(found):
    return [
        (a.stream, a.area_code, a.day, a.until, a.observed, a.expected, a.upper, a.level)
        for a in found.alarms
    ]


@FEW
@given(SERIES, st.integers(-60, 60))
def test_moving_all_days_moves_nothing_else(series, days):
    shift = timedelta(days=days)
    one, two = seen(rows_of(series)), seen(rows_of(series, shift=shift))
    assert one.series.with_columns(pl.col("date") + shift).select(SAME).equals(two.series.select(SAME))
    assert [(*a[:2], a[2] + shift, a[3] + shift, *a[4:]) for a in told(one)] == told(two)


@FEW
@given(SERIES)
def test_other_codes_of_areas_change_only_the_codes(series):
    other = {"CN-411624": "CN-411633", "CN-411625": "CN-411632", "CN-411626": "CN-411631"}
    one, two = seen(rows_of(series)), seen(rows_of(series, rename=other.get))
    assert sorted((other[a[1]], *a[2:]) for a in told(one)) == sorted(a[1:] for a in told(two))


@FEW
@given(SERIES, st.randoms(use_true_random=False))
def test_order_and_splitting_of_rows_change_nothing(series, chance):
    rows = rows_of(series)
    split = [dict(r, count=part) for r in rows for part in (r["count"] // 2, r["count"] - r["count"] // 2)]
    chance.shuffle(split)
    one, two = seen(rows), seen(split)
    assert one.series.equals(two.series)
    assert told(one) == told(two)


@FEW
@given(SERIES, st.integers(1, 20))
def test_more_cases_today_never_silence_todays_alarm(series, more):
    rows = rows_of(series)
    if not rows:
        return
    last = max(r["date"] for r in rows)
    louder = [dict(r, count=r["count"] + more) if r["date"] == last else r for r in rows]
    today = pl.col("date") == last
    one, two = (seen(r).series.filter(today).sort("area_code", "method") for r in (rows, louder))
    assert (one["alarm"] <= two["alarm"]).all()
    assert one["upper"].equals(two["upper"])  # the limit knows the days before only


@FEW
@given(SERIES, st.integers(12, 39))
def test_what_comes_later_changes_nothing_that_was_said_of_earlier_days(series, n_days):
    """A day's figures as they were known on that day: no later count may reach back."""
    at = datetime.combine(START + timedelta(days=n_days), time(12), UTC)
    until = START + timedelta(days=n_days)
    if sum(c is not None for counts in series.values() for c in counts[: n_days + 1]) == 0:
        return
    whole = seen(rows_of(series)).series.filter(pl.col("date") <= until)
    early = seen(rows_of(series), at=at).series
    weekly = {a for a, counts in series.items() if is_weekly(counts) or is_weekly(counts[: n_days + 1])}
    keep = ~pl.col("area_code").is_in(sorted(weekly))  # a series may turn out to be weekly only later
    assert whole.filter(keep).equals(early.filter(keep))


def is_weekly(counts):
    days = [k for k, c in enumerate(counts) if c is not None]
    return len(days) >= 3 and all((d - days[0]) % 7 == 0 for d in days)
