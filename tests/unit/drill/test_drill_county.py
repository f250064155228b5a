"""The synthetic county: whole, connected, plausible and always the same for one seed."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from fireline.drill.county import CODE, N_TOWNSHIPS, OCCUPATION_I, STAFF_AT_MOST, build, township_code
from fireline.drill.names import person_names, place_names
from fireline.errors import InputError


@pytest.fixture(scope="module")
def county():
    return build(n_people=12_000, rng=np.random.default_rng(5))


def test_size_is_met_within_one_household(county):
    assert 12_000 <= county.people.n < 12_006


@pytest.mark.parametrize("n", [0, 1_999, 500_001])
def test_size_has_limits(n):
    with pytest.raises(InputError, match="2000 to 500000"):
        build(n_people=n, rng=np.random.default_rng(0))


def test_same_seed_same_county(county):
    again = build(n_people=12_000, rng=np.random.default_rng(5))
    assert again.unit_name == county.unit_name
    assert again.places.place_id == county.places.place_id
    np.testing.assert_array_equal(again.people.group_place, county.people.group_place)
    other = build(n_people=12_000, rng=np.random.default_rng(6))
    assert other.unit_name != county.unit_name


def test_units_tile_the_county(county):
    shapes = np.array(county.land.unit_shapes)
    assert all(s.geom_type == "Polygon" and s.is_valid for s in shapes)
    total = shapely.area(shapes).sum()
    assert total == pytest.approx(county.land.county_shape.area, rel=0.01)
    assert shapely.union_all(shapes).area == pytest.approx(total, rel=1e-3)  # no overlaps


def test_unit_points_lie_inside_their_unit(county):
    inside = shapely.contains_xy(
        np.array(county.land.unit_shapes), county.land.unit_lon, county.land.unit_lat
    )
    assert inside.all()


def test_every_township_has_land_and_people(county):
    assert len(county.land.township_shapes) == N_TOWNSHIPS
    assert set(county.people.township.tolist()) == set(range(N_TOWNSHIPS))
    assert township_code(0) == f"{CODE}01"
    assert township_code(21) == f"{CODE}22"


def test_adjacency_is_ordered_touching_and_connected(county):
    pairs = county.land.pairs
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert (county.land.gates >= 1).all()
    shapes = np.array(county.land.unit_shapes)
    assert shapely.distance(shapes[pairs[:, 0]], shapes[pairs[:, 1]]).max() < 1e-5
    reached, frontier = {0}, [0]
    neighbours: dict[int, list[int]] = {}
    for a, b in pairs.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    while frontier:
        frontier = [n for f in frontier for n in neighbours.get(f, []) if n not in reached]
        reached.update(frontier)
    assert len(reached) == len(shapes)


def test_a_household_lives_in_one_unit(county):
    people = county.people
    assert (np.diff(people.household) >= 0).all()
    for array in (people.unit, people.township):
        lowest = np.full(people.household.max() + 1, 10**6)
        highest = np.full(people.household.max() + 1, -1)
        np.minimum.at(lowest, people.household, array)
        np.maximum.at(highest, people.household, array)
        np.testing.assert_array_equal(lowest, highest)


def test_ages_and_occupations_agree(county):
    people = county.people
    assert people.age.min() >= 0
    assert people.age.max() <= 100
    assert (people.age[people.occupation == OCCUPATION_I["pupil"]] >= 6).all()
    assert (people.age[people.occupation == OCCUPATION_I["pupil"]] < 18).all()
    assert (people.age[people.occupation == OCCUPATION_I["farmer"]] >= 18).all()
    assert 0.15 < (people.age < 18).mean() < 0.35


def test_classes_are_of_one_age_in_one_township_and_not_overfull(county):
    kind = np.array(county.places.kind)
    people = county.people
    pupils = np.flatnonzero(people.occupation == OCCUPATION_I["pupil"])
    assert (people.group_place[pupils] >= 0).all()
    for room in np.unique(people.group_place[pupils])[:60]:
        members = pupils[people.group_place[pupils] == room]
        assert kind[room] == "classroom"
        assert len(np.unique(people.age[members])) == 1
        assert (people.township[members] == county.places.township[room]).all()
        assert len(members) <= county.places.capacity[room]


def test_staff_of_one_place_stays_below_the_limit(county):
    shop = np.flatnonzero(np.isin(county.places.kind, ["shop", "market", "hospital"]))
    staff = np.bincount(
        county.people.group_place[county.people.group_place >= 0], minlength=len(county.places.kind)
    )
    assert staff[shop].max() <= STAFF_AT_MOST


def test_one_station_one_cold_store(county):
    assert len(county.places.of_kind("railway_station")) == 1
    assert len(county.places.of_kind("cold_store")) == 1
    assert len(set(county.places.place_id)) == len(county.places.place_id)


def test_place_names_are_different_and_bilingual():
    names = place_names(784, rng=np.random.default_rng(1))
    assert len({zh for zh, _ in names}) > 700
    assert all(zh and en[0].isupper() and en.isascii() for zh, en in names)
    more = place_names(800, rng=np.random.default_rng(1))
    assert more[790][0].endswith("2")


def test_person_names_have_two_or_three_characters():
    names = person_names(300, rng=np.random.default_rng(1))
    assert {len(n) for n in names} == {2, 3}
