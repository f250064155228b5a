"""Limits on outlines that would take minutes or all memory: tangles, and everything on everything else.

Chapter 8: outlines are other people's files; a step that cannot be afforded is refused, with the reason.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from fireline.zones.outlines.plane import Shapes

MOST_CROSSINGS = 200
"""Crossings of one outline with itself that are resolved; hand-drawn ones have a few.

Resolving costs more than the square of the crossings: 2,000 random corners took 50 s and 1 GB.
"""

ALL_CROSSINGS = 5_000
"""Crossings of all outlines of a file that are resolved."""

PAIRS_PER_UNIT = 50
"""Units that meet a unit, on average; on a map it is about six."""

_AT_ONCE = 200_000


class TangledError(ValueError):
    """Outlines lie on each other so often that they are no map of units."""


def count_crossings(shape: shapely.Geometry, *, most: int) -> int:
    """Pairs of edges of a polygon that cross each other; counting stops once there are more than ``most``.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
    most : int, >= 0
    """
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    same = ring[1:] == ring[:-1]
    if not same.any():
        return 0
    edges = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)[same])
    tree = shapely.STRtree(edges)
    step = max(1, _AT_ONCE // len(edges))
    found = 0
    for start in range(0, len(edges), step):
        a, b = tree.query(edges[start : start + step], predicate="crosses")
        found += int((a + start < b).sum())
        if found > most:
            break
    return found


def meeting_pairs(
    shapes: Shapes, *, gap_m: float | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index pairs a < b of shapes that intersect, or lie within a gap of each other.

    Parameters
    ----------
    shapes : shape (n,), none of them None
    gap_m : units of the plane, >= 0; None for those that intersect

    Raises
    ------
    TangledError   more than PAIRS_PER_UNIT pairs for each shape
    """
    none = np.empty(0, dtype=np.int64)
    if not len(shapes):
        return none, none
    tree = shapely.STRtree(shapes)
    most = PAIRS_PER_UNIT * len(shapes) + 1_000
    step = max(1, _AT_ONCE // len(shapes)) if len(shapes) > PAIRS_PER_UNIT else len(shapes)
    left, right, n = [none], [none], 0
    for start in range(0, len(shapes), step):
        part = shapes[start : start + step]
        if gap_m is None:
            a, b = tree.query(part, predicate="intersects")
        else:
            a, b = tree.query(part, predicate="dwithin", distance=gap_m)
        keep = a + start < b
        left.append(a[keep].astype(np.int64) + start)
        right.append(b[keep].astype(np.int64))
        n += int(keep.sum())
        if n > most:
            raise TangledError(f"more than {most} pairs of {len(shapes)} outlines meet")
    return np.concatenate(left), np.concatenate(right)


def any_hit(shapes: Shapes, points: Shapes) -> NDArray[np.bool_]:
    """Which points lie in any of the shapes, without ever holding all pairs; shape (n_points,)."""
    hit = np.zeros(len(points), dtype=bool)
    if not len(shapes):
        return hit
    tree = shapely.STRtree(shapes)
    step = max(1, 10 * _AT_ONCE // len(shapes))
    for start in range(0, len(points), step):
        hit[start + tree.query(points[start : start + step], predicate="intersects")[0]] = True
    return hit
