"""A grid of square cells on the ground: from coordinates to metres and to the number of a cell.

Chapter 7: read by cells, companions and near; the edge comes from the rule in force, the origin from the
caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fireline.errors import InputError

SEMI_MAJOR_M = 6_378_137.0
"""WGS 84."""
ECCENTRICITY_2 = 0.006_694_379_990_141_32
"""WGS 84, first eccentricity squared."""
_E = sqrt(ECCENTRICITY_2)

FARTHEST = 32_766
"""Cells from the origin in each direction: two 16-bit numbers make the id of a cell."""
NO_CELL = -1
STEEPEST_LATITUDE = 80.0
"""Beyond it the plane is stretched too far."""

Floats = NDArray[np.floating[Any]]


class Cells(NamedTuple):
    """Cells of a list of points.

    Attributes
    ----------
    cell_i : int64 array, shape (n,)   id of the cell, NO_CELL where the point has no usable coordinates
    n_without : int   points without usable coordinates
    """

    cell_i: NDArray[np.int64]
    n_without: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells of equal area, counted from an origin.

    Attributes
    ----------
    edge_m : float   edge of a cell; every cell covers edge_m^2 of the ellipsoid
    origin_lon, origin_lat : float   corner of cell (0, 0), degrees, WGS 84

    Notes
    -----
    Lambert's cylindrical equal-area projection of the ellipsoid, true on the origin's parallel [1]_:
    x = a k0 (lon - lon0), y = a (q - q0) / (2 k0), k0 = cos lat0 / sqrt(1 - e^2 sin^2 lat0). Areas are exact.
    At latitude lat a cell is edge_m / k wide and edge_m k high on the ground, k = k0 / k(lat), about
    1 + tan(lat0) (lat - lat0): 50 km north of an origin at 30 degrees north the edges of 800 m are 796.4 m
    and 803.6 m; at 45 degrees, 794 m and 806 m. A distance in this plane is wrong by at most the same share.
    A point on an edge belongs to the cell north or east of it. Points without finite coordinates, outside
    [-180, 180] and beyond 80 degrees of latitude are in no cell and are counted. A grid does not cross the
    180th meridian: points on its other side are far away.

    References
    ----------
    .. [1] Snyder (1987), Map projections: a working manual, USGS Professional Paper 1395, pp. 76-85.
    """

    edge_m: float
    origin_lon: float
    origin_lat: float

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("edge_m", self.edge_m, (1.0, 100_000.0)),
            ("origin_lon", self.origin_lon, (-180.0, 180.0)),
            ("origin_lat", self.origin_lat, (-STEEPEST_LATITUDE, STEEPEST_LATITUDE)),
        ):
            if not allowed[0] <= value <= allowed[1]:
                raise InputError(
                    f"grid, {name}: found {value}; allowed: {allowed[0]:g} to {allowed[1]:g}; give another"
                )

    @property
    def _k0(self) -> float:
        lat = radians(self.origin_lat)
        return cos(lat) / sqrt(1 - ECCENTRICITY_2 * sin(lat) ** 2)

    def project(self, lon: Floats, lat: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Metres east and north of the origin.

        Parameters
        ----------
        lon, lat : float arrays, shape (n,)   degrees, WGS 84

        Returns
        -------
        (x_m, y_m)   float64 arrays, shape (n,); NaN where a coordinate is not usable
        """
        east, north = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
        if east.shape != north.shape or east.ndim != 1:
            raise ValueError(f"lat: expected shape {east.shape} in one dimension, got {north.shape}")
        usable = np.isfinite(east) & np.isfinite(north)
        usable &= (np.abs(np.where(usable, east, 0)) <= 180) & (
            np.abs(np.where(usable, north, 0)) <= STEEPEST_LATITUDE
        )
        k0 = self._k0
        sine = np.sin(np.radians(np.where(usable, north, 0)))
        q0 = _authalic(np.array([sin(radians(self.origin_lat))]))[0]
        x = SEMI_MAJOR_M * k0 * np.radians(np.where(usable, east, 0) - self.origin_lon)
        y = SEMI_MAJOR_M * (_authalic(sine) - q0) / (2 * k0)
        return np.where(usable, x, np.nan), np.where(usable, y, np.nan)

    def cells(self, lon: Floats, lat: Floats) -> Cells:
        """The cell of each point.

        Parameters
        ----------
        lon, lat : float arrays, shape (n,)   degrees, WGS 84

        Returns
        -------
        Cells   the id depends on the point and the grid only, never on the other points

        Raises
        ------
        InputError   a point lies too many cells from the origin (gives its row, not its place)
        """
        return self.cells_of_metres(*self.project(lon, lat))

    def cells_of_metres(self, x_m: Floats, y_m: Floats) -> Cells:
        """The cell of each point that is in metres already; see cells."""
        usable = np.isfinite(x_m) & np.isfinite(y_m)
        column = np.floor(np.where(usable, x_m, 0) / self.edge_m)
        row = np.floor(np.where(usable, y_m, 0) / self.edge_m)
        far = np.flatnonzero((np.abs(column) > FARTHEST) | (np.abs(row) > FARTHEST))
        if far.size:
            raise InputError(
                f"grid: row {int(far[0])} lies more than {FARTHEST} cells of {self.edge_m:g} m from the "
                "origin; allowed: points nearer to it; choose an origin inside the area"
            )
        half = FARTHEST + 1
        cell = (row.astype(np.int64) + half) * (2 * half) + column.astype(np.int64) + half
        return Cells(np.where(usable, cell, NO_CELL), int(usable.size - np.count_nonzero(usable)))

    def corner(self, cell_i: int) -> tuple[float, float]:
        """South-west corner of a cell, metres east and north of the origin."""
        half = FARTHEST + 1
        return (cell_i % (2 * half) - half) * self.edge_m, (cell_i // (2 * half) - half) * self.edge_m

    def name(self, cell_i: int) -> str:
        """Name of a cell as people read it: columns east and rows north of the origin, such as ``E12N-3``."""
        x, y = self.corner(cell_i)
        return f"E{round(x / self.edge_m)}N{round(y / self.edge_m)}"


def _authalic(sine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Snyder's q of the sine of the latitude: the area south of a parallel on the ellipsoid."""
    return (1 - ECCENTRICITY_2) * (sine / (1 - ECCENTRICITY_2 * sine**2) + np.arctanh(_E * sine) / _E)
