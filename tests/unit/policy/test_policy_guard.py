"""No rule, no power; and no order without a listed reason and evidence of that person."""

from __future__ import annotations

from datetime import date

import pytest
from policy_texts import library, pack, rule

from fireline.errors import PolicyError
from fireline.policy import At, load_library
from fireline.policy.concepts import CONCEPTS
from fireline.policy.guard import require_order, require_rule
from fireline.policy.reasons import EVIDENCE, REASONS, require_reason

VALUES = {
    "contact.lookback": '{ days = 2, anchor = "onset" }',
    "contact.class": '{ fact = "is_stated", eq = true }',
    "contact.companion": '{ grid_m = 800, min_minutes = 10, join = "and" }',
    "measure": '{ anchor = "onset", day_zero = "next_day", phases = [{ place = "home", days = 5 }] }',
    "exclusion": '{ days = 5, anchor = "onset" }',
    "test.schedule": "{ rounds = 3 }",
    "zone.define": '{ of = "case_units" }',
    "zone.unit": '{ unit = "building" }',
    "code": '{ phases = [{ colour = "red", days = 7 }] }',
}
INTRUSIVE = [c.name for c in CONCEPTS.values() if c.is_intrusive]
SUBJECT = {"contact.companion": "phone"}


def test_every_intrusive_concept_is_tried_below() -> None:
    assert sorted(INTRUSIVE) == sorted(VALUES)


@pytest.mark.parametrize("concept", INTRUSIVE)
@pytest.mark.parametrize(
    ("case", "is_allowed"),
    [
        ("in force", True),
        ("before", False),
        ("ended", False),
        ("wrong place", False),
        ("K", False),
        ("C", False),
        ("switched off", False),
        ("look back", False),
        ("exercise", False),
    ],
)
def test_an_order_needs_a_rule_in_force(concept: str, case: str, is_allowed: bool) -> None:
    subject = SUBJECT.get(concept, "close")
    confidence = case if case in ("K", "C") else "V2"
    value = None if case == "switched off" else VALUES[concept]
    kind = {"look back": "retrospective", "exercise": "exercise"}.get(case, "living")
    place = {"look back": "WHO", "exercise": "EX"}.get(case, "CN")
    packs = library(
        pack(
            "a",
            rule(subject, concept=concept, value=value, confidence=confidence),
            kind=kind,
            jurisdiction=place,
            valid_from="2022-01-01",
            valid_to="2022-12-31",
        )
    )
    on = {"before": date(2021, 12, 31), "ended": date(2023, 1, 1)}.get(case, date(2022, 6, 1))
    area = {"wrong place": "KR", "look back": "KR", "exercise": "EX-01"}.get(case, "CN-41")
    answer = At(packs, "measles", area, on).find(concept, subject)
    if is_allowed:
        assert require_order(answer) is answer.rule
        return
    with pytest.raises(PolicyError, match="allowed"):
        require_order(answer)
    if case in ("look back", "exercise"):
        assert require_rule(answer).id == answer.rule_id, "it may be used for looking, never for ordering"
    else:
        with pytest.raises(PolicyError, match=f"{concept}/{subject}"):
            require_rule(answer)


def test_every_reason_names_a_rule_and_evidence_that_exist() -> None:
    for reason in REASONS.values():
        assert reason.concept in CONCEPTS and CONCEPTS[reason.concept].is_intrusive
        assert reason.evidence and all(set(needed) <= set(EVIDENCE) for needed in reason.evidence)


def test_every_reason_has_its_rule_in_the_exercise_county() -> None:
    rules = At(load_library(), "exercise-x", "EX-01", date(2026, 11, 23))
    for reason in REASONS.values():
        assert rules.find(reason.concept, reason.subject).in_force, reason.code


@pytest.mark.parametrize("code", ["", "entrant under isolation", "CLOSE", "other", "close "])
def test_free_text_is_no_reason_and_is_not_repeated(code: str) -> None:
    with pytest.raises(PolicyError) as caught:
        require_reason(code, EVIDENCE)
    assert "entrant" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "evidence", "is_enough"),
    [
        ("close", ["interview"], True),
        ("close", ["co_presence", "zone_unit"], True),
        ("close", [], False),
        ("close", ["laboratory_result"], False),
        ("companion", ["interview"], False),
        ("arrival_high", ["arrival_record"], False),
        ("arrival_high", ["arrival_record", "risk_area_listing"], True),
        ("arrival_inbound", ["arrival_record"], True),
        ("case", ["contact_record"], False),
        ("zone_sealed", ["zone_unit"], True),
    ],
)
def test_evidence_must_suffice(code: str, evidence: list[str], is_enough: bool) -> None:
    if is_enough:
        assert require_reason(code, evidence).code == code
    else:
        with pytest.raises(PolicyError, match="evidence"):
            require_reason(code, evidence)
