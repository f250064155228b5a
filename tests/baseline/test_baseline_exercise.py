"""The kept numbers of the exercise county: none may move without a line in the changelog."""

from __future__ import annotations

import json

import pytest
from tests.baseline.figures import FILE_OF_FIGURES, figures, flat

ASK = (
    "RESULTS CHANGE: {n} figures of the exercise county moved. If that is meant, run "
    "`python -m tests.baseline.update` and add a line RESULTS CHANGE to CHANGELOG.md:\n  {lines}"
)


def complaint(kept, found):
    """What moved, as a person reads it; empty where nothing did."""
    before, after = flat(kept), flat(found)
    moved = [n for n in sorted(before | after) if before.get(n) != after.get(n)]
    lines = "\n  ".join(f"{n}: kept {before.get(n)}, found {after.get(n)}" for n in moved)
    return ASK.format(n=len(moved), lines=lines) if moved else ""


def test_no_figure_moved():
    said = complaint(json.loads(FILE_OF_FIGURES.read_text("utf-8")), figures())
    if said:
        pytest.fail(said, pytrace=False)


def test_a_figure_that_moves_is_named_with_both_values():
    kept = {"contacts": {"by_class": {"close": 10, "general": 3}}}
    found = {"contacts": {"by_class": {"close": 11, "secondary": 2}}}
    said = complaint(kept, found)
    assert said.startswith("RESULTS CHANGE: 3 figures")
    assert "contacts.by_class.close: kept 10, found 11" in said
    assert "contacts.by_class.general: kept 3, found None" in said
    assert complaint(kept, kept) == ""


def test_what_is_kept_stands_for_an_outbreak_worth_watching():
    """A county in which nothing happens would keep nothing from breaking."""
    kept = flat(json.loads(FILE_OF_FIGURES.read_text("utf-8")))
    for name in ("contacts.by_class.close", "contacts.by_class.secondary", "contacts.by_basis.co_presence"):
        assert kept[name] > 50, name
    assert kept["chain.n_serial"] > 10
    assert kept["chain.max_generation"] >= 2
