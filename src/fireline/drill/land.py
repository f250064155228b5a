"""The land of the synthetic county: outline, units, townships and what touches what.

Drill: read by the county builder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

KM_PER_DEGREE = 111.195  # of latitude, on the mean sphere
CENTRE_LON, CENTRE_LAT = 101.35, 38.75  # an invented county: nothing real is meant by the spot
HALF_WIDTH_KM = 19.0
SEAT_SPREAD_KM = 1.9


@dataclass(frozen=True, slots=True)
class Land:
    """Geometry of the county.

    Attributes
    ----------
    unit_lon, unit_lat : float64 arrays, shape (n_units,), a point inside each unit
    unit_township : int64 array, shape (n_units,)
    is_urban : bool array, shape (n_units,), units of the two seat townships near their centre
    unit_shapes : tuple of shapely polygons in degrees
    township_shapes : tuple of shapely polygons in degrees, each the union of its units
    county_shape : shapely polygon
    pairs : int64 array, shape (n_pairs, 2), touching units, smaller index first
    gates : int64 array, shape (n_pairs,)
    """

    unit_lon: np.ndarray
    unit_lat: np.ndarray
    unit_township: np.ndarray
    is_urban: np.ndarray
    unit_shapes: tuple[BaseGeometry, ...]
    township_shapes: tuple[BaseGeometry, ...]
    county_shape: BaseGeometry
    pairs: np.ndarray
    gates: np.ndarray


def lay_out(*, n_townships: int, n_units: int, rng: np.random.Generator) -> Land:
    """Draw the county.

    Parameters
    ----------
    n_townships, n_units : int; townships 0 and 1 share the seat, where units are small and dense
    rng : numpy Generator
    """
    outline = _outline(rng)
    centres = _spread(outline, n_townships, rng)
    order = np.argsort(np.hypot(centres[:, 0], centres[:, 1]), kind="stable")
    centres = centres[order]
    points, dense = _unit_points(outline, centres, n_units, rng)
    cells = _cells(points, outline)
    distance = np.hypot(points[:, None, 0] - centres[None, :, 0], points[:, None, 1] - centres[None, :, 1])
    township = distance.argmin(axis=1)
    pairs, gates = _touching(cells, rng)
    inside = shapely.point_on_surface(cells)
    shapes = [_to_degrees(c) for c in cells]
    joined = [_to_degrees(shapely.union_all(cells[township == t])).simplify(1e-4) for t in range(n_townships)]
    lon, lat = _lonlat(shapely.get_x(inside), shapely.get_y(inside))
    return Land(
        unit_lon=lon,
        unit_lat=lat,
        unit_township=township,
        is_urban=dense & (township < 2),
        unit_shapes=tuple(shapes),
        township_shapes=tuple(joined),
        county_shape=_to_degrees(outline),
        pairs=pairs,
        gates=gates,
    )


def _outline(rng: np.random.Generator) -> Polygon:
    """A closed wavy ring around the origin, in kilometres."""
    angle = np.linspace(0, 2 * math.pi, 72, endpoint=False)
    radius = np.full(angle.shape, HALF_WIDTH_KM)
    for k in range(2, 7):
        radius += HALF_WIDTH_KM * 0.07 * rng.normal() * np.cos(k * angle + rng.uniform(0, 2 * math.pi))
    return Polygon(np.column_stack([1.12 * radius * np.cos(angle), 0.9 * radius * np.sin(angle)]))


def _spread(outline: Polygon, n: int, rng: np.random.Generator) -> np.ndarray:
    """Points well apart inside the outline (best of many candidates each time)."""
    found = np.array([[0.0, 0.0]])
    while len(found) < n:
        some = rng.uniform(-1.2 * HALF_WIDTH_KM, 1.2 * HALF_WIDTH_KM, (80, 2))
        some = some[shapely.contains_xy(outline.buffer(-2.0), some[:, 0], some[:, 1])]
        gap = np.hypot(some[:, None, 0] - found[None, :, 0], some[:, None, 1] - found[None, :, 1]).min(axis=1)
        found = np.vstack([found, some[gap.argmax()]])
    return found


def _unit_points(
    outline: Polygon, centres: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Village and compound points: a third of them dense around the seat, the rest over the county."""
    n_seat = n // 3
    which = rng.integers(0, 2, n_seat)
    seat = centres[which] + rng.normal(0, SEAT_SPREAD_KM, (n_seat, 2))
    rest = rng.uniform(-1.4 * HALF_WIDTH_KM, 1.4 * HALF_WIDTH_KM, (n * 8, 2))
    rest = rest[shapely.contains_xy(outline.buffer(-0.2), rest[:, 0], rest[:, 1])][: n - n_seat]
    seat = seat[shapely.contains_xy(outline.buffer(-0.2), seat[:, 0], seat[:, 1])]
    return np.vstack([seat, rest]), np.arange(len(seat) + len(rest)) < len(seat)


def _cells(points: np.ndarray, outline: Polygon) -> np.ndarray:
    """Voronoi cell of each point, cut at the outline, in the order of the points."""
    drawn = np.array(list(shapely.voronoi_polygons(MultiPoint(points), extend_to=outline.buffer(5)).geoms))
    tree = shapely.STRtree(drawn)
    point_i, cell_i = tree.query(shapely.points(points), predicate="within")
    cells = np.empty(len(points), dtype=object)
    cells[point_i] = shapely.intersection(drawn[cell_i], outline)
    for k, cell in enumerate(cells):
        if (
            cell.geom_type == "MultiPolygon"
        ):  # a bay of the outline can cut a cell in two: keep the larger part
            cells[k] = max(cell.geoms, key=lambda part: part.area)
    return cells


def _touching(cells: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of units that share more than 50 m of border, and the gates between them."""
    a, b = shapely.STRtree(cells).query(cells, predicate="intersects")
    a, b = a[a < b], b[a < b]
    shared = shapely.length(shapely.intersection(cells[a], cells[b]))
    a, b, shared = a[shared > 0.05], b[shared > 0.05], shared[shared > 0.05]
    order = np.lexsort((b, a))
    gates = 1 + rng.poisson(np.minimum(shared[order], 4.0) * 0.6)
    return np.column_stack([a[order], b[order]]), gates.astype(np.int64)


def _lonlat(x_km: np.ndarray, y_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lon = CENTRE_LON + x_km / (KM_PER_DEGREE * math.cos(math.radians(CENTRE_LAT)))
    return np.round(lon, 6), np.round(CENTRE_LAT + y_km / KM_PER_DEGREE, 6)


def _to_degrees(shape: BaseGeometry) -> BaseGeometry:
    across = 1 / (KM_PER_DEGREE * math.cos(math.radians(CENTRE_LAT)))
    turned = affinity.affine_transform(shape, [across, 0, 0, 1 / KM_PER_DEGREE, CENTRE_LON, CENTRE_LAT])
    return shapely.set_precision(turned, 1e-6)
