"""kernels.temporal_scan and kernels.count_tail equal their twins, scipy, and figures worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.reference import naive_temporal_scan as naive

from fireline.kernels.count_tail import first_rare, log_probability, log_upper_tail, step_up
from fireline.kernels.temporal_scan import temporal_windows

COUNT = st.one_of(st.integers(0, 12).map(float), st.just(math.nan))
MEAN = st.sampled_from([math.nan, 0.0, 0.05, 0.9, 2.0, 4.0, 11.5])
PHI = st.sampled_from([math.nan, 0.7, 1.0, 1.3, 3.0])
STEPS = st.lists(st.tuples(COUNT, MEAN, PHI), min_size=1, max_size=6)


def column(values):
    return np.array(values, float).reshape(-1, 1)


def judged(counts, mean, phi, at, lengths=(1, 2, 3), level=0.01, **more):
    return temporal_windows(
        column(counts), mean=column(mean), phi=column(phi), at=np.array(at), lengths=np.array(lengths),
        log_level=math.log(level), **more,
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(STEPS, st.sampled_from([(1,), (1, 2, 3), (2, 5)]), st.sampled_from([0.2, 0.01, 1e-4]))
def test_equals_the_twin(steps, lengths, level):
    counts, mean, phi = zip(*steps, strict=True)
    rows = range(len(steps))
    found = judged(counts, mean, phi, rows, lengths, level)
    for row in rows:
        upper, score, window = naive.judge(counts, mean, phi, row, lengths, level)
        np.testing.assert_allclose(found.upper[row, 0], upper)
        np.testing.assert_allclose(found.score[row, 0], score, rtol=1e-9, atol=1e-12)
        if not math.isnan(score) and score > 0:
            assert found.window[row, 0] == window


LAWS = [(0.01, 1.0), (0.3, 2.0), (3.0, 1.0), (3.0, 5.0), (40.0, 3.0), (500.0, 1.2), (5_000.0, 4.0)]


@pytest.mark.parametrize(("mean", "phi"), LAWS)
def test_tails_equal_scipy(mean, phi):
    law = stats.poisson(mean) if phi == 1 else stats.nbinom(mean / (phi - 1), 1 / phi)
    for k in {0, 1, 2, 7, int(mean), int(mean) + 1, int(mean + 3 * math.sqrt(phi * mean)), int(2 * mean) + 9}:
        assert log_upper_tail(float(k), mean, phi) == pytest.approx(law.logsf(k - 1), rel=1e-8, abs=1e-11)
        assert log_probability(float(k), mean, phi) == pytest.approx(law.logpmf(k), rel=1e-9, abs=1e-9)
        assert step_up(float(k), mean, phi) == pytest.approx(
            math.exp(law.logpmf(k + 1) - law.logpmf(k)), rel=1e-6
        )


@pytest.mark.parametrize(("mean", "phi"), LAWS)
@pytest.mark.parametrize("level", [0.9, 0.3, 0.05, 1e-3, 1e-9])
def test_the_first_rare_count_is_the_first(mean, phi, level):
    law = stats.poisson(mean) if phi == 1 else stats.nbinom(mean / (phi - 1), 1 / phi)
    k = first_rare(math.log(level), mean, phi)
    assert law.sf(k - 1) <= level * (1 + 1e-9)
    assert k == 1 or law.sf(k - 2) > level * (1 - 1e-9)


def test_far_tails_keep_their_size():
    assert log_upper_tail(5_000.0, 1.0, 1.0) == pytest.approx(stats.poisson(1).logpmf(5_000), rel=1e-6)
    assert log_upper_tail(3.0, 0.0, 1.0) == -math.inf
    assert log_upper_tail(0.0, 0.0, 1.0) == 0.0
    assert first_rare(-math.inf, 2.0, 1.0) == math.inf
    assert first_rare(math.log(0.01), 0.0, 1.0) == 1.0


def test_three_small_excesses_by_hand():
    # Poisson, 4 expected each week, 8 counted each: P(X >= 8) = .0511; P(Y >= 24 | 12) = .00147
    found = judged([8, 8, 8], [4, 4, 4], [1, 1, 1], [0, 1, 2])
    assert found.score[0, 0] == pytest.approx(-math.log10(stats.poisson(4).sf(7)))
    assert found.score[2, 0] == pytest.approx(-math.log10(stats.poisson(12).sf(23)))
    assert found.window[:, 0].tolist() == [1, 2, 3]
    # upper: 9 | 10 from one week, 20 of 24 | less than 16+ with the weeks before: the least of them
    by_window = [stats.poisson(4).isf(0.01), stats.poisson(8).isf(0.01) - 8, stats.poisson(12).isf(0.01) - 16]
    assert found.upper[2, 0] == min(by_window) == 5


def test_weeks_that_alarm_by_themselves():
    found = judged([30, 30, 0], [4, 4, 4], [1, 1, 1], [2])
    assert found.upper[0, 0] == -1 and found.score[0, 0] > 2 and found.window[0, 0] == 3


def test_missing_is_left_out_of_both_sides():
    whole = judged([9, 9], [4, 4], [1, 1], [1])
    gap = judged([9, math.nan, 9], [4, 4, 4], [1, 1, 1], [2])
    assert gap.score[0, 0] == whole.score[0, 0]
    assert gap.window[0, 0] == 3  # steps of the calendar
    no_mean = judged([9, 50, 9], [4, math.nan, 4], [1, 1, 1], [2])
    assert no_mean.score[0, 0] == whole.score[0, 0]
    today = judged([9, 9, math.nan], [4, 4, 4], [1, 1, 1], [2])
    assert math.isnan(today.score[0, 0]) and today.window[0, 0] == 0 and today.upper[0, 0] >= 0
    blind = judged([9, 9, 9], [4, 4, math.nan], [1, 1, 1], [2])
    assert math.isnan(blind.score[0, 0]) and math.isnan(blind.upper[0, 0])


def test_a_changing_dispersion_keeps_the_variance_of_the_sum():
    found = judged([9, 9], [4, 8], [1, 4], [1], lengths=(2,))
    phi = (1 * 4 + 4 * 8) / 12
    assert found.score[0, 0] == pytest.approx(-stats.nbinom(12 / (phi - 1), 1 / phi).logsf(17) / math.log(10))


def test_few_cases_are_too_few():
    found = judged([0, 3, 1], [0.01] * 3, [1] * 3, [0, 1, 2], least=4, least_steps=2)
    assert found.enough[:, 0].tolist() == [False, False, True]
    assert judged([math.nan, 5], [1] * 2, [1] * 2, [1], least=5, least_steps=4).enough[0, 0]


@pytest.mark.parametrize(
    ("counts", "at"), [(np.zeros((0, 1)), []), (np.zeros((3, 0)), [0, 2]), (np.zeros((2, 2)), [])],
    ids=["no time", "no series", "no row asked for"],
)  # fmt: skip
def test_edges(counts, at):
    found = temporal_windows(
        counts,
        mean=counts + 1.0,
        phi=counts + 1.0,
        at=np.array(at, np.int64),
        lengths=np.array([1]),
        log_level=-3.0,
    )
    assert found.upper.shape == (len(at), counts.shape[1]) == found.window.shape


def test_series_do_not_mix():
    rng = np.random.default_rng(4)
    counts = rng.poisson(5, (6, 4)).astype(float)
    mean, phi = rng.gamma(2, 2, (6, 4)), np.full((6, 4), 1.5)
    together = temporal_windows(
        counts, mean=mean, phi=phi, at=np.arange(6), lengths=np.array([1, 3]), log_level=math.log(0.02)
    )
    for s in range(4):
        alone = judged(counts[:, s], mean[:, s], phi[:, s], range(6), (1, 3), 0.02)
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_array_equal(a[:, s], b[:, 0])


def test_refuses_wrong_input():
    one = np.ones((3, 2))
    with pytest.raises(ValueError, match="counts, mean, phi: expected one shape"):
        temporal_windows(one, mean=one[:2], phi=one, at=np.array([0]), lengths=np.array([1]), log_level=-1.0)
    with pytest.raises(ValueError, match="at: row 0 is outside"):
        temporal_windows(one, mean=one, phi=one, at=np.array([3]), lengths=np.array([1]), log_level=-1.0)
