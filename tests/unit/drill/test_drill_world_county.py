"""The county of a backtest: sizes, one seed one county, rows that are shares, and the planner's wrong copy."""

from __future__ import annotations

import numpy as np
import pytest

from fireline.drill.world.county import HOUSEHOLD_SIZES, build
from fireline.drill.world.rows import of_links
from fireline.drill.world.travel import groups_of
from fireline.errors import InputError
from fireline.zones.graph import component_labels


@pytest.fixture(scope="module")
def world():
    return build(n_people=50_000, rng=np.random.default_rng(11))


def test_people_stand_unit_by_unit_and_household_by_household(world):
    town = world.town
    assert abs(world.n_people - 50_000) <= 6
    assert (np.diff(town.unit) >= 0).all() and (np.diff(town.house) >= 0).all()
    assert (town.unit[town.unit_first[:-1][world.ground.population > 0]] >= 0).all()
    for unit in (0, 17, world.ground.n - 1):
        assert (town.unit[town.unit_first[unit] : town.unit_first[unit + 1]] == unit).all()
    sizes = np.diff(town.house_first)
    assert sizes.min() == 1 and sizes.sum() == world.n_people
    assert (town.house[town.house_first[:-1]] == np.arange(len(sizes))).all()
    found = np.bincount(sizes, minlength=8)[1:] / len(sizes)
    np.testing.assert_allclose(found, HOUSEHOLD_SIZES, atol=0.01)


def test_every_place_lists_its_own_members(world):
    town = world.town
    for place in (0, 5, len(world.place_size) - 1):
        members = town.group_member[town.group_first[place] : town.group_first[place + 1]]
        assert len(members) == world.place_size[place] > 0
        assert (town.group[members] == place).all()
    assert len(town.group_member) == (town.group >= 0).sum()
    assert 0.6 < (town.group >= 0).mean() < 0.76


def test_ground_is_whole(world):
    ground = world.ground
    assert ground.population.sum() == world.n_people
    assert ground.households.sum() == len(world.town.house_first) - 1
    assert list(ground.ids) == sorted(ground.ids) and len(set(ground.ids)) == ground.n
    assert set(ground.township.tolist()) <= set(range(22))
    assert ground.is_exception.sum() >= 2
    assert ground.population[ground.is_exception].max() < np.median(ground.population)
    assert (ground.neighbours.a < ground.neighbours.b).all()
    assert all(g >= 1 for g in ground.neighbours.gates)
    everything = component_labels(ground.neighbours, np.ones(ground.n, dtype=bool))
    assert (everything == 0).mean() > 0.97  # one land, but for a bay of the outline


def test_travel_rows_are_shares_of_other_units(world):
    rows = world.travel
    owner = rows.owner()
    assert (owner != rows.unit).all()
    np.testing.assert_allclose(np.bincount(owner, weights=rows.share), 1.0, atol=1e-12)


def test_near_units_draw_more(world):
    ground, rows = world.ground, world.travel
    owner = rows.owner()
    gap = np.hypot(ground.lon[owner] - ground.lon[rows.unit], ground.lat[owner] - ground.lat[rows.unit])
    every = np.hypot(ground.lon[:, None] - ground.lon, ground.lat[:, None] - ground.lat).mean()
    assert np.average(gap, weights=rows.share) < 0.75 * every


def test_those_met_in_a_unit_are_residents_and_visitors(world):
    town = world.town
    sums = town.met_sum[town.met_first[1:] - 1]
    assert (sums == 1.0).all()
    one = slice(town.met_first[3], town.met_first[4])
    share = np.diff(np.r_[0.0, town.met_sum[one]])
    assert share[town.met_unit[one] == 3][0] == pytest.approx(0.35, abs=1e-9)


def test_planner_travel_is_wrong_by_the_stated_noise(world):
    wrong = world.planner_travel(np.random.default_rng(1), sd=0.7)
    np.testing.assert_array_equal(wrong.unit, world.travel.unit)
    np.testing.assert_allclose(np.bincount(wrong.owner(), weights=wrong.share), 1.0, atol=1e-12)
    ratio = np.log(wrong.share / world.travel.share)
    assert 0.6 < ratio.std() < 0.8
    exact = world.planner_travel(np.random.default_rng(1), sd=0.0)
    np.testing.assert_allclose(exact.share, world.travel.share, rtol=1e-12)


def test_one_seed_one_county(world):
    again, other = (
        build(n_people=50_000, rng=np.random.default_rng(11)),
        build(n_people=50_000, rng=np.random.default_rng(12)),
    )
    for name in world.town._fields:
        np.testing.assert_array_equal(getattr(world.town, name), getattr(again.town, name))
    np.testing.assert_array_equal(world.travel.share, again.travel.share)
    assert other.ground.lon[0] != world.ground.lon[0]


@pytest.mark.parametrize("n_people", [49_999, 2_000_001])
def test_other_sizes_are_refused(n_people):
    with pytest.raises(InputError, match="50000 to 2000000"):
        build(n_people=n_people, rng=np.random.default_rng(1))


@pytest.mark.long
def test_two_million_people():
    world = build(n_people=2_000_000, rng=np.random.default_rng(11))
    assert abs(world.n_people - 2_000_000) <= 6
    assert 3_900 <= world.ground.n <= 4_000


def test_rows_add_up_links_and_draw_by_share():
    rows = of_links(
        3, np.array([2, 0, 0, 2, 0]), np.array([1, 2, 1, 1, 1]), np.array([1.0, 2.0, 1.0, 3.0, 0.0])
    )
    assert rows.first.tolist() == [0, 2, 2, 3]
    assert rows.unit.tolist() == [1, 2, 1]
    np.testing.assert_allclose(rows.share, [1 / 3, 2 / 3, 1.0])
    np.testing.assert_allclose(rows.cumulative(), [1 / 3, 1.0, 1.0])
    drawn = rows.draw(np.array([0, 0, 0, 2, 2]), np.array([0.0, 0.3332, 0.34, 0.0, 0.999999]))
    assert drawn.tolist() == [1, 1, 2, 1, 1]


def test_groups_hold_people_of_one_destination_up_to_its_size():
    rng = np.random.default_rng(4)
    destination = rng.integers(0, 5, 200)
    size = np.array([3, 10, 50, 7, 1])
    group, unit = groups_of(destination, size, rng)
    assert (unit[group] == destination).all()
    count = np.bincount(group)
    assert (count <= size[unit]).all() and count.min() >= 1
