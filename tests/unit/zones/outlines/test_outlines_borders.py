"""Who borders whom: common lines, near misses, corners, streets, nested units, gates from roads."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from tests.unit.zones.outlines.outline_worlds import pairs, row_of_boxes, shapes

from fireline.zones.outlines.borders import find_borders


def ids(n: int) -> list[str]:
    return [f"U{i}" for i in range(n)]


def test_common_lines_are_borders_and_their_length_is_told():
    borders = find_borders(row_of_boxes(3), ids(3))
    assert pairs(borders) == [("U0", "U1"), ("U1", "U2")]
    assert borders["shared_m"].to_list() == [100.0, 100.0]
    assert borders["gates"].to_list() == [None, None]


def test_a_corner_is_no_border():
    corner = shapes(shapely.box(0, 0, 100, 100), shapely.box(100, 100, 200, 200))
    for gap in (0.0, 2.0, 30.0):
        assert find_borders(corner, ids(2), gap_m=gap).height == 0


def test_lines_that_miss_each_other_a_little_still_touch():
    boxes = row_of_boxes(2, gap=1.5)
    assert pairs(find_borders(boxes, ids(2))) == [("U0", "U1")]
    assert find_borders(boxes, ids(2), gap_m=0.0).height == 0
    assert find_borders(row_of_boxes(2, gap=2.5), ids(2)).height == 0


def test_across_a_street_only_when_asked():
    boxes = row_of_boxes(2, gap=20.0)
    assert find_borders(boxes, ids(2)).height == 0
    assert pairs(find_borders(boxes, ids(2), gap_m=30.0)) == [("U0", "U1")]


def test_overlapping_and_nested_units_are_neighbours():
    found = find_borders(
        shapes(shapely.box(0, 0, 100, 100), shapely.box(50, 20, 180, 80), shapely.box(10, 10, 30, 30)), ids(3)
    )
    assert pairs(found) == [("U0", "U1"), ("U0", "U2")]


def test_units_without_outline_have_no_border_and_nothing_breaks():
    assert pairs(find_borders(shapes(None, *row_of_boxes(2)), ids(3))) == [("U1", "U2")]
    assert find_borders(shapes(None), ["a"]).height == 0
    assert find_borders(np.empty(0, dtype=object), []).height == 0


def test_pairs_are_written_smaller_id_first():
    assert pairs(find_borders(row_of_boxes(2), ["b", "a"])) == [("a", "b")]


def test_gates_are_roads_that_cross_lanes_of_one_road_are_one():
    roads = shapes(
        shapely.LineString([(50, 20), (250, 20)]),
        shapely.LineString([(50, 26), (150, 26)]),  # the other lane
        shapely.LineString([(50, 80), (150, 80)]),
        shapely.LineString([(100, -50), (100, 150)]),  # along the border: no gate
    )
    found = find_borders(row_of_boxes(3), ids(3), roads=roads)
    assert found["gates"].to_list() == [2, 1]
    assert find_borders(row_of_boxes(3), ids(3), roads=shapes())["gates"].to_list() == [0, 0]


@pytest.mark.parametrize("wrong", [{"gap_m": -1.0}, {"least_m": 0.0}])
def test_senseless_distances_are_refused(wrong):
    with pytest.raises(ValueError):
        find_borders(row_of_boxes(2), ids(2), **wrong)


def test_other_lengths_are_refused():
    with pytest.raises(ValueError, match="3 and 2"):
        find_borders(row_of_boxes(2), ids(3))
