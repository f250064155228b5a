"""Generalised likelihood ratio CUSUM of counts: has their mean risen since some week, by whatever factor?

Kernel: called by signals.detectors.glr_cusum.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
_STEPS = 60
_CLOSE = 1e-9
_LONGEST_STEP = 2.0


class Chart(NamedTuple):
    """What the chart shows at the rows asked for.

    Attributes
    ----------
    statistic : float64 array, shape (n_at, n_series)   NaN before the first row
    upper : float64 array, shape (n_at, n_series)   counts above it would alarm; NaN where not asked for
    alarm : bool array, shape (n_at, n_series)
    """

    statistic: F64
    upper: F64
    alarm: NDArray[np.bool_]


@njit(cache=True, nogil=True, error_model="numpy")
def _gain(y, mean, alpha, first, last, shift):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Log likelihood ratio of mean exp(shift) against mean over rows first .. last, and two derivatives."""
    factor = math.exp(shift)
    value, slope, curve = 0.0, 0.0, 0.0
    for t in range(first, last + 1):
        if math.isnan(y[t]):
            continue
        m = mean[t] * factor
        if alpha == 0.0:
            value += shift * y[t] - (m - mean[t])
            slope += y[t] - m
            curve -= m
            continue
        spread = 1.0 + alpha * m
        excess = math.log1p(alpha * (m - mean[t]) / (1.0 + alpha * mean[t]))
        value += shift * y[t] - (y[t] + 1.0 / alpha) * excess
        slope += (y[t] - m) / spread
        curve -= (1.0 + alpha * y[t]) * m / (spread * spread)
    return value, slope, curve


@njit(cache=True, nogil=True, error_model="numpy")
def _best_gain(y, mean, alpha, first, last, shift):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Largest log likelihood ratio over shifts and where it is: Newton's steps kept inside a bracket."""
    low, high, value = -math.inf, math.inf, 0.0
    for _ in range(_STEPS):
        value, slope, curve = _gain(y, mean, alpha, first, last, shift)
        low, high = (shift, high) if slope > 0.0 else (low, shift)
        move = min(max(-slope / curve, -_LONGEST_STEP), _LONGEST_STEP)
        if abs(move) <= _CLOSE:
            # what is left to gain is of the order of the square of the step
            break
        shift += move
        if not low < shift < high:
            shift = 0.5 * (low + high)
    return value, shift


@njit(cache=True, nogil=True, error_model="numpy")
def _statistic(y, mean, alpha, since, row, window, least, shift, goal):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Largest log likelihood ratio of a change in some row since ``since``; ends early above ``goal``."""
    first = since if window < 0 else max(since, row - window)
    best, warm = 0.0, 0.5
    cases, expected, pull = 0.0, 0.0, 0.0
    for k in range(row, first - 1, -1):
        if not math.isnan(y[k]):
            cases += y[k]
            expected += mean[k]
            pull += (y[k] - mean[k]) / (1.0 + alpha * mean[k])
        if row - k + 1 < least:
            continue
        value = 0.0
        if shift > 0.0:
            value, _, _ = _gain(y, mean, alpha, k, row, shift)
        elif pull > 0.0 and alpha == 0.0:
            value = cases * math.log(cases / expected) - (cases - expected)
        elif pull > 0.0:
            value, warm = _best_gain(y, mean, alpha, k, row, warm)
        best = max(best, value)
        if best >= goal:
            break
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _cases_needed(y, mean, alpha, since, row, window, least, shift, threshold):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Largest count at a row that would not alarm; -1 where the rows before it alarm by themselves."""
    seen = y[row]
    low, high = -1.0, max(8.0, math.ceil(2.0 * mean[row]))
    y[row] = high
    while _statistic(y, mean, alpha, since, row, window, least, shift, threshold) < threshold and high < 1e9:
        low, high = high, 2.0 * high
        y[row] = high
    while high - low > 1.0:
        middle = math.floor(0.5 * (low + high))
        y[row] = middle
        if _statistic(y, mean, alpha, since, row, window, least, shift, threshold) < threshold:
            low = middle
        else:
            high = middle
    y[row] = seen
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _chart(counts, means, alphas, start, asked, threshold, window, least, shift, with_upper, restarts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_time, n_series = counts.shape
    n_at = 0
    for t in range(n_time):
        n_at = max(n_at, asked[t] + 1)
    out = np.full((2, n_at, n_series), np.nan)
    alarm = np.zeros((n_at, n_series), np.bool_)
    y, mean = np.empty(n_time), np.empty(n_time)
    for s in range(n_series):
        for t in range(n_time):
            mean[t] = means[t, s]
            y[t] = counts[t, s] if mean[t] > 0.0 else math.nan
        if not alphas[s] >= 0.0:
            continue
        since = start
        for t in range(start, n_time):
            value = _statistic(y, mean, alphas[s], since, t, window, least, shift, math.inf)
            k = asked[t]
            if k >= 0:
                out[0, k, s] = value
                alarm[k, s] = value >= threshold and not math.isnan(y[t])
                if with_upper and not math.isnan(mean[t]):
                    out[1, k, s] = _cases_needed(
                        y, mean, alphas[s], since, t, window, least, shift, threshold
                    )
            if restarts and value >= threshold and not math.isnan(y[t]):
                since = t + 1
    return out, alarm


def chart(
    counts: F64,
    means: F64,
    alphas: F64,
    *,
    start: int,
    at: I64,
    threshold: float,
    window: int,
    least: int,
    shift: float,
    with_upper: bool,
    restarts: bool,
) -> Chart:
    """Run the chart from ``start`` on and show it at the rows ``at`` (each once, increasing).

    Parameters
    ----------
    counts, means : float64 arrays, shape (n_time, n_series)   NaN = not reported; no mean above 0 = the same
    alphas : float64 array, shape (n_series,)   variance = mean + alpha mean^2; NaN = the series is not judged
    start : int
    at : int64 array, shape (n_at,)
    threshold : float, > 0
    window : int   rows before the judged one in which a change can lie; -1 = all since the last alarm
    least : int, >= 1   fewest rows since a change
    shift : float   log of the factor by which the mean rises; 0 = unknown, the likeliest one
    with_upper : bool
    restarts : bool   an alarm starts the chart anew

    Returns
    -------
    Chart
    """
    asked = np.full(counts.shape[0], -1, np.int64)
    asked[at] = np.arange(at.size)
    last = int(at[-1]) + 1 if at.size else 0
    out, alarm = _chart(
        counts[:last], means[:last], alphas, start, asked[:last], threshold, window, least, shift,
        with_upper, restarts,
    )  # fmt: skip
    return Chart(out[0], out[1], alarm)
