"""Nearness from samples says what the plain loops say, in any order of the samples and on any grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_near as naive

from fireline.contacts.grid import Grid
from fireline.contacts.near import Positions, near

METRE = st.sampled_from([-9.0, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0])
SAMPLE = st.tuples(st.integers(0, 4), st.integers(0, 30), METRE, METRE)
SAMPLES = st.lists(SAMPLE, max_size=30)


def found(samples, *, max_gap=6, edge=2.0, shift=0, **asked):
    columns = [np.array(c) for c in zip(*samples, strict=True)] or [np.empty(0, np.int64)] * 4
    columns[1] = columns[1] + shift
    positions = Positions.from_metres(*columns, max_gap_s=max_gap, edge_m=edge)
    hits = near(positions, **asked)
    *whole, nearest = hits
    return [(*map(int, row), float(d)) for *row, d in zip(*whole, np.square(nearest).round(9), strict=True)]


@settings(max_examples=120, deadline=None)
@given(
    SAMPLES, st.integers(1, 9), st.sampled_from([1.0, 2.0, 7.5]), st.sampled_from([0.6, 1.0, 2.0, 3.1]),
    st.integers(0, 5), st.randoms(use_true_random=False),
)  # fmt: skip
def test_it_says_what_the_loops_say(samples, max_gap, edge, metres, seconds, random):
    cases, low, high = [1, 2, 1, 7], [0, 3, 5, 0], [40, 20, 12, 9]
    expected = naive.near(
        samples, cases=cases, low=low, high=high, metres=metres, seconds=seconds, max_gap=max_gap
    )
    random.shuffle(samples)
    rows = found(
        samples,
        max_gap=max_gap,
        edge=edge,
        cases=cases,
        from_s=low,
        to_s=high,
        metres=metres,
        seconds=seconds,
    )
    assert rows == expected
    far = 1_780_272_000
    moved = found(
        samples, max_gap=max_gap, edge=edge, shift=far, cases=cases, from_s=[t + far for t in low],
        to_s=[t + far for t in high], metres=metres, seconds=seconds,
    )  # fmt: skip
    assert moved == [(*r[:5], r[5] + far, r[6] + far, r[7]) for r in rows]


ASKED = {"cases": [0], "from_s": 0, "to_s": 1_000, "metres": 1.0, "seconds": 60}
STILL = [(0, 0, 0.0, 0.0), (0, 60, 0.0, 0.0), (0, 120, 0.0, 0.0)]


@pytest.mark.parametrize(
    ("theirs", "n"),
    [
        ([(1, 0, 0.9, 0.0), (1, 61, 0.9, 0.0)], 1),
        ([(1, 0, 0.9, 0.0), (1, 60, 0.9, 0.0)], 0),  # sixty seconds are not more than sixty
        ([(1, 0, 1.0, 0.0), (1, 90, 1.0, 0.0)], 0),  # a metre is not less than a metre
        ([(1, 0, 0.6, 0.79), (1, 90, 0.0, 0.0)], 1),  # across a corner
        ([(1, 0, 0.9, 0.0)], 0),  # a last sample holds for no time
        ([(1, 0, 0.9, 0.0), (1, 500, 0.9, 0.0)], 0),  # a long silence is no position
        ([(1, 0, 0.9, 0.0), (1, 30, 5.0, 0.0), (1, 31, 0.9, 0.0), (1, 90, 0.9, 0.0)], 0),  # a break
        ([(1, 0, 0.9, 0.0), (1, 30, -0.9, 0.0), (1, 90, 0.9, 0.0)], 1),  # from one side to the other
        ([(1, 0, 9.0, 0.0), (1, 0, 9.0, 1.0), (1, 90, 9.0, 0.0)], 0),
    ],
)
def test_edges(theirs, n):
    assert len(found([*STILL, *theirs], max_gap=120, **ASKED)) == n


def test_samples_without_coordinates_are_counted_and_left_out():
    columns = [
        np.array([0, 0, 1]),
        np.array([0, 9, 0]),
        np.array([0.0, np.nan, 1]),
        np.array([0.0, 0, np.inf]),
    ]
    positions = Positions.from_metres(*columns, max_gap_s=60)
    assert positions.n_without == 2 and positions.pieces.person.size == 0
    assert near(positions, [0], 0, 9, metres=1, seconds=0).case_i.size == 0


def test_degrees_use_the_plane_of_a_grid():
    grid = Grid(edge_m=800, origin_lon=104, origin_lat=30)
    step = 1 / 111_000
    positions = Positions.from_degrees(
        np.array([0, 0, 1, 1, 2, 2]), np.array([0, 100] * 3), np.full(6, 104.05),
        np.array([30.0, 30.0, 30 + step, 30 + step, 30 + 5 * step, 30 + 5 * step]), grid=grid, max_gap_s=100,
    )  # fmt: skip
    hits = near(positions, [0], 0, 100, metres=2, seconds=60)
    assert hits.person_i.tolist() == [1] and hits.nearest_m[0] == pytest.approx(0.9987, abs=2e-3)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (([0, -1], [0, 0], [0.0, 0], [0.0, 0]), "person_i: row 1"),
        (([0, 0], [0.0, np.nan], [0.0, 0], [0.0, 0]), "at_s: row 1 is not a whole number"),
        (([0, 0], [0, 0], [0.0, 1e12], [0.0, 0]), "x_m: row 1"),
        (([0, 0], [0], [0.0, 0], [0.0, 0]), "at_s: expected shape"),
    ],
)
def test_bad_samples_are_refused_by_row(columns, says):
    with pytest.raises(ValueError, match=says):
        Positions.from_metres(*(np.array(c) for c in columns), max_gap_s=60)


def test_bad_questions_are_refused():
    positions = Positions.from_metres(*[np.empty(0, np.int64)] * 4, max_gap_s=60)
    with pytest.raises(ValueError, match="metres: expected more than 0"):
        near(positions, [0], 0, 9, metres=0, seconds=0)
    with pytest.raises(ValueError, match="seconds: expected at least 0"):
        near(positions, [0], 0, 9, metres=1, seconds=-1)
    with pytest.raises(ValueError, match="max_gap_s, edge_m"):
        Positions.from_metres(*[np.empty(0, np.int64)] * 4, max_gap_s=0)
    with pytest.raises(TypeError, match="person_i: expected integers"):
        Positions.from_metres(np.array(["a"]), np.array([0]), np.array([0.0]), np.array([0.0]), max_gap_s=1)
