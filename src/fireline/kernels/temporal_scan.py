"""Are the last one, two or three steps together above what was expected of them?

Kernels: called by signals.detectors.temporal.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices
from fireline.kernels.count_tail import first_rare, log_upper_tail

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
_LN10 = math.log(10.0)


class Windows(NamedTuple):
    """What the windows that end at each row say, arrays of shape (n_at, n_series).

    Attributes
    ----------
    upper : float64   counts of the row above this alarm, given the steps before; -1 = these alarm by
        themselves; NaN = no expectation
    score : float64   -log10 of the smallest tail probability over the windows; NaN = row not reported
    window : int64   steps of that window, the shortest of equals; 0 where score is NaN
    enough : bool   the steps looked at for it hold the least number of cases
    """

    upper: F64
    score: F64
    window: I64
    enough: NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _windows(counts, mean, phi, row, s, lengths, log_level):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """upper, log of the smallest tail, its window; of one series at one row."""
    here = counts[row, s]
    upper, rarest, window = math.inf, 1.0, 0
    before, expected, variance = 0.0, 0.0, 0.0
    done = 0
    for i in range(lengths.shape[0]):
        for back in range(done, min(lengths[i], row + 1)):
            t = row - back
            if math.isnan(mean[t, s]) or math.isnan(phi[t, s]) or (back and math.isnan(counts[t, s])):
                continue
            expected += mean[t, s]
            variance += max(phi[t, s], 1.0) * mean[t, s]
            if back:
                before += counts[t, s]
        done = lengths[i]
        spread = variance / expected if expected > 0.0 else 1.0
        upper = min(upper, first_rare(log_level, expected, spread) - 1.0 - before)
        if not math.isnan(here):
            tail = log_upper_tail(before + here, expected, spread)
            if window == 0 or tail < rarest:
                rarest, window = tail, lengths[i]
    return max(upper, -1.0), rarest, window


@njit(cache=True, nogil=True)
def _temporal(counts, mean, phi, at, lengths, log_level, least, least_steps):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    shape = (at.shape[0], counts.shape[1])
    upper, score = np.full(shape, np.nan), np.full(shape, np.nan)
    window, enough = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    for k in range(shape[0]):
        row = at[k]
        for s in range(shape[1]):
            recent = 0.0
            for t in range(max(0, row - least_steps + 1), row + 1):
                if not math.isnan(counts[t, s]):
                    recent += counts[t, s]
            enough[k, s] = recent >= least
            if math.isnan(mean[row, s]) or math.isnan(phi[row, s]):
                continue
            upper[k, s], tail, window[k, s] = _windows(counts, mean, phi, row, s, lengths, log_level)
            if window[k, s]:
                score[k, s] = max(0.0, -tail / _LN10)
    return upper, score, window, enough


def temporal_windows(
    counts: F64,
    *,
    mean: F64,
    phi: F64,
    at: I64,
    lengths: I64,
    log_level: float,
    least: float = 0.0,
    least_steps: int = 1,
) -> Windows:
    """Judge many series at once.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   time first; NaN = not reported
    mean, phi : float64 arrays, shape (n_time, n_series)   expectation and variance over mean; NaN = not known
    at : int64 array, shape (n_at,)   rows to judge
    lengths : int64 array, ascending, >= 1   steps of the windows
    log_level : float, < 0   logarithm of the tail probability from which a window alarms
    least, least_steps : float, int   cases that the last steps must hold

    Returns
    -------
    Windows

    Raises
    ------
    ValueError   shapes differ or a row lies outside

    Notes
    -----
    A step that was not reported, or for which nothing is known to expect, is left out of the observed and
    of the expected side. Sums of independent counts with one phi are of the same law with that phi; where
    phi changes within a window the variance of the sum is kept.
    """
    if counts.ndim != 2 or mean.shape != counts.shape or phi.shape != counts.shape:
        raise ValueError(
            f"counts, mean, phi: expected one shape (n_time, n_series), got {counts.shape}, {mean.shape}, "
            f"{phi.shape}"
        )
    require_indices(at, counts.shape[0], label="at")
    return Windows(
        *_temporal(
            counts, mean, phi, at, lengths, float(log_level), float(least), least_steps,
        )
    )  # fmt: skip
