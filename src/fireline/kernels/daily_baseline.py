"""What is expected of each series today, from its own past: level, weekday, holidays, season and spread.

Kernels: called by signals.baselines. One pass over time gives every day's expectation as it was on that day.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices
from fireline.kernels.predictive import upper_and_point

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

OK, NEW, NOT_REPORTED, SHIFTED, SILENT, NEW_HOLIDAY = range(6)
"""States of a cell: usable; too short a history; no figure; baseline started anew not long ago; zeros where
many were expected; a holiday of a kind this series has no past of."""

_BLOCK = 64
_WEEK = 7
_MOST_YEARS = 3
_FIRST_STEPS = 7
_WEEKDAY_PRIOR = 10.0
_HOLIDAY_PRIOR = 20.0
_HOLIDAY_VARIANCE = 0.25
_MOST_LIFT = 0.7
_SIDE_Z = 1.96
_FLAT = 1.3
_HALF = 0.5
_DAMP = 0.8
_DOUBT = 4.0
_ANSCOMBE = 0.375

_UP, _DOWN, _SPREAD_UP, _SPREAD_DOWN, _SILENT, _RAW_SUM = range(6)
_NEW_UP, _NEW_DOWN, _WEEK_UP, _WEEK_DOWN, _RAW, _N_FLOATS = 6, 7, 8, 15, 22, 29
_SEEN, _SIDE, _N_UP, _N_DOWN, _WAIT, _KNOWN_FROM, _SHIFTED, _GAP, _ZEROS, _N_COUNTS = range(10)
_BASE, _LEVEL, _MEAN, _UNSURE, _WEIGHT, _N_PAST = range(6)


class Rules(NamedTuple):
    """How a baseline learns and forgets; steps are days of a daily, weeks of a weekly series.

    Attributes
    ----------
    memory : float, > 1   reported steps over which the level forgets
    guard : int, >= 0   newest steps that the baseline does not know yet
    weekday_memory : float, > 1   weeks over which a weekday's factor forgets
    spread_memory : float, > 1   reported steps over which the spread forgets
    min_steps : int, >= 7   reported steps before a baseline counts as enough
    doubt_z : float, > 0   figures further off than this, on either side, weigh (doubt_z / z) ** 4
    shift_steps : int, even, >= 4   reported steps that are looked at for a step change
    shift_share : int, <= shift_steps   so many of them off to one side make one
    shift_patience : int   reported steps after which a change that is not flat counts as a step too
    silent_sum : float, > 0   zeros are silence once this much was expected of them
    longest_gap : int   steps without a figure, or of silence, after which a series begins anew
    first_spread : float, > 0   variance over mean that a series begins with
    spread_prior : float, > 0   steps that this beginning is worth
    """

    memory: float = 28.0
    guard: int = 5
    weekday_memory: float = 12.0
    spread_memory: float = 90.0
    min_steps: int = 28
    doubt_z: float = 2.58
    shift_steps: int = 14
    shift_share: int = 11
    shift_patience: int = 28
    silent_sum: float = 12.0
    longest_gap: int = 42
    first_spread: float = 1.5
    spread_prior: float = 7.0


class Baseline(NamedTuple):
    """What was expected, and how surprising what came is; rows from ``first_row`` on.

    Attributes
    ----------
    mean, phi : float64 arrays, shape (n_rows, n_series)   NaN = not computable; variance is phi * mean
    upper, point : float64 arrays, shape (n_rows, n_series)   P(Y >= y) and P(Y = y); NaN = not usable
    state : int8 array, shape (n_rows, n_series)
    calendar, lift : float64 arrays, shape (n_rows, n_series)   factor of the day, and of the season's growth
        since the level was learnt; both are part of ``mean``
    """

    mean: F64
    phi: F64
    upper: F64
    point: F64
    state: I8
    calendar: F64
    lift: F64


@njit(cache=True, nogil=True)
def _past_growth(level, t, year, lag, min_steps):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Mean log growth over ``lag`` steps at this time of past years, shrunk by the number of years."""
    total, n = 0.0, 0
    for k in range(1, _MOST_YEARS + 1):
        then = t - round(year * k)
        if then < min_steps:
            break
        if then + lag < t and level[then] > 0.0 and level[then + lag] > 0.0:
            total += math.log(level[then + lag] / level[then])
            n += 1
    return total / (n + 1)


@njit(cache=True, nogil=True, inline="always")
def _growth(t, past, year, r, f):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Factor by which the level has grown since it was learnt: as in past years, and as it did lately.

    What the newer half of the memory shows beyond past years counts by how far it stands out of chance.
    """
    if not (f[_NEW_UP] > 0.0 and f[_UP] > 0.0 and f[_NEW_DOWN] > 0.0):
        return 1.0
    span = r.memory + r.guard
    season = _past_growth(past[_LEVEL], t, year, round(span), r.min_steps)
    reach = 2.0 * span / r.memory  # from the newer half's lead to today
    rise = math.log(f[_NEW_UP] / f[_NEW_DOWN] * f[_DOWN] / f[_UP]) * reach - season
    chance = _DOUBT * f[_SPREAD_UP] / f[_SPREAD_DOWN] / (6.0 * f[_UP]) * reach**2
    total = season + rise * _DAMP * rise**2 / (rise**2 + chance)
    return math.exp(min(max(total, -_MOST_LIFT), _MOST_LIFT))


@njit(cache=True, nogil=True, inline="always")
def _learn(u, y, bare, past, weekday, holiday, has_weekday, r, f, n, days):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Take the figure of step u into level, weekday or holiday factor, and spread."""
    w, h, base = past[_WEIGHT, u], holiday[u], past[_BASE, u]
    if h > 0:
        if f[_DOWN] > 0.0:
            days[0, h] += y[u]
            days[1, h] += base * f[_UP] / f[_DOWN]
            days[2, h] += 1.0
        return
    keep = 1.0 - 1.0 / r.memory
    f[_UP], f[_DOWN] = keep * f[_UP] + w * y[u], keep * f[_DOWN] + w * base
    keep = 1.0 - 2.0 / r.memory
    f[_NEW_UP], f[_NEW_DOWN] = keep * f[_NEW_UP] + w * y[u], keep * f[_NEW_DOWN] + w * base
    n[_SEEN] += 1
    if has_weekday and f[_DOWN] > 0.0:
        d, keep = weekday[u], 1.0 - 1.0 / r.weekday_memory
        f[_WEEK_UP + d] = keep * f[_WEEK_UP + d] + w * y[u]
        f[_WEEK_DOWN + d] = keep * f[_WEEK_DOWN + d] + w * bare[u] * f[_UP] / f[_DOWN]
        raw = (f[_WEEK_UP + d] + _WEEKDAY_PRIOR) / (f[_WEEK_DOWN + d] + _WEEKDAY_PRIOR)
        f[_RAW_SUM] += raw - f[_RAW + d]
        f[_RAW + d] = raw
    if past[_MEAN, u] > 0.0:
        keep = 1.0 - 1.0 / r.spread_memory
        off = (y[u] - past[_MEAN, u]) ** 2 / (past[_MEAN, u] * past[_UNSURE, u])
        f[_SPREAD_UP] = keep * f[_SPREAD_UP] + w * off
        f[_SPREAD_DOWN] = keep * f[_SPREAD_DOWN] + w


@njit(cache=True, nogil=True, inline="always")
def _expect(t, bare, lift, past, weekday, holiday, has_weekday, has_season, is_rate, year, r, f, n, days):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Mean, variance over mean, factor of the day and growth of step t; fills ``past``."""
    h = holiday[t]
    factor = f[_RAW + weekday[t]] * _WEEK / f[_RAW_SUM] if has_weekday else 1.0
    past[_BASE, t] = bare[t] * factor
    past[_LEVEL, t] = (f[_UP] + _HALF) / f[_DOWN] if f[_DOWN] > 0.0 else 0.0
    day = (days[0, h] + _HOLIDAY_PRIOR) / (days[1, h] + _HOLIDAY_PRIOR) if h > 0 else 1.0
    grown = lift[t]
    if has_season:
        grown *= _growth(t, past, year, r, f)
    if n[_SEEN] < _FIRST_STEPS or not past[_BASE, t] > 0.0:
        past[_MEAN, t] = np.nan
        return np.nan, np.nan, factor * day, grown
    mean = past[_BASE, t] * past[_LEVEL, t] * day * grown
    unsure = 1.0 + mean / (f[_UP] + _HALF)
    phi = f[_SPREAD_UP] / f[_SPREAD_DOWN]
    wide = (phi if is_rate else max(phi, 1.0)) * unsure
    if h > 0:
        wide += mean * _HOLIDAY_VARIANCE / (1.0 + days[2, h])
    past[_MEAN, t], past[_UNSURE, t] = mean, unsure
    return mean, wide, factor * day, grown


@njit(cache=True, nogil=True, inline="always")
def _look(t, y, past, mean, wide, is_holiday, r, f, n, side):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Weigh the reported step t, and keep count of zeros and of figures off to one side."""
    z = 2.0 * (math.sqrt(y[t] + _ANSCOMBE) - math.sqrt(mean + _ANSCOMBE)) / math.sqrt(wide)
    past[_WEIGHT, t] = min(1.0, (r.doubt_z / max(abs(z), 1e-9)) ** 4)
    f[_SILENT] = f[_SILENT] + mean if y[t] == 0.0 else 0.0
    if f[_SILENT] > r.silent_sum:
        past[_WEIGHT, t] = 0.0
    if is_holiday:
        return
    k = n[_SIDE] % r.shift_steps
    n[_N_UP] -= side[k] == 1
    n[_N_DOWN] -= side[k] == -1
    side[k] = 1 if z > _SIDE_Z else (-1 if z < -_SIDE_Z else 0)
    n[_N_UP] += side[k] == 1
    n[_N_DOWN] += side[k] == -1
    n[_SIDE] += 1


@njit(cache=True, nogil=True)
def _restart_after_step(t, y, past, holiday, r, f, n, side):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Begin anew from the newest figures where they all lie off to one side: a step change."""
    if f[_SILENT] > r.silent_sum or (n[_N_UP] < r.shift_share and n[_N_DOWN] < r.shift_share):
        n[_WAIT] = 0
        return
    n[_WAIT] += 1
    newer_y, newer_base, older_y, older_base = 0.0, 0.0, 0.0, 0.0
    k, u = 0, t
    while u >= 0 and k < r.shift_steps:
        if past[_BASE, u] > 0.0 and not math.isnan(y[u]) and holiday[u] == 0:
            if k < r.shift_steps // 2:
                newer_y += y[u]
                newer_base += past[_BASE, u]
            else:
                older_y += y[u]
                older_base += past[_BASE, u]
            k += 1
        u -= 1
    now, before = newer_y / newer_base, max(older_y / older_base, 1e-12)
    is_flat = n[_N_DOWN] >= r.shift_share or before / _FLAT <= now <= before * _FLAT
    if is_flat or n[_WAIT] >= r.shift_patience:
        f[_UP], f[_DOWN] = newer_y + older_y, newer_base + older_base
        f[_NEW_UP], f[_NEW_DOWN] = f[_UP], f[_DOWN]
        n[_SEEN], n[_KNOWN_FROM], n[_SHIFTED] = r.shift_steps, t + 1, t
        n[_WAIT], n[_N_UP], n[_N_DOWN], n[_SIDE] = 0, 0, 0, 0
        side[:] = 0


@njit(cache=True, nogil=True, inline="always")
def _state_of(t, mean, is_reported, is_new_holiday, r, f, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if not is_reported:
        return NOT_REPORTED
    if f[_SILENT] > r.silent_sum:
        return SILENT
    if n[_SHIFTED] >= 0 and t - n[_SHIFTED] <= r.min_steps and not math.isnan(mean):
        return SHIFTED
    if n[_SEEN] < r.min_steps or math.isnan(mean):
        return NEW
    return NEW_HOLIDAY if is_new_holiday else OK


@njit(cache=True, nogil=True)
def _one_series(y, bare, lift, weekday, holiday, n_holidays, kind, year, r, first, out, state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Run one series over time; rows of ``out``: mean, phi, upper, point, calendar, lift."""
    has_weekday, has_season, is_rate = kind & 1, kind & 2, (kind & 4) > 0
    f, n = np.zeros(_N_FLOATS), np.zeros(_N_COUNTS, np.int64)
    f[_RAW : _RAW + _WEEK], f[_RAW_SUM] = 1.0, float(_WEEK)
    f[_SPREAD_UP], f[_SPREAD_DOWN] = r.first_spread * r.spread_prior, r.spread_prior
    n[_SHIFTED] = -1
    days, side = np.zeros((3, n_holidays)), np.zeros(r.shift_steps, np.int8)
    past = np.zeros((_N_PAST, y.shape[0]))
    past[_WEIGHT] = 1.0
    for t in range(y.shape[0]):
        is_reported = bare[t] > 0.0 and not math.isnan(y[t])
        if is_reported and max(n[_GAP], n[_ZEROS] if y[t] > 0.0 else 0) > r.longest_gap:
            # what was known before a long gap or silence is not today's level
            f[_UP], f[_DOWN], f[_NEW_UP], f[_NEW_DOWN] = 0.0, 0.0, 0.0, 0.0
            f[_SILENT], n[_SEEN], n[_KNOWN_FROM] = 0.0, 0, t
            n[_WAIT], n[_N_UP], n[_N_DOWN], n[_SIDE] = 0, 0, 0, 0
            side[:] = 0
        u = t - 1 - r.guard
        if u >= n[_KNOWN_FROM] and past[_BASE, u] > 0.0 and not math.isnan(y[u]):
            _learn(u, y, bare, past, weekday, holiday, has_weekday, r, f, n, days)
        mean, wide, factor, grown = _expect(
            t, bare, lift, past, weekday, holiday, has_weekday, has_season, is_rate, year, r, f, n, days
        )
        is_known = is_reported and not math.isnan(mean)
        if is_known:
            _look(t, y, past, mean, wide, holiday[t] > 0, r, f, n, side)
        if is_reported:
            n[_GAP], n[_ZEROS] = 0, n[_ZEROS] + 1 if y[t] == 0.0 and f[_SILENT] > 0.0 else 0
        else:
            n[_GAP] += 1
        if t >= first:
            row = t - first
            code = _state_of(t, mean, is_reported, holiday[t] > 0 and days[2, holiday[t]] == 0.0, r, f, n)
            out[0, row], out[1, row], out[4, row], out[5, row] = mean, wide, factor, grown
            out[2, row], out[3, row] = np.nan, np.nan
            if code in (OK, SHIFTED, NEW_HOLIDAY):
                out[2, row], out[3, row] = upper_and_point(y[t], mean, wide, is_rate)
            state[row] = code
        if is_known:
            _restart_after_step(t, y, past, holiday, r, f, n, side)


@njit(cache=True, nogil=True)
def _all_series(counts, exposure, calendar, lift, group, weekday, holiday, kind, year, r, first, out, state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Run all series, a block at a time, so that one series' past lies side by side in memory."""
    n_time, n_series = counts.shape
    n_holidays = int(holiday.max()) + 1 if n_time else 1
    no_holiday = np.zeros_like(holiday)
    y, bare = np.empty((_BLOCK, n_time)), np.empty((_BLOCK, n_time))
    found = np.empty((_BLOCK, 6, n_time - first))
    code = np.empty((_BLOCK, n_time - first), np.int8)
    growth = np.ascontiguousarray(lift.T)
    for low in range(0, n_series, _BLOCK):
        n = min(_BLOCK, n_series - low)
        for t in range(n_time):
            for s in range(n):
                y[s, t] = counts[t, low + s]
                e = exposure[t, low + s] if exposure.shape[0] else 1.0
                bare[s, t] = e * calendar[t, group[low + s]] if e > 0.0 else 0.0
        for s in range(n):
            days_off = holiday if kind[low + s] & 8 else no_holiday
            _one_series(
                y[s], bare[s], growth[group[low + s]], weekday, days_off, n_holidays, kind[low + s], year, r,
                first, found[s], code[s],
            )  # fmt: skip
        for row in range(n_time - first):
            for s in range(n):
                state[row, low + s] = code[s, row]
                for k in range(6):
                    out[k, row, low + s] = found[s, k, row]


def daily_baseline(
    counts: F64,
    *,
    weekday: I64,
    holiday: I64,
    has_weekday: NDArray[np.bool_],
    has_holiday: NDArray[np.bool_],
    has_season: NDArray[np.bool_],
    is_rate: NDArray[np.bool_],
    exposure: F64 | None = None,
    calendar: F64 | None = None,
    lift: F64 | None = None,
    group: I64 | None = None,
    year_steps: float = 365.25,
    first_row: int = 0,
    rules: Rules = Rules(),
) -> Baseline:
    """Expectation of every step of many series from the steps before it.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   time first; NaN = not reported (never zero)
    weekday : int64 array, shape (n_time,)   0..6; all 0 for a weekly series
    holiday : int64 array, shape (n_time,)   0 = none, else the kind of holiday
    has_weekday, has_holiday, has_season, is_rate : bool arrays, shape (n_series,)   whether weekdays and
        holidays differ, whether the level may grow or fall (as at this time of past years, and as it did
        lately), whether figures are rates or indices
    exposure : float64 array, shape (n_time, n_series), or None   denominators, or what else the mean is
        proportional to; NaN or 0 makes a step not reported
    calendar, lift : float64 arrays, shape (n_time, n_groups), or None   known factor of each day, and growth
        since the level was learnt, shared by the series of a group
    group : int64 array, shape (n_series,), or None   column of calendar and lift of each series
    year_steps : float   steps of a year
    first_row : int   rows before it are learnt from, and not returned
    rules : Rules

    Returns
    -------
    Baseline

    Raises
    ------
    ValueError   an array has the wrong shape or a rule is out of its range

    Notes
    -----
    The mean is exposure x calendar x weekday factor x level x holiday factor x growth. Level, weekday
    factors and spread are ratios of sums that forget by a constant share a step (the discounted
    Poisson-gamma filter of [1]_). Growth is what past years showed at this time of the year, and what the
    newer half of the memory shows beyond it, damped. A step is
    learnt ``guard`` steps late, so that a beginning outbreak does not hide itself, and with a weight that
    falls with its distance from what was expected (as [2]_ weighs down past outbreaks). Holidays touch
    neither level nor weekdays; a kind of holiday keeps a factor of its own. Where nearly all of the newest
    figures lie off to one side and do not grow, the level has moved: the baseline starts anew from them.
    Nothing of a later step reaches an earlier one.

    References
    ----------
    .. [1] Harvey A., Fernandes C. (1989), Time series models for count or qualitative observations, JBES
       7:407-417, doi:10.1080/07350015.1989.10509750: the discounted sums.
    .. [2] Noufaily A. et al. (2013), An improved algorithm for outbreak detection in multiple surveillance
       systems, Stat Med 32:1206-1222, doi:10.1002/sim.5595: weighing down beyond 2.58; the power here is 4.
    """
    counts = np.ascontiguousarray(counts, np.float64)
    if counts.ndim != 2:
        raise ValueError(f"counts: expected shape (n_time, n_series), got {counts.shape}")
    n_time, n_series = counts.shape
    groups = np.zeros(n_series, np.int64) if group is None else np.ascontiguousarray(group, np.int64)
    given_groups = [a.shape[-1] for a in (calendar, lift) if a is not None]
    n_groups = given_groups[0] if given_groups else int(groups.max(initial=0)) + 1
    shared = [
        np.ones((n_time, n_groups)) if a is None else np.ascontiguousarray(a, np.float64)
        for a in (calendar, lift)
    ]
    for label, given, shape in (
        ("weekday", weekday, (n_time,)), ("holiday", holiday, (n_time,)), ("group", groups, (n_series,)),
        ("has_weekday", has_weekday, (n_series,)), ("has_holiday", has_holiday, (n_series,)),
        ("has_season", has_season, (n_series,)),
        ("is_rate", is_rate, (n_series,)), ("calendar", shared[0], (n_time, n_groups)),
        ("lift", shared[1], (n_time, n_groups)),
        *([("exposure", exposure, (n_time, n_series))] if exposure is not None else []),
    ):  # fmt: skip
        if given.shape != shape:
            raise ValueError(f"{label}: expected shape {shape}, got {given.shape}")
    require_indices(groups, n_groups, label="group")
    require_indices(np.asarray(weekday), _WEEK, label="weekday")
    if n_time and int(np.min(holiday)) < 0:
        raise ValueError("holiday: expected values >= 0")
    if rules.guard < 0 or rules.shift_steps < 4 or rules.shift_steps % 2 or rules.min_steps < _FIRST_STEPS:
        raise ValueError(f"rules: guard, shift_steps or min_steps is out of its range in {rules}")
    first = min(max(first_row, 0), n_time)
    out = np.empty((6, n_time - first, n_series))
    state = np.empty((n_time - first, n_series), np.int8)
    kind = (1 * has_weekday + 2 * has_season + 4 * is_rate + 8 * has_holiday).astype(np.int64)
    _all_series(
        counts,
        np.empty((0, 0)) if exposure is None else np.ascontiguousarray(exposure, np.float64),
        shared[0], shared[1], groups, np.ascontiguousarray(weekday, np.int64),
        np.ascontiguousarray(holiday, np.int64), kind, float(year_steps), rules, first, out, state,
    )  # fmt: skip
    return Baseline(out[0], out[1], out[2], out[3], state, out[4], out[5])
