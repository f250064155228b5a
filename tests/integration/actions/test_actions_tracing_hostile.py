"""Ways to a search without cause that were tried: each has to end in a refusal, or in a search that stops."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.conftest import NOW
from tests.factories import people
from tests.integration.actions.test_actions_tracing import (
    CASE,
    PERSON,
    RESULT,
    colleague,
    key_of_pseudonym,
    laboratory,
    load,
    search,
    send,
    spark,
    strangers,
)

from fireline.actions import analysis, imports, senders, tracing, zones
from fireline.errors import InputError, PolicyError, PurposeError
from fireline.store.actor import COMMAND_LINE, plain_unit
from fireline.store.evidence import opened
from fireline.store.models import Case, Confirmation, Outbreak, Search, Zone
from fireline.store.models import Test as Sample

__all__ = ["laboratory", "spark"]  # fixtures

pytestmark = pytest.mark.django_db


def upload(dora, spark, home, text, **change):
    batch = imports.preview_import(
        by=dora, at=NOW, outbreak=spark, name="tests.csv", data=text.encode(), home=home, **change
    )
    imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    return batch


def confirm(by, spark, **change):
    tracing.confirm_case(
        **({"by": by, "at": NOW, "outbreak": spark, "case_id": CASE, "reason": "rash"} | change)
    )


def refused(dora, spark, home, library):
    with pytest.raises(PurposeError, match="found no evidence"):
        search(dora, spark, home, library)
    return True


@pytest.fixture
def person_of_case(home):
    """The case is the person whom the laboratory's file names."""
    Case.objects.filter(case_id=CASE).update(person_key=key_of_pseudonym(home, RESULT.format("positive")))


@pytest.mark.parametrize("unit", ["CDC", " cdc ", "c-d c", "ｃｄｃ", "cdc\u200b"])
def test_one_unit_in_another_spelling_is_one_unit(dora, spark, home, library, unit):
    confirm(people.actor("erin", "epidemiologist", people.COUNTY, unit), spark)
    assert refused(dora, spark, home, library)


@pytest.mark.parametrize("unit", ["", "  ", "\u200b", "-"])
def test_an_account_whose_unit_is_no_name_confirms_nothing(spark, unit):
    with pytest.raises(PurposeError, match="names no unit"):
        confirm(people.actor("erin", "epidemiologist", people.COUNTY, unit), spark)


@pytest.mark.parametrize("unit", ["", "  ", "\u200b"])
def test_a_searcher_without_a_unit_cannot_be_of_another(spark, home, library, unit):
    confirm(colleague(), spark)
    assert refused(people.actor("gus", "epidemiologist", people.COUNTY, unit), spark, home, library)


def test_units_are_compared_without_spelling():
    assert plain_unit(" 县 疾控中心 ") == plain_unit("县疾控中心") != plain_unit("县医院")


def test_two_spellings_of_a_unit_do_not_sign_a_ring(alice, spark):
    zone = Zone.objects.create(
        outbreak_id=spark, made_at=NOW, state="proposed", proposed_by="ada", proposed_unit="HEADQUARTERS ",
        proposed_at=NOW,
    )  # fmt: skip
    with pytest.raises(PurposeError, match="second person"):
        zones.sign(by=alice, at=NOW, zone=zone.pk)


def test_a_confirmation_belongs_to_the_person_not_to_the_number(dora, spark, home, library):
    confirm(colleague(), spark)
    Case.objects.filter(case_id=CASE).update(person_key="P" + "7" * 16)
    assert refused(dora, spark, home, library)
    confirm(colleague(), spark, reason="seen the other patient")  # a new word for the new person
    search(dora, spark, home, library)
    assert Search.objects.get().person_key == "P" + "7" * 16


def test_an_opened_search_does_not_pass_to_another_person(dora, spark, home, library):
    confirm(colleague(), spark)
    search(dora, spark, home, library)
    assert opened(Outbreak.objects.get(pk=spark), home=home)[0] == {CASE}
    Case.objects.filter(case_id=CASE).update(person_key="P" + "7" * 16)
    assert opened(Outbreak.objects.get(pk=spark), home=home) == (frozenset(), frozenset())


def test_a_withdrawn_laboratory_closes_what_its_results_opened(
    dora, spark, home, library, laboratory, person_of_case
):
    send(dora, spark, home, RESULT.format("positive"))
    search(dora, spark, home, library)
    where = Outbreak.objects.get(pk=spark)
    assert opened(where, home=home)[0] == {CASE}
    senders.revoke_sender(by=COMMAND_LINE, at=NOW, name="county-lab")
    assert opened(where, home=home)[0] == frozenset()
    analysis.refresh(by=dora, at=NOW, outbreak=spark, library=library, home=home)
    assert not strangers().exists()
    assert refused(dora, spark, home, library)


def test_a_search_opened_anew_says_what_it_rests_on_now(
    dora, spark, home, library, laboratory, person_of_case
):
    send(dora, spark, home, RESULT.format("positive"))
    search(dora, spark, home, library)
    senders.revoke_sender(by=COMMAND_LINE, at=NOW, name="county-lab")
    confirm(colleague(), spark)
    search(dora, spark, home, library)
    now = Search.objects.get()
    assert (now.evidence, now.confirmed_by, now.evidence_ref) == ("clinicians", "erin", "")


def test_a_case_that_was_discarded_gives_no_cause(dora, spark, home, library):
    confirm(colleague(), spark)
    Case.objects.filter(case_id=CASE).update(classification="discarded")
    assert refused(dora, spark, home, library)


def test_a_mapping_cannot_turn_a_signed_result_round(dora, spark, home, laboratory):
    with pytest.raises(InputError, match="without a mapping"):
        imports.preview_import(
            by=dora, at=NOW, outbreak=spark, name="tests.csv", data=RESULT.format("negative").encode(),
            mapping_text='[[feed]]\nfile = "tests.csv"\n', signature=b"0" * 64, sender="county-lab", home=home,
        )  # fmt: skip


def test_taking_an_unsigned_upload_back_takes_no_signature_along(
    dora, spark, home, library, laboratory, person_of_case
):
    upload(dora, spark, home, RESULT.format("positive"))
    over = upload(dora, spark, home, RESULT.format("negative"))
    send(dora, spark, home, RESULT.format("negative"))
    assert Sample.objects.get(sample_id="T1").signed_by == "county-lab"
    imports.undo_import(by=dora, at=NOW, batch=over, home=home)
    back = Sample.objects.get(sample_id="T1")
    assert (back.result, back.signed_by) == ("positive", "")
    assert refused(dora, spark, home, library)


def test_a_file_saved_before_it_was_signed_is_evidence_once_the_signature_is_there(
    dora, spark, home, library, laboratory, person_of_case
):
    upload(dora, spark, home, RESULT.format("positive"))
    assert refused(dora, spark, home, library)
    send(dora, spark, home, RESULT.format("positive"))
    search(dora, spark, home, library)
    assert Search.objects.get().evidence == "laboratory"


def test_a_signature_vouches_for_the_moment_too(dora, spark, home, library, laboratory, person_of_case):
    upload(dora, spark, home, RESULT.format("positive"))
    send(dora, spark, home, RESULT.format("positive").replace("2022-06-03", "2020-06-03"))
    signed = Sample.objects.get(sample_id="T1")
    assert signed.taken_at.year == 2020 and signed.signed_by == "county-lab"
    assert refused(dora, spark, home, library)


@pytest.mark.parametrize("days", [-400, 400])
def test_a_result_of_another_year_is_no_evidence(
    dora, spark, home, library, laboratory, person_of_case, days
):
    send(dora, spark, home, RESULT.format("positive"))
    Sample.objects.update(taken_at=NOW + timedelta(days=days))
    assert refused(dora, spark, home, library)


def test_a_signed_result_about_a_place_or_a_lot_is_no_evidence(
    dora, spark, home, library, laboratory, person_of_case
):
    send(dora, spark, home, RESULT.format("positive"))
    for kind in ("lot", "site"):
        Sample.objects.update(subject_kind=kind)
        assert refused(dora, spark, home, library)


def test_a_mark_of_a_laboratory_nobody_registered_is_none(dora, spark, home, library, person_of_case):
    upload(dora, spark, home, RESULT.format("positive"))
    Sample.objects.update(signed_by="my-lab")
    assert refused(dora, spark, home, library)


def test_calling_a_real_outbreak_an_exercise_opens_nothing(dora, spark, home, library):
    Outbreak.objects.filter(pk=spark).update(is_exercise=True)
    assert refused(dora, spark, home, library)
    assert opened(Outbreak.objects.get(pk=spark), home=home) == (frozenset(), frozenset())


@pytest.mark.parametrize("kind", ["exercise", "laboratory", "clinicians"])
def test_a_row_put_into_the_table_by_hand_searches_nobody(dora, spark, home, library, kind):
    Search.objects.create(
        outbreak_id=spark, case_id=CASE, person_key=PERSON, purpose="tracing", rule_id="r", evidence=kind,
        evidence_ref="T1", confirmed_by="erin", confirmed_unit="county-hospital", opened_at=NOW,
        opened_by="dora", opened_unit="cdc",
    )  # fmt: skip
    analysis.refresh(by=dora, at=NOW, outbreak=spark, library=library, home=home)
    assert not strangers().exists()
    assert refused(dora, spark, home, library)


def test_a_case_dated_back_into_the_time_of_a_rule_opens_nothing(dora, home, library):
    spark = load(dora, home, moment=NOW.replace(year=2023))  # the power ended in January
    assert Case.objects.get(case_id=CASE).reported_at.year == 2022
    confirm(colleague(), spark)
    with pytest.raises(PolicyError, match=r"contact\.lookback"):
        search(dora, spark, home, library)


def test_what_was_opened_under_a_rule_is_not_searched_again_after_it_ended(dora, spark, home, library):
    confirm(colleague(), spark)
    search(dora, spark, home, library)
    assert strangers().exists()
    analysis.refresh(
        by=dora, at=NOW, outbreak=spark, moment=NOW.replace(year=2023), library=library, home=home
    )
    assert not strangers().exists()


def test_a_word_from_another_county_does_not_reach_the_case(charlie, spark, dora, home, library):
    with pytest.raises(PurposeError):
        confirm(charlie, spark)
    assert not Confirmation.objects.exists() and refused(dora, spark, home, library)
