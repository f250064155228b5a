"""What changed from one edition to another: rules added, removed and changed.

Foundation: ``fireline policy diff`` prints it; an edition change is read from it before it begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fireline.policy.model import Pack, Rule


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that is in both editions, but not alike.

    Attributes
    ----------
    old, new : Rule
    fields : mapping from field name (such as "value.days", "confidence") to (old, new)
    """

    old: Rule
    new: Rule
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two packs.

    Attributes
    ----------
    old, new : Pack
    added, removed : tuple of Rule, sorted by id
    changed : tuple of Change, sorted by the old rule's id
    same : int, rules that say the same in both
    is_amendment : bool, the new edition amends the old one: what it does not name stays in force
    """

    old: Pack
    new: Pack
    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]
    changed: tuple[Change, ...]
    same: int
    is_amendment: bool


def compare(old: Pack, new: Pack) -> Difference:
    """Compare two packs rule by rule; rules match by concept, subject, disease, jurisdiction and state."""
    before, after = _by_place(old), _by_place(new)
    changed: list[Change] = []
    for key in sorted(before.keys() & after.keys()):
        fields = _changes(before[key], after[key])
        if fields:
            changed.append(Change(before[key], after[key], fields))
    common = len(before.keys() & after.keys())
    return Difference(
        old=old,
        new=new,
        added=tuple(after[k] for k in sorted(after.keys() - before.keys())),
        removed=tuple(before[k] for k in sorted(before.keys() - after.keys())),
        changed=tuple(changed),
        same=common - len(changed),
        is_amendment=old.id in new.amends,
    )


def _by_place(pack: Pack) -> dict[tuple[str, ...], Rule]:
    """Rules by what they are about; of a corrected rule the correction."""
    found: dict[tuple[str, ...], Rule] = {}
    for rule in sorted(pack.rules, key=lambda r: (bool(not r.superseded_by), r.id)):
        found[(rule.concept, rule.subject, rule.disease, rule.jurisdiction, rule.state)] = rule
    return found


def _changes(old: Rule, new: Rule) -> dict[str, tuple[Any, Any]]:
    fields: dict[str, tuple[Any, Any]] = {}
    for name in ("modality", "strictness", "confidence", "transition"):
        a, b = getattr(old, name), getattr(new, name)
        if a != b:
            fields[name] = (str(a), str(b))
    a, b = old.value, new.value
    if a is None or b is None:
        if a is not b:
            fields["value"] = (a, b)
    else:
        fields.update(_value_changes(a, b, "value"))
    return fields


def _value_changes(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> dict[str, tuple[Any, Any]]:
    fields: dict[str, tuple[Any, Any]] = {}
    for key in sorted({*old, *new}):
        a, b = old.get(key), new.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            fields.update(_value_changes(a, b, f"{path}.{key}"))
        elif a != b:
            fields[f"{path}.{key}"] = (a, b)
    return fields
