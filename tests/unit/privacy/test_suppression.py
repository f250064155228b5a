"""Small numbers stay hidden against an attacker who solves every equation by linear programming."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from fireline.privacy.suppression import TOTAL, Published, suppress, suppress_list

TABLES = st.tuples(
    st.integers(1, 5), st.integers(1, 5), st.sampled_from([0.5, 2.0, 8.0, 30.0]), st.integers(0, 10**6)
)


def make(shape):
    n_rows, n_columns, mean, seed = shape
    return np.random.default_rng(seed).poisson(mean, (n_rows, n_columns))


def truth(counts, key):
    row, column = key
    picked = counts if row == TOTAL else counts[[row]]
    return int(picked.sum() if column == TOTAL else picked[:, column].sum())


def keys_of(n_rows, n_columns):
    return [(r, c) for r in (*range(n_rows), TOTAL) for c in (*range(n_columns), TOTAL)]


def attack(editions, *, n_rows, n_columns):
    """Least and greatest value of every hidden entry of all editions, given all that was shown.

    The attacker knows that entries add up, that hidden ones are at least 1 where zeros are shown, and that
    counts never fall from one edition to the next.
    """
    keys = keys_of(n_rows, n_columns)
    hidden = [(e, k) for e, p in enumerate(editions) for k in keys if p.values[k] is None]
    place = {h: i for i, h in enumerate(hidden)}
    equal, known, at_most, limit = [], [], [], []

    def line(terms):
        row, rest = np.zeros(len(hidden)), 0
        for (e, k), sign in terms:
            if (e, k) in place:
                row[place[e, k]] += sign
            else:
                rest -= sign * editions[e].values[k]
        return row, rest

    for e in range(len(editions)):
        sums = [
            [((e, (r, c)), 1) for c in range(n_columns)] + [((e, (r, TOTAL)), -1)]
            for r in (*range(n_rows), TOTAL)
        ]
        sums += [
            [((e, (r, c)), 1) for r in range(n_rows)] + [((e, (TOTAL, c)), -1)]
            for c in (*range(n_columns), TOTAL)
        ]
        for terms in sums:
            row, rest = line(terms)
            equal.append(row)
            known.append(rest)
        if e:
            for k in keys:
                row, rest = line([((e - 1, k), 1), ((e, k), -1)])
                at_most.append(row)
                limit.append(rest)
    lows = [1 if editions[e].zeros_shown else 0 for e, _ in hidden]
    found = {}
    for h, i in place.items():
        goal = np.zeros(len(hidden))
        goal[i] = 1
        ends = []
        for sign in (1, -1):
            solved = linprog(
                sign * goal,
                A_eq=np.array(equal),
                b_eq=known,
                A_ub=np.array(at_most) if at_most else None,
                b_ub=limit or None,
                bounds=[(low, None) for low in lows],
                method="highs",
            )
            assert solved.status in (0, 3), "what is shown must not contradict itself"
            ends.append(np.inf if solved.status == 3 else sign * solved.fun)
        found[h] = tuple(ends)
    return found


@given(TABLES, st.sampled_from([3, 5, 10]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_nothing_hidden_can_be_worked_out(shape, k, show_zeros):
    counts = make(shape)
    made = suppress(counts, rows=range(shape[0]), columns=range(shape[1]), k=k, show_zeros=show_zeros)
    assert made.is_safe
    for key, value in made.values.items():
        if value is not None:
            assert value == truth(counts, key)
            assert value == 0 if value < k else True
    for (_, key), (low, high) in attack([made], n_rows=shape[0], n_columns=shape[1]).items():
        real = truth(counts, key)
        assert low - 1e-6 <= real <= high + 1e-6
        assert high - low >= 1 - 1e-6
        if 0 < real < k:
            assert high - low >= (k - 1) // 2 - 1e-6


@given(TABLES, st.integers(0, 10**6))
@example((3, 3, 2.0, 54375), 3)  # the sum of three hidden entries of the first bounds a fourth of the second
@settings(max_examples=25, deadline=None)
def test_two_editions_together_give_nothing_away(shape, seed):
    first = make(shape)
    second = first + np.random.default_rng(seed).choice([0, 0, 1, 3, 15], first.shape)
    rows, columns = range(shape[0]), range(shape[1])
    one = suppress(first, rows=rows, columns=columns, k=5)
    two = suppress(second, rows=rows, columns=columns, k=5, earlier=[one])
    assert two.is_safe
    for (edition, key), (low, high) in attack([one, two], n_rows=shape[0], n_columns=shape[1]).items():
        real = truth((first, second)[edition], key)
        assert low - 1e-6 <= real <= high + 1e-6
        if edition == 1 and one.values[key] is not None and real == one.values[key]:
            continue
        assert high - low >= 1 - 1e-6, (edition, key)


@given(TABLES)
@settings(max_examples=25, deadline=None)
def test_no_difference_of_shown_counts_between_editions_is_small(shape):
    first = make(shape)
    second = first + 2
    rows, columns = range(shape[0]), range(shape[1])
    one = suppress(first, rows=rows, columns=columns, k=10)
    two = suppress(second, rows=rows, columns=columns, k=10, earlier=[one])
    for key in keys_of(*shape[:2]):
        if one.values[key] is not None and two.values[key] is not None:
            assert two.values[key] - one.values[key] in (0, *range(10, 10**6))


def test_plain_table_is_left_alone():
    made = suppress(np.array([[20, 30], [40, 50]]), rows="ab", columns="xy", k=10)
    assert made.values["a", "x"] == 20
    assert made.values[TOTAL, TOTAL] == 140
    assert (made.n_primary, made.n_complementary) == (0, 0)


def test_one_small_cell_takes_a_rectangle_with_it():
    made = suppress(np.array([[3, 30, 60], [40, 50, 70], [80, 90, 99]]), rows="abc", columns="xyz", k=5)
    hidden = {key for key, v in made.values.items() if v is None}
    assert ("a", "x") in hidden
    assert made.n_primary == 1
    assert made.n_complementary == 3
    assert len({r for r, _ in hidden}) == 2
    assert len({c for _, c in hidden}) == 2
    assert hidden == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}  # the cheapest rectangle


def test_row_of_ones_under_a_shown_total_would_be_known():
    """Ten hidden ones with a total of ten can only be ones: the total has to go as well."""
    made = suppress(np.ones((1, 10), int), rows="a", columns=range(10), k=5)
    assert made.values["a", TOTAL] is None
    assert made.values[TOTAL, TOTAL] is None


def test_zeros_are_shown_or_hidden_as_asked():
    counts = np.array([[0, 20], [30, 40]])
    shown = suppress(counts, rows="ab", columns="xy", k=5)
    assert shown.values["a", "x"] == 0
    assert shown.n_primary == 0
    hidden = suppress(counts, rows="ab", columns="xy", k=5, show_zeros=False)
    assert hidden.values["a", "x"] is None
    assert hidden.n_complementary > 0


def test_kept_total_is_never_hidden_for_others_and_says_when_that_is_unsafe():
    kept = suppress(np.array([[3, 30], [40, 50]]), rows="ab", columns="xy", k=5, keep={(TOTAL, TOTAL)})
    assert kept.values[TOTAL, TOTAL] == 123
    assert kept.is_safe
    ones = suppress(np.ones((3, 4), int), rows="abc", columns=range(4), k=5, keep={(TOTAL, TOTAL)})
    assert ones.values[TOTAL, TOTAL] == 12
    assert not ones.is_safe  # twelve people in twelve cells that are not empty: every cell is one


def test_hidden_entry_comes_back_only_after_growing_by_k():
    counts = [np.array([[12, 50], [60, 70]]), np.array([[14, 50], [60, 70]]), np.array([[22, 50], [60, 70]])]
    editions: list[Published] = []
    for table in counts:
        editions.append(suppress(table, rows="ab", columns="xy", k=10, earlier=editions))
    assert [e.values["a", "x"] for e in editions] == [12, None, 22]


def test_same_table_again_is_shown_again():
    counts = np.array([[3, 30, 60], [40, 50, 70], [80, 90, 99]])
    one = suppress(counts, rows="abc", columns="xyz", k=5)
    two = suppress(counts, rows="abc", columns="xyz", k=5, earlier=[one])
    assert one.values == two.values


def test_wider_protection_hides_at_least_as_much_room():
    counts = np.array([[2, 6, 7], [9, 12, 11], [30, 31, 33]])
    made = suppress(counts, rows=range(3), columns=range(3), k=5, width=8)
    low, high = attack([made], n_rows=3, n_columns=3)[0, (0, 0)]
    assert high - low >= 8


def test_list_with_its_total():
    made = suppress_list([3, 40, 20], k=5, keys="abc")
    assert made.values["a", TOTAL] is None
    assert [v for k, v in made.values.items() if k != (TOTAL, TOTAL)].count(None) >= 2 or (
        made.values[TOTAL, TOTAL] is None
    )
    assert suppress_list([50, 40], k=5, keys="ab").values == {
        ("a", TOTAL): 50,
        ("b", TOTAL): 40,
        (TOTAL, TOTAL): 90,
    }


@pytest.mark.parametrize(
    ("counts", "rows", "columns", "k", "said"),
    [
        (np.array([[1.5]]), "a", "x", 5, "whole"),
        (np.array([[-1]]), "a", "x", 5, "whole and not negative"),
        (np.array([[1, 2]]), "a", "x", 5, "one row per row key"),
        (np.array([[1, 2]]), "a", "xx", 5, "distinct"),
        (np.array([[1, 2]]), "a", ("x", TOTAL), 5, "reserved"),
        (np.array([[1]]), "a", "x", 1, "at least 2"),
    ],
)
def test_impossible_arguments_are_refused(counts, rows, columns, k, said):
    with pytest.raises(ValueError, match=said):
        suppress(counts, rows=rows, columns=columns, k=k)


def test_same_input_gives_the_same_edition():
    counts = np.random.default_rng(4).poisson(4, (6, 7))
    made = [suppress(counts, rows=range(6), columns=range(7), k=5) for _ in range(2)]
    assert made[0] == made[1]


def test_empty_table_has_a_zero_total():
    made = suppress(np.zeros((0, 2), int), rows=(), columns="xy", k=5)
    assert made.values[TOTAL, TOTAL] == 0


def test_a_reader_of_two_editions_is_told_no_more_than_the_programme_of_the_test_says():
    from fireline.privacy.disclosure import ranges

    first = make((3, 3, 2.0, 54375))
    one = suppress(first, rows=range(3), columns=range(3), k=5)
    two = suppress(first + 1, rows=range(3), columns=range(3), k=5, earlier=[one])
    found = ranges([one.values, two.values], rows=range(3), columns=range(3), total=TOTAL, least=1)
    expected = attack([one, two], n_rows=3, n_columns=3)
    assert found.keys() == expected.keys() and len(found) > 10
    for key, ends in expected.items():
        assert found[key] == pytest.approx(ends)
