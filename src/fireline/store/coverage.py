"""Puts beside each sum of the routine dossier how much of the usual stands behind it.

Store: called by access.records_for_chapters; numbers of files, which no unit reports, stand as they are.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import polars as pl

from fireline.feeds.reporting import Owed
from fireline.feeds.reporting.coverage import coverage
from fireline.feeds.reporting.rows import Key
from fireline.store.models import CountReport, ReportingUnit
from fireline.store.models.reporting_unit import FILE
from fireline.store.reporting import owed_by

COLUMN = "coverage"


def with_coverage(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts with a column ``coverage``, and without days of which too few units reported.

    Parameters
    ----------
    counts : DataFrame   the table counts of the routine dossier

    Returns
    -------
    DataFrame   coverage is 1 where no unit but a file says the number
    """
    figures = _by_unit()
    areas = dict(ReportingUnit.objects.exclude(kind=FILE).values_list("id", "area_code"))
    owed: dict[tuple[str, str], list[tuple[int, Owed]]] = defaultdict(list)
    for unit, one in owed_by(list(areas)):
        owed[one.stream, areas[unit]].append((unit, one))
    found: dict[Key, float] = {}
    for (stream, area), of in figures.items():
        for day, share in _series(of, owed[stream, area]).items():
            found[stream, area, day] = share
    shares = [found.get(key, 1.0) for key in counts.select("stream", "area_code", "date").iter_rows()]
    return counts.with_columns(pl.Series(COLUMN, shares, dtype=pl.Float64)).filter(
        pl.col(COLUMN).is_not_nan()
    )


def _by_unit() -> dict[tuple[str, str], dict[tuple[int, date], float]]:
    """What stands of each unit, by stream and area."""
    newest: dict[tuple[str, str], dict[tuple[int, date], float]] = defaultdict(dict)
    rows = CountReport.objects.exclude(unit__kind=FILE).order_by("revision")
    for stream, area, unit, day, count in rows.values_list(
        "stream", "area_code", "unit_id", "date", "count"
    ).iterator(chunk_size=10_000):
        if count is None:
            newest[stream, area].pop((unit, day), None)
        else:
            newest[stream, area][unit, day] = count
    return newest


def _series(of: dict[tuple[int, date], float], owed: list[tuple[int, Owed]]) -> dict[date, float]:
    """Coverage of the days of one stream and area."""
    if not of:
        return {}
    units = sorted({unit for unit, _ in of} | {unit for unit, _ in owed})
    first, last = min(day for _, day in of), max(day for _, day in of)
    column = {unit: i for i, unit in enumerate(units)}
    n_days = (last - first).days + 1
    figure = np.full((n_days, len(units)), np.nan)
    for (unit, day), count in of.items():
        figure[(day - first).days, column[unit]] = count
    is_due = np.zeros(figure.shape, bool)
    for unit, one in owed:
        for t in range(n_days):
            is_due[t, column[unit]] |= one.is_owed_on(first + timedelta(days=t))
    share = coverage(figure, is_due)
    came = np.isfinite(figure).any(axis=1)
    return {first + timedelta(days=int(t)): float(share[t]) for t in np.flatnonzero(came)}
