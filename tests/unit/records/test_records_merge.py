"""Merging rows with the same key, against a plain loop that follows the definition."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fireline.feeds.model import FILE, ORIGIN, ROW
from fireline.records.merge import merge_rows

CELL = st.sampled_from([None, "a", "b"])
ROWS = st.lists(st.tuples(st.sampled_from([None, "k", "l", "m"]), CELL, CELL), max_size=12)


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            FILE: ["f"] * len(rows),
            ROW: list(range(1, len(rows) + 1)),
            ORIGIN: [0] * len(rows),
            "key": [r[0] for r in rows],
            "x": [r[1] for r in rows],
            "y": [r[2] for r in rows],
        },
        schema={
            FILE: pl.String,
            ROW: pl.Int64,
            ORIGIN: pl.Int64,
            "key": pl.String,
            "x": pl.String,
            "y": pl.String,
        },
    )


def twin(rows: list[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], list[str], set[tuple[int, str]]]:
    """The definition, row by row: kept rows, outcomes, conflicts."""
    kept: dict[Any, list[Any]] = {}
    outcomes: list[str] = []
    for key, x, y in rows:
        outcomes.append("merged" if key in kept else "kept")
        cells = kept.setdefault(key, [None, None])
        for i, value in enumerate((x, y)):
            if cells[i] is None:
                cells[i] = value
    conflicts = {
        (row, name)
        for row, (key, x, y) in enumerate(rows, 1)
        for name, value, first in (("X", x, kept[key][0]), ("y", y, kept[key][1]))
        if value is not None and value != first
    }
    return [(key, *cells) for key, cells in kept.items()], outcomes, conflicts


@settings(max_examples=120, deadline=None)
@given(ROWS)
def test_merging_is_what_the_plain_loop_says(rows: list[tuple[Any, ...]]) -> None:
    merged = merge_rows(frame(rows), key=("key",), names={"x": "X"})
    kept, outcomes, conflicts = twin(rows)
    assert merged.rows.rows() == kept
    assert merged.outcomes.sort(ROW)["outcome"].to_list() == outcomes
    assert {(f.row, f.column) for f in merged.conflicts} == conflicts
    assert all(f.effect == "conflict" for f in merged.conflicts)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_merging_twice_changes_nothing(rows: list[tuple[Any, ...]]) -> None:
    once = merge_rows(frame(rows), key=("key",), names={}).rows
    again = merge_rows(frame(once.rows()), key=("key",), names={})
    assert again.rows.equals(once)
    assert Counter(again.outcomes["outcome"]).get("merged", 0) == 0
    assert again.conflicts == ()


def test_a_conflict_never_shows_the_value() -> None:
    merged = merge_rows(frame([("k", "Zhang San", None), ("k", "Li Si", None)]), key=("key",), names={})
    (fault,) = merged.conflicts
    assert "Zhang" not in repr(fault)
    assert "Li" not in repr(fault)


def test_all_columns_may_be_the_key() -> None:
    merged = merge_rows(
        frame([("k", "a", "b"), ("k", "a", "b"), ("k", "a", None)]), key=("key", "x", "y"), names={}
    )
    assert merged.rows.height == 2
    assert merged.conflicts == ()
