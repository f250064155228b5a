"""kernels.daily_baseline equals its plain-loop twin, and does what its rules say on series made by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_daily_baseline import naive_daily_baseline

from fireline.kernels.daily_baseline import (
    NEW,
    NEW_HOLIDAY,
    NOT_REPORTED,
    OK,
    SHIFTED,
    SILENT,
    Rules,
    daily_baseline,
)

RTOL = 1e-9  # the kernel keeps running sums where the twin adds anew
SHORT = Rules(memory=6.0, guard=2, min_steps=8, shift_steps=4, shift_share=4, shift_patience=9, longest_gap=6)
EXPOSURE = st.one_of(st.just(0.0), st.floats(0.001, 5))
FIGURE = st.one_of(
    st.integers(0, 9).map(float), st.integers(0, 60).map(float), st.just(math.nan), st.floats(0, 9)
)


def flags(n, value):
    return np.full(n, value, bool)


def run(counts, *, weekday=None, holiday=None, **more):
    n_time, n_series = counts.shape
    options = {
        "weekday": np.arange(n_time) % 7 if weekday is None else weekday,
        "holiday": np.zeros(n_time, np.int64) if holiday is None else holiday,
        "has_weekday": flags(n_series, False),
        "has_holiday": flags(n_series, True),
        "has_season": flags(n_series, False),
        "is_rate": flags(n_series, False),
    }
    return daily_baseline(counts, **{**options, **more})


def assert_same(found, expected, series=0):
    for name in ("mean", "phi", "upper", "point", "calendar", "lift"):
        np.testing.assert_allclose(
            getattr(found, name)[:, series], [e[name] for e in expected], rtol=RTOL, atol=1e-12, err_msg=name
        )
    assert found.state[:, series].tolist() == [e["state"] for e in expected]


@settings(max_examples=120, deadline=None)
@given(
    st.lists(FIGURE, max_size=60), st.booleans(), st.booleans(), st.booleans(),
    st.lists(st.integers(0, 60), max_size=6), st.sampled_from([SHORT, SHORT._replace(guard=0, silent_sum=3.0)]),
)  # fmt: skip
def test_equals_twin(series, has_weekday, has_season, is_rate, days_off, rules):
    n = len(series)
    holiday = [1 + t % 2 if t in days_off else 0 for t in range(n)]
    found = run(
        np.array(series, float).reshape(-1, 1),
        holiday=np.array(holiday, np.int64),
        has_weekday=flags(1, has_weekday),
        has_season=flags(1, has_season),
        is_rate=flags(1, is_rate),
        year_steps=20.0,
        rules=rules,
    )
    expected = naive_daily_baseline(
        series, weekday=[t % 7 for t in range(n)], holiday=holiday, has_weekday=has_weekday,
        has_season=has_season, is_rate=is_rate, year_steps=20.0, rules=rules,
    )  # fmt: skip
    assert_same(found, expected)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(FIGURE, EXPOSURE, st.floats(0.5, 2)), min_size=1, max_size=40))
def test_exposure_calendar_and_lift_equal_twin(rows):
    series, exposure, factor = ([float(r[k]) for r in rows] for k in range(3))
    found = run(
        np.array(series).reshape(-1, 1),
        exposure=np.array(exposure).reshape(-1, 1),
        calendar=np.array(factor).reshape(-1, 1),
        lift=np.array(factor[::-1]).reshape(-1, 1),
        rules=SHORT,
    )
    n = len(rows)
    expected = naive_daily_baseline(
        series, weekday=[t % 7 for t in range(n)], holiday=[0] * n, exposure=exposure, calendar=factor,
        lift=factor[::-1], rules=SHORT,
    )  # fmt: skip
    assert_same(found, expected)


def test_years_of_a_seasonal_series_equal_twin():
    rng = np.random.default_rng(4)
    n = 900
    mean = (
        20
        * np.exp(0.5 * np.sin(2 * np.pi * np.arange(n) / 365.25))
        * np.where(np.arange(n) % 7 > 4, 0.5, 1.2)
    )
    series = rng.poisson(mean).astype(float)
    series[400:405] *= 4  # an outbreak
    series[600:] *= 3  # a step change
    found = run(series.reshape(-1, 1), has_weekday=flags(1, True), has_season=flags(1, True))
    expected = naive_daily_baseline(
        series.tolist(), weekday=[t % 7 for t in range(n)], holiday=[0] * n, has_weekday=True, has_season=True
    )
    assert_same(found, expected)
    assert SHIFTED in found.state[600:640]


def test_many_series_side_by_side_do_not_mix_and_rows_can_be_left_out():
    rng = np.random.default_rng(7)
    counts = rng.poisson(5, (60, 70)).astype(float)  # more series than a block of the kernel
    counts[20:30, 3] = np.nan
    whole = run(counts, rules=SHORT)
    late = run(counts, rules=SHORT, first_row=50)
    for s in (0, 3, 63, 64, 69):
        alone = run(counts[:, [s]], rules=SHORT)
        for name in whole._fields:
            np.testing.assert_array_equal(getattr(whole, name)[:, s], getattr(alone, name)[:, 0])
            np.testing.assert_array_equal(getattr(whole, name)[50:, s], getattr(late, name)[:, s])


def test_later_figures_change_nothing_before_them():
    rng = np.random.default_rng(2)
    counts = rng.poisson(5, (80, 2)).astype(float)
    changed = counts.copy()
    changed[50:] *= 7
    one, two = run(counts, rules=SHORT), run(changed, rules=SHORT)
    np.testing.assert_array_equal(one.mean[:50], two.mean[:50])
    np.testing.assert_array_equal(one.upper[:50], two.upper[:50])
    assert not np.array_equal(one.mean[50:], two.mean[50:])


def test_the_mean_is_found_and_the_spread():
    rng = np.random.default_rng(1)
    phi, mean = 3.0, 12.0
    counts = rng.negative_binomial(mean / (phi - 1), 1 / phi, (600, 40)).astype(float)
    found = run(counts)
    assert np.nanmean(found.mean[200:]) == pytest.approx(mean, rel=0.02)
    assert np.nanmean(found.phi[200:]) == pytest.approx(phi, rel=0.1)
    middle = (found.upper - 0.5 * found.point)[200:]
    assert np.nanmean(middle < 0.05) == pytest.approx(0.05, abs=0.01)


def test_weekdays_are_learnt():
    week = np.array([2.0, 1, 1, 1, 1, 0.5, 0.5])
    counts = np.tile(10 * week, 30).reshape(-1, 1)
    found = run(counts, has_weekday=flags(1, True))
    np.testing.assert_allclose(found.mean[-7:, 0], counts[-7:, 0], rtol=0.1)  # shrunk a little to no effect
    assert np.ptp(run(counts).mean[-7:, 0]) < 2


def test_an_outbreak_does_not_hide_itself():
    counts = np.full((120, 1), 10.0)
    counts[100:110] = 40
    found = run(counts)
    assert (found.upper[100:110] < 1e-4).all()
    assert found.mean[119, 0] < 12  # what came far above weighs little


def test_a_step_change_begins_a_new_baseline():
    rng = np.random.default_rng(3)
    counts = rng.poisson(np.r_[np.full(100, 10), np.full(60, 25)]).astype(float).reshape(-1, 1)
    found = run(counts)
    state = found.state[:, 0].tolist()
    assert state[100:111] == [OK] * 11  # at first it looks like an outbreak, and alarms
    assert SHIFTED in state[111:116]
    assert found.mean[-1, 0] == pytest.approx(25, rel=0.2)


def test_growing_figures_are_not_taken_for_a_step_too_soon():
    counts = np.r_[np.full(100, 10.0), 10 * 1.25 ** np.arange(1, 31)].reshape(-1, 1)
    state = run(counts, has_season=flags(1, False)).state[:, 0].tolist()
    assert SHIFTED not in state[:120]


def test_a_dead_sensor_is_silent_not_low_and_comes_back_new():
    counts = np.r_[np.full(60, 5.0), np.zeros(50), np.full(60, 5.0)].reshape(-1, 1)
    state = run(counts).state[:, 0].tolist()
    assert state[63:110] == [SILENT] * 47
    assert state[110:138] == [NEW] * 28
    assert state[-1] == OK


def test_a_rare_disease_is_not_silent():
    rng = np.random.default_rng(5)
    counts = rng.poisson(0.05, (400, 20)).astype(float)
    found = run(counts)
    assert not (found.state[60:] == SILENT).any()


def test_a_long_gap_begins_anew_and_a_short_one_does_not():
    for gap, code in ((20, OK), (50, NEW)):
        counts = np.r_[np.full(60, 5.0), np.full(gap, np.nan), np.full(10, 5.0)].reshape(-1, 1)
        state = run(counts).state[:, 0].tolist()
        assert state[60 : 60 + gap] == [NOT_REPORTED] * gap
        assert state[60 + gap] == code


def test_holidays_keep_their_own_factor_and_touch_no_level():
    day = np.arange(800)
    holiday = np.where((day % 365 >= 40) & (day % 365 < 48), 1, 0)
    counts = np.where(holiday, 5.0, 20.0).reshape(-1, 1)
    found = run(counts, holiday=holiday)
    first, second = found.mean[40:48, 0], found.mean[405:413, 0]
    assert found.state[40, 0] == NEW_HOLIDAY or found.state[40, 0] == OK  # the first day of its kind
    assert first[0] == pytest.approx(20, rel=0.1)
    assert second[0] == pytest.approx(5, rel=0.45)
    assert found.mean[50, 0] == pytest.approx(20, rel=0.02)
    assert found.phi[40, 0] > 2 * found.phi[39, 0]  # what a new holiday brings is a guess
    assert run(counts, holiday=holiday, has_holiday=flags(1, False)).state[40, 0] == OK


def test_denominators_scale_the_mean():
    exposure = np.r_[np.full(80, 100.0), np.full(20, 300.0)].reshape(-1, 1)
    counts = np.r_[np.full(80, 10.0), np.full(20, 30.0)].reshape(-1, 1)
    found = run(counts, exposure=exposure)
    np.testing.assert_allclose(found.mean[80:, 0], 30, rtol=0.03)
    assert run(counts).upper[80, 0] < 1e-4 < found.upper[80, 0]


EDGES = [
    ("empty", np.zeros((0, 1))),
    ("no series", np.zeros((20, 0))),
    ("one row", np.ones((1, 1))),
    ("all missing", np.full((50, 1), np.nan)),
    ("all zero", np.zeros((50, 1))),
    ("all equal", np.full((50, 1), 7.0)),
    ("huge", np.full((50, 1), 1e9)),
]


@pytest.mark.parametrize("counts", [e[1] for e in EDGES], ids=[e[0] for e in EDGES])
def test_edges(counts):
    found = run(counts, has_weekday=flags(counts.shape[1], True), has_season=flags(counts.shape[1], True))
    assert found.mean.shape == counts.shape
    assert not np.isinf(np.nan_to_num(found.mean)).any()
    usable = np.isfinite(found.upper)
    assert ((found.upper[usable] >= 0) & (found.upper[usable] <= 1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": np.zeros(5)}, "counts: expected shape"),
        ({"weekday": np.zeros(3, np.int64)}, "weekday: expected shape"),
        ({"weekday": np.full(9, 7)}, "weekday: row 0"),
        ({"holiday": np.full(9, -1)}, "holiday"),
        ({"has_holiday": flags(3, True)}, "has_holiday: expected shape"),
        ({"exposure": np.ones((9, 3))}, "exposure: expected shape"),
        ({"calendar": np.ones((9, 1)), "group": np.array([0, 1])}, "group: row 1"),
        ({"lift": np.ones((8, 1))}, "lift: expected shape"),
        ({"rules": Rules(shift_steps=5)}, "rules"),
        ({"rules": Rules(min_steps=3)}, "rules"),
        ({"rules": Rules(guard=-1)}, "rules"),
    ],
)
def test_refuses_wrong_input(change, message):
    counts = change.pop("counts", np.zeros((9, 2)))
    with pytest.raises(ValueError, match=message):
        if counts.ndim == 1:
            daily_baseline(
                counts, weekday=np.zeros(5, np.int64), holiday=np.zeros(5, np.int64), has_weekday=flags(1, True),
                has_holiday=flags(1, True), has_season=flags(1, True), is_rate=flags(1, True),
            )  # fmt: skip
        run(counts, **change)
