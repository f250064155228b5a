"""The way down: sealed to managed to precaution, each step with its rule and its earliest hour.

Chapter 8: reads the verdict of the level a zone is at, follows the rules' ``to``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fireline.policy.model import Answer, Status
from fireline.words import Words
from fireline.zones.delimit import RULE_SUBJECTS, find_level_rule
from fireline.zones.lifting.clock import runs_out
from fireline.zones.lifting.facts import Facts, Part
from fireline.zones.lifting.judge import Verdict, conditions, count_of, judge

if TYPE_CHECKING:
    from fireline.policy import At

LEVEL_OF = {name: level for level, names in RULE_SUBJECTS.items() for name in names}
"""Level by every name an edition gives it."""

MAX_STEPS = 3
"""Sealed, managed, precaution: no edition has more."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step down.

    Attributes
    ----------
    number : int, from 1
    from_level, to_level : level; to_level "" = lifted
    answer : Answer, the rule of the step
    verdict : Verdict
    """

    number: int
    from_level: str
    to_level: str
    answer: Answer
    verdict: Verdict

    def row(self, zone_id: str) -> dict[str, Any]:
        """As a row of ``SCHEMAS["zone_steps"]``."""
        rule = self.answer.rule
        return {
            "zone_id": zone_id,
            "step": self.number,
            "from_level": self.from_level,
            "to_level": self.to_level,
            "earliest_at": self.verdict.earliest_at,
            "is_due": self.verdict.is_due,
            "rule_id": self.answer.rule_id,
            "edition": rule.edition if rule else "",
            "missing_zh": self.verdict.missing.zh,
            "missing_en": self.verdict.missing.en,
        }


def next_level(answer: Answer) -> str:
    """Level a zone goes to when the rule's conditions are met; "" = none."""
    to = str((answer.value or {}).get("to", "none"))
    return LEVEL_OF.get(to, "")


def steps_down(part: Part, facts: Facts, rules: At, *, at: datetime, first: Verdict) -> Iterator[Step]:
    """Steps of one zone from its level to none.

    Parameters
    ----------
    first : verdict of the level's own lifting rule (see judge)

    Notes
    -----
    A rule for "medium_from_high" counts its days from the hour of the first step; where an edition has none,
    the level's own rule counts from the zone's own clocks, and never before the step above it.
    """
    answer, level, verdict = find_level_rule(rules, "zone.lift", part.level), part.level, first
    for number in range(1, MAX_STEPS + 1):
        to = next_level(answer)
        yield Step(number, level, to, answer, verdict)
        if not to or not answer.in_force or answer.rule is None:
            return
        named = rules.find("zone.lift", f"{(answer.value or {})['to']}_from_{answer.rule.subject}")
        if named.in_force:
            after = named
            verdict = _after(named, verdict)
        else:
            after = find_level_rule(rules, "zone.lift", to)
            if after.status is Status.NO_RULE:
                return
            verdict = _not_before(judge(after, facts, at), verdict)
        answer, level = after, to


def _after(answer: Answer, before: Verdict) -> Verdict:
    """Verdict of a rule whose days run from the step before."""
    if before.earliest_at is None:
        words = Words("上一步的时间尚不能确定", "the hour of the step before cannot be told yet")
        return Verdict(None, None if before.is_due is None else False, words)
    days = max((count_of(c) or 0 for c in conditions(answer.value or {})), default=0)
    words = Words(f"上一步之后 {days} 天无新增", f"{days} days without a new infection after the step before")
    return Verdict(runs_out(before.earliest_at, days), False, words)


def _not_before(verdict: Verdict, before: Verdict) -> Verdict:
    if verdict.earliest_at is None or before.earliest_at is None:
        return Verdict(None, None if before.is_due else False, verdict.missing)
    due = verdict.is_due if before.is_due else False
    return Verdict(max(verdict.earliest_at, before.earliest_at), due, verdict.missing)
