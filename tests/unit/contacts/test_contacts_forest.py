"""contacts.forest: what is drawn of a chain, and that no mark or run meets another."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_chains import drawing_faults

from fireline.contacts.forest import FOLD_FROM, MARKS, lay_out

DAY = date(2026, 6, 1)


def nodes(*rows):
    return pl.DataFrame(
        [
            {"case_id": c, "parent": p, "day": None if d is None else DAY + timedelta(days=d)}
            for c, p, d in rows
        ],
        schema={"case_id": pl.String, "parent": pl.String, "day": pl.Date},
    )


def marks(found):
    return {r["case_id"]: (r["kind"], r["n"], r["parent"]) for r in found.to_dicts()}


FAMILY = nodes(("A", None, 0), *((f"B{i}", "A", 3 + i) for i in range(4)), ("C", "A", 2), ("D", "C", 6))


def test_every_case_is_a_mark():
    found = lay_out(FAMILY)
    assert dict(found.schema) == MARKS
    assert set(found["kind"]) == {"case"} and found.height == 7
    assert found.filter(pl.col("row") == 0)["case_id"].to_list() == ["A"]


def test_childless_siblings_are_folded_from_four_on():
    found = marks(lay_out(FAMILY, is_folded=True))
    assert found == {
        "A": ("case", 1, None),
        "B0": ("fold", 4, "A"),
        "C": ("case", 1, "A"),
        "D": ("case", 1, "C"),
    }
    three = nodes(("A", None, 0), *((f"B{i}", "A", 3 + i) for i in range(FOLD_FROM - 1)))
    assert set(lay_out(three, is_folded=True)["kind"]) == {"case"}


def test_roots_are_never_folded():
    alone = nodes(*((f"A{i}", None, i) for i in range(9)))
    assert set(lay_out(alone, is_folded=True)["kind"]) == {"case"}


def test_a_filter_keeps_the_way_to_the_root_as_ticks():
    found = marks(lay_out(FAMILY, keep={"D"}))
    assert found == {"A": ("tick", 1, None), "C": ("tick", 1, "A"), "D": ("case", 1, "C")}
    assert lay_out(FAMILY, keep=set()).height == 0
    assert lay_out(FAMILY, keep={"not here"}).height == 0


def test_filter_and_fold_together():
    keep = {"B0", "B1", "B2", "B3"}
    assert marks(lay_out(FAMILY, keep=keep, is_folded=True)) == {
        "A": ("tick", 1, None),
        "B0": ("fold", 4, "A"),
    }


def test_undated_cases_have_no_row_and_no_run():
    found = lay_out(nodes(("A", None, None), ("B", "A", 2), ("C", "B", None)))
    assert dict(zip(found["case_id"], found["row"], strict=True)) == {"B": 0, "A": None, "C": None}
    assert found["parent"].null_count() == 3


def test_a_parent_outside_is_no_parent_and_rings_are_refused():
    assert marks(lay_out(nodes(("B", "gone", 1))))["B"] == ("case", 1, None)
    with pytest.raises(ValueError, match="ring"):
        lay_out(nodes(("A", "B", 1), ("B", "A", 1)))


@st.composite
def forests(draw):
    n = draw(st.integers(1, 25))
    rows = []
    for k in range(n):
        up = draw(st.integers(-1, k - 1))
        rows.append((f"C{k:02}", f"C{up:02}" if up >= 0 else None, draw(st.integers(0, 9))))
    keep = draw(st.none() | st.sets(st.sampled_from([r[0] for r in rows])))
    return rows, keep, draw(st.booleans())


@settings(max_examples=60, deadline=None)
@given(forests())
def test_any_forest_filter_and_fold_is_drawn_without_a_fault(world):
    rows, keep, is_folded = world
    found = lay_out(nodes(*rows), keep=keep, is_folded=is_folded)
    names = found["case_id"].to_list()
    parent = [names.index(p) if p is not None else -1 for p in found["parent"].to_list()]
    days = [d.toordinal() for d in found["day"].to_list()]
    assert drawing_faults(parent, days, found["row"].to_list()) == []
    drawn = found.filter(pl.col("kind") != "tick")["n"].sum()
    assert drawn == (len(rows) if keep is None else len(keep)), "every kept case is in one mark"
