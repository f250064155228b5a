"""What must hold of coordinates, partitions, borders and shared people on any input."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.zones.outlines.outline_worlds import table, unit

from fireline.feeds.crs import gcj02_to_wgs84, wgs84_to_gcj02
from fireline.zones.outlines.borders import find_borders
from fireline.zones.outlines.mend import mend
from fireline.zones.outlines.partition import voronoi_cells
from fireline.zones.outlines.people import share_population
from fireline.zones.outlines.plane import GRID_M, union

LON = st.floats(72.1, 137.7, allow_nan=False)
LAT = st.floats(0.9, 55.7, allow_nan=False)
SPOT = st.tuples(st.integers(-200, 200), st.integers(-200, 200))


@given(st.lists(st.tuples(LON, LAT), min_size=1, max_size=50))
@settings(max_examples=200, deadline=None)
def test_there_and_back_is_where_it_was(points):
    lon, lat = (np.array(v) for v in zip(*points, strict=True))
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert np.abs(back[0] - lon).max() < 1e-9 and np.abs(back[1] - lat).max() < 1e-9
    there = wgs84_to_gcj02(*gcj02_to_wgs84(lon, lat))
    # near the edge of the box a point may count as unshifted; inside it must come back
    inner = (lon > 72.2) & (lon < 137.6) & (lat > 1.0) & (lat < 55.6)
    assert np.abs(there[0] - lon)[inner].max(initial=0) < 1e-9


@st.composite
def towns(draw) -> shapely.Geometry:
    """A township that may be notched and holed."""
    ground = shapely.box(-250, -250, 250, 250)
    for x, y in draw(st.lists(SPOT, max_size=3)):
        ground = ground.difference(shapely.Point(x, y).buffer(draw(st.integers(5, 120)), quad_segs=3))
    return ground


@given(towns(), st.lists(SPOT, min_size=1, max_size=25), st.booleans())
@settings(max_examples=120, deadline=None)
def test_a_partition_covers_the_township_without_overlap(ground, spots, has_roads):
    x, y = (np.array(v, dtype=float) for v in zip(*spots, strict=True))
    roads = shapely.linestrings([[(-300, 31), (300, 17)], [(7, -300), (-5, 300)]]) if has_roads else None
    cells = voronoi_cells(x, y, ground, roads=roads)
    made = np.array([s for s in cells.shapes if s is not None], dtype=object)
    assert shapely.area(made).sum() == pytest.approx(ground.area, rel=1e-6)
    assert union(made, grid=GRID_M).symmetric_difference(ground).area < 1e-6 * ground.area
    assert all((cells.same_as[i] == i) or cells.shapes[i] is None for i in range(len(x)))


@given(st.lists(SPOT, min_size=2, max_size=25, unique=True), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_borders_do_not_depend_on_the_order_of_units(spots, chance):
    x, y = (np.array(v, dtype=float) for v in zip(*spots, strict=True))
    cells = voronoi_cells(x, y, shapely.box(-250, -250, 250, 250)).shapes
    ids = [f"U{i:02d}" for i in range(len(cells))]
    one = find_borders(cells, ids)
    order = list(range(len(cells)))
    chance.shuffle(order)
    other = find_borders(cells[order], [ids[i] for i in order])
    assert one.select("unit_a", "unit_b").equals(other.select("unit_a", "unit_b"))
    assert (one["unit_a"] < one["unit_b"]).all()
    assert one["shared_m"].to_list() == pytest.approx(other["shared_m"].to_list(), abs=0.2)
    linked = {*one["unit_a"], *one["unit_b"]}
    if len(cells) > 1 and min(s.area for s in cells) > 2_000:
        assert linked == set(ids)  # in a whole partition nobody is an island


@given(st.lists(st.lists(SPOT, min_size=3, max_size=9), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_whatever_was_drawn_ends_valid_or_unknown(rings):
    shapes = np.array([shapely.Polygon([(114 + x / 1e4, 33 + y / 1e4) for x, y in r]) for r in rings])
    ids = [str(i) for i in range(len(shapes))]
    mended = mend(shapes, ids)
    told = set(mended.findings["unit_id"])
    for i, shape in enumerate(mended.shapes):
        assert shape is None or (shape.is_valid and shape.area >= 1.0)
        assert bool(mended.changed[i]) is (ids[i] in told)
        assert (shape is None) <= bool(mended.changed[i])


@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.none() | st.integers(0, 50)), min_size=1, max_size=20),
    st.integers(0, 500),
    st.none() | st.integers(0, 500),
)
def test_people_add_up_and_stated_ones_never_change(rows, county, town):
    units = table("units", [unit(str(i), area_code=a, population=p) for i, (a, p) in enumerate(rows)])
    tree = [("C", None, county), ("A", "C", town), ("B", "C", None)]
    areas = table(
        "areas",
        [{"area_code": c, "parent_code": p, "population": n, "level": "x", "name": c} for c, p, n in tree],
    )
    done, found = share_population(units, areas)
    for (_, before), after in zip(rows, done["population"].to_list(), strict=True):
        assert after >= 0 and (before is None or after == before)
    told = set(found["finding"])
    # with open units under both and nothing contradicting, everybody of the county is somewhere
    if "too_many_people" not in told and {a for a, p in rows if p is None} == {"A", "B"}:
        assert done["population"].sum() == county
