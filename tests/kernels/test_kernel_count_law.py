"""kernels.count_law equals its twin in decimals; quantiles are exact."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from tests.reference.naive_count_law import naive_quantile, naive_upper_tail, probabilities

from fireline.kernels.count_law import WIDE_PHI, log_mass, log_upper_tail, quantile, upper_tail


def probability(x, mean, phi):
    return math.exp(log_mass(float(x), mean, phi))


RTOL = 1e-10  # the saddle-point form keeps about 13 digits; means near 700 lose two of them
MEANS = st.floats(-5, 4.5).map(math.exp)
PHIS = st.one_of(st.just(1.0), st.floats(-8, 3).map(lambda x: 1 + math.exp(x)))


@settings(max_examples=60, deadline=None)
@given(MEANS, PHIS, st.integers(0, 60))
def test_probability_and_tail_equal_twin(mean, phi, x):
    # only ever as exact as what is known of phi - 1
    rtol = RTOL + 1e-14 / max(phi - 1, 1e-4)
    assert probability(x, mean, phi) == pytest.approx(float(probabilities(mean, phi, 61)[x]), rel=rtol)
    assert upper_tail(x, mean, phi) == pytest.approx(naive_upper_tail(x, mean, phi, 1_500), rel=rtol)


@settings(max_examples=60, deadline=None)
@given(MEANS, PHIS, st.sampled_from([0.05, 0.01, 0.005, 0.001, 0.2]))
def test_quantile_equals_twin(mean, phi, alpha):
    z = float(special.ndtri(1 - alpha))
    assert quantile(alpha, z, mean, phi) == naive_quantile(alpha, mean, phi, 1_500)


def test_large_means_equal_scipy():
    for mean, phi in ((900.0, 1.0), (5_000.0, 1.5), (40_000.0, 30.0), (3_000.0, 400.0)):
        known = stats.poisson(mean) if phi == 1 else stats.nbinom(mean / (phi - 1), 1 / phi)
        for alpha in (0.05, 0.005):
            assert quantile(alpha, stats.norm.isf(alpha), mean, phi) == known.isf(alpha)
        for x in (mean * 0.9, mean * 1.1):
            assert upper_tail(x, mean, phi) == pytest.approx(known.sf(math.ceil(x) - 1), rel=1e-8)


def test_no_mean_no_counts():
    assert (probability(0.0, 0.0, 1.0), probability(2.0, 0.0, 1.5)) == (1.0, 0.0)
    assert (upper_tail(0.0, 0.0, 1.0), upper_tail(1.0, 0.0, 1.0)) == (1.0, 0.0)
    assert quantile(0.01, 2.3, 0.0, 1.0) == 0.0


@pytest.mark.parametrize(
    ("mean", "phi"), [(math.nan, 1.0), (3.0, math.nan), (math.inf, 1.0), (3.0, math.inf)]
)
def test_what_is_not_known_gives_no_number(mean, phi):
    assert math.isnan(quantile(0.01, 2.3, mean, phi)) and math.isnan(upper_tail(4.0, mean, phi))
    assert math.isnan(upper_tail(math.nan, 3.0, 1.0))


def test_counts_between_whole_numbers_are_rounded_up():
    assert upper_tail(2.5, 4.0, 2.0) == upper_tail(3.0, 4.0, 2.0)
    assert upper_tail(-1.0, 4.0, 2.0) == 1.0


def test_dispersion_below_one_is_poisson():
    assert upper_tail(7.0, 4.0, 0.3) == upper_tail(7.0, 4.0, 1.0)
    assert probability(7.0, 4.0, 0.3) == pytest.approx(math.exp(-4) * 4**7 / math.factorial(7))


def test_tail_falls_and_probabilities_sum_to_one():
    tails = np.array([upper_tail(float(x), 6.3, 2.4) for x in range(80)])
    assert (np.diff(tails) < 0).all() and tails[0] == 1.0
    assert sum(probability(float(x), 6.3, 2.4) for x in range(400)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("alpha", "expected"), [(0.3, 1.0), (0.26, 2.0), (0.0803, 2.0), (0.08, 3.0)])
def test_quantile_by_hand(alpha, expected):
    # Poisson of mean 1: P(X > 1) = 0.2642, P(X > 2) = 0.0803014
    assert quantile(alpha, 1.0, 1.0, 1.0) == (expected if alpha != 0.0803 else 3.0)


WIDE = [(3e5, 2e4), (1e3, 1e5), (1e12, 1.0), (5e9, 40.0), (2e15, 3e9), (1e200, 1e90), (7.0, 1e12)]


@pytest.mark.parametrize(("mean", "phi"), WIDE)
def test_the_widest_laws_end_and_fall(mean, phi):
    tails = [log_upper_tail(float(np.ceil(mean * s)), mean, phi) for s in (0.01, 0.5, 1.0, 1.5, 4.0, 50.0)]
    assert tails[0] <= 0.0 and (np.diff(tails) <= 0).all() and tails[-1] < tails[0]
    for alpha in (0.05, 1e-4):
        x = quantile(alpha, stats.norm.isf(alpha), mean, phi)
        assert upper_tail(x + 1.0, mean, phi) <= alpha * (1 + 1e-6)
        assert x == 0.0 or upper_tail(x * (1 - 1e-9) - 1.0, mean, phi) >= alpha * (1 - 1e-3)


def test_just_beyond_the_edge_the_gamma_law_is_as_near_as_stated():
    for mean, phi in ((4e5, WIDE_PHI * 1.01), (9e6, WIDE_PHI * 3), (2e10, 1.0), (3e8, 50.0)):
        known = stats.poisson(mean) if phi == 1 else stats.nbinom(mean / (phi - 1), 1 / phi)
        for alpha in (0.2, 0.01, 1e-6):
            x = float(known.isf(alpha))
            assert upper_tail(x + 1.0, mean, phi) == pytest.approx(alpha, rel=5e-3)
            assert quantile(alpha, stats.norm.isf(alpha), mean, phi) == pytest.approx(x, rel=1e-4)
