"""Farrington's method in its flexible form: is this week's count above what the years before let one expect?

Kernel: called by signals.detectors.farrington.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.count_glm import F64, I64, Layout, fit, prepare, room_for
from fireline.kernels.count_law import quantile, upper_tail

DELTA, NB_PLUGIN, MU_AN = 0, 1, 2
_BLOCK = 32
"""Series whose counts are brought together before they are fitted: memory is read a line at a time."""
_SQRT_HALF = math.sqrt(0.5)


class Baseline(NamedTuple):
    """Rows that one row is judged by; the same for all series.

    Attributes
    ----------
    row : int64 array, shape (n_rows,)   increasing
    layout : Layout   time in steps from the judged row, negative; groups are seasons, the judged row in 0
    n_groups : int
    """

    row: I64
    layout: Layout
    n_groups: int


class Rules(NamedTuple):
    """Options of the method; ``signals.detectors.farrington_flexible`` says what they mean.

    Attributes
    ----------
    t_critical : float64 array   smallest |t| of a trend that is kept, by degrees of freedom; empty = no trend
    weights_threshold : float   infinite = nothing is weighed down
    is_published : bool   variances of the paper, not those of R's function
    method : int, DELTA, NB_PLUGIN or MU_AN
    power : float   of the transformation behind DELTA
    alpha, z : float   level and its normal quantile
    least, period : int   fewer cases than ``least`` in ``period`` rows never alarm
    """

    t_critical: F64
    weights_threshold: float
    is_published: bool
    method: int
    power: float
    alpha: float
    z: float
    least: int
    period: int


class Judged(NamedTuple):
    """What the method says of every series at one row, arrays of shape (n_series,).

    Attributes
    ----------
    mu0, phi : float64   expected count and variance over mean; NaN = no baseline
    upper : float64   counts above it alarm; NaN = not computable or not enough cases
    p_value : float64   probability of a count at least as high
    alarm, enough, has_trend : bool
    """

    mu0: F64
    phi: F64
    upper: F64
    p_value: F64
    alarm: NDArray[np.bool_]
    enough: NDArray[np.bool_]
    has_trend: NDArray[np.bool_]


@njit(cache=True, nogil=True, error_model="numpy")
def _dispersion(layout, room, made):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum of squared Pearson residuals over degrees of freedom; leaves means and working weights behind."""
    growth, last_growth = math.exp(made.slope), math.exp(made.last_slope)
    total = 0.0
    for run in range(layout.run_group.size):
        g, first = layout.run_group[run], layout.run_first[run]
        now = math.exp(room.level[g] + made.slope * layout.time[first])
        last = math.exp(room.last_level[g] + made.last_slope * layout.time[first])
        for i in range(first, layout.run_first[run + 1]):
            mean, working = now * room.rel[i], last * room.exposure[i]
            room.mean[i], room.working[i] = mean, working
            if working > 0.0:
                off = (room.cases[i] - mean) / mean
                total += working * off * off
            now *= growth
            last *= last_growth
    return total / made.n_free if made.n_free > 0 else math.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _share(count, two_thirds, mean, free, threshold):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """One over the square of the standardised Anscombe residual where that is above the threshold; else 1."""
    # (count - mean)^2 / mean is never below the squared residual and costs no root
    if free <= 0.0 or count <= mean or (count - mean) ** 2 <= threshold * threshold * free * mean:
        return 1.0
    root = math.sqrt(mean)
    residual = 1.5 * (two_thirds / np.cbrt(root) - root)
    return free / (residual * residual) if residual > threshold * math.sqrt(free) else 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh_down(layout, room, made, phi, threshold):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Weights that take back rows with residuals above the threshold; they sum to the number of rows."""
    total = 0.0
    for run in range(layout.run_group.size):
        g = layout.run_group[run]
        for i in range(layout.run_first[run], layout.run_first[run + 1]):
            if room.weight[i] == 0.0:
                continue
            lever = 1.0 / room.info[g]
            if made.has_trend:
                lever += (layout.time[i] - room.centre[g]) ** 2 / made.spread
            free = phi * (1.0 - room.working[i] * lever)
            room.weight[i] = _share(room.cases[i], room.powers[2, i], room.mean[i], free, threshold)
            total += room.weight[i]
    for i in range(room.weight.size):
        room.weight[i] *= made.n_used / total


@njit(cache=True, nogil=True, error_model="numpy")
def _working_dispersion(room, made):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Weighted sum of squared working residuals over degrees of freedom."""
    total = 0.0
    for i in range(room.weight.size):
        if room.weight[i] > 0.0:
            off = (room.cases[i] - room.mean[i]) / room.mean[i]
            total += room.weight[i] * off * off
    return total / made.n_free


@njit(cache=True, nogil=True, error_model="numpy")
def _model(layout, room, with_trend, rules):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Fit, weigh past outbreaks down, fit again; gives the fit, its dispersion and that of its variances."""
    for i in range(room.weight.size):
        room.weight[i] = 1.0 if room.weight[i] > 0.0 else 0.0
    is_weighed = False
    while True:
        made = fit(layout, room, with_trend)
        if with_trend and not is_weighed and not made.has_converged:
            return made, math.nan, math.nan
        raw = _dispersion(layout, room, made)
        phi = max(raw, 1.0)
        if is_weighed or not math.isfinite(rules.weights_threshold) or not raw > 0.0:
            break
        _weigh_down(layout, room, made, phi, rules.weights_threshold)
        is_weighed = True
    if rules.is_published:
        raw = phi
    elif is_weighed:
        raw = _working_dispersion(room, made)
    return made, phi, raw


@njit(cache=True, nogil=True, error_model="numpy")
def _is_kept(room, made, spread, mean, n_years, t_critical):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether a trend is steep enough, long enough, and expects no more than was ever seen."""
    highest = 0.0
    for i in range(room.weight.size):
        if room.weight[i] > 0.0:
            highest = max(highest, room.cases[i])
    error = math.sqrt(spread / made.spread)
    return n_years >= 3 and mean <= highest and abs(made.slope) > t_critical[max(made.n_free, 0)] * error


@njit(cache=True, nogil=True, error_model="numpy")
def _expect(layout, room, here, n_years, rules):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Expected count, standard error of its logarithm, dispersion and whether a trend was kept."""
    with_trend = rules.t_critical.size > 0
    while True:
        made, phi, spread = _model(layout, room, with_trend, rules)
        mean, error = here * math.exp(room.level[0]), 1.0 / room.info[0]
        if not with_trend:
            return mean, math.sqrt(spread * error), phi, False
        if not math.isnan(phi) and _is_kept(room, made, spread, mean, n_years, rules.t_critical):
            error += room.centre[0] ** 2 / made.spread
            return mean, math.sqrt(spread * error), phi, True
        with_trend = False


@njit(cache=True, nogil=True, error_model="numpy")
def _bound(count, mean, error, phi, rules):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Upper bound and the probability of a count at least as high."""
    if rules.method == DELTA:
        sd = math.sqrt(phi * mean + (error * mean) ** 2)
        p = rules.power
        slope = p * mean ** (p - 1.0) * sd
        upper = max(0.0, mean**p + rules.z * slope) ** (1.0 / p)
        return upper, 0.5 * math.erfc((count**p - mean**p) / slope * _SQRT_HALF)
    if rules.method == MU_AN:
        mean *= math.exp(rules.z * error)
    upper = quantile(rules.alpha, rules.z, mean, phi)
    return upper, upper_tail(count, mean, phi)


@njit(cache=True, nogil=True, error_model="numpy")
def _has_enough(counts, row, series, rules):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether the last rows, this one in, hold enough cases; False where one of them was not reported."""
    total = 0.0
    for t in range(max(0, row - rules.period + 1), row + 1):
        total += counts[t, series]
    return total >= rules.least


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(counts, population, rows, first, last, block):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Counts and populations of series first .. last at the rows, series by series."""
    for i in range(rows.size):
        for s in range(first, last):
            block[0, s - first, i] = counts[rows[i], s]
            if population.shape[0]:
                block[1, s - first, i] = population[rows[i], s]


@njit(cache=True, nogil=True, error_model="numpy")
def _enter(counts, people, has_people, layout, room):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Put one series into the room; gives the reported rows of the judged row's own season."""
    n_own = 0
    for run in range(layout.run_group.size):
        for i in range(layout.run_first[run], layout.run_first[run + 1]):
            is_known = counts[i] >= 0.0 and people[i] > 0.0
            room.cases[i] = counts[i] if is_known else 0.0
            room.weight[i] = 1.0 if is_known else 0.0
            room.rel[i] = people[i] if is_known else 1.0
            room.log_rel[i] = math.log(room.rel[i]) if has_people else 0.0
            prepare(room.cases[i], i, room.powers)
            n_own += int(is_known and layout.run_group[run] == 0)
    return n_own


@njit(cache=True, nogil=True, error_model="numpy")
def _judge(counts, population, row, rows, layout, room, n_years, rules):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_series, has_people = counts.shape[1], population.shape[0] > 0
    out = np.full((4, n_series), np.nan)
    said = np.zeros((3, n_series), np.bool_)
    block = np.ones((2, _BLOCK, rows.size))
    for first in range(0, n_series, _BLOCK):
        last = min(n_series, first + _BLOCK)
        _gather(counts, population, rows, first, last, block)
        for s in range(first, last):
            n_own = _enter(block[0, s - first], block[1, s - first], has_people, layout, room)
            here = population[row, s] if has_people else 1.0
            if n_own == 0 or not here > 0.0:
                continue
            mean, error, phi, said[2, s] = _expect(layout, room, here, n_years, rules)
            upper, out[3, s] = _bound(counts[row, s], mean, error, phi, rules)
            out[0, s], out[1, s] = mean, phi
            said[1, s] = _has_enough(counts, row, s, rules) and not math.isnan(upper)
            if said[1, s]:
                out[2, s] = upper
                said[0, s] = counts[row, s] > upper
    return out, said


def judge(
    counts: F64, row: int, baseline: Baseline, *, n_years: int, rules: Rules, population: F64
) -> Judged:
    """Judge all series at one row.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   NaN = not reported, never zero
    row : int
    baseline : Baseline
    n_years : int   years that the baseline reaches back; fewer than three keep no trend
    rules : Rules
    population : float64 array, shape (n_time, n_series), or (0, n_series): none

    Returns
    -------
    Judged
    """
    room = room_for(baseline.row.size, baseline.n_groups)
    out, said = _judge(counts, population, row, baseline.row, baseline.layout, room, n_years, rules)
    return Judged(out[0], out[1], out[2], out[3], said[0], said[1], said[2])
