"""contacts.offspring: R and k equal those of a general optimiser, and the edges are told honestly."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from fireline.contacts.offspring import HALF_WIDTH, fit_offspring

SPREAD = {0: 60, 1: 20, 2: 10, 3: 5, 7: 3, 15: 1}
K_TOLERANCE = 1e-4  # both optimisers stop at about 1e-8 of the likelihood, which is flat in k


def log_likelihood(counts, r, k):
    z = np.array(list(counts))
    n = np.array(list(counts.values()))
    spread = stats.poisson(r) if k == inf else stats.nbinom(k, k / (k + r))
    return float((n * spread.logpmf(z)).sum())


def oracle(counts):
    best = optimize.minimize(
        lambda p: -log_likelihood(counts, np.exp(p[0]), np.exp(p[1])),
        [0.0, 0.0],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4_000},
    )
    return np.exp(best.x)


def test_equals_a_general_optimiser():
    found = fit_offspring(SPREAD)
    r, k = oracle(SPREAD)
    assert found.r == pytest.approx(r, rel=K_TOLERANCE) == sum(z * n for z, n in SPREAD.items()) / 99
    assert found.k == pytest.approx(k, rel=K_TOLERANCE)
    assert (found.n, found.n_infected) == (99, 91)


@settings(max_examples=6, deadline=None)
@given(st.floats(0.3, 4), st.floats(0.1, 2), st.integers(0, 10_000))
def test_random_samples_equal_a_general_optimiser(r, k, seed):
    drawn = np.random.default_rng(seed).negative_binomial(k, k / (k + r), 150)
    counts = {int(z): int(n) for z, n in zip(*np.unique(drawn, return_counts=True), strict=True)}
    found = fit_offspring(counts)
    if found.k is None or found.k > 50:
        return  # flat: the optimiser wanders
    assert log_likelihood(counts, found.r, found.k) >= log_likelihood(counts, *oracle(counts)) - 1e-6


def test_limits_lie_where_the_likelihood_has_fallen():
    found = fit_offspring(SPREAD)
    best = log_likelihood(SPREAD, found.r, found.k)
    for k in (found.k_low, found.k_high):
        assert log_likelihood(SPREAD, found.r, k) == pytest.approx(best - HALF_WIDTH, abs=1e-6)
    for r in (found.r_low, found.r_high):
        profile = optimize.minimize_scalar(lambda t, r=r: -log_likelihood(SPREAD, r, np.exp(t)), bounds=(-8, 8), method="bounded")  # fmt: skip
        assert -profile.fun == pytest.approx(best - HALF_WIDTH, abs=1e-5)
    assert found.r_low < found.r < found.r_high and found.k_low < found.k < found.k_high


def test_limits_cover_the_truth_about_nineteen_times_in_twenty():
    rng = np.random.default_rng(11)
    r, k, n_right = 1.2, 0.5, 0
    for _ in range(20):
        z, n = np.unique(rng.negative_binomial(k, k / (k + r), 120), return_counts=True)
        found = fit_offspring(dict(zip(z.tolist(), n.tolist(), strict=True)))
        n_right += found.k_low <= k <= found.k_high
    assert n_right >= 17


def test_nobody_infected_anybody():
    found = fit_offspring({0: 10})
    assert (found.r, found.r_low, found.k, found.k_low, found.k_high) == (0.0, 0.0, None, None, None)
    assert found.r_high == pytest.approx(0.29957, abs=1e-5), "exact Poisson: exp(-10 r) = 0.05"


@pytest.mark.parametrize("counts", [{1: 10}, {0: 3, 1: 3}, {0: 1, 1: 8, 2: 1}])
def test_no_more_spread_than_poisson_has_no_finite_k(counts):
    found = fit_offspring(counts)
    assert found.k == inf and found.k_high == inf
    assert 0 < found.k_low < 10, "a lower limit can still be given"


def test_one_case_and_none():
    one = fit_offspring({5: 1})
    assert one.k == inf and one.r == 5.0 and one.r_low < 5 < one.r_high
    none = fit_offspring({})
    assert (none.n, none.r, none.r_high, none.k) == (0, None, None, None)
    assert fit_offspring({0: 0, 3: 0}) == none


def test_one_superspreader_leaves_r_open_upwards():
    found = fit_offspring({0: 1, 40: 1})
    assert found.k < 0.5 and found.r == 20 and found.r_high == inf


def test_refuses_negative_numbers():
    with pytest.raises(ValueError, match="0 or more"):
        fit_offspring({-1: 2})
