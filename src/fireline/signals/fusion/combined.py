"""One probability for each area and day from all its streams, judged by such sums in the quiet past.

Chapter 5: reads calibration, is read by triggers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.kernels.calibrate import LEAST_P
from fireline.kernels.combine import combine, resample
from fireline.signals.baselines import WEEK, Expected
from fireline.signals.calibration import Calibration, scores_of
from fireline.signals.fusion.scan import profile

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

N_WINDOWS = 2_000
_TAIL_SHARE = 0.05
_FEWEST_WINDOWS = 100


@dataclass(frozen=True, slots=True)
class Combined:
    """Combined surprise of every area and day.

    Attributes
    ----------
    p : float64 array, shape (n_days, n_areas)   NaN = no figures, or too short a past to judge by
    start : int64 array of the same shape   days since the beginning that fits best; -1 = none
    n_windows : int, windows of the past that the null distribution was made of
    """

    p: F64
    start: I64
    n_windows: int


def combined(
    expected: Expected,
    calibration: Calibration,
    *,
    first_row: int = 0,
    n_windows: int = N_WINDOWS,
    rng: np.random.Generator | None = None,
) -> Combined:
    """Combine the streams of each area and day.

    Parameters
    ----------
    expected : Expected
    calibration : Calibration
    first_row : int   earlier days get NaN; all days may serve as the past
    n_windows : int   windows for the null distribution
    rng : numpy Generator or None   draws weeks of the past for a block bootstrap; None takes windows of the
        past as they were, evenly spread

    Returns
    -------
    Combined

    Notes
    -----
    Sums of normal scores (kernels.combine) for every possible beginning are put on one scale by their mean
    and deviation in the null windows; the largest is the statistic. The null windows are whole weeks of the
    quiet past of one area with all streams side by side, so that the dependence between streams and between
    days is in them. Beyond the largest twentieth of the null, its square is taken as exponential.

    References
    ----------
    .. [1] Künsch H. (1989), The jackknife and the bootstrap for general stationary observations, Ann Stat
       17:1217-1241, doi:10.1214/aos/1176347265: resampling blocks of a dependent series.
    """
    z = scores_of(calibration.p)
    n_days, n_areas, n_streams = z.shape
    p, start = np.full((n_days, n_areas), np.nan), np.full((n_days, n_areas), -1, np.int64)
    if not n_days or not n_streams:
        return Combined(p, start, 0)
    settings: dict[str, Any] = {
        "delay": np.array([s.delay_d for s in expected.streams], np.int64),
        "weight": np.array([s.trust for s in expected.streams], np.float64),
        "profile": profile(expected.streams, steps=expected.step_days.max(axis=0, initial=1).tolist()),
    }
    null = _null(np.where(calibration.is_quiet, z, np.nan), settings, n_windows=n_windows, rng=rng)
    if null is None:
        return Combined(p, start, 0)
    first = min(max(first_row, 0), n_days)
    sums = combine(z, first_row=first, **settings)
    mean, sd = _moments(null)
    most, at = _largest((sums - mean) / sd)
    known, _ = _largest((null - mean) / sd)
    known = np.sort(known[np.isfinite(known)])
    p[first:], start[first:] = _tail(most, known), at
    return Combined(p, start, known.size)


def _moments(null: F64) -> tuple[F64, F64]:
    """Mean and deviation of each beginning's sums; 0 and 1 where no window has any."""
    has = np.isfinite(null)
    n = np.maximum(has.sum(axis=0), 1)
    filled = np.where(has, null, 0.0)
    mean = filled.sum(axis=0) / n
    sd = np.sqrt(np.where(has, (filled - mean) ** 2, 0.0).sum(axis=0) / n)
    return mean, np.where(sd > 0, sd, 1.0)


def _largest(scores: F64) -> tuple[F64, I64]:
    has = np.isfinite(scores).any(axis=-1)
    filled = np.where(np.isfinite(scores), scores, -np.inf)
    return np.where(has, filled.max(axis=-1), np.nan), np.where(has, filled.argmax(axis=-1), -1)


def _null(z: F64, settings: dict[str, Any], *, n_windows: int, rng: np.random.Generator | None) -> F64 | None:
    """Sums over windows of the past; None where the past is too short."""
    reach = settings["profile"].shape[1] + int(settings["delay"].max())
    n_blocks = -(-reach // WEEK)
    days = np.flatnonzero(np.isfinite(z).any(axis=(1, 2)))
    if not days.size:
        return None
    low, high = int(days[0]), int(days[-1]) + 1
    n_free = high - low - n_blocks * WEEK + 1
    if n_free < WEEK:
        return None
    if rng is None:
        n_ends = min(n_free, max(1, n_windows // z.shape[1]))
        ends = np.unique(np.linspace(0, n_free - 1, n_ends).round().astype(np.int64))
        area = np.repeat(np.arange(z.shape[1]), ends.size)
        start = low + np.tile(ends, z.shape[1])[:, None] + WEEK * np.arange(n_blocks)[None, :]
    else:
        area = rng.integers(0, z.shape[1], n_windows)
        phase = rng.integers(0, WEEK, n_windows)  # all blocks of a window begin on one weekday
        n_weeks = (high - low - phase) // WEEK
        week = np.floor(rng.random((n_windows, n_blocks)) * n_weeks[:, None]).astype(np.int64)
        start = low + phase[:, None] + WEEK * week
    found = resample(z, area=area, start=start, block=WEEK, **settings)
    found = found[np.isfinite(found).any(axis=1)]
    return found if len(found) >= _FEWEST_WINDOWS else None


def _tail(value: F64, known: F64) -> F64:
    """Share of known values at least as large; beyond their largest twentieth, exponential in the square."""
    n = known.size
    rank = n - np.searchsorted(known, value, side="left")
    p = (rank + 1.0) / (n + 1.0)
    n_tail = max(int(n * _TAIL_SHARE), 1)
    edge = max(float(known[-n_tail]), 0.1)
    scale = max(float(np.mean(known[-n_tail:] ** 2 - edge**2)), 1e-6)
    far = n_tail / n * np.exp(-(np.maximum(value, edge) ** 2 - edge**2) / scale)
    p = np.where(value > edge, np.minimum(far, p), p)
    return np.where(np.isfinite(value), np.clip(p, LEAST_P, 1.0), np.nan)
