"""Small checks that together say what a rule's value may look like.

Foundation: policy.concepts builds the shape of each concept from these; policy.reading reports faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fireline.policy.predicate import COMPARISONS, JOINS


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong inside a value.

    Attributes
    ----------
    path : str, such as "value.phases[0].days"
    found : str
    allowed : str
    """

    path: str
    found: str
    allowed: str


Check = Callable[[Any, str], list[Problem]]
"""Takes what was found and where; gives what is wrong with it."""


def shown(found: Any) -> str:
    """A value as an error message shows it, cut to 60 characters."""
    text = "nothing" if found is None else repr(found)
    return text if len(text) <= 60 else text[:57] + "..."


def number(low: float, high: float, *, whole: bool = False) -> Check:
    """A number in a closed range; with ``whole`` an integer."""
    kinds = int if whole else (int, float)
    allowed = f"{'a whole number' if whole else 'a number'} from {low:g} to {high:g}"

    def check(found: Any, path: str) -> list[Problem]:
        good = isinstance(found, kinds) and not isinstance(found, bool) and low <= found <= high
        return [] if good else [Problem(path, shown(found), allowed)]

    return check


def whole(low: int, high: int) -> Check:
    """An integer in a closed range."""
    return number(low, high, whole=True)


def one_of(*codes: str) -> Check:
    """One of a closed list of words."""
    allowed = "one of " + ", ".join(codes)

    def check(found: Any, path: str) -> list[Problem]:
        return [] if isinstance(found, str) and found in codes else [Problem(path, shown(found), allowed)]

    return check


def flag(found: Any, path: str) -> list[Problem]:
    """True or false."""
    return [] if isinstance(found, bool) else [Problem(path, shown(found), "true or false")]


def text(found: Any, path: str) -> list[Problem]:
    """A text that is not empty."""
    good = isinstance(found, str) and bool(found.strip())
    return [] if good else [Problem(path, shown(found), "a text that is not empty")]


def many(inner: Check, *, at_least: int = 1) -> Check:
    """A list whose every member passes ``inner``."""

    def check(found: Any, path: str) -> list[Problem]:
        if not isinstance(found, list) or len(found) < at_least:
            return [Problem(path, shown(found), f"a list of at least {at_least}")]
        return [p for i, member in enumerate(found) for p in inner(member, f"{path}[{i}]")]

    return check


def rising_days(found: Any, path: str) -> list[Problem]:
    """A list of day numbers, each larger than the one before."""
    problems = many(whole(0, 366), at_least=0)(found, path)
    if not problems and any(b <= a for a, b in pairwise(found)):
        problems = [Problem(path, shown(found), "day numbers that rise")]
    return problems


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """A table with all required keys, any of the optional ones, and no other."""
    optional = optional or {}
    names = ", ".join([*required, *(f"{name}?" for name in optional)])

    def check(found: Any, path: str) -> list[Problem]:
        if not isinstance(found, Mapping):
            return [Problem(path, shown(found), f"a table with {names}")]
        problems = [
            Problem(f"{path}.{name}", "nothing", f"a table with {names}")
            for name in required
            if name not in found
        ]
        for name, member in found.items():
            inner = required.get(name) or optional.get(name)
            if inner is None:
                problems.append(Problem(f"{path}.{name}", shown(member), f"a table with {names}"))
            else:
                problems.extend(inner(member, f"{path}.{name}"))
        return problems

    return check


def exactly_one(check: Check, *names: str) -> Check:
    """A table that passes ``check`` and holds exactly one of the named keys."""

    def checked(found: Any, path: str) -> list[Problem]:
        problems = check(found, path)
        held = [n for n in names if isinstance(found, Mapping) and n in found]
        if not problems and len(held) != 1:
            problems = [
                Problem(path, ", ".join(held) or "none of them", "exactly one of " + ", ".join(names))
            ]
        return problems

    return checked


def tree(facts: tuple[str, ...], optional: Mapping[str, Check] | None = None) -> Check:
    """A predicate tree over a closed list of facts (``symptom:*`` allows any name after the colon).

    ``optional`` keys may stand beside its root.
    """
    extra = optional or {}

    def node(found: Any, path: str, depth: int) -> list[Problem]:
        if not isinstance(found, Mapping):
            return [Problem(path, shown(found), "a node: fact, any, all or not")]
        if depth > 8:
            return [Problem(path, "more than 8 levels", "a tree of at most 8 levels")]
        if "fact" in found:
            return leaf(found, path)
        joins = [j for j in JOINS if j in found]
        strange = [k for k in found if k not in JOINS]
        if len(joins) != 1 or strange:
            return [Problem(path, shown(sorted(found)), "a node with one of fact, any, all, not")]
        below = found[joins[0]]
        if joins[0] == "not" and isinstance(below, Mapping):
            return node(below, f"{path}.not", depth + 1)
        if not isinstance(below, list) or not below or (joins[0] == "not" and len(below) != 1):
            return [Problem(f"{path}.{joins[0]}", shown(below), "a list of nodes (one node for not)")]
        return [p for i, n in enumerate(below) for p in node(n, f"{path}.{joins[0]}[{i}]", depth + 1)]

    def leaf(found: Mapping[str, Any], path: str) -> list[Problem]:
        problems = name_of_fact(found["fact"], f"{path}.fact")
        compares = [k for k in found if k != "fact"]
        if not compares or any(k not in COMPARISONS for k in compares):
            problems.append(Problem(path, shown(compares), "a comparison: " + ", ".join(COMPARISONS)))
        for k in compares:
            wanted = found[k]
            if k in ("ge", "gt", "le", "lt"):
                problems.extend(number(-1e9, 1e9)(wanted, f"{path}.{k}"))
            elif k == "in":
                if not isinstance(wanted, list) or not wanted:
                    problems.append(Problem(f"{path}.in", shown(wanted), "a list of at least 1"))
            elif k in ("eq", "ne") and not isinstance(wanted, bool | int | float | str):
                problems.append(Problem(f"{path}.{k}", shown(wanted), "a number, text, true or false"))
        return problems

    def name_of_fact(found: Any, path: str) -> list[Problem]:
        open_ended = [f[:-1] for f in facts if f.endswith("*")]
        if isinstance(found, str) and any(found.startswith(f) and found != f for f in open_ended):
            return []
        return one_of(*facts)(found, path)

    def check(found: Any, path: str) -> list[Problem]:
        if not isinstance(found, Mapping):
            return [Problem(path, shown(found), "a predicate tree")]
        root = {k: v for k, v in found.items() if k not in extra}
        problems = [p for k, v in found.items() if k in extra for p in extra[k](v, f"{path}.{k}")]
        return problems + node(root, path, 0)

    return check
