"""Quasi-Poisson regression on a factor and a trend: the small fit behind every count baseline.

Kernel: called by kernels.farrington.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

EPSILON = 1e-8
"""A fit has converged when its deviance moves less than this, relative to itself plus 0.1."""
MAX_STEPS = 25
N_TABLE = 2_048
"""Whole counts below this take their logarithms and powers from a table."""
_WHOLE = np.arange(N_TABLE, dtype=np.float64)
TABLE = np.stack(
    [
        np.log(_WHOLE + 0.1) - 0.1 / (_WHOLE + 0.1),
        np.where(_WHOLE > 0, _WHOLE * np.log(np.maximum(_WHOLE, 1.0)), 0.0) - _WHOLE,
        np.cbrt(_WHOLE) ** 2,
    ]
)
"""Of the counts 0, 1, 2 ...: first working response, y log y - y, y^(2/3)."""


class Layout(NamedTuple):
    """Rows of a baseline in order of time; the same for all series.

    Attributes
    ----------
    time : float64 array, shape (n_rows,)   increasing
    run_first : int64 array, shape (n_runs + 1,)   first of each run of rows of one group, one step apart
    run_group : int64 array, shape (n_runs,)   group of each run
    """

    time: F64
    run_first: I64
    run_group: I64


class Room(NamedTuple):
    """One series at its rows, and room to work in; what is written stays until the next fit.

    Attributes
    ----------
    cases, weight, rel, log_rel : float64 arrays, shape (n_rows,)   given; weight 0 = the row is left out;
        rel = people at risk, or ones
    powers : float64 array, shape (3, n_rows)   given, see ``prepare``
    exposure, mean, working : float64 arrays, shape (n_rows,)   weight times people; fitted means; weights of
        the last step
    level, last_level : float64 arrays, shape (n_groups,)   log mean at time 0, and that of the step before
    info, centre : float64 arrays, shape (n_groups,)   sum of the last working weights, their mean time
    sums : float64 array, shape (7, n_groups)   weights, times time, times its square, residuals, times time,
        counts, exposure
    """

    cases: F64
    weight: F64
    rel: F64
    log_rel: F64
    powers: F64
    exposure: F64
    mean: F64
    working: F64
    level: F64
    last_level: F64
    info: F64
    centre: F64
    sums: F64


def room_for(n_rows: int, n_groups: int) -> Room:
    """Empty room for baselines of so many rows and groups."""
    rows, groups = np.ones((7, n_rows)), np.ones((4, n_groups))
    cases, weight, rel, log_rel, exposure, mean, working = rows
    level, last_level, info, centre = groups
    powers, sums = np.ones((3, n_rows)), np.ones((7, n_groups))
    return Room(
        *(cases, weight, rel, log_rel, powers, exposure, mean, working, level, last_level, info, centre, sums)
    )


class Fit(NamedTuple):
    """What a fit says beside the levels of its groups.

    Attributes
    ----------
    has_converged, has_trend : bool
    slope, last_slope : float   growth of the log mean in a step of time, and that of the step before
    spread : float   information on the slope in the last step
    n_used, n_free : int   rows with a weight; rows less coefficients
    """

    has_converged: bool
    has_trend: bool
    slope: float
    last_slope: float
    spread: float
    n_used: int
    n_free: int


@njit(cache=True, nogil=True, error_model="numpy")
def prepare(count, i, powers):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Put what a fit needs of one count into powers[:, i]; see TABLE."""
    whole = int(count) if count < N_TABLE else -1
    if whole == count:
        powers[0, i], powers[1, i], powers[2, i] = TABLE[0, whole], TABLE[1, whole], TABLE[2, whole]
        return
    powers[0, i] = math.log(count + 0.1) - 0.1 / (count + 0.1)
    powers[1, i] = count * math.log(count) - count
    powers[2, i] = count ** (2.0 / 3.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _first_sums(layout, room):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sums of the first step, whose means are the counts plus 0.1."""
    sums, powers = room.sums, room.powers
    for g in range(sums.shape[1]):
        for k in range(sums.shape[0]):
            sums[k, g] = 0.0
    cross, constant, deviance, n_used = 0.0, 0.0, 0.0, 0
    for run in range(layout.run_group.size):
        s0, s1, s2, z0, z1, total, people = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(layout.run_first[run], layout.run_first[run + 1]):
            w, count, t = room.weight[i], room.cases[i], layout.time[i]
            room.exposure[i] = w * room.rel[i]
            if w == 0.0:
                continue
            n_used += 1
            z = powers[0, i] - room.log_rel[i]
            m = w * (count + 0.1)
            s0 += m
            s1 += m * t
            s2 += m * t * t
            z0 += m * z
            z1 += m * z * t
            total += w * count
            people += room.exposure[i]
            cross += w * count * t
            constant += w * (powers[1, i] - count * room.log_rel[i])
            deviance += w * (powers[1, i] + count + 0.1 - count * (powers[0, i] + 0.1 / (count + 0.1)))
        g = layout.run_group[run]
        sums[0, g] += s0
        sums[1, g] += s1
        sums[2, g] += s2
        sums[3, g] += z0
        sums[4, g] += z1
        sums[5, g] += total
        sums[6, g] += people
    return cross, constant, 2.0 * deviance, n_used


@njit(cache=True, nogil=True, error_model="numpy")
def _step(room, slope, with_trend, rest):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """One weighted least squares step; ``rest`` is the sum of residuals times time over all groups."""
    sums, spread, pull = room.sums, 0.0, rest
    for g in range(room.level.size):
        room.info[g], room.centre[g] = sums[0, g], 0.0
        if with_trend and sums[0, g] > 0.0:
            room.centre[g] = sums[1, g] / sums[0, g]
            spread += sums[2, g] - sums[1, g] * room.centre[g]
            pull -= room.centre[g] * sums[3, g]
    move = pull / spread if with_trend and spread > 0.0 else 0.0
    for g in range(room.level.size):
        if sums[0, g] > 0.0:
            room.level[g] += sums[3, g] / sums[0, g] - room.centre[g] * move
    return slope + move, spread


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_sums(layout, room, slope, with_trend):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sums by group of the fitted means, of means times time and of means times squared time."""
    level, sums = room.level, room.sums
    for g in range(level.size):
        sums[0, g], sums[1, g], sums[2, g] = 0.0, 0.0, 0.0
        if not with_trend and sums[6, g] > 0.0:
            sums[0, g] = math.exp(level[g]) * sums[6, g]
    if not with_trend:
        return
    growth = math.exp(slope)
    for run in range(layout.run_group.size):
        g, first = layout.run_group[run], layout.run_first[run]
        s0, s1, s2 = 0.0, 0.0, 0.0
        rate = math.exp(level[g] + slope * layout.time[first])
        for i in range(first, layout.run_first[run + 1]):
            m = room.exposure[i] * rate
            mt = m * layout.time[i]
            s0 += m
            s1 += mt
            s2 += mt * layout.time[i]
            rate *= growth
        sums[0, g] += s0
        sums[1, g] += s1
        sums[2, g] += s2


@njit(cache=True, nogil=True, error_model="numpy")
def _deviance(layout, room, slope, with_trend, cross, constant):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Deviance of the present coefficients, sum of residuals times time; residuals by group into sums[3]."""
    _mean_sums(layout, room, slope, with_trend)
    sums, half, rest = room.sums, constant - slope * cross, cross
    for g in range(room.level.size):
        half += sums[0, g] - room.level[g] * sums[5, g]
        rest -= sums[1, g]
        sums[3, g] = sums[5, g] - sums[0, g]
    return 2.0 * half, rest


@njit(cache=True, nogil=True, error_model="numpy")
def fit(layout, room, with_trend):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Fit log mean = level of the group + slope x time + log rel by iterated weighted least squares.

    The start, the steps and the end are those of R's ``glm``: means begin at the counts plus 0.1, and the
    answer is that of the first step after which the deviance stands still, not the limit.

    Parameters
    ----------
    layout : Layout
    room : Room   levels, their information and centres are left in it
    with_trend : bool

    Returns
    -------
    Fit
    """
    cross, constant, before, n_used = _first_sums(layout, room)
    level, last_level = room.level, room.last_level
    rest, n_free = 0.0, n_used - int(with_trend)
    for g in range(level.size):
        level[g] = 0.0
        rest += room.sums[4, g]
        n_free -= int(room.sums[6, g] > 0.0)
    slope, last_slope, spread, has_converged = 0.0, 0.0, 0.0, False
    for _ in range(MAX_STEPS):
        last_slope = slope
        for g in range(level.size):
            last_level[g] = level[g]
        slope, spread = _step(room, slope, with_trend, rest)
        if with_trend and not spread > 0.0:  # all rows at one time
            break
        deviance, rest = _deviance(layout, room, slope, with_trend, cross, constant)
        n_halved = 0
        while not math.isfinite(deviance) and n_halved < MAX_STEPS:
            n_halved += 1
            slope = 0.5 * (slope + last_slope)
            for g in range(level.size):
                level[g] = 0.5 * (level[g] + last_level[g])
            deviance, rest = _deviance(layout, room, slope, with_trend, cross, constant)
        if not math.isfinite(deviance):
            break
        if abs(deviance - before) < EPSILON * (abs(deviance) + 0.1):
            has_converged = True
            break
        before = deviance
    return Fit(has_converged, with_trend, slope, last_slope, spread, n_used, n_free)
