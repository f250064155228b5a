"""Cases of each window and the infectiousness they met: the two sums that the reproduction number needs.

Kernels: called by signals.renewal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
_BLOCK = 512
"""Series worked on together: their recent days stay in the cache."""


class WindowSums(NamedTuple):
    """Sums over every window of every series.

    Attributes
    ----------
    local : float64 array, shape (n_windows, n_series)   cases infected here; NaN = not computable
    force : float64 array, shape (n_windows, n_series)   total infectiousness of all cases before; NaN
        likewise
    """

    local: F64
    force: F64


@njit(cache=True, nogil=True)
def _convolved(total, weights, is_needed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum over lags k >= 1 of weights[k] * total[t - k], at the rows that are needed."""
    n_time, n_series = total.shape
    out = np.zeros((n_time, n_series))
    for low in range(0, n_series, _BLOCK):
        high = min(low + _BLOCK, n_series)
        for t in range(n_time):
            if not is_needed[t]:
                continue
            for k in range(1, min(t, weights.shape[0] - 1) + 1):
                w = weights[k]
                if w == 0.0:
                    continue
                for s in range(low, high):
                    out[t, s] += w * total[t - k, s]
    return out


@njit(cache=True, nogil=True)
def _summed(values, first, last):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum of the rows first..last of each window, both ends counted."""
    out = np.zeros((first.shape[0], values.shape[1]))
    for k in range(first.shape[0]):
        for t in range(first[k], last[k] + 1):
            for s in range(values.shape[1]):
                out[k, s] += values[t, s]
    return out


@njit(cache=True, nogil=True)
def _rows_in(first, last, n_time):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    inside = np.zeros(n_time, np.bool_)
    for k in range(first.shape[0]):
        for t in range(first[k], last[k] + 1):
            inside[t] = True
    return inside


def window_sums(
    total: F64,
    local: F64,
    weights: F64,
    *,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    max_missing: float = 0.0,
    seen: F64 | None = None,
) -> WindowSums:
    """Sum local cases and total infectiousness over windows of many series.

    Parameters
    ----------
    total : float64 array, shape (n_time, n_series)   all cases by day, time first; NaN = not reported
    local : float64 array, shape (n_time, n_series)   those of them that were infected here
    weights : float64 array, shape (n_lags,)   serial interval by lag in days; lag 0 is never used
    first, last : int64 arrays, shape (n_windows,)   first and last row of each window, both counted
    max_missing : float, 0..1   how much of the serial interval may fall on days not reported before a day
    seen : float64 array, shape (n_time,) or None   share of the cases of a day that ``local`` holds; the
        infectiousness of a day counts by it

    Returns
    -------
    WindowSums

    Raises
    ------
    ValueError   an array has the wrong shape, or a window leaves the rows 1 .. n_time - 1

    Notes
    -----
    The total infectiousness of day t is the sum over k >= 1 of weights[k] * total[t - k]. A window is not
    computable (NaN) when one of its own days was not reported, or when for one of its days the days not
    reported carry more than ``max_missing`` of the weight; below that they count as nothing.

    References
    ----------
    .. [1] Cori A. et al. (2013), Am J Epidemiol 178:1505-1512, doi:10.1093/aje/kwt133: the two sums.
    """
    total, local = np.ascontiguousarray(total, np.float64), np.ascontiguousarray(local, np.float64)
    weights = np.ascontiguousarray(weights, np.float64)
    first, last = np.ascontiguousarray(first, np.int64), np.ascontiguousarray(last, np.int64)
    if total.ndim != 2 or local.shape != total.shape or weights.ndim != 1:
        raise ValueError(
            f"total, local, weights: expected shapes (n_time, n_series) twice and (n_lags,), "
            f"got {total.shape}, {local.shape}, {weights.shape}"
        )
    if first.ndim != 1 or first.shape != last.shape:
        raise ValueError(f"first, last: expected one shape (n_windows,), got {first.shape}, {last.shape}")
    if first.size and (first.min() < 1 or last.max() >= total.shape[0] or (last < first).any()):
        raise ValueError(f"windows: expected 1 <= first <= last < {total.shape[0]}")
    if seen is not None and np.shape(seen) != total.shape[:1]:
        raise ValueError(f"seen: expected shape {total.shape[:1]}, got {np.shape(seen)}")
    is_missing = np.isnan(total) | np.isnan(local)
    is_needed = _rows_in(first, last, total.shape[0])
    force = _convolved(np.where(is_missing, 0.0, total), weights, is_needed)
    if seen is not None:
        force *= np.asarray(seen, np.float64)[:, None]
    sums = WindowSums(_summed(np.where(is_missing, 0.0, local), first, last), _summed(force, first, last))
    if is_missing.any():
        unseen = is_missing.astype(np.float64)
        is_lost = (_convolved(unseen, weights, is_needed) > max_missing) | is_missing
        is_unknown = _summed(is_lost.astype(np.float64), first, last) > 0
        for found in sums:
            found[is_unknown] = np.nan
    return sums
