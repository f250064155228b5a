"""Decides the class of a pair by the rule in force; what the facts do not decide stays open.

Chapter 7: reads policy.predicate; facts come from stated and copresence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fireline.policy import Answer, evaluate

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one pair.

    Attributes
    ----------
    cls : str, "close", "companion", "general", "secondary", "unclassified" or "" = below every rule
    answer : Answer or None, the rule that decided; None when nothing did
    is_open : bool, a fact that is not known would decide
    """

    cls: str
    answer: Answer | None
    is_open: bool = False


def facts_of_pair(row: Mapping[str, Any], place_kind: str | None) -> dict[str, Any]:
    """Facts of one merged row of evidence; None = not known, never guessed.

    Parameters
    ----------
    row : mapping   is_stated, is_manifest, is_household, overlap_s, is_same_day_place, is_same_seat_zone,
        seat_rows_apart, is_same_carriage, precision
    place_kind : str or None

    Returns
    -------
    dict   named as policy.concepts.CONTACT_FACTS. is_stated, is_manifest and is_household mean "the data
    state it", so they are true or false; all others may be None.
    """
    overlap_s = row["overlap_s"]
    return {
        "is_stated": bool(row["is_stated"]),
        "is_manifest": bool(row["is_manifest"]),
        "is_household": bool(row["is_household"]),
        "overlap_minutes": None if overlap_s is None else overlap_s / 60,
        "same_day_place": row["is_same_day_place"],
        "same_seat_zone": row["is_same_seat_zone"],
        "seat_rows_apart": row["seat_rows_apart"],
        "same_carriage": row["is_same_carriage"],
        "place_kind": place_kind,
    }


def classify(facts: Facts, answers: Sequence[Answer], *, precision: str | None) -> Verdict:
    """First class whose rule is met; unclassified when none is met but one is open.

    Parameters
    ----------
    facts : mapping, see facts_of_pair
    answers : sequence of Answer of contact.class, nearest class first; those not in force are skipped
    precision : "minute", "hour", "day" or None of the exposure

    Returns
    -------
    Verdict   cls "" when every rule in force says no
    """
    is_open = False
    open_answer: Answer | None = None
    for answer in answers:
        if not answer.in_force or answer.value is None:
            continue
        usable = facts
        if answer.value.get("needs_minutes_precision") and precision != "minute":
            usable = {**facts, "overlap_minutes": None}
        met = evaluate(answer.value, usable)
        if met:
            return Verdict(answer.asked.subject, answer)
        if met is None and not is_open:
            is_open, open_answer = True, answer
    if is_open:
        return Verdict("unclassified", open_answer, is_open=True)
    has_rule = any(a.in_force for a in answers)
    return Verdict("" if has_rule else "unclassified", None)
