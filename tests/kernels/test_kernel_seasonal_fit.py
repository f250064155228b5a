"""kernels.seasonal_fit equals its plain-loop twin, and finds what counts were drawn from."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_seasonal_fit import naive_seasonal_fit, naive_spread

from fireline.kernels.seasonal_fit import fit_seasonal, spread_around

RTOL = 1e-6


def design_of(n, harmonics=1):
    week = np.arange(n)
    columns = [np.ones(n), (week - n / 2) / n]
    for j in range(1, harmonics + 1):
        columns += [np.cos(2 * np.pi * j * week / 13), np.sin(2 * np.pi * j * week / 13)]
    return np.stack(columns, axis=1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.floats(0, 4), st.sampled_from([None, 0.0, 0.3]), st.sampled_from([0.0, 0.1]))
def test_equals_twin(seed, log_mean, alpha, holes):
    rng = np.random.default_rng(seed)
    mean = np.exp(log_mean + 0.4 * np.sin(np.arange(40) * 2 * np.pi / 13))
    y = rng.negative_binomial(2.0, 2.0 / (2.0 + mean)).astype(float)
    y[rng.random(40) < holes] = np.nan
    if np.nansum(y) < 5:
        return
    design = design_of(40)
    betas, alphas = fit_seasonal(y.reshape(-1, 1), design, np.array([np.nan if alpha is None else alpha]))
    beta, spread = naive_seasonal_fit(y.tolist(), design.tolist(), alpha)
    np.testing.assert_allclose(betas[:, 0], beta, rtol=RTOL, atol=1e-6)
    assert alphas[0] == pytest.approx(spread, rel=RTOL, abs=1e-7)


def test_finds_what_counts_were_drawn_from():
    rng = np.random.default_rng(5)
    design = design_of(2_000)
    beta = np.array([2.0, 0.5, 0.4, -0.3])
    mean = np.exp(design @ beta)
    counts = rng.negative_binomial(1 / 0.25, 1 / (1 + 0.25 * mean)).astype(float)
    betas, alphas = fit_seasonal(counts.reshape(-1, 1), design, np.array([np.nan]))
    np.testing.assert_allclose(betas[:, 0], beta, atol=0.15)
    assert alphas[0] == pytest.approx(0.25, abs=0.05)


def test_known_mean_gives_alpha():
    rng = np.random.default_rng(6)
    means = np.full((50, 3), 6.0)
    counts = rng.negative_binomial(2.0, 2.0 / 8.0, (50, 3)).astype(float)
    counts[4, 1] = np.nan
    means[7, 2] = np.nan
    found = spread_around(counts, means)
    y, mu = counts[:, 0].tolist(), means[:, 0].tolist()
    assert found[0] == pytest.approx(naive_spread(y, mu, 50), rel=1e-9)
    kept = [t for t in range(50) if t != 7]
    y, mu = counts[kept, 2].tolist(), means[kept, 2].tolist()
    assert found[2] == pytest.approx(naive_spread(y, mu, 49), rel=1e-9)
    assert np.isnan(spread_around(np.full((4, 1), np.nan), np.ones((4, 1))))[0]


def test_even_counts_have_no_spread():
    counts = np.full((40, 1), 5.0)
    assert fit_seasonal(counts, design_of(40), np.array([np.nan]))[1][0] == 0.0


@pytest.mark.parametrize("series", [[0.0] * 40, [math.nan] * 40, [3.0] * 4 + [math.nan] * 36])
def test_too_little_is_not_fitted(series):
    betas, alphas = fit_seasonal(np.array(series).reshape(-1, 1), design_of(40), np.array([np.nan]))
    assert np.isnan(betas).all() and np.isnan(alphas[0])


def test_columns_that_do_not_tell_apart_are_not_fitted():
    design = np.ones((40, 2))
    betas, alphas = fit_seasonal(np.arange(40.0).reshape(-1, 1), design, np.array([0.1]))
    assert np.isnan(betas).all() and np.isnan(alphas[0])
