"""The audit chain: whole when untouched; every kind of tampering is found."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.conftest import NOW
from tests.fakes import audit_guard

from fireline.privacy.chain import GENESIS
from fireline.store import audit
from fireline.store.actor import Actor
from fireline.store.models import AuditCheckpoint, AuditEvent, AuditHead

WHO = Actor(username="dora", role="epidemiologist", unit="cdc")
pytestmark = pytest.mark.django_db


def write(n, start=0):
    for i in range(start, start + n):
        audit.append(
            actor=WHO,
            action="test.row",
            at=NOW + timedelta(seconds=i),
            purpose="investigation",
            rule="rule-1",
            edition="v9",
            subject=f"case:{i}",
            body={"i": i, "词": "值"},
        )


@pytest.fixture
def tamper():
    """The triggers are away while a test plays the intruder."""
    audit_guard.lift(connection)
    yield
    audit_guard.put_back(connection)


def test_it_works():
    write(30)
    verdict = audit.verify()
    assert verdict.is_whole and verdict.n_rows == 30
    assert AuditHead.objects.get().seq == 30
    assert bytes(AuditEvent.objects.get(seq=1).prev) == GENESIS


def test_an_empty_chain_is_whole():
    assert audit.verify().is_whole


def test_rows_cannot_be_changed_or_deleted():
    write(2)
    for act in (
        lambda: AuditEvent.objects.filter(seq=1).update(actor="x"),
        lambda: AuditEvent.objects.filter(seq=1).delete(),
        lambda: AuditCheckpoint.objects.all().update(size=9),
        lambda: AuditCheckpoint.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            act()
    assert audit.verify().is_whole


def test_every_single_character_edit_is_found(tamper):
    write(20)
    rng = random.Random(20220612)
    columns = ["at", "actor", "unit", "action", "purpose", "rule", "edition", "subject", "body"]
    n_found = 0
    for _ in range(200):
        row = AuditEvent.objects.get(seq=rng.randint(1, 20))
        column = rng.choice(columns)
        old = getattr(row, column)
        i = rng.randrange(len(old))
        new = old[:i] + chr((ord(old[i]) + 1) % 0x110000) + old[i + 1 :]
        AuditEvent.objects.filter(seq=row.seq).update(**{column: new})
        n_found += not audit.verify().is_whole
        AuditEvent.objects.filter(seq=row.seq).update(**{column: old})
    assert n_found == 200
    assert audit.verify().is_whole


def test_moving_a_character_to_the_next_field_is_found(tamper):
    write(3)
    AuditEvent.objects.filter(seq=2).update(rule="rule-1v", edition="9")
    assert not audit.verify().is_whole


@pytest.mark.parametrize("seq", [1, 7, 12])
def test_a_deleted_row_is_found(tamper, seq):
    write(12)
    AuditEvent.objects.filter(seq=seq).delete()
    assert not audit.verify().is_whole


def test_an_inserted_row_is_found(tamper):
    write(5)
    row = AuditEvent.objects.values().get(seq=5)
    AuditEvent(**{**row, "seq": 6, "prev": row["hash"]}).save(force_insert=True)
    verdict = audit.verify()
    assert not verdict.is_whole and any("row 6" in fault for fault in verdict.faults)


def test_two_swapped_rows_are_found(tamper):
    write(8)
    a, b = (AuditEvent.objects.values().get(seq=s) for s in (3, 4))
    AuditEvent.objects.filter(seq__in=(3, 4)).delete()
    for seq, row in ((3, b), (4, a)):
        AuditEvent(**{**row, "seq": seq}).save(force_insert=True)
    assert not audit.verify().is_whole


def test_truncation_is_found_by_head_and_by_checkpoint(tamper):
    write(12)
    audit.checkpoint(at=NOW)
    AuditEvent.objects.filter(seq__gt=9).delete()
    assert not audit.verify().is_whole
    end = AuditEvent.objects.get(seq=9)
    AuditHead.objects.update(seq=9, hash=bytes(end.hash))  # the intruder mends the head too
    verdict = audit.verify()
    assert not verdict.is_whole and any("12 rows were signed" in fault for fault in verdict.faults)


def test_a_rewritten_chain_is_found_by_the_signed_root(tamper):
    from fireline.privacy.chain import row_hash

    write(6)
    audit.checkpoint(at=NOW)
    rows = list(AuditEvent.objects.order_by("seq").values())
    AuditEvent.objects.all().delete()
    prev = GENESIS
    for row in rows:
        row["actor"], row["prev"] = "nobody", prev
        fields = {k: row[k] for k in row if k != "hash"}
        prev = row["hash"] = row_hash(**fields)
        AuditEvent(**row).save(force_insert=True)
    AuditHead.objects.update(hash=prev)
    assert any("signed" in fault for fault in audit.verify().faults)


def test_a_forged_checkpoint_is_found(tamper):
    write(4)
    AuditCheckpoint.objects.update(root=b"\x01" * 32)
    assert any("signature" in fault for fault in audit.verify().faults)


@pytest.mark.django_db(transaction=True)
def test_checkpoints_deleted_from_the_database_are_missed_by_their_anchor(tamper):
    write(4)
    audit.checkpoint(at=NOW)
    assert audit.anchor_path().exists()
    AuditCheckpoint.objects.all().delete()
    assert any("anchor file" in fault for fault in audit.verify().faults)


@pytest.mark.django_db(transaction=True)
def test_a_damaged_anchor_file_is_told(tamper):
    write(2)
    with audit.anchor_path().open("a") as out:
        out.write("not json\n")
    assert any("not readable" in fault for fault in audit.verify().faults)


def test_a_checkpoint_comes_by_itself_every_hour_and_holds_all_rows():
    write(2)
    audit.append(actor=WHO, action="x", at=NOW + timedelta(minutes=61))
    sizes = list(AuditCheckpoint.objects.order_by("size").values_list("size", flat=True))
    assert sizes == [1, 3]
    assert audit.checkpoint(at=NOW) == 3 and AuditCheckpoint.objects.count() == 2
    assert audit.verify().is_whole


def test_a_failed_change_leaves_no_row():
    with pytest.raises(RuntimeError), transaction.atomic():
        write(1)
        raise RuntimeError
    assert AuditEvent.objects.count() == 0 and audit.verify().is_whole


def test_subjects_are_keyed_and_stable():
    one, two = audit.subject_of("case", 1, "C1"), audit.subject_of("case", 1, "C1")
    assert one == two and "C1" not in one
    assert audit.subject_of("case", 11, "C") != audit.subject_of("case", 1, "1C")


def test_verifying_is_fast():
    import time

    from fireline.privacy.chain import row_hash

    prev, rows = GENESIS, []
    for seq in range(1, 20_001):
        fields = (seq, prev, audit.stamp(NOW), "dora", "cdc", "a", "investigation", "r", "e", "case:1", "{}")
        digest = row_hash(*fields)
        names = (
            "seq",
            "prev",
            "at",
            "actor",
            "unit",
            "action",
            "purpose",
            "rule",
            "edition",
            "subject",
            "body",
        )
        rows.append(AuditEvent(**dict(zip(names, fields, strict=True)), hash=digest))
        prev = digest
    AuditEvent.objects.bulk_create(rows, batch_size=2_000)
    AuditHead.objects.create(id=1, seq=20_000, hash=prev)
    start = time.process_time()
    assert audit.verify().is_whole
    assert 20_000 / (time.process_time() - start) > 30_000  # rows/s of this core; 100,000 on a quiet machine
