"""Predicate trees with three-valued logic: true, false, or not known.

Foundation: contact classes, case definitions and lifting conditions are such trees; chapters give the facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fireline.errors import PolicyError

COMPARISONS = ("ge", "gt", "le", "lt", "eq", "ne", "in")
"""What a leaf may compare with."""

JOINS = ("any", "all", "not")
"""What a branch may be."""


def evaluate(tree: Mapping[str, Any], facts: Mapping[str, Any]) -> bool | None:
    """Whether the facts meet the tree; None when facts that are missing would decide.

    Parameters
    ----------
    tree : mapping, either a branch ``{"any": [...]}``, ``{"all": [...]}``, ``{"not": tree}`` or a leaf
        ``{"fact": name, "ge": number}`` with one or more of ge, gt, le, lt, eq, ne, in (all must hold).
        Keys that are neither a join nor part of a leaf (such as ``needs_minutes_precision``) are ignored.
    facts : mapping from fact name to number, text, bool or None; a fact that is absent or None is unknown

    Returns
    -------
    bool or None   True, False, or None = not known (Kleene logic; an unknown fact is never guessed)

    Raises
    ------
    PolicyError   the tree is not well formed
    """
    joins = [j for j in JOINS if j in tree]
    if "fact" in tree:
        if joins:
            raise PolicyError(
                f"predicate: found both 'fact' and {joins[0]!r} in one node; allowed: one of them"
            )
        return _leaf(tree, facts)
    if len(joins) != 1:
        raise PolicyError(
            f"predicate: found a node with keys {sorted(map(str, tree))}; "
            "allowed: 'fact', or one of any, all, not"
        )
    join = joins[0]
    below = tree[join]
    if join == "not":
        one = below[0] if isinstance(below, list | tuple) and len(below) == 1 else below
        found = evaluate(_node(one), facts)
        return None if found is None else not found
    if not isinstance(below, list | tuple) or not below:
        raise PolicyError(
            f"predicate: {join!r} holds {type(below).__name__}; allowed: a list of at least one node"
        )
    results = [evaluate(_node(node), facts) for node in below]
    decisive = join == "any"
    if decisive in results:
        return decisive
    return None if None in results else not decisive


def facts_of(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of all facts a tree asks for, sorted, each once."""
    names: set[str] = set()
    if "fact" in tree:
        names.add(str(tree["fact"]))
    for join in JOINS:
        below = tree.get(join, ())
        for node in [below] if isinstance(below, Mapping) else below:
            names.update(facts_of(_node(node)))
    return tuple(sorted(names))


def _node(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise PolicyError(f"predicate: found {type(found).__name__} where a node is wanted; allowed: a table")
    return found


def _leaf(tree: Mapping[str, Any], facts: Mapping[str, Any]) -> bool | None:
    used = [c for c in COMPARISONS if c in tree]
    if not used:
        raise PolicyError(
            f"predicate: fact {tree['fact']!r} has no comparison; allowed: {', '.join(COMPARISONS)}"
        )
    value = facts.get(tree["fact"])
    if value is None or value != value:  # NaN is as unknown as None
        return None
    return all(_compare(value, comparison, tree[comparison], fact=str(tree["fact"])) for comparison in used)


def _compare(value: Any, comparison: str, wanted: Any, *, fact: str) -> bool:
    try:
        match comparison:
            case "ge":
                return bool(value >= wanted)
            case "gt":
                return bool(value > wanted)
            case "le":
                return bool(value <= wanted)
            case "lt":
                return bool(value < wanted)
            case "eq":
                return bool(value == wanted)
            case "ne":
                return bool(value != wanted)
            case _:
                return value in wanted
    except TypeError as error:
        raise PolicyError(
            f"predicate: fact {fact!r} is {type(value).__name__} and cannot be compared by {comparison!r} "
            f"with {type(wanted).__name__}; give a fact of the rule's kind"
        ) from error
