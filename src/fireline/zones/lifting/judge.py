"""Holds one zone's facts against the lifting rule: earliest hour, whether it is due, and what is missing.

Chapter 8: reads facts and a rule's answer, gives a verdict with both sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fireline.policy.model import Answer, Status
from fireline.policy.predicate import evaluate
from fireline.words import Words
from fireline.zones.lifting.clock import DAY, runs_out
from fireline.zones.lifting.facts import SINCE, Facts

_TREE = ("all", "any", "not", "fact", "ge", "gt", "le", "lt", "eq", "ne", "in")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rule says of one zone.

    Attributes
    ----------
    earliest_at : hour at which the conditions that count days have run out, if nothing new happens; None
        where a day they count from is not in the data, or no rule is in force
    is_due : every condition holds now; None = a fact that decides is not known
    missing : Words
    """

    earliest_at: datetime | None
    is_due: bool | None
    missing: Words


def trees(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conditions of a lifting rule; where sources print two readings, both, since both must hold."""
    found = [{k: v for k, v in value.items() if k in _TREE}]
    other = value.get("other_reading")
    return [*found, dict(other)] if isinstance(other, Mapping) else found


def conditions(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Conditions that must all hold, of every reading."""
    for tree in trees(value):
        yield from (c for c in tree.get("all", ()) if isinstance(c, Mapping))
        if "all" not in tree:
            yield tree


def count_of(condition: Mapping[str, Any]) -> int | None:
    """Whole days a condition asks for ("more than 14" is 15); None where it counts no days."""
    if condition.get("fact") not in SINCE:
        return None
    if "ge" in condition:
        return int(condition["ge"])
    return int(condition["gt"]) + 1 if "gt" in condition else None


def wanted_day(value: Mapping[str, Any]) -> int | None:
    """Day on which the rule wants the full negative round; None where it names none."""
    days = [
        int(c["eq"]) for c in conditions(value) if c.get("fact") == "full_round_negative_on_day" and "eq" in c
    ]
    return max(days, default=None)


def is_met(value: Mapping[str, Any], facts: Facts, at: datetime) -> bool | None:
    """Whether every reading of the rule holds at an instant; None = not known."""
    known = facts.on(at, wanted_day=wanted_day(value))
    results = [evaluate(tree, known) for tree in trees(value)]
    if False in results:
        return False
    return None if None in results else True


def judge(answer: Answer, facts: Facts, at: datetime) -> Verdict:
    """Earliest hour, whether all conditions are met now, and what is missing."""
    if answer.status is Status.ASK:
        words = Words("解除条件各来源不一致，须由人决定。", "Sources conflict on lifting: a person decides.")
        return Verdict(None, None, words)
    if not answer.in_force or answer.value is None:
        return Verdict(None, None, Words("没有有效的解除规定。", "No rule for lifting is in force."))
    value = answer.value
    hours: list[datetime | None] = []
    missing: list[Words] = []
    known = facts.on(at, wanted_day=wanted_day(value))
    for condition in conditions(value):
        days = count_of(condition)
        if days is None:
            if evaluate(condition, known) is not True:
                missing.append(_other_missing(condition, facts))
            continue
        kind, name = SINCE[str(condition["fact"])]
        start = facts.clocks[kind]
        hours.append(None if start is None else runs_out(start, days))
        missing += _day_missing(name, start, days, at)
    earliest = None if not hours or None in hours else max(h for h in hours if h is not None)
    if not missing:
        missing.append(Words("条件已全部满足。", "All conditions are met."))
    text = Words("；".join(m.zh for m in missing), "; ".join(m.en for m in missing))
    return Verdict(earliest, is_met(value, facts, at), text)


def _day_missing(name: Words, start: datetime | None, days: int, at: datetime) -> list[Words]:
    if start is None:
        return [Words(f"{name.zh}：数据中没有起算日", f"{name.en}: the data have no day to count from")]
    left = runs_out(start, days) - at
    if left.total_seconds() <= 0:
        return []
    whole, rest = divmod(left, DAY)
    hours = -(-rest.total_seconds() // 3600)
    whole, hours = (whole + 1, 0) if hours == 24 else (whole, hours)
    zh = "".join([f" {whole} 天" if whole else "", f" {hours:g} 小时" if hours else ""])
    en = " ".join([*([f"{whole} more days"] if whole else []), *([f"{hours:g} more hours"] if hours else [])])
    return [Words(f"{name.zh}：还差{zh}", f"{name.en}: {en}")]


def _other_missing(condition: Mapping[str, Any], facts: Facts) -> Words:
    """Sentence for a condition that is not a count of days."""
    fact = str(condition.get("fact", ""))
    if fact.startswith("full_round_negative"):
        return Words(
            f"全员核酸：已有 {facts.n_tested}/{facts.population} 人末例之后阴性",
            f"full negative round: {facts.n_tested} of {facts.population} negative since the last case",
        )
    if fact == "all_sealed_and_managed_lifted":
        return Words("封控区、管控区尚未全部解除", "sealed and managed areas are not all lifted")
    if fact == "contacts_all_released" and facts.is_released is False:
        return Words("密接尚未全部解除管理", "not all close contacts are released")
    return Words(f"数据中没有“{fact or '条件'}”", f"the data do not tell {fact or 'this condition'}")
