"""The rules that must be in force before movement of people nobody named is searched; one function a search.

Pipeline: asked by the file commands and by actions.tracing, which asks for evidence beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fireline.clock import local_day
from fireline.contacts.windows import RuleBook
from fireline.policy import At
from fireline.policy.guard import require_rule
from fireline.policy.model import Answer, Rule


def known_day(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> date:
    """The local day on which a case became known, whose rules count for it; that of ``rules`` without any."""
    moment: datetime | None = case["reported_at"] or case["sampled_at"] or case["onset"]
    return local_day(moment, tz) if moment else rules.on


def contacts_rule(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Rule:
    """The look-back rule in force on the day the case became known, beside a class rule in force.

    Both are asked for on the day of the search too (the day of ``rules``): a power that has ended does not
    come back for a case of the time when it was in force, nor for one that is dated back.

    Raises
    ------
    PolicyError   one is missing; the message says which
    """
    book = RuleBook(rules)
    _both(book, rules.on)
    return _both(book, known_day(case, rules, tz=tz))


def _both(book: RuleBook, day: date) -> Rule:
    rule = require_rule(book.find("contact.lookback", "close", day))
    if not any(answer.in_force for answer in book.classes(day)):
        require_rule(book.find("contact.class", "close", day))
    return rule


def secondary_answer(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Answer:
    """What the rules say of the contacts of contacts on the day the case became known."""
    return RuleBook(rules).find("contact.class", "secondary", known_day(case, rules, tz=tz))


def companion_answer(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Answer:
    """The companion rule in force for a case.

    Raises
    ------
    PolicyError   no rule contact.companion is in force; the message says where and why
    """
    answer = RuleBook(rules).find("contact.companion", "phone", known_day(case, rules, tz=tz))
    require_rule(answer)
    return answer


def lookback_answer(case: Mapping[str, Any], rules: At, subject: str, *, tz: ZoneInfo) -> Answer:
    """The look-back in force for a case: that of the subject, else that of close contacts.

    Raises
    ------
    PolicyError   neither is in force; the message names the one for close contacts
    """
    day, book = known_day(case, rules, tz=tz), RuleBook(rules)
    answer = book.find("contact.lookback", subject, day)
    if not answer.in_force:
        answer = book.find("contact.lookback", "close", day)
        require_rule(answer)
    return answer


def companion_rule(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Rule:
    """The companion rule in force for a case, beside a look-back in force.

    Raises
    ------
    PolicyError   either is missing; the message says which
    """
    lookback_answer(case, rules, "companion", tz=tz)
    return require_rule(companion_answer(case, rules, tz=tz))


def source_rule(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Rule:
    """The look-back in force for the source of a case, else that for its close contacts.

    Raises
    ------
    PolicyError   neither is in force
    """
    return require_rule(lookback_answer(case, rules, "source", tz=tz))
