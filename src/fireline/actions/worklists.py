"""Worklists: contacts to be called, handed to one person, whose identities open together, once, on record.

Actions: single reveals stay with actions.identities and their quota; a list of many is one assigned errand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from fireline.actions.guard import COMMAND, WORKERS, finish, home_of, locked, require
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.pipeline.home import Home
from fireline.privacy.purposes import Purpose
from fireline.store.access.worklists import LARGEST, open_tasks, rows_of
from fireline.store.actor import Actor
from fireline.store.models import User, Worklist
from fireline.store.refusals import audits_refusals
from fireline.store.vault import Vault
from fireline.tasks.worklist import WORKLIST_KINDS
from fireline.words import Words

LASTS = timedelta(hours=24)
"""A worklist not opened by then is dead; make a new one."""


@audits_refusals
def make_worklist(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    kind: str,
    to: str,
    case_id: str = "",
    moment: datetime | None = None,
) -> int:
    """Hand the open tasks of one kind, the most pressing first, to one person; returns the list's id.

    ``case_id`` keeps to the contacts of one case; ``moment`` is the time hours are counted at (default: the
    outbreak's own).

    Raises
    ------
    InputError     an unknown kind or account, or nothing is open
    PurposeError   not an epidemiologist or commander, or outside the area
    """
    require(by, COMMAND, "worklist.make")
    if kind not in WORKLIST_KINDS:
        raise InputError(
            Words(
                f"清单：种类未知；允许：{'、'.join(WORKLIST_KINDS)}",
                f"worklist: kind is not known; allowed: {', '.join(WORKLIST_KINDS)}",
            )
        )
    with transaction.atomic():
        where = locked(by, outbreak)
        person = User.objects.filter(username=to, is_active=True, role__in=WORKERS).first()
        if person is None:
            raise InputError(
                Words(
                    "清单：没有可接收的启用账号；请从列表中选择",
                    "worklist: no active account of that name can take it; choose one from the list",
                )
            )
        rows = open_tasks(by, where, kind=kind, case_id=case_id, at=moment or where.at)
        useful = rows.filter(~rows["is_over"]).head(LARGEST)
        if useful.is_empty():
            raise InputError(
                Words(
                    "清单：没有仍可完成的此类任务",
                    "worklist: nothing of this kind is open that could still be done",
                )
            )
        made = Worklist.objects.create(
            outbreak_id=where.pk,
            kind=kind,
            task_ids=useful["task_id"].to_list(),
            n_people=useful["person_key"].n_unique(),
            purpose=Purpose.FOLLOW_UP.value,
            assigned_to=person.username,
            made_at=at,
            made_by=by.username,
            expires_at=at + LASTS,
        )
        body = {"worklist": made.pk, "kind": kind, "people": made.n_people, "to": person.username}
        finish(by=by, at=at, action="worklist.make", outbreak=where, purpose=made.purpose, body=body)
    return made.pk


@audits_refusals
def open_worklist(
    *, by: Actor, at: datetime, worklist: int, home: Home | None = None
) -> list[dict[str, Any]]:
    """Open the identities of everybody on a worklist; only for its owner, only once.

    Returns
    -------
    list of dict   columns of tasks.worklist.WORKLIST, and name, phone, address where known; never the case

    Raises
    ------
    ConflictError   it was opened before, or is older than 24 hours
    PurposeError    it is somebody else's
    """
    require(by, WORKERS, "worklist.open")
    with transaction.atomic():
        found = Worklist.objects.select_for_update().filter(pk=worklist, assigned_to=by.username).first()
        if found is None:
            raise PurposeError(
                Words("清单：不在您的清单中；请申请一份", "worklist: not found among yours; ask for one")
            )
        if found.opened_at is not None:
            raise ConflictError(
                Words(
                    "清单：已打开过，只能打开一次；请申请新的",
                    "worklist: it was opened before and opens once; ask for a new one",
                )
            )
        if at > found.expires_at:
            raise ConflictError(
                Words(
                    "清单：已超过 24 小时；请申请新的",
                    "worklist: it is older than 24 hours; ask for a new one",
                )
            )
        where = locked(by, found.outbreak_id)
        rows = rows_of(found, at=where.at)
        found.opened_at, found.opened_by = at, by.username
        found.save(update_fields=["opened_at", "opened_by"])
        body = {"worklist": found.pk, "kind": found.kind, "people": found.n_people}
        finish(by=by, at=at, action="worklist.open", outbreak=where, purpose=found.purpose, body=body)
    vault = Vault(home_of(home))
    known: dict[str, dict[str, str]] = {}
    for row in rows:
        person = row["person_key"]
        if person not in known:
            fields = vault.read(person)
            known[person] = {name: fields.get(name, "") for name in ("name", "phone", "address")}
    return [{**row, **known[row["person_key"]]} for row in rows]
