"""How long reports take, from a reporting triangle: a chain ladder that knows weekdays and closed days.

Kernels: called by signals.renewal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
_MOST_ROUNDS = 3_000
_STILL = 1e-9
_PSEUDO_CASES = 0.5
"""Spread over all delays beforehand: a delay nobody has had yet is rare, not impossible."""
_WEEKDAY_CASES = 2.0
"""Cases of a weekday that count as reported as usual beforehand."""
_LEAST_EXPECTED = 0.25
"""Cells of the triangle with less expected say nothing about the dispersion."""


class Delays(NamedTuple):
    """The fitted triangle.

    Attributes
    ----------
    delay : float64 array, shape (n_delays,)   share of the cases due to be reported after 0, 1, ... days
    weekday : float64 array, shape (7,)   how much is due on each weekday, mean 1
    seen : float64 array, shape (n_days,)   share of the cases of a day that is reported by the last day
    log_variance : float64 array, shape (n_days,)   variance of log ``seen``
    dispersion : float   variance of a cell of the triangle over its mean, >= 1
    """

    delay: F64
    weekday: F64
    seen: F64
    log_variance: F64
    dispersion: float


@njit(cache=True, nogil=True)
def _open_rows(is_closed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """For each day the next day that is open, itself included; n_days where none is left."""
    n = is_closed.shape[0]
    found = np.full(n, n, np.int64)
    following = n
    for t in range(n - 1, -1, -1):
        if not is_closed[t]:
            following = t
        found[t] = following
    return found


@njit(cache=True, nogil=True)
def _levels_of(triangle, opens, weekday, delay, effect, level):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_days, n_delays = triangle.shape
    for t in range(n_days):
        cases, share = 0.0, 0.0
        for d in range(min(n_delays, n_days - t)):
            cases += triangle[t, d]
            if opens[t + d] < n_days:
                share += delay[d] * effect[weekday[t + d]]
        level[t] = cases / share if share > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _shared_out(triangle, opens, weekday, delay, effect, by_delay, by_weekday):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Give the reports of each open day to the days they were due: itself and the closed days before it."""
    n_days, n_delays = triangle.shape
    by_delay[:] = 0.0
    by_weekday[:] = 0.0
    for t in range(n_days):
        for d in range(min(n_delays, n_days - t)):
            n = triangle[t, d]
            if n == 0.0:
                continue
            mass, first = 0.0, d
            while first > 0 and opens[t + first - 1] == t + d:
                first -= 1
            for due in range(first, d + 1):
                mass += delay[due] * effect[weekday[t + due]]
            for due in range(first, d + 1):
                share = n * delay[due] * effect[weekday[t + due]] / mass if mass > 0.0 else 0.0
                by_delay[due] += share
                by_weekday[weekday[t + due]] += share


@njit(cache=True, nogil=True)
def _ladder(triangle, opens, weekday):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Level of each day, share of each delay and effect of each weekday, in turn until all stand still."""
    n_days, n_delays = triangle.shape
    level, delay, effect = np.zeros(n_days), np.full(n_delays, 1.0 / n_delays), np.ones(7)
    by_delay, by_weekday, due_of = np.zeros(n_delays), np.zeros(7), np.zeros(7)
    for _ in range(_MOST_ROUNDS):
        _levels_of(triangle, opens, weekday, delay, effect, level)
        _shared_out(triangle, opens, weekday, delay, effect, by_delay, by_weekday)
        before, moved = delay.copy(), 0.0
        for d in range(n_delays):
            due = 0.0
            for t in range(n_days - d):
                if opens[t + d] < n_days:
                    due += level[t] * effect[weekday[t + d]]
            delay[d] = (by_delay[d] + _PSEUDO_CASES / n_delays) / due if due > 0.0 else 0.0
        due_of[:] = _WEEKDAY_CASES
        for t in range(n_days):
            for d in range(min(n_delays, n_days - t)):
                if opens[t + d] < n_days:
                    due_of[weekday[t + d]] += level[t] * delay[d]
        total = delay.sum()
        ratio = (by_weekday + _WEEKDAY_CASES) / due_of
        for d in range(n_delays):
            delay[d] = delay[d] / total if total > 0.0 else 1.0 / n_delays
            moved = max(moved, abs(delay[d] - before[d]))
        for w in range(7):
            moved = max(moved, abs(ratio[w] / ratio.mean() - effect[w]))
            effect[w] = ratio[w] / ratio.mean()
        if moved < _STILL:
            break
    _levels_of(triangle, opens, weekday, delay, effect, level)
    return level, delay, effect


@njit(cache=True, nogil=True)
def _seen_shares(n_days, opens, weekday, delay, effect):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Share of the cases of each day that is reported by the last row; weekdays go on after it."""
    seen = np.ones(n_days)
    for t in range(n_days):
        shown, whole = 0.0, 0.0
        for d in range(delay.shape[0]):
            row = t + d
            due = delay[d] * effect[weekday[row] if row < n_days else (weekday[t] + d) % 7]
            whole += due
            if row < n_days and opens[row] < n_days:
                shown += due
        seen[t] = shown / whole if whole > 0.0 else 1.0
    return seen


@njit(cache=True, nogil=True)
def _dispersion(triangle, opens, weekday, level, delay, effect):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Mean Pearson statistic of the cells with enough expected, over its degrees of freedom; at least 1."""
    n_days, n_delays = triangle.shape
    total, n, n_seen = 0.0, 0, 0
    for t in range(n_days):
        waiting = 0.0
        for d in range(min(n_delays, n_days - t)):
            expected = level[t] * delay[d] * effect[weekday[t + d]] + waiting
            waiting = 0.0
            if opens[t + d] != t + d:
                waiting = expected
                continue
            n_seen += 1
            if expected >= _LEAST_EXPECTED:
                total += (triangle[t, d] - expected) ** 2 / expected
                n += 1
    n_free = n_seen - n_days - n_delays - 6
    return max(1.0, total / n * n_seen / n_free) if n >= 30 and n_free >= n_seen / 4 else 1.0


@njit(cache=True, nogil=True)
def _log_variance(triangle, delay, dispersion):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Greenwood's sum over the delays that a day has not seen yet, from the newest day backwards."""
    n_days, n_delays = triangle.shape
    found = np.zeros(n_days)
    total = 0.0
    for j in range(n_delays - 1, 0, -1):
        at_risk = 0.0
        for t in range(n_days - j):
            for d in range(j + 1):
                at_risk += triangle[t, d]
        reached = delay[: j + 1].sum()
        hazard = delay[j] / reached if reached > 0.0 else 0.0
        total += hazard / (max(1.0 - hazard, 1e-9) * max(at_risk, 1.0))
        row = n_days - j  # the day whose next delay is j
        if 0 <= row < n_days:
            found[row] = dispersion * total
    return found


def fit_delays(triangle: F64, *, weekday: I64, is_closed: NDArray[np.bool_]) -> Delays:
    """Fit delays and weekdays to a reporting triangle.

    Parameters
    ----------
    triangle : float64 array, shape (n_days, n_delays)   cases by day of onset and days until the report, up
        to the last row's day; cells that lie after it are 0
    weekday : int64 array, shape (n_days,)   0..6, going up by one each day
    is_closed : bool array, shape (n_days,)   days on which nothing could be reported; it waits for the next
        open day

    Returns
    -------
    Delays

    Raises
    ------
    ValueError   an array has the wrong shape, a cell is negative, lies after the last day or on a closed day

    Notes
    -----
    Cases of a day of onset due to be reported d days later are Poisson with mean level of the day * share of
    the delay * effect of the weekday; the three are fitted in turn (the chain ladder is this model without
    weekdays). Reports of a day after closed days are shared out over the days on which they were due.

    References
    ----------
    .. [1] Renshaw A., Verrall R. (1998), Br Actuar J 4:903-923, doi:10.1017/S1357321700000222: the chain
       ladder as a Poisson model.
    .. [2] Lawless J. (1994), Can J Stat 22:15-31: shares of delays in reverse time and their variance.
       Weekdays and closed days are this project's own.
    """
    triangle = np.ascontiguousarray(triangle, np.float64)
    weekday, is_closed = np.ascontiguousarray(weekday, np.int64), np.ascontiguousarray(is_closed, np.bool_)
    if triangle.ndim != 2 or triangle.shape[1] < 1 or weekday.shape != triangle.shape[:1]:
        raise ValueError(
            f"triangle, weekday: expected (n_days, n_delays) and (n_days,), got {triangle.shape}, "
            f"{weekday.shape}"
        )
    if is_closed.shape != weekday.shape:
        raise ValueError(f"is_closed: expected shape {weekday.shape}, got {is_closed.shape}")
    if triangle.size and not (triangle.min() >= 0 and np.isfinite(triangle).all()):
        raise ValueError("triangle: expected numbers of cases, none negative or missing")
    row, delay = np.nonzero(triangle)
    if (row + delay >= triangle.shape[0]).any():
        raise ValueError("triangle: a cell after the last day holds cases")
    if is_closed[row + delay].any():
        raise ValueError("triangle: cases were reported on a day that is said to be closed")
    opens = _open_rows(is_closed)
    level, share, effect = _ladder(triangle, opens, weekday)
    dispersion = float(_dispersion(triangle, opens, weekday, level, share, effect))
    seen = _seen_shares(triangle.shape[0], opens, weekday, share, effect)
    return Delays(share, effect, seen, _log_variance(triangle, share, dispersion), dispersion)
