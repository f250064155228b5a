"""Outlines made to take minutes or all memory are refused in a moment, with the reason."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from tests.unit.zones.outlines.outline_worlds import degrees, row_of_boxes, shapes, table, unit

from fireline.pipeline.ground import complete_ground
from fireline.records.model import Records
from fireline.zones.outlines.hostile import (
    MOST_CROSSINGS,
    TangledError,
    any_hit,
    count_crossings,
    meeting_pairs,
)
from fireline.zones.outlines.mend import mend, resolve

BOW = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])


def scribble(n: int, seed: int = 0) -> shapely.Polygon:
    return shapely.Polygon(np.random.default_rng(seed).uniform(0, 1000, (n, 2)))


def test_crossings_are_counted_and_counting_stops():
    assert count_crossings(BOW, most=100) == 1
    assert count_crossings(shapely.box(0, 0, 1, 1), most=100) == 0
    assert count_crossings(shapely.MultiPolygon([BOW, shapely.box(200, 0, 300, 100)]), most=9) == 1
    assert count_crossings(scribble(60), most=5) > 5


def test_a_scribble_is_no_outline_and_costs_nothing():
    begin = time.perf_counter()
    mended = mend(degrees(scribble(20_000), shapely.box(0, 0, 50, 50)), ["a", "b"])
    assert time.perf_counter() - begin < 5.0
    assert mended.shapes[0] is None and mended.shapes[1] is not None
    (row,) = mended.findings.iter_rows(named=True)
    assert (row["finding"], row["unit_id"]) == ("self_crossing", "a") and "too often" in row["what_en"]


def test_many_tangled_outlines_share_one_budget(monkeypatch):
    monkeypatch.setattr("fireline.zones.outlines.mend.ALL_CROSSINGS", 3)
    made, tangled = resolve(shapes(*[BOW] * 5))
    assert tangled.tolist() == [False, False, False, True, True]
    assert [s is None for s in made] == tangled.tolist()


def test_a_collection_of_shapes_is_no_outline():
    both = shapely.GeometryCollection([BOW, shapely.Point(0, 0)])
    made, tangled = resolve(shapes(both, None))
    assert made.tolist() == [None, None] and not tangled.any()


def test_everything_on_everything_is_refused():
    pile = shapes(*[shapely.box(0, 0, 100 + i, 100) for i in range(3_000)])
    begin = time.perf_counter()
    for gap in (None, 2.0):
        with pytest.raises(TangledError, match="3000 outlines"):
            meeting_pairs(pile, gap_m=gap)
    assert time.perf_counter() - begin < 5.0


def test_a_map_is_not_refused_and_pairs_are_right():
    a, b = meeting_pairs(row_of_boxes(500))
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == [(i, i + 1) for i in range(499)]
    assert len(meeting_pairs(row_of_boxes(3, gap=1.0))[0]) == 0
    assert len(meeting_pairs(row_of_boxes(3, gap=1.0), gap_m=1.5)[0]) == 2
    points = shapely.points([(5, 5), (9e6, 0)])
    assert any_hit(row_of_boxes(2), points).tolist() == [True, False]
    assert any_hit(shapes(), points).tolist() == [False, False]


def test_the_run_goes_on_without_borders_and_says_why():
    pile = [unit(f"U{i:04d}", shapely.box(0, 0, 100 + i * 0.01, 100), population=None) for i in range(1_500)]
    records = Records({"units": table("units", pile)}, ZoneInfo("Asia/Shanghai"))
    done, findings = complete_ground(records)
    assert not done.has("adjacency")
    assert any("lie on each other" in en and "重叠" in zh for zh, en in done.missing)
    assert findings["finding"].to_list() == ["no_population"]
    assert done.table("units")["population"].sum() == 0
    assert MOST_CROSSINGS < 1_000


def test_without_units_nothing_happens():
    records = Records({}, ZoneInfo("Asia/Shanghai"))
    assert complete_ground(records)[0] is records
