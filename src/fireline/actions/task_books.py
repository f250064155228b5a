"""Opening and settling a task inside another action: the row and the numbers of the board together.

Actions: used by tasks and triggers, inside their transaction; the audit row is theirs.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fireline.clock import Precision
from fireline.store import tally
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Task
from fireline.tasks.tables import KINDS
from fireline.words import Words


def settle(where: Outbreak, task: Task, *, by: Actor, at: datetime, note: str) -> None:
    """Mark an open task done by a person; not saved yet.

    When it was done is not known where the data could not show it: the note says what the person knows.
    """
    if not task.accepted_by:
        task.accepted_at, task.accepted_by, task.assigned_to = at, by.username, by.username
    was_known = task.state != tally.NO_RECORD
    task.closed_at, task.closed_by, task.done_at = at, by.username, at
    task.note, task.is_open, task.state = note.strip(), False, "done"
    task.is_late = at > task.due_at if was_known and task.due_at is not None else None
    gone = ("task_due", _due_key(task)) if was_known else ("task_no_record", task.kind)
    for name, key, n in ((*gone, -1), ("task_done", task.kind, 1)):
        tally.adjust(outbreak_id=where.pk, name=name, area_code=task.area_code, key=key, by=n)


def open_task(
    where: Outbreak,
    *,
    kind: str,
    subject: tuple[str, str],
    area_code: str,
    start_at: datetime,
    due_at: datetime,
    what: Words,
    precision: Precision = Precision.MINUTE,
    assigned_to: str = "",
    part: str = "",
) -> Task:
    """Open a task that a person's decision makes, with owner and deadline; saved.

    ``subject`` is (kind of subject, its id); ``part`` tells two tasks of one kind and subject apart.
    """
    task = Task(
        outbreak_id=where.pk,
        task_id=f"{kind}:{subject[1]}::{part}",
        kind=kind,
        subject_kind=subject[0],
        subject_id=subject[1],
        area_code=area_code,
        owner_role=KINDS[kind].owner_role,
        owner_unit=area_code,
        start_at=start_at,
        due_at=due_at,
        precision=precision.value,
        state="open",
        what_zh=what.zh,
        what_en=what.en,
        assigned_to=assigned_to,
        is_touched=True,  # no run of the chapters makes it again
    )
    task.save(force_insert=True)
    tally.adjust(outbreak_id=where.pk, name="task_due", area_code=area_code, key=_due_key(task), by=1)
    return task


def _due_key(task: Task) -> str:
    return tally.due_key(task.due_at.astimezone(UTC).date() if task.due_at else None, task.kind)
