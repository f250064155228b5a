"""Whether counts are rising, stable or falling, with the probability of each and the doubling time.

Chapter 5: reads kernels.growth; read by assess.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from fireline.kernels.growth import growth
from fireline.signals.renewal.model import Trend

STABLE_BAND = math.log(2) / 28
"""Growth per day that counts as stable: four weeks or longer to double or to halve."""
DISPERSIONS = (0.0, 0.03, 0.1, 0.3, 1.0)
WEEKDAY_SDS = (0.0, 0.15, 0.5)
RATE_SDS = (0.02, 0.06, 0.15)
"""Prior deviations of the growth rate: series that hardly move, and outbreaks (doubling within 2.3 days is
two deviations away). Without the first, scatter in calm series is called a rise too often."""
MIN_SEEN = 0.1
"""A day of which less is reported says more about delays than about growth."""
MIN_PROBABILITY = 0.6
"""A class less likely than this is not named: the trend is unclear."""


def classify_trend(
    counts: ArrayLike,
    *,
    n_days: int = 14,
    at: ArrayLike | None = None,
    first_weekday: int | None = 0,
    band: float = STABLE_BAND,
    min_probability: float = MIN_PROBABILITY,
    min_reported: int | None = None,
    seen: ArrayLike | None = None,
) -> Trend:
    """Classify the trend of the last days of many series.

    Parameters
    ----------
    counts : float array, shape (n_time,) or (n_time, n_series)   whole numbers by day, time first; NaN = not
        reported, which is left out
    n_days : int, >= 3   days of a window
    at : int array or None   last rows of the windows; None = the last row
    first_weekday : 0..6 or None   weekday of row 0; None = no weekday effects (a weekly series, or n_days
        below 8)
    band : float, >= 0   growth per day that counts as stable, up or down
    min_probability : float   a likeliest class below this is called "unclear"
    min_reported : int or None   days a window must have; None = two thirds of it, at least 3
    seen : float array, shape (n_time,) or None   share of the cases of each day that is reported; days with
        less than MIN_SEEN are left out

    Returns
    -------
    Trend

    Raises
    ------
    ValueError   the counts have the wrong shape, are negative or no whole numbers, or a setting is not
        allowed

    Notes
    -----
    log mean = level + rate * day + weekday effect with negative binomial counts. The posterior of the rate
    averages over DISPERSIONS, WEEKDAY_SDS and RATE_SDS by their evidence, so that a probability of 0.9 comes
    true in nine of ten such series: weekday patterns and scatter widen it by as much as the data call for.
    Few cases give a wide posterior, never an error.
    The model sees the curve, not its causes: without ``seen`` late reports make the last days look as if they
    fell.
    """
    table = np.asarray(counts, np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2:
        raise ValueError(f"counts: expected shape (n_time,) or (n_time, n_series), got {table.shape}")
    with np.errstate(invalid="ignore"):
        is_wrong = (table < 0) | (table != np.floor(table))
    is_wrong &= ~np.isnan(table)
    if is_wrong.any():
        row = int(np.flatnonzero(is_wrong.any(axis=1))[0])
        raise ValueError(f"counts: row {row} holds a number that is negative or not whole")
    if not 0 < min_probability <= 1:
        raise ValueError(f"min_probability: expected a number in (0, 1], got {min_probability}")
    share = np.ones(table.shape[0]) if seen is None else np.asarray(seen, np.float64)
    if share.shape != table.shape[:1] or not ((share >= 0) & (share <= 1)).all():
        raise ValueError(f"seen: expected shape {table.shape[:1]} and shares of 0 to 1")
    table = np.where(share[:, None] < MIN_SEEN, np.nan, table)
    rows = np.array([table.shape[0] - 1] if at is None else at, np.int64).ravel()
    is_weekly = first_weekday is not None and n_days >= 8
    found = growth(
        table,
        weekday=(np.arange(table.shape[0]) + (first_weekday or 0)) % 7,
        at=rows if table.shape[0] else rows[:0],
        n_days=n_days,
        dispersions=np.array(DISPERSIONS),
        weekday_sds=np.array(WEEKDAY_SDS if is_weekly else (0.0,)),
        rate_sds=np.array(RATE_SDS),
        band=band,
        seen=np.maximum(share, MIN_SEEN),
        min_reported=max(3, math.ceil(2 * n_days / 3)) if min_reported is None else min_reported,
    )
    stable = np.maximum(1.0 - found.above - found.below, 0.0)
    shares = np.stack([found.above, stable, found.below])
    best = np.where(np.isnan(shares[0]), 0, shares.argmax(axis=0))
    probability = np.take_along_axis(shares, best[None], axis=0)[0]
    label = np.array(("rising", "stable", "falling"))[best]
    label = np.where(probability < min_probability, "unclear", label)
    label = np.where(np.isnan(probability), "", label)
    with np.errstate(divide="ignore"):
        doubling = math.log(2) / found.median
    return Trend(
        rows, n_days, band, label, probability, found.above, stable, found.below, found.rising,
        found.median, found.sd, found.low, found.high, doubling, found.n_cases,
    )  # fmt: skip
