"""The audit chain: one hash-linked row per change, reveal and list read, in the change's own transaction.

Store: written by actions and access; the database refuses edits; checkpoints are signed, with a copy outside.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import connection, transaction

from fireline.pipeline.home import Home
from fireline.privacy.chain import GENESIS, row_hash
from fireline.privacy.merkle import Tree
from fireline.privacy.pseudonym import pseudonymise
from fireline.store.actor import Actor
from fireline.store.models import AuditCheckpoint, AuditEvent, AuditHead

CHECKPOINT_ROWS = 10_000
CHECKPOINT_EVERY = timedelta(minutes=60)
_SELECT = (
    "SELECT seq, prev, at, actor, unit, action, purpose, rule, edition, subject, body, hash "
    "FROM store_auditevent ORDER BY seq"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found.

    Attributes
    ----------
    n_rows : int, rows read
    n_checkpoints : int, checkpoints checked, in the database and in the anchor file together
    faults : tuple of str, empty when everything holds; at most the first 20
    n_signed : int, rows under the newest checkpoint; what was cut off after it, with the head of the chain
        mended, cannot be seen
    signed_at : datetime or None, UTC, when the newest checkpoint was signed
    """

    n_rows: int
    n_checkpoints: int
    faults: tuple[str, ...]
    n_signed: int = 0
    signed_at: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was edited, added, removed or reordered."""
        return not self.faults


def stamp(at: datetime) -> str:
    """The text of a moment, exactly as it is hashed."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def subject_of(kind: str, *parts: object) -> str:
    """Name of a person or case in the audit log: a keyed pseudonym, so that erasure breaks no chain."""
    text = "\x1f".join(str(part) for part in parts)
    return f"{kind}:{pseudonymise([text], key=_home().key('audit-subject'), domain=kind)[0]}"


def append(
    *,
    actor: Actor,
    action: str,
    at: datetime,
    purpose: str = "",
    rule: str = "",
    edition: str = "",
    subject: str = "",
    body: Mapping[str, Any] | None = None,
) -> int:
    """Add one row at the end of the chain; call it inside the transaction of the change.

    ``body`` holds plain values only and nothing that identifies a person.

    Returns
    -------
    int   the row's number in the chain
    """
    said = {**(body or {}), **({"via": actor.via} if actor.via else {})}
    with transaction.atomic(savepoint=False):  # a change without its row must not be saved either
        head = _head()
        seq = head.seq + 1
        row = {
            "seq": seq,
            "prev": bytes(head.hash),
            "at": stamp(at),
            "actor": actor.username,
            "unit": actor.unit,
            "action": action,
            "purpose": purpose,
            "rule": rule,
            "edition": edition,
            "subject": subject,
            "body": json.dumps(said, ensure_ascii=False, sort_keys=True, default=str),
        }
        digest = row_hash(**row)
        AuditEvent(**row, hash=digest).save(force_insert=True)
        is_due = (
            head.checkpoint_at is None
            or at - head.checkpoint_at >= CHECKPOINT_EVERY
            or seq - head.checkpoint_seq >= CHECKPOINT_ROWS
        )
        AuditHead.objects.filter(id=1).update(seq=seq, hash=digest)
        if is_due:
            checkpoint(at=at)
    return seq


def _head() -> AuditHead:
    """The end of the chain, locked; made with the first row."""
    rows = AuditHead.objects.select_for_update()
    found = rows.filter(id=1).first()
    if found is None:
        AuditHead.objects.get_or_create(id=1, defaults={"seq": 0, "hash": GENESIS})
        found = rows.get(id=1)
    return found


def checkpoint(*, at: datetime) -> int:
    """Sign how long the chain is and what it holds; a copy goes to anchors/ in the home folder.

    Returns
    -------
    int   number of rows under the signature
    """
    with transaction.atomic():
        head = AuditHead.objects.select_for_update().filter(id=1).first()
        if head is None or head.seq == head.checkpoint_seq:
            return 0 if head is None else head.seq
        last = AuditCheckpoint.objects.order_by("-size").first()
        tree = Tree(last.size, [bytes.fromhex(p) for p in last.frontier]) if last else Tree()
        rows = AuditEvent.objects.filter(seq__gt=tree.size).order_by("seq").values_list("hash", flat=True)
        tree.add_all(bytes(leaf) for leaf in rows.iterator(chunk_size=5_000))
        moment = stamp(at)
        signature = _signing_key().sign(_statement(tree.size, tree.root(), moment))
        AuditCheckpoint(
            size=tree.size,
            root=tree.root(),
            frontier=[peak.hex() for peak in tree.frontier],
            at=moment,
            signature=signature,
        ).save(force_insert=True)
        AuditHead.objects.filter(id=1).update(checkpoint_seq=tree.size, checkpoint_at=at)
        line = {"size": tree.size, "root": tree.root().hex(), "at": moment, "signature": signature.hex()}
        transaction.on_commit(lambda: _anchor(line))
    return tree.size


def verify() -> Verdict:
    """Read the whole chain and check every hash, every link, the head, and every checkpoint and anchor."""
    faults: list[str] = []
    marks, n_marks = _marks(faults)
    tree = Tree()
    prev, expected = GENESIS, 1
    for row in _rows():
        seq = row[0]
        if seq != expected:
            faults.append(f"row {expected}: missing or out of order (found {seq})")
            expected = seq
        stored = bytes(row[11])
        if bytes(row[1]) != prev:
            faults.append(f"row {seq}: does not follow the row before it")
        if row_hash(seq, bytes(row[1]), *row[2:11]) != stored:
            faults.append(f"row {seq}: its content does not match its hash")
        tree.add(stored)
        prev = stored
        expected += 1
        for root in marks.pop(seq, ()):
            if root != tree.root():
                faults.append(f"row {seq}: the chain up to here is not the one that was signed")
        if len(faults) > 20:
            break
    else:
        _check_end(faults, marks, n_rows=tree.size, end=prev)
    newest = AuditCheckpoint.objects.order_by("-size").values_list("size", "at").first()
    return Verdict(
        n_rows=tree.size,
        n_checkpoints=n_marks,
        faults=tuple(faults[:20]),
        n_signed=newest[0] if newest else 0,
        signed_at=_moment(newest[1]) if newest else None,
    )


def _moment(text: str) -> datetime | None:
    """The moment of a checkpoint; None where the text was edited into something else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _check_end(faults: list[str], marks: dict[int, list[bytes]], *, n_rows: int, end: bytes) -> None:
    for size in sorted(marks):
        faults.append(f"rows are missing: {size} rows were signed, {n_rows} are there")
    head = AuditHead.objects.filter(id=1).first()
    if head is None:
        if n_rows:
            faults.append("the head of the chain is missing")
    elif head.seq != n_rows or bytes(head.hash) != end:
        faults.append(
            f"the head names row {head.seq}; the chain ends at row {n_rows} with another hash or number"
        )


def _marks(faults: list[str]) -> tuple[dict[int, list[bytes]], int]:
    """Signed roots by size, from the database and from the anchor file."""
    public = _signing_key().public_key()
    found: dict[int, list[bytes]] = {}
    stored = {}
    for point in AuditCheckpoint.objects.order_by("size"):
        stored[point.size] = bytes(point.root)
        if not _is_signed(public, point.size, bytes(point.root), point.at, bytes(point.signature)):
            faults.append(f"checkpoint at row {point.size}: the signature is not of this home's key")
        found.setdefault(point.size, []).append(bytes(point.root))
    n = len(stored)
    for line in _anchors(faults):
        size, root = int(line["size"]), bytes.fromhex(line["root"])
        n += 1
        if not _is_signed(public, size, root, line["at"], bytes.fromhex(line["signature"])):
            faults.append(f"anchor at row {size}: the signature is not of this home's key")
        if size not in stored:
            faults.append(f"checkpoint at row {size}: in the anchor file, not in the database")
        found.setdefault(size, []).append(root)
    return found, n


def _rows() -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT)
        while block := cursor.fetchmany(5_000):
            yield from block


def _statement(size: int, root: bytes, at: str) -> bytes:
    return b"fireline audit checkpoint\n%d\n%s\n%s\n" % (size, root.hex().encode(), at.encode())


def _is_signed(public: Ed25519PublicKey, size: int, root: bytes, at: str, signature: bytes) -> bool:
    try:
        public.verify(signature, _statement(size, root, at))
    except InvalidSignature:
        return False
    return True


def _home() -> Home:
    return Home(settings.FIRELINE.home)


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_home().key("audit-signing"))


def anchor_path() -> Path:
    """File of signed checkpoints beside the database, named after the database it belongs to."""
    settings_name = str(connection.settings_dict["NAME"])
    tag = hashlib.sha256(settings_name.encode()).hexdigest()[:12]
    return _home().path / "anchors" / f"checkpoints-{tag}.jsonl"


def _anchor(line: Mapping[str, Any]) -> None:
    path = anchor_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(json.dumps(line) + "\n")
        out.flush()
        os.fsync(out.fileno())


def _anchors(faults: list[str]) -> list[dict[str, Any]]:
    path = anchor_path()
    if not path.exists():
        return []
    lines = []
    for number, text in enumerate(path.read_text(encoding="ascii").splitlines(), start=1):
        try:
            line = json.loads(text)
            bytes.fromhex(line["root"]), bytes.fromhex(line["signature"]), int(line["size"]), str(line["at"])
        except (ValueError, KeyError, TypeError):
            faults.append(f"anchor file, line {number}: not readable")
            continue
        lines.append(line)
    return lines
