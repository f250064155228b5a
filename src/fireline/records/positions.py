"""Turn position samples into visits: cells of a grid are the places, runs of samples are the stays.

Chapter 2: used by ``records.clean``, so that later chapters know visits only.
"""

from __future__ import annotations

import polars as pl

from fireline.records.model import empty, schema

CELL_DEGREES = 0.002
"""Edge of a grid cell: about 220 m north-south, and less east-west away from the equator."""

MAX_GAP_S = 30 * 60
"""A longer silence between two samples ends a stay."""

MIN_STAY_S = 10 * 60
"""A shorter run of samples in one cell is passing by, not a stay."""


def stays(positions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Visits and places made from samples.

    Parameters
    ----------
    positions : cleaned ``positions`` table

    Returns
    -------
    (visits, places)   cleaned tables; a visit runs from the first to the last sample in one cell, so it
        never claims time that was not observed; places are the cells' centres, kind "grid_cell"

    Notes
    -----
    Samples of day precision make no stay: the hours in between are not known.
    """
    samples = positions.filter(pl.col("at_precision") != "day").with_columns(
        ((pl.col("lon") + 180) / CELL_DEGREES).floor().cast(pl.Int64).alias("x"),
        ((pl.col("lat") + 90) / CELL_DEGREES).floor().cast(pl.Int64).alias("y"),
    )
    if not samples.height:
        return empty("visits"), empty("places")
    samples = samples.sort("person_key", "at", "x", "y")
    before = [pl.col(c).shift(1).over("person_key") for c in ("x", "y", "at")]
    is_new = (
        (pl.col("x") != before[0]) | (pl.col("y") != before[1])
        | ((pl.col("at") - before[2]).dt.total_seconds() > MAX_GAP_S)
    ).fill_null(True)  # fmt: skip
    runs = (
        samples.with_columns(is_new.cum_sum().alias("run"))
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("person_key", "x", "y").first(),
            pl.col("at").first().alias("enter"),
            pl.col("at").last().alias("leave"),
            (pl.col("at_precision") == "hour").any().alias("is_hour"),
        )
        .filter((pl.col("leave") - pl.col("enter")).dt.total_seconds() >= MIN_STAY_S)
        .with_columns(pl.format("cell-{}-{}", "x", "y").alias("place_id"))
    )
    precision = pl.when(pl.col("is_hour")).then(pl.lit("hour")).otherwise(pl.lit("minute"))
    visits = runs.select(
        "person_key", "place_id", "enter", precision.alias("enter_precision"),
        "leave", precision.alias("leave_precision"), pl.lit(None, pl.String).alias("seat"),
    ).select(list(schema("visits")))  # fmt: skip
    cells = runs.select("place_id", "x", "y").unique().sort("place_id")
    places = empty("places").clear(cells.height).with_columns(
        cells["place_id"],
        pl.lit("grid_cell").alias("kind"),
        ((cells["x"] + 0.5) * CELL_DEGREES - 180).round(6).alias("lon"),
        ((cells["y"] + 0.5) * CELL_DEGREES - 90).round(6).alias("lat"),
    )  # fmt: skip
    return visits, places
