"""Coordinate systems of files from China: WGS-84, CGCS2000 and the shifted GCJ-02, and back to WGS-84.

Chapter 1: a file says which one it uses; records holds WGS-84 only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from fireline.feeds.systems import GCJ02

_CHINA = (72.004, 137.8347, 0.8293, 55.8271)
"""West, east, south, north of the box in which the shift is applied; it holds neighbours of China too."""

_AXIS_M = 6_378_245.0  # Krassowsky 1940 ellipsoid, as the published formula has it
_ECCENTRICITY2 = 0.00669342162296594323
_STEPS = 40
_CLOSE_DEG = 1e-11

Array = NDArray[np.float64]


def in_china(lon: Array, lat: Array) -> NDArray[np.bool_]:
    """Whether points lie in the box in which the shift is applied, its edge included."""
    west, east, south, north = _CHINA
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def offset_deg(lon: Array, lat: Array) -> tuple[Array, Array]:
    """What GCJ-02 adds to WGS-84 longitudes and latitudes, degrees; not cut off at the border.

    References
    ----------
    The formula became public through open-source map code in 2010 to 2013 (EvilTransform, coordTransform)
    and is the same in all of them; official texts do not state it.
    """
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian = _AXIS_M * (1.0 - _ECCENTRICITY2) / (magic * np.sqrt(magic))
    parallel = _AXIS_M / np.sqrt(magic) * np.cos(phi)
    return np.degrees(east / parallel), np.degrees(north / meridian)


def wgs84_to_gcj02(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Shift WGS-84 points the way Chinese online maps do; points outside the box stay as they are.

    Parameters
    ----------
    lon, lat : float64 (n,), degrees; NaN stays NaN

    Returns
    -------
    (lon, lat)   float64 (n,), degrees
    """
    east, north = offset_deg(lon, lat)
    inside = in_china(lon, lat)
    return np.where(inside, lon + east, lon), np.where(inside, lat + north, lat)


def gcj02_to_wgs84(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Undo the shift by iteration, to less than 1e-9 degrees (0.1 mm).

    Parameters
    ----------
    lon, lat : float64 (n,), degrees; NaN stays NaN

    Returns
    -------
    (lon, lat)   float64 (n,), degrees

    Notes
    -----
    Fixed point w = g - offset(w). The offset changes by less than 1 % of a step, so each round gains at
    least two digits. Within about 1 km of the box's edge a point cannot tell whether it was shifted; it
    counts as shifted when its unshifted place lies inside.
    """
    at_lon, at_lat = lon.copy(), lat.copy()
    for _ in range(_STEPS):
        east, north = offset_deg(at_lon, at_lat)
        next_lon, next_lat = lon - east, lat - north
        moved = np.nanmax(
            np.abs(np.concatenate([next_lon - at_lon, next_lat - at_lat, np.zeros(1)])), initial=0.0
        )
        at_lon, at_lat = next_lon, next_lat
        if moved < _CLOSE_DEG:
            break
    inside = in_china(at_lon, at_lat)
    return np.where(inside, at_lon, lon), np.where(inside, at_lat, lat)


def to_wgs84(lon: Array, lat: Array, *, crs: str) -> tuple[Array, Array]:
    """Points of any stated system as WGS-84 (CGCS2000 as it is: the two differ by centimetres)."""
    return gcj02_to_wgs84(lon, lat) if crs == GCJ02 else (lon, lat)


def shapes_to_wgs84(shapes: NDArray[np.object_], *, crs: str) -> NDArray[np.object_]:
    """Geometries of any stated system as WGS-84, shape (n,); None stays None."""
    if crs != GCJ02:
        return shapes

    def moved(points: Array) -> Array:
        return np.column_stack(gcj02_to_wgs84(points[:, 0].copy(), points[:, 1].copy()))

    done: NDArray[np.object_] = shapely.transform(shapes, moved)
    return done


def texts_to_wgs84(texts: Sequence[str | None], *, crs: str) -> list[str | None]:
    """GeoJSON geometries as text, moved to WGS-84; what cannot be read stays as it is."""
    if crs != GCJ02 or not len(texts):
        return list(texts)
    given = np.array(texts, dtype=object)
    shapes = np.asarray(shapely.from_geojson(given, on_invalid="ignore"), dtype=object)
    moved = shapely.to_geojson(shapes_to_wgs84(shapes, crs=crs))
    return [
        str(new) if shape is not None and new is not None else old
        for old, shape, new in zip(texts, shapes, moved, strict=True)
    ]
