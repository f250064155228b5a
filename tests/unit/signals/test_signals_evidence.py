"""Who has not reported, in how many areas a stream is high, and the points of small charts."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from tests.factories.streams import FIRST, TZ, codes, counts_table, county, figures, known

from fireline.records.model import Records
from fireline.signals.baselines import expect
from fireline.signals.evidence import area_alarms, points_of, stream_days
from fireline.signals.streams import default_streams, parse_streams

BOOK = default_streams()
LAST = FIRST + timedelta(days=119)


def calendar(figure, *, names=("fever_clinic",), book=BOOK, last=LAST, first=FIRST):
    records = Records({"counts": counts_table(figure, names=names, first=first)}, TZ, "EX-0101")
    expected = expect(records, book, last=last)
    return {
        (r["stream"], r["area_code"]): r for r in stream_days(records, expected, book, last=last).to_dicts()
    }


def one(figure, **more):
    return calendar(figure, **more)[(more.get("names", ("fever_clinic",))[0], codes(1)[0])]


def test_a_series_that_reported_in_time():
    row = one(figures(n_areas=1, n_streams=1)[:119])  # figures of a day are there the day after
    assert (row["state"], row["late_days"], row["is_described"]) == ("ok", 0, True)
    assert (row["first"], row["last"], row["due"]) == (
        FIRST,
        LAST - timedelta(days=1),
        LAST - timedelta(days=1),
    )


@pytest.mark.parametrize(("n_days", "late"), [(118, 1), (110, 9)])
def test_a_series_that_did_not_is_late(n_days, late):
    row = one(figures(n_areas=1, n_streams=1)[:n_days])
    assert (row["state"], row["late_days"]) == ("late", late)


def test_days_on_which_it_never_reports_are_not_waited_for():
    figure = figures(n_areas=1, n_streams=1)
    weekend = np.arange(120) % 7 >= 5
    figure[weekend] = np.nan
    saturday = 117  # the last days: Saturday 117, Sunday 118, Monday 119
    assert one(figure[: saturday + 1], last=FIRST + timedelta(days=saturday + 1))["state"] == "ok"
    assert one(figure[: saturday + 1], last=FIRST + timedelta(days=120))["late_days"] > 0


def test_a_weekly_series_is_late_after_its_week():
    figure = np.full((119, 1, 1), np.nan)
    figure[6::7] = 30
    on_time = one(figure, names=("gp_visits",), last=FIRST + timedelta(days=120))
    late = one(figure, names=("gp_visits",), last=FIRST + timedelta(days=127))
    assert (on_time["late_days"], late["late_days"]) == (0, 7)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("new", lambda f: f[100:]),
        ("silent", lambda f: np.r_[f[:115], np.zeros((5, 1, 1))]),
        ("shifted", lambda f: np.r_[f[:95], 3 * f[95:]]),
    ],
)
def test_states(state, change):
    figure = change(figures(n_areas=1, n_streams=1))
    first = LAST - timedelta(days=len(figure) - 1)
    assert one(figure, first=first)["state"] == state


def test_a_stream_nobody_described_is_marked():
    assert one(figures(n_areas=1, n_streams=1), names=("horse_rides",))["is_described"] is False


def test_a_stream_that_rests_is_still_watched_for_reports():
    records = county(figures())
    expected = expect(records, BOOK, last=LAST, state="emergency")
    found = stream_days(records, expected, BOOK, last=LAST)
    assert "antipyretic_sales" in found["stream"].to_list()


def test_the_delay_of_a_stream_is_granted():
    book = parse_streams("[stream.fever_clinic]\ndelay_d = 5", base=BOOK)
    assert one(figures(n_areas=1, n_streams=1)[:115], book=book)["state"] == "ok"


def test_no_counts_no_calendar():
    records = Records({}, TZ, "EX-0101")
    expected = expect(records, BOOK, last=date(2026, 1, 1))
    assert stream_days(records, expected, BOOK, last=date(2026, 1, 1)).height == 0


def test_many_areas_high_at_once_are_counted():
    figure = figures(n_days=150, n_areas=12)
    figure[140, :, 1] = np.round(figure[140, :, 1] * 1.6)
    expected, calibration = known(figure)
    found = area_alarms(expected, calibration, first_row=100)
    day = FIRST + timedelta(days=140)
    loud = found.filter((pl.col("stream") == "fever_clinic") & (pl.col("date") == day)).row(0, named=True)
    assert loud["n_areas"] == 12 and loud["n_high"] >= 5 and loud["expected"] == pytest.approx(0.6)
    assert loud["p"] < 0.001
    quiet = found.filter(pl.col("stream") == "school_absence")
    assert quiet["p"].mean() == pytest.approx(0.5, abs=0.12)
    assert found["date"].min() == FIRST + timedelta(days=100)


def test_streams_of_one_area_are_not_counted_over_areas():
    expected, calibration = known(figures(n_areas=1))
    assert area_alarms(expected, calibration, first_row=60).height == 0


def test_points_add_up_areas_that_reported():
    figure = figures(n_areas=3)
    figure[118, 0, 1] = np.nan
    figure[119, :, 1] = np.nan
    expected, _ = known(figure)
    points = points_of(expected, 1, [0, 1], 119)
    assert len(points) == 28 and points[-1].day == LAST
    assert (points[-1].observed, points[-1].expected) == (None, None)
    assert points[-2].observed == figure[118, 1, 1]
    assert points[-2].expected == pytest.approx(expected.mean[118, 1, 1])
    assert points[-3].observed == figure[117, :2, 1].sum()
    spread = 2 * np.sqrt((expected.phi * expected.mean)[117, :2, 1].sum())
    assert points[-3].upper == pytest.approx(points[-3].expected + spread)


def test_points_of_a_weekly_stream_are_its_weeks():
    book = parse_streams("[stream.gp_visits]\ncadence_d = 7", base=BOOK)
    figure = np.full((210, 1, 1), np.nan)
    figure[6::7] = 30
    expected, _ = known(figure, names=("gp_visits",), book=book)
    assert [p.day.weekday() for p in points_of(expected, 0, [0], 209)] == [6, 6, 6, 6]


def test_points_before_a_baseline_have_no_expectation():
    expected, _ = known(figures(n_days=20, n_areas=1))
    points = points_of(expected, 0, [0], 5)
    assert len(points) == 6 and points[0].expected is None and points[0].observed is not None
