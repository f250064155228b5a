"""How the unit of a place is found, and the sizes of units."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.unit.zones.zones_world import line_of_units, rows, square

from fireline.errors import PolicyError
from fireline.zones.explain import how_words
from fireline.zones.graph import Neighbours, border_gates, component_labels
from fireline.zones.locate import UnitMap, chord_m, ground_m, locate, within
from fireline.zones.model import UNIT_KINDS, allowed_rank, unit_rank


def units(geometry: bool = True) -> UnitMap:
    return UnitMap.of(rows("units", *line_of_units(geometry=geometry)["units"]))


def place(subject_id: str, lon=None, lat=None, *, place_id=None, area_code=None):
    return {"subject_id": subject_id, "place_id": place_id, "lon": lon, "lat": lat, "area_code": area_code}


def located(unit_map: UnitMap, *places):
    schema = {
        "subject_id": pl.String,
        "place_id": pl.String,
        "lon": pl.Float64,
        "lat": pl.Float64,
        "area_code": pl.String,
    }
    found = locate(unit_map, pl.DataFrame(list(places), schema=schema), subject_kind="place")
    return {r["subject_id"]: (r["unit_id"], r["how"], r["distance_m"]) for r in found.iter_rows(named=True)}


def test_same_id_comes_first():
    assert located(units(), place("a", 114.0, 33.4, place_id="U3"))["a"] == ("U3", "same_id", None)


def test_inside_an_outline_its_border_included():
    found = located(units(), place("in", 114.0004, 33.4004), place("edge", 114.001, 33.4))
    assert found["in"] == ("U0", "outline", None) and found["edge"] == ("U0", "outline", None)


def test_of_two_outlines_the_smaller_wins():
    table = rows(
        "units",
        {
            "unit_id": "big",
            "area_code": "t",
            "kind": "street",
            "population": 9,
            "geometry": square(114.0, 33.4, 0.01),
        },
        {
            "unit_id": "small",
            "area_code": "t",
            "kind": "compound",
            "population": 9,
            "geometry": square(114.0, 33.4),
        },
    )
    assert located(UnitMap.of(table), place("a", 114.0, 33.4))["a"][0] == "small"


def test_nearest_centre_of_the_same_township_only():
    near_u1 = (114.0020, 33.4)  # 121 m from U1, 186 m from U0; U0 and U1 share a township
    found = located(units(False), place("a", *near_u1), place("b", *near_u1, area_code="EX-01-1"))
    assert found["a"][:2] == ("U1", "nearest") and found["a"][2] == pytest.approx(120.7, abs=0.5)
    assert found["b"][0] == "U2"


def test_too_far_or_without_coordinates_is_not_found():
    found = located(units(False), place("far", 115.0, 33.4), place("none"), place("strange", place_id="X"))
    assert set(found.values()) == {(None, "not_found", None)}


def test_a_broken_outline_is_no_outline():
    table = rows(
        "units", {"unit_id": "U", "area_code": "t", "kind": "village", "population": 1, "geometry": "{oops"}
    )
    assert located(UnitMap.of(table), place("a", 114.0, 33.4))["a"][1] == "not_found"


def test_how_it_was_found_is_said_in_both_languages():
    words = how_words("nearest", 120.7)
    assert "121" in words.zh and "121 m" in words.en


def test_within_counts_metres_on_the_ground():
    unit_map = units(False)
    assert within(unit_map, unit_map.xyz[:1], 310).tolist() == [True, True, False, False, False, False]
    assert not within(unit_map, np.empty((0, 3)), 310).any()


def test_chord_and_ground_are_inverse():
    for metres in (1.0, 800.0, 50_000.0):
        assert ground_m(np.array([chord_m(metres)]))[0] == pytest.approx(metres)


@pytest.mark.parametrize(
    ("text", "largest"),
    [
        ("compound", "compound"),
        ("compound_or_village", "village"),
        ("unit_or_building", "building"),
        ("household<=building", "building"),
        ("township", "street"),
    ],
)
def test_largest_allowed_kind(text, largest):
    assert UNIT_KINDS[allowed_rank(text)] == largest


def test_unknown_kinds_are_refused_in_rules_and_unknown_in_data():
    with pytest.raises(PolicyError, match=r"zone\.unit"):
        allowed_rank("galaxy")
    assert unit_rank("galaxy") is None
    assert unit_rank("Street Block") == unit_rank("street_block")


def test_kinds_rise():
    order = ["household", "floor", "unit", "building", "compound", "village", "street", "county"]
    ranks = [unit_rank(k) for k in order]
    assert ranks == sorted(ranks)


def test_borders_are_read_once_and_only_between_known_units():
    table = rows(
        "adjacency",
        {"unit_a": "b", "unit_b": "a", "gates": 1},
        {"unit_a": "a", "unit_b": "b", "gates": 3},
        {"unit_a": "a", "unit_b": "a", "gates": 5},
        {"unit_a": "a", "unit_b": "x", "gates": 5},
    )
    found = Neighbours.of(table, {"a": 0, "b": 1, "c": 2})
    assert (found.a.tolist(), found.b.tolist(), found.gates) == ([0], [1], [3])
    assert found.of_unit(1) == [0] and found.of_unit(2) == []


def test_components_and_borders():
    base = line_of_units()
    index = {f"U{i}": i for i in range(6)}
    near = Neighbours.of(rows("adjacency", *base["adjacency"]), index)
    mask = np.array([True, True, False, False, True, False])
    assert component_labels(near, mask).tolist() == [0, 0, -1, -1, 4, -1]
    gates = border_gates(near, ["managed", "sealed", None, None, "precaution", None], list(index))
    assert gates.rows() == [("sealed", "U1", "U0", 1), ("sealed", "U1", "U2", 2)]
