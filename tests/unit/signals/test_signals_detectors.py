"""Detectors: what they refuse, what missing data and short histories give, years by date and by rows."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from fireline.signals import Detection, ears, farrington_flexible, glr_cusum
from fireline.signals.detectors.farrington import _years_before

DETECTORS = {
    "farrington": farrington_flexible,
    "ears": ears,
    "cusum": lambda counts, at, **o: glr_cusum(counts, at, **{"start": 200, **o}),
}
NOUFAILY = {"n_periods": 10, "weeks_excluded": 26, "threshold_method": "nb_plugin", "trend_p": 1.0}


@pytest.fixture(scope="module")
def counts():
    return np.random.default_rng(2).poisson(6, (330, 4)).astype(float)


@pytest.mark.parametrize("name", DETECTORS)
def test_every_array_has_one_row_per_row_asked_for(counts, name):
    found = DETECTORS[name](counts, np.array([329, 300, 329]))
    assert isinstance(found, Detection)
    for field in dataclasses.fields(Detection):
        array = getattr(found, field.name)
        assert array.shape == (3, 4)
        assert array.dtype == (bool if field.name in ("alarm", "enough", "trend") else np.float64)
        np.testing.assert_array_equal(array[0], array[2])
    assert not found.alarm[np.isnan(found.upper) | ~found.enough].any()


@pytest.mark.parametrize("name", DETECTORS)
def test_alarm_means_above_upper(counts, name):
    shocked = counts.copy()
    shocked[329, 1] = 90
    found = DETECTORS[name](shocked, [329])
    here = shocked[[329]]
    np.testing.assert_array_equal(found.alarm, (here > found.upper) & found.enough)
    assert found.alarm[0, 1]


@pytest.mark.parametrize("name", DETECTORS)
def test_no_rows_and_no_series(counts, name):
    assert DETECTORS[name](counts, np.zeros(0, int)).alarm.shape == (0, 4)
    assert DETECTORS[name](np.zeros((330, 0)), [329]).alarm.shape == (1, 0)


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize(
    ("counts", "at", "message"),
    [
        (np.zeros(330), [329], "counts: expected shape"),
        (np.full((330, 1), -1.0), [329], "counts: row 0"),
        (np.full((330, 1), np.inf), [329], "counts: row 0"),
        (np.zeros((330, 1)), [330], "at: rows"),
        (np.zeros((330, 1)), [-1], "at: rows"),
        (np.zeros((330, 1)), [1.5], "at: expected"),
        (np.zeros((330, 1)), [[1]], "at: expected"),
    ],
)
def test_wrong_arrays_are_refused(name, counts, at, message):
    with pytest.raises(ValueError, match=message):
        DETECTORS[name](counts, np.array(at))


@pytest.mark.parametrize("name", DETECTORS)
def test_unreported_row_never_alarms(counts, name):
    holed = counts.copy()
    holed[329, 2] = np.nan
    found = DETECTORS[name](holed, [329])
    assert not found.alarm[0, 2] and not found.enough[0, 2] and found.enough[0, 1]
    assert found.mu0[0, 2] > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"b": 0}, "b >= 1"),
        ({"w": -1}, "w >= 0"),
        ({"weeks_excluded": -1}, "weeks_excluded"),
        ({"n_periods": 0}, "n_periods"),
        ({"n_periods": 47}, "n_periods"),
        ({"alpha": 0.0}, "alpha"),
        ({"trend_p": 1.1}, "trend_p"),
        ({"threshold_method": "nbPlugin"}, "threshold_method: expected one of delta"),
        ({"power": "3/2"}, "power: expected one of"),
        ({"definition": "mine"}, "definition: expected one of"),
        ({"limit54": (5, 0)}, "limit54"),
        ({"weights_threshold": 0.0}, "weights_threshold"),
        ({"population": np.ones((3, 1))}, "population: expected shape"),
        ({"dates": np.arange(3).astype("datetime64[D]")}, "dates: expected 330 days"),
        ({"dates": np.zeros(330, "datetime64[D]")}, "dates: expected 330 days"),
    ],
)
def test_farrington_refuses_options(counts, options, message):
    with pytest.raises(ValueError, match=message):
        farrington_flexible(counts, [329], **options)


def test_history_too_short_is_not_judged(counts):
    # five years of 52 rows and a window of three before them: row 263 is the first
    found = farrington_flexible(counts, [262, 263])
    assert np.isnan(found.mu0[0]).all() and not found.enough[0].any()
    assert (found.mu0[1] > 0).all() and found.enough[1].all()
    assert farrington_flexible(counts, [200], b=3).enough.all()
    assert not farrington_flexible(counts, [329], weeks_excluded=280).enough.any()


def test_own_season_unreported_is_not_judged(counts):
    holed = counts.copy()
    for j in range(1, 6):
        holed[329 - 52 * j - 3 : 329 - 52 * j + 4, 0] = np.nan
    for options in ({}, NOUFAILY):
        found = farrington_flexible(holed, [329], **options)
        assert math.isnan(found.mu0[0, 0]) and not found.enough[0, 0] and found.enough[0, 1]


def test_missing_rows_of_the_baseline_say_nothing(counts):
    holed = counts.copy()
    holed[100:110, 0] = np.nan
    found = farrington_flexible(holed, [329], **NOUFAILY)
    assert found.enough[0, 0]
    assert found.mu0[0, 0] != farrington_flexible(counts, [329], **NOUFAILY).mu0[0, 0]
    holed[100:110, 0] = 0.0
    assert farrington_flexible(holed, [329], **NOUFAILY).phi[0, 0] > found.phi[0, 0]


def test_expectation_is_stated_even_where_nothing_can_alarm():
    counts = np.zeros((330, 1))
    counts[::20] = 1
    found = farrington_flexible(counts, [329], **NOUFAILY)
    assert not found.enough[0, 0] and math.isnan(found.upper[0, 0])
    assert found.mu0[0, 0] > 0 and found.phi[0, 0] == 1.0 and 0 < found.p_value[0, 0] <= 1


def test_one_row_more_or_less_of_other_series_changes_nothing(counts):
    all_four = farrington_flexible(counts, [329], **NOUFAILY)
    one = farrington_flexible(np.ascontiguousarray(counts[:, 2:3]), [329], **NOUFAILY)
    assert all_four.mu0[0, 2] == one.mu0[0, 0] and all_four.upper[0, 2] == one.upper[0, 0]


def test_population_that_stands_still_changes_nothing_and_half_of_it_halves_the_mean(counts):
    people = np.full(counts.shape, 800.0)
    plain = farrington_flexible(counts, [329], **NOUFAILY)
    found = farrington_flexible(counts, [329], population=people, **NOUFAILY)
    np.testing.assert_allclose(found.mu0, plain.mu0, rtol=1e-9)
    people[329] = 400.0
    np.testing.assert_allclose(
        farrington_flexible(counts, [329], population=people, **NOUFAILY).mu0, plain.mu0 / 2, rtol=1e-9
    )
    people[329, 0] = np.nan
    assert math.isnan(farrington_flexible(counts, [329], population=people).mu0[0, 0])


def test_years_of_the_calendar_need_the_nearest_row():
    days = np.datetime64("2001-01-01") + 7 * np.arange(400)
    rows = np.array([350])
    by_date = _years_before(rows, b=5, freq=52, dates=days, n_time=400)
    # 17 September 2007 and the Mondays next to 17 September of the years before
    assert days[350] == np.datetime64("2007-09-17")
    for year, row in zip(range(2006, 2001, -1), by_date[0], strict=True):
        assert abs(days[row] - np.datetime64(f"{year}-09-17")) <= np.timedelta64(3, "D")
    assert (350 - by_date[0]).tolist() == [52, 104, 156, 209, 261]
    by_rows = _years_before(rows, b=5, freq=52, dates=None, n_time=400)
    assert (350 - by_rows[0]).tolist() == [52, 104, 156, 208, 260]


def test_last_day_of_february_falls_on_the_first_of_march():
    days = np.datetime64("2001-01-01") + np.arange(1_500)
    row = int(np.flatnonzero(days == np.datetime64("2004-02-29"))[0])
    found = _years_before(np.array([row]), b=2, freq=365, dates=days, n_time=1_500)
    assert days[found[0]].tolist() == days[[row - 365, row - 730]].tolist()
    assert str(days[found[0, 0]]) == "2003-03-01"


def test_dates_before_the_series_begins_are_no_baseline():
    days = np.datetime64("2001-01-01") + 7 * np.arange(330)
    counts = np.random.default_rng(1).poisson(9, (330, 1)).astype(float)
    assert _years_before(np.array([200]), b=5, freq=52, dates=days, n_time=330)[0].min() == -1
    assert not farrington_flexible(counts, [200], dates=days).enough.any()
    assert farrington_flexible(counts, [329], dates=days).enough.all()


def test_months_by_date_are_unevenly_apart():
    months = np.arange("2001-01", "2012-01", dtype="datetime64[M]").astype("datetime64[D]")
    rng = np.random.default_rng(3)
    counts = rng.poisson(20, (months.size, 1)).astype(float)
    options = {"freq": 12, "w": 1, "n_periods": 4, "weeks_excluded": 2, "trend_p": 1.0}
    by_date = farrington_flexible(counts, [120], dates=months, **options)
    by_rows = farrington_flexible(counts, [120], **options)
    assert by_date.mu0[0, 0] == pytest.approx(by_rows.mu0[0, 0], rel=0.01)
    assert by_date.mu0[0, 0] != by_rows.mu0[0, 0]


def test_published_variances_are_wider_and_keep_fewer_chance_trends():
    counts = np.random.default_rng(8).negative_binomial(5, 0.2, (330, 300)).astype(float)
    as_r = farrington_flexible(counts, [329])
    published = farrington_flexible(counts, [329], definition="published")
    assert published.trend.mean() < 0.1 < as_r.trend.mean()
    same = published.trend == as_r.trend
    assert (published.upper[same] > as_r.upper[same]).all()


def test_definitions_agree_for_the_advice_of_2013():
    counts = np.random.default_rng(8).negative_binomial(5, 0.2, (330, 60)).astype(float)
    one = farrington_flexible(counts, [329], **NOUFAILY)
    other = farrington_flexible(counts, [329], definition="published", **NOUFAILY)
    np.testing.assert_array_equal(one.upper, other.upper)
    np.testing.assert_array_equal(one.trend, other.trend)


def test_trend_is_not_followed_above_what_was_ever_seen():
    week = np.arange(330)
    counts = np.round(np.exp(0.5 + 0.012 * week))[:, None]
    steep = farrington_flexible(counts, [329], **NOUFAILY)
    assert not steep.trend[0, 0] and steep.alarm[0, 0]
    flat = np.random.default_rng(4).poisson(20 * np.exp(0.001 * week))[:, None].astype(float)
    assert farrington_flexible(flat, [329], **NOUFAILY).trend[0, 0]
    assert not farrington_flexible(flat, [329], **{**NOUFAILY, "b": 2}).trend[0, 0]
    assert not farrington_flexible(flat, [329], with_trend=False, **NOUFAILY).trend[0, 0]


def test_ears_bound_of_c3_takes_todays_count_as_expected_in_one_definition():
    counts = np.array([1, 2, 3, 4, 5, 6, 7, 4, 4, 9, 9, 4], float).reshape(-1, 1)
    as_r = ears(counts, [11], method="C3")
    published = ears(counts, [11], method="C3", definition="published")
    # C2 of the two steps before: 9 against 3 4 5 6 7 (mean 4, sd 2.1602 of 1 .. 7), then against 2 .. 4
    first = (9 - 4) / np.std([1, 2, 3, 4, 5, 6, 7], ddof=1) - 1
    second = (9 - np.mean([2, 3, 4, 5, 6, 7, 4])) / np.std([2, 3, 4, 5, 6, 7, 4], ddof=1) - 1
    here = np.array([3, 4, 5, 6, 7, 4, 4])
    sd, carried = np.std(here, ddof=1), first + second
    assert as_r.upper[0, 0] == pytest.approx(max(0, 4 + sd * (1.959963984540054 - carried)))
    assert published.upper[0, 0] == (
        0.0 if carried > 1.96 else pytest.approx(here.mean() + sd * (2.96 - carried), abs=0.01)
    )
    assert as_r.alarm[0, 0] and published.alarm[0, 0]
    assert published.statistic[0, 0] == pytest.approx(carried)


def test_ears_levels_and_thresholds():
    counts = np.array([1, 2, 3, 4, 5, 6, 7, 11], float).reshape(-1, 1)
    sd = math.sqrt(28 / 6)
    assert ears(counts, [7]).upper[0, 0] == pytest.approx(4 + 3.090232306167813 * sd)
    assert ears(counts, [7], alpha=0.01).upper[0, 0] == pytest.approx(4 + 2.3263478740408408 * sd)
    found = ears(counts, [7], threshold=3.0)
    assert found.upper[0, 0] == pytest.approx(4 + 3 * sd) and found.alarm[0, 0]
    assert found.p_value[0, 0] == pytest.approx(0.0005962, abs=1e-6)
    assert np.isnan(ears(counts, [6]).upper[0, 0]) and ears(counts, [6], baseline=5).enough[0, 0]


@pytest.mark.parametrize(
    "options",
    [{"method": "C4"}, {"alpha": 0.0}, {"definition": "other"}, {"baseline": 1}, {"min_reported": 9}],
)
def test_ears_refuses_options(counts, options):
    with pytest.raises(ValueError, match=r"expected|baseline"):
        ears(counts, [329], **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0.0}, "threshold"),
        ({"least": 0}, "least"),
        ({"window": -1}, "window"),
        ({"factor": 1.0}, "factor"),
        ({"alpha": -0.1}, "alpha"),
        ({"alpha": np.zeros(3)}, "alpha: expected one number"),
        ({"mu0": np.ones((3, 4))}, "mu0: expected shape"),
        ({"start": 0}, "start: without mu0"),
        ({"start": 400}, "start: expected"),
    ],
)
def test_cusum_refuses_options(counts, options, message):
    with pytest.raises(ValueError, match=message):
        glr_cusum(counts, [329], **options)


def test_cusum_fits_what_it_is_not_given(counts):
    fitted = glr_cusum(counts, [329], start=250)
    np.testing.assert_allclose(fitted.mu0, 6.0, rtol=0.35)
    known = glr_cusum(counts, [329], start=250, mu0=np.full(counts.shape, 6.0))
    assert (known.mu0 == 6.0).all() and (known.phi >= 1).all()
    given = glr_cusum(counts, [329], start=0, mu0=np.full(counts.shape, 6.0), alpha=0.0)
    assert (given.phi == 1.0).all() and given.enough.all()


def test_cusum_sees_a_small_rise_that_lasts():
    rng = np.random.default_rng(4)
    counts = rng.poisson(6, (330, 1)).astype(float)
    counts[310:] = rng.poisson(9, (20, 1))
    rows = np.arange(300, 330)
    found = glr_cusum(counts, rows, start=260)
    assert not found.alarm[:10].any() and found.alarm[10:].any()


def test_cusum_row_before_the_start_is_not_judged(counts):
    found = glr_cusum(counts, [100, 329], start=200)
    assert np.isnan(found.statistic[0]).all() and not found.enough[0].any() and found.enough[1].all()
