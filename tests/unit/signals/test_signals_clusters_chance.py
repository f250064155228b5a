"""p by rank, and the Gumbel law behind it."""

import math

import numpy as np
import pytest
from scipy import stats

from fireline.signals.clusters.chance import fit_gumbel, gumbel_p, rank_p


def test_rank_counts_the_data_as_one_of_the_draws():
    maxima = np.array([1.0, 2.0, 3.0, 4.0])
    assert [rank_p(s, maxima) for s in (5.0, 4.0, 3.5, 0.0)] == [1 / 5, 2 / 5, 2 / 5, 5 / 5]


@pytest.mark.parametrize("method", ["moments", "likelihood"])
def test_the_law_is_found_again(method):
    drawn = stats.gumbel_r(4.0, 1.3).rvs(20_000, random_state=np.random.default_rng(1))
    location, scale = fit_gumbel(drawn, method=method)
    assert location == pytest.approx(4.0, abs=0.05) and scale == pytest.approx(1.3, abs=0.04)


def test_moments_by_hand():
    location, scale = fit_gumbel(np.array([1.0, 2.0, 3.0]))
    assert scale == pytest.approx(math.sqrt(6) / math.pi)
    assert location == pytest.approx(2.0 - 0.5772156649015329 * scale)


def test_likelihood_is_that_of_scipy():
    drawn = np.random.default_rng(3).gamma(3.0, 1.0, 400)
    assert fit_gumbel(drawn, method="likelihood") == pytest.approx(stats.gumbel_r.fit(drawn), rel=1e-4)


@pytest.mark.parametrize("score", [-900.0, -3.0, 2.0, 9.0, 40.0, 900.0])
def test_the_tail_is_exact_far_out(score):
    found = gumbel_p(score, location=4.0, scale=1.3)
    assert found == pytest.approx(stats.gumbel_r(4.0, 1.3).sf(score), rel=1e-9)
    assert gumbel_p(30.0, location=0.0, scale=1.0) == pytest.approx(math.exp(-30.0), rel=1e-9)


def test_no_law_without_spread():
    for maxima in (np.array([2.0]), np.zeros(50)):
        assert all(math.isnan(v) for v in fit_gumbel(maxima))
    assert math.isnan(gumbel_p(1.0, location=math.nan, scale=math.nan))
    with pytest.raises(ValueError, match="tail: expected moments or likelihood"):
        fit_gumbel(np.ones(3), method="quantiles")
