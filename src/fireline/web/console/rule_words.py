"""Rules in the words of the reader: values, subjects and sources without a code, in one language.

Web, console: measures and spans are said by policy.values; trees and plain values by the terms of the
catalogue, so that a Chinese page holds no English code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fireline.policy.terms import term as policy_term
from fireline.policy.values import say_value
from fireline.web.shared.strings import language_now, say

SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "eq": "=", "ne": "≠", "in": "∈"}
SAID = ("measure", "contact.lookback", "followup", "outbreak.end", "prophylaxis", "exclusion")
"""Concepts whose whole value policy.values says in both languages."""
JOINS = {"any": "policy.or", "all": "policy.and"}


def term(kind: str, value: object) -> str:
    """A fact, key, word or subject of a rule in the language of the request, else as it stands."""
    return policy_term(kind, str(value)).get(language_now())


def value_text(concept: str, value: Mapping[str, Any] | None) -> str:
    """One line that says a rule's value."""
    if value is None or concept in SAID:
        return say_value(concept, value).get(language_now())
    if any(join in value for join in ("any", "all", "not")) or "fact" in value:
        return _tree(value)
    if concept == "deadline":
        return _deadline(value)
    if concept == "threshold":
        return _threshold(value)
    return _plain(value)


def subject_text(subject: str) -> str:
    """The subject of a rule; "" where it holds for all."""
    return "" if subject == "*" else term("rule_subject", subject)


def _deadline(value: Mapping[str, Any]) -> str:
    text = say(
        "policy.within",
        hours=f"{value['hours']:g}",
        start=term("rule_word", value["start"]),
        stop=term("rule_word", value["stop"]),
    )
    rest = {k: v for k, v in value.items() if k not in ("hours", "start", "stop")}
    return f"{text}{say('policy.semicolon')}{_plain(rest)}" if rest else text


def _threshold(value: Mapping[str, Any]) -> str:
    text = say(
        "policy.at_least",
        count=value["count"],
        days=value["window_days"],
        unit=term("rule_word", value["unit"]),
    )
    rest = {k: v for k, v in value.items() if k not in ("count", "window_days", "unit")}
    return f"{text}{say('policy.semicolon')}{_plain(rest)}" if rest else text


def _tree(tree: Mapping[str, Any], *, is_inner: bool = False) -> str:
    if "fact" in tree:
        name = term("rule_fact", tree["fact"])
        tests = [(sign, tree[key]) for key, sign in SIGNS.items() if key in tree]
        if tests == [("=", True)]:
            return name
        if tests == [("=", False)]:
            return say("policy.not", text=name)
        return name + "".join(f" {sign} {_flat(found)}" for sign, found in tests)
    if "not" in tree:
        below = tree["not"]
        node = below[0] if isinstance(below, list | tuple) else below
        return say("policy.not", text=_tree(node, is_inner=True))
    join = "any" if "any" in tree else "all"
    text = say(JOINS[join]).join(_tree(node, is_inner=True) for node in tree[join])
    return say("policy.brackets", text=text) if is_inner and len(tree[join]) > 1 else text


def _plain(value: Mapping[str, Any]) -> str:
    parts = []
    for key, found in value.items():
        name = term("rule_key", key)
        if found is True:
            parts.append(name)
        elif found is False:
            parts.append(say("policy.not", text=name))
        else:
            parts.append(f"{name} {_flat(found)}")
    return say("policy.semicolon").join(parts)


def _flat(found: Any) -> str:
    if isinstance(found, Mapping):
        return say("policy.brackets", text=_plain(found))
    if isinstance(found, list | tuple):
        return say("policy.comma").join(_flat(part) for part in found)
    if isinstance(found, bool):
        return term("rule_word", "yes" if found else "no")
    return f"{found:g}" if isinstance(found, int | float) else term("rule_word", found)
