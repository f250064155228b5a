"""Words around tasks: labels of exercise and look-back editions, clocks that could not be tied to data.

Chapter 9: nothing computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fireline.policy.model import PackKind
from fireline.policy.terms import terms
from fireline.words import Words

if TYPE_CHECKING:
    from fireline.policy import At

LABELS = {
    PackKind.EXERCISE.value: Words("演练，不得作为指令", "exercise, not an order"),
    PackKind.RETROSPECTIVE.value: Words("仅供复盘，不得作为指令", "for replay only, not an order"),
}
"""Label of tasks by the kind of edition their rule stands in."""

LINKED_DEADLINES = frozenset(
    {
        "case_report",
        "trajectory",
        "prelim_report",
        "close_placed",
        "secondary_placed",
        "arrival_accept",
        "signal_verify",
        "detect",  # measured for the whole outbreak by oversight
        "notify",
        "respond",
        "event_report",
        "first_round_sealed",
        "first_round_managed",
        "zone_publish",
    }
)
"""Deadlines that tasks are made from, and those that oversight measures."""


def unlinked_deadlines(rules: At) -> tuple[Words, ...]:
    """Deadlines in force that no table holds the events for: named, not silently dropped."""
    subjects = sorted(
        {r.subject for r in rules.library.by_concept.get("deadline", ())} - LINKED_DEADLINES - {"*"}
    )
    live = [s for s in subjects if rules.find("deadline", s).in_force]
    if not live:
        return ()
    names = terms("rule_subject", live)
    return (
        Words(
            f"以下时限有效，但数据表中没有对应事件，未生成任务：{names.zh}。",
            "These deadlines are in force but no table holds their events, so no tasks are made: "
            f"{names.en}.",
        ),
    )
