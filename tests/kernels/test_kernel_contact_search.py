"""The visit index and its searches say what the plain loops say, however the stays are split over segments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_contact_search as naive

from fireline.contacts.index import VisitIndex, ready
from fireline.contacts.search import contacts, episodes, secondary
from fireline.engines import local_cases

STAY = st.tuples(
    st.integers(0, 5), st.integers(0, 3), st.integers(0, 30), st.sampled_from([0, 1, 2, 3, 5, 8, 13, 40])
)
WORLD = st.lists(STAY, max_size=24).map(lambda rows: [(p, q, e, e + d) for p, q, e, d in rows])


def index(stays):
    columns = np.array(stays, np.int64).reshape(-1, 4).T
    return VisitIndex.from_arrays(*columns)


def rows(found, fields=None):
    return [tuple(map(int, row)) for row in zip(*(found if fields is None else fields), strict=True)]


@settings(max_examples=150, deadline=None)
@given(WORLD, st.integers(1, 6), st.sampled_from([0, 6, 20]), st.randoms(use_true_random=False))
def test_every_split_says_what_the_loops_say(world, least, within, random):
    cases, low, high = [1, 2, 1, 9], [0, 5, 8, 0], [50, 25, 12, 99]
    asked = {"cases": cases, "low": low, "high": high, "least": least, "within": within}
    parts = [[], [], []]
    for stay in world:
        parts[random.randrange(3)].append(stay)
    for segments in (index(world), [index(part) for part in parts]):
        packed = ready(segments)
        arguments = (packed, np.array(cases), np.array(low), np.array(high), least)
        assert rows(contacts(*arguments, within_s=within)) == naive.contacts(world, **asked)
        assert rows(episodes(*arguments, within_s=within)) == naive.episodes(world, **asked)


@settings(max_examples=80, deadline=None)
@given(WORLD, st.integers(1, 4), st.dictionaries(st.integers(0, 5), st.integers(0, 40)))
def test_contacts_of_contacts_are_those_of_the_loops(world, least, managed):
    cases, low, high, until = [1, 4], [0, 3], [20, 30], [60, 33]
    found = secondary(
        index(world), cases, np.array(low), np.array(high), least, until_s=np.array(until),
        managed_s=lambda people: np.array([managed.get(int(p), 10**6) for p in people], np.int64),
    )  # fmt: skip
    assert rows(found) == naive.secondary(
        world, cases=cases, low=low, high=high, least=least, until=until, managed=managed
    )


def test_a_stay_too_short_to_count_inside_a_long_one_meets_nobody():
    world = [(1, 0, 0, 9), (2, 0, 3, 5), (3, 0, 4, 7)]
    assert rows(contacts(index(world), [1], 0, 9, 3)) == [(0, 3, 3, 1, 4, 7)]
    assert rows(contacts(index(world), [2], 0, 9, 3)) == []


def test_ids_may_be_sparse_and_large():
    top = 2**32 - 2
    found = contacts(index([(top, top, 0, 10), (7, top, 5, 20), (top, 3, 10, 20)]), [top], 0, 99, 1)
    assert rows(found) == [(0, 7, 5, 1, 5, 10)]


def test_a_stay_of_many_days_is_found_from_each_of_them():
    day = 86_400
    long = VisitIndex.from_arrays([1], [0], [0], [9 * day])
    days = [VisitIndex.from_arrays([2], [0], [d * day + 60], [d * day + 600]) for d in range(10)]
    for d in range(9):
        found = contacts([long, *days], [2], d * day, (d + 1) * day, 300)
        assert rows(found) == [(0, 1, 540, 1, d * day + 60, d * day + 600)]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (([0, 1], [0, 0], [0, 9], [1, 8]), "leave_s: row 1: expected a stay that ends no earlier"),
        (([0, -1], [0, 0], [0, 0], [1, 1]), "person_i: row 1"),
        (([0, 2**32 - 1], [0, 0], [0, 0], [1, 1]), "person_i: row 1"),
        (([0, 0], [0, 2**40], [0, 0], [1, 1]), "place_i: row 1"),
        (([0, 0], [0, 0], [0.0, np.nan], [1, 1]), "enter_s: row 1 is not a whole number"),
        (([0, 0], [0, 0], [0.0, 0.5], [1, 1]), "enter_s: row 1 is not a whole number"),
        (([0, 0], [0, 0], [0, 0], [1, 2**24]), "leave_s: row 1: expected a stay of at most"),
        (([0, 0], [0, 0], [0, 2**32], [1, 2**32 + 5]), "enter_s: row 1: expected all stays within"),
        (([0, 0], [0, 0], [-(2**62), 2**62], [-(2**62) + 1, 2**62 + 1]), "enter_s: row 1"),
        (([0, 0], [0, 0], [0], [1, 2]), "enter_s: expected shape"),
    ],
)
def test_bad_input_is_refused_by_row(columns, says):
    with pytest.raises(ValueError, match=says):
        VisitIndex.from_arrays(*(np.array(c) for c in columns))


def test_text_is_no_index():
    with pytest.raises(TypeError, match="person_i: expected integers"):
        VisitIndex.from_arrays(np.array(["a"]), np.array([0]), np.array([0]), np.array([1]))


def test_a_stay_of_the_longest_length_is_kept_whole():
    found = contacts(index([(0, 0, 0, 2**24 - 1), (1, 0, 0, 2**24 - 1)]), [0], 0, 2**31, 1)
    assert rows(found) == [(0, 1, 2**24 - 1, 1, 0, 2**24 - 1)]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (([-1], 0, 1, 1), "cases: row 0"),
        (([0], 5, 1, 1), "to_s: row 0 is earlier"),
        (([0], 0, 1, 0), "min_overlap_s: expected at least 1"),
        (([0], [0, 1], 1, 1), "from_s: expected shape"),
        (([0], 0.5, 1, 1), "from_s: expected whole seconds"),
    ],
)
def test_a_bad_question_is_refused(asked, says):
    with pytest.raises(ValueError, match=says):
        contacts(index([(0, 0, 0, 1)]), *asked)


def test_nothing_is_found_where_nothing_is():
    empty = index([])
    assert rows(contacts(empty, [3], 0, 9, 1)) == []
    assert rows(secondary([], [], 0, 9, 1)) == []
    assert empty.n_visits == 0 and empty.n_bytes < 100


@settings(max_examples=30, deadline=None)
@given(WORLD, st.integers(1, 4), st.integers(1, 3), st.integers(1, 5))
def test_threads_say_what_one_thread_says(world, least, n_threads, n_parts):
    cases, low, high = np.array([1, 4, 1, 0, 9]), np.array([0, 3, 2, 0, 0]), np.array([20, 30, 9, 60, 60])
    engine = local_cases(n_threads=n_threads, n_parts=n_parts)
    for search in (contacts, secondary):
        alone = search(index(world), cases, low, high, least)
        assert rows(search(index(world), cases, low, high, least, engine=engine)) == rows(alone)
    assert rows(contacts(index(world), [], 0, 1, 1, engine=engine)) == []


def test_a_crowd_that_comes_in_one_second_is_put_in_order():
    rng = np.random.default_rng(6)
    person, enter = rng.permutation(70_000)[:300], np.repeat([5, 70_000, 5, 20_000_000], 75)
    built = VisitIndex.from_arrays(person, np.zeros(300, np.int64), enter, enter + rng.integers(1, 99, 300))
    order = np.lexsort((person, enter))
    assert built.arrays.person.tolist() == person[order].tolist()
    assert (built.arrays.enter.astype(np.int64) + 5).tolist() == enter[order].tolist()
    assert not built.arrays.stay_high.size, "no stay is longer than 18 hours"
