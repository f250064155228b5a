"""Turns counts and cases into arrays of series: time first, one column per stream and area.

Chapter 5: reads records; read by watch and thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.policy import disease_id
from fireline.records.model import Records


@dataclass(frozen=True, slots=True)
class Block:
    """Series of one step, side by side.

    Attributes
    ----------
    step_days : int, 1 = daily, 7 = weekly
    start : int64 array, shape (n_series,)   proleptic ordinal of each series' first row
    names : tuple of (stream, area_code), sorted
    counts : float64 array, shape (n_time, n_series)   NaN = not reported
    coverage : float64 array of the same shape, or None   share of the usual sum over units behind each count
    """

    step_days: int
    start: NDArray[np.int64]
    names: tuple[tuple[str, str], ...]
    counts: NDArray[np.float64]
    coverage: NDArray[np.float64] | None = None

    def day(self, row: int, series: int) -> date:
        """Calendar day of one cell."""
        return date.fromordinal(int(self.start[series]) + self.step_days * row)


def count_blocks(records: Records, *, last: date) -> list[Block]:
    """Daily and weekly blocks of the streams of counts; what was not reported stays NaN.

    Parameters
    ----------
    records : Records
    last : date   later counts are left out

    Returns
    -------
    list of Block   a series whose dates all lie whole weeks apart (three dates or more) is weekly
    """
    given = records.table("counts")
    shares = [pl.col("coverage").mean()] if "coverage" in given.columns else []
    counts = (
        given.filter(pl.col("date") <= last)
        .group_by("stream", "area_code", "date")
        .agg(pl.col("count").sum(), *shares)
        .sort("stream", "area_code", "date")
    )
    by = ["stream", "area_code"]
    day = pl.col("date").cast(pl.Int64)
    weekly = (pl.len().over(by) >= 3) & (((day - day.first().over(by)) % 7) == 0).all().over(by)
    marked = counts.with_columns(weekly.alias("is_weekly"))
    parts = [(marked.filter(~pl.col("is_weekly")), 1), (marked.filter("is_weekly"), 7)]
    return [_block(part, step) for part, step in parts if part.height]


def cases_with_day(records: Records, *, last: date) -> pl.DataFrame:
    """Cases that were not discarded with the day they count on, their disease id and area.

    Parameters
    ----------
    records : Records
    last : date   later cases are left out

    Returns
    -------
    DataFrame   columns of cases, and day, disease_id, area; sorted by disease_id, area, day, case_id. The day
    is the onset where known, else the report, else the sample; cases without any are left out.
    """
    cases = records.table("cases").filter(
        pl.col("classification").is_null() | (pl.col("classification") != "discarded")
    )
    names = {name: disease_id(name) for name in cases["disease"].unique().drop_nulls().to_list()}
    day = pl.coalesce("onset", "reported_at", "sampled_at").dt.convert_time_zone(str(records.tz)).dt.date()
    return (
        cases.with_columns(
            day.alias("day"),
            pl.col("disease").replace_strict(names, return_dtype=pl.String).alias("disease_id")
            if names
            else pl.lit("").alias("disease_id"),
            pl.col("area_code").fill_null(records.area).alias("area"),
        )
        .drop_nulls("day")
        .filter(pl.col("day") <= last)
        .sort("disease_id", "area", "day", "case_id")
    )


def case_block(cases: pl.DataFrame) -> list[Block]:
    """Daily block of cases by disease and area; days without a case inside the span of the disease are zeros.

    Parameters
    ----------
    cases : DataFrame   as ``cases_with_day`` gives it

    Returns
    -------
    list of Block   one per disease
    """
    blocks = []
    for (disease,), part in cases.group_by("disease_id", maintain_order=True):
        counts = (
            part.group_by("area", "day")
            .len()
            .select(
                pl.lit(f"cases/{disease}").alias("stream"),
                pl.col("area").alias("area_code"),
                pl.col("day").alias("date"),
                pl.col("len").cast(pl.Float64).alias("count"),
            )
            .sort("stream", "area_code", "date")
        )
        blocks.append(_block(counts, 1, fill=0.0))
    return blocks


def _block(counts: pl.DataFrame, step_days: int, *, fill: float = np.nan) -> Block:
    names = counts.select("stream", "area_code").unique(maintain_order=True)
    numbered = counts.join(names.with_row_index("series"), on=["stream", "area_code"], maintain_order="left")
    ordinal = numbered["date"].cast(pl.Int64).to_numpy() + date(1970, 1, 1).toordinal()
    series = numbered["series"].cast(pl.Int64).to_numpy()
    phase = np.zeros(names.height, np.int64)
    phase[series] = ordinal % step_days
    steps = ordinal // step_days
    first = int(steps.min())
    array = np.full((int(steps.max()) - first + 1, names.height), fill)
    array[steps - first, series] = numbered["count"].to_numpy()
    coverage = None
    if "coverage" in counts.columns:
        coverage = np.ones(array.shape)
        coverage[steps - first, series] = numbered["coverage"].to_numpy()
    return Block(step_days, first * step_days + phase, tuple(names.rows()), array, coverage)
