"""A flat map of one county, so that areas and lengths are in metres.

Chapter 8: every step on outlines works on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from fireline.units import EARTH_RADIUS_M

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Plane:
    """Equirectangular map about a middle point, on a sphere.

    Attributes
    ----------
    lon0, lat0 : float, degrees

    Notes
    -----
    Scale east to west is exact on the middle parallel and off by tan(lat0) times the latitude difference in
    radians elsewhere: 0.5 % at 50 km from it at 33 degrees north. Enough for borders and shares of areas.
    """

    lon0: float
    lat0: float

    @classmethod
    def around(cls, shapes: Shapes) -> Plane:
        """The map about the middle of all bounds; about 0, 0 where nothing is known."""
        known = [s for s in shapes if s is not None and not s.is_empty]
        if not known:
            return cls(0.0, 0.0)
        west, south, east, north = shapely.total_bounds(known)
        return cls(float(west + east) / 2, float(south + north) / 2)

    @property
    def metres(self) -> NDArray[np.float64]:
        """Metres of one degree east and north, shape (2,)."""
        degree = np.radians(1.0) * EARTH_RADIUS_M
        return np.array([degree * np.cos(np.radians(self.lat0)), degree])

    def flat(self, shapes: Shapes) -> Shapes:
        """Shapes in degrees as shapes in metres; None stays None."""
        origin = np.array([self.lon0, self.lat0])
        done: Shapes = shapely.transform(shapes, lambda p: (p - origin) * self.metres)
        return done

    def round(self, shapes: Shapes) -> Shapes:
        """Shapes in metres back in degrees."""
        origin = np.array([self.lon0, self.lat0])
        done: Shapes = shapely.transform(shapes, lambda p: p / self.metres + origin)
        return done


def read_shapes(texts: list[str | None]) -> Shapes:
    """GeoJSON texts as shapes, shape (n,); None where there is none or it cannot be read."""
    if not texts:
        return np.empty(0, dtype=object)
    given = np.array(texts, dtype=object)
    return np.asarray(shapely.from_geojson(given, on_invalid="ignore"), dtype=object)


GRID_M, GRID_DEG = 1e-6, 1e-11
"""A thousandth of a millimetre: unions are made on this grid.

Without one, GEOS 3.14 drops whole polygons where a corner of one lies on an edge of another to the last digit
but not exactly (found by a generated partition).
"""


def union(shapes: Shapes | list[shapely.Geometry], *, grid: float) -> shapely.Geometry:
    """Union of polygons on a fine grid (GRID_M on a plane, GRID_DEG in degrees)."""
    return shapely.union_all(shapes, grid_size=grid)


def polygons_of(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """The polygons of a shape as one Polygon or MultiPolygon; None where it has none."""
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type in ("Polygon", "MultiPolygon") and shape.is_valid:
        return shape
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
    flat = [p for part in parts for p in shapely.get_parts(part) if p.area > 0]
    if not flat:
        return None
    # pieces that share an edge are one: as a MultiPolygon they would not be valid
    return flat[0] if len(flat) == 1 else union(flat, grid=min(GRID_M, max(shape.length, 1e-5) * GRID_M))
