"""Schedules as day offsets, rules by the day a clock started, and due times."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from tests.unit.zones.zones_world import rule, utc, written

from fireline.policy.schedule import schedule
from fireline.tasks.rulings import Rulings
from fireline.tasks.schedule import day_offset, phases, place_words
from fireline.tasks.timing import due_after_hours, due_on_day, local_date

VALUE = {
    "anchor": "last_exposure",
    "phases": [
        {"place": "central", "days": 7, "tests": [1, 4, 7]},
        {"place": "home", "days": 3, "tests": [3]},
        {"place": "stay_until_negative", "days": 3, "n_tests": 2, "min_gap_hours": 24},
    ],
}


@pytest.mark.parametrize("day_zero", ["next_day", "anchor_day"])
@pytest.mark.parametrize("anchor", [date(2021, 12, 10), date(2024, 2, 28), date(2023, 12, 31)])
def test_offsets_give_the_dates_of_the_policys_own_schedule(day_zero, anchor):
    value = VALUE | {"day_zero": day_zero}
    dated = schedule(value, anchor)
    for mine, theirs in zip(phases(value), dated.phases, strict=True):
        assert anchor + timedelta(days=mine.first_day) == theirs.first
        assert anchor + timedelta(days=mine.last_day) == theirs.last
        assert tuple(anchor + timedelta(days=n) for n in mine.test_days) == theirs.tests
        assert mine.place == theirs.place


def test_free_tests_end_on_the_last_day_one_gap_apart():
    last = phases(VALUE | {"day_zero": "next_day"})[2]
    assert last.latest_days == (12, 13) and last.last_day == 13 and last.number == 3


def test_day_one_is_the_next_day_or_the_anchors_own():
    assert (day_offset(1, day_zero="next_day"), day_offset(1, day_zero="anchor_day")) == (1, 0)


def test_places_have_words_even_when_new():
    assert place_words("home").zh == "居家隔离" and place_words("ship").en == "ship"


def test_rulings_change_exactly_on_the_edges():
    old = rule("followup", "close", {"days": 1}, edition="ed-1", valid_to=date(2026, 6, 11))
    new = rule("followup", "close", {"days": 2}, edition="ed-2", valid_from=date(2026, 6, 14))
    rulings = Rulings.of(written(old, new))
    days = [date(2026, 6, d) for d in range(10, 16)]
    found = [rulings.find("followup", "close", d).rule_id.split("/")[0] for d in days]
    assert found == ["ed-1", "ed-1", "", "", "ed-2", "ed-2"]
    plain = [written(old, new).on_date(d).find("followup", "close").rule_id.split("/")[0] for d in days]
    assert found == plain


def test_split_leaves_out_rows_without_a_day_and_keeps_the_rest():
    old = rule("followup", "close", {"days": 1}, edition="ed-1", valid_to=date(2026, 6, 11))
    frame = pl.DataFrame({"n": [1, 2, 3], "day": [date(2026, 6, 10), None, date(2026, 6, 12)]})
    rulings = Rulings.of(written(old))
    parts = [(a.in_force, p["n"].to_list()) for a, p in rulings.split(frame, "followup", "close", day="day")]
    assert sorted(parts) == [(False, [3]), (True, [1])]
    assert [p["n"].to_list() for _, p in rulings.in_force(frame, "followup", "close", day="day")] == [[1]]
    assert list(rulings.split(frame.clear(), "followup", "close", day="day")) == []


def start(precision: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"start_at": [utc(18, 9 if precision != "day" else 0)], "start_precision": [precision]},
        schema_overrides={"start_at": pl.Datetime("us", "UTC")},
    )


@pytest.mark.parametrize(
    ("precision", "due", "latest"),
    [
        ("minute", utc(18, 11), utc(18, 11)),
        ("hour", utc(18, 11), utc(18, 12)),
        ("day", utc(19), utc(20)),
    ],
)
def test_two_hours_from_each_precision(precision, due, latest):
    row = due_after_hours(start(precision), 2, tz="Asia/Shanghai").row(0, named=True)
    assert (row["due_at"], row["latest_at"], row["precision"]) == (due, latest, precision)


def test_a_due_day_runs_from_local_midnight_to_the_next():
    row = due_on_day(start("minute"), local_date("start_at", "Asia/Shanghai"), tz="Asia/Shanghai").row(
        0, named=True
    )
    assert (row["due_at"], row["latest_at"], row["precision"]) == (utc(18), utc(19), "day")


def test_days_follow_the_clock_change():
    day = pl.lit(date(2026, 10, 25))  # the clocks go back in Berlin: a day of 25 hours
    row = due_on_day(start("day"), day, tz="Europe/Berlin").row(0, named=True)
    assert row["latest_at"] - row["due_at"] == timedelta(hours=25)
