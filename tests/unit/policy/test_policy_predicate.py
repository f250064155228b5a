"""Predicate trees: Kleene's truth tables, comparisons, and trees that are not well formed."""

from __future__ import annotations

import itertools

import pytest

from fireline.errors import PolicyError
from fireline.policy.predicate import evaluate, facts_of

A, B = {"fact": "a", "eq": True}, {"fact": "b", "eq": True}
VALUES = (True, False, None)


def _and(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _or(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


@pytest.mark.parametrize(("a", "b"), itertools.product(VALUES, VALUES))
def test_truth_tables(a: bool | None, b: bool | None) -> None:
    facts = {"a": a, "b": b}
    assert evaluate({"all": [A, B]}, facts) is _and(a, b)
    assert evaluate({"any": [A, B]}, facts) is _or(a, b)
    not_a = None if a is None else not a
    assert evaluate({"not": A}, facts) is not_a
    assert evaluate({"not": [A]}, facts) is not_a
    not_b = None if b is None else not b
    assert evaluate({"not": {"all": [A, B]}}, facts) is evaluate({"any": [{"not": A}, {"not": B}]}, facts)
    assert evaluate({"all": [{"not": A}, {"not": B}]}, facts) is _and(not_a, not_b)


def test_a_missing_fact_is_unknown_like_none_and_nan() -> None:
    leaf = {"fact": "overlap_minutes", "ge": 15}
    assert evaluate(leaf, {}) is None
    assert evaluate(leaf, {"overlap_minutes": None}) is None
    assert evaluate(leaf, {"overlap_minutes": float("nan")}) is None


@pytest.mark.parametrize(
    ("comparison", "wanted", "below", "same", "above"),
    [
        ("ge", 15, False, True, True),
        ("gt", 15, False, False, True),
        ("le", 15, True, True, False),
        ("lt", 15, True, False, False),
        ("eq", 15, False, True, False),
        ("ne", 15, True, False, True),
        ("in", [15, 99], False, True, False),
    ],
)
def test_comparisons(comparison: str, wanted: object, below: bool, same: bool, above: bool) -> None:
    leaf = {"fact": "x", comparison: wanted}
    assert [evaluate(leaf, {"x": x}) for x in (14.9, 15, 15.1)] == [below, same, above]


def test_a_leaf_may_bound_on_both_sides() -> None:
    leaf = {"fact": "x", "ge": 5, "lt": 10}
    assert [evaluate(leaf, {"x": x}) for x in (4, 5, 9.9, 10)] == [False, True, True, False]


def test_text_in_a_list() -> None:
    leaf = {"fact": "place_kind", "in": ["office", "dormitory"]}
    assert evaluate(leaf, {"place_kind": "office"}) is True
    assert evaluate(leaf, {"place_kind": "park"}) is False


def test_other_keys_at_the_root_are_not_conditions() -> None:
    assert evaluate({"any": [A], "needs_minutes_precision": True}, {"a": True}) is True


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"all": []},
        {"any": "a"},
        {"any": [A], "all": [B]},
        {"fact": "a"},
        {"fact": "a", "any": [B]},
        {"all": ["a"]},
        {"not": [A, B]},
        {"nor": [A]},
    ],
)
def test_trees_that_are_not_well_formed_are_refused(tree: dict) -> None:
    with pytest.raises(PolicyError, match="predicate"):
        evaluate(tree, {"a": True, "b": True})


def test_a_fact_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(PolicyError, match="overlap_minutes"):
        evaluate({"fact": "overlap_minutes", "ge": 15}, {"overlap_minutes": "long"})


def test_facts_of_a_tree() -> None:
    assert facts_of({"all": [A, {"not": B}, {"any": [{"fact": "c", "gt": 1}, A]}]}) == ("a", "b", "c")
