"""The signed risk assessment: two people of two units, closed lists, versions, dissent, and nothing changed later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from tests.conftest import NOW
from tests.factories import people, worlds
from tests.factories.triggers import evidence, ruled, trigger

from fireline.actions import assessments, outbreaks, triggers
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.store import access, audit
from fireline.store.models import (
    AssessmentDissent,
    AssessmentSignature,
    AuditEvent,
    RiskAssessment,
    Trigger,
)

pytestmark = pytest.mark.django_db
JUDGED = {
    "likelihood": "likely",
    "impact": "moderate",
    "confidence": "medium",
    "grounds": "三家门诊电话核实，采样 12 份。",
    "advice": "加强发热门诊监测。",
}


@pytest.fixture
def early(db, dora, home):
    """An outbreak with one event of two streams and one of a rule."""
    return worlds.loaded(by=dora, at=NOW, home=home, triggers=(trigger(), ruled()))


def said(by, outbreak, **more):
    return {"by": by, "at": NOW, "outbreak": outbreak, "trigger_id": "T1"} | more


def signed(by, outbreak, **more):
    return assessments.sign_assessment(**said(by, outbreak), **(JUDGED | more))


def shown(by, outbreak, version=1):
    return access.assessment(by, purpose="situation", outbreak=outbreak, trigger_id="T1", version=version)


# ---- signing


def test_an_epidemiologist_signs_and_the_statement_is_sealed(dora, early):
    assert signed(dora, early, after=0) == 1
    row = RiskAssessment.objects.get()
    assert (row.computed, row.level, row.matrix, row.override_reason) == ("medium", "medium", "5x5-1", "")
    assert (row.signed_by, row.signed_name, row.signed_unit, row.signed_at) == ("dora", "Dora", "cdc", NOW)
    event = Trigger.objects.get(trigger_id="T1")
    assert (event.assessed, event.assessed_level) == ("signed", "medium")
    seal = AuditEvent.objects.get(action="trigger.assessment.sign")
    assert row.digest in seal.body and seal.actor == "dora"
    assert shown(dora, early)["is_whole"]


def test_what_was_known_stays_with_the_statement(dora, home, early):
    signed(dora, early)
    later = worlds.results(
        worlds.records(), at=NOW, triggers=(trigger(p=0.5, evidence=(evidence(observed=9.0),)), ruled())
    )
    outbreaks.load_results(by=dora, at=NOW + timedelta(hours=1), outbreak=early, results=later, home=home)
    facts = shown(dora, early)["facts"]
    assert facts["p"] == 0.00002 and [e["observed"] for e in facts["evidence"]] == [42.0, 42.0]
    assert facts["why_en"] and facts["areas"] == [people.TOWN_A]
    assert shown(dora, early)["is_whole"], "a new run changes the trigger, never what was signed"


def test_another_level_than_the_matrix_needs_a_reason(dora, early):
    with pytest.raises(InputError, match="a reason is needed"):
        signed(dora, early, level="high")
    assert signed(dora, early, level="high", override_reason="two deaths of unknown cause") == 1
    row = RiskAssessment.objects.get()
    assert (row.computed, row.level, row.override_reason) == ("medium", "high", "two deaths of unknown cause")
    assert Trigger.objects.get(trigger_id="T1").assessed_level == "high"


def test_every_fault_of_a_form_is_said_at_once(dora, early):
    with pytest.raises(InputError) as error:
        signed(dora, early, likelihood="certain", confidence="", grounds=" ", advice="x" * 4_001)
    text = error.value.words
    assert all(word in text.en for word in ("likelihood", "confidence", "grounds", "advice"))
    assert all(word in text.zh for word in ("可能性", "把握", "依据", "建议"))
    assert "certain" not in text.en.replace("almost certain", "")
    assert not RiskAssessment.objects.exists()


def test_only_an_epidemiologist_of_all_its_areas_signs(alice, bob, sam, charlie, early):
    local = people.actor("lin", "epidemiologist", people.TOWN_B, "town-b-cdc")
    for person in (alice, bob, sam, charlie, local):
        with pytest.raises(PurposeError):
            signed(person, early)


def test_what_was_discarded_is_not_assessed(dora, early):
    triggers.discard(**said(dora, early), reason="double report")
    with pytest.raises(ConflictError, match="was discarded"):
        signed(dora, early)


# ---- versions


def test_a_newer_version_takes_the_place_of_an_older_one(dora, alice, early):
    signed(dora, early)
    assessments.countersign(**said(alice, early), version=1)
    assert signed(dora, early, likelihood="highly_likely", impact="major", after=1) == 2
    event = Trigger.objects.get(trigger_id="T1")
    assert (event.assessed, event.assessed_level) == ("signed", "high"), "the new version has one signature"
    found = access.trigger(dora, purpose="situation", outbreak=early, trigger_id="T1", at=NOW)["assessments"]
    assert [(a["version"], a["is_newest"], a["countersignature"] is None) for a in found] == [
        (2, True, True),
        (1, False, False),
    ]


def test_a_page_that_did_not_see_the_newest_version_signs_nothing(dora, early):
    signed(dora, early, after=0)
    with pytest.raises(ConflictError, match="a newer version was signed"):
        signed(dora, early, after=0)
    assert RiskAssessment.objects.count() == 1


# ---- the second signature


def test_the_commander_countersigns_once(dora, alice, early):
    signed(dora, early)
    assessments.countersign(**said(alice, early), version=1)
    second = AssessmentSignature.objects.get()
    assert (second.by, second.unit, second.author) == ("alice", "headquarters", "dora")
    assert second.digest == RiskAssessment.objects.get().digest
    assert Trigger.objects.get(trigger_id="T1").assessed == "countersigned"
    assert shown(alice, early)["countersignature"]["name"] == "Alice"
    with pytest.raises(ConflictError, match="countersigned already"):
        assessments.countersign(**said(alice, early), version=1)
    assert audit.verify().is_whole


def test_nobody_countersigns_the_own_hand_or_unit_or_as_another_role(dora, bob, sam, charlie, early):
    signed(dora, early)
    with pytest.raises(PurposeError):
        assessments.countersign(**said(dora, early), version=1)
    for person in (bob, sam, charlie):
        with pytest.raises(PurposeError):
            assessments.countersign(**said(person, early), version=1)
    mate = people.actor("max", "commander", people.COUNTY, " C D C ")
    with pytest.raises(PurposeError, match="another unit"):
        assessments.countersign(**said(mate, early), version=1)
    assert not AssessmentSignature.objects.exists()


def test_a_person_who_became_commander_does_not_countersign_the_own_statement(dora, early):
    from dataclasses import replace

    signed(dora, early)
    promoted = replace(dora, role="commander", unit="headquarters")
    with pytest.raises(PurposeError, match="another unit"):
        assessments.countersign(**said(promoted, early), version=1)


def test_only_the_newest_version_is_countersigned(dora, alice, early):
    signed(dora, early)
    signed(dora, early)
    with pytest.raises(ConflictError, match="a newer version"):
        assessments.countersign(**said(alice, early), version=1)
    with pytest.raises(PurposeError, match="not found"):
        assessments.countersign(**said(alice, early), version=9)


# ---- dissent


def test_dissent_is_added_and_stands_beside_the_statement(dora, alice, early):
    other = people.actor("wu", "epidemiologist", people.COUNTY, "hospital")
    signed(dora, early)
    assessments.dissent(**said(other, early), version=1, text="影响应为较大")
    assessments.dissent(**said(other, early), version=1, text="另见附表")
    assessments.dissent(**said(alice, early), version=1, text="资源不足")
    assert [d["text"] for d in shown(dora, early)["dissents"]] == ["影响应为较大", "另见附表", "资源不足"]
    assessments.countersign(**said(alice, early), version=1)  # dissent is noted, it is no veto
    assert shown(dora, early)["is_whole"]


def test_the_author_and_those_who_only_look_do_not_dissent(dora, bob, sam, charlie, early):
    signed(dora, early)
    for person in (dora, bob, sam, charlie):
        with pytest.raises(PurposeError):
            assessments.dissent(**said(person, early), version=1, text="no")
    with pytest.raises(InputError):
        assessments.dissent(**said(people.alice(), early), version=1, text=" ")
    assert not AssessmentDissent.objects.exists()


# ---- nothing is changed later


@pytest.mark.parametrize("column", ["level", "grounds", "signed_by", "digest", "facts", "version"])
def test_the_database_refuses_to_change_what_was_signed(dora, early, column):
    signed(dora, early)
    value = {"facts": {}, "version": 7}.get(column, "forged")
    with pytest.raises(DatabaseError), transaction.atomic():
        RiskAssessment.objects.update(**{column: value})
    row = RiskAssessment.objects.get()
    setattr(row, column, value)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


def test_the_database_refuses_to_take_away_a_version_a_signature_or_a_dissent(dora, alice, early):
    signed(dora, early)
    assessments.dissent(**said(alice, early), version=1, text="x")
    assessments.countersign(**said(alice, early), version=1)
    with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
        Trigger.objects.filter(trigger_id="T1").delete()
    for model in (AssessmentSignature, AssessmentDissent, RiskAssessment):
        with pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            model.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(id=99)


def test_the_database_refuses_one_person_or_one_unit_twice(dora, early):
    signed(dora, early)
    row = RiskAssessment.objects.get()
    plain = {"assessment": row, "digest": row.digest, "at": NOW, "author": "dora", "author_unit": "cdc"}
    for forged in ({"by": "dora", "unit": "headquarters"}, {"by": "alice", "unit": "cdc"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            AssessmentSignature.objects.create(**plain, **forged)


def test_a_row_changed_past_the_database_no_longer_matches_its_seal(dora, alice, early):
    from tests.fakes import audit_guard

    signed(dora, early)
    audit_guard.lift(connection)
    RiskAssessment.objects.update(grounds="nothing was found")
    audit_guard.put_back(connection)
    assert shown(dora, early)["is_whole"] is False
    with pytest.raises(ConflictError, match="does not match the seal"):
        assessments.countersign(**said(alice, early), version=1)


def test_a_trigger_with_an_assessment_outlives_a_run_that_no_longer_raises_it(dora, home, early):
    signed(dora, early)
    none = worlds.results(worlds.records(), at=NOW)
    outbreaks.load_results(by=dora, at=NOW + timedelta(hours=1), outbreak=early, results=none, home=home)
    assert Trigger.objects.get().is_current is False
    assert shown(dora, early)["version"] == 1
