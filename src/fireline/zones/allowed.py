"""Which kinds of zone a disease, a place and a day allow, by which rule; and if none, which measures are.

Chapter 8: asks the packs only, so that a page can answer before there is any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fireline.policy.model import Answer, Status
from fireline.policy.terms import term
from fireline.policy.values import say_value
from fireline.words import Words
from fireline.zones import explain
from fireline.zones.delimit import find_level_rule
from fireline.zones.model import LEVELS

if TYPE_CHECKING:
    from fireline.policy import At

OTHER = (
    ("vector_core", "zone.define"),
    ("vector_warning", "zone.define"),
    ("case_area_ring", "zone.define"),
    ("source_food", "goods"),
    ("source_water", "goods"),
    ("source_animal", "goods"),
)
"""Zones that are not about people: subject and concept of the rule that allows them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of zone.

    Attributes
    ----------
    name : sealed, managed, precaution, or a subject of OTHER
    is_about_people : whether it restricts people
    answer : Answer
    words : Words, one sentence: allowed by which rule, only advised, switched off, or not allowed
    """

    name: str
    is_about_people: bool
    answer: Answer
    words: Words

    @property
    def is_allowed(self) -> bool:
        """A rule is in force that may carry an order."""
        rule = self.answer.rule
        return self.answer.in_force and rule is not None and rule.can_order


@dataclass(frozen=True, slots=True)
class Allowed:
    """The answer for one disease, place and day.

    Attributes
    ----------
    kinds : tuple of Kind: the three levels, then those of OTHER that any rule or advice speaks of
    notes : why no zone for people may be drawn; empty where one may
    measures : measures that rules in force do allow, one sentence each with the rule's id and edition
    """

    kinds: tuple[Kind, ...]
    notes: tuple[Words, ...]
    measures: tuple[Words, ...]

    @property
    def may_restrict_people(self) -> bool:
        """Whether any zone that restricts people is allowed."""
        return any(kind.is_allowed and kind.is_about_people for kind in self.kinds)


def allowed(rules: At) -> Allowed:
    """Kinds of zone that the rules allow, and the measures beside them.

    Parameters
    ----------
    rules : At, one disease, area and day
    """
    levels = {level: find_level_rule(rules, "zone.define", level) for level in LEVELS}
    kinds = [Kind(name, True, answer, _sentence(name, answer)) for name, answer in levels.items()]
    for subject, concept in OTHER:
        answer = rules.find(concept, subject)
        if answer.status is not Status.NO_RULE:
            kinds.append(Kind(subject, False, answer, _sentence(subject, answer)))
    off = {level: answer for level, answer in levels.items() if not answer.in_force}
    notes: tuple[Words, ...] = ()
    if len(off) == len(levels):
        found = measures_in_force(rules)
        notes = explain.no_rule(off, disease=rules.disease, area=rules.area, allowed=found)
    return Allowed(tuple(kinds), notes, measures_said(rules))


def measures_in_force(rules: At) -> tuple[str, ...]:
    """Concepts other than zones that have a rule in force, in reading order."""
    return tuple(c for c in explain.concepts_with_words() if any(_answers(rules, c)))


def measures_said(rules: At) -> tuple[Words, ...]:
    """Measures in force, one sentence a rule: for whom, what, by which rule of which edition."""
    said = []
    for concept in explain.concepts_with_words():
        for answer in _answers(rules, concept):
            rule = answer.rule
            if rule is None:
                continue
            who, what = term("rule_subject", rule.subject), say_value(concept, answer.value)
            name = explain.concept_words(concept)
            if (
                concept == "contact.class"
            ):  # its value is a condition over facts, which the rules page spells out
                what = Words("见“规则”页", "see the rules page")
            said.append(
                Words(
                    f"{name.zh}（{who.zh}）：{what.zh}；依据 {rule.id}（{rule.edition}）",
                    f"{name.en} ({who.en}): {what.en}; by {rule.id} ({rule.edition})",
                )
            )
    return tuple(said)


def _answers(rules: At, concept: str) -> list[Answer]:
    found = (rules.find(concept, subject) for subject in rules.subjects(concept))
    return [answer for answer in found if answer.in_force]


def _sentence(name: str, answer: Answer) -> Words:
    what = explain.LEVEL_WORDS.get(name) or term("rule_subject", name)
    rule = answer.rule
    if answer.in_force and rule is not None and not rule.can_order:
        return Words(
            f"{what.zh}：{rule.id} 只是建议性或回顾性规定，不能据此下达指令。",
            f"{what.en}: {rule.id} is a recommendation or a look-back rule; no order may rest on it.",
        )
    if answer.in_force and rule is not None:
        return Words(
            f"{what.zh}：允许，依据 {rule.id}（{rule.edition}）。",
            f"{what.en}: allowed by {rule.id} ({rule.edition}).",
        )
    if answer.status is Status.ADVICE:
        return Words(
            f"{what.zh}：只有建议（{answer.rule_id}），不能据此下达指令。",
            f"{what.en}: only advice ({answer.rule_id}); no order may rest on it.",
        )
    if answer.status is Status.OFF:
        return Words(
            f"{what.zh}：现行规定 {answer.rule_id} 停用。",
            f"{what.en}: switched off by the rule in force, {answer.rule_id}.",
        )
    if answer.status is Status.ASK:
        return Words(
            f"{what.zh}：各来源不一致，须由人决定。", f"{what.en}: sources conflict; a person decides."
        )
    return Words(f"{what.zh}：没有规定，不允许。", f"{what.en}: no rule, so it is not allowed.")
