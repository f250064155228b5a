"""Farrington's method in its flexible form: baselines of the years before, past outbreaks weighed down.

Chapter 5: reads kernels.farrington; read by what joins detectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from fireline.kernels.count_glm import Layout
from fireline.kernels.farrington import DELTA, MU_AN, NB_PLUGIN, Baseline, Judged, Rules, judge
from fireline.signals.detectors.model import F64, I64, Detection, check

METHODS = {"delta": DELTA, "nb_plugin": NB_PLUGIN, "mu_an": MU_AN}
POWERS = {"2/3": 2 / 3, "1/2": 0.5, "none": 1.0}
DEFINITIONS = ("surveillance", "published")


def farrington_flexible(
    counts: F64,
    at: I64,
    *,
    b: int = 5,
    w: int = 3,
    n_periods: int = 1,
    weeks_excluded: int | None = None,
    freq: int = 52,
    dates: NDArray[np.datetime64] | None = None,
    threshold_method: str = "delta",
    power: str = "2/3",
    weights_threshold: float | None = 2.58,
    with_trend: bool = True,
    trend_p: float = 0.05,
    limit54: tuple[int, int] = (5, 4),
    alpha: float = 0.05,
    population: F64 | None = None,
    definition: str = "surveillance",
) -> Detection:
    """Compare counts with what the same weeks of the years before let one expect.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   time first; NaN = not reported, never zero
    at : int64 array   rows to judge, 0-based
    b : int, >= 1   years back
    w : int, >= 0   rows on either side of the same row of an earlier year: the window
    n_periods : int   1 = only the windows are baseline; more = all rows are, in seasons: the windows are one
        and the rows between two windows are split into the others, as even as can be
    weeks_excluded : int or None   rows just before the judged one that are left out; None = w
    freq : int   rows a year
    dates : datetime64[D] array, shape (n_time,), or None   where given, a year is a year of the calendar:
        the row nearest to the same date; else it is ``freq`` rows
    threshold_method : "delta" (normal after a power), "nb_plugin" (negative binomial of the estimates) or
        "mu_an" (negative binomial of an upper limit of the mean)
    power : "2/3", "1/2" or "none"   for "delta"
    weights_threshold : float or None   standardised Anscombe residuals above it are weighed down; None = no
    with_trend : bool   try a trend
    trend_p : float   a trend with a smaller p value is kept if b >= 3 and it expects no more than the highest
        count of the baseline
    limit54 : (cases, rows)   with fewer cases in so many rows, the judged one in, nothing alarms
    alpha : float, 0 < alpha < 1   one-sided level
    population : float64 array, shape (n_time, n_series), or None   people at risk, > 0; NaN = not known
    definition : "surveillance" or "published"   see Notes

    Returns
    -------
    Detection   ``statistic`` is the exceedance score (count - mu0) / (upper - mu0): above 1 = above the
        bound; ``mu0``, ``phi`` and ``p_value`` are stated also where there are not enough cases

    Raises
    ------
    ValueError   an array has the wrong shape, a row lies outside it, or an option is out of range

    Notes
    -----
    Defaults are those of R's ``surveillance::farringtonFlexible``; what Noufaily et al. advise is
    ``n_periods=10, weeks_excluded=26, threshold_method="nb_plugin", trend_p=1``. A row whose windows do not
    all lie inside the series, or whose own season holds no reported row, is not judged (NaN).

    "surveillance" gives the numbers of R's function, in version 1.20 checked to 1e-8. After weighing down,
    that function takes the variance of the mean and of the trend from working residuals without their
    working weights: too small where counts are above one, so that "delta" and "mu_an" bounds are a little low
    and chance trends are kept. "published" takes both from the dispersion of the fit, as the papers do. The
    two differ in nothing else; for "nb_plugin" with ``trend_p=1`` they are the same.

    Three things of R's function are not followed. Where its fit does not end within 25 steps it gives no
    answer (a long baseline of zeros); here the last step is the answer, so that cases after long silence
    alarm. With dates and the first row of a baseline unreported it follows the trend to a week long past. A
    season with one reported row has no residual; there, rounding can decide that R leaves the row out.

    References
    ----------
    .. [1] Farrington C.P. et al. (1996), J R Stat Soc A 159:547-563: the method, "delta", rules of trend.
    .. [2] Noufaily A. et al. (2013), Stat Med 32:1206-1222, doi:10.1002/sim.5595: seasons, weeks left out,
       threshold of weights, negative binomial bound.
    .. [3] Salmon M. et al. (2016), J Stat Softw 70(10), doi:10.18637/jss.v070.i10: "mu_an", lengths of
       seasons.
    """
    counts, rows = check(counts, at)
    excluded = w if weeks_excluded is None else weeks_excluded
    _check_options(b=b, w=w, n_periods=n_periods, excluded=excluded, freq=freq, alpha=alpha, trend_p=trend_p)
    people = _population(population, counts)
    rules = _rules(
        n_most=counts.shape[0],
        trend_p=trend_p if with_trend else None,
        weights_threshold=weights_threshold,
        definition=definition,
        method=threshold_method,
        power=power,
        alpha=alpha,
        limit54=limit54,
    )
    years = _years_before(rows, b=b, freq=freq, dates=dates, n_time=counts.shape[0])
    times = None if dates is None else np.asarray(dates, "datetime64[D]").astype(np.int64)
    said = []
    for row, before in zip(rows.tolist(), years, strict=True):
        if before.min(initial=row) < w:
            said.append(_nothing(counts.shape[1]))
            continue
        base = baseline(row, before, w=w, n_periods=n_periods, excluded=excluded, days=times)
        if base.row.size == 0:
            said.append(_nothing(counts.shape[1]))
            continue
        said.append(judge(counts, row, base, n_years=b, rules=rules, population=people))
    return _detection(counts, rows, said)


def baseline(
    row: int, years_before: I64, *, w: int, n_periods: int, excluded: int, days: I64 | None = None
) -> Baseline:
    """Rows that one row is judged by, with their seasons.

    Parameters
    ----------
    row : int
    years_before : int64 array   the same row of earlier years, latest first
    w, n_periods, excluded : int   as in ``farrington_flexible``
    days : int64 array or None   day number of every row of the series; None = rows are evenly apart

    Returns
    -------
    Baseline   season 0 are the windows
    """
    centres = [*sorted(years_before.tolist()), row]
    season = np.full(max(0, row - excluded - (centres[0] - w)), -1, np.int64)
    first = centres[0] - w
    for here, following in zip(centres, [*centres[1:], None], strict=True):
        season[max(0, here - w - first) : max(0, here + w + 1 - first)] = 0
        if following is not None and n_periods > 1:
            between = _even_split(following - here - 2 * w - 1, n_periods - 1)
            begin = here + w + 1 - first
            season[begin : begin + between.size] = between[: max(0, season.size - begin)]
    used = np.flatnonzero(season >= 0)
    rows, groups = used + first, season[used]
    if days is None:
        time = (rows - row).astype(np.float64)
    else:
        time = (days[rows] - days[row]) / float(days[first + 1] - days[first])
    breaks = np.flatnonzero((np.diff(groups) != 0) | (np.diff(time) != 1.0)) + 1
    run_first = np.unique(np.concatenate([[0], breaks, [rows.size]])).astype(np.int64)
    return Baseline(rows, Layout(time, run_first, groups[run_first[:-1]]), n_periods)


def _even_split(n_rows: int, n_parts: int) -> I64:
    """Number of the part, from 1, of each row; the first parts take what is left over."""
    length, rest = divmod(n_rows, n_parts)
    lengths = np.full(n_parts, length)
    lengths[:rest] += 1
    return np.repeat(np.arange(1, n_parts + 1), lengths)


def _years_before(rows: I64, *, b: int, freq: int, dates: NDArray[np.datetime64] | None, n_time: int) -> I64:
    """The same row of the b years before each row, shape (n_rows, b); -1 = before the series begins."""
    if dates is None:
        return np.maximum(rows[:, None] - freq * np.arange(1, b + 1), -1)
    days = np.asarray(dates, "datetime64[D]")
    if days.shape != (n_time,) or np.isnat(days).any() or (np.diff(days).astype(np.int64) <= 0).any():
        raise ValueError(f"dates: expected {n_time} days, each later than the one before")
    month = days[rows].astype("datetime64[M]")
    day_of_month = (days[rows] - month.astype("datetime64[D]")).astype(np.int64)
    earlier = month[:, None] - 12 * np.arange(1, b + 1)
    wanted = earlier.astype("datetime64[D]") + day_of_month[:, None]  # 29 February becomes 1 March
    return _nearest(days.astype(np.int64), wanted.astype(np.int64))


def _nearest(days: I64, wanted: I64) -> I64:
    """Row of the day nearest to each day wanted; -1 where that is more than half a step before the first."""
    after = np.clip(np.searchsorted(days, wanted), 1, max(1, days.size - 1))
    if days.size < 2:
        return np.full(wanted.shape, -1, np.int64)
    nearest = after - (wanted - days[after - 1] <= days[after] - wanted)
    return np.where(2 * (days[0] - wanted) > days[1] - days[0], -1, nearest)


def _rules(
    *,
    n_most: int,
    trend_p: float | None,
    weights_threshold: float | None,
    definition: str,
    method: str,
    power: str,
    alpha: float,
    limit54: tuple[int, int],
) -> Rules:
    for label, value, allowed in (
        ("threshold_method", method, METHODS),
        ("power", power, POWERS),
        ("definition", definition, DEFINITIONS),
    ):
        if value not in allowed:
            raise ValueError(f"{label}: expected one of {', '.join(allowed)}, got {value!r}")
    if limit54[0] < 0 or limit54[1] < 1:
        raise ValueError(f"limit54: expected (cases >= 0, rows >= 1), got {limit54}")
    if weights_threshold is not None and not weights_threshold > 0:
        raise ValueError(f"weights_threshold: expected more than 0, got {weights_threshold}")
    critical = np.zeros(0)
    if trend_p is not None:
        with np.errstate(invalid="ignore"):
            critical = special.stdtrit(np.arange(n_most + 1.0), 1.0 - trend_p / 2)
        critical[0] = np.inf
    return Rules(
        critical,
        np.inf if weights_threshold is None else float(weights_threshold),
        definition == "published",
        METHODS[method],
        POWERS[power],
        float(alpha),
        float(special.ndtri(1.0 - alpha)),
        int(limit54[0]),
        int(limit54[1]),
    )


def _check_options(
    *, b: int, w: int, n_periods: int, excluded: int, freq: int, alpha: float, trend_p: float
) -> None:
    if b < 1 or w < 0 or excluded < 0 or freq < 1:
        raise ValueError(
            f"expected b >= 1, w >= 0, weeks_excluded >= 0 and freq >= 1, got {b}, {w}, {excluded}, {freq}"
        )
    if not 1 <= n_periods <= freq - 2 * w:
        raise ValueError(
            f"n_periods: {freq} rows a year with windows of {2 * w + 1} hold 1 to {freq - 2 * w} seasons, "
            f"got {n_periods}"
        )
    if not 0 < alpha < 1 or not 0 <= trend_p <= 1:
        raise ValueError(f"expected 0 < alpha < 1 and 0 <= trend_p <= 1, got {alpha} and {trend_p}")


def _population(population: F64 | None, counts: F64) -> F64:
    if population is None:
        return np.ones((0, counts.shape[1]))
    people = np.ascontiguousarray(population, np.float64)
    if people.shape != counts.shape:
        raise ValueError(f"population: expected shape {counts.shape}, got {people.shape}")
    return people


def _nothing(n_series: int) -> Judged:
    empty, no = np.full((4, n_series), np.nan), np.zeros((3, n_series), bool)
    return Judged(*empty, *no)


def _detection(counts: F64, rows: I64, said: list[Judged]) -> Detection:
    shape = (rows.size, counts.shape[1])
    stacked = [
        np.stack([getattr(one, name) for one in said]) if said else np.zeros(shape)
        for name in ("mu0", "phi", "upper", "p_value", "alarm", "enough", "has_trend")
    ]
    mu0, phi, upper, p_value, alarm, enough, trend = stacked
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (counts[rows] - mu0) / (upper - mu0)
    return Detection(
        mu0, phi, upper, score, p_value, alarm.astype(bool), enough.astype(bool), trend.astype(bool)
    )
