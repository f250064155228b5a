"""Uploads: read and shown first, saved when a person says so, taken back as a whole.

Actions: between preview and commit what was read waits sealed in the home folder; after that it is gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import transaction

from fireline.actions import reporting_files, uploads
from fireline.actions.guard import INVESTIGATORS, finish, home_of, locked, require
from fireline.actions.outbreaks import seal_identities
from fireline.actions.senders import verified_sender
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.pipeline.home import Home
from fireline.pipeline.intake import Intake, read_one
from fireline.privacy.purposes import Purpose
from fireline.store import evidence, merge, tally
from fireline.store.access.scope import outbreak_for
from fireline.store.actor import Actor
from fireline.store.areas import ensure_areas
from fireline.store.models import ImportBatch, ImportFault
from fireline.store.refusals import audits_refusals
from fireline.store.tables import MOVEMENT
from fireline.store.vault import Vault
from fireline.store.visits import VisitStore
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Saved:
    """What a commit did.

    Attributes
    ----------
    batch : int
    n_new, n_changed, n_same : int, rows added, filled in, and already there
    is_repeat : bool, the same file was saved before: nothing was done
    """

    batch: int
    n_new: int
    n_changed: int
    n_same: int
    is_repeat: bool = False


@audits_refusals
def preview_import(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    name: str,
    data: bytes,
    mapping_text: str | None = None,
    table: str | None = None,
    signature: bytes | None = None,
    sender: str = "",
    home: Home | None = None,
) -> int:
    """Read an upload and keep its sums and faults; nothing of it is saved yet.

    ``name`` is the file name (its ending picks the reader), ``mapping_text`` the text of a feeds.toml,
    ``table`` the canonical table of the file where its name does not tell. ``signature`` is the sender's
    detached signature: test results of a signed file count as evidence for a search (actions.tracing).

    Returns
    -------
    int   id of the upload, for ``access.import_batch`` and ``commit_import``

    Raises
    ------
    InputError     the file is refused, nothing in it fits a table, or the sender is not known
    IntegrityError the signature is not the sender's for this file
    PurposeError   not an epidemiologist, or outside the area
    """
    require(by, INVESTIGATORS, "import.preview")
    place = home_of(home)
    where = outbreak_for(by, outbreak)
    if signature is not None and mapping_text is not None:
        raise InputError(
            Words(
                "上传：签名文件按原样读取，不能另附映射；请去掉映射，或不带签名上传",
                "upload: a signed file is read as it was signed, without a mapping; leave it out, or "
                "upload it without the signature",
            )
        )
    signer = "" if signature is None else verified_sender(data, signature=signature, name=sender)
    intake = read_one(
        name,
        data,
        mapping_text=mapping_text,
        table=table,
        tz=ZoneInfo(where.tz),
        key=place.key("pseudonym"),
    )
    checked = reporting_files.check(intake, where, file=Path(name.replace("\\", "/")).name, at=at)
    intake = checked.intake
    digest = _digest(data, mapping_text, table, signer)
    with transaction.atomic():
        where = locked(by, outbreak)
        batch = ImportBatch.objects.create(
            outbreak_id=where.pk,
            file=Path(name.replace("\\", "/")).name[:255],
            digest=digest,
            table=table or "",
            mapping=mapping_text or "",
            sender=signer,
            made_at=at,
            made_by=by.username,
            **_sums(intake, checked),
        )
        ImportFault.objects.bulk_create(
            [
                ImportFault(
                    batch=batch,
                    file=f.file[:255],
                    row=f.row,
                    column=(f.column or "")[:120],
                    code=f.code,
                    found_zh=f.found.zh[:400],
                    found_en=f.found.en[:400],
                    allowed_zh=f.allowed.zh[:400],
                    allowed_en=f.allowed.en[:400],
                    effect=f.effect,
                )
                for f in intake.records.faults
            ],
            batch_size=500,
        )
        uploads.keep(place, batch.pk, intake)
        finish(
            by=by,
            at=at,
            action="import.preview",
            outbreak=where,
            purpose=Purpose.INTAKE.value,
            body={"batch": batch.pk, "digest": digest, "rows": batch.n_rows, "faults": batch.n_faults},
        )
    return batch.pk


@audits_refusals
def commit_import(*, by: Actor, at: datetime, batch: int, home: Home | None = None) -> Saved:
    """Save a previewed upload: new rows are added, known rows filled in where the upload says more.

    The same file is saved once: a second commit changes nothing and says so. Run ``analysis.refresh``
    afterwards to see what the rows change.

    Raises
    ------
    ConflictError   the upload was taken back, or its file is no longer kept: upload it again
    PurposeError    not an epidemiologist, or outside the area
    """
    require(by, INVESTIGATORS, "import.commit")
    place = home_of(home)
    found = _batch(by, batch)
    if found.state == "committed":
        return Saved(batch=found.pk, n_new=0, n_changed=0, n_same=found.n_kept, is_repeat=True)
    intake = uploads.kept(place, found.pk)
    with transaction.atomic():
        where = locked(by, found.outbreak_id)
        found = ImportBatch.objects.select_for_update().get(pk=batch)
        earlier = ImportBatch.objects.filter(
            outbreak_id=where.pk, digest=found.digest, state="committed"
        ).first()
        if earlier is not None:
            return Saved(batch=earlier.pk, n_new=0, n_changed=0, n_same=found.n_kept, is_repeat=True)
        if found.state != "previewed":
            raise ConflictError(
                Words("上传：已被撤回；请重新上传文件", "upload: it was taken back; upload the file again")
            )
        ensure_areas(intake.records, root=where.area_code)
        records, counted = reporting_files.take_in(intake.records, found, where, at=at, by=by.username)
        merged = merge.merge_records(records, where.pk)
        if counted is not None:
            merged.n_new, merged.n_changed = (
                merged.n_new + counted.n_new,
                merged.n_changed + counted.n_corrected,
            )
            merged.n_same += counted.n_same
        for name in MOVEMENT:
            if intake.records.has(name):
                _take_in(
                    intake.records.table(name), merged, by=by, at=at, table=name, found=found, home=place
                )
        merged.undo["people"] = _new_people(intake, place)
        evidence.unsign_changed(merged.undo, where.pk)
        merged.undo["signed"] = evidence.sign_tests(intake.records, where.pk, sender=found.sender)
        seal_identities(intake.identities, place, at=at)
        found.state, found.committed_at, found.committed_by = "committed", at, by.username
        found.n_saved, found.undo = merged.n_new + merged.n_changed, merged.undo
        found.save()
        tally.rebuild(where)
        body = {"batch": batch, "digest": found.digest, "new": merged.n_new, "changed": merged.n_changed}
        finish(by=by, at=at, action="import.commit", outbreak=where, purpose=Purpose.INTAKE.value, body=body)
        transaction.on_commit(lambda: uploads.file_of(place, batch).unlink(missing_ok=True))
    return Saved(batch=batch, n_new=merged.n_new, n_changed=merged.n_changed, n_same=merged.n_same)


@audits_refusals
def undo_import(*, by: Actor, at: datetime, batch: int, home: Home | None = None) -> int:
    """Take a saved upload back: its rows go, filled cells get their old values, its identities are erased.

    Returns
    -------
    int   rows taken back

    Raises
    ------
    ConflictError   it is not saved, or a row of it was changed since
    """
    require(by, INVESTIGATORS, "import.undo")
    place = home_of(home)
    _batch(by, batch)
    with transaction.atomic():
        found = ImportBatch.objects.select_for_update().get(pk=batch)
        where = locked(by, found.outbreak_id)
        if found.state != "committed":
            raise ConflictError(
                Words("上传：只有已保存的上传可以撤回", "upload: only a saved upload can be taken back")
            )
        evidence.unsign_tests(found.undo.get("signed", ()), where.pk)
        evidence.unsign_changed(found.undo, where.pk)  # a cell that goes back is not what was signed since
        n = merge.undo(found.undo, where.pk)
        n += reporting_files.take_back(found, where, at=at, by=by.username)
        n += VisitStore(place, where.pk).withdraw(import_batch_id=batch)
        people = list(found.undo.get("people", ()))
        found.state, found.undone_at, found.undone_by, found.undo = "undone", at, by.username, {}
        found.save()
        tally.rebuild(where)
        finish(
            by=by,
            at=at,
            action="import.undo",
            outbreak=where,
            purpose=Purpose.INTAKE.value,
            body={"batch": batch, "rows": n},
        )
        if people:
            transaction.on_commit(lambda: _erase(place, people))
    return n


def _erase(home: Home, people: list[str]) -> None:
    Vault(home).erase(people)


def _batch(by: Actor, batch: int) -> ImportBatch:
    found = ImportBatch.objects.filter(pk=batch).first()
    if found is None:
        raise PurposeError(
            Words(
                "上传：在您的辖区内找不到；请从列表中选择",
                "upload: not found in your area; choose one from the list",
            )
        )
    outbreak_for(by, found.outbreak_id)
    return found


def _sums(intake: Intake, checked: reporting_files.Checked) -> dict[str, Any]:
    sums, n_out = intake.records.sums, len(checked.faults)
    notes = [n for s in sums for n in s.notes] + ([checked.note] if checked.note else [])
    return {
        "n_rows": sum(s.rows for s in sums),
        "n_kept": sum(s.kept for s in sums) - n_out,
        "n_merged": sum(s.merged for s in sums),
        "n_rejected": sum(s.rejected for s in sums) + n_out,
        "n_faults": len(intake.records.faults),
        "tables": {
            name: frame.height for name, frame in sorted(intake.records.tables.items()) if frame.height
        },
        "encoding": sums[0].encoding if sums else "",
        "separator": sums[0].separator if sums else "",
        "note_zh": "；".join(n.zh for n in notes),
        "note_en": "; ".join(n.en for n in notes),
    }


def _take_in(
    frame: pl.DataFrame,
    merged: merge.Merged,
    *,
    by: Actor,
    at: datetime,
    table: str,
    found: ImportBatch,
    home: Home,
) -> None:
    """Movement rows of an upload as one batch of the outbreak's store."""
    done = VisitStore(home, found.outbreak_id).ingest(
        frame,
        at=at,
        by=by.username,
        batch_id=f"import-{found.pk}-{table}",
        table=table,
        import_batch_id=found.pk,
    )
    merged.n_new += done.n_new
    merged.n_same += done.n_rows - done.n_new


def _new_people(intake: Intake, home: Home) -> list[str]:
    """Persons of the upload whom the vault does not know yet."""
    people = sorted(set(intake.identities["person_key"].to_list()))
    known = Vault(home).known(people)
    return [person for person in people if person not in known]


def _digest(data: bytes, mapping_text: str | None, table: str | None, sender: str) -> str:
    """What makes two uploads the same: bytes, mapping, table, and whose signature vouches for them."""
    mac = hashlib.sha256()
    parts = [data, (mapping_text or "").encode(), (table or "").encode()]
    for part in [*parts, sender.encode()] if sender else parts:
        mac.update(len(part).to_bytes(8, "big") + part)
    return mac.hexdigest()
