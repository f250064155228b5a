"""The search over people nobody named: no rule, no evidence, no second unit, no search; and what it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError as Refused
from django.db import transaction
from tests.conftest import NOW
from tests.factories import people, worlds

from fireline.actions import analysis, imports, outbreaks, senders, tracing
from fireline.errors import ConflictError, InputError, IntegrityError, PolicyError, PurposeError
from fireline.privacy.signing import signed_bytes
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, Case, Contact, Search
from fireline.store.models import Test as Sample

pytestmark = pytest.mark.django_db

CASE, PERSON, STRANGER = "C0001", f"P{1:016d}", "S" + "9" * 16
LAB = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RESULT = (
    f"sample_id,subject_kind,subject_id,kind,taken_at,result\nT1,person,{PERSON},pcr,2022-06-03T10:00,{{}}\n"
)


def colleague():
    return people.actor("erin", "epidemiologist", people.COUNTY, "county-hospital")


def world():
    """The small world and one stranger who stood beside case C0001 for half an hour."""
    found = worlds.records()
    mine = found.table("visits").filter(pl.col("person_key") == PERSON).row(0, named=True)
    beside = worlds.frame(
        "visits", [{**mine, "person_key": STRANGER, "leave": mine["enter"] + timedelta(minutes=30)}]
    )
    tests = found.table("tests").clear()
    visits = pl.concat([found.table("visits"), beside])
    return replace(found, tables={**found.tables, "visits": visits, "tests": tests})


@pytest.fixture
def spark(dora, home):
    """The outbreak, loaded as a console of real people is: nobody searched."""
    return load(dora, home)


def load(dora, home, *, disease="covid-19", moment=NOW, is_exercise=False):
    pk = outbreaks.create_outbreak(
        by=dora, at=NOW, title="x", disease=disease, area_code=people.COUNTY, moment=moment,
        is_exercise=is_exercise,
    )  # fmt: skip
    found = world()
    if disease != "covid-19":
        cases = found.table("cases").with_columns(disease=pl.lit(disease))
        found = replace(found, tables={**found.tables, "cases": cases})
    outbreaks.load_results(by=dora, at=NOW, outbreak=pk, results=worlds.results(found, at=moment), home=home)
    Contact.objects.all().delete()
    return pk


def search(by, spark, home, library, **change):
    asked = {"by": by, "at": NOW, "outbreak": spark, "case_id": CASE, "library": library, "home": home}
    return tracing.open_search(**(asked | change))


def strangers():
    return Contact.objects.filter(person_key=STRANGER)


def key_of_pseudonym(home, text):
    from zoneinfo import ZoneInfo

    from fireline.pipeline.intake import read_one

    intake = read_one(
        "tests.csv", text.encode(), mapping_text=None, table="tests", tz=ZoneInfo("Asia/Shanghai"),
        key=home.key("pseudonym"),
    )  # fmt: skip
    return intake.records.table("tests")["subject_id"][0]


def send(dora, spark, home, text, *, key=LAB, sender="county-lab", sign_as=None):
    data = text.encode()
    signature = key.sign(signed_bytes(data, sender=sign_as or sender))
    batch = imports.preview_import(
        by=dora, at=NOW, outbreak=spark, name="tests.csv", data=data, signature=signature, sender=sender,
        home=home,
    )  # fmt: skip
    imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    return batch


@pytest.fixture
def laboratory():
    senders.add_sender(
        by=COMMAND_LINE, at=NOW, name="county-lab", unit="lab",
        public_key=LAB.public_key().public_bytes_raw().hex(),
    )  # fmt: skip


def test_without_evidence_nothing_is_searched_and_the_attempt_is_on_record(dora, spark, home, library):
    with pytest.raises(PurposeError, match="found no evidence"):
        search(dora, spark, home, library)
    assert not Search.objects.exists() and not strangers().exists()
    assert AuditEvent.objects.filter(action__contains="refus").exists()


def test_a_confirmation_by_the_same_person_or_unit_opens_nothing(dora, spark, home, library):
    tracing.confirm_case(by=dora, at=NOW, outbreak=spark, case_id=CASE, reason="fever, contact")
    with pytest.raises(PurposeError, match="found no evidence"):
        search(dora, spark, home, library)
    twin = people.actor("fred", "epidemiologist", people.COUNTY, "cdc")
    with pytest.raises(PurposeError, match="found no evidence"):
        search(twin, spark, home, library)
    with pytest.raises(ConflictError, match="already"):
        tracing.confirm_case(by=dora, at=NOW, outbreak=spark, case_id=CASE, reason="again")


def test_a_clinician_of_another_unit_opens_the_search(dora, spark, home, library):
    tracing.confirm_case(by=colleague(), at=NOW, outbreak=spark, case_id=CASE, reason="rash, fever")
    n = search(dora, spark, home, library)
    found = strangers().get()
    assert found.contact_class in ("close", "general", "unclassified") and found.why_zh and found.why_en
    assert n == Contact.objects.filter(case_id=CASE).count() == Case.objects.get(case_id=CASE).n_contacts
    opened = Search.objects.get()
    assert (opened.evidence, opened.confirmed_unit, opened.opened_unit) == (
        "clinicians",
        "county-hospital",
        "cdc",
    )
    row = AuditEvent.objects.get(action="contacts.search")
    assert (row.purpose, row.rule) == ("tracing", opened.rule_id) and opened.rule_id
    assert PERSON not in str(row.body) and CASE not in str(row.body) + row.subject


def test_a_refresh_keeps_to_the_searches_that_were_opened(dora, spark, home, library):
    analysis.refresh(by=dora, at=NOW, outbreak=spark, library=library, home=home)
    assert not strangers().exists()
    tracing.confirm_case(by=colleague(), at=NOW, outbreak=spark, case_id=CASE, reason="rash")
    search(dora, spark, home, library)
    analysis.refresh(by=dora, at=NOW, outbreak=spark, library=library, home=home)
    assert strangers().count() == 1


def test_a_signed_positive_result_opens_the_search(dora, spark, home, library, laboratory):
    text = RESULT.format("positive")
    person = key_of_pseudonym(home, text)
    Case.objects.filter(case_id=CASE).update(person_key=person)
    batch = send(dora, spark, home, text)
    assert Sample.objects.get(sample_id="T1").signed_by == "county-lab"
    search(dora, spark, home, library)
    assert (Search.objects.get().evidence, Search.objects.get().evidence_ref) == ("laboratory", "T1")
    Search.objects.all().delete()
    imports.undo_import(by=dora, at=NOW, batch=batch, home=home)
    with pytest.raises(PurposeError):
        search(dora, spark, home, library)


def test_a_result_changed_without_a_signature_is_no_evidence(dora, spark, home, library, laboratory):
    text = RESULT.format("negative")
    Case.objects.filter(case_id=CASE).update(person_key=key_of_pseudonym(home, text))
    send(dora, spark, home, text)
    with pytest.raises(PurposeError):
        search(dora, spark, home, library)
    batch = imports.preview_import(
        by=dora, at=NOW, outbreak=spark, name="tests.csv", data=RESULT.format("positive").encode(), home=home
    )
    imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    changed = Sample.objects.get(sample_id="T1")
    assert (changed.result, changed.signed_by) == ("positive", "")
    with pytest.raises(PurposeError):
        search(dora, spark, home, library)


def test_a_revoked_sender_opens_nothing(dora, spark, home, library, laboratory):
    text = RESULT.format("positive")
    Case.objects.filter(case_id=CASE).update(person_key=key_of_pseudonym(home, text))
    send(dora, spark, home, text)
    senders.revoke_sender(by=COMMAND_LINE, at=NOW, name="county-lab")
    with pytest.raises(PurposeError):
        search(dora, spark, home, library)
    with pytest.raises(InputError, match="not registered, or revoked"):
        send(dora, spark, home, text + "\n")


@pytest.mark.parametrize("change", [{"key": Ed25519PrivateKey.generate()}, {"sign_as": "other-lab"}])
def test_a_signature_of_somebody_else_is_refused(dora, spark, home, laboratory, change):
    with pytest.raises(IntegrityError, match="county-lab"):
        send(dora, spark, home, RESULT.format("positive"), **change)


def test_without_a_rule_there_is_no_search_whatever_the_evidence(dora, home, library):
    spark = load(dora, home, moment=NOW.replace(year=2023))  # class B: contact determination was ended
    Case.objects.update(reported_at=NOW.replace(year=2023), onset=None, onset_precision="")
    tracing.confirm_case(by=colleague(), at=NOW, outbreak=spark, case_id=CASE, reason="rash")
    with pytest.raises(PolicyError, match=r"contact\.lookback"):
        search(dora, spark, home, library)
    assert not Search.objects.exists()


def test_who_may_not_search(dora, spark, home, library, alice, bob, sam, charlie):
    tracing.confirm_case(by=colleague(), at=NOW, outbreak=spark, case_id=CASE, reason="rash")
    for actor in (alice, bob, sam, charlie):
        with pytest.raises(PurposeError):
            search(actor, spark, home, library)
    for purpose in ("situation", "follow_up", "investigation", "police"):
        with pytest.raises(PurposeError):
            search(dora, spark, home, library, purpose=purpose)
    with pytest.raises(PurposeError, match="not found"):
        search(dora, spark, home, library, case_id="C9999")
    assert not strangers().exists()


def test_an_exercise_needs_no_evidence_its_people_are_invented(dora, home, library):
    home.mark_exercise()
    spark = load(dora, home, is_exercise=True)
    search(dora, spark, home, library)
    assert Search.objects.get().evidence == "exercise" and strangers().exists()


@pytest.mark.parametrize(
    "change",
    [
        {"rule_id": ""},
        {"purpose": "police"},
        {"evidence": "laboratory", "evidence_ref": ""},
        {"confirmed_by": ""},
        {"confirmed_by": "dora"},
        {"confirmed_unit": "cdc"},
        {"opened_unit": ""},
        {"evidence": "rumour"},
    ],
)
def test_the_database_itself_refuses_a_search_without_cause(spark, change):
    row = {
        "outbreak_id": spark, "case_id": CASE, "purpose": "tracing", "rule_id": "r", "evidence": "clinicians",
        "confirmed_by": "erin", "confirmed_unit": "county-hospital", "opened_at": NOW, "opened_by": "dora",
        "opened_unit": "cdc",
    }  # fmt: skip
    with pytest.raises(Refused), transaction.atomic():
        Search.objects.create(**(row | change))
    Search.objects.create(**row)


def test_senders_are_kept_on_the_machine_and_their_keys_are_checked(dora, laboratory):
    with pytest.raises(PurposeError):
        senders.add_sender(by=dora, at=NOW, name="x", unit="y", public_key="00" * 32)
    with pytest.raises(InputError, match="64 hexadecimal"):
        senders.add_sender(by=COMMAND_LINE, at=NOW, name="x", unit="y", public_key="abc")
    with pytest.raises(ConflictError, match="taken"):
        senders.add_sender(by=COMMAND_LINE, at=NOW, name="county-lab", unit="y", public_key="01" * 32)
    with pytest.raises(InputError, match="no sender"):
        senders.revoke_sender(by=COMMAND_LINE, at=NOW, name="nobody")
    assert [row["name"] for row in senders.list_senders()] == ["county-lab"]
