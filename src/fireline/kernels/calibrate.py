"""What a surprise is worth: tail probabilities mapped through what the same stream showed before.

Kernels: called by signals.calibration.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

N_BINS = 200
_N_TAIL_BINS = 4
TAIL = _N_TAIL_BINS / N_BINS
"""Below this probability there are too few figures to count: a power law is fitted to them instead."""
_PRIOR = 200.0
_TAIL_PRIOR = 20.0
_LEAST_POWER, _MOST_POWER = 0.2, 1.5
LEAST_P = 1e-12
_RUN_LENGTH, _RUN_SHARE, _RUN_P = 5, 3, 0.01


class Calibrated(NamedTuple):
    """Calibrated tail probabilities.

    Attributes
    ----------
    reference, asked : float64 arrays, shape (n_time, n_series)   mapped values of the two inputs
    n_known : float64 array, shape (n_time, n_groups)   figures in the map, older ones counting less
    power : float64 array, shape (n_time, n_groups)   of the tail; 1 = as heavy as modelled, less = heavier
    """

    reference: F64
    asked: F64
    n_known: F64
    power: F64


@njit(cache=True, nogil=True)
def _quiet(p, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_time, n_series = p.shape
    row = np.empty(n_time, np.int64)
    for s in range(n_series):
        n = 0
        for t in range(n_time):
            if not math.isnan(p[t, s]):
                row[n] = t
                n += 1
        for i in range(n):
            n_small = 0
            for k in range(i, min(i + _RUN_LENGTH, n)):
                n_small += p[row[k], s] < _RUN_P
            if n_small >= _RUN_SHARE:
                for k in range(i, min(i + _RUN_LENGTH, n)):
                    out[row[k], s] = False


def quiet(p: F64) -> NDArray[np.bool_]:
    """Where a series is not in a run of surprises.

    Parameters
    ----------
    p : float64 array, shape (n_time, n_series)   tail probabilities; NaN = none

    Returns
    -------
    bool array, shape (n_time, n_series)   False within five reported steps of which three or more have
        p < 0.01 (by chance, one window in 100,000); such a run is an outbreak or a fault, not a reference
    """
    p = np.ascontiguousarray(p, np.float64)
    if p.ndim != 2:
        raise ValueError(f"p: expected shape (n_time, n_series), got {p.shape}")
    out = np.ones(p.shape, np.bool_)
    _quiet(p, out)
    return out


@njit(cache=True, nogil=True)
def _mapped(p, below, total, power):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """One probability through the cumulative histogram ``below``, with a power law in the tail."""
    if math.isnan(p):
        return np.nan
    p = min(max(p, LEAST_P), 1.0)
    if p < TAIL:
        return max(below[_N_TAIL_BINS] / total * (p / TAIL) ** power, LEAST_P)
    at = p * N_BINS
    k = min(int(at), N_BINS - 1)
    return (below[k] + (at - k) * (below[k + 1] - below[k])) / total


@njit(cache=True, nogil=True)
def _prospective(reference, asked, is_quiet, group, n_groups, hold, keep, out, n_known, powers):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_time, n_series = reference.shape
    counted = np.full((n_groups, N_BINS), _PRIOR / N_BINS)
    logs, n_logs = np.full(n_groups, _TAIL_PRIOR), np.full(n_groups, _TAIL_PRIOR)
    n = np.zeros(n_groups)
    below = np.zeros((n_groups, N_BINS + 1))
    for t in range(n_time):
        for g in range(n_groups):
            if t >= hold[g]:
                n[g] *= keep[g]
                logs[g] = _TAIL_PRIOR + keep[g] * (logs[g] - _TAIL_PRIOR)
                n_logs[g] = _TAIL_PRIOR + keep[g] * (n_logs[g] - _TAIL_PRIOR)
                for k in range(N_BINS):
                    counted[g, k] = _PRIOR / N_BINS + keep[g] * (counted[g, k] - _PRIOR / N_BINS)
        for s in range(n_series):
            g = group[s]
            u = t - hold[g]
            if u < 0 or math.isnan(reference[u, s]) or not is_quiet[u, s]:
                continue
            p = min(max(reference[u, s], LEAST_P), 1.0)
            counted[g, min(int(p * N_BINS), N_BINS - 1)] += 1.0
            n[g] += 1.0
            if p < TAIL:
                logs[g] += math.log(TAIL / p)
                n_logs[g] += 1.0
        for g in range(n_groups):
            for k in range(N_BINS):
                below[g, k + 1] = below[g, k] + counted[g, k]
            n_known[t, g] = n[g]
            powers[t, g] = min(max(n_logs[g] / logs[g], _LEAST_POWER), _MOST_POWER)
        for s in range(n_series):
            g = group[s]
            total = n[g] + _PRIOR
            out[0, t, s] = _mapped(reference[t, s], below[g], total, powers[t, g])
            out[1, t, s] = _mapped(asked[t, s], below[g], total, powers[t, g])


def calibrate(
    reference: F64,
    asked: F64,
    is_quiet: NDArray[np.bool_],
    *,
    group: I64,
    n_groups: int,
    hold: int | I64 = 7,
    memory: float | F64 = 365.0,
) -> Calibrated:
    """Map tail probabilities through those that the same group showed in its quiet past.

    Parameters
    ----------
    reference : float64 array, shape (n_time, n_series)   randomised tail probabilities, which are uniform
        where the model holds; NaN = none. They build the map and are mapped themselves, as its check
    asked : float64 array, shape (n_time, n_series)   tail probabilities to map
    is_quiet : bool array, shape (n_time, n_series)   figures that may build the map
    group : int64 array, shape (n_series,)   stream of each series; one map each
    n_groups : int
    hold : int, or int64 array, shape (n_groups,), >= 1   steps after which a figure joins the map
    memory : float, or float64 array, shape (n_groups,), > 1   steps over which a map forgets

    Returns
    -------
    Calibrated

    Raises
    ------
    ValueError   shapes differ, a group is out of range, or hold < 1

    Notes
    -----
    The map is the empirical distribution in 200 bins, linear within a bin, beginning with the weight of 200
    uniform figures. Below 0.02 it is share(0.02) x (p / 0.02) ** power, the power by maximum likelihood
    from the figures there (Hill's estimator), shrunk to 1 with the weight of 20. Only figures of ``hold``
    or more steps before are used: every value stands as it could be known on its day.

    References
    ----------
    .. [1] Hill B. (1975), A simple general approach to inference about the tail of a distribution, Ann Stat
       3:1163-1174, doi:10.1214/aos/1176343247.
    """
    reference, asked = (np.ascontiguousarray(a, np.float64) for a in (reference, asked))
    group = np.ascontiguousarray(group, np.int64)
    if reference.ndim != 2:
        raise ValueError(f"reference: expected shape (n_time, n_series), got {reference.shape}")
    for label, shape in (("asked", asked.shape), ("is_quiet", is_quiet.shape)):
        if shape != reference.shape:
            raise ValueError(f"{label}: expected shape {reference.shape}, got {shape}")
    if group.shape != (reference.shape[1],):
        raise ValueError(f"group: expected shape ({reference.shape[1]},), got {group.shape}")
    require_indices(group, n_groups, label="group")
    keep = np.ascontiguousarray(np.broadcast_to(1.0 - 1.0 / np.asarray(memory, np.float64), (n_groups,)))
    if not np.all((keep > 0) & (keep <= 1)):
        raise ValueError(f"memory: expected more than 1, got {memory}")
    wait = np.ascontiguousarray(np.broadcast_to(np.asarray(hold, np.int64), (n_groups,)))
    if np.any(wait < 1):
        raise ValueError(f"hold: expected 1 or more, got {hold}")
    out = np.empty((2, *reference.shape))
    n_known = np.empty((reference.shape[0], n_groups))
    powers = np.empty((reference.shape[0], n_groups))
    _prospective(
        reference,
        asked,
        np.ascontiguousarray(is_quiet),
        group,
        n_groups,
        wait,
        keep,
        out,
        n_known,
        powers,
    )
    return Calibrated(out[0], out[1], n_known, powers)
