"""Partial sums say what the plain loops say, whatever part a row is in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_partial_sums as naive

from fireline.kernels.contact_search import Found, Met
from fireline.kernels.partial_sums import merge_found, merge_pairs, sum_episodes

SMALL = st.integers(0, 3)
SPAN = st.tuples(st.integers(-20, 60), st.integers(1, 9)).map(lambda span: (span[0], sum(span)))


def table(like, rows):
    kinds = [np.uint32 if name.endswith("_i") else np.int64 for name in like._fields]
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return like(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


def rows(columns):
    return [tuple(map(int, row)) for row in zip(*columns, strict=True)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(SMALL, SMALL, st.integers(1, 9), st.integers(1, 3), SPAN), max_size=8), max_size=4
    )
)
def test_figures_of_pairs(parts):
    parts = [[(c, p, o, e, *span) for c, p, o, e, span in part] for part in parts]
    assert rows(merge_found([table(Found, part) for part in parts])) == naive.merge_found(parts)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.tuples(SMALL, SMALL, SMALL, SPAN), max_size=8), max_size=4),
    st.integers(1, 12),
    st.sampled_from([0, 12, 30]),
)
def test_episodes_of_pairs(parts, least, within):
    parts = [[(c, p, q, *span) for c, p, q, span in part] for part in parts]
    found = sum_episodes([table(Met, part) for part in parts], min_overlap_s=least, within_s=within)
    assert rows(found) == naive.sum_episodes(parts, least=least, within=within)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(SMALL, SMALL, st.integers(1, 9)), max_size=8), max_size=4))
def test_time_together_of_pairs(parts):
    columns = [
        tuple(
            np.array([row[k] for row in part], kind)
            for k, kind in enumerate((np.uint32, np.uint32, np.int64))
        )
        for part in parts
    ]
    assert rows(merge_pairs(columns)) == naive.merge_pairs(parts)


@pytest.mark.parametrize("top", [2**31, 2**32 - 2])
def test_large_numbers_stay_apart(top):
    parts = [
        table(Found, [(top, 0, 5, 1, 0, 5), (0, top, 7, 1, 0, 7)]),
        table(Found, [(top, 0, 1, 1, 9, 10)]),
    ]
    assert rows(merge_found(parts)) == [(0, top, 7, 1, 0, 7), (top, 0, 6, 2, 0, 10)]
