"""The grid: equal areas, edges as stated, points without coordinates in no cell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fireline.contacts.grid import ECCENTRICITY_2, NO_CELL, SEMI_MAJOR_M, Grid
from fireline.errors import InputError

CHENGDU = Grid(edge_m=800, origin_lon=104.0, origin_lat=30.0)


def radii(lat):
    """Radii of curvature of the ellipsoid, north-south and east-west."""
    w = 1 - ECCENTRICITY_2 * math.sin(math.radians(lat)) ** 2
    return SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / w**1.5, SEMI_MAJOR_M / math.sqrt(w)


def test_areas_are_those_of_the_ellipsoid():
    for lat in (-33.0, 0.0, 30.0, 30.45, 52.0, 70.0):
        north, east = radii(lat)
        d = 0.001
        x, y = CHENGDU.project(np.array([104.0, 104.0 + d]), np.array([lat - d / 2, lat + d / 2]))
        ground = north * east * math.cos(math.radians(lat)) * math.radians(d) ** 2
        assert (x[1] - x[0]) * (y[1] - y[0]) == pytest.approx(ground, rel=1e-8)


def test_edges_on_the_ground_are_as_stated():
    for origin, wide, high in ((30.0, 796.4, 803.6), (45.0, 793.7, 806.3)):
        grid = Grid(edge_m=800, origin_lon=104.0, origin_lat=origin)
        lat = origin + 50_000 / radii(origin)[0] * 180 / math.pi
        north, east = radii(lat)
        d = 0.0001
        x, y = grid.project(np.array([104.0, 104.0 + d]), np.array([lat, lat + d]))
        assert 800 * east * math.cos(math.radians(lat)) * math.radians(d) / x[1] == pytest.approx(
            wide, abs=0.1
        )
        assert 800 * north * math.radians(d) / (y[1] - y[0]) == pytest.approx(high, abs=0.1)


def test_the_origin_is_a_corner_and_edges_belong_to_the_north_and_east():
    cells = CHENGDU.cells(np.array([104.0, 103.999999, 104.0]), np.array([30.0, 30.0, 29.999999])).cell_i
    assert [CHENGDU.name(int(c)) for c in cells] == ["E0N0", "E-1N0", "E0N-1"]
    assert CHENGDU.corner(int(cells[1])) == (-800.0, 0.0)


def test_points_without_coordinates_are_in_no_cell_and_counted():
    lon = np.array([104.1, np.nan, 104.1, np.inf, 181.0, 104.1])
    lat = np.array([30.1, 30.1, np.nan, 30.1, 30.1, 80.1])
    cells = CHENGDU.cells(lon, lat)
    assert cells.n_without == 5 and cells.cell_i[0] >= 0 and (cells.cell_i[1:] == NO_CELL).all()


def test_a_cell_depends_on_its_point_alone():
    rng = np.random.default_rng(1)
    lon, lat = 104 + rng.normal(0, 0.3, 50), 30 + rng.normal(0, 0.3, 50)
    together = CHENGDU.cells(lon, lat).cell_i
    alone = [int(CHENGDU.cells(lon[k : k + 1], lat[k : k + 1]).cell_i[0]) for k in range(50)]
    assert together.tolist() == alone and together.max() <= 2**32 - 2


def test_what_is_refused_names_the_row_and_no_place():
    with pytest.raises(InputError, match="row 1 lies more than 32766 cells") as caught:
        Grid(edge_m=1, origin_lon=104, origin_lat=30).cells(np.array([104.0, 105.0]), np.array([30.0, 30.0]))
    assert "105" not in str(caught.value)
    with pytest.raises(InputError, match="edge_m: found 0"):
        Grid(edge_m=0, origin_lon=0, origin_lat=0)
    with pytest.raises(InputError, match="origin_lat: found nan"):
        Grid(edge_m=800, origin_lon=0, origin_lat=float("nan"))
    with pytest.raises(ValueError, match=r"lat: expected shape \(2,\)"):
        CHENGDU.project(np.array([104.0, 105.0]), np.array([30.0]))
