"""What "overdue" and "due today" mean, once, for lists, counts and single tasks.

Store: the rule of the tasks chapter (tasks.timing), asked again at any moment: a task is overdue only when
it is late whatever the doubt of its due time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from fireline.clock import Precision, local_day, local_midnight
from fireline.store.tally import NO_RECORD

_HOUR = timedelta(hours=1)


def clock_of(outbreak: Mapping[str, Any], at: datetime) -> datetime:
    """The moment that a countdown is read at: now, but in an exercise or a look-back that of its data.

    Parameters
    ----------
    outbreak : is_exercise, label_zh and at of the outbreak
    at : datetime   now
    """
    is_past = outbreak["is_exercise"] or outbreak["label_zh"]
    return outbreak["at"] if is_past else at


def waiting() -> Q:
    """Open tasks that the data could show done."""
    return Q(is_open=True) & ~Q(state=NO_RECORD)


def overdue(at: datetime, tz: ZoneInfo) -> Q:
    """Due times that are surely past at ``at``: a day is past when it is over, an hour when it has ended."""
    today = local_midnight(local_day(at, tz), tz)
    coarse = (Precision.DAY.value, Precision.HOUR.value)
    return (
        Q(precision=Precision.DAY.value, due_at__lt=today)
        | Q(precision=Precision.HOUR.value, due_at__lt=at - _HOUR)
        | (Q(due_at__lt=at) & ~Q(precision__in=coarse))
    )


def surely_before(at: datetime, tz: ZoneInfo) -> datetime:
    """A UTC midnight before which every due time is overdue, of whatever precision."""
    floor = min(local_midnight(local_day(at, tz), tz), at - _HOUR).astimezone(UTC)
    return datetime.combine(floor.date(), time(), tzinfo=UTC)


def due_today(at: datetime, tz: ZoneInfo) -> Q:
    """Due by the end of the local day of ``at``, and not overdue."""
    end = local_midnight(local_day(at, tz) + timedelta(days=1), tz)
    return Q(due_at__gte=surely_before(at, tz), due_at__lt=end) & ~overdue(at, tz)


def state_now(row: Mapping[str, Any], *, at: datetime, tz: ZoneInfo) -> str:
    """State of one task as a person reads it: done, no_record, overdue, due_today, accepted or open.

    Parameters
    ----------
    row : is_open, state, due_at, precision and accepted_at of the task
    """
    if not row["is_open"]:
        return "done"
    if row["state"] == NO_RECORD:
        return NO_RECORD
    due = row["due_at"]
    if due is not None:
        if _is_past(due, row["precision"], at=at, tz=tz):
            return "overdue"
        if due < local_midnight(local_day(at, tz) + timedelta(days=1), tz):
            return "due_today"
    return "accepted" if row["accepted_at"] else "open"


def _is_past(due: datetime, precision: str | None, *, at: datetime, tz: ZoneInfo) -> bool:
    """Twin of ``overdue`` for one due time."""
    if precision == Precision.DAY:
        return due < local_midnight(local_day(at, tz), tz)
    return due < (at - _HOUR if precision == Precision.HOUR else at)
