"""Where a case was and when: stays in order, gaps nobody explained, and the infectious window.

Chapter 6: reads visits, places and positions of cases; is read by describe, contacts' explanations and maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from fireline.policy.model import Answer, Profile
from fireline.records.model import INSTANT, Records
from fireline.units import HOUR_S
from fireline.words import Words

GAP_H = 2.0
"""A hole between two stays of known hours shorter than this is travel, not a gap to fill."""

TRAJECTORY_SCHEMA: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "person_key": pl.String(),
    "place_id": pl.String(),
    "enter": INSTANT,
    "leave": INSTANT,
    "precision": pl.String(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "place_name": pl.String(),
    "place_kind": pl.String(),
    "area_code": pl.String(),
    "seat": pl.String(),
    "is_infectious": pl.Boolean(),
}
GAP_SCHEMA: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
    "precision": pl.String(),
    "hours": pl.Float64(),
}
WINDOW_SCHEMA: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "start": INSTANT,
    "end": INSTANT,
    "anchor": pl.String(),
    "basis": pl.String(),
    "rule_id": pl.String(),
}

_COARSENESS = {"minute": 0, "hour": 1, "day": 2}


def coarser(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """The coarser of two precision columns; an unknown precision counts as a day."""
    rank = [e.replace_strict(_COARSENESS, default=2, return_dtype=pl.Int8) for e in (first, second)]
    return pl.max_horizontal(*rank).replace_strict(
        {v: k for k, v in _COARSENESS.items()}, return_dtype=pl.String
    )


def windows(
    lines: pl.DataFrame, *, lookback: Answer | None, profile: Profile | None, at: datetime
) -> tuple[pl.DataFrame, tuple[Words, ...]]:
    """Infectious window of each case, from the look-back rule in force, else from the disease profile.

    Parameters
    ----------
    lines : a line list
    lookback : answer to "contact.lookback / close", or None
    profile : the disease profile, or None
    at : aware datetime, UTC; a window that is still open ends here

    Returns
    -------
    (DataFrame, notes)   WINDOW_SCHEMA, one row per case whose anchor is known, sorted by case_id. With a rule
        the window runs from ``days`` before the anchor to isolation; with a profile over its infectious
        days, cut at isolation.
    """
    notes: list[Words] = []
    value: Mapping[str, Any] | None = None
    if lookback is not None and lookback.in_force and lookback.value and "days" in lookback.value:
        value = lookback.value
        first, last = -float(value["days"]), None
        anchor, basis = str(value.get("anchor", "onset")), "rule"
        rule_id = lookback.rule_id
    elif profile is not None and profile.infectious_days is not None:
        first, last = profile.infectious_days
        anchor, basis, rule_id = profile.infectious_anchor, "profile", ""
    else:
        notes.append(
            Words(
                zh="没有可用的规则或病种资料，未计算传染期。",
                en="No rule in force and no disease profile: infectious windows are not computed.",
            )
        )
        return pl.DataFrame(schema=WINDOW_SCHEMA), tuple(notes)
    column = _anchor(lines, anchor)
    if column is None:
        notes.append(
            Words(
                zh=f"传染期以“{anchor}”起算，数据中没有该时间，未计算传染期。",
                en=f"The infectious window is anchored at {anchor}, which the data do not hold.",
            )
        )
        return pl.DataFrame(schema=WINDOW_SCHEMA), tuple(notes)
    isolated = pl.col("isolated_at") if "isolated_at" in lines.columns else pl.lit(None, dtype=INSTANT)
    latest = pl.lit(at.astimezone(UTC), dtype=INSTANT)
    end = (
        latest
        if last is None
        else pl.min_horizontal(pl.col("_anchor") + pl.duration(seconds=(last + 1) * 86_400), latest)
    )
    table = (
        lines.with_columns(column.alias("_anchor"))
        .filter(pl.col("_anchor").is_not_null() & (pl.col("classification") != "discarded"))
        .select(
            "case_id",
            (pl.col("_anchor") + pl.duration(seconds=first * 86_400)).alias("start"),
            pl.min_horizontal(end, isolated).alias("end"),
            pl.lit(anchor).alias("anchor"),
            pl.lit(basis).alias("basis"),
            pl.lit(rule_id).alias("rule_id"),
        )
        .with_columns(pl.max_horizontal("start", "end").alias("end"))
        .cast(WINDOW_SCHEMA)  # type: ignore[arg-type]
        .sort("case_id")
    )
    return table, tuple(notes)


def _anchor(lines: pl.DataFrame, anchor: str) -> pl.Expr | None:
    names = {"onset": ("onset",), "onset_or_sampling": ("onset", "sampled_at"), "sampling": ("sampled_at",)}
    present = [
        n for n in names.get(anchor, ()) if n in lines.columns and lines[n].null_count() < lines.height
    ]
    return pl.coalesce(*present) if present else None


def trajectories(records: Records, lines: pl.DataFrame, window: pl.DataFrame) -> pl.DataFrame:
    """Stays of every case in order.

    Parameters
    ----------
    records : cleaned tables; ``visits`` and ``places``, and ``positions`` as points without a place
    lines : line list (case_id, person_key)
    window : infectious windows of ``windows``

    Returns
    -------
    DataFrame   TRAJECTORY_SCHEMA, sorted by case, time, place. ``precision`` is the coarser of enter and
        leave. ``is_infectious`` is null where the case has no window. A stay without a leave time keeps null.
    """
    cases = lines.select("case_id", "person_key").unique(maintain_order=True)
    stays = records.table("visits").select(
        "person_key",
        "place_id",
        "enter",
        "leave",
        coarser(
            pl.col("enter_precision"), pl.col("leave_precision").fill_null(pl.col("enter_precision"))
        ).alias("precision"),
        "seat",
    )
    places = records.table("places").select(
        "place_id",
        "lon",
        "lat",
        pl.col("name").alias("place_name"),
        pl.col("kind").alias("place_kind"),
        "area_code",
    )
    points = records.table("positions").select(
        "person_key",
        pl.lit(None, dtype=pl.String).alias("place_id"),
        pl.col("at").alias("enter"),
        pl.col("at").alias("leave"),
        pl.col("at_precision").alias("precision"),
        "lon",
        "lat",
    )
    located = stays.join(
        places.unique("place_id", keep="first", maintain_order=True), on="place_id", how="left"
    )
    joined = cases.join(pl.concat([located, points], how="diagonal"), on="person_key", how="inner").join(
        window.select("case_id", "start", "end"), on="case_id", how="left"
    )
    until = pl.coalesce("leave", "enter")
    is_dated = pl.col("precision") == "day"
    last = pl.when(is_dated).then(until + pl.duration(days=1)).otherwise(until)
    return (
        joined.with_columns(
            ((pl.col("enter") <= pl.col("end")) & (last >= pl.col("start"))).alias("is_infectious")
        )
        .select(list(TRAJECTORY_SCHEMA))
        .cast(TRAJECTORY_SCHEMA)  # type: ignore[arg-type]
        .sort("case_id", "enter", "leave", "place_id", "seat", "lon", "lat", nulls_last=True)
    )


def gaps(stays: pl.DataFrame) -> pl.DataFrame:
    """Time between a case's stays that no stay explains.

    Parameters
    ----------
    stays : DataFrame of ``trajectories``

    Returns
    -------
    DataFrame   GAP_SCHEMA. Between stays with hours: holes of at least GAP_H hours. Where either side is a
        date only: whole days without any stay (``precision`` "day"). Holes are measured from the latest
        end so far, so overlapping stays hide nothing.
    """
    day = pl.duration(days=1)
    ends = (
        pl.when(pl.col("precision") == "day")
        .then(pl.coalesce("leave", "enter") + day)
        .otherwise(pl.coalesce("leave", "enter"))
    )
    found = (
        stays.sort("case_id", "enter", "leave", nulls_last=True)
        .with_columns(ends.alias("_end"))
        .with_columns(
            pl.col("_end").cum_max().shift(1).over("case_id").alias("from"),
            pl.col("precision").shift(1).over("case_id").alias("_before"),
        )
        .with_columns(
            (pl.col("enter") - pl.col("from")).dt.total_seconds().alias("_s"),
            pl.when((pl.col("precision") == "day") | (pl.col("_before") == "day"))
            .then(pl.lit("day"))
            .otherwise(pl.col("precision"))
            .alias("_p"),
        )
    )
    wanted = pl.when(pl.col("_p") == "day").then(24 * HOUR_S).otherwise(int(GAP_H * HOUR_S))
    return (
        found.filter(pl.col("_s") >= wanted)
        .select(
            "case_id",
            "from",
            pl.col("enter").alias("to"),
            pl.col("_p").alias("precision"),
            (pl.col("_s") / HOUR_S).alias("hours"),
        )
        .cast(GAP_SCHEMA)  # type: ignore[arg-type]
        .sort("case_id", "from")
    )
