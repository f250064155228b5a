"""Find the unit that a place or a case belongs to, and say how it was found.

Chapter 8: the first step of delimit; everything a zone covers rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fireline.units import EARTH_RADIUS_M

NEAREST_LIMIT_M = 1_000.0
"""A place outside every outline is given to the nearest unit centre of its township within this distance."""


def sphere(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors of longitudes and latitudes in degrees, shape (n, 3)."""
    lam, phi = np.radians(lon), np.radians(lat)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def chord_m(metres: float) -> float:
    """Straight-line length on the unit sphere of a ground distance in metres."""
    return 2.0 * float(np.sin(metres / (2.0 * EARTH_RADIUS_M)))


def ground_m(chord: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ground distance in metres of straight-line lengths on the unit sphere."""
    return 2.0 * EARTH_RADIUS_M * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class UnitMap:
    """Units as arrays and search trees.

    Attributes
    ----------
    ids, areas : lists of str, n_units long, in the order of the units table sorted by unit_id
    xyz : float64 (n_units, 3), unit vectors of the centres (NaN where unknown)
    outlines : array of shapely geometries or None, n_units long
    """

    ids: list[str]
    areas: list[str]
    xyz: NDArray[np.float64]
    outlines: NDArray[np.object_]

    @classmethod
    def of(cls, units: pl.DataFrame) -> UnitMap:
        """Read a units table (sorted by unit_id); outlines that are not valid GeoJSON count as unknown."""
        texts = np.array(units["geometry"].to_list(), dtype=object)
        outlines = shapely.from_geojson(texts, on_invalid="ignore") if len(texts) else texts
        lon = units["lon"].cast(pl.Float64).to_numpy()
        lat = units["lat"].cast(pl.Float64).to_numpy()
        return cls(
            units["unit_id"].to_list(),
            units["area_code"].to_list(),
            sphere(lon, lat),
            np.asarray(outlines, dtype=object),
        )


def _inside(
    units: UnitMap, lon: NDArray[np.float64], lat: NDArray[np.float64], rows: NDArray[np.int64]
) -> dict[int, int]:
    """Row -> unit index for points that lie in an outline; a point in two goes to the smaller outline."""
    known = np.flatnonzero([g is not None for g in units.outlines])
    if not known.size or not rows.size:
        return {}
    shapes = units.outlines[known]
    tree = shapely.STRtree(shapes)
    hit_row, hit_shape = tree.query(shapely.points(lon[rows], lat[rows]), predicate="intersects")
    order = np.lexsort((hit_shape, shapely.area(shapes[hit_shape]), hit_row))[::-1]
    return {int(rows[hit_row[k]]): int(known[hit_shape[k]]) for k in order}


def _nearest(
    units: UnitMap, xyz: NDArray[np.float64], areas: list[str | None], rows: list[int]
) -> dict[int, tuple[int, float]]:
    """Row -> (unit index, metres) of the nearest centre in the same area (any area where none is stated)."""
    known = np.isfinite(units.xyz).all(axis=1)
    unit_area = np.array(units.areas, dtype=object)
    by_area: dict[str | None, list[int]] = {}
    for row in rows:
        by_area.setdefault(areas[row], []).append(row)
    found: dict[int, tuple[int, float]] = {}
    for area, members in by_area.items():
        pool = np.flatnonzero(known if area is None else known & (unit_area == area))
        if not pool.size:
            continue
        chord, which = cKDTree(units.xyz[pool]).query(
            xyz[members], distance_upper_bound=chord_m(NEAREST_LIMIT_M)
        )
        metres = ground_m(np.where(np.isfinite(chord), chord, 0.0))
        for k, row in enumerate(members):
            if np.isfinite(chord[k]):
                found[row] = (int(pool[which[k]]), float(round(metres[k], 1)))
    return found


def locate(units: UnitMap, subjects: pl.DataFrame, *, subject_kind: str) -> pl.DataFrame:
    """Give every subject its unit: same id, inside an outline, nearest centre, or not found.

    Parameters
    ----------
    units : UnitMap
    subjects : columns subject_id, place_id (nullable), lon, lat, area_code (nullable)
    subject_kind : "case" or "place"

    Returns
    -------
    DataFrame   one row per subject, sorted by subject_id: zone_placements without the sentences

    Notes
    -----
    Order: (1) the place's id is a unit's id; (2) its point lies in a unit's outline; (3) the nearest unit
    centre of the same area_code within NEAREST_LIMIT_M. Nothing else is guessed.
    """
    subjects = subjects.sort("subject_id")
    n = subjects.height
    index = {unit_id: i for i, unit_id in enumerate(units.ids)}
    unit: list[str | None] = [None] * n
    how = ["not_found"] * n
    distance: list[float | None] = [None] * n
    for row, place_id in enumerate(subjects["place_id"].to_list()):
        if place_id is not None and place_id in index:
            unit[row], how[row] = place_id, "same_id"
    lon = subjects["lon"].cast(pl.Float64).to_numpy()
    lat = subjects["lat"].cast(pl.Float64).to_numpy()
    open_rows = [i for i in range(n) if unit[i] is None and np.isfinite(lon[i]) and np.isfinite(lat[i])]
    for row, i in _inside(units, lon, lat, np.array(open_rows, dtype=np.int64)).items():
        unit[row], how[row] = units.ids[i], "outline"
    still = [i for i in open_rows if unit[i] is None]
    for row, (i, metres) in _nearest(units, sphere(lon, lat), subjects["area_code"].to_list(), still).items():
        unit[row], how[row], distance[row] = units.ids[i], "nearest", metres
    return pl.DataFrame(
        {
            "subject_kind": [subject_kind] * n,
            "subject_id": subjects["subject_id"],
            "unit_id": unit,
            "how": how,
            "distance_m": distance,
        },
        schema={
            "subject_kind": pl.String,
            "subject_id": pl.String,
            "unit_id": pl.String,
            "how": pl.String,
            "distance_m": pl.Float64,
        },
    )


def within(units: UnitMap, centres: NDArray[np.float64], radius_m: float) -> NDArray[np.bool_]:
    """Which unit centres lie within a distance of any of the given centres (unit vectors, shape (n, 3))."""
    mask = np.zeros(len(units.ids), dtype=bool)
    known = np.flatnonzero(np.isfinite(units.xyz).all(axis=1))
    centres = centres[np.isfinite(centres).all(axis=1)]
    if known.size and len(centres):
        chord, _ = cKDTree(centres).query(units.xyz[known])
        mask[known] = chord <= chord_m(radius_m) * (1 + 1e-12)
    return mask
