"""Worklists as their owner and the command see them: pseudonyms, what to do, and until when it helps.

Store: identities open only in actions.worklists.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl

from fireline.errors import PurposeError
from fireline.policy import disease_id
from fireline.privacy.purposes import Purpose, Role
from fireline.records.model import empty
from fireline.store.access.scope import check, outbreak_for, record_read, within
from fireline.store.actor import Actor
from fireline.store.models import Exposure, Outbreak, Task, Worklist
from fireline.store.refusals import audits_refusals
from fireline.tasks.worklist import immunity, worklist
from fireline.words import Words

LARGEST = 500
"""People on one worklist at most; what is left makes the next one."""

_COLUMNS = ("task_id", "kind", "subject_kind", "subject_id", "what_zh", "what_en", "due_at", "precision")
_SCHEMA = {name: pl.Datetime("us", "UTC") if name == "due_at" else pl.String() for name in _COLUMNS}


@audits_refusals
def worklists(actor: Actor, *, outbreak: int, limit: int = 50) -> list[dict[str, Any]]:
    """The newest worklists: a grid worker's own, and all of the outbreak for those who make them."""
    check(actor, Purpose.FOLLOW_UP, Purpose.FOLLOW_UP)
    where = outbreak_for(actor, outbreak)
    rows = Worklist.objects.filter(outbreak_id=where.pk)
    if actor.role == Role.GRID_WORKER:
        rows = rows.filter(assigned_to=actor.username)
    return [dict(row) for row in rows.order_by("-id").values()[:limit]]


@audits_refusals
def worklist_rows(
    actor: Actor, *, outbreak: int, worklist: int, at: datetime | None = None
) -> dict[str, Any]:
    """One worklist with its rows, pseudonymous; one audit row.

    Raises
    ------
    PurposeError   it is somebody else's, or of another area
    """
    chosen = check(actor, Purpose.FOLLOW_UP, Purpose.FOLLOW_UP)
    where = outbreak_for(actor, outbreak)
    rows = Worklist.objects.filter(outbreak_id=where.pk, pk=worklist)
    if actor.role == Role.GRID_WORKER:
        rows = rows.filter(assigned_to=actor.username)
    found = rows.first()
    if found is None:
        raise PurposeError(
            Words("清单：不在您的清单中；请申请一份", "worklist: not found among yours; ask for one")
        )
    shown = rows_of(found, at=where.at)
    record_read(actor, action="read.worklist", purpose=chosen, at=at, outbreak=where.pk, n=len(shown))
    return {"worklist": dict(rows.values().get()), "rows": shown}


def open_tasks(actor: Actor, where: Outbreak, *, kind: str, case_id: str, at: datetime) -> pl.DataFrame:
    """Open tasks of one kind in the actor's area as a worklist, in its order."""
    rows = within(Task.objects.filter(is_open=True, kind=kind), actor, where)
    return _listed(rows.filter(case_id=case_id) if case_id else rows, where, at=at)


def rows_of(found: Worklist, *, at: datetime) -> list[dict[str, Any]]:
    """Rows of a worklist in order; tasks that went away meanwhile are not in it."""
    where = Outbreak.objects.get(pk=found.outbreak_id)
    rows = Task.objects.filter(outbreak_id=where.pk, task_id__in=list(found.task_ids))
    return _listed(rows, where, at=at).to_dicts()


def _listed(rows: Any, where: Outbreak, *, at: datetime) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows.values_list(*_COLUMNS)), schema=_SCHEMA, orient="row")
    people = frame["subject_id"].unique().to_list()
    said = pl.DataFrame(
        list(_exposures(where, people)),
        schema={"person_key": pl.String(), "item": pl.String(), "value": pl.String()},
        orient="row",
    )
    status = immunity(said if said.height else empty("exposures"), disease_id(where.disease))
    return worklist(frame, status, at=at)


def _exposures(where: Outbreak, people: list[str]) -> Iterable[tuple[str, str, str]]:
    for start in range(0, len(people), 500):
        rows = Exposure.objects.filter(outbreak_id=where.pk, person_key__in=people[start : start + 500])
        yield from rows.values_list("person_key", "item", "value")
