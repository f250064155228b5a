"""No rule, no power: the one door through which an intrusive function or an order must pass.

Foundation: contacts, zones and actions call it with the resolver's answer before they act.
"""

from __future__ import annotations

from fireline.errors import PolicyError
from fireline.policy.model import Answer, Rule, Status

_WHY = {
    Status.ADVICE: "the rule found only advises (it is not verified)",
    Status.OFF: "a rule in force switches this off",
    Status.NO_RULE: "no rule is in force here on that day",
    Status.ASK: "sources conflict, and a person has not decided yet",
}


def require_rule(answer: Answer) -> Rule:
    """The rule in force that lets a function run.

    Raises
    ------
    PolicyError   the answer is anything but RULE
    """
    if answer.status is not Status.RULE or answer.rule is None or answer.value is None:
        why = _WHY.get(answer.status, "the rule has no value")
        raise PolicyError(
            f"{_where(answer)}: found {answer.status}: {why}; "
            "allowed: a sourced rule in force; load a pack that has one, or leave this function unused"
        )
    return answer.rule


def require_order(answer: Answer) -> Rule:
    """The rule in force on which an order to a real person may rest.

    Raises
    ------
    PolicyError   the answer is anything but RULE, or its pack is a look back or an exercise
    """
    rule = require_rule(answer)
    if not rule.can_order:
        raise PolicyError(
            f"{_where(answer)}: found {rule.id} of a {rule.kind} pack with confidence {rule.confidence}; "
            "allowed: a rule of a living or archive pack with confidence V1, V2 or L; "
            "no order can rest on this one"
        )
    return rule


def _where(answer: Answer) -> str:
    asked = answer.asked
    return f"{asked.concept}/{asked.subject} for {asked.disease} in {asked.area} on {asked.on}"
