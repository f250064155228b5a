"""The order of a zone as a closed loop: reasons, publication, gates, lifting, and the history by hour."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.conftest import NOW
from tests.factories import people

from fireline.actions import tasks, zone_gates, zone_orders, zones
from fireline.errors import ConflictError, InputError, PolicyError, PurposeError
from fireline.privacy.purposes import Purpose
from fireline.store import access, audit
from fireline.store.access.zone_standing import larger_units, orders_table, rules_of
from fireline.store.models import AuditEvent, Case, Outbreak, Task, Unit, Zone, ZoneGate, ZoneStep

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 11, 23, tzinfo=UTC)  # the rules of 2022 have ended
HOSPITAL = {"kind": "hospital", "name": "县医院", "unit_id": "U1", "measures": "专用通道，闭环管理"}


@pytest.fixture
def proposed(dora, outbreak, library):
    return zones.propose(by=dora, at=NOW, outbreak=outbreak, exceptions=[HOSPITAL], library=library)


@pytest.fixture
def signed(alice, proposed, library):
    zones.sign(by=alice, at=NOW + timedelta(hours=1), zone=proposed, library=library)
    return proposed


@pytest.fixture
def published(alice, signed, library):
    zone_orders.publish(by=alice, at=NOW + timedelta(hours=2), zone=signed, library=library)
    return signed


def state(zone):
    return Zone.objects.get(pk=zone).state


def steps(zone):
    return list(ZoneStep.objects.filter(zone_id=zone).order_by("id").values_list("what", flat=True))


def gate_of(zone):
    return ZoneGate.objects.filter(zone_id=zone).order_by("id").first()


def refusals(name):
    return [json.loads(e.body).get("what") for e in AuditEvent.objects.filter(action="access.refused")].count(
        name
    )


# proposing and withdrawing


def test_a_proposal_is_withdrawn_with_a_reason_and_stays_on_record(dora, alice, proposed):
    with pytest.raises(InputError):
        zone_orders.withdraw(by=dora, at=NOW, zone=proposed, reason=" ")
    zone_orders.withdraw(by=dora, at=NOW, zone=proposed, reason="drawn on the wrong map", version=0)
    assert state(proposed) == "withdrawn" and steps(proposed) == ["proposed", "withdrawn"]
    with pytest.raises(ConflictError):
        zones.sign(by=alice, at=NOW, zone=proposed)


def test_a_stranger_s_proposal_is_withdrawn_by_a_commander_only(outbreak, alice, proposed):
    mate = people.actor("max", "epidemiologist", people.COUNTY, "cdc")
    with pytest.raises(PurposeError):
        zone_orders.withdraw(by=mate, at=NOW, zone=proposed, reason="x")
    zone_orders.withdraw(by=alice, at=NOW, zone=proposed, reason="x")
    assert state(proposed) == "withdrawn"


def test_a_signed_ring_cannot_be_withdrawn_or_deleted(alice, signed):
    with pytest.raises(ConflictError):
        zone_orders.withdraw(by=alice, at=NOW, zone=signed, reason="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        ZoneStep.objects.filter(zone_id=signed).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        ZoneStep.objects.filter(zone_id=signed).update(by="nobody")
    with pytest.raises(DatabaseError), transaction.atomic():
        Zone.objects.filter(pk=signed)._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        Zone.objects.filter(pk=signed).update(state="withdrawn")


@pytest.mark.parametrize("change", [{"kind": "bar"}, {"name": ""}, {"measures": " "}, {"unit_id": "U9"}])
def test_an_exception_needs_all_its_parts(dora, outbreak, library, change):
    with pytest.raises(InputError, match="1 are not complete"):
        zones.propose(by=dora, at=NOW, outbreak=outbreak, exceptions=[HOSPITAL | change], library=library)


# signing


def test_a_ring_without_a_case_needs_a_signed_reason(alice, proposed, library):
    Case.objects.update(area_code="CN-411624999")
    with pytest.raises(PolicyError, match="no case is known"):
        zones.sign(by=alice, at=NOW, zone=proposed, library=library)
    assert refusals("zones.sign: refused by rule") == 1
    zones.sign(by=alice, at=NOW, zone=proposed, why_no_case="cases were moved to hospital", library=library)
    found = Zone.objects.get(pk=proposed)
    assert found.state == "signed" and found.why_no_case.startswith("cases were moved")
    assert "cases were moved" in ZoneStep.objects.get(zone_id=proposed, what="signed").reason


def test_a_ring_larger_than_the_rule_needs_a_signed_reason(alice, outbreak, proposed, library):
    Unit.objects.filter(unit_id="U1").update(kind="street")
    where = Outbreak.objects.get(pk=outbreak)
    assert larger_units(where, {"U1": "sealed", "U2": "managed"}, rules_of(where, library, at=NOW)) == ["U1"]
    with pytest.raises(PolicyError, match="larger than the rule allows"):
        zones.sign(by=alice, at=NOW, zone=proposed, library=library)
    zones.sign(by=alice, at=NOW, zone=proposed, why_large="one water main", library=library)
    assert Zone.objects.get(pk=proposed).why_large == "one water main"


def test_signing_lays_out_gates_and_owes_publication(signed, outbreak):
    gate = gate_of(signed)
    assert (gate.unit_inside, gate.unit_outside, gate.n_gates, gate.level) == ("U1", "U2", 2, "sealed")
    owed = set(Task.objects.filter(subject_id=str(signed)).values_list("kind", "owner_role", "is_open"))
    assert owed == {("zone_publish", "commander", True), ("zone_gate", "grid_worker", True)}
    assert all(t.due_at and t.rule_id for t in Task.objects.filter(subject_id=str(signed)))


def test_units_without_known_borders_get_a_gate_of_their_own(dora, alice, outbreak, library):
    from fireline.store.models import Adjacency

    Adjacency.objects.all().delete()
    pk = zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)
    zones.sign(by=alice, at=NOW, zone=pk, library=library)
    assert list(ZoneGate.objects.filter(zone_id=pk).values_list("unit_inside", "unit_outside")) == [
        ("U1", ""),
        ("U2", ""),
    ]


# publishing


def test_publishing_says_it_plainly_and_by_unit(dora, alice, signed, outbreak, library):
    with pytest.raises(PurposeError):
        zone_orders.publish(by=dora, at=NOW, zone=signed, library=library)
    made = zone_orders.publish(by=alice, at=NOW, zone=signed, version=1, library=library)
    assert [(u, level) for u, level, _ in made.rows] == [("U1", "sealed"), ("U2", "managed")]
    for text in ("封控区（足不出户，服务上门）：U1", "县医院（医院，U1）照常运行：专用通道"):
        assert text in made.text.zh
    assert "Sealed area (stay at home" in made.text.en and "2022-06-12 15:00" in made.text.en
    assert not Task.objects.filter(kind="zone_publish", subject_id=str(signed), is_open=True).exists()
    with pytest.raises(ConflictError):
        zone_orders.publish(by=alice, at=NOW, zone=signed, library=library)


def test_a_rule_that_ended_publishes_and_staffs_nothing(alice, bob, signed, library):
    with pytest.raises(PolicyError):
        zone_orders.publish(by=alice, at=LATER, zone=signed, library=library)
    with pytest.raises(PolicyError):
        zone_gates.assign(by=alice, at=LATER, zone=signed, gate=gate_of(signed).pk, to="bob", library=library)
    assert state(signed) == "signed"
    assert refusals("zones.publish: refused by rule") == refusals("zones.assign: refused by rule") == 1


def test_a_notice_holds_nobody_s_number(dora, alice, outbreak, library):
    bad = HOSPITAL | {"name": "请电 13800001111"}
    pk = zones.propose(by=dora, at=NOW, outbreak=outbreak, exceptions=[bad], library=library)
    zones.sign(by=alice, at=NOW, zone=pk, library=library)
    from fireline.errors import UserError

    with pytest.raises(UserError, match="personal data"):
        zone_orders.publish(by=alice, at=NOW, zone=pk, library=library)
    assert state(pk) == "signed"


# staffing


def test_a_gate_counts_once_the_named_account_accepts_it(alice, bob, sam, published, library):
    gate = gate_of(published)
    zone_gates.assign(by=alice, at=NOW, zone=published, gate=gate.pk, to="bob", library=library)
    assert state(published) == "published"
    for other in (alice, sam):
        with pytest.raises(PurposeError):
            zone_gates.accept(by=other, at=NOW, zone=published, gate=gate.pk, library=library)
    zone_gates.accept(by=bob, at=NOW, zone=published, gate=gate.pk, library=library)
    gate.refresh_from_db()
    assert (gate.accepted_by, gate.assigned_unit) == ("bob", "town-a") and state(published) == "staffed"
    with pytest.raises(ConflictError):
        zone_gates.accept(by=bob, at=NOW, zone=published, gate=gate.pk, library=library)
    assert not Task.objects.filter(kind="zone_gate", is_open=True).exists()


def test_a_new_hand_over_opens_the_gate_again(alice, bob, published, library):
    gate = gate_of(published)
    zone_gates.assign(by=alice, at=NOW, zone=published, gate=gate.pk, to="bob", library=library)
    zone_gates.accept(by=bob, at=NOW, zone=published, gate=gate.pk, library=library)
    zone_gates.assign(by=alice, at=NOW, zone=published, gate=gate.pk, to="alice", library=library)
    assert state(published) == "published" and Zone.objects.get(pk=published).staffed_at is None
    zone_gates.accept(by=alice, at=NOW, zone=published, gate=gate.pk, library=library)
    assert state(published) == "staffed" and steps(published)[-1] == "staffed"
    assert Task.objects.filter(kind="zone_gate").count() == 2


def test_a_hand_over_is_accepted_and_handed_back_on_the_task(alice, bob, published, outbreak, library):
    gate = gate_of(published)
    zone_gates.assign(by=alice, at=NOW, zone=published, gate=gate.pk, to="bob", library=library)
    task = Task.objects.get(kind="zone_gate", is_open=True)
    tasks.hand_back(by=bob, at=NOW, outbreak=outbreak, task_id=task.task_id, reason="ill")
    gate.refresh_from_db()
    assert gate.assigned_to == "" and steps(published)[-1] == "gate_handed_back"
    zone_gates.assign(by=alice, at=NOW, zone=published, gate=gate.pk, to="bob", library=library)
    tasks.accept(by=bob, at=NOW, outbreak=outbreak, task_id=task.task_id)
    assert state(published) == "staffed"
    task.refresh_from_db()
    assert (task.is_open, task.state, task.accepted_by) == (False, "done", "bob")


def test_staffed_before_it_is_published_is_staffed_when_it_is(alice, bob, signed, library):
    gate = gate_of(signed)
    zone_gates.assign(by=alice, at=NOW, zone=signed, gate=gate.pk, to="bob", library=library)
    zone_gates.accept(by=bob, at=NOW, zone=signed, gate=gate.pk, library=library)
    assert state(signed) == "signed"
    zone_orders.publish(by=alice, at=NOW, zone=signed, library=library)
    assert state(signed) == "staffed"


def test_only_accounts_that_can_stand_there_are_handed_a_gate(alice, sam, signed, library):
    for name in ("sam", "nobody"):
        with pytest.raises(InputError):
            zone_gates.assign(
                by=alice, at=NOW, zone=signed, gate=gate_of(signed).pk, to=name, library=library
            )
    with pytest.raises(InputError):
        zone_gates.assign(by=alice, at=NOW, zone=signed, gate=999_999, to="alice", library=library)
    with pytest.raises(ConflictError):
        zone_gates.assign(
            by=alice, at=NOW, zone=signed, gate=gate_of(signed).pk, to="alice", version=77, library=library
        )


# lifting


def test_an_early_lifting_is_refused_with_what_is_missing(dora, alice, published, library):
    with pytest.raises(PolicyError, match="days without a new infection"):
        zone_orders.lift(by=alice, at=NOW + timedelta(days=1), zone=published, library=library)
    assert state(published) == "published" and refusals("zones.lift: refused by rule") == 1
    with pytest.raises(PurposeError):
        zone_orders.lift(by=dora, at=NOW, zone=published, reason="x", library=library)


def test_a_signed_reason_lifts_and_ends_what_is_owed(alice, published, library):
    at = NOW + timedelta(days=1)
    zone_orders.lift(by=alice, at=at, zone=published, reason="the sample was mixed up", library=library)
    found = Zone.objects.get(pk=published)
    assert (found.state, found.lifted_by, found.lift_reason) == ("lifted", "alice", "the sample was mixed up")
    assert not Task.objects.filter(subject_id=str(published), is_open=True).exists()
    with pytest.raises(ConflictError):
        zone_orders.lift(by=alice, at=at, zone=published, reason="again", library=library)
    row = orders_table(Outbreak.objects.get(), at=at).row(0, named=True)
    assert row["lifted_at"] == at and row["reason"] == "the sample was mixed up"


def test_where_no_rule_carries_it_any_more_nothing_is_asked(alice, published, library):
    zone_orders.lift(by=alice, at=LATER, zone=published, library=library)
    assert state(published) == "lifted"


def test_one_level_is_lifted_and_the_rest_stands(alice, published, outbreak, library):
    at = NOW + timedelta(days=1)
    with pytest.raises(InputError):
        zone_orders.lift(by=alice, at=at, zone=published, level="precaution", reason="x", library=library)
    zone_orders.lift(
        by=alice, at=at, zone=published, level="managed", reason="no link found", library=library
    )
    assert state(published) == "published"
    now = access.zone_at(alice, purpose=Purpose.SITUATION, outbreak=outbreak, zone=published, at=at)
    assert now["levels"] == {"U1": "sealed"}
    zone_orders.lift(by=alice, at=at, zone=published, level="sealed", reason="moved", library=library)
    assert state(published) == "lifted"


def test_conditions_that_hold_lower_a_level_where_the_rule_names_the_next(dora, alice, outbreak, library):
    """Rules of November 2022: five clean days make a high-risk area a low-risk one."""
    from fireline.store.models import Unit

    at = datetime(2022, 11, 15, 4, tzinfo=UTC)
    Unit.objects.update(kind="building")
    both = zones.propose(by=dora, at=at, outbreak=outbreak, library=library)
    with pytest.raises(PolicyError, match="no rule in force defines a managed area"):
        zones.sign(by=alice, at=at, zone=both, library=library)
    pk = zones.propose(by=dora, at=at, outbreak=outbreak, levels={"U2": ""}, library=library)
    zones.sign(by=alice, at=at, zone=pk, library=library)
    zone_orders.lift(by=alice, at=at + timedelta(days=1), zone=pk, library=library)
    now = access.zone_at(
        alice, purpose=Purpose.SITUATION, outbreak=outbreak, zone=pk, at=at + timedelta(days=2)
    )
    assert now["levels"] == {"U1": "precaution"} and now["state"] == "signed"
    assert now["steps"][-1]["detail"]["from"] == "sealed" and now["steps"][-1]["rule_id"].startswith(
        "cn-covid-20"
    )


# history


def test_every_hour_can_be_replayed(alice, bob, published, outbreak, library):
    gate = gate_of(published)
    zone_gates.assign(
        by=alice, at=NOW + timedelta(hours=3), zone=published, gate=gate.pk, to="bob", library=library
    )
    zone_gates.accept(by=bob, at=NOW + timedelta(hours=4), zone=published, gate=gate.pk, library=library)
    zone_orders.lift(
        by=alice, at=NOW + timedelta(hours=5), zone=published, level="sealed", reason="x", library=library
    )
    zone_orders.lift(by=alice, at=NOW + timedelta(hours=6), zone=published, reason="y", library=library)
    both = {"U1": "sealed", "U2": "managed"}
    expected = [
        (-1, "", {}, 0),
        (0, "proposed", both, 0),
        (1, "signed", both, 0),
        (2, "published", both, 0),
        (3, "published", both, 1),
        (4, "staffed", both, 1),
        (5, "staffed", {"U2": "managed"}, 1),
        (6, "lifted", {}, 1),
    ]
    for hours, state_then, levels, n_gates in expected:
        for minutes in (0, 59):
            at = NOW + timedelta(hours=hours, minutes=minutes)
            then = access.zone_at(alice, purpose=Purpose.SITUATION, outbreak=outbreak, zone=published, at=at)
            assert (then["state"], then["levels"], len(then["gates"])) == (state_then, levels, n_gates)
    assert audit.verify().is_whole
    for step in ZoneStep.objects.filter(zone_id=published):
        assert step.by and step.at and step.rule_id and step.edition


def test_a_grid_worker_sees_the_units_of_the_own_town(bob, charlie, published, outbreak):
    seen = access.zone_order(bob, purpose=Purpose.SITUATION, outbreak=outbreak, zone=published, at=NOW)
    assert [u["unit_id"] for u in seen["units"]] == ["U1"] and not seen["lifting"] and not seen["accounts"]
    with pytest.raises(PurposeError):
        access.zone_order(charlie, purpose=Purpose.SITUATION, outbreak=outbreak, zone=published, at=NOW)
    with pytest.raises(PurposeError):
        access.zone_at(bob, purpose=Purpose.SITUATION, outbreak=outbreak, zone=999, at=NOW)


def test_the_board_forgets_a_withdrawn_ring(dora, alice, outbreak, proposed):
    zone_orders.withdraw(by=dora, at=NOW, zone=proposed, reason="x")
    assert access.board(alice, outbreak=outbreak, at=NOW)["zones"]["sealed"]["n_units"] == 1


def test_the_gap_check_of_a_rerun_reads_the_orders(dora, published, outbreak, home, library):
    from fireline.actions import analysis

    late = NOW + timedelta(days=60)
    assert orders_table(Outbreak.objects.get(pk=outbreak), at=late)["zone_id"].to_list() == [
        f"{published}/sealed",
        f"{published}/managed",
    ]
    analysis.refresh(by=dora, at=NOW, outbreak=outbreak, moment=NOW, library=library, home=home)
    assert state(published) == "published" and Task.objects.filter(kind="zone_gate", is_open=True).exists()


def test_how_a_case_was_found_is_corrected_by_hand_from_the_closed_list(dora, outbreak):
    from fireline.actions.cases import edit_case
    from fireline.store.access import records_for_chapters

    said = {"by": dora, "at": NOW, "outbreak": outbreak, "case_id": "C0001", "column": "found_as"}
    with pytest.raises(InputError):
        edit_case(**said, old="", new="somewhere")
    edit_case(**said, old="", new="closed_loop")
    found = records_for_chapters(outbreak, only={"cases"}, movement={}).table("cases")
    assert found["found_as"].drop_nulls().to_list() == ["closed_loop"]
