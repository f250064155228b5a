"""Scan zones: circles by great circle, connected sets, listed sets; every set once, none missing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_scan as naive

from fireline.signals import circular_zones, connected_zones, listed_zones

DEGREES = st.lists(st.tuples(st.integers(-1790, 1790), st.integers(-890, 890)), min_size=1, max_size=7)


def is_depth_first(tree):
    before = 0
    for depth in tree.depth:
        if not 1 <= depth <= before + 1:
            return False
        before = depth
    return True


@settings(max_examples=80, deadline=None)
@given(
    DEGREES,
    st.integers(1, 8),
    st.sampled_from([0.3, 0.5, 1.0]),
    st.lists(st.integers(0, 5), min_size=7, max_size=7),
)
def test_circles_are_all_nearest_sets_within_both_limits(places, max_areas, share, weight):
    lon, lat = (np.array(c) / 10 for c in zip(*places, strict=True))
    weight = weight[: len(places)]
    found = circular_zones(lon, lat, max_areas=max_areas, weight=weight, max_share=share)
    wanted = naive.circles(lon.tolist(), lat.tolist(), max_areas=max_areas, weight=weight, max_share=share)
    assert found.sets() and set(found.sets()) == wanted
    assert len(found.sets()) == len(wanted) == found.n_zones
    assert is_depth_first(found.tree) and found.tree.is_zone[-1]


def test_a_circle_goes_over_the_date_line_and_the_pole():
    found = circular_zones([179.9, -179.9, 170.0], [0, 0, 0], max_areas=2, max_share=1.0)
    assert set(found.sets()) == {(0,), (1,), (2,), (0, 1), (0, 2)}
    found = circular_zones([0, 180, 90], [89, 89, 80], max_areas=2, max_share=1.0)
    assert (0, 1) in found.sets()


def test_half_of_all_areas_at_most_unless_told_otherwise():
    lon = np.arange(6.0)
    assert max(map(len, circular_zones(lon, np.zeros(6)).sets())) == 3
    assert max(map(len, circular_zones(lon, np.zeros(6), max_share=1.0).sets())) == 6
    crowded = circular_zones(lon, np.zeros(6), weight=[100, 1, 1, 1, 1, 1])
    assert (0,) in crowded.sets()  # more than half by itself, and a zone
    assert all(0 not in s for s in crowded.sets() if len(s) > 1)


def test_areas_equally_far_come_by_number():
    found = circular_zones([0, 1, -1, 0], [0, 0, 0, 1], max_areas=2, max_share=1.0)
    assert {(0, 1)} == {s for s in found.sets() if 0 in s and len(s) == 2 and 1 in s}
    assert (0, 1) in found.sets() and found.sets().count((0, 1)) == 1


PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14)


@settings(max_examples=80, deadline=None)
@given(PAIRS, st.integers(1, 5))
def test_every_connected_set_stands_there_once(pairs, largest):
    found = connected_zones(
        np.array(pairs, int).reshape(-1, 2), n_areas=7, max_areas=largest, exhaustive=largest
    )
    assert len(found.sets()) == len(set(found.sets()))
    assert set(found.sets()) == naive.connected_sets(pairs, 7, largest)
    assert is_depth_first(found.tree)


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.integers(0, 3))
def test_grown_sets_hang_together_and_reach_everything(pairs, exhaustive):
    found = connected_zones(
        np.array(pairs, int).reshape(-1, 2), n_areas=7, max_areas=7, exhaustive=exhaustive
    )
    all_sets = naive.connected_sets(pairs, 7, 7)
    assert set(found.sets()) <= all_sets
    assert naive.connected_sets(pairs, 7, exhaustive) <= set(found.sets())
    whole = {max((s for s in all_sets if a in s), key=len) for a in range(7)}
    assert whole <= set(found.sets())  # the component of every area
    assert len(found.sets()) == len(set(found.sets()))


def test_growth_takes_the_neighbour_with_most_borders_first():
    # 0 touches 1, 2, 3; 2 and 3 touch each other: after 1 the pair 2, 3 has the more borders inside
    found = connected_zones([(0, 1), (0, 2), (0, 3), (2, 3)], n_areas=4, max_areas=3, exhaustive=0)
    assert (0, 1, 2) in found.sets() and (0, 2, 3) in found.sets()


def test_too_many_sets_are_refused():
    ring = [(a, (a + k) % 30) for a in range(30) for k in (1, 2, 3)]
    with pytest.raises(ValueError, match="more than 500 sets of up to 4 areas; lower exhaustive"):
        connected_zones(ring, n_areas=30, max_areas=4, exhaustive=4, max_zones=500)


def test_listed_sets_are_those_and_no_others():
    found = listed_zones([(2, 0), [1], (0, 2), (0, 1, 2)], n_areas=3)
    assert found.sets() == [(0, 1, 2), (0, 2), (1,)]
    assert found.n_zones == 3 and found.tree.area.size == 5  # 0 and 0+1 are steps on the way
    assert listed_zones([], n_areas=2).n_zones == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: circular_zones([0, 1], [0]), "lon, lat: expected shape"),
        (lambda: circular_zones([0, np.nan], [0, 0]), "area 1 has no longitude"),
        (lambda: circular_zones([0, 181], [0, 0]), "area 1 has no longitude"),
        (lambda: circular_zones([0], [0], max_share=0), "max_share"),
        (lambda: circular_zones([0], [0], max_areas=0), "max_areas"),
        (lambda: circular_zones([0], [0], weight=[-1]), "weight"),
        (lambda: connected_zones([(0, 5)], n_areas=3, max_areas=2), "neighbours: row 0"),
        (lambda: connected_zones([(0, 1)], n_areas=3, max_areas=0), "max_areas 0"),
        (lambda: listed_zones([()], n_areas=3), "sets"),
        (lambda: listed_zones([(1, 1)], n_areas=3), "sets"),
        (lambda: listed_zones([(3,)], n_areas=3), "sets"),
    ],
)
def test_refuses_wrong_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
