"""The serial interval as weights by day: from mean and deviation, as supplied, or drawn where it is
uncertain.

Chapter 5: read by rt.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike
from scipy.special import gammainc, ndtr, ndtri

from fireline.signals.renewal.model import F64, UncertainInterval

SUM_TOLERANCE = 0.01
"""A published serial interval is rounded: its sum may differ from 1 by this much."""
_MOST_REDRAWS = 1_000


def discretise_serial_interval(mean: float, sd: float, *, n_days: int) -> F64:
    """Weights by whole days of a gamma serial interval shifted by one day.

    Parameters
    ----------
    mean, sd : float, days   of the serial interval; mean > 1, sd > 0
    n_days : int, >= 1   lags 0 .. n_days - 1

    Returns
    -------
    float64 array, shape (n_days,)   lag 0 is 0; what lies past the last lag is cut off, so the sum may be < 1

    Raises
    ------
    ValueError   the mean is not above 1 or the deviation not above 0

    Notes
    -----
    Both onsets are known to the day only, so that the weight of k days is the density averaged with a
    triangle over k - 1 .. k + 1; in closed form through the distribution functions of two gammas.

    References
    ----------
    .. [1] Cori A. et al. (2013), doi:10.1093/aje/kwt133, web appendix 11.
    """
    if not (np.isfinite(mean) and np.isfinite(sd)) or mean <= 1 or sd <= 0:
        raise ValueError(f"serial interval: expected mean > 1 and sd > 0 days, got {mean:g} and {sd:g}")
    return _discretised(np.array([mean]), np.array([sd]), max(1, n_days))[0]


def _discretised(mean: F64, sd: F64, n_days: int) -> F64:
    shape, scale = ((mean - 1) / sd) ** 2, sd**2 / (mean - 1)
    x = np.maximum(np.arange(-2, n_days), 0) / scale[:, None]
    below, tilted = gammainc(shape[:, None], x), (mean - 1)[:, None] * gammainc(shape[:, None] + 1, x)
    k = np.arange(n_days)
    found = k * below[:, 2:] + (k - 2) * below[:, :-2] - 2 * (k - 1) * below[:, 1:-1]
    found += 2 * tilted[:, 1:-1] - tilted[:, :-2] - tilted[:, 2:]
    # past the end of the distribution the sum is rounding error only
    weights: F64 = np.where(below[:, :-2] > 1 - 1e-13, 0.0, np.maximum(found, 0.0))
    return weights


def supplied(serial_interval: ArrayLike) -> F64:
    """A serial interval as it was given, refused where it is none."""
    weights = np.asarray(serial_interval, np.float64)
    if weights.ndim != 1 or weights.size < 2:
        raise ValueError(
            f"serial_interval: expected shape (n_lags,) with 2 lags or more, got {weights.shape}"
        )
    if weights[0] != 0 or not (weights >= 0).all():
        raise ValueError("serial_interval: expected 0 at lag 0 and no negative weight")
    if abs(weights.sum() - 1) > SUM_TOLERANCE:
        raise ValueError(f"serial_interval: expected a sum of 1, got {weights.sum():.4f}")
    return weights


def drawn(said: UncertainInterval, *, n_days: int, rng: Generator) -> F64:
    """One serial interval a row, shape (n1, n_days); a deviation above its mean is drawn again."""
    if said.n1 < 2 or said.n2 < 1:
        raise ValueError(f"n1 {said.n1}, n2 {said.n2}: expected at least 2 and 1")
    if said.min_mean_si <= 1 or said.min_std_si <= 0:
        raise ValueError("min_mean_si, min_std_si: expected above 1 day and above 0 days")
    mean = _cut_normal(
        said.mean_si, said.std_mean_si, said.min_mean_si, said.max_mean_si, said.n1, rng, "mean"
    )
    sd = np.full(said.n1, np.inf)
    for _ in range(_MOST_REDRAWS):
        is_wide = sd > mean
        if not is_wide.any():
            return _discretised(mean, sd, n_days)
        n = int(is_wide.sum())
        sd[is_wide] = _cut_normal(
            said.std_si, said.std_std_si, said.min_std_si, said.max_std_si, n, rng, "std"
        )
    raise ValueError("uncertain serial interval: hardly any deviation drawn lies below its mean")


def _cut_normal(mean: float, sd: float, low: float, high: float, n: int, rng: Generator, name: str) -> F64:
    if not low <= mean <= high or sd < 0:
        raise ValueError(
            f"{name} of the serial interval: expected min <= mean <= max and no negative deviation"
        )
    if sd == 0:
        return np.full(n, float(mean))
    bounds = ndtr((np.array([low, high]) - mean) / sd)
    found: F64 = np.clip(mean + sd * ndtri(rng.uniform(bounds[0], bounds[1], n)), low, high)
    return found


def mean_of(draws: F64) -> float:
    """Mean serial interval as far as the weights reach; of several draws the largest."""
    return float((draws * np.arange(draws.shape[1])).sum(axis=1).max())
