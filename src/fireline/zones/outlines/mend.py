"""Outlines made usable: crossings resolved, every change of area stated.

Chapter 8: the first step over outlines that people drew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.outlines.hostile import ALL_CROSSINGS, MOST_CROSSINGS, count_crossings
from fireline.zones.outlines.plane import Plane, Shapes, polygons_of
from fireline.zones.outlines.tables import as_findings, finding

LEAST_AREA_M2 = 1.0


@dataclass(frozen=True, slots=True)
class Mended:
    """Outlines that can be worked with, and what was found on the way.

    Attributes
    ----------
    shapes : valid polygons in metres or None, shape (n,)
    changed : bool (n,), outlines that are not as they were drawn
    plane : Plane, the map they lie on
    findings : ``SCHEMAS["ground_findings"]``
    """

    shapes: Shapes
    changed: NDArray[np.bool_]
    plane: Plane
    findings: pl.DataFrame

    def degrees(self) -> Shapes:
        """The outlines in degrees."""
        return self.plane.round(self.shapes)


def point_of(shape: shapely.Geometry, plane: Plane) -> tuple[float, float]:
    """A point (lon, lat) inside a flat shape, to find it on a map."""
    inside = plane.round(np.array([shape.representative_point()], dtype=object))[0]
    return round(float(inside.x), 6), round(float(inside.y), 6)


def mend(shapes: Shapes, ids: Sequence[str]) -> Mended:
    """Turn outlines in degrees into valid polygons in metres.

    Parameters
    ----------
    shapes : geometries or None, shape (n,), degrees WGS-84
    ids : n unit ids

    Returns
    -------
    Mended   lines, points and outlines under 1 m2 become None with a finding; a crossing outline becomes
        the area it encloses (each ground enclosed once), with the change of area in the finding

    Notes
    -----
    Drawn area of a crossing outline: the absolute area of its rings as GEOS counts them, in which a part run
    round the other way counts against the rest. A figure of eight therefore has a drawn area near 0.
    """
    plane = Plane.around(shapes)
    flat = plane.flat(shapes)
    is_known = np.array([s is not None for s in flat], dtype=bool)
    broken = is_known & ~shapely.is_valid(flat)
    made, tangled = resolve(flat)
    changed = np.zeros(len(flat), dtype=bool)
    rows = []
    for i in np.flatnonzero(is_known).tolist():
        drawn, area = flat[i], polygons_of(made[i])
        made[i] = area if area is not None and area.area >= LEAST_AREA_M2 else None
        if made[i] is None:
            changed[i] = True
            tell = _tangled if tangled[i] else _not_an_area
            rows.append(tell(ids[i], drawn, plane))
        elif broken[i]:
            changed[i] = True
            rows.append(_crossing(ids[i], drawn, made[i], plane))
    return Mended(made, changed, plane, as_findings(rows))


def resolve(shapes: Shapes) -> tuple[Shapes, NDArray[np.bool_]]:
    """Crossing outlines as the ground they enclose.

    Parameters
    ----------
    shapes : geometries or None, shape (n,)

    Returns
    -------
    (shapes, tangled)   valid geometries or None; tangled outlines (``hostile``) are None and marked
    """
    made = shapes.copy()
    tangled = np.zeros(len(shapes), dtype=bool)
    left = ALL_CROSSINGS
    for i, shape in enumerate(shapes):
        if shape is None or shape.is_valid:
            continue
        if shape.geom_type not in ("Polygon", "MultiPolygon"):
            made[i] = None
            continue
        most = min(MOST_CROSSINGS, left)
        n = count_crossings(shape, most=most)
        left -= min(n, left)
        tangled[i] = n > most
        made[i] = None if tangled[i] else shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return made, tangled


def _tangled(unit_id: str, drawn: shapely.Geometry, plane: Plane) -> dict[str, object]:
    middle = plane.round(np.array([shapely.Point(drawn.bounds[:2])], dtype=object))[0]
    return finding(
        "self_crossing",
        unit_id=unit_id,
        at=(round(float(middle.x), 6), round(float(middle.y), 6)),
        what=Words(
            f"单元 {unit_id} 的界线自相交过多，无法辨认",
            f"outline of unit {unit_id} crosses itself too often to be read",
        ),
        assumed=Words("视为没有界线", "counted as a unit without outline"),
        todo=Words("请重画该单元", "draw the unit again"),
    )


def _not_an_area(unit_id: str, drawn: shapely.Geometry, plane: Plane) -> dict[str, object]:
    at = None if drawn.is_empty else point_of(drawn, plane)
    return finding(
        "not_an_area",
        unit_id=unit_id,
        at=at,
        size=0.0,
        size_unit="m2",
        what=Words(
            f"单元 {unit_id} 的界线是点、线或面积不足 1 平方米（{drawn.geom_type}）",
            f"outline of unit {unit_id} is a point, a line or under 1 m2 ({drawn.geom_type})",
        ),
        assumed=Words("视为没有界线", "counted as a unit without outline"),
        todo=Words("请画出该单元的面", "draw the unit as an area"),
    )


def _crossing(
    unit_id: str, drawn: shapely.Geometry, area: shapely.Geometry, plane: Plane
) -> dict[str, object]:
    before, after = abs(float(drawn.area)), float(area.area)
    why = shapely.is_valid_reason(drawn).split("[")[0].strip()
    return finding(
        "self_crossing",
        unit_id=unit_id,
        at=point_of(area, plane),
        size=round(after - before, 1),
        size_unit="m2",
        share=round((after - before) / before, 6) if before else None,
        what=Words(
            f"单元 {unit_id} 的界线自相交（{why}）", f"outline of unit {unit_id} crosses itself ({why})"
        ),
        assumed=Words(
            f"按其围住的地面计算：{after:,.0f} 平方米（所画 {before:,.0f} 平方米）",
            f"taken as the ground it encloses: {after:,.0f} m2 ({before:,.0f} m2 as drawn)",
        ),
        todo=Words("请核对并重画该单元", "check the unit and draw it again"),
    )
