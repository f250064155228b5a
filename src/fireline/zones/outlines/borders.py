"""Who borders whom, from outlines; gates from roads that cross a border.

Chapter 8: gives the canonical adjacency where a county has outlines but no list of borders.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from fireline.zones.outlines.hostile import meeting_pairs
from fireline.zones.outlines.plane import Shapes
from fireline.zones.outlines.tables import SCHEMAS

TOUCH_M = 2.0
"""Outlines this close share a border: what hand-drawn lines miss each other by."""

ROAD_M = 30.0
"""Outlines of compounds end at the kerb: this close, they face each other across a street."""

SHARED_M = 10.0
"""Shorter shared borders are corners."""

_JOIN_M = 25.0
"""Crossings of one border this close are lanes of one road, guarded as one gate."""


def find_borders(
    shapes: Shapes,
    ids: Sequence[str],
    *,
    gap_m: float = TOUCH_M,
    least_m: float = SHARED_M,
    roads: Shapes | None = None,
) -> pl.DataFrame:
    """Borders between units.

    Parameters
    ----------
    shapes : valid polygons or None, shape (n,), on a plane in metres (``Plane.flat``)
    ids : n unit ids, unique
    gap_m : metres, >= 0; how far apart outlines may lie and still count as touching
    least_m : metres, > 0; shared border below this is a corner
    roads : lines on the same plane; None where roads are not known (gates stay null)

    Returns
    -------
    DataFrame   ``SCHEMAS["borders"]``, each border once with unit_a < unit_b, sorted; ``shared_m`` is the
        mean over both sides of the length of outline within ``gap_m`` of the other unit

    Raises
    ------
    ValueError   ids and shapes differ in length, or a distance is negative
    TangledError   outlines lie on each other everywhere

    Notes
    -----
    One STRtree query. Exact common lines are measured first; only pairs without one pay for buffers. A unit
    inside another borders it along its whole outline. Where outlines lie apart, a corner alone gives about
    2 gap_m of length on each side, so that much more is asked of them.
    """
    if len(ids) != len(shapes):
        raise ValueError(f"ids and shapes differ in length: {len(ids)} and {len(shapes)}")
    if gap_m < 0 or least_m <= 0:
        raise ValueError("gap_m must be >= 0 and least_m > 0")
    known = np.flatnonzero([s is not None and not s.is_empty for s in shapes])
    some = shapes[known]
    a, b = meeting_pairs(some, gap_m=gap_m)
    shared = _exact_m(some, a, b)
    loose = np.flatnonzero(shared < least_m)
    loose = loose[_room_m(some, a[loose], b[loose], gap_m) >= least_m]
    if loose.size and gap_m > 0:
        near = _near_m(some, a[loose], b[loose], gap_m)
        shared[loose] = np.maximum(shared[loose], near - 2 * gap_m)
    keep = shared >= least_m
    a, b, shared = a[keep], b[keep], shared[keep]
    gates = _gates(some, a, b, roads, gap_m) if roads is not None else [None] * len(a)
    names = np.array(ids, dtype=object)[known]
    rows = [
        (min(names[i], names[j]), max(names[i], names[j]), g, round(float(m), 1))
        for i, j, g, m in zip(a, b, gates, shared, strict=True)
    ]
    return pl.DataFrame(rows, schema=SCHEMAS["borders"], orient="row").sort("unit_a", "unit_b")


def _exact_m(shapes: Shapes, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Length of the line both outlines have in common."""
    edges = shapely.boundary(shapes)
    return np.asarray(shapely.length(shapely.intersection(edges[a], edges[b])), dtype=float)


def _room_m(shapes: Shapes, a: NDArray[np.int64], b: NDArray[np.int64], gap_m: float) -> NDArray[np.float64]:
    """Diagonal of the box that both outlines reach, widened by the gap: about the longest shared border."""
    box_a, box_b = shapely.bounds(shapes[a]), shapely.bounds(shapes[b])
    low = np.maximum(box_a[:, :2], box_b[:, :2]) - gap_m
    high = np.minimum(box_a[:, 2:], box_b[:, 2:]) + gap_m
    return np.asarray(np.hypot(*np.maximum(high - low, 0.0).T), dtype=float)


def _near_m(shapes: Shapes, a: NDArray[np.int64], b: NDArray[np.int64], gap_m: float) -> NDArray[np.float64]:
    """Mean over both sides of the length of outline that lies within gap_m of the other unit."""
    used, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    wide = shapely.buffer(shapes[used], gap_m, quad_segs=2)
    edges = shapely.boundary(shapes[used])
    left, right = at[: len(a)], at[len(a) :]
    one = shapely.length(shapely.intersection(edges[left], wide[right]))
    other = shapely.length(shapely.intersection(edges[right], wide[left]))
    return np.asarray((one + other) / 2, dtype=float)


def _gates(
    shapes: Shapes, a: NDArray[np.int64], b: NDArray[np.int64], roads: Shapes, gap_m: float
) -> list[int | None]:
    """Roads that cross each border; crossings within _JOIN_M of each other are one gate."""
    if not len(a):
        return []
    if not len(roads):
        return [0] * len(a)
    edges = shapely.boundary(shapes)
    wide = shapely.buffer(shapes, max(gap_m, 0.5), quad_segs=2)
    lines = shapely.intersection(edges[a], wide[b])
    counted: list[int | None] = [0] * len(a)
    which, road = shapely.STRtree(roads).query(lines, predicate="intersects")
    points: dict[int, list[tuple[float, float]]] = {}
    crossings = shapely.intersection(lines[which], roads[road])
    for k, crossing in zip(which.tolist(), crossings, strict=True):
        # a road along the border is no gate: only points count
        met = [p for p in shapely.get_parts(crossing) if p.geom_type == "Point"]
        points.setdefault(k, []).extend((p.x, p.y) for p in met)
    for k, found in points.items():
        if found:
            spots = shapely.union_all(shapely.buffer(shapely.points(np.array(found)), _JOIN_M / 2))
            counted[k] = int(shapely.get_num_geometries(spots))
    return counted
