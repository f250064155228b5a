"""How many cases a day has, from its reports so far and from the days before: a discounted Poisson-gamma
filter.

Kernels: called by signals.renewal.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]


class Levels(NamedTuple):
    """Cases to be expected of each day, given what was reported of it and of the days before.

    Attributes
    ----------
    mean, variance : float64 arrays, shape (n_days,)   of the expected cases of the day, all reports in
    gain : float64 array, shape (n_days,)   share of ``mean`` that rests on the reports of the day itself
    log_likelihood : float   of the days, each predicted from those before; older days count less
    """

    mean: F64
    variance: F64
    gain: F64
    log_likelihood: float


@njit(cache=True, nogil=True)
def _log_negative_binomial(x, mean, variance):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if mean <= 0.0:
        return 0.0 if x == 0.0 else -1e9
    if variance <= mean * (1.0 + 1e-9):
        return x * math.log(mean) - mean - math.lgamma(x + 1.0)
    size = mean * mean / (variance - mean)
    return (
        math.lgamma(x + size)
        - math.lgamma(size)
        - math.lgamma(x + 1.0)
        + size * math.log(size / (size + mean))
        + x * math.log(mean / (size + mean))
    )


@njit(cache=True, nogil=True)
def _levels(reported, seen, discount, growth, dispersion, half_life, first_mean):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_days = reported.shape[0]
    mean, variance, gain = np.zeros(n_days), np.zeros(n_days), np.zeros(n_days)
    shape, rate, total = 1.0, 1.0 / first_mean, 0.0
    for t in range(n_days):
        if t > 0:
            shape, rate = discount * shape, discount * rate * math.exp(-growth)
        expected = seen[t] * shape / rate
        spread = dispersion * expected + (seen[t] / rate) ** 2 * shape
        total += 0.5 ** ((n_days - 1 - t) / half_life) * _log_negative_binomial(reported[t], expected, spread)
        shape, rate = shape + reported[t] / dispersion, rate + seen[t] / dispersion
        mean[t], variance[t], gain[t] = shape / rate, shape / rate**2, seen[t] / dispersion / rate
    return mean, variance, gain, total


def filter_levels(
    reported: F64, seen: F64, *, discount: float, growth: float, dispersion: float, half_life: float
) -> Levels:
    """Expected cases of each day from its own reports and, discounted, from those of the days before.

    Parameters
    ----------
    reported : float64 array, shape (n_days,)   cases reported so far by day of onset
    seen : float64 array, shape (n_days,)   share of the cases of a day that is reported so far
    discount : float, 0..1   what knowledge of a day is worth a day later
    growth : float, per day   log of what the level is multiplied with from day to day
    dispersion : float, >= 1   variance of a count over its mean
    half_life : float, > 0, days   age at which a day counts half in the likelihood

    Returns
    -------
    Levels

    Raises
    ------
    ValueError   the arrays have no one shape, or a setting is not allowed

    Notes
    -----
    The level of a day is gamma distributed; a day later shape and rate are worth ``discount`` of what they
    were, so that the variance grows, and the mean is multiplied with exp(growth). Reports count as
    1/dispersion of as many cases.

    References
    ----------
    .. [1] West M., Harrison J. (1997), Bayesian Forecasting and Dynamic Models, ch. 14: discounted
       Poisson-gamma models.
    """
    reported, seen = np.ascontiguousarray(reported, np.float64), np.ascontiguousarray(seen, np.float64)
    if reported.ndim != 1 or reported.shape != seen.shape:
        raise ValueError(f"reported, seen: expected one shape (n_days,), got {reported.shape}, {seen.shape}")
    if not 0 < discount <= 1 or dispersion < 1 or half_life <= 0:
        raise ValueError(
            "discount, dispersion, half_life: expected 0 < discount <= 1 <= dispersion, half_life > 0"
        )
    whole = seen >= 0.5
    first = reported[whole].sum() / max(seen[whole].sum(), 1e-9) if whole.any() else 0.0
    settings = (float(discount), float(growth), float(dispersion), float(half_life), max(float(first), 0.05))
    return Levels(*_levels(reported, seen, *settings))
