"""EARS C1, C2 and C3: is today's count above what the days before let one expect?

Kernels: called by signals.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LAGS = {"C1": 0, "C2": 2, "C3": 2}
THRESHOLDS = {"C1": 3.0, "C2": 3.0, "C3": 2.0}
"""Standard deviations above which each method alarms, as CDC runs them."""


class Aberration(NamedTuple):
    """What one method says of every series at the rows asked for.

    Attributes
    ----------
    upper : float64 array, shape (n_at, n_series)   counts above this alarm; NaN = not computable
    statistic : float64 array, shape (n_at, n_series)
    alarm : bool array, shape (n_at, n_series)
    mean, sd : float64 arrays, shape (n_at, n_series)   of the baseline
    """

    upper: F64
    statistic: F64
    alarm: NDArray[np.bool_]
    mean: F64
    sd: F64


@njit(cache=True, nogil=True)
def _standardised(counts, row, series, baseline, lag, min_sd, min_reported):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """(count - mean) / sd, mean and sd of one series at one row; NaN where not computable."""
    first = row - lag - baseline
    if first < 0:
        return np.nan, np.nan, np.nan
    n = 0
    total = 0.0
    for t in range(first, first + baseline):
        if not math.isnan(counts[t, series]):
            n += 1
            total += counts[t, series]
    if n < min_reported:
        return np.nan, np.nan, np.nan
    mean = total / n
    squares = 0.0
    for t in range(first, first + baseline):
        if not math.isnan(counts[t, series]):
            squares += (counts[t, series] - mean) ** 2
    sd = max(math.sqrt(squares / (n - 1)), min_sd)
    here = counts[row, series]
    if math.isnan(here):
        return np.nan, mean, sd
    if sd > 0.0:
        return (here - mean) / sd, mean, sd
    if here == mean:
        return 0.0, mean, sd
    return (np.inf if here > mean else -np.inf), mean, sd


@njit(cache=True, nogil=True)
def _ears(counts, at, baseline, lag, n_carried, threshold, min_sd, min_reported):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_at, n_series = at.shape[0], counts.shape[1]
    out = np.full((4, n_at, n_series), np.nan)
    alarm = np.zeros((n_at, n_series), np.bool_)
    for k in range(n_at):
        row = at[k]
        for s in range(n_series):
            z, mean, sd = _standardised(counts, row, s, baseline, lag, min_sd, min_reported)
            out[2, k, s] = mean
            out[3, k, s] = sd
            if math.isnan(mean):
                continue
            if n_carried == 0:
                out[0, k, s] = mean + threshold * sd
                out[1, k, s] = z
            else:
                carried = 0.0
                for back in range(1, n_carried + 1):
                    if row - back < 0:
                        continue
                    before, _, _ = _standardised(counts, row - back, s, baseline, lag, min_sd, min_reported)
                    if before > 1.0:  # False for NaN: an unreported day carries nothing
                        carried += before - 1.0
                left = threshold - carried
                out[0, k, s] = mean + (1.0 + left) * sd if left >= 0.0 else 0.0
                if not math.isnan(z):
                    out[1, k, s] = carried + max(0.0, z - 1.0)
            alarm[k, s] = out[1, k, s] > threshold
    return out, alarm


def ears(
    counts: F64,
    *,
    method: str,
    at: NDArray[np.int64] | None = None,
    baseline: int = 7,
    threshold: float | None = None,
    min_sd: float = 0.0,
    min_reported: int = 7,
) -> Aberration:
    """Run one EARS method on many series at once.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   time first; NaN = not reported (never zero)
    method : "C1", "C2" or "C3"
    at : int64 array of row indices to judge; None = every row
    baseline : int, >= 2   number of steps in the baseline
    threshold : float or None   None = 3 standard deviations for C1 and C2, 2 for C3
    min_sd : float, >= 0   floor of the baseline's standard deviation
    min_reported : int, 2..baseline   baselines with fewer reported steps are not computable

    Returns
    -------
    Aberration

    Raises
    ------
    ValueError   the method is not known, an array has the wrong shape, or a row lies outside it

    Notes
    -----
    C1 compares with the ``baseline`` steps just before; C2 leaves two steps between; both are
    (count - mean) / sd with the sample standard deviation. C3 at t is the sum of max(0, C2(i) - 1) over
    i = t-2, t-1, t. ``upper`` of C3 is the count above which today alarms given the two days before; 0
    where these two days alarm by themselves. A zero standard deviation gives an infinite statistic.

    References
    ----------
    .. [1] Hutwagner L. et al. (2003), The bioterrorism preparedness and response Early Aberration
       Reporting System (EARS), J Urban Health 80(2 suppl 1):i89-i96: definitions of C1, C2 and C3.
    """
    counts = np.ascontiguousarray(counts, np.float64)
    if method not in LAGS:
        raise ValueError(f"method: expected one of C1, C2, C3, got {method!r}")
    if counts.ndim != 2:
        raise ValueError(f"counts: expected shape (n_time, n_series), got {counts.shape}")
    if baseline < 2 or not 2 <= min_reported <= baseline:
        raise ValueError(
            f"baseline {baseline} and min_reported {min_reported}: expected 2 <= reported <= baseline"
        )
    rows = np.arange(counts.shape[0], dtype=np.int64) if at is None else np.ascontiguousarray(at, np.int64)
    if rows.size and (rows.min() < 0 or rows.max() >= counts.shape[0]):
        raise ValueError(f"at: rows must lie in [0, {counts.shape[0]})")
    limit = THRESHOLDS[method] if threshold is None else float(threshold)
    out, alarm = _ears(
        counts, rows, baseline, LAGS[method], 2 if method == "C3" else 0, limit, float(min_sd), min_reported
    )
    return Aberration(out[0], out[1], alarm, out[2], out[3])
