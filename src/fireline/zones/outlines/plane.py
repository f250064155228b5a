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


def polygons_of(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """The polygons of a shape as one Polygon or MultiPolygon; None where it has none."""
    if shape is None or shape.is_empty:
        return None
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
    flat = [p for part in parts for p in shapely.get_parts(part) if p.area > 0]
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else shapely.MultiPolygon(flat)
