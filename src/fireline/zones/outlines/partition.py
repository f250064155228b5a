"""Outlines where only points exist: Voronoi cells or hexagons, clipped to the township, cut along roads.

Chapter 8: a drawn outline is an assumption and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import h3
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fireline.zones.outlines.plane import GRID_DEG, GRID_M, Plane, Shapes, polygons_of, union

Array = NDArray[np.float64]
_SMALL_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Cells:
    """Outlines drawn for points.

    Attributes
    ----------
    shapes : polygons or None, shape (n,), one for each point; None where another point has its place
    same_as : int64 (n,), the point that has the cell; its own number where it has one
    outside : bool (n,), points that lie outside the ground that was to be divided
    """

    shapes: Shapes
    same_as: NDArray[np.int64]
    outside: NDArray[np.bool_]


def voronoi_cells(x: Array, y: Array, ground: shapely.Geometry, *, roads: Shapes | None = None) -> Cells:
    """Divide ground among points: each place belongs to the nearest point.

    Parameters
    ----------
    x, y : float64 (n,), n >= 1, metres on a plane, finite
    ground : valid polygon(s) on the same plane
    roads : lines on the same plane; where given, blocks between roads are kept whole: a block with points
        is divided among its own, one without goes to the point nearest to its middle

    Returns
    -------
    Cells   without overlap; together they cover the ground (to rounding)

    Raises
    ------
    ValueError   no point, coordinates that are not finite, or ground without area
    """
    if not len(x) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("at least one point, all finite")
    if polygons_of(ground) is None:
        raise ValueError("ground has no area")
    spots, first, same = np.unique(
        np.column_stack([x, y]).astype(np.float64).round(3), axis=0, return_index=True, return_inverse=True
    )
    owner = first[same.ravel()].astype(np.int64)
    inside = np.asarray(shapely.intersects_xy(ground, x, y), dtype=bool)
    blocks = [ground] if roads is None else _blocks(ground, roads)
    parts: list[list[shapely.Geometry]] = [[] for _ in spots]
    tree = cKDTree(spots)
    for block in blocks:
        if len(blocks) == 1:
            mine = np.arange(len(spots))
        else:
            mine = np.flatnonzero(shapely.intersects_xy(block, spots[:, 0], spots[:, 1]))
        if not len(mine):
            middle = block.representative_point()
            mine = np.array([tree.query([middle.x, middle.y])[1]])
        for k, cell in zip(mine.tolist(), _divide(spots[mine], block), strict=True):
            if cell is not None:
                parts[k].append(cell)
    shapes = np.full(len(x), None, dtype=object)
    for k, pieces in enumerate(parts):
        if pieces:
            shapes[first[k]] = polygons_of(union(pieces, grid=GRID_M))
    return Cells(shapes, owner, ~inside)


def _divide(spots: Array, ground: shapely.Geometry) -> list[shapely.Geometry | None]:
    """Cell of each spot within the ground; None where nothing of it lies inside."""
    if len(spots) == 1:
        return [ground]
    points = shapely.MultiPoint(spots)
    around = shapely.box(*shapely.bounds(shapely.union_all([points, ground.envelope]))).buffer(10.0)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=around, ordered=True))
    if len(cells) != len(spots):  # spots so close that they make one cell: the nearest spot gets it
        cells = _matched(cells, spots)
    found = shapely.intersection(cells, ground)
    return [polygons_of(c) if c is not None else None for c in found]


def _matched(cells: Shapes, spots: Array) -> Shapes:
    shapes = np.full(len(spots), None, dtype=object)
    which, spot = shapely.STRtree(cells).query(shapely.points(spots), predicate="intersects")[::-1]
    for c, s in zip(which.tolist(), spot.tolist(), strict=True):
        if shapes[s] is None and not any(shapes[o] is cells[c] for o in range(len(spots))):
            shapes[s] = cells[c]
    return shapes


def _blocks(ground: shapely.Geometry, roads: Shapes) -> list[shapely.Geometry]:
    """Pieces of ground between roads; roads that end inside cut nothing."""
    lines = shapely.union_all(np.concatenate([[ground.boundary], roads]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    shapely.prepare(ground)
    keep = [f for f in faces if f.area > 0 and ground.contains(f.representative_point())]
    return keep or [ground]


@dataclass(frozen=True, slots=True)
class Hexagons:
    """Units made of hexagons.

    Attributes
    ----------
    cells : tuple of str, H3 cell of each unit (the cell with most of its ground)
    shapes : polygons in degrees, shape (n,)
    """

    cells: tuple[str, ...]
    shapes: Shapes


def hexagons(ground: shapely.Geometry, *, resolution: int) -> Hexagons:
    """Divide ground into H3 cells clipped to it.

    Parameters
    ----------
    ground : valid polygon(s), degrees
    resolution : 0 to 15; 9 is about 0.1 km2 (a street block), 8 about 0.7 km2

    Returns
    -------
    Hexagons   sorted by cell; without overlap, together they cover the ground (to rounding)

    Raises
    ------
    ValueError   ground without area, or a resolution out of range

    Notes
    -----
    Pieces at the edge under a tenth of a cell join the neighbour with which they share most border.
    """
    if polygons_of(ground) is None:
        raise ValueError("ground has no area")
    if not 0 <= resolution <= 15:
        raise ValueError("resolution is 0 to 15")
    names = sorted(
        {
            cell
            for part in shapely.get_parts(ground)
            for cell in h3.h3shape_to_cells_experimental(
                h3.geo_to_h3shape(part), resolution, contain="overlap"
            )
        }
    )
    whole = np.array(
        [shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(c)]) for c in names], dtype=object
    )
    made = [polygons_of(s) for s in shapely.intersection(whole, ground)]
    pieces = {c: s for c, s in zip(names, made, strict=True) if s is not None}
    plane = Plane.around(np.array([ground], dtype=object))
    full = float(np.median(shapely.area(plane.flat(whole))))
    flat = dict(zip(pieces, plane.flat(np.array(list(pieces.values()), dtype=object)), strict=True))
    for cell in sorted(pieces, key=lambda c: (flat[c].area, c)):
        if len(pieces) == 1 or flat[cell].area >= _SMALL_SHARE * full:
            continue
        near = [o for o in h3.grid_disk(cell, 1) if o != cell and o in pieces]
        edges = {o: pieces[cell].boundary.intersection(pieces[o].boundary).length for o in near}
        best = max(sorted(edges), key=lambda o: edges[o], default=None)
        if best is None or edges[best] <= 0:
            continue
        pieces[best] = polygons_of(union([pieces[best], pieces.pop(cell)], grid=GRID_DEG))
        flat[best] = plane.flat(np.array([pieces[best]], dtype=object))[0]
    order = sorted(pieces)
    return Hexagons(tuple(order), np.array([pieces[c] for c in order], dtype=object))
