"""Days far ahead of all others are slips: they move no run, and are said; gaps that are real stay."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from tests.factories import watched

from fireline.pipeline.intake import find_newest, last_believed, read_folder

LAST = watched.LAST


def counts(*days, n=300):
    rows = [LAST - timedelta(days=k) for k in range(n)]
    return pl.DataFrame({"date": [*rows, *days]})


@pytest.mark.parametrize(
    "days",
    [(date(2099, 1, 1),), (date(2062, 6, 1), date(2099, 1, 1)), (LAST + timedelta(days=181),), ()],
    ids=["one", "two slips", "half a year", "none"],
)
def test_lone_days_far_ahead_are_not_believed(days):
    assert last_believed(counts(*days)) == LAST


@pytest.mark.parametrize("ahead", [1, 90, 180])
def test_a_stream_that_was_silent_for_a_season_is_believed(ahead):
    assert last_believed(counts(LAST + timedelta(days=ahead))) == LAST + timedelta(days=ahead)


def test_years_and_many_days_after_a_long_gap_are_believed():
    yearly = pl.DataFrame({"date": [date(y, 1, 1) for y in range(2000, 2027)]})
    assert last_believed(yearly) == date(2026, 1, 1)
    again = [LAST + timedelta(days=400 + k) for k in range(5)]  # reporting began anew
    assert last_believed(counts(*again)) == again[-1]


def test_edges():
    assert last_believed(pl.DataFrame({"date": []}, schema={"date": pl.Date})) is None
    assert last_believed(pl.DataFrame({"date": [LAST]})) == LAST


def test_bad_rows_of_a_file_are_faults_and_gaps_and_never_zeros(tmp_path):
    folder = watched.write(tmp_path)
    town = watched.TOWNS
    bad = (
        f"fever_clinic,{town[0]},2099-01-01,5,", f"fever_clinic,{town[1]},2026-07-01,,",
        f"fever_clinic,{town[2]},2026-02-30,4,", f"fever_clinic,{town[3]},2026-07-01,-3,",
        f"fever_clinic,{town[5]},2026-07-01,nan,", f"fever_clinic,{town[4]},2026-07-01,1e999,",
    )  # fmt: skip
    with (folder / "counts.csv").open("a", encoding="utf-8") as file:
        file.write("\n".join([*bad, ""]))
    intake = read_folder(folder, mapping=None, area=None, key=b"k" * 32)
    table = intake.records.table("counts")
    assert table.filter(pl.col("date") == date(2026, 7, 1)).is_empty()
    assert table.filter(pl.col("date") <= LAST).height == len(watched.counts())
    assert len([f for f in intake.records.faults if f.effect == "rejected"]) == 5
    assert intake.newest is not None and find_newest(intake.records) == intake.newest
    assert intake.newest.date() in (LAST, LAST - timedelta(days=1))  # local midnight, in UTC
    (said,) = intake.questions
    assert "1 rows" in said[1] and "2099-01-01" in said[1] and "笔误" in said[0]
