"""Signals, tasks and zones: life cycles, two people, no rule no power."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.conftest import NOW
from tests.factories import people

from fireline.actions import signals, tasks, zones
from fireline.errors import ConflictError, InputError, PolicyError, PurposeError
from fireline.store import access, audit
from fireline.store.models import Signal, Task, Zone

pytestmark = pytest.mark.django_db


def test_a_signal_is_verified_then_escalated(dora, outbreak):
    said = {"by": dora, "at": NOW, "outbreak": outbreak, "alarm_id": "S1"}
    assert signals.verify(**said, reason="called the clinic") == 1
    assert signals.escalate(**said, reason="three schools", version=1) == 2
    found = Signal.objects.get(alarm_id="S1")
    assert (found.state, found.decided_by, found.reason) == ("escalated", "dora", "three schools")
    assert access.board(dora, outbreak=outbreak, at=NOW)["signals"] == {"escalated": 1, "new": 2}


def test_a_discarded_signal_stays_discarded(dora, alice, outbreak):
    said = {"at": NOW, "outbreak": outbreak, "alarm_id": "S0"}
    signals.discard(by=alice, reason="double report", **said)
    for act in (signals.verify, signals.escalate, signals.discard):
        with pytest.raises(ConflictError):
            act(by=dora, reason="no", **said)
    with pytest.raises(ConflictError):
        signals.verify(by=dora, at=NOW, outbreak=outbreak, alarm_id="S1", reason="x", version=7)
    with pytest.raises(InputError):
        signals.verify(by=dora, at=NOW, outbreak=outbreak, alarm_id="S1", reason="  ")


def test_signal_rights(bob, sam, charlie, outbreak):
    for person in (bob, sam, charlie):
        with pytest.raises(PurposeError):
            signals.verify(by=person, at=NOW, outbreak=outbreak, alarm_id="S1", reason="x")


def test_a_task_is_accepted_and_closed(bob, alice, outbreak):
    said = {"by": bob, "at": NOW, "outbreak": outbreak, "task_id": "K-C0001"}
    tasks.accept(**said)
    assert access.board(bob, outbreak=outbreak, at=NOW)["n_mine"] == 1
    tasks.close(**said, note="visited, no fever")
    task = Task.objects.get(task_id="K-C0001")
    assert (task.is_open, task.state, task.closed_by, task.is_late) == (
        False,
        "done",
        "bob",
        NOW > task.due_at,
    )
    board = access.board(alice, outbreak=outbreak, at=NOW)
    assert board["tasks"]["open"] == 11 and board["tasks"]["done"] == 1
    with pytest.raises(ConflictError):
        tasks.close(**said, note="again")


def test_two_hands_one_task(bob, alice, outbreak):
    other = people.actor("ben", "grid_worker", people.TOWN_A, "town-a")
    tasks.accept(by=bob, at=NOW, outbreak=outbreak, task_id="K-C0001")
    for act, extra in ((tasks.accept, {}), (tasks.close, {"note": "x"}), (tasks.hand_back, {"reason": "x"})):
        with pytest.raises(ConflictError):
            act(by=other, at=NOW, outbreak=outbreak, task_id="K-C0001", **extra)


def test_reassign_and_hand_back(alice, bob, sam, outbreak):
    said = {"at": NOW, "outbreak": outbreak, "task_id": "K-C0001"}
    tasks.reassign(by=alice, to="bob", **said)
    assert Task.objects.get(task_id="K-C0001").assigned_to == "bob"
    tasks.hand_back(by=bob, reason="not my street", **said)
    task = Task.objects.get(task_id="K-C0001")
    assert (task.assigned_to, task.accepted_by, task.note, task.is_open) == ("", "", "not my street", True)
    for wrong in ("sam", "nobody"):
        with pytest.raises(InputError):
            tasks.reassign(by=alice, to=wrong, **said)
    with pytest.raises(PurposeError):
        tasks.reassign(by=bob, to="bob", **said)
    with pytest.raises(InputError):
        tasks.close(by=bob, note="", **said)


def test_task_rights(bob, sam, charlie, outbreak):
    with pytest.raises(PurposeError):
        tasks.accept(by=sam, at=NOW, outbreak=outbreak, task_id="K-C0001")
    with pytest.raises(PurposeError):
        tasks.accept(by=bob, at=NOW, outbreak=outbreak, task_id="K-C0000")  # the other township
    with pytest.raises(PurposeError):
        tasks.accept(by=charlie, at=NOW, outbreak=outbreak, task_id="K-C0001")


def test_a_ring_needs_two_people_of_two_units_and_a_rule(dora, alice, outbreak, library):
    pk = zones.propose(by=dora, at=NOW, outbreak=outbreak, levels={"U2": "sealed"}, library=library)
    ring = Zone.objects.get(pk=pk)
    assert (ring.state, ring.population, ring.can_order) == ("proposed", 500, True)
    assert {u.unit_id: u.level for u in ring.units.all()} == {"U1": "sealed", "U2": "sealed"}
    mate = people.actor("max", "commander", people.COUNTY, "cdc")
    with pytest.raises(PurposeError, match="another unit"):
        zones.sign(by=mate, at=NOW, zone=pk, library=library)
    zones.sign(by=alice, at=NOW, zone=pk, library=library)
    ring.refresh_from_db()
    assert (ring.state, ring.signed_by, bool(ring.rule_id)) == ("signed", "alice", True)
    with pytest.raises(ConflictError):
        zones.sign(by=alice, at=NOW, zone=pk, library=library)
    assert audit.verify().is_whole


def test_nobody_signs_the_own_proposal(alice, outbreak, library):
    pk = zones.propose(by=alice, at=NOW, outbreak=outbreak, library=library)
    with pytest.raises(PurposeError):
        zones.sign(by=alice, at=NOW, zone=pk, library=library)


def test_no_rule_in_force_no_order(dora, alice, outbreak, library):
    pk = zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)
    later = datetime(2026, 11, 23, tzinfo=UTC)  # the rules of 2022 have ended
    with pytest.raises(PolicyError):
        zones.sign(by=alice, at=later, zone=pk, library=library)
    assert Zone.objects.get(pk=pk).state == "proposed"


def test_an_exercise_orders_nothing(dora, alice, outbreak, library):
    from fireline.store.models import Outbreak

    Outbreak.objects.update(is_exercise=True)
    pk = zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)
    with pytest.raises(PolicyError):
        zones.sign(by=alice, at=NOW, zone=pk, library=library)


@pytest.mark.parametrize(
    "forged",
    [
        {"signed_by": "dora", "signed_unit": "headquarters"},
        {"signed_by": "alice", "signed_unit": "cdc"},
        {"signed_by": "alice", "signed_unit": "headquarters", "rule_id": ""},
        {"signed_by": "alice", "signed_unit": "headquarters", "can_order": False},
        {"signed_by": "", "signed_unit": "", "signed_at": None, "state": "signed"},
    ],
)
def test_the_database_refuses_a_forged_signature(dora, outbreak, library, forged):
    pk = zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)
    with pytest.raises(DatabaseError), transaction.atomic():
        Zone.objects.filter(pk=pk).update(**{"signed_at": NOW, "state": "signed", **forged})


def test_rings_of_nothing_are_refused(dora, outbreak, library):
    for levels in ({"U9": "sealed"}, {"U1": "locked"}, {"U1": "", "U2": ""}):
        with pytest.raises(InputError):
            zones.propose(by=dora, at=NOW, outbreak=outbreak, levels=levels, library=library)


def test_a_new_run_keeps_what_people_did(dora, bob, alice, outbreak, home, library):
    from tests.factories import worlds

    from fireline.actions import outbreaks

    signals.discard(by=dora, at=NOW, outbreak=outbreak, alarm_id="S1", reason="double")
    tasks.accept(by=bob, at=NOW, outbreak=outbreak, task_id="K-C0001")
    ring = zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)
    later = NOW + timedelta(hours=1)
    found = worlds.results(worlds.records(), at=later)
    outbreaks.load_results(by=dora, at=later, outbreak=outbreak, results=found, home=home)
    assert Signal.objects.get(alarm_id="S1").state == "discarded" and Signal.objects.count() == 3
    assert Task.objects.get(task_id="K-C0001").accepted_by == "bob" and Task.objects.count() == 12
    assert Zone.objects.filter(pk=ring).exists() and Zone.objects.filter(state="computed").count() == 1
    assert access.board(alice, outbreak=outbreak, at=NOW)["signals"] == {"discarded": 1, "new": 2}
