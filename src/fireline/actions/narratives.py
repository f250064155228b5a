"""An activity text of a case, accepted part by part, becomes stays of that case; and the text for the public.

Actions: the text itself is never kept. What was accepted is saved as an upload, so it is taken back like one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import transaction

from fireline.actions.guard import INVESTIGATORS, finish, home_of, locked, require
from fireline.errors import InputError, PurposeError
from fireline.investigations.narrative import PublicNarrative, Reading, write_narrative
from fireline.investigations.narrative.stays import AcceptedStays, stays_of
from fireline.pipeline.home import Home
from fireline.privacy.purposes import Purpose
from fireline.records.model import Records
from fireline.store import audit, merge, tally
from fireline.store.access.scope import within
from fireline.store.actor import Actor
from fireline.store.models import Case, ImportBatch, Outbreak, Place, Stay
from fireline.store.refusals import audits_refusals
from fireline.store.vault import Vault
from fireline.store.visits import VisitStore
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class SavedNarrative:
    """What accepting a narrative did.

    Attributes
    ----------
    batch : int, id of the upload that takes it back
    n_stays : int, stays saved
    left_out : tuple of int, numbers of accepted parts that have no whole date
    is_repeat : bool, the same stays were saved before: nothing was done
    """

    batch: int
    n_stays: int
    left_out: tuple[int, ...] = ()
    is_repeat: bool = False


@audits_refusals
def accept_narrative(
    *, by: Actor, at: datetime, outbreak: int, case_id: str, reading: Reading, home: Home | None = None
) -> SavedNarrative:
    """Save the accepted and corrected parts of a text as stays of one case.

    Run ``analysis.refresh`` afterwards; ``imports.undo_import`` takes the stays back.

    Raises
    ------
    InputError     no part was accepted, or none of them has a whole date
    PurposeError   not an epidemiologist, or no such case in the area
    """
    require(by, INVESTIGATORS, "narrative.accept")
    place = home_of(home)
    with transaction.atomic():
        where = locked(by, outbreak)
        case = _case(by, where, case_id)
        rows = _rows(where, case, reading)
        digest = _digest(rows, case_id)
        earlier = ImportBatch.objects.filter(outbreak_id=where.pk, digest=digest, state="committed").first()
        if earlier is not None:
            return SavedNarrative(earlier.pk, 0, rows.left_out, is_repeat=True)
        batch = _batch(where, case_id, rows, digest=digest, by=by, at=at)
        n = _save(where, batch, rows, by=by, at=at, home=place)
        finish(
            by=by,
            at=at,
            action="narrative.accept",
            outbreak=where,
            purpose=Purpose.INTAKE.value,
            subject=audit.subject_of("case", where.pk, case_id),
            body={"batch": batch.pk, "stays": n, **_decisions(reading)},
        )
    return SavedNarrative(batch.pk, n, rows.left_out)


@audits_refusals
def public_narrative(
    *, by: Actor, at: datetime, outbreak: int, case_id: str, home: Home | None = None
) -> PublicNarrative:
    """The text about one case that the public may read; one audit row, because it is made to go out.

    The name in the vault is used to keep it out of the text, and shown to nobody.

    Raises
    ------
    PurposeError   not an epidemiologist, or no such case in the area
    """
    require(by, INVESTIGATORS, "narrative.public")
    with transaction.atomic():
        where = locked(by, outbreak)
        case = _case(by, where, case_id)
        columns = ("place_name", "place_kind", "enter", "leave", "precision")
        stays = list(
            Stay.objects.filter(outbreak_id=where.pk, case_id=case_id)
            .order_by("enter", "id")
            .values_list(*columns)
        )
        moment = pl.Datetime("us", "UTC")
        kinds = {c: moment if c in ("enter", "leave") else pl.String() for c in columns}
        frame = pl.DataFrame(stays, schema=kinds, orient="row")
        name = Vault(home_of(home)).read(case["person_key"]).get("name", "")
        made = write_narrative(frame, names=[name] if name else [], time_zone=where.tz)
        finish(
            by=by,
            at=at,
            action="narrative.public",
            purpose=Purpose.INVESTIGATION.value,
            subject=audit.subject_of("case", where.pk, case_id),
            body={"outbreak": where.pk, "sentences": len(made.parts), "withheld": len(made.withheld)},
        )
    return made


def known_places(outbreak: int) -> dict[str, str]:
    """Name of every named place of an outbreak -> its id; the first id where a name occurs twice."""
    rows = Place.objects.filter(outbreak_id=outbreak).exclude(name="").order_by("-place_id")
    return dict(rows.values_list("name", "place_id"))


def _case(by: Actor, where: Outbreak, case_id: str) -> dict[str, Any]:
    found = within(Case.objects.all(), by, where).filter(case_id=case_id).values().first()
    if found is None:
        raise PurposeError(
            Words(
                "病例：在您的辖区内未找到；请从病例列表中选择",
                "case: not found in your area; choose one from the line list",
            )
        )
    return dict(found)


def _rows(where: Outbreak, case: dict[str, Any], reading: Reading) -> AcceptedStays:
    rows = stays_of(
        reading.parts, person_key=case["person_key"], tz=ZoneInfo(where.tz), known=known_places(where.pk)
    )
    if rows.visits.is_empty():
        raise InputError(
            Words(
                "流调文字：没有可保存的部分；请至少接受一项有完整日期（含年份）的停留",
                "activity text: nothing to save; accept at least one part with a whole date, year included",
            )
        )
    return rows


def _batch(
    where: Outbreak, case_id: str, rows: AcceptedStays, *, digest: str, by: Actor, at: datetime
) -> ImportBatch:
    n = rows.visits.height + rows.places.height
    return ImportBatch.objects.create(
        outbreak_id=where.pk,
        file=f"narrative-{case_id}.txt"[:255],
        digest=digest,
        table="visits",
        state="committed",
        n_rows=n,
        n_kept=n,
        tables={"visits": rows.visits.height, "places": rows.places.height},
        made_at=at,
        made_by=by.username,
        committed_at=at,
        committed_by=by.username,
    )


def _save(
    where: Outbreak, batch: ImportBatch, rows: AcceptedStays, *, by: Actor, at: datetime, home: Home
) -> int:
    """New places into the database, stays into the store of visits; returns the stays that were not there."""
    merged = merge.merge_records(Records(tables={"places": rows.places}, tz=ZoneInfo(where.tz)), where.pk)
    done = VisitStore(home, where.pk).ingest(
        rows.visits,
        at=at,
        by=by.username,
        batch_id=f"import-{batch.pk}-visits",
        import_batch_id=batch.pk,
    )
    batch.n_saved, batch.undo = merged.n_new + done.n_new, merged.undo
    batch.save(update_fields=["n_saved", "undo"])
    tally.rebuild(where)
    return done.n_new


def _decisions(reading: Reading) -> dict[str, int]:
    states = Counter(part.state for part in reading.parts)
    return {state: states[state] for state in ("accepted", "corrected", "refused")}


def _digest(rows: AcceptedStays, case_id: str) -> str:
    """What makes two acceptances the same: the case and its rows."""
    said = repr((case_id, sorted(map(repr, rows.visits.iter_rows()))))
    return hashlib.sha256(said.encode()).hexdigest()
