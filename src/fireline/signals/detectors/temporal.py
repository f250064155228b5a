"""A short scan over the last steps: many small excesses alarm together where none does alone.

Chapter 5: reads an expectation that a regression gave; kernels.temporal_scan does the counting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fireline.kernels.temporal_scan import Windows, temporal_windows

F64 = NDArray[np.float64]

_SQRT_2PI = math.sqrt(2 * math.pi)
_DEEPEST = 9.0  # standard deviations: below lies less than rounding


@dataclass(frozen=True, slots=True)
class TemporalScan:
    """What the scan says of every series at the rows asked for; arrays of shape (n_at, n_series).

    Attributes
    ----------
    mu0, phi : float64   expectation and variance over mean of the row itself
    upper : float64   a count above this alarms, given the steps before; -1 = those alarm whatever comes
    alarm : bool
    enough : bool   the last steps hold the least number of cases; without it no alarm
    score : float64   -log10 of the smallest tail probability over the windows; NaN = not reported or no
        expectation
    window : int64   steps of the window that gave the score; 0 where there is none
    level : float   tail probability from which a window alarms
    """

    mu0: F64
    phi: F64
    upper: F64
    alarm: NDArray[np.bool_]
    enough: NDArray[np.bool_]
    score: F64
    window: NDArray[np.int64]
    level: float


def temporal_scan(
    counts: ArrayLike,
    at: ArrayLike | None = None,
    *,
    mu0: ArrayLike,
    phi: ArrayLike,
    windows: tuple[int, ...] = (1, 2, 3),
    alpha: float = 0.01,
    level: float | None = None,
    rng: np.random.Generator | None = None,
    n_simulated: int = 200_000,
    least: tuple[int, int] = (0, 1),
) -> TemporalScan:
    """Judge the windows that end at each row against a given expectation.

    Parameters
    ----------
    counts : array-like, shape (n_time, n_series)   NaN = not reported
    at : int array-like, ascending, or None   rows to judge; None = every row
    mu0 : array-like   expected counts, shape (n_time, n_series), or (n_at, n_series) for the rows of ``at``:
        then windows hold only those of their steps that stand in ``at`` too. NaN = not known
    phi : array-like, one number or the shape of mu0   variance over mean; below 1 counts as 1 (Poisson)
    windows : tuple of int, >= 1
    alpha : float in (0, 0.5)   share of quiet rows that may alarm
    level : float in (0, 1) or None   tail probability from which a window alarms; None = found from alpha
    rng : Generator or None   with it the level is found by simulating these very series; without it by
        ``level_of_windows``, which errs on the side of fewer alarms where counts are small
    n_simulated : int   rows simulated at least, over all series
    least : (cases, steps)   fewer cases than this in the last steps never alarm

    Returns
    -------
    TemporalScan

    Raises
    ------
    ValueError   shapes differ, rows are not ascending or outside, or a number is out of its range

    Notes
    -----
    A window's count is compared with the law of its sum, negative binomial with the sums of means and
    variances; the score is the smallest of the tail probabilities, so that windows of different length and
    series of any size stand on one scale [1]_. Calibration holds when the expectation is right: an estimated
    one alarms more often, which ``level_for_rate`` on scores of quiet history takes in.

    References
    ----------
    .. [1] Naus J., Wallenstein S. (2006), Temporal surveillance using scan statistics, Stat Med 25:311-324:
       windows of several lengths against an expectation that changes over time.
    """
    held = np.ascontiguousarray(counts, np.float64)
    if held.ndim != 2:
        raise ValueError(f"counts: expected shape (n_time, n_series), got {held.shape}")
    rows = np.arange(held.shape[0], dtype=np.int64) if at is None else np.ascontiguousarray(at, np.int64)
    if rows.ndim != 1 or (np.diff(rows) <= 0).any():
        raise ValueError("at: rows must be ascending, none twice")
    if rows.size and not 0 <= rows[0] <= rows[-1] < held.shape[0]:
        raise ValueError(f"at: rows must lie in [0, {held.shape[0]})")
    lengths = np.unique(np.array(windows, np.int64))
    if not lengths.size or lengths[0] < 1 or not 0 < alpha < 0.5:
        raise ValueError(f"windows {windows}, alpha {alpha}: expected >= 1 step each, and 0 < alpha < 0.5")
    if level is not None and not 0 < level < 1:
        raise ValueError(f"level: expected 0 < level < 1, got {level}")
    mean = _on_time(mu0, rows, held.shape, label="mu0")
    spread = _on_time(np.broadcast_to(phi, np.shape(mu0)), rows, held.shape, label="phi")
    if level is None:
        level = (
            level_of_windows(alpha, windows=windows)
            if rng is None
            else _simulated_level(held, mean, spread, rows, lengths, alpha, rng, n_simulated, least)
        )
    found = _judge(held, mean, spread, rows, lengths, level, least)
    with np.errstate(invalid="ignore"):
        alarm = (held[rows] > found.upper) & found.enough
    return TemporalScan(
        mean[rows], spread[rows], found.upper, alarm, found.enough, found.score, found.window, level
    )


def level_of_windows(alpha: float, *, windows: tuple[int, ...] = (1, 2, 3)) -> float:
    """Tail probability from which a window must alarm so that any of them does with probability alpha.

    Parameters
    ----------
    alpha : float in (0, 0.5)
    windows : tuple of int, >= 1

    Returns
    -------
    float   between alpha / len(windows) and alpha

    Notes
    -----
    For sums of independent normal steps, exactly: the law of the sum over the shortest window, cut at its
    limit, is carried on to the next longer one [1]_. Counts have steps in their tails, so that small ones
    alarm less often than this asks.

    References
    ----------
    .. [1] Armitage P., McPherson C.K., Rowe B.C. (1969), Repeated significance tests on accumulating data,
       J R Stat Soc A 132:235-244: the recursion.
    """
    from scipy.optimize import brentq  # loaded when needed: reading a folder must not wait for it

    lengths = np.unique(np.array(windows, np.int64)).astype(np.float64)

    def excess(z: float) -> float:
        return _any_above(z, lengths) - alpha

    if lengths.size == 1:
        return float(alpha)
    return 0.5 * math.erfc(brentq(excess, 0.0, _DEEPEST, xtol=1e-12) / math.sqrt(2))


@cache
def _rule() -> tuple[F64, F64]:
    """Nodes and weights of an integral over [-1, 1]."""
    return np.polynomial.legendre.leggauss(160)


def _any_above(z: float, lengths: F64) -> float:
    """P(some sum over its length exceeds z standard deviations), steps standard normal."""
    points, weights = _rule()
    nodes, mass = np.zeros(1), np.ones(1)
    before = 0.0
    for length in lengths:
        sd = math.sqrt(length - before)
        low, high = -_DEEPEST * math.sqrt(length), z * math.sqrt(length)
        at = 0.5 * (high - low) * (points + 1) + low
        density = np.exp(-0.5 * ((at[:, None] - nodes) / sd) ** 2) @ mass / (sd * _SQRT_2PI)
        nodes, mass = at, density * weights * 0.5 * (high - low)
        before = length
    return 1.0 - float(mass.sum())


def level_for_rate(score: ArrayLike, *, rate: float) -> float:
    """Tail probability that as many of these scores reach as may alarm.

    Parameters
    ----------
    score : array-like   -log10 of tail probabilities on quiet rows, simulated or of history; NaN is left out
    rate : float in (0, 1)   share that may alarm

    Returns
    -------
    float   the largest level that no more than ``rate`` of the scores reach; 0 where there is none

    Raises
    ------
    ValueError   no score at all
    """
    known = np.asarray(score, np.float64).ravel()
    known = np.sort(known[~np.isnan(known)])[::-1]
    if not known.size:
        raise ValueError("score: no number among them")
    n = int(rate * known.size)
    if n == 0:
        return 0.0
    if n == known.size or known[n - 1] > known[n]:
        kept = known[n - 1]
    else:  # of equal scores all or none alarm
        above = known[:n][known[:n] > known[n]]
        if not above.size:
            return 0.0
        kept = above[-1]
    return float(10.0**-kept * (1 + 1e-9))


def _simulated_level(
    held: F64,
    mean: F64,
    spread: F64,
    rows: NDArray[np.int64],
    lengths: NDArray[np.int64],
    alpha: float,
    rng: np.random.Generator,
    n_simulated: int,
    least: tuple[int, int],
) -> float:
    missing = np.isnan(held) | np.isnan(mean) | np.isnan(spread)
    size = np.where(missing, 0.0, mean)
    phi = np.where(missing, 1.0, np.maximum(spread, 1.0))
    scores = []
    n_judged = max(1, int((~missing[rows]).sum()))
    for _ in range(-(-n_simulated // n_judged)):
        rate = np.where(phi > 1, rng.gamma(size / np.maximum(phi - 1, 1e-9)) * (phi - 1), size)
        drawn = np.where(missing, np.nan, rng.poisson(rate))
        found = _judge(drawn, mean, spread, rows, lengths, 0.5, least)
        scores.append(np.where(found.enough, found.score, np.where(np.isnan(found.score), np.nan, 0.0)))
    return level_for_rate(np.stack(scores), rate=alpha)


def _judge(
    held: F64,
    mean: F64,
    spread: F64,
    rows: NDArray[np.int64],
    lengths: NDArray[np.int64],
    level: float,
    least: tuple[int, int],
) -> Windows:
    return temporal_windows(
        held, mean=mean, phi=spread, at=rows, lengths=lengths, least=least[0], least_steps=least[1],
        log_level=math.log(level) if level > 0 else -math.inf,
    )  # fmt: skip


def _on_time(given: ArrayLike, rows: NDArray[np.int64], shape: tuple[int, ...], *, label: str) -> F64:
    """Numbers of every row of the counts; NaN where only those of ``at`` were given."""
    known = np.asarray(given, np.float64)
    if known.shape == shape:
        full = np.ascontiguousarray(known)
    elif known.shape == (rows.size, shape[1]):
        full = np.full(shape, np.nan)
        full[rows] = known
    else:
        raise ValueError(f"{label}: expected shape {shape} or {(rows.size, shape[1])}, got {known.shape}")
    if (full < 0).any():
        raise ValueError(f"{label}: every number must be >= 0, NaN where it is not known")
    return full
