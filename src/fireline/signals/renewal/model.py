"""What renewal estimates hand on: reproduction numbers, trends and nowcasts, each with what it rests on.

Chapter 5: filled by rt, trend, nowcast and assess; read by explain, the report and the faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.words import Words

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
"""Quantiles of the posterior of R, in this order everywhere."""

TRENDS = ("rising", "stable", "falling", "unclear")


@dataclass(frozen=True, slots=True)
class SerialInterval:
    """The serial interval of a disease and where it stands.

    Attributes
    ----------
    mean_days, sd_days : float
    source : str, who published the mean
    is_sd_verified : bool, whether the standard deviation has a source too
    """

    mean_days: float
    sd_days: float
    source: str
    is_sd_verified: bool


@dataclass(frozen=True, slots=True)
class UncertainInterval:
    """A serial interval whose mean and standard deviation are themselves uncertain.

    Attributes
    ----------
    mean_si, std_mean_si, min_mean_si, max_mean_si : float, days
        the mean is normal with this mean and deviation, cut to [min, max]; min_mean_si > 1
    std_si, std_std_si, min_std_si, max_std_si : float, days
        likewise the standard deviation; a pair whose deviation exceeds its mean is drawn again
    n1 : int   serial intervals drawn
    n2 : int   values of R drawn for each serial interval and window
    """

    mean_si: float
    std_mean_si: float
    min_mean_si: float
    max_mean_si: float
    std_si: float
    std_std_si: float
    min_std_si: float
    max_std_si: float
    n1: int = 500
    n2: int = 50


@dataclass(frozen=True, slots=True)
class Rt:
    """The effective reproduction number over windows of many series.

    Attributes
    ----------
    t_start, t_end : int64 arrays, shape (n_windows,)   first and last row of each window, both counted
    mean, sd : float64 arrays, shape (n_windows, n_series)   of the posterior; NaN = not computable
    quantiles : float64 array, shape (7, n_windows, n_series)   in the order of QUANTILES
    cases : float64 array, shape (n_windows, n_series)   cases of the window that were infected here
    is_imprecise : bool array, shape (n_windows, n_series)   the coefficient of variation is above the one
        aimed at
    is_early : bool array, shape (n_windows, n_series)   the window ends within one mean serial interval of
        the first case
    warnings : tuple of Words, one for each of the two that occurs
    """

    t_start: I64
    t_end: I64
    mean: F64
    sd: F64
    quantiles: F64
    cases: F64
    is_imprecise: NDArray[np.bool_]
    is_early: NDArray[np.bool_]
    warnings: tuple[Words, ...]

    def quantile(self, share: float) -> F64:
        """One of QUANTILES, shape (n_windows, n_series)."""
        found: F64 = self.quantiles[QUANTILES.index(share)]
        return found


@dataclass(frozen=True, slots=True)
class Trend:
    """Growth over the last days of many series; each array has shape (n_at, n_series).

    Attributes
    ----------
    at : int64 array, shape (n_at,)   last row of each window
    n_days : int, rows of a window
    band : float, rates within it, up or down, count as stable, per day
    label : str array, one of TRENDS; "" = not computable
    probability : float64   of the class named by ``label``; for "unclear" of the likeliest class
    rising, stable, falling : float64   probabilities of the three classes, sum 1
    growing : float64   probability that the rate is above zero
    rate, rate_sd, low, high : float64   growth per day, its deviation, and the bounds of 90 %
    doubling_days : float64   ln 2 / median rate: days to double, negative = days to halve
    cases : float64   cases of the window
    """

    at: I64
    n_days: int
    band: float
    label: NDArray[np.str_]
    probability: F64
    rising: F64
    stable: F64
    falling: F64
    growing: F64
    rate: F64
    rate_sd: F64
    low: F64
    high: F64
    doubling_days: F64
    cases: F64


@dataclass(frozen=True, slots=True)
class Triangle:
    """Cases by day of onset and days until the report.

    Attributes
    ----------
    counts : int64 array, shape (n_days, max_delay + 1)   row = day of onset, oldest first; column = delay
    n_beyond : int   cases reported later than max_delay, not in ``counts``
    """

    counts: I64
    n_beyond: int


@dataclass(frozen=True, slots=True)
class Nowcast:
    """Final counts to be expected of each day of onset.

    Attributes
    ----------
    reported : float64 array, shape (n_days,)   so far
    expected : float64 array, shape (n_days,)   once all reports within max_delay are in
    low, high : float64 arrays, shape (n_days,)   prediction interval of the final count, whole numbers
    seen : float64 array, shape (n_days,)   share of the cases of the day that is expected to be reported
        already
    level : float   probability of the interval
    delay : float64 array, shape (max_delay + 1,)   share due after 0, 1, ... days
    weekday : float64 array, shape (7,)   how much is due on each weekday, mean 1
    is_closed : bool array, shape (n_days,)   days on which nothing was reported
    dispersion : float, >= 1   variance of a count over its mean
    n_beyond : int   cases reported later than max_delay
    """

    reported: F64
    expected: F64
    low: F64
    high: F64
    seen: F64
    level: float
    delay: F64
    weekday: F64
    is_closed: NDArray[np.bool_]
    dispersion: float
    n_beyond: int

    @property
    def max_delay(self) -> int:
        """The longest delay that is expected, in days."""
        return self.delay.shape[0] - 1


@dataclass(frozen=True, slots=True)
class Renewal:
    """Reproduction numbers, trends and nowcasts of one run.

    Attributes
    ----------
    rt : DataFrame, columns tables.RT, sorted by stream, area_code, last_day
    nowcast : DataFrame, columns tables.NOWCAST, sorted by stream, day
    said : mapping from disease id to tuple of Words, what the report says beside the curve
    notes : tuple of Words, what was not computed and why
    """

    rt: pl.DataFrame
    nowcast: pl.DataFrame
    said: dict[str, tuple[Words, ...]]
    notes: tuple[Words, ...]
