"""Companions and common places of cases: no rule or no evidence, no search; one audit row for each case."""

from __future__ import annotations

import pytest
from tests.conftest import NOW
from tests.factories import people
from tests.integration.actions.test_actions_tracing import CASE, PERSON, STRANGER, colleague, load
from tests.unit.contacts.contact_worlds import LOOKBACK, at_rules, pack, rule

from fireline.actions import movement, tracing
from fireline.errors import PolicyError, PurposeError
from fireline.store import access
from fireline.store.models import AuditEvent, Contact, Search

pytestmark = pytest.mark.django_db
OTHER = "C0011"  # was at the same market in the ten days before its onset
BOTH = (CASE, OTHER)
SEARCHES = (movement.companions, movement.backward)
ACTIONS = {movement.companions: "contacts.companions", movement.backward: "places.backward"}


@pytest.fixture(scope="module")
def rules():
    """Packs that hold a companion rule for this county; the built-in ones have none for it."""
    return at_rules(
        pack(
            rule("contact.lookback", "close", LOOKBACK),
            rule("contact.lookback", "source", 'days = 12, anchor = "onset"'),
            rule("contact.class", "close", 'fact = "overlap_minutes", ge = 15'),
            rule("contact.companion", "phone", 'grid_m = 800, min_minutes = 10, join = "or"'),
        )
    ).library


@pytest.fixture
def spark(dora, home):
    return load(dora, home)


def ask(search, by, spark, home, rules, **change):
    asked = {"by": by, "at": NOW, "outbreak": spark, "case_ids": BOTH, "library": rules, "home": home}
    return search(**(asked | change))


def confirm(spark, *cases):
    for case_id in cases:
        tracing.confirm_case(by=colleague(), at=NOW, outbreak=spark, case_id=case_id, reason="rash, fever")


@pytest.mark.parametrize("search", SEARCHES)
def test_every_case_needs_evidence_of_its_own(dora, spark, home, rules, search):
    confirm(spark, CASE)
    with pytest.raises(PurposeError, match="found no evidence"):
        ask(search, dora, spark, home, rules)
    assert not AuditEvent.objects.filter(action=ACTIONS[search]).exists()
    assert AuditEvent.objects.filter(action="access.refused").count() == 1


def test_without_a_companion_rule_there_is_no_search_whatever_the_evidence(dora, spark, home, library):
    confirm(spark, *BOTH)
    with pytest.raises(PolicyError, match=r"contact\.companion/phone"):
        ask(movement.companions, dora, spark, home, library)


def test_companions_are_advice_one_audit_row_a_case_and_nothing_saved(dora, spark, home, rules):
    confirm(spark, *BOTH)
    found = ask(movement.companions, dora, spark, home, rules)
    rows = found.table.filter(found.table["person_key"] == STRANGER)
    assert rows.select("case_id", "class", "overlap_min").rows() == [(CASE, "companion", 30.0)]
    assert "advice" in found.advice.en and found.rules == (("t-1/contact.companion/phone/CN", "t-1"),)
    written = AuditEvent.objects.filter(action="contacts.companions")
    assert written.count() == 2
    assert {(row.purpose, row.rule) for row in written} == {("tracing", "t-1/contact.companion/phone/CN")}
    assert all(PERSON not in str(row.body) and CASE not in str(row.body) + row.subject for row in written)
    assert not Search.objects.exists() and not Contact.objects.exists()


def test_common_places_before_onset_are_ranked(dora, spark, home, rules):
    confirm(spark, CASE, "C0002", "C0005")
    found = ask(movement.backward, dora, spark, home, rules, case_ids=(CASE, "C0002", "C0005"))
    assert found.kind == "backward" and found.rules == (("t-1/contact.lookback/source/CN", "t-1"),)
    assert AuditEvent.objects.filter(action="places.backward", purpose="tracing").count() == 3


@pytest.mark.parametrize("search", SEARCHES)
def test_who_may_not_search(dora, spark, home, rules, search, alice, bob, sam, charlie):
    confirm(spark, *BOTH)
    for actor in (alice, bob, sam, charlie):
        with pytest.raises(PurposeError):
            ask(search, actor, spark, home, rules)
    with pytest.raises(PurposeError):
        ask(search, dora, spark, home, rules, purpose="situation")
    with pytest.raises(PurposeError, match="not found"):
        ask(search, dora, spark, home, rules, case_ids=("C9999",))


def test_an_exercise_needs_no_evidence(dora, home, rules):
    home.mark_exercise()
    spark = load(dora, home, is_exercise=True)
    assert ask(movement.companions, dora, spark, home, rules).table.height
    assert AuditEvent.objects.filter(action="contacts.companions").count() == 2


def test_a_trace_is_the_search_of_the_console_and_says_how_it_came(dora, spark, home, library):
    people.account("erna", "epidemiologist", people.COUNTY, "cdc")
    by = access.account_named("erna")
    with pytest.raises(PurposeError, match="found no evidence"):
        tracing.trace(by=by, at=NOW, outbreak=spark, case_id=CASE, library=library, home=home)
    confirm(spark, CASE)
    found = tracing.trace(by=by, at=NOW, outbreak=spark, case_id=CASE, library=library, home=home)
    assert STRANGER in found.table["person_key"].to_list()
    assert found.table.height == Contact.objects.filter(case_id=CASE).count()
    row = AuditEvent.objects.get(action="contacts.search")
    assert row.actor == "erna" and '"via": "command-line"' in row.body


def test_only_an_active_account_can_be_named(db):
    with pytest.raises(PurposeError, match="account"):
        access.account_named("nobody")
    user = people.account("gone", "epidemiologist", people.COUNTY, "cdc")
    user.is_active, user.disabled_at = False, NOW
    user.save()
    with pytest.raises(PurposeError, match="account"):
        access.account_named("gone")
