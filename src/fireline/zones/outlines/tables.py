"""Columns of what the outlines of a county give: borders, findings, shifts.

Chapter 8: the one place where the shape of these tables stands.
"""

from __future__ import annotations

import polars as pl

from fireline.words import Words

SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "borders": {
        "unit_a": pl.String(),  # unit_a < unit_b
        "unit_b": pl.String(),
        "gates": pl.Int64(),  # roads that cross the border; null where no roads are given
        "shared_m": pl.Float64(),
    },
    "ground_findings": {
        "finding": pl.String(),  # one of FINDINGS
        "unit_id": pl.String(),
        "other_id": pl.String(),
        "lon": pl.Float64(),
        "lat": pl.Float64(),
        "size": pl.Float64(),
        "size_unit": pl.String(),  # m2, m, people, units, cases or ""
        "share": pl.Float64(),
        "what_zh": pl.String(),
        "what_en": pl.String(),
        "assumed_zh": pl.String(),
        "assumed_en": pl.String(),
        "todo_zh": pl.String(),
        "todo_en": pl.String(),
    },
}
"""Output tables: column -> type, in order."""

FINDINGS: dict[str, Words] = {
    "shifted": Words("界线整体偏移", "outlines shifted as a whole"),
    "no_outline": Words("单元没有界线", "unit without an outline"),
    "not_an_area": Words("界线不是面", "outline without an area"),
    "self_crossing": Words("界线自相交", "outline crosses itself"),
    "several_parts": Words("单元由几块组成", "unit in several parts"),
    "sliver": Words("极窄或极小的单元", "sliver"),
    "duplicate": Words("两个单元界线相同", "two units with the same outline"),
    "overlap": Words("两个单元重叠", "two units overlap"),
    "gap": Words("单元之间有空隙", "ground between units that is in none"),
    "island": Words("单元没有相邻单元", "unit without a neighbour"),
    "no_adjacency": Words("没有相邻关系", "no borders between units"),
    "wide_borders": Words("隔路相邻", "neighbours across a road"),
    "outside_county": Words("单元在辖区之外", "unit outside the county"),
    "no_population": Words("单元没有人口数", "unit without population"),
    "shared_population": Words("人口由上级分摊", "population shared out from the area above"),
    "too_many_people": Words("单元人口多于上级", "more people in units than in their area"),
    "case_outside": Words("病例不在任何单元内", "case outside every unit"),
    "same_point": Words("几个单元在同一点", "several units at one point"),
    "point_outside": Words("点在其乡镇之外", "point outside its township"),
    "drawn": Words("界线由点推定", "outlines drawn from points"),
}
"""What can be found, in words."""


def empty(name: str) -> pl.DataFrame:
    """An empty table of the right shape."""
    return pl.DataFrame(schema=SCHEMAS[name])


def findings(*tables: pl.DataFrame) -> pl.DataFrame:
    """Several tables of findings as one, in the order of FINDINGS, then by unit."""
    whole = pl.concat([empty("ground_findings"), *tables])
    order = pl.col("finding").replace_strict(
        {name: i for i, name in enumerate(FINDINGS)}, return_dtype=pl.Int32
    )
    return whole.sort(order, "unit_id", "other_id", nulls_last=True)


def finding(
    name: str,
    *,
    what: Words,
    assumed: Words,
    todo: Words,
    unit_id: str | None = None,
    other_id: str | None = None,
    at: tuple[float, float] | None = None,
    size: float | None = None,
    size_unit: str = "",
    share: float | None = None,
) -> dict[str, object]:
    """One row of ``ground_findings``.

    Parameters
    ----------
    name : key of FINDINGS
    what, assumed, todo : what is wrong, what was assumed, what a person can do
    at : (lon, lat), degrees
    """
    lon, lat = at if at is not None else (None, None)
    return {
        "finding": name, "unit_id": unit_id, "other_id": other_id, "lon": lon, "lat": lat, "size": size,
        "size_unit": size_unit, "share": share, "what_zh": what.zh, "what_en": what.en,
        "assumed_zh": assumed.zh, "assumed_en": assumed.en, "todo_zh": todo.zh, "todo_en": todo.en,
    }  # fmt: skip


def as_findings(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of ``finding`` as a table."""
    return pl.DataFrame(rows, schema=SCHEMAS["ground_findings"], orient="row")
