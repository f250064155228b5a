"""Units made ready: what is stated stays, what is filled is said, and a clean county says nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from tests.unit.zones.outlines.outline_worlds import (
    PLANE,
    nothing,
    pairs,
    row_of_boxes,
    shapes,
    table,
    text,
    unit,
)

from fireline.feeds.crs import wgs84_to_gcj02
from fireline.zones.outlines.complete import complete
from fireline.zones.outlines.plane import Plane, read_shapes

BOXES = row_of_boxes(3)


def done(units, *, areas=(), cases=(), area="", adjacency=None):
    return complete(
        table("units", list(units)),
        areas=table("areas", list(areas)),
        cases=table("cases", list(cases)),
        adjacency=adjacency,
        area=area,
    )


def kinds(found) -> list[str]:
    return found.findings["finding"].to_list()


def lonlat(x: float, y: float) -> dict[str, float]:
    point = PLANE.round(shapes(shapely.Point(x, y)))[0]
    return {"lon": point.x, "lat": point.y}


def test_outlines_give_borders_and_centres_and_stay_as_written():
    units = [unit(f"U{i}", BOXES[i]) for i in range(3)]
    found = done(units)
    assert pairs(found.adjacency) == [("U0", "U1"), ("U1", "U2")]
    assert found.adjacency.columns == ["unit_a", "unit_b", "gates"]
    assert found.units["geometry"].to_list() == [u["geometry"] for u in units]
    assert found.units["lon"].null_count() == 0
    assert (found.findings.height, found.notes) == (0, ())


def test_stated_borders_and_centres_win():
    stated = table("adjacency", [{"unit_a": "U0", "unit_b": "U2", "gates": 4}])
    found = done([unit(f"U{i}", BOXES[i], lon=1.0, lat=2.0) for i in range(3)], adjacency=stated)
    assert found.adjacency.equals(stated)
    assert set(found.units["lon"]) == {1.0}
    assert kinds(found) == ["island"]


def test_a_crossing_outline_is_replaced_and_told():
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    found = done([unit("a", bow), unit("b", shapely.box(100, 0, 200, 100))])
    assert "self_crossing" in kinds(found)
    assert shapely.is_valid(read_shapes(found.units["geometry"].to_list())).all()
    assert json.loads(found.units["geometry"][0])["type"] == "MultiPolygon"
    assert pairs(found.adjacency) == [("a", "b")]


def test_compounds_across_streets_are_neighbours_by_assumption():
    flat = row_of_boxes(4, gap=18)
    found = done([unit(f"U{i}", flat[i]) for i in range(4)])
    assert found.adjacency.height == 3
    assert kinds(found) == ["wide_borders"]
    assert "30 m" in found.notes[0].en


def test_points_become_cells_of_their_township():
    town = shapely.box(0, 0, 300, 100)
    area = {"area_code": "T1", "level": "township", "name": "T", "population": 90, "geometry": text(town)}
    units = [unit(f"U{i}", population=None, **lonlat(50 + 100 * i, 50)) for i in range(3)]
    found = done(units, areas=[area])
    assert pairs(found.adjacency) == [("U0", "U1"), ("U1", "U2")]
    flat = PLANE.flat(read_shapes(found.units["geometry"].to_list()))
    for cell, box in zip(flat, BOXES, strict=True):
        assert cell.symmetric_difference(box).area < 1.0
    assert found.units["population"].to_list() == [30, 30, 30]
    assert kinds(found) == ["shared_population", "drawn"]


def test_points_at_one_place_and_outside_are_told():
    town = {
        "area_code": "T1",
        "level": "township",
        "name": "T",
        "geometry": text(shapely.box(0, 0, 300, 100)),
    }
    spots = [(50, 50), (50, 50), (9_000, 50)]
    found = done([unit(f"U{i}", **lonlat(*s)) for i, s in enumerate(spots)], areas=[town])
    assert {"same_point", "point_outside", "drawn", "no_outline"} <= set(kinds(found))


def test_points_without_a_township_outline_stay_points():
    found = done([unit("a", **lonlat(0, 0)), unit("b"), unit("c", population=None)])
    assert found.adjacency.height == 0
    table_ = found.findings
    assert kinds(found) == ["no_outline", "no_outline", "no_population"]
    assert table_["size"].to_list() == [1.0, 2.0, 1.0]
    assert len(found.notes) == 2 and "1 more in ground_findings" in found.notes[0].en


def test_units_outside_the_county_and_cases_outside_units():
    county = {"area_code": "C", "level": "county", "name": "C", "geometry": text(shapely.box(0, 0, 200, 100))}
    case = {"case_id": "1", "person_key": "p", "disease": "x", "area_code": "T1", **lonlat(5_000, 0)}
    found = done([unit(f"U{i}", BOXES[i]) for i in range(3)], areas=[county], cases=[case], area="C")
    assert kinds(found) == ["outside_county", "case_outside"]
    assert "p" not in found.findings["unit_id"].drop_nulls().to_list()


@pytest.mark.parametrize("is_shifted", [False, True])
def test_outlines_in_gcj02_are_noticed_by_the_cases(is_shifted):
    rng = np.random.default_rng(2)
    boxes = [
        shapely.box(i * 3000, j * 3000, i * 3000 + 1200, j * 3000 + 1200) for i in range(5) for j in range(5)
    ]
    spots = [
        (b.centroid.x + dx, b.centroid.y + dy) for b in boxes for dx, dy in rng.uniform(-500, 500, (4, 2))
    ]
    cases = [
        {"case_id": str(k), "person_key": str(k), "disease": "x", "area_code": f"T{k // 4}", **lonlat(*s)}
        for k, s in enumerate(spots)
    ]
    flat = PLANE.round(shapes(*boxes))
    if is_shifted:
        flat = shapely.transform(flat, lambda p: np.column_stack(wgs84_to_gcj02(p[:, 0], p[:, 1])))
    units = [
        unit(f"U{i}", area_code=f"T{i}", geometry=str(shapely.to_geojson(s))) for i, s in enumerate(flat)
    ]
    found = done(units, cases=cases)
    assert ("shifted" in kinds(found)) is is_shifted
    if is_shifted:
        assert 'crs = "GCJ-02"' in found.findings["todo_en"][0]


def test_nothing_in_nothing_out():
    found = complete(nothing("units"), areas=nothing("areas"), cases=nothing("cases"))
    assert (found.units.height, found.adjacency.height, found.findings.height) == (0, 0, 0)
    assert Plane.around(np.empty(0, dtype=object)) == Plane(0.0, 0.0)
