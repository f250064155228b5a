"""kernels.cusum equals its plain-loop twin: every start of a change, the best shift."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.reference.naive_cusum import best_log_ratio, naive_chart, naive_upper

from fireline.kernels.cusum import chart

ATOL = 1e-8  # the twin's golden section ends at 1e-10 of the shift


def run(
    y, mu, alpha, *, start=0, threshold=5.0, window=-1, least=1, shift=0.0, with_upper=False, restarts=True
):
    counts, means = np.array(y, float).reshape(-1, 1), np.array(mu, float).reshape(-1, 1)
    return chart(
        counts, means, np.array([alpha]), start=start, at=np.arange(len(y)), threshold=threshold, window=window,
        least=least, shift=shift, with_upper=with_upper, restarts=restarts,
    )  # fmt: skip


COUNTS = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 60), st.just(math.nan)), min_size=1, max_size=9)


@settings(max_examples=50, deadline=None)
@given(
    COUNTS, st.sampled_from([0.0, 0.2, 1.5]), st.floats(0.2, 12), st.sampled_from([None, 0, 2, 5]),
    st.integers(1, 3), st.sampled_from([None, 0.4]), st.booleans(),
)  # fmt: skip
def test_equals_twin(y, alpha, mean, window, least, shift, restarts):
    mu = [mean * (1 + 0.3 * math.sin(t)) for t in range(len(y))]
    found = run(
        y, mu, alpha, window=-1 if window is None else window, least=least, shift=shift or 0.0,
        threshold=2.0, restarts=restarts,
    )  # fmt: skip
    expected = naive_chart(
        y, mu, alpha, window=window, least=least, shift=shift, threshold=2.0, restarts=restarts
    )
    for t, (value, alarm) in enumerate(expected):
        assert found.statistic[t, 0] == pytest.approx(value, abs=ATOL, rel=1e-9)
        if abs(value - 2.0) > 1e-6:
            assert bool(found.alarm[t, 0]) == alarm


@settings(max_examples=40, deadline=None)
@example([9, 0], 0.0, 4.875)  # twice the mean is no whole number
@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.sampled_from([0.0, 0.5]), st.floats(0.5, 6))
def test_upper_equals_twin(y, alpha, mean):
    mu = [mean] * len(y)
    found = run(y, mu, alpha, threshold=3.0, with_upper=True, restarts=False)
    expected = naive_upper(list(map(float, y)), mu, alpha, threshold=3.0, since=0)
    assert found.upper[-1, 0] == expected
    assert bool(found.alarm[-1, 0]) == (y[-1] > expected)


def test_poisson_by_hand():
    # one row, 12 cases where 4 are expected: 12 log 3 - 8
    found = run([12.0], [4.0], 0.0)
    assert found.statistic[0, 0] == pytest.approx(12 * math.log(3) - 8)
    assert found.alarm[0, 0]


def test_small_rise_adds_up():
    y = [3.0, 4.0, 5.0] + [7.0] * 8
    found = run(y, [4.0] * 11, 0.0, threshold=4.0)
    assert not found.alarm[:4].any() and found.alarm[:, 0].any()
    first = int(found.alarm[:, 0].argmax())
    assert found.statistic[first + 1, 0] < found.statistic[first, 0]


def test_low_counts_are_no_news():
    assert (run([0.0] * 6, [5.0] * 6, 0.3).statistic == 0).all()


def test_more_dispersion_less_surprise():
    values = [run([20.0], [5.0], a).statistic[0, 0] for a in (0.0, 0.1, 0.5, 2.0)]
    assert values == sorted(values, reverse=True)
    assert values[1] == pytest.approx(best_log_ratio([20.0], [5.0], 0.1), abs=ATOL)


def test_missing_row_neither_alarms_nor_counts():
    found = run([9.0, math.nan, 9.0], [4.0] * 3, 0.0, threshold=2.0, restarts=False)
    assert not found.alarm[1, 0]
    assert found.statistic[2, 0] == pytest.approx(
        run([9.0, 9.0], [4.0] * 2, 0.0, restarts=False).statistic[1, 0]
    )


def test_series_without_dispersion_is_not_judged_and_others_do_not_mix():
    rng = np.random.default_rng(1)
    counts = rng.poisson(5, (30, 4)).astype(float)
    means = np.full((30, 4), 5.0)
    at = np.array([3, 29])
    options = {
        "start": 2, "at": at, "threshold": 5.0, "window": -1, "least": 1, "shift": 0.0, "with_upper": True,
        "restarts": True,
    }  # fmt: skip
    found = chart(counts, means, np.array([0.0, np.nan, 0.2, 0.0]), **options)
    assert np.isnan(found.statistic[:, 1]).all() and not found.alarm[:, 1].any()
    alone = chart(counts[:, 2:3], means[:, 2:3], np.array([0.2]), **options)
    np.testing.assert_array_equal(found.statistic[:, 2], alone.statistic[:, 0])
    np.testing.assert_array_equal(found.upper[:, 2], alone.upper[:, 0])


def test_empty():
    found = chart(
        np.zeros((5, 0)), np.zeros((5, 0)), np.zeros(0), start=0, at=np.zeros(0, np.int64), threshold=5.0,
        window=-1, least=1, shift=0.0, with_upper=False, restarts=True,
    )  # fmt: skip
    assert found.statistic.shape == (0, 0)
