"""How much of a sum over units stands behind each of its days: a unit that is missing is no fall.

Chapter 1: pure arrays in and out; read by store.coverage, which hands it on with the counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

LEAST = 0.5
"""A day on which units came that usually give less than this of what was due is a gap, not a number."""
_ROUNDS = 30
_PRIOR = 0.5
"""Added to a unit's sum, so that one that counted nothing so far keeps a weight."""


def weights(figure: F64) -> F64:
    """What each unit usually gives, beside the others of the same days.

    Parameters
    ----------
    figure : float64 array, shape (n_days, n_units)   NaN = not reported

    Returns
    -------
    float64 array, shape (n_units,)   on the scale of a middle day; 0 for a unit that never reported

    Notes
    -----
    Unit times day, fitted by turns to the margins (the Poisson fit of a two-way table with empty cells): a
    day on which all units are high moves the day, not the units, so a unit that only reported in winter is
    not taken for a large one, and one that begins is worth what it brings.
    """
    known = np.isfinite(figure)
    value = np.where(known, figure, 0.0)
    n = known.sum(axis=0)
    unit = np.where(n > 0, (value.sum(axis=0) + _PRIOR) / np.maximum(n, 1), 0.0)
    for _ in range(_ROUNDS):
        behind = known @ unit
        day = np.where(behind > 0, value.sum(axis=1) / np.where(behind > 0, behind, 1.0), 0.0)
        expected = known.T.astype(np.float64) @ day
        unit = np.where(n > 0, (value.sum(axis=0) + _PRIOR) / (expected + _PRIOR), 0.0)
    return np.asarray(unit, np.float64)


def coverage(figure: F64, is_due: Bool, *, least: float = LEAST) -> F64:
    """Share of the usual sum of the newest whole day that stands behind each day.

    Parameters
    ----------
    figure : float64 array, shape (n_days, n_units)   NaN = not reported
    is_due : bool array of the same shape   the unit owed a figure for that day
    least : float   share of what was due below which a day is a gap

    Returns
    -------
    float64 array, shape (n_days,)   1 = the units of the newest whole day; NaN = gap

    Raises
    ------
    ValueError   the shapes differ

    Notes
    -----
    A unit that began later makes earlier days smaller than 1, one that ended makes them larger. A figure that
    nobody owed counts like any other. Weights are those of all days up to the newest, not of each day's past:
    they say how large units are beside each other, which one day hardly moves.
    """
    if figure.shape != is_due.shape or figure.ndim != 2:
        raise ValueError(f"is_due: expected shape {figure.shape}, got {is_due.shape}")
    unit = weights(figure)
    came = np.isfinite(figure)
    behind = came @ unit
    due = (is_due & ~came) @ unit + behind
    is_whole = (behind > 0) & (behind >= least * due)
    full = np.flatnonzero(is_whole & (behind >= due * (1 - 1e-9)))
    whole = full if full.size else np.flatnonzero(is_whole)
    if not whole.size:
        return np.full(figure.shape[0], np.nan)
    return np.where(is_whole, behind / behind[whole[-1]], np.nan)
