"""The growth rate of recent counts and how surely it is known: a small Bayesian regression for each series.

Kernels: called by signals.renewal.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
_MOST_STEPS = 40
_STILL = 1e-8
_LEVEL_SD = 5.0
"""Prior deviation of the log level around the log of the mean count: wide enough to say nothing."""


class Growth(NamedTuple):
    """Posterior of the daily growth rate at the rows asked for, each array of shape (n_at, n_series).

    Attributes
    ----------
    mean, sd : float64   per day; NaN = not computable
    low, median, high : float64   quantiles of the posterior
    above, below : float64   probability of a rate above the band, and of one below minus the band
    rising : float64   probability of a rate above zero
    n_cases : float64   cases of the window
    """

    mean: F64
    sd: F64
    low: F64
    median: F64
    high: F64
    above: F64
    below: F64
    rising: F64
    n_cases: F64


@njit(cache=True, nogil=True)
def _log_posterior(y, x, day, shift, theta, centre, phi, tau, rate_sd, lead):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Log posterior of level, rate and weekday effects; ``lead`` holds the terms that only phi changes."""
    found = lead - 0.5 * ((theta[0] - centre) / _LEVEL_SD) ** 2 - 0.5 * (theta[1] / rate_sd) ** 2
    found -= math.log(rate_sd)
    if tau > 0.0:
        for w in range(7):
            found -= 0.5 * (theta[2 + w] / tau) ** 2
        found -= 7.0 * math.log(tau)
    for i in range(y.shape[0]):
        eta = theta[0] + theta[1] * x[i] + theta[2 + day[i]] + shift[i]
        mu = math.exp(eta)
        if phi > 0.0:
            found += y[i] * eta - (y[i] + 1.0 / phi) * math.log1p(phi * mu)
        else:
            found += y[i] * eta - mu
    return found


@njit(cache=True, nogil=True)
def _lead(y, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Terms of the log likelihood of a negative binomial that do not depend on the mean."""
    if phi == 0.0:
        return 0.0
    k = 1.0 / phi
    found = y.shape[0] * -math.lgamma(k)
    for i in range(y.shape[0]):
        found += math.lgamma(y[i] + k) + y[i] * math.log(phi)
    return found


@njit(cache=True, nogil=True)
def _step(y, x, day, shift, theta, centre, phi, tau, rate_sd, step, w):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Newton step into ``step``; variance of the rate and log determinant of the second derivatives.

    Each day has one weekday only, so the block of weekdays is diagonal and is eliminated first. ``w`` is room
    for gradient, curvature, and curvature with level and rate of the seven weekdays.
    """
    g0, g1 = -(theta[0] - centre) / _LEVEL_SD**2, -theta[1] / rate_sd**2
    h00, h10, h11 = 1.0 / _LEVEL_SD**2, 0.0, 1.0 / rate_sd**2
    if tau > 0.0:
        for j in range(7):
            w[0, j], w[1, j], w[2, j], w[3, j] = -theta[2 + j] / tau**2, 1.0 / tau**2, 0.0, 0.0
    for i in range(y.shape[0]):
        mu = math.exp(theta[0] + theta[1] * x[i] + theta[2 + day[i]] + shift[i])
        pull = (y[i] - mu) / (1.0 + phi * mu)
        bend = mu * (1.0 + phi * y[i]) / (1.0 + phi * mu) ** 2
        g0 += pull
        g1 += pull * x[i]
        h00 += bend
        h10 += bend * x[i]
        h11 += bend * x[i] * x[i]
        if tau > 0.0:
            w[0, day[i]] += pull
            w[1, day[i]] += bend
            w[2, day[i]] += bend
            w[3, day[i]] += bend * x[i]
    logdet = 0.0
    if tau > 0.0:
        for j in range(7):
            logdet += math.log(w[1, j])
            g0 -= w[2, j] * w[0, j] / w[1, j]
            g1 -= w[3, j] * w[0, j] / w[1, j]
            h00 -= w[2, j] ** 2 / w[1, j]
            h10 -= w[2, j] * w[3, j] / w[1, j]
            h11 -= w[3, j] ** 2 / w[1, j]
    det = h00 * h11 - h10 * h10
    step[0] = (h11 * g0 - h10 * g1) / det
    step[1] = (h00 * g1 - h10 * g0) / det
    if tau > 0.0:
        for j in range(7):
            step[2 + j] = (w[0, j] - w[2, j] * step[0] - w[3, j] * step[1]) / w[1, j]
    return h00 / det, logdet + math.log(det)


@njit(cache=True, nogil=True)
def _fit(y, x, day, shift, centre, phi, tau, rate_sd, theta, room):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Climb to the mode from theta; rate, its deviation and the log evidence around the mode."""
    p = 9 if tau > 0.0 else 2
    lead = _lead(y, phi)
    here = _log_posterior(y, x, day, shift, theta, centre, phi, tau, rate_sd, lead)
    step, tried, w = room[0], room[1], room[2:]
    for _ in range(_MOST_STEPS):
        _step(y, x, day, shift, theta, centre, phi, tau, rate_sd, step, w)
        size, moved = 1.0, 0.0
        while True:
            for j in range(p):
                tried[j] = theta[j] + size * step[j]
            there = _log_posterior(y, x, day, shift, tried, centre, phi, tau, rate_sd, lead)
            if there >= here or size < 1e-4:
                break
            size *= 0.5
        for j in range(p):
            moved = max(moved, abs(tried[j] - theta[j]))
            theta[j] = tried[j]
        here = there
        if moved < _STILL:
            break
    variance, logdet = _step(y, x, day, shift, theta, centre, phi, tau, rate_sd, step, w)
    return theta[1], math.sqrt(variance), here - 0.5 * logdet


@njit(cache=True, nogil=True)
def _share_below(x, rate, sd, weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    found = 0.0
    for c in range(rate.shape[0]):
        found += weight[c] * 0.5 * math.erfc((rate[c] - x) / (sd[c] * 1.4142135623730951))
    return found


@njit(cache=True, nogil=True)
def _quantile(share, rate, sd, weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The rate below which a share of the mixture lies, by bisection."""
    low, high = rate[0] - 9.0 * sd[0], rate[0] + 9.0 * sd[0]
    for c in range(rate.shape[0]):
        low, high = min(low, rate[c] - 9.0 * sd[c]), max(high, rate[c] + 9.0 * sd[c])
    for _ in range(44):
        middle = 0.5 * (low + high)
        if _share_below(middle, rate, sd, weight) < share:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@njit(cache=True, nogil=True)
def _posterior(y, x, day, shift, dispersions, weekday_sds, rate_sds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Rate, deviation and weight of every combination of dispersion, weekday spread and prior of the rate."""
    n = dispersions.shape[0] * weekday_sds.shape[0] * rate_sds.shape[0]
    rate, sd, weight = np.empty(n), np.empty(n), np.empty(n)
    theta, room = np.zeros(9), np.zeros((6, 9))
    total = 0.0
    for i in range(y.shape[0]):
        total += y[i]
    centre = math.log(total / y.shape[0] + 0.5)
    c = 0
    for tau in weekday_sds:
        for j in range(9):
            theta[j] = centre if j == 0 else 0.0
        for rate_sd in rate_sds:
            for phi in dispersions:  # each begins where the one before ended
                rate[c], sd[c], weight[c] = _fit(y, x, day, shift, centre, phi, tau, rate_sd, theta, room)
                c += 1
    best, whole = weight[0], 0.0
    for c in range(n):
        best = max(best, weight[c])
    for c in range(n):
        weight[c] = math.exp(weight[c] - best)
        whole += weight[c]
    for c in range(n):
        weight[c] /= whole
    return rate, sd, weight


@njit(cache=True, nogil=True)
def _moments(rate, sd, weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Mean and deviation of the mixture."""
    mean, variance = 0.0, 0.0
    for c in range(rate.shape[0]):
        mean += weight[c] * rate[c]
    for c in range(rate.shape[0]):
        variance += weight[c] * (sd[c] ** 2 + (rate[c] - mean) ** 2)
    return mean, math.sqrt(variance)


@njit(cache=True, nogil=True)
def _growth(counts, weekday, log_seen, at, n_days, min_reported, phis, taus, spreads, band, tail):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_at, n_series = at.shape[0], counts.shape[1]
    out = np.full((9, n_at, n_series), np.nan)
    y, x, shift, day = np.empty(n_days), np.empty(n_days), np.empty(n_days), np.empty(n_days, np.int64)
    for k in range(n_at):
        first = at[k] - n_days + 1
        if first < 0:
            continue
        for s in range(n_series):
            n = 0
            for t in range(first, at[k] + 1):
                if not math.isnan(counts[t, s]):
                    y[n], x[n], day[n] = counts[t, s], t - first - 0.5 * (n_days - 1), weekday[t]
                    shift[n] = log_seen[t]
                    n += 1
            if n < min_reported:
                continue
            rate, sd, weight = _posterior(y[:n], x[:n], day[:n], shift[:n], phis, taus, spreads)
            out[0, k, s], out[1, k, s] = _moments(rate, sd, weight)
            out[2, k, s] = _quantile(tail, rate, sd, weight)
            out[3, k, s] = _quantile(0.5, rate, sd, weight)
            out[4, k, s] = _quantile(1.0 - tail, rate, sd, weight)
            out[5, k, s] = 1.0 - _share_below(band, rate, sd, weight)
            out[6, k, s] = _share_below(-band, rate, sd, weight)
            out[7, k, s] = 1.0 - _share_below(0.0, rate, sd, weight)
            out[8, k, s] = 0.0
            for i in range(n):
                out[8, k, s] += y[i]
    return out


def growth(
    counts: F64,
    *,
    weekday: I64,
    at: I64,
    n_days: int,
    dispersions: F64,
    weekday_sds: F64,
    rate_sds: F64,
    band: float,
    min_reported: int,
    tail: float = 0.05,
    seen: F64 | None = None,
) -> Growth:
    """Posterior of the growth rate over the last days of many series.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   whole numbers, time first; NaN = not reported
    weekday : int64 array, shape (n_time,)   0..6 by row; only equality counts
    at : int64 array, shape (n_at,)   last row of each window
    n_days : int, >= 3   rows of a window
    dispersions : float64 array   values of phi that are averaged over; variance = mean + phi mean^2
    weekday_sds : float64 array   deviations of the weekday effects on the log scale; 0 = no such effect
    rate_sds : float64 array   prior deviations of the rate, per day, around 0; all above 0
    band : float, >= 0   rates within the band, up or down, count as stable
    min_reported : int   windows with fewer reported rows are not computable
    tail : float, 0..0.5   share on each side of (low, high)
    seen : float64 array, shape (n_time,) or None   share of the cases of a day that is in ``counts``, > 0

    Returns
    -------
    Growth

    Raises
    ------
    ValueError   an array has the wrong shape, a row lies outside, or a setting is not allowed

    Notes
    -----
    log mean = level + rate * day + weekday effect + log seen, counts negative binomial. For each
    combination of dispersion, weekday spread and prior of the rate the posterior of the rate is taken as
    normal around its mode (Laplace), and the combinations are weighted by their evidence; all are equally
    likely beforehand.
    """
    counts = np.ascontiguousarray(counts, np.float64)
    weekday, at = np.ascontiguousarray(weekday, np.int64), np.ascontiguousarray(at, np.int64)
    if counts.ndim != 2 or weekday.shape != counts.shape[:1]:
        raise ValueError(
            f"counts, weekday: expected shapes (n_time, n_series) and (n_time,), got {counts.shape}, "
            f"{weekday.shape}"
        )
    if weekday.size and (weekday.min() < 0 or weekday.max() > 6):
        raise ValueError("weekday: expected values 0..6")
    if at.ndim != 1 or (at.size and (at.min() < 0 or at.max() >= counts.shape[0])):
        raise ValueError(f"at: rows must lie in [0, {counts.shape[0]})")
    if n_days < 3 or not 3 <= min_reported <= n_days:
        raise ValueError(f"n_days {n_days} and min_reported {min_reported}: expected 3 <= reported <= days")
    if band < 0 or not 0 < tail < 0.5:
        raise ValueError(f"band {band}, tail {tail}: expected band >= 0, 0 < tail < 0.5")
    phis, taus, spreads = (np.ascontiguousarray(g, np.float64) for g in (dispersions, weekday_sds, rate_sds))
    if any(not g.size or g.min() < 0 for g in (phis, taus, spreads)) or spreads.min() <= 0:
        raise ValueError(
            "dispersions, weekday_sds, rate_sds: expected one value or more each, none negative, no "
            "rate_sd of 0"
        )
    shares = np.ones(counts.shape[0]) if seen is None else np.asarray(seen, np.float64)
    if shares.shape != weekday.shape or not (shares > 0).all():
        raise ValueError(f"seen: expected shape {weekday.shape} and shares above 0")
    out = _growth(
        counts,
        weekday,
        np.log(shares),
        at,
        n_days,
        min_reported,
        phis,
        taus,
        spreads,
        float(band),
        float(tail),
    )
    return Growth(*out)
