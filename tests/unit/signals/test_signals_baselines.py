"""signals.baselines: a table of counts becomes figures with what was expected of them, day by day."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from tests.factories.streams import FIRST, STREAMS, TZ, codes, counts_table, county, figures, known

from fireline.kernels.daily_baseline import NEW, NOT_REPORTED, OK
from fireline.records.model import Records
from fireline.signals.baselines import WEEK, expect, expect_figures
from fireline.signals.streams import default_streams, parse_streams

BOOK = default_streams()
VISITS = parse_streams("[stream.gp_visits]\ncadence_d = 7", base=BOOK)
LAST = FIRST + timedelta(days=119)


def test_it_works():
    figure = figures()
    found = expect(county(figure), BOOK, last=LAST)
    assert found.first == FIRST and found.n_days == 120 and found.day(119) == LAST
    assert found.areas == tuple(codes(6))
    assert [s.name for s in found.streams] == list(STREAMS)
    np.testing.assert_array_equal(found.count, figure)
    assert (found.state[40:] == OK).mean() > 0.95
    assert np.nanmean(found.mean[60:]) == pytest.approx(20, rel=0.03)
    assert (found.step_days == 1).all()


def test_figures_as_table_and_as_array_give_the_same():
    figure = figures()
    figure[3:9, 2, 1] = np.nan
    table = expect(county(figure), BOOK, last=LAST)
    holiday, _ = BOOK.holiday_codes(FIRST, 120, "EX-0101")
    array = expect_figures(figure, table.streams, table.areas, first=FIRST, holiday=holiday)
    for name in ("count", "mean", "phi", "upper", "point", "state", "step_days"):
        np.testing.assert_array_equal(getattr(table, name), getattr(array, name), err_msg=name)


def test_later_figures_are_left_out_and_change_nothing():
    figure = figures()
    early = expect(county(figure), BOOK, last=FIRST + timedelta(days=89))
    louder = figure.copy()
    louder[90:] *= 5
    whole = expect(county(louder), BOOK, last=LAST)
    assert early.n_days == 90
    np.testing.assert_array_equal(early.mean, whole.mean[:90])


def test_only_newest_days_on_request():
    whole, _ = known(figures())
    newest = expect(county(figures()), BOOK, last=LAST, keep_days=10)
    assert newest.n_days == 10 and newest.day(9) == LAST
    holiday, _ = BOOK.holiday_codes(FIRST, 120, "EX-0101")
    again = expect_figures(figures(), whole.streams, whole.areas, first=FIRST, holiday=holiday)
    np.testing.assert_array_equal(newest.mean, again.mean[110:])
    np.testing.assert_array_equal(newest.upper, again.rows(110).upper)
    assert again.rows(110).first == newest.first


def test_several_rows_of_a_day_are_one_figure():
    figure = figures(n_areas=1, n_streams=1)
    table = counts_table(figure)
    split = pl.concat([table.with_columns(pl.col("count") - 1), table.with_columns(count=pl.lit(1.0))])
    found = expect(Records({"counts": split}, TZ, "EX-0101"), BOOK, last=LAST)
    np.testing.assert_array_equal(found.count, figure)


def test_unreported_days_stay_unknown():
    figure = figures()
    figure[50:55, 0, 0] = np.nan
    found = expect(county(figure), BOOK, last=LAST)
    assert (found.state[50:55, 0, 0] == NOT_REPORTED).all()
    assert np.isnan(found.upper[50:55, 0, 0]).all()
    assert np.isfinite(found.mean[50:55, 0, 0]).all()  # what would have been expected


def test_a_new_series_has_no_baseline_and_says_so():
    figure = figures()
    figure[:100, 2, 1] = np.nan
    found = expect(county(figure), BOOK, last=LAST)
    assert (found.state[100:, 2, 1] == NEW).all() and np.isnan(found.upper[:, 2, 1]).all()


def test_denominators():
    figure = figures(n_areas=2, n_streams=1)
    base = np.full(figure.shape, 100.0)
    base[90:] = 200.0
    figure[90:] *= 2
    table = counts_table(figure).with_columns(denominator=pl.Series(base[np.isfinite(figure)]))
    with_base = expect(Records({"counts": table}, TZ, "EX-0101"), BOOK, last=LAST)
    holes = table.with_columns(
        pl.when(pl.col("area_code") == codes(2)[0])
        .then(None)
        .otherwise(pl.col("denominator"))
        .alias("denominator")
    )
    without = expect(Records({"counts": holes}, TZ, "EX-0101"), BOOK, last=LAST)
    assert with_base.mean[95, 0, 0] == pytest.approx(2 * with_base.mean[85, 0, 0], rel=0.2)
    assert without.mean[95, 0, 0] == pytest.approx(without.mean[85, 0, 0], rel=0.2)
    np.testing.assert_allclose(without.mean[95, 1, 0], with_base.mean[95, 1, 0], rtol=0.2)


def test_what_areas_share_is_learnt_from_all_of_them():
    """Weekdays of townships with two patients a week come from the whole county."""
    rng = np.random.default_rng(5)
    week = np.tile([2.0, 1, 1, 1, 1, 0.5, 0.5], 30)[:200, None, None]
    figure = rng.poisson(0.3 * week, (200, 60, 1)).astype(float)
    found, _ = known(figure, names=("fever_clinic",))
    monday, sunday = found.mean[196], found.mean[195]  # the first day was a Monday
    assert np.nanmean(monday) > 2.2 * np.nanmean(sunday)


def weekly(n_weeks=60, *, day=6, n_areas=3, seed=3):
    figure = np.full((n_weeks * WEEK, n_areas, 1), np.nan)
    figure[day::WEEK] = np.random.default_rng(seed).poisson(30, figure[day::WEEK].shape)
    return figure


def test_weekly_series_are_judged_by_weeks():
    figure = weekly()
    last = FIRST + timedelta(days=len(figure) - 1)
    found = expect(county(figure, names=("gp_visits",)), BOOK, last=last)
    assert (found.step_days == WEEK).all()
    assert found.first == FIRST + timedelta(days=6)  # the day of the first figure
    on = np.flatnonzero(np.isfinite(found.count[:, 0, 0]))
    assert (on % WEEK == 0).all() and np.isfinite(found.upper[on[-20:]]).all()
    off = np.setdiff1d(np.arange(found.n_days), on)
    assert (found.state[off] == NOT_REPORTED).all()


def test_weekly_series_of_different_weekdays_stand_side_by_side():
    figure = np.concatenate([weekly(day=2, n_areas=1), weekly(day=5, n_areas=1)], axis=1)
    found = expect(county(figure, names=("gp_visits",)), BOOK, last=FIRST + timedelta(days=len(figure) - 1))
    for area, day in ((0, 0), (1, 3)):  # the calendar begins on the first of them
        on = np.flatnonzero(np.isfinite(found.count[:, area, 0]))
        assert set((on % WEEK).tolist()) == {day}
        np.testing.assert_array_equal(found.count[on, area, 0], figure[on + 2, area, 0])


def test_a_week_dated_by_its_first_day_stands_on_its_last():
    book = parse_streams('[stream.gp_visits]\ncadence_d = 7\ndated = "first"', base=BOOK)
    figure = weekly(day=0)
    found = expect(county(figure, names=("gp_visits",)), book, last=FIRST + timedelta(days=len(figure) - 1))
    on = np.flatnonzero(np.isfinite(found.count[:, 0, 0]))
    assert (on % WEEK == 6).all()
    assert found.count[6, 0, 0] == figure[0, 0, 0]


def test_weekly_series_of_years_are_judged_by_the_years_before():
    """The season that three years showed is expected in the fourth; a wave that never was is not."""
    n = 52 * 5
    rng = np.random.default_rng(6)
    wave = 40 * np.exp(1.2 * np.cos(2 * np.pi * np.arange(n) / 52))
    figure = np.full((n * WEEK, 1, 1), np.nan)
    figure[6::WEEK, 0, 0] = rng.poisson(wave)
    found, _ = known(figure, names=("gp_visits",), book=VISITS)
    on = np.flatnonzero(np.isfinite(found.upper[:, 0, 0]))[-45:]
    error = np.abs(np.log(found.mean[on, 0, 0] / wave[on // WEEK]))
    assert error.mean() < 0.12
    assert (found.upper[on, 0, 0] > 0.001).mean() > 0.95
    outbreak = figure.copy()
    outbreak[on[20], 0, 0] *= 5
    assert known(outbreak, names=("gp_visits",), book=VISITS)[0].upper[on[20], 0, 0] < 1e-3


def test_rates_may_vary_less_than_counts():
    book = parse_streams('[stream.admissions]\nkind = "rate"\ncadence_d = 7', base=BOOK)
    rng = np.random.default_rng(7)
    figure = np.full((100 * WEEK, 1, 1), np.nan)
    figure[6::WEEK, 0, 0] = 2.0 + 0.1 * rng.standard_normal(100)
    figure[99 * WEEK + 6] = 3.0
    found, _ = known(figure, names=("admissions",), book=book)
    assert found.upper[99 * WEEK + 6, 0, 0] < 0.002  # ten deviations; a count of 3 would be nothing


def test_streams_that_rest_are_left_out():
    figure = figures()
    names = [s.name for s in expect(county(figure), BOOK, last=LAST, state="emergency").streams]
    assert names == ["fever_clinic", "school_absence"]


@pytest.mark.parametrize("tables", [{}, {"counts": counts_table(np.empty((0, 0, 0)))}])
def test_nothing_in_nothing_out(tables):
    found = expect(Records(tables, TZ, "EX-0101"), BOOK, last=date(2026, 1, 1))
    assert found.count.shape == (0, 0, 0) and found.streams == ()


def test_figures_after_the_last_day_alone_are_nothing():
    found = expect(county(figures()), BOOK, last=FIRST - timedelta(days=1))
    assert found.count.shape == (0, 0, 0)
