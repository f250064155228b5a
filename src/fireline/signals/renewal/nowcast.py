"""How many cases of the last days are still to be reported, from the delays of those reported so far.

Chapter 5: reads kernels.delays and kernels.levels; read by assess.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammaincc

from fireline.errors import InputError
from fireline.kernels.delays import Delays, fit_delays
from fireline.kernels.levels import filter_levels
from fireline.signals.renewal.explain import words_of_early_report
from fireline.signals.renewal.model import F64, Nowcast, Triangle

DISCOUNTS = (0.65, 0.8, 0.9, 0.97)
"""What a day's knowledge of the level may be worth a day later; the series weighs them."""
GROWTHS = (-0.2, -0.14, -0.1, -0.06, -0.03, 0.0, 0.03, 0.06, 0.1, 0.14, 0.2)
"""Growth per day that the level may have; the series weighs them too."""
HALF_LIFE = 21.0
"""Days after which a day counts half for weighing: growth of two months ago is no news."""
CLOSED_EXPECTED = 5.0
"""A day without any report counts as closed when the days with reports in the two weeks around it have this
many each on average."""
MAX_DELAY_SHARE = 0.99
LONGEST_DELAY = 42


def reporting_triangle(
    onset: ArrayLike, report: ArrayLike, *, first: int, last: int, max_delay: int | None = None
) -> Triangle:
    """Count cases by day of onset and days until the report.

    Parameters
    ----------
    onset, report : int arrays, shape (n_cases,)   day numbers of any one origin
    first, last : int   first and last day of onset of the triangle; reports after ``last`` are not known yet
        and are left out, as are onsets outside
    max_delay : int or None, days   longer delays are counted apart; None = the delay that MAX_DELAY_SHARE of
        the cases do not exceed, at most LONGEST_DELAY

    Returns
    -------
    Triangle

    Raises
    ------
    InputError   a report lies before its onset (says how many, and the first row)
    ValueError   the arrays have no one shape, or last < first
    """
    began, told = np.asarray(onset, np.int64).ravel(), np.asarray(report, np.int64).ravel()
    if began.shape != told.shape:
        raise ValueError(f"onset, report: expected one length, got {began.size} and {told.size}")
    if last < first or (max_delay is not None and max_delay < 0):
        raise ValueError(
            f"first {first}, last {last}, max_delay {max_delay}: expected first <= last, delay >= 0"
        )
    delay = told - began
    if (delay < 0).any():
        raise InputError(words_of_early_report(int((delay < 0).sum()), int(np.argmax(delay < 0))))
    is_in = (began >= first) & (told <= last)
    began, delay = began[is_in], delay[is_in]
    if max_delay is None:
        max_delay = int(np.quantile(delay, MAX_DELAY_SHARE, method="higher")) if delay.size else 0
        max_delay = min(max_delay, LONGEST_DELAY)
    is_short = delay <= max_delay
    counts = np.zeros((last - first + 1, max_delay + 1), np.int64)
    np.add.at(counts, (began[is_short] - first, delay[is_short]), 1)
    return Triangle(counts, int((~is_short).sum()))


def nowcast(
    reports: Triangle | ArrayLike,
    *,
    first_weekday: int = 0,
    is_closed: ArrayLike | None = None,
    level: float = 0.9,
    n_history: int = 70,
) -> Nowcast:
    """Expected final counts of each day of onset, with a prediction interval.

    Parameters
    ----------
    reports : Triangle, or int array, shape (n_days, n_delays)   row = day of onset, column = days until the
        report; the last row is today, and cells that lie after today are 0
    first_weekday : 0..6   weekday of row 0
    is_closed : bool array, shape (n_days,) or None   days on which nothing could be reported: what was due
        waits for the next open day. None = days without any report amid many (see CLOSED_EXPECTED)
    level : float, 0..1   probability of the prediction interval
    n_history : int, >= 1   days of onset, besides the longest delay, from which delays are learned

    Returns
    -------
    Nowcast   "final" means reported within the longest delay of the triangle; days that are that old are done

    Raises
    ------
    ValueError   the triangle has the wrong shape, holds a negative or later cell, or one on a closed day

    Notes
    -----
    Delays, weekdays of report and closed days are fitted as in kernels.delays; the level of each day follows
    from its own reports and, the fewer are in, from the days before (a discounted Poisson-gamma model,
    averaged over discounts and growth rates by how well each predicted the last weeks). What is still
    missing is negative binomial: its variance adds the scatter of counts, the uncertainty of the level and
    that of the share reported so far. Nothing is drawn, so that two runs agree to the last digit.

    References
    ----------
    .. [1] Höhle M., an der Heiden M. (2014), Biometrics 70:993-1002, doi:10.1111/biom.12194: nowcasting an
       outbreak from a reporting triangle with delays in reverse time. The weekday model and the closed form
       are this project's own.
    """
    told = reports if isinstance(reports, Triangle) else None
    counts = np.asarray(reports.counts if isinstance(reports, Triangle) else reports, np.float64)
    if counts.ndim != 2 or not counts.shape[0] or not counts.shape[1]:
        raise ValueError(f"reports: expected shape (n_days, n_delays), got {counts.shape}")
    if not 0 < level < 1 or n_history < 1 or not 0 <= first_weekday <= 6:
        raise ValueError("level, n_history, first_weekday: expected 0 < level < 1, at least 1 day, 0..6")
    n_days, n_delays = counts.shape
    weekday = (np.arange(n_days) + first_weekday) % 7
    closed = _closed_days(counts) if is_closed is None else np.asarray(is_closed, bool)
    begin = max(0, n_days - n_delays - n_history)
    fit = fit_delays(counts[begin:], weekday=weekday[begin:], is_closed=closed[begin:])
    reported = counts.sum(axis=1)
    missing, variance = _still_missing(reported[begin:], fit)
    expected, low, high = reported.copy(), reported.copy(), reported.copy()
    expected[begin:] += missing
    tail = (1 - level) / 2
    low[begin:] += _count_quantile(tail, missing, variance)
    high[begin:] += _count_quantile(1 - tail, missing, variance)
    seen = np.ones(n_days)
    seen[begin:] = fit.seen
    return Nowcast(
        reported, expected, low, high, seen, level, fit.delay, fit.weekday, closed, fit.dispersion,
        told.n_beyond if told else 0,
    )  # fmt: skip


def _by_day_of_report(counts: F64) -> F64:
    """Reports that came in on each day, shape (n_days,)."""
    n_days = counts.shape[0]
    found = np.zeros(n_days)
    for delay in range(min(counts.shape[1], n_days)):
        found[delay:] += counts[: n_days - delay, delay]
    return found


def _closed_days(counts: F64) -> NDArray[np.bool_]:
    """Days without any report, although the days with reports around them have many."""
    came = _by_day_of_report(counts)
    found = np.zeros(came.size, bool)
    empty = np.flatnonzero(came == 0)
    for day in empty[empty >= 7]:  # before that the triangle has only begun to fill
        around = came[day - 7 : day + 8]
        around = around[around > 0]
        # with fewer than four open days around nobody can tell a closed day from a quiet week
        found[day] = around.size >= 4 and around.mean() >= CLOSED_EXPECTED
    for day in empty[empty < 7]:
        later = found[day + 7 :: 7]
        found[day] = later.size >= 2 and later.all()
    return found


def _still_missing(reported: F64, fit: Delays) -> tuple[F64, F64]:
    """Mean and variance of the cases of each day that are not reported yet, over all discounts and "
    "growths.
    """
    tried = [
        filter_levels(
            reported, fit.seen, discount=discount, growth=rate, dispersion=fit.dispersion, half_life=HALF_LIFE
        )
        for discount in DISCOUNTS
        for rate in GROWTHS
    ]
    likely = np.array([levels.log_likelihood for levels in tried])
    weight = np.exp(likely - likely.max())
    weight = (weight / weight.sum())[:, None]
    unseen = np.maximum(1.0 - fit.seen, 0.0)
    level, gain = np.stack([t.mean for t in tried]), np.stack([t.gain for t in tried])
    means = level * unseen
    # a lower share reported so far means more cases, by as much as the level rests on the day's own reports
    slope = level * (gain * unseen + fit.seen)
    spreads = (
        fit.dispersion * means
        + unseen**2 * np.stack([t.variance for t in tried])
        + slope**2 * fit.log_variance
    )
    mean = (weight * means).sum(axis=0)
    variance = (weight * (spreads + (means - mean) ** 2)).sum(axis=0)
    variance[unseen == 0] = 0.0
    return mean, variance


def _count_quantile(share: float, mean: F64, variance: F64) -> F64:
    """Smallest count that a negative binomial of this mean and variance does not exceed with the share."""
    low, high = np.full(mean.shape, -1.0), np.ceil(mean + 12 * np.sqrt(variance) + 20)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        is_reached = _count_below(middle, mean, variance) >= share
        high, low = np.where(is_reached, middle, high), np.where(is_reached, low, middle)
    found: F64 = high
    return found


def _count_below(count: F64, mean: F64, variance: F64) -> F64:
    """Probability of at most ``count``; Poisson where the variance is no larger than the mean."""
    found = np.ones(mean.shape)
    some = (mean > 0) & (count >= 0)
    found[count < 0] = 0.0
    wide = some & (variance > mean * (1 + 1e-9))
    size = mean[wide] ** 2 / (variance[wide] - mean[wide])
    found[wide] = betainc(size, count[wide] + 1, size / (size + mean[wide]))
    plain = some & ~wide
    found[plain] = gammaincc(count[plain] + 1, mean[plain])
    return found
