"""Bad outlines: each kind is found where it is, with what was assumed; a clean county gives no finding."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import shapely
from tests.unit.zones.outlines.outline_worlds import PLANE, degrees, row_of_boxes, shapes

from fireline.zones.outlines.borders import find_borders
from fireline.zones.outlines.checks import cases_outside, check_outlines
from fireline.zones.outlines.mend import mend
from fireline.zones.outlines.tables import FINDINGS, SCHEMAS, findings

BOW = shapely.Polygon(
    [(0, 0), (100, 100), (100, 0), (0, 100)]
)  # a figure of eight: two triangles of 2,500 m2


def found(*flat, county=None):
    ids = [f"U{i}" for i in range(len(flat))]
    mended = mend(degrees(*flat), ids)
    borders = find_borders(mended.shapes, ids)
    outline = None if county is None else degrees(county)[0]
    return findings(mended.findings, check_outlines(mended, ids, borders, county=outline))


def kinds(table: pl.DataFrame) -> list[tuple[str, str | None]]:
    return list(table.select("finding", "unit_id").iter_rows())


def test_a_clean_county_gives_nothing():
    table = found(*row_of_boxes(4), county=shapely.box(-1, -1, 401, 101))
    assert table.height == 0 and dict(table.schema) == SCHEMAS["ground_findings"]


def test_a_crossing_outline_becomes_the_ground_it_encloses():
    mended = mend(degrees(BOW, shapely.box(200, 0, 300, 100)), ["a", "b"])
    (row,) = mended.findings.iter_rows(named=True)
    assert (row["finding"], row["unit_id"]) == ("self_crossing", "a")
    assert row["size"] == pytest.approx(5_000, rel=0.01)  # drawn area is 0: the halves cancel
    assert mended.changed.tolist() == [True, False]
    assert shapely.is_valid(mended.shapes).all()
    assert "5,0" in row["assumed_en"] or "4,99" in row["assumed_en"]


@pytest.mark.parametrize(
    "flat",
    [
        shapely.Point(0, 0),
        shapely.LineString([(0, 0), (5, 5)]),
        shapely.box(0, 0, 0.5, 0.5),
        shapely.Polygon([(0, 0), (100, 0), (50, 0)]),
    ],
)
def test_what_is_no_area_counts_as_no_outline(flat):
    mended = mend(degrees(flat), ["a"])
    assert mended.shapes[0] is None and mended.changed[0]
    assert kinds(mended.findings) == [("not_an_area", "a")]


def test_an_overlap_is_told_once_under_the_smaller_unit():
    table = found(shapely.box(0, 0, 200, 100), shapely.box(180, 0, 230, 100))
    (row,) = table.iter_rows(named=True)
    assert (row["finding"], row["unit_id"], row["other_id"]) == ("overlap", "U1", "U0")
    assert row["size"] == pytest.approx(2_000, rel=0.01) and row["share"] == pytest.approx(0.4, abs=0.005)
    at = shapely.Point(row["lon"], row["lat"])
    assert degrees(shapely.box(180, 0, 200, 100))[0].buffer(1e-6).contains(at)


def test_the_width_of_a_drawn_line_is_no_overlap():
    assert found(shapely.box(0, 0, 100, 100), shapely.box(99.5, 0, 200, 100)).height == 0


def test_the_same_outline_twice_is_a_duplicate():
    table = found(shapely.box(0, 0, 100, 100), shapely.box(0, 0, 100, 100.2))
    assert kinds(table) == [("duplicate", "U0")]


def test_several_parts_slivers_gaps_and_islands():
    two = shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(400, 0, 450, 50)])
    assert ("several_parts", "U0") in kinds(found(two, shapely.box(100, 0, 200, 100)))
    assert ("sliver", "U0") in kinds(found(shapely.box(0, 0, 1.5, 300), shapely.box(1.5, 0, 100, 300)))
    ring = shapely.box(0, 0, 300, 300).difference(shapely.box(100, 100, 150, 150))
    gap = found(ring, shapely.box(300, 0, 400, 300)).row(0, named=True)
    assert gap["finding"] == "gap" and gap["size"] == pytest.approx(2_500, rel=0.01)
    lake = shapely.box(0, 0, 900, 900).difference(shapely.box(100, 100, 800, 800))
    assert found(lake, shapely.box(900, 0, 1000, 900)).height == 0
    lone = found(*row_of_boxes(2), shapely.box(1000, 0, 1100, 100))
    assert kinds(lone) == [("island", "U2")]


def test_no_border_at_all_is_one_finding_not_one_per_unit():
    table = found(*row_of_boxes(5, gap=500))
    assert kinds(table) == [("no_adjacency", None)]
    assert table["size"].to_list() == [5.0]


def test_units_outside_the_county_are_told_with_their_share():
    table = found(*row_of_boxes(3), county=shapely.box(0, 0, 240, 100))
    (row,) = table.iter_rows(named=True)
    assert (row["finding"], row["unit_id"]) == ("outside_county", "U2")
    assert row["share"] == pytest.approx(0.6, abs=0.01)
    assert found(*row_of_boxes(3), county=shapely.box(0, 0, 298, 100)).height == 0  # a drawn line's width


def test_cases_outside_are_counted_and_never_named():
    flat = row_of_boxes(2)
    points = PLANE.round(shapes(shapely.Point(50, 50), shapely.Point(5_000, 0), shapely.Point(100, 50)))
    lon, lat = np.append(shapely.get_x(points), np.nan), np.append(shapely.get_y(points), np.nan)
    (row,) = cases_outside(flat, lon, lat, plane=PLANE).iter_rows(named=True)
    assert (row["size"], row["unit_id"], row["lon"]) == (1.0, None, None)
    assert "1 of 3" in row["what_en"]
    assert cases_outside(flat, lon[:1], lat[:1], plane=PLANE).height == 0
    assert cases_outside(shapes(None), lon, lat, plane=PLANE).height == 0


def test_every_kind_of_finding_has_its_words_in_both_languages():
    rows = found(BOW, shapely.box(50, 0, 200, 100), shapely.box(900, 0, 901, 300), shapely.Point(0, 0))
    assert set(rows["finding"]) <= set(FINDINGS)
    for name in ("what", "assumed", "todo"):
        assert (rows[f"{name}_zh"] != rows[f"{name}_en"]).all()
        assert rows[f"{name}_zh"].str.contains(r"[\u4e00-\u9fff]").all()
