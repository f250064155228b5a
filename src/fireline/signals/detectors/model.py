"""What every detector says of the series it looked at.

Chapter 5: read by all detectors and by what joins them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Detection:
    """One detector's answer; all arrays have the shape (n_at, n_series), rows in the order asked for.

    Attributes
    ----------
    mu0 : float64   count expected where nothing happens; NaN = no baseline
    phi : float64   variance over mean around it, >= 1; NaN where the method states none
    upper : float64   counts above it alarm; NaN = not computable, or not enough cases to alarm at all
    statistic : float64   what the method compares, higher = stranger; see each method
    p_value : float64   probability of a count at least as high where nothing happens; NaN where the method
        states none
    alarm : bool   False where anything needed is NaN
    enough : bool   there were cases and rows enough to judge
    trend : bool   the expected count follows a trend
    """

    mu0: F64
    phi: F64
    upper: F64
    statistic: F64
    p_value: F64
    alarm: Mask
    enough: Mask
    trend: Mask


def check(counts: F64, at: I64) -> tuple[F64, I64]:
    """Counts and rows as the kernels take them.

    Parameters
    ----------
    counts : array, shape (n_time, n_series)   time first; NaN = not reported
    at : array of rows, 0-based, in any order

    Returns
    -------
    counts : float64 array, C order; at : int64 array

    Raises
    ------
    ValueError   the shape is wrong, a count is negative or infinite (its row is named), or a row lies outside
    """
    counts = np.ascontiguousarray(counts, np.float64)
    if counts.ndim != 2:
        raise ValueError(f"counts: expected shape (n_time, n_series), got {counts.shape}")
    if counts.size and not (np.nanmin(counts, initial=0.0) >= 0 and np.nanmax(counts, initial=0.0) < np.inf):
        wrong = (counts < 0) | np.isinf(counts)
        raise ValueError(f"counts: row {int(np.argwhere(wrong)[0][0])} holds a negative or infinite count")
    rows = np.atleast_1d(np.asarray(at))
    if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
        raise ValueError("at: expected one dimension of whole row numbers")
    rows = rows.astype(np.int64)
    if rows.size and (rows.min() < 0 or rows.max() >= counts.shape[0]):
        raise ValueError(f"at: rows must lie in [0, {counts.shape[0]})")
    return counts, rows
