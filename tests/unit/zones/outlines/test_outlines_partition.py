"""Cells from points: nearest ground, blocks between roads, hexagons; cover without overlap."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from tests.unit.zones.outlines.outline_worlds import degrees, shapes

from fireline.zones.outlines.partition import hexagons, voronoi_cells

TOWN = shapely.Polygon([(0, 0), (1000, 0), (1000, 1000), (500, 400), (0, 1000)])  # a notch: not convex


def xy(*points):
    return tuple(np.array(v, dtype=float) for v in zip(*points, strict=True))


def covers(cells, ground) -> None:
    made = [s for s in cells if s is not None]
    assert sum(s.area for s in made) == pytest.approx(ground.area, rel=1e-9)
    assert shapely.union_all(made).symmetric_difference(ground).area < 1e-6 * ground.area


def test_each_place_belongs_to_the_nearest_point():
    points = [(100, 100), (900, 100), (100, 800), (900, 800)]
    cells = voronoi_cells(*xy(*points), TOWN)
    covers(cells.shapes, TOWN)
    assert cells.same_as.tolist() == [0, 1, 2, 3] and not cells.outside.any()
    for place in [(120, 130), (480, 300), (520, 300), (50, 700), (950, 790)]:
        near = int(np.argmin([np.hypot(place[0] - x, place[1] - y) for x, y in points]))
        assert cells.shapes[near].covers(shapely.Point(place))


def test_one_point_has_all_the_ground():
    cells = voronoi_cells(*xy((5, 5)), TOWN)
    assert cells.shapes[0].equals(TOWN)


def test_points_at_one_place_share_a_cell_and_points_outside_are_told():
    cells = voronoi_cells(*xy((100, 100), (100, 100), (900, 100), (3000, 3000)), TOWN)
    assert cells.same_as.tolist() == [0, 0, 2, 3]
    assert cells.shapes[1] is None
    assert cells.outside.tolist() == [False, False, False, True]
    covers(cells.shapes, TOWN)


def test_blocks_between_roads_are_kept_whole():
    ground = shapely.box(0, 0, 1000, 500)
    roads = shapes(
        shapely.LineString([(300, -10), (300, 510)]),
        shapely.LineString([(700, -10), (700, 510)]),
        shapely.LineString([(850, 100), (850, 200)]),  # a dead end cuts nothing
    )
    cells = voronoi_cells(*xy((290, 250), (990, 100), (990, 400)), ground, roads=roads)
    covers(cells.shapes, ground)
    assert cells.shapes[0].equals(
        shapely.box(0, 0, 700, 500)
    )  # its own block and the empty one nearest to it
    assert cells.shapes[1].equals(shapely.box(700, 0, 1000, 250))


@pytest.mark.parametrize(
    ("x", "y", "ground"),
    [([], [], TOWN), ([np.nan], [0.0], TOWN), ([0.0], [0.0], shapely.LineString([(0, 0), (1, 1)]))],
)
def test_senseless_grounds_are_refused(x, y, ground):
    with pytest.raises(ValueError):
        voronoi_cells(np.array(x, dtype=float), np.array(y, dtype=float), ground)


def test_hexagons_cover_the_ground_without_overlap_and_without_crumbs():
    ground = degrees(shapely.transform(TOWN, lambda p: p * 3))[0]
    found = hexagons(ground, resolution=9)
    assert sum(s.area for s in found.shapes) == pytest.approx(ground.area, rel=1e-9)
    assert shapely.union_all(found.shapes).symmetric_difference(ground).area < 1e-9 * ground.area
    assert list(found.cells) == sorted(set(found.cells))
    full = np.median([s.area for s in found.shapes])
    assert min(s.area for s in found.shapes) > 0.05 * full
    small = hexagons(ground, resolution=5)
    assert len(small.cells) == 1 and small.shapes[0].equals_exact(ground, 1e-9, normalize=True)


def test_hexagons_refuse_nonsense():
    with pytest.raises(ValueError, match="0 to 15"):
        hexagons(degrees(TOWN)[0], resolution=16)
    with pytest.raises(ValueError, match="no area"):
        hexagons(shapely.Point(0, 0), resolution=8)
