"""Rows of the tables rt and nowcast.

Chapter 5: read by assess.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from fireline.signals.renewal.daily import DailyCases
from fireline.signals.renewal.model import F64, Nowcast, Rt, Trend
from fireline.signals.tables import NOWCAST, RT

WINDOW = 7
TREND_DAYS = 14
MIN_CASES = 11
"""Local cases a window needs: from there the coefficient of variation of R is at most 0.3 under the prior."""
COMPLETE_SHARE = 0.9
MIN_SEEN = 0.1
"""Days of whose cases less is reported have no R and no trend."""
AREA_DAYS = 60
"""Areas are followed for the newest days only; all cases together for the whole outbreak."""
_R_COLUMNS = ("r_q025", "r_q05", "r_q25", "r_median", "r_q75", "r_q95", "r_q975")


def rt_rows(
    curve: DailyCases, rt: Rt | None, trends: list[tuple[int, Trend]], late: Nowcast | None
) -> pl.DataFrame:
    """One row for each area and day with an R or a trend; ``trends`` say the column they begin at."""
    n_days, n_areas = curve.counts.shape
    columns = {name: np.full((n_days, n_areas), np.nan) for name, kind in RT.items() if kind == pl.Float64()}
    labels = np.full((n_days, n_areas), "", dtype=object)
    if rt is not None:
        is_good = ~np.isnan(rt.mean) & ~rt.is_early & (rt.cases >= MIN_CASES)
        is_good[rt.t_end < n_days - AREA_DAYS, 1:] = False
        parts = zip(("r_mean", "r_sd", *_R_COLUMNS), (rt.mean, rt.sd, *rt.quantiles), strict=True)
        for name, found in parts:
            columns[name][rt.t_end] = np.where(is_good, found, np.nan)
    for start, trend in trends:
        cells = np.ix_(trend.at, np.arange(start, start + trend.label.shape[1]))
        is_good = trend.cases >= MIN_CASES
        labels[cells] = np.where(is_good, trend.label, "")
        for name, found in {
            "trend_probability": trend.probability, "growing": trend.growing, "growth_per_day": trend.rate,
            "growth_low": trend.low, "growth_high": trend.high, "doubling_days": trend.doubling_days,
        }.items():  # fmt: skip
            columns[name][cells] = np.where(is_good, found, np.nan)
    seen = _least_seen(n_days, late)
    has_any = ~np.isnan(columns["r_mean"]) | (labels != "")
    day, area = np.nonzero(has_any & ~(seen < MIN_SEEN)[:, None])
    begin = np.maximum(day - WINDOW + 1, 0)
    summed = [
        np.cumsum(np.vstack([np.zeros((1, n_areas)), a]), axis=0) for a in (curve.counts, curve.imported)
    ]
    dates = [pl.Series(_days(curve, rows), dtype=pl.Date) for rows in (begin, day)]
    frame = {
        "stream": [curve.stream] * day.size, "area_code": [curve.areas[k] for k in area],
        "basis": [curve.basis] * day.size, "first_day": dates[0], "last_day": dates[1],
        "cases": (summed[0][day + 1, area] - summed[0][begin, area]).astype(np.int64),
        "imported": (summed[1][day + 1, area] - summed[1][begin, area]).astype(np.int64),
        **{name: found[day, area] for name, found in columns.items()},
        "trend": pl.Series([labels[d, a] or None for d, a in zip(day, area, strict=True)], dtype=pl.String),
    }  # fmt: skip
    frame["seen"] = seen[day]
    complete = [None if np.isnan(share) else bool(share >= COMPLETE_SHARE) for share in seen[day]]
    frame["is_complete"] = pl.Series(complete, dtype=pl.Boolean)
    table = pl.DataFrame(frame).select(pl.col(name).cast(kind) for name, kind in RT.items())
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def _least_seen(n_days: int, late: Nowcast | None) -> F64:
    """Least share reported of any day of the trend's window, by its last day; NaN where it is not known."""
    if late is None:
        return np.full(n_days, np.nan)
    return np.array([late.seen[max(0, d - TREND_DAYS + 1) : d + 1].min() for d in range(n_days)])


def _days(curve: DailyCases, rows: np.ndarray) -> list[date]:
    return [curve.day(row) for row in rows]


def nowcast_rows(curve: DailyCases, late: Nowcast | None) -> pl.DataFrame:
    """The days that are not yet as old as the longest delay."""
    if late is None:
        return pl.DataFrame(schema=NOWCAST)
    rows = np.arange(max(0, late.reported.size - late.max_delay), late.reported.size)
    frame = {
        "stream": [curve.stream] * rows.size,
        "area_code": [curve.areas[0]] * rows.size,
        "day": pl.Series(_days(curve, rows), dtype=pl.Date),
        "reported": late.reported[rows].astype(np.int64),
        "expected": late.expected[rows],
        "low": late.low[rows].astype(np.int64),
        "high": late.high[rows].astype(np.int64),
        "seen": late.seen[rows],
    }
    return pl.DataFrame(frame, schema=NOWCAST)
