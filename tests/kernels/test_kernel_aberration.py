"""kernels.aberration equals its plain-loop twin, and a few numbers worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_aberration import naive_ears

from fireline.kernels.aberration import ears

RTOL = 1e-12  # the twin adds in another order
COUNTS = st.lists(
    st.one_of(st.integers(0, 6).map(float), st.integers(0, 300).map(float), st.just(math.nan)),
    min_size=0,
    max_size=24,
)


def assert_same(found, expected, column=0):
    for k, (upper, statistic, alarm, mean, sd) in enumerate(expected):
        assert bool(found.alarm[k, column]) == alarm
        for array, value in (
            (found.upper, upper),
            (found.statistic, statistic),
            (found.mean, mean),
            (found.sd, sd),
        ):
            np.testing.assert_allclose(array[k, column], value, rtol=RTOL, atol=1e-12)


@settings(max_examples=120, deadline=None)
@given(COUNTS, st.sampled_from(["C1", "C2", "C3"]), st.sampled_from([0.0, 0.5]), st.sampled_from([7, 5, 2]))
def test_equals_twin(series, method, min_sd, min_reported):
    counts = np.array(series, float).reshape(-1, 1)
    found = ears(counts, method=method, min_sd=min_sd, min_reported=min_reported)
    assert_same(found, naive_ears(series, method, min_sd=min_sd, min_reported=min_reported))


def test_many_series_side_by_side_do_not_mix():
    rng = np.random.default_rng(3)
    counts = rng.poisson(4, (40, 5)).astype(float)
    counts[20, 2] = np.nan
    counts[30, 1] = 60
    for method in ("C1", "C2", "C3"):
        found = ears(counts, method=method)
        for s in range(5):
            assert_same(found, naive_ears(counts[:, s].tolist(), method), s)


def test_c1_by_hand():
    # baseline 1..7: mean 4, sample sd sqrt(28/6) = 2.1602468994692867
    found = ears(np.array([1, 2, 3, 4, 5, 6, 7, 11], float).reshape(-1, 1), method="C1")
    assert found.mean[7, 0] == 4.0
    assert found.upper[7, 0] == pytest.approx(4 + 3 * 2.1602468994692867, abs=1e-12)
    assert found.statistic[7, 0] == pytest.approx(7 / 2.1602468994692867, abs=1e-12)
    assert bool(found.alarm[7, 0]) and not found.alarm[:7].any()


def test_c2_leaves_two_days_out_of_its_baseline():
    series = np.array([1, 2, 3, 4, 5, 6, 7, 500, 500, 11], float).reshape(-1, 1)
    found = ears(series, method="C2", at=np.array([9]))
    assert found.mean[0, 0] == 4.0 and bool(found.alarm[0, 0])
    assert not ears(series, method="C1", at=np.array([9])).alarm[0, 0]


def test_c3_sums_three_days_of_small_excess():
    # each of the last three days is 1.8 sd above: C2 is silent, C3 = 0.8 + 0.8 + 0.8 = 2.4 > 2 on the third
    series = [1, 2, 3, 4, 5, 6, 7] * 2 + [0.0] * 3
    for t in (14, 15, 16):
        window = series[t - 9 : t - 2]
        series[t] = np.mean(window) + 1.8 * np.std(window, ddof=1)
    counts = np.array(series, float).reshape(-1, 1)
    days = np.array([14, 15, 16])
    assert not ears(counts, method="C2", at=days).alarm.any()
    found = ears(counts, method="C3", at=days)
    assert found.statistic[2, 0] == pytest.approx(2.4, abs=1e-9)
    assert found.alarm[:, 0].tolist() == [False, False, True]


EDGES = [
    ("empty", np.zeros((0, 1)), 0),
    ("one row", np.ones((1, 1)), 0),
    ("shorter than the baseline", np.ones((7, 1)), 0),
    ("all equal", np.full((20, 1), 5.0), 0),
    ("all missing", np.full((20, 1), np.nan), 0),
    ("no series", np.zeros((20, 0)), 0),
    ("one case after silence", np.array([0.0] * 19 + [1.0]).reshape(-1, 1), 1),
]


@pytest.mark.parametrize(("counts", "n_alarms"), [e[1:] for e in EDGES], ids=[e[0] for e in EDGES])
@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
def test_edges(method, counts, n_alarms):
    found = ears(counts, method=method)
    assert found.alarm.shape == counts.shape
    assert int(found.alarm.sum()) == n_alarms


def test_missing_is_not_zero():
    series = [3.0, 4.0, 3.0, math.nan, 4.0, 3.0, 4.0, 5.0]
    strict = ears(np.array(series).reshape(-1, 1), method="C1")
    assert np.isnan(strict.upper[7, 0])
    lenient = ears(np.array(series).reshape(-1, 1), method="C1", min_reported=5)
    assert lenient.mean[7, 0] == pytest.approx(3.5)


def test_floor_of_the_deviation_silences_single_cases():
    series = np.array([0.0] * 10 + [1.0]).reshape(-1, 1)
    assert ears(series, method="C2").alarm[10, 0]
    assert not ears(series, method="C2", min_sd=0.5).alarm[10, 0]


def test_scale_changes_nothing():
    rng = np.random.default_rng(9)
    counts = rng.poisson(8, (60, 3)).astype(float)
    for method in ("C1", "C2", "C3"):
        one, ten = ears(counts, method=method), ears(10 * counts, method=method)
        assert (one.alarm == ten.alarm).all()


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        (np.zeros(5), {"method": "C1"}, "counts: expected shape"),
        (np.zeros((5, 1)), {"method": "C4"}, "method"),
        (np.zeros((5, 1)), {"method": "C1", "at": np.array([5])}, "at: rows"),
        (np.zeros((5, 1)), {"method": "C1", "baseline": 1}, "baseline"),
        (np.zeros((5, 1)), {"method": "C1", "min_reported": 8}, "min_reported"),
    ],
)
def test_refuses_wrong_input(counts, options, message):
    with pytest.raises(ValueError, match=message):
        ears(counts, **options)
