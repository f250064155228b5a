"""What a surprise is worth in each stream: tail probabilities checked against its own quiet past.

Chapter 5: reads baselines, is read by fusion and triggers. The check is part of the result and can be shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri

from fireline.kernels.calibrate import LEAST_P, calibrate, quiet
from fireline.signals.baselines import WEEK, Expected
from fireline.signals.tables import CALIBRATION

F64 = NDArray[np.float64]

NOMINAL = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9)
"""Probabilities at which the table says what share of quiet figures was rarer."""
HOLD_DAYS = {1: 10, WEEK: 5 * WEEK}
"""Days after which a figure joins its map, for daily and weekly streams: by then it is known whether it
belongs to a run of surprises."""
MEMORY_DAYS = {1: 180.0, WEEK: 1_095.0}
"""Days over which a map forgets, for daily and weekly streams: a weekly one gathers figures slowly."""
SPAN_DAYS = 7
"""Days over which figures are summed to see how much more they vary together than apart."""
PRIOR_SQUARES = 70.0
_MIXED = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated tail probabilities of every figure, and how good the calibration is.

    Attributes
    ----------
    p : float64 array, shape (n_days, n_areas, n_streams)   of a figure so high (or low, as the stream's
        direction says), without chance in it; NaN = no usable baseline
    p_random : float64 array of the same shape   the same with the height of a figure's own step drawn at
        random; uniform where the calibration holds
    is_quiet : bool array of the same shape   False in runs of surprises
    inflation : float64 array, shape (n_days, n_streams), >= 1   variance of sums over SPAN_DAYS days over
        what independent days would give, as known on each day
    dependence : float64 array, shape (n_days, 2), >= 1   variance of sums over all streams of an area, and
        over all streams and areas, over what independent figures would give, as known on each day
    table : DataFrame, columns CALIBRATION   one row for each stream and nominal probability
    """

    p: F64
    p_random: F64
    is_quiet: NDArray[np.bool_]
    inflation: F64
    dependence: F64
    table: pl.DataFrame


def uniforms(names: Sequence[tuple[str, str]], *, first: date, n_days: int) -> F64:
    """Numbers that look drawn at random and are the same for a series and day in every run.

    Parameters
    ----------
    names : (stream, area code) of each series
    first : date   of row 0
    n_days : int

    Returns
    -------
    float64 array, shape (n_days, n_series), in (0, 1)

    References
    ----------
    .. [1] Steele G., Lea D., Flood C. (2014), Fast splittable pseudorandom number generators,
       doi:10.1145/2660193.2660195: the mixing function (splitmix64) of a counter.
    """
    keys = [hashlib.sha256(f"{stream}|{area}".encode()).digest()[:8] for stream, area in names]
    key = np.array([int.from_bytes(k, "big") for k in keys], np.uint64)
    counter = (np.arange(n_days, dtype=np.uint64) + np.uint64(first.toordinal())) * np.uint64(_MIXED)
    x = key[None, :] + counter[:, None]  # wraps around, as it should
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return ((x >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def calibrate_streams(expected: Expected) -> Calibration:
    """Calibrate all streams, each on its own quiet past, day by day.

    Parameters
    ----------
    expected : Expected

    Returns
    -------
    Calibration   every day's value rests on days HOLD_DAYS or more before it

    Notes
    -----
    A figure's predictive tail probability is P(Y > y) + u P(Y = y) (randomised: uniform if the model is
    right) or with u = 1/2 (for decisions). It passes through the distribution that randomised ones of the
    same stream, all areas together, had in the quiet past (kernels.calibrate).

    References
    ----------
    .. [1] Czado C., Gneiting T., Held L. (2009), Predictive model assessment for count data, Biometrics
       65:1254-1261, doi:10.1111/j.1541-0420.2009.01191.x: randomised and mid tail probabilities.
    """
    n_days, n_areas, n_streams = expected.count.shape
    names = [(s.name, a) for a in expected.areas for s in expected.streams]
    u = uniforms(names, first=expected.first, n_days=n_days).reshape(n_days, n_areas, n_streams)
    upper, point = expected.upper, expected.point
    middle, random = upper - 0.5 * point, upper - u * point
    for s, stream in enumerate(expected.streams):
        if stream.direction == "down":
            middle[..., s], random[..., s] = 1.0 - middle[..., s], 1.0 - random[..., s]
        elif stream.direction == "both":
            middle[..., s] = 2.0 * np.minimum(middle[..., s], 1.0 - middle[..., s])
            random[..., s] = 2.0 * np.minimum(random[..., s], 1.0 - random[..., s])
    flat = (n_days, n_areas * n_streams)
    steps = expected.step_days.max(axis=0, initial=1)
    is_quiet = quiet(middle.reshape(flat))
    found = calibrate(
        random.reshape(flat),
        middle.reshape(flat),
        is_quiet,
        group=np.tile(np.arange(n_streams), n_areas),
        n_groups=max(n_streams, 1),
        hold=np.array([HOLD_DAYS[k] for k in steps.tolist()]) if n_streams else 1,
        memory=np.array([MEMORY_DAYS[k] for k in steps.tolist()]) if n_streams else 2.0,
    )
    p_random, p = found.reference.reshape(upper.shape), found.asked.reshape(upper.shape)
    is_quiet = is_quiet.reshape(upper.shape)
    dependence = _dependence(np.where(is_quiet, p, np.nan))
    inflation = _inflation(expected, is_quiet)
    return Calibration(p, p_random, is_quiet, inflation, dependence, _table(expected, p_random, is_quiet))


def scores_of(p: F64) -> F64:
    """Normal scores of calibrated probabilities: 0 is usual, 2 is surprising, as -2 is the other way."""
    return -ndtri(np.clip(p, LEAST_P, 1.0 - 1e-6))


def _dependence(p: F64) -> F64:
    """Variance of sums of normal scores over an area's streams, and over all, beside independent ones."""
    z = scores_of(p)
    n = np.isfinite(z).sum(axis=2)
    total = np.nansum(z, axis=2)
    own = np.where(n > 1, total**2 / np.maximum(n, 1), np.nan)
    n_all = n.sum(axis=1)
    is_wide = n_all > np.maximum(n.max(axis=1, initial=0), 1)
    shared = np.where(is_wide, total.sum(axis=1) ** 2 / np.maximum(n_all, 1), np.nan)
    one, whole = _as_known(own), _as_known(shared[:, None])
    return np.stack([one, np.maximum(one, whole)], axis=1)


def _inflation(expected: Expected, is_quiet: NDArray[np.bool_]) -> F64:
    """How much more sums over SPAN_DAYS days vary than sums of independent days would."""
    off = np.where(is_quiet & np.isfinite(expected.upper), expected.count - expected.mean, np.nan)
    spread = np.where(np.isnan(off), 0.0, expected.phi * expected.mean)
    off = np.nan_to_num(off)
    out = np.ones((expected.n_days, len(expected.streams)))
    if expected.n_days < SPAN_DAYS:
        return out
    sums = [np.cumsum(np.concatenate([np.zeros((1, *a.shape[1:])), a]), axis=0) for a in (off, spread)]
    total, variance = (c[SPAN_DAYS:] - c[:-SPAN_DAYS] for c in sums)
    for s in range(out.shape[1]):
        has = variance[..., s] > 0
        square = np.where(has, total[..., s] ** 2 / np.where(has, variance[..., s], 1.0), np.nan)
        out[:, s] = _as_known(np.concatenate([np.full((SPAN_DAYS - 1, square.shape[1]), np.nan), square]))
    return out


def _as_known(squares: F64) -> F64:
    """Mean of the squares of each day and those before, none counting more than nine; never below one.

    It begins with the weight of PRIOR_SQUARES squares of one, and leaves out the days of which it is not
    known yet whether they are quiet.
    """
    kept = np.minimum(squares, 9.0)
    has = np.isfinite(kept)
    total = np.cumsum(np.where(has, kept, 0.0).sum(axis=1))
    n = np.cumsum(has.sum(axis=1))
    hold = HOLD_DAYS[1]
    late = [np.concatenate([np.zeros(min(hold, len(a))), a[: max(len(a) - hold, 0)]]) for a in (total, n)]
    return np.maximum(1.0, (late[0] + PRIOR_SQUARES) / (late[1] + PRIOR_SQUARES))


def distance_to_uniform(p: F64) -> float:
    """Kolmogorov-Smirnov distance of probabilities to the uniform distribution; NaN where there are none.

    Parameters
    ----------
    p : float64 array of any shape; NaN = none
    """
    ranked = np.sort(p[np.isfinite(p)])
    if not ranked.size:
        return float("nan")
    steps = np.arange(ranked.size + 1) / ranked.size
    return float(max(np.max(steps[1:] - ranked), np.max(ranked - steps[:-1])))


def _table(expected: Expected, p_random: F64, is_quiet: NDArray[np.bool_]) -> pl.DataFrame:
    rows = []
    for s, stream in enumerate(expected.streams):
        has = np.isfinite(p_random[..., s]) & is_quiet[..., s]
        p = p_random[..., s][has]
        days = np.flatnonzero(has.any(axis=1))
        span = (expected.day(int(days[0])), expected.day(int(days[-1]))) if days.size else (None, None)
        distance = distance_to_uniform(p) if p.size else None
        rows += [
            (stream.name, *span, p.size, distance, nominal, float(np.mean(p < nominal)) if p.size else None)
            for nominal in NOMINAL
        ]
    return pl.DataFrame(rows, schema=CALIBRATION, orient="row")
