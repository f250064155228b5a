"""signals.fusion.areas: which sets of areas are looked at, from parents, borders and shapes."""

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from tests.factories.streams import COUNTY, TZ, codes, squares

from fireline.records.model import Records, schema
from fireline.signals.fusion.areas import SHARES, AreaSets, area_sets, prior_of

KINDS = list(SHARES)


def table(name, rows):
    return pl.DataFrame([{c: r.get(c) for c in schema(name)} for r in rows], schema=schema(name))


def named(sets: AreaSets):
    """Every set with its class, as codes."""
    return {tuple(sets.areas[i] for i in sets.of(z)): KINDS[int(sets.kind[z])] for z in range(sets.n)}


def test_it_works():
    """Four townships in a row: each, each with a neighbour, each with both, all."""
    areas = codes(4)
    sets = area_sets(Records({"areas": squares(areas, columns=4)}, TZ), areas)
    a, b, c, d = areas
    assert named(sets) == {
        (a,): "alone", (b,): "alone", (c,): "alone", (d,): "alone",
        (a, b): "pair", (b, c): "pair", (c, d): "pair",
        (a, b, c): "around", (b, c, d): "around",
        (a, b, c, d): "whole",
    }  # fmt: skip
    assert sets.neighbours == ((1,), (0, 2), (1, 3), (2,))


def test_borders_of_units_count_before_shapes():
    areas = codes(3)
    units = table(
        "units", [{"unit_id": f"U{k}", "area_code": a, "kind": "village"} for k, a in enumerate(areas)]
    )
    adjacency = table(
        "adjacency", [{"unit_a": "U0", "unit_b": "U2"}, {"unit_a": "U0", "unit_b": "elsewhere"}]
    )
    tables = {"areas": squares(areas, columns=3), "units": units, "adjacency": adjacency}
    sets = area_sets(Records(tables, TZ), areas)
    assert [k for k, v in named(sets).items() if v == "pair"] == [(areas[0], areas[2])]


def test_without_a_map_each_alone_and_the_whole():
    sets = area_sets(Records({}, TZ), ["x", "y", "z"])
    assert named(sets) == {("x",): "alone", ("y",): "alone", ("z",): "alone", ("x", "y", "z"): "whole"}
    assert sets.neighbours == ((), (), ())


def test_one_area_is_one_set():
    assert named(area_sets(Records({}, TZ), ["x"])) == {("x",): "alone"}


def test_no_area_no_set():
    sets = area_sets(Records({}, TZ), [])
    assert sets.n == 0 and sets.prior.size == 0


def test_schools_and_pharmacies_are_part_of_their_township():
    areas = codes(2)
    rows = [{"area_code": s, "parent_code": areas[0], "level": "site", "name": s} for s in ("school", "shop")]
    tables = {"areas": pl.concat([squares(areas, columns=2), table("areas", rows)])}
    sets = area_sets(Records(tables, TZ), [areas[0], areas[1], "school", "shop"])
    assert named(sets) == {
        (areas[1],): "alone",
        (areas[0], "school", "shop"): "alone",
        (areas[0], areas[1], "school", "shop"): "pair",
    }
    assert sets.neighbours[2] == (0, 1, 3)


def test_figures_of_the_whole_county_stand_alone_and_join_the_whole():
    areas = [COUNTY, *codes(3)]
    sets = area_sets(Records({"areas": squares(codes(3), columns=3)}, TZ), areas)
    found = named(sets)
    assert found[(COUNTY,)] == "alone"
    assert [k for k in found if COUNTY in k] == [(COUNTY,), tuple(areas)]
    assert sets.neighbours[0] == (1, 2, 3) and 0 in sets.neighbours[2]


def test_a_ring_of_parents_does_not_hang():
    rows = [{"area_code": "a", "parent_code": "b", "level": "x", "name": "a"},
            {"area_code": "b", "parent_code": "a", "level": "x", "name": "b"}]  # fmt: skip
    sets = area_sets(Records({"areas": table("areas", rows)}, TZ), ["a", "b"])
    assert sets.n >= 1


def test_shapes_that_cannot_be_read_are_passed_over():
    areas = codes(3)
    broken = squares(areas, columns=3).with_columns(
        pl.when(pl.col("area_code") == areas[1])
        .then(pl.lit("{nonsense"))
        .otherwise(pl.col("geometry"))
        .alias("geometry")
    )
    sets = area_sets(Records({"areas": broken}, ZoneInfo("UTC")), areas)
    assert "pair" not in named(sets).values()


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([0, 0, 3], [0.3, 0.3, 0.05]),
        ([0, 1, 2, 3], [0.6, 0.2, 0.15, 0.05]),
        ([0, 0], [0.3, 0.3]),
    ],
)
def test_priors_are_shared_within_a_class_and_sum_to_one(kinds, expected):
    found = prior_of(np.array(kinds))
    np.testing.assert_allclose(found, np.array(expected) / sum(expected))


def test_priors_of_a_county_sum_to_one():
    areas = codes(12)
    sets = area_sets(Records({"areas": squares(areas)}, TZ), areas)
    assert sets.prior.sum() == pytest.approx(1)
    assert sets.prior[sets.kind == 0].sum() == pytest.approx(0.6)
    assert sets.begin[-1] == sets.member.size and (np.diff(sets.begin) > 0).all()
