"""Backward search says what the plain loops say, however the stays are split, moved or renamed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_backward as naive

from fireline.contacts.backward import common_places, count_people
from fireline.contacts.index import VisitIndex

STAY = st.tuples(
    st.integers(0, 6), st.integers(0, 3), st.integers(0, 30), st.sampled_from([0, 1, 2, 5, 13, 40])
)
WORLD = st.lists(STAY, max_size=24).map(lambda rows: [(p, q, e, e + d) for p, q, e, d in rows])
WINDOW = st.tuples(st.integers(0, 30), st.sampled_from([0, 1, 3, 8, 30]))


def index(stays):
    return VisitIndex.from_arrays(*np.array(stays, np.int64).reshape(-1, 4).T)


def found(segments, *, cases, low, high, n_persons=10):
    hits = common_places(segments, cases, np.array(low), np.array(high), n_persons=n_persons)
    visitors = np.rint(hits.expected * n_persons).astype(int)
    figures = (hits.place_i, hits.n_cases, hits.case_s, hits.n_others, visitors, hits.first_s, hits.last_s)
    return hits.log_ratio, [tuple(map(int, row)) for row in zip(*figures, strict=True)]


@settings(max_examples=100, deadline=None)
@given(
    WORLD,
    st.lists(WINDOW, min_size=4, max_size=4),
    st.integers(-50, 50),
    st.permutations(range(10)),
    st.randoms(use_true_random=False),
)
def test_every_split_says_what_the_loops_say(world, windows, shift, names, random):
    asked = {"cases": [1, 2, 4, 9], "low": [a for a, _ in windows], "high": [a + d for a, d in windows]}
    expected = naive.common_places(world, **asked, n_persons=10)
    parts = [[], [], []]
    for stay in world:
        parts[random.randrange(3)].append(stay)
    for segments in (index(world), [index(part) for part in parts]):
        ratio, rows = found(segments, **asked)
        np.testing.assert_allclose(ratio, [-row[0] for row in expected], rtol=1e-12, atol=1e-12)
        assert sorted(rows) == sorted(row[1:] for row in expected)
        assert (np.diff(ratio) <= 0).all()
        assert all(a[0] < b[0] for a, b, d in zip(rows, rows[1:], np.diff(ratio), strict=False) if d == 0)
    moved = index([(names[p], q, e + shift, x + shift) for p, q, e, x in world])
    again, other = found(
        moved, cases=[names[c] for c in asked["cases"]], low=[t + shift for t in asked["low"]],
        high=[t + shift for t in asked["high"]],
    )  # fmt: skip
    assert again.tolist() == ratio.tolist()
    assert other == [(*row[:5], row[5] + shift, row[6] + shift) for row in rows]


def test_a_quiet_place_ranks_above_a_busy_one():
    market = [(p, 0, 0, 100) for p in range(100)]
    cinema = [(p, 1, 200, 210) for p in (0, 1, 50)]
    hits = common_places(index(market + cinema), [0, 1, 2], 0, 300)
    assert hits.place_i.tolist() == [1, 0]
    assert hits.n_cases.tolist() == [2, 3] and hits.n_others.tolist() == [1, 97]
    # all 100 people were at the market: three of three cases there is what was expected
    assert hits.log_ratio[1] == 0 and hits.expected.tolist() == [pytest.approx(0.09), 3.0]
    assert hits.log_ratio[0] == pytest.approx(2 * np.log(2 / 3 / 0.03) + np.log((1 / 3) / 0.97))
    assert hits.stays.case_i.tolist() == [0, 1, 0, 1, 2] and hits.stays.stay_s.tolist() == [
        10,
        10,
        100,
        100,
        100,
    ]


def test_two_cases_at_least_and_each_in_its_own_window():
    world = index([(0, 0, 0, 10), (1, 0, 20, 30), (2, 0, 0, 30)])
    assert common_places(world, [0], 0, 99).place_i.size == 0
    assert common_places(world, [0, 1], 0, 15).place_i.size == 0
    hits = common_places(world, [0, 1], np.array([0, 15]), np.array([15, 40]))
    assert hits.n_cases.tolist() == [2] and hits.n_others.tolist() == [1]
    assert common_places([], [0, 1], 0, 99).place_i.size == 0
    assert common_places(world, [], 0, 99).place_i.size == 0


def test_stays_that_overlap_count_once():
    world = index([(0, 0, 0, 10), (0, 0, 5, 12), (0, 0, 12, 13), (0, 0, 20, 21), (1, 0, 0, 1)])
    hits = common_places(world, [0, 1], 0, 99)
    assert hits.stays.stay_s.tolist() == [14, 1] and hits.stays.stays.tolist() == [2, 1]


def test_people_are_counted_once():
    assert (
        count_people([index([(0, 0, 0, 1), (7, 0, 0, 1)]), index([(7, 1, 5, 6), (2**32 - 2, 0, 0, 1)])]) == 3
    )


@pytest.mark.parametrize(
    ("asked", "more", "says"),
    [
        (([0, 3, 0], 0, 9), {}, "cases: row 2 is asked about twice"),
        (([0, 1], 5, 1), {}, "to_s: row 0 is earlier"),
        (([0, 1], 0, 9), {"min_cases": 1}, "min_cases: expected at least 2"),
        (([0, 1], 0, 9), {"n_persons": 1}, "n_persons: expected at least"),
    ],
)
def test_a_bad_question_is_refused(asked, more, says):
    with pytest.raises(ValueError, match=says):
        common_places(index([(0, 0, 0, 9), (1, 0, 0, 9)]), *asked, **more)
