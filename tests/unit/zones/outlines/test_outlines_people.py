"""People from the tree of areas: nothing stated changes, the rest adds up, too many and none are told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.unit.zones.outlines.outline_worlds import table, unit

from fireline.zones.outlines.people import largest_remainder, share_population


def areas(*rows: tuple[str, str | None, int | None]) -> pl.DataFrame:
    return table(
        "areas",
        [{"area_code": c, "parent_code": p, "population": n, "level": "x", "name": c} for c, p, n in rows],
    )


def units(*rows: tuple[str, str, int | None]) -> pl.DataFrame:
    return table("units", [unit(i, area_code=a, population=n) for i, a, n in rows])


def shared(u: pl.DataFrame, a: pl.DataFrame, **more):
    done, found = share_population(u, a, **more)
    return dict(done.select("unit_id", "population").iter_rows()), list(
        found.select("finding", "other_id", "size").iter_rows()
    )


def test_the_rest_of_a_township_goes_to_its_open_units():
    people, found = shared(units(("a", "T", 40), ("b", "T", None), ("c", "T", None)), areas(("T", None, 101)))
    assert people == {"a": 40, "b": 31, "c": 30}
    assert found == [("shared_population", "T", 61.0)]


def test_weights_set_the_proportion():
    people, _ = shared(
        units(("a", "T", None), ("b", "T", None)), areas(("T", None, 100)), weights=np.array([3.0, 1.0])
    )
    assert people == {"a": 75, "b": 25}


def test_a_township_without_people_draws_on_the_county_less_its_sisters():
    people, found = shared(
        units(("a", "T1", None), ("b", "T2", None), ("c", "T2", None)),
        areas(("C", None, 100), ("T1", "C", 60), ("T2", "C", None)),
    )
    assert people == {"a": 60, "b": 20, "c": 20}
    assert [f[:2] for f in found] == [("shared_population", "C"), ("shared_population", "T1")]


def test_stated_people_beyond_the_area_are_told_and_kept():
    people, found = shared(units(("a", "T", 90), ("b", "T", 50), ("c", "T", None)), areas(("T", None, 100)))
    assert people == {"a": 90, "b": 50, "c": 0}
    assert ("too_many_people", "T", 40.0) in found


def test_nobody_knows_is_zero_and_said_so():
    people, found = shared(units(("a", "T", None), ("b", "T", 5)), areas())
    assert people == {"a": 0, "b": 5}
    assert found == [("no_population", None, 1.0)]


def test_areas_that_are_their_own_ancestors_do_not_loop():
    people, _ = shared(units(("a", "A", None)), areas(("A", "B", None), ("B", "A", None)))
    assert people == {"a": 0}


@pytest.mark.parametrize("total", [0, 1, 7, 1000])
def test_parts_add_up(total):
    weights = np.array([0.2, 5.0, 0.0, 1.3])
    parts = largest_remainder(total, weights)
    assert parts.sum() == total and (np.abs(parts - total * weights / weights.sum()) < 1).all()
    assert largest_remainder(total, np.zeros(3)).sum() == total


@pytest.mark.parametrize(("total", "weights"), [(-1, [1.0]), (1, []), (1, [-1.0])])
def test_senseless_shares_are_refused(total, weights):
    with pytest.raises(ValueError):
        largest_remainder(total, np.array(weights))
