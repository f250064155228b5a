"""Closing the loop: a task is accepted, closed with a note, reassigned, or handed back.

Actions: no task without an owner; who did what and when is in the audit log.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fireline.actions import zone_gates
from fireline.actions.guard import COMMAND, WORKERS, finish, locked, require, require_version
from fireline.actions.task_books import settle
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.privacy.purposes import Purpose
from fireline.store import audit
from fireline.store.access.scope import covers
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Task, User
from fireline.store.refusals import audits_refusals
from fireline.words import Words


@audits_refusals
def accept(*, by: Actor, at: datetime, outbreak: int, task_id: str, version: int | None = None) -> int:
    """Take a task into one's own hand; returns its new version.

    Raises
    ------
    ConflictError   it is closed, or in somebody else's hand
    PurposeError    a supervisor, or not in the area
    """
    require(by, WORKERS, "task.accept")
    with transaction.atomic():
        where, task = _task(by, outbreak, task_id, version)
        if task.accepted_by and task.accepted_by != by.username:
            raise ConflictError(
                Words("任务：已由他人接收；请刷新列表", "task: somebody else accepted it; reload the list")
            )
        if task.kind == zone_gates.TASK_KIND:  # a hand-over: accepted with the gate, which closes the task
            return zone_gates.accept_task(by=by, at=at, task=task)
        task.assigned_to, task.accepted_at, task.accepted_by = by.username, at, by.username
        return _save(by, at, where, task, "task.accept")


@audits_refusals
def close(
    *, by: Actor, at: datetime, outbreak: int, task_id: str, note: str, version: int | None = None
) -> int:
    """Close a task with a note on what was done; returns its new version.

    Raises
    ------
    ConflictError   it is closed already, or in somebody else's hand
    InputError      no note
    """
    require(by, WORKERS, "task.close")
    if not note.strip():
        raise InputError(
            Words("任务：需要说明；请写明做了什么", "task: a note is needed; write what was done")
        )
    with transaction.atomic():
        where, task = _task(by, outbreak, task_id, version)
        if task.accepted_by and task.accepted_by != by.username and by.role == "grid_worker":
            raise ConflictError(
                Words("任务：已由他人接收；请刷新列表", "task: somebody else accepted it; reload the list")
            )
        settle(where, task, by=by, at=at, note=note)
        return _save(by, at, where, task, "task.close")


@audits_refusals
def reassign(
    *, by: Actor, at: datetime, outbreak: int, task_id: str, to: str, version: int | None = None
) -> int:
    """Give a task to another account, who has to accept it; returns its new version.

    Raises
    ------
    InputError     no such active account, or its area does not hold the task
    PurposeError   not an epidemiologist or commander
    """
    require(by, COMMAND, "task.reassign")
    with transaction.atomic():
        where, task = _task(by, outbreak, task_id, version)
        person = User.objects.filter(username=to, is_active=True, role__in=WORKERS).first()
        if person is None:
            raise InputError(
                Words(
                    "任务：没有可接收的有效账号；请从列表中选择",
                    "task: no active account of that name can take it; choose one from the list",
                )
            )
        task.assigned_to, task.accepted_at, task.accepted_by = person.username, None, ""
        return _save(by, at, where, task, "task.reassign", to=person.username)


@audits_refusals
def hand_back(
    *, by: Actor, at: datetime, outbreak: int, task_id: str, reason: str, version: int | None = None
) -> int:
    """Give a task back that one cannot do; it stands open and without a hand again; returns its new version.

    Raises
    ------
    ConflictError   it is not in the actor's hand
    InputError      no reason
    """
    require(by, WORKERS, "task.hand_back")
    if not reason.strip():
        raise InputError(
            Words(
                "任务：需要理由；请写明为何不能完成", "task: a reason is needed; write why it cannot be done"
            )
        )
    with transaction.atomic():
        where, task = _task(by, outbreak, task_id, version)
        if task.assigned_to != by.username:
            raise ConflictError(
                Words("任务：不在您手中；请刷新列表", "task: it is not in your hand; reload the list")
            )
        task.assigned_to, task.accepted_at, task.accepted_by = "", None, ""
        task.note = reason.strip()
        if task.kind == zone_gates.TASK_KIND:
            zone_gates.handed_back(task, by=by, at=at, reason=reason)
        return _save(by, at, where, task, "task.hand_back")


def _task(by: Actor, outbreak: int, task_id: str, version: int | None) -> tuple[Outbreak, Task]:
    where = locked(by, outbreak)
    task = Task.objects.filter(outbreak_id=where.pk, task_id=task_id).first()
    is_mine = task is not None and (
        covers(by, where.area_code) or covers(by, task.area_code) or task.assigned_to == by.username
    )
    if task is None or not is_mine:
        raise PurposeError(
            Words(
                "任务：在您的辖区内找不到；请从列表中选择",
                "task: not found in your area; choose one from the list",
            )
        )
    require_version(task.version, version, "task")
    if not task.is_open:
        raise ConflictError(
            Words("任务：已经办结；请刷新列表", "task: it is closed already; reload the list")
        )
    return where, task


def _save(by: Actor, at: datetime, where: Outbreak, task: Task, action: str, **body: str) -> int:
    task.is_touched = True
    task.version += 1
    task.save()
    finish(
        by=by,
        at=at,
        action=action,
        outbreak=where,
        purpose=Purpose.FOLLOW_UP.value,
        rule=task.rule_id,
        edition=task.edition,
        subject=audit.subject_of("task", where.pk, task.task_id),
        body={"kind": task.kind, "version": task.version, **body},
    )
    return task.version
