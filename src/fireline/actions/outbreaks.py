"""Creating an outbreak and loading a run of the chapters into it.

Actions: a load replaces the outbreak's records and results in one transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import transaction

from fireline.actions.guard import INVESTIGATORS, finish, home_of, locked, require
from fireline.errors import InputError, PurposeError
from fireline.pipeline.home import Home
from fireline.policy import PackKind
from fireline.records.model import Records
from fireline.store import audit, bulk, freshness, tally
from fireline.store import results as shelves
from fireline.store.access.scope import covers
from fireline.store.actor import SYSTEM_ROLE, Actor
from fireline.store.areas import ensure_areas
from fireline.store.models import Outbreak
from fireline.store.refusals import audits_refusals
from fireline.store.reporting import ROUTINE
from fireline.store.tables import MOVEMENT
from fireline.store.vault import COLUMNS, Vault
from fireline.store.visits import VisitStore
from fireline.words import Words


@audits_refusals
def create_outbreak(
    *,
    by: Actor,
    at: datetime,
    title: str,
    disease: str,
    area_code: str,
    moment: datetime | None = None,
    tz: str = "Asia/Shanghai",
    is_exercise: bool = False,
    label: tuple[str, str] | None = None,
    pack_kind: str = "",
    kind: str = "outbreak",
) -> int:
    """Create an outbreak, or with ``kind`` "routine" the one dossier of routine surveillance of a home.

    ``moment`` is the time the data and rules are read at (default ``at``); ``label`` (zh, en) is shown on
    every page of a retrospective or exercise outbreak; ``pack_kind`` is living, archive, retrospective,
    exercise or "". In an exercise home every outbreak is an exercise, whatever is asked for: nothing in it
    may order anybody. In any other home none can be one, since an exercise opens what real people's data
    keep shut.

    Returns
    -------
    int   the outbreak's id

    Raises
    ------
    PurposeError   not an epidemiologist (or the command line), or the area is not the actor's
    InputError     no title or disease, or an exercise outside an exercise home
    """
    require(by, INVESTIGATORS, "outbreak.create", is_machine_allowed=True)
    is_drill = home_of(None).is_exercise
    if is_exercise and not is_drill:
        raise InputError(
            Words(
                "疫情：此数据目录存放真实数据，不能建立演练疫情；演练请用 fireline start 建立的演练目录",
                "outbreak: this home is for real data and takes no exercise; use the exercise home that "
                "fireline start makes",
            )
        )
    if not title.strip() or not disease.strip():
        raise InputError(Words("疫情：需要名称和病种", "outbreak: a title and a disease are needed"))
    with transaction.atomic():
        if by.role != SYSTEM_ROLE and not covers(by, area_code):
            raise PurposeError(
                Words(
                    "疫情：该区域不在您的辖区内；请选择本辖区的区域",
                    "outbreak: the area is not in yours; choose an area below your own",
                )
            )
        made = Outbreak.objects.create(
            kind=kind,
            title=title.strip()[:200],
            disease=disease,
            area_code=area_code,
            tz=tz,
            at=moment or at,
            is_exercise=is_drill,
            pack_kind=PackKind.EXERCISE.value if is_drill else pack_kind,
            label_zh=label[0] if label else "",
            label_en=label[1] if label else "",
            created_at=at,
            created_by=by.username,
        )
        ensure_areas(Records(tables={}, tz=ZoneInfo(tz)), root=area_code)
        finish(
            by=by,
            at=at,
            action="outbreak.create",
            outbreak=made,
            body={"disease": disease, "area": area_code, "kind": kind},
        )
    return made.pk


@audits_refusals
def load_results(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    results: Any,
    identities: pl.DataFrame | None = None,
    home: Home | None = None,
) -> dict[str, int]:
    """Load the records and results of a run into an outbreak, replacing what was there.

    ``results`` is what ``pipeline.chapters.run_chapters`` returned, ``identities`` that of the intake.
    Decided signals, touched tasks and
    proposed or signed zones stay. Identities go to the vault, movement to day files.

    Returns
    -------
    dict   name -> rows written

    Raises
    ------
    PurposeError   not an epidemiologist or the command line, or outside the area
    InputError     the dossier is that of routine surveillance, whose numbers are revisions
    """
    require(by, INVESTIGATORS, "outbreak.load", is_machine_allowed=True)
    place = home_of(home)
    records: Records = results.records
    with transaction.atomic():
        where = locked(by, outbreak)
        if where.kind == ROUTINE:
            raise InputError(
                Words(
                    "常规监测：不能整体载入；请以文件导入报数",
                    "routine surveillance: a whole run cannot be loaded into it; import counts as a file",
                )
            )
        shelves.clear_records(where.pk)
        movement = VisitStore(place, where.pk, tz=records.tz)
        movement.clear()
        ensure_areas(records, root=where.area_code)
        done = {"cases": shelves.save_cases(records, where.pk, results=results)}
        done |= bulk.save_tables(records, where.pk)
        for name in MOVEMENT:
            if records.has(name):
                taken = movement.ingest(
                    records.table(name), at=at, by=by.username, batch_id=f"load-{name}", table=name
                )
                done[name] = taken.n_rows
        done["identities"] = seal_identities(identities, place, at=at)
        done |= {f"result_{k}": n for k, n in shelves.save_results(results, where, at=at).items()}
        _describe(where, results, at=at)
        tally.rebuild(where)
        finish(by=by, at=at, action="outbreak.load", outbreak=where, body={"rows": done})
        freshness.computed(where.pk, freshness.read(where.pk, at=at))
        audit.checkpoint(at=at)  # a load may turn the outbreak into an exercise or a look-back
    shelves.analyse()
    return done


def _describe(where: Outbreak, results: Any, *, at: datetime) -> None:
    """What the outbreak's page says of its data and rules."""
    label = results.rules.pack_label
    where.at = results.at
    where.tz = str(results.records.tz)
    where.label_zh, where.label_en = label if label else ("", "")
    where.missing = [list(pair) for pair in results.records.missing]
    where.loaded_at = at
    where.save(update_fields=["at", "tz", "label_zh", "label_en", "missing", "summary", "loaded_at"])


def seal_identities(identities: pl.DataFrame | None, home: Home, *, at: datetime) -> int:
    """Put the identities of an intake into the vault; returns the fields sealed."""
    if identities is None or identities.is_empty():
        return 0
    cells = [
        (row["person_key"], column, row[column])
        for row in identities.iter_rows(named=True)
        for column in COLUMNS
        if row.get(column)
    ]
    return Vault(home).put(cells, at=at)
