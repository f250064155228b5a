"""What is wrong with the outlines of a county: where, how much, what was assumed, what to do.

Chapter 8: reads mended outlines and their borders; changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.outlines.hostile import any_hit, meeting_pairs
from fireline.zones.outlines.mend import Mended, point_of
from fireline.zones.outlines.plane import GRID_M, Plane, Shapes, union
from fireline.zones.outlines.tables import as_findings, finding

OVERLAP_SHARE = 0.01
"""Overlap from this share of the smaller unit on is told; less is the width of a drawn line."""

SAME_SHARE = 0.99
"""Overlap from this share of both units on: the same outline twice."""

SLIVER_WIDTH_M = 2.0
GAP_M2 = 100.0
_GAP_WIDTH_M = 60.0
_OUTSIDE_SHARE = 0.05

_CHECK = Words("请核对界线", "check the outlines")


def check_outlines(
    mended: Mended, ids: Sequence[str], borders: pl.DataFrame, *, county: shapely.Geometry | None = None
) -> pl.DataFrame:
    """All findings on the outlines of a county.

    Parameters
    ----------
    mended : outlines of ``mend``
    ids : n unit ids
    borders : of ``find_borders``, or a stated adjacency (unit_a, unit_b)
    county : outline of the jurisdiction, degrees; None where it is not known

    Returns
    -------
    DataFrame   ``SCHEMAS["ground_findings"]``, in no particular order (``tables.findings`` sorts)
    """
    shapes = mended.shapes
    known = np.flatnonzero([s is not None for s in shapes])
    some = shapes[known]
    names = [ids[i] for i in known.tolist()]
    rows: list[dict[str, object]] = []
    overlapping, twice_m2 = _overlaps(some, names, mended.plane)
    rows += overlapping
    rows += _parts(some, names, mended.plane)
    rows += _slivers(some, names, mended.plane)
    rows += _gaps(some, mended.plane, twice_m2=twice_m2)
    rows += _islands(some, names, borders, mended.plane)
    if county is not None:
        flat = mended.plane.flat(np.array([county], dtype=object))[0]
        rows += _outside(some, names, shapely.make_valid(flat), mended.plane)
    return as_findings(rows)


def _overlaps(shapes: Shapes, names: Sequence[str], plane: Plane) -> tuple[list[dict[str, object]], float]:
    """Rows, and the ground (m2) that pairs have in common."""
    if not len(shapes):
        return [], 0.0
    a, b = meeting_pairs(shapes)
    touching = shapely.touches(shapes[a], shapes[b])
    a, b = a[~touching], b[~touching]
    common = shapely.intersection(shapes[a], shapes[b])
    area = shapely.area(common)
    size = shapely.area(shapes)
    smaller = np.minimum(size[a], size[b])
    share = area / smaller
    rows = []
    for k in np.flatnonzero(share >= OVERLAP_SHARE).tolist():
        i, j = (int(a[k]), int(b[k])) if size[a[k]] <= size[b[k]] else (int(b[k]), int(a[k]))
        is_same = area[k] >= SAME_SHARE * max(size[i], size[j])
        one, other = str(names[i]), str(names[j])
        what = Words(
            f"单元 {one} 与 {other} 界线相同", f"units {one} and {other} have the same outline"
        ) if is_same else Words(
            f"单元 {one} 有 {share[k]:.0%} 与 {other} 重叠", f"{share[k]:.0%} of unit {one} lies in {other}"
        )  # fmt: skip
        rows.append(
            finding(
                "duplicate" if is_same else "overlap",
                unit_id=one,
                other_id=other,
                at=point_of(common[k], plane),
                size=round(float(area[k]), 1),
                size_unit="m2",
                share=round(float(share[k]), 4),
                what=what,
                assumed=Words(
                    "重叠处的地点算在较小的单元；两个单元的人口各计一次",
                    "a place in both counts for the smaller unit; both populations count",
                ),
                todo=Words("请确认两者是否同一单元，或重画界线", "say whether they are one unit, or redraw"),
            )
        )
    return rows, float(area.sum())


def _parts(shapes: Shapes, names: Sequence[str], plane: Plane) -> list[dict[str, object]]:
    n_parts = shapely.get_num_geometries(shapes)
    rows = []
    for i in np.flatnonzero(n_parts > 1).tolist():
        largest = max(shapely.get_parts(shapes[i]), key=lambda p: p.area)
        rest = 1.0 - largest.area / shapes[i].area
        rows.append(
            finding(
                "several_parts",
                unit_id=names[i],
                at=point_of(largest, plane),
                size=round(float(shapes[i].area - largest.area), 1),
                size_unit="m2",
                share=round(float(rest), 4),
                what=Words(
                    f"单元 {names[i]} 由 {n_parts[i]} 块不相连的地面组成",
                    f"unit {names[i]} consists of {n_parts[i]} pieces that do not touch",
                ),
                assumed=Words("作为一个单元管理，各块同级", "one unit: all pieces share its level"),
                todo=Words("若实为不同单元，请拆开", "split it where the pieces are units of their own"),
            )
        )
    return rows


def _slivers(shapes: Shapes, names: Sequence[str], plane: Plane) -> list[dict[str, object]]:
    area = shapely.area(shapes)
    width = 2.0 * area / np.maximum(shapely.length(shapes), 1e-9)
    return [
        finding(
            "sliver",
            unit_id=names[i],
            at=point_of(shapes[i], plane),
            size=round(float(area[i]), 1),
            size_unit="m2",
            what=Words(
                f"单元 {names[i]} 平均宽仅 {width[i]:.1f} 米",
                f"unit {names[i]} is {width[i]:.1f} m wide on average",
            ),
            assumed=Words("保留为单元", "kept as a unit"),
            todo=Words(
                "若为画图误差，请并入相邻单元", "where it is a slip of drawing, join it to a neighbour"
            ),
        )
        for i in np.flatnonzero(width < SLIVER_WIDTH_M).tolist()
    ]


def _gaps(shapes: Shapes, plane: Plane, *, twice_m2: float) -> list[dict[str, object]]:
    """Holes in the union of all units that are narrow: lines that were meant to meet.

    A hole wider than _GAP_WIDTH_M is a lake, field or unit that nobody listed: not a slip of drawing.
    """
    if not len(shapes):
        return []
    whole = shapely.union_all(shapes)
    # no union is smaller than all areas less what pairs share: a union that lost a polygon is made again
    if whole.area < (float(shapely.area(shapes).sum()) - twice_m2) * (1 - 1e-9):
        whole = union(shapes, grid=GRID_M)
    rings = [r for part in shapely.get_parts(whole) for r in part.interiors]
    rows = []
    for ring in rings:
        hole = shapely.Polygon(ring)
        width = 2.0 * hole.area / max(hole.length, 1e-9)
        if hole.area < GAP_M2 or width > _GAP_WIDTH_M:
            continue
        rows.append(
            finding(
                "gap",
                at=point_of(hole, plane),
                size=round(float(hole.area), 1),
                size_unit="m2",
                what=Words(
                    f"单元之间有 {hole.area:,.0f} 平方米不属于任何单元",
                    f"{hole.area:,.0f} m2 between units belong to none",
                ),
                assumed=Words(
                    "其中的地点算给 1 公里内同乡镇最近的单元",
                    "places in it go to the nearest unit of their township within 1 km",
                ),
                todo=_CHECK,
            )
        )
    return rows


def _islands(
    shapes: Shapes, names: Sequence[str], borders: pl.DataFrame, plane: Plane
) -> list[dict[str, object]]:
    if not len(names):
        return []
    if not borders.height:
        return [
            finding(
                "no_adjacency",
                size=float(len(names)),
                size_unit="units",
                what=Words(
                    f"{len(names):,} 个单元之间没有任何相邻关系", f"no two of {len(names):,} units touch"
                ),
                assumed=Words(
                    "区域只含病例所在和到访单元，不含相邻单元",
                    "zones hold units of cases and visits only, no neighbours",
                ),
                todo=Words("请核对坐标系和界线，或提供 adjacency 表", "check outlines and their coordinate "
                           "system, or give a table adjacency"),
            )
        ]  # fmt: skip
    linked = {*borders["unit_a"].to_list(), *borders["unit_b"].to_list()}
    return [
        finding(
            "island",
            unit_id=names[i],
            at=point_of(shapes[i], plane),
            what=Words(f"单元 {names[i]} 没有相邻单元", f"unit {names[i]} touches no other"),
            assumed=Words(
                "可单独封控，不会因相邻而管控", "can be sealed alone; is never managed as a neighbour"
            ),
            todo=Words(
                "若有路相通，请在 adjacency 表中列出",
                "where a road joins it to another, list that in adjacency",
            ),
        )
        for i in range(len(names))
        if names[i] not in linked
    ]


def _outside(
    shapes: Shapes, names: Sequence[str], county: shapely.Geometry, plane: Plane
) -> list[dict[str, object]]:
    shapely.prepare(county)
    inside = np.asarray(shapely.covers(county, shapes), dtype=bool)
    rows = []
    for i in np.flatnonzero(~inside).tolist():
        out = shapely.difference(shapes[i], county)
        share = float(out.area / shapes[i].area)
        if share < _OUTSIDE_SHARE:
            continue
        rows.append(
            finding(
                "outside_county",
                unit_id=names[i],
                at=point_of(out, plane),
                size=round(float(out.area), 1),
                size_unit="m2",
                share=round(share, 4),
                what=Words(
                    f"单元 {names[i]} 有 {share:.0%} 在辖区界线之外",
                    f"{share:.0%} of unit {names[i]} lies outside the county's outline",
                ),
                assumed=Words("仍按所写的 area_code 计算", "still counted for the area_code it states"),
                todo=Words(
                    "请核对坐标系（GCJ-02 会偏移数百米）和 area_code",
                    "check the coordinate system (GCJ-02 shifts by hundreds of metres) and the area_code",
                ),
            )
        )
    return rows


def cases_outside(
    shapes: Shapes, lon: NDArray[np.float64], lat: NDArray[np.float64], *, plane: Plane
) -> pl.DataFrame:
    """One finding where points of cases lie in no unit; never says which case.

    Parameters
    ----------
    shapes : flat outlines or None, shape (n_units,)
    lon, lat : float64 (n_cases,), degrees, NaN where unknown
    """
    known = shapes[[s is not None for s in shapes]]
    placed = np.isfinite(lon) & np.isfinite(lat)
    if not len(known) or not placed.any():
        return as_findings([])
    points = plane.flat(shapely.points(lon[placed], lat[placed]))
    n_out = int((~any_hit(known, points)).sum())
    if not n_out:
        return as_findings([])
    return as_findings(
        [
            finding(
                "case_outside",
                size=float(n_out),
                size_unit="cases",
                share=round(n_out / int(placed.sum()), 4),
                what=Words(
                    f"{int(placed.sum()):,} 例有坐标的病例中 {n_out:,} 例不在任何单元内",
                    f"{n_out:,} of {int(placed.sum()):,} cases with coordinates lie in no unit",
                ),
                assumed=Words(
                    "算给 1 公里内同乡镇最近的单元，没有则不定位",
                    "they go to the nearest unit of their township within 1 km, else to none",
                ),
                todo=Words("请核对病例坐标和坐标系", "check the cases' coordinates and coordinate system"),
            )
        ]
    )
