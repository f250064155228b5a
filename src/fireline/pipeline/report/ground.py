"""The map of the report: what lies where, drawn without a map server.

Pipeline: takes the story in one language and returns safe HTML.
"""

from __future__ import annotations

import math

import polars as pl

from fireline.bulletins.figures_map import map_figure
from fireline.pipeline.report.parts import Markup, figure, nothing
from fireline.pipeline.report.sections import Story

_MAP_HEIGHT = 640
_MAP_WIDTHS = (480, 960)


def place_map(s: Story) -> Markup:
    """Areas, units by zone, cases with coordinates and the public places they were at."""
    t, tables = s.t, s.intake.records
    lines = s.results.investigation.line_list
    points = lines if {"lon", "lat"} <= set(lines.columns) else s.results.records.table("cases")
    points = points.filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    areas, units = tables.table("areas"), tables.table("units")
    spots = _visited(s)
    lowest = areas.filter(~pl.col("area_code").is_in(areas["parent_code"].drop_nulls().implode()))
    has_shapes = (
        areas["geometry"].drop_nulls().len()
        or units["geometry"].drop_nulls().len()
        or units["lon"].drop_nulls().len()
    )
    if not points.height and not has_shapes and not spots.height:
        return nothing(
            t.say(
                "数据没有坐标或区划图形，无法成图。",
                "The data hold no coordinates or outlines, so there is no map.",
            )
        )
    svg = map_figure(
        areas=lowest, units=units, levels=s.results.zones.levels, cases=points, places=spots,
        lang=t.code, width=_map_width(units, points, spots), height=_MAP_HEIGHT, figure_id=f"{t.code}-map",
    )  # fmt: skip
    return figure(
        svg,
        t.say(
            "不依赖网络的示意图；分区同时用花纹区分。",
            "Drawn without a network; zones differ by pattern, not by colour alone.",
        ),
    )


def _visited(s: Story) -> pl.DataFrame:
    """Public places that cases were at, with coordinates and how many cases."""
    places = s.results.records.table("places").select("place_id", "lon", "lat")
    found = s.results.places.busiest.select("place_id", "n_cases")
    return found.join(places, on="place_id", how="inner").drop_nulls(["lon", "lat"])


def _map_width(*drawn: pl.DataFrame) -> int:
    """Width that fits what is drawn, so that a narrow screen does not open on empty ground."""
    spots = pl.concat([frame.select("lon", "lat").drop_nulls() for frame in drawn])
    if spots.height < 2:
        return _MAP_WIDTHS[1]
    lon, lat = spots["lon"].to_numpy(), spots["lat"].to_numpy()
    wide = float(lon.max() - lon.min()) * math.cos(math.radians(float(lat.mean())))
    high = float(lat.max() - lat.min())
    low, top = _MAP_WIDTHS
    return round(min(max(_MAP_HEIGHT * wide / high, low), top)) if high > 0 else top
