"""Imports, audit entries, gap findings, definitions, reports, accounts, and the way back into the chapters.

Store: what people need around the work itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings

from fireline.errors import PurposeError
from fireline.pipeline.home import Home
from fireline.privacy.purposes import Purpose, Role
from fireline.records.model import Records, schema
from fireline.store import audit, bulk
from fireline.store.access.scope import Page, check, covers, outbreak_for, page, record_read, within
from fireline.store.actor import Actor, actor_of
from fireline.store.coverage import with_coverage
from fireline.store.models import (
    Area,
    AuditEvent,
    CaseDefinition,
    Finding,
    ImportBatch,
    Outbreak,
    Place,
    Report,
    User,
)
from fireline.store.refusals import audits_refusals, record_refusal
from fireline.store.reporting import ROUTINE
from fireline.store.tables import MOVEMENT, SHELVES
from fireline.store.visits import VisitStore
from fireline.words import Words


@audits_refusals
def imports(
    actor: Actor, *, purpose: Purpose | str = Purpose.INTAKE, outbreak: int, offset: int = 0, limit: int = 50
) -> Page:
    """One page of uploads, newest first: columns of ImportBatch without the mapping and the undo list."""
    check(actor, purpose, Purpose.INTAKE)
    where = outbreak_for(actor, outbreak)
    rows = ImportBatch.objects.filter(outbreak_id=where.pk)
    hidden = ("id", "outbreak_id", "undo", "mapping")
    fields = [f.attname for f in ImportBatch._meta.concrete_fields if f.attname not in hidden]
    return page(rows, sort=("-id",), fields=fields, offset=offset, limit=limit, total=rows.count())


@audits_refusals
def import_batch(
    actor: Actor, *, purpose: Purpose | str = Purpose.INTAKE, batch: int, offset: int = 0, limit: int = 200
) -> dict[str, Any]:
    """One upload with a page of its faults by row.

    Returns
    -------
    dict   batch (columns of ImportBatch without the undo list), faults (Page: file, row, column, code,
        found and allowed in both languages, effect)

    Raises
    ------
    PurposeError   the purpose does not fit, or no such upload in the actor's area
    """
    check(actor, purpose, Purpose.INTAKE)
    found = ImportBatch.objects.filter(pk=batch).first()
    if found is None:
        raise PurposeError(
            Words(
                "上传：在您的辖区内找不到；请从列表中选择",
                "upload: not found in your area; choose one from the list",
            )
        )
    outbreak_for(actor, found.outbreak_id)
    faults = found.faults.all()
    return {
        "batch": {
            f.attname: getattr(found, f.attname)
            for f in ImportBatch._meta.concrete_fields
            if f.name != "undo"
        },
        "faults": page(
            faults,
            sort=("row", "id"),
            fields=(
                "file",
                "row",
                "column",
                "code",
                "found_zh",
                "found_en",
                "allowed_zh",
                "allowed_en",
                "effect",
            ),
            offset=offset,
            limit=limit,
            total=faults.count(),
        ),
    }


@audits_refusals
def audit_entries(
    actor: Actor,
    *,
    purpose: Purpose | str = Purpose.OVERSIGHT,
    action: str = "",
    by: str = "",
    offset: int = 0,
    limit: int = 100,
    at: datetime | None = None,
) -> Page:
    """One page of the audit log, newest first, for a supervisor; the watcher is watched: one audit row.

    ``action`` and ``by`` (a user name) filter exactly.
    """
    chosen = check(actor, purpose, Purpose.OVERSIGHT)
    rows = AuditEvent.objects.all()
    if action:
        rows = rows.filter(action=action)
    if by:
        rows = rows.filter(actor=by)
    offset, limit = max(0, offset), max(1, min(limit, 200))
    fields = ("seq", "at", "actor", "unit", "action", "purpose", "rule", "edition", "subject", "body")
    found = Page(
        rows=tuple(rows.order_by("-seq").values(*fields)[offset : offset + limit]),
        total=rows.count(),
        offset=offset,
        limit=limit,
    )
    record_read(actor, action="read.audit", purpose=chosen, at=at, n=len(found.rows))
    return found


@audits_refusals
def audit_verdict(actor: Actor, *, at: datetime | None = None) -> audit.Verdict:
    """Whether the audit chain is whole, for a supervisor; reads all of it, and is one audit row itself.

    Raises
    ------
    PurposeError   not a supervisor
    """
    chosen = check(actor, Purpose.OVERSIGHT, Purpose.OVERSIGHT)
    verdict = audit.verify()
    record_read(
        actor, action="audit.verify", purpose=chosen, at=at, n=verdict.n_rows, is_whole=verdict.is_whole
    )
    return verdict


def refused(actor: Actor, *, at: datetime, path: str) -> None:
    """Note that a page was refused because the role has no purpose for it: one audit row.

    ``path`` is the pattern of the address (``request.resolver_match.route``), never the address with the
    values that a person typed or followed.
    """
    record_refusal(actor, at=at, what=path)


@audits_refusals
def places(
    actor: Actor,
    *,
    purpose: Purpose | str = Purpose.INVESTIGATION,
    outbreak: int,
    place_ids: Iterable[str],
) -> dict[str, str]:
    """Names of places by id; a place without a name, outside the actor's area or unknown is left out.

    No audit row: the list of people whose places these are has left one.

    Raises
    ------
    PurposeError   the purpose is not investigation or tracing, or not this role's
    """
    check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING)
    where = outbreak_for(actor, outbreak)
    wanted = sorted(set(place_ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        rows = within(Place.objects.all(), actor, where).filter(place_id__in=wanted[start : start + 500])
        found |= dict(rows.exclude(name="").values_list("place_id", "name"))
    return found


@audits_refusals
def findings(
    actor: Actor,
    *,
    purpose: Purpose | str = Purpose.OVERSIGHT,
    outbreak: int,
    no: int | None = None,
    offset: int = 0,
    limit: int = 100,
) -> Page:
    """One page of the two-sided gap check: no, side, subject_kind, subject_id, rule_id, what_zh, what_en.

    Raises
    ------
    PurposeError   the purpose does not fit, or the actor's area is smaller than the outbreak's
    """
    check(actor, purpose, Purpose.OVERSIGHT, Purpose.INVESTIGATION, Purpose.CONTAINMENT)
    where = outbreak_for(actor, outbreak)
    if not covers(actor, where.area_code):
        raise PurposeError(
            Words(
                "查漏补缺：涉及整个疫情；请找疫情所在地的指挥部",
                "gap check: it spans the whole outbreak; ask the command of the outbreak's area",
            )
        )
    rows = Finding.objects.filter(outbreak_id=where.pk)
    if no is not None:
        rows = rows.filter(no=no)
    fields = ("no", "side", "subject_kind", "subject_id", "rule_id", "what_zh", "what_en")
    return page(rows, sort=("no", "id"), fields=fields, offset=offset, limit=limit, total=rows.count())


@audits_refusals
def definitions(actor: Actor, *, outbreak: int) -> list[dict[str, Any]]:
    """Versions of the case definition of an outbreak, newest first; the first is in use."""
    where = outbreak_for(actor, outbreak)
    return list(CaseDefinition.objects.filter(outbreak_id=where.pk).order_by("-version").values())


@audits_refusals
def reports(actor: Actor, *, outbreak: int, kind: str = "") -> list[dict[str, Any]]:
    """Saved texts of an outbreak, newest first."""
    where = outbreak_for(actor, outbreak)
    rows = Report.objects.filter(outbreak_id=where.pk)
    return list((rows.filter(kind=kind) if kind else rows).order_by("-id").values())


@audits_refusals
def accounts(actor: Actor) -> list[dict[str, Any]]:
    """Accounts that can be given a task: active ones of the actor's area, by name, without passwords."""
    fields = ("id", "username", "display", "role", "area_code", "unit")
    if actor.role == Role.REPORTER:
        return []
    rows = User.objects.filter(is_active=True).exclude(role=Role.REPORTER.value)
    rows = rows.order_by("username").values(*fields)
    return [
        row for row in rows if actor.area_code in ("", row["area_code"]) or covers(actor, row["area_code"])
    ]


def account_named(username: str) -> Actor:
    """The actor of an active account, for a command that works in its name on this machine.

    Everything that the actor may and may not do is that of the account; audit rows say ``via``.

    Raises
    ------
    PurposeError   no active account has that name
    """
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise PurposeError(
            Words(
                "账号：不存在或已停用；用 fireline user list 查看",
                "account: not known, or disabled; see fireline user list",
            )
        )
    return replace(actor_of(found), via="command-line")


def records_for_chapters(
    outbreak: int,
    *,
    home: Home | None = None,
    only: Collection[str] | None = None,
    movement: Mapping[str, pl.DataFrame] | None = None,
) -> Records:
    """Cleaned tables of an outbreak as the chapters take them; for actions, which audit what they do.

    Identities are never among them. Movement comes from the day files of the manifest, unless ``movement``
    holds the rows that are needed of it; ``only`` names the other tables that are read, None = all. Counts of
    routine surveillance have a further column ``coverage`` (store.coverage).

    Raises
    ------
    PurposeError     no such outbreak
    IntegrityError   a day file is missing or was changed
    """
    where = Outbreak.objects.filter(pk=outbreak).first()
    if where is None:
        raise PurposeError(Words("疫情：找不到", "outbreak: not found"))
    place = home or Home(settings.FIRELINE.home)
    wanted = [name for name in SHELVES if only is None or name in only]
    tables: dict[str, pl.DataFrame] = {name: bulk.read_table(name, where.pk) for name in wanted}
    if where.kind == ROUTINE and "counts" in tables:
        tables["counts"] = with_coverage(tables["counts"])
    if movement is None:
        movement = {name: VisitStore(place, where.pk).read(name) for name in MOVEMENT}
    tables |= movement
    if only is None or "areas" in only:
        tables["areas"] = _areas(where)
    return Records(
        tables={name: frame for name, frame in sorted(tables.items()) if frame.height},
        tz=ZoneInfo(where.tz),
        area=where.area_code,
        missing=tuple((zh, en) for zh, en in where.missing),
    )


def _areas(where: Outbreak) -> pl.DataFrame:
    wanted = schema("areas")
    rows = Area.objects.exclude(level="")
    if where.area_code:
        rows = rows.filter(path__contains=f"/{where.area_code}/")
    frame = pl.DataFrame(
        list(rows.order_by("area_code").values_list(*wanted)), schema=dict(wanted), orient="row"
    )
    return frame.with_columns(
        pl.when(pl.col(c) == "").then(None).otherwise(pl.col(c)).alias(c)
        for c, kind in wanted.items()
        if kind == pl.String()
    )
