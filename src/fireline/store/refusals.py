"""Leaves one audit row for every refusal of a signed-in person, whatever function refused.

Store: the decorator ``audits_refusals`` is on every read of access and on every action.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction
from django.utils import timezone

from fireline.errors import PurposeError
from fireline.store import audit
from fireline.store.actor import SYSTEM_ROLE, Actor
from fireline.store.models import RefusalCount

ROWS_PER_HOUR = 60
WINDOW = timedelta(hours=1)
_P = ParamSpec("_P")
_T = TypeVar("_T")
_IS_INSIDE: ContextVar[bool] = ContextVar("refusals_is_inside", default=False)


def audits_refusals(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let a PurposeError raised for a signed-in person leave one audit row.

    The row is written after the function's own transaction was rolled back, in one of its own; where one such
    function calls another, the outer one writes. The actor is the argument ``by`` or ``actor``, or the first.
    """
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"

    @wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if _IS_INSIDE.get():
            return function(*args, **kwargs)
        token = _IS_INSIDE.set(True)
        try:
            return function(*args, **kwargs)
        except PurposeError:
            actor = kwargs.get("by") or kwargs.get("actor") or (args[0] if args else None)
            if isinstance(actor, Actor):
                at, outbreak = kwargs.get("at"), kwargs.get("outbreak")
                record_refusal(
                    actor,
                    at=at if isinstance(at, datetime) else timezone.now(),
                    what=name,
                    purpose=str(kwargs.get("purpose") or ""),
                    outbreak=outbreak if isinstance(outbreak, int) else None,
                )
            raise
        finally:
            _IS_INSIDE.reset(token)

    return guarded


def record_refusal(
    actor: Actor, *, at: datetime, what: str, purpose: str = "", outbreak: int | None = None
) -> None:
    """Write the audit row of one refusal in a transaction of its own; nothing for the command line.

    ``what`` names the function or page. Of one person at most 60 rows are written in an hour, then one row
    that says that more followed.
    """
    if actor.role == SYSTEM_ROLE or not actor.username:
        return
    with transaction.atomic():
        count, _ = RefusalCount.objects.select_for_update().get_or_create(
            username=actor.username, defaults={"since": at}
        )
        is_same_hour = abs(at - count.since) < WINDOW
        if is_same_hour and count.n > ROWS_PER_HOUR:
            return
        count.since = count.since if is_same_hour else at
        count.n = count.n + 1 if is_same_hour else 1
        count.save(update_fields=["since", "n"])
        body: dict[str, object] = {"what": what[:120], "role": actor.role}
        if outbreak is not None:
            body["outbreak"] = outbreak
        if count.n > ROWS_PER_HOUR:
            body = {"rows": ROWS_PER_HOUR, "since": audit.stamp(count.since)}
        audit.append(
            actor=actor,
            action="access.refused" if count.n <= ROWS_PER_HOUR else "access.refused_more",
            at=at,
            purpose=purpose[:40],
            body=body,
        )
