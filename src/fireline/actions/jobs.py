"""Work that takes longer than a page may: run by the background worker, by the same actions.

Actions: the actor is read anew when the job runs, so a role that ended meanwhile ends the job.
"""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from fireline.actions.analysis import Busy, refresh
from fireline.actions.upkeep import ask_for_due, bring_up_to_date
from fireline.errors import PurposeError
from fireline.store.actor import actor_of
from fireline.store.models import User
from fireline.words import Words


@task()
def refresh_outbreak(outbreak: int, username: str) -> dict[str, int]:
    """Run the chapters again for an outbreak; ``refresh_outbreak.enqueue(outbreak=1, username="x")``.

    Raises
    ------
    PurposeError   the account was disabled or lost its role meanwhile
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise PurposeError(
            Words("后台作业：提出作业的账号已停用", "job: the account that asked for it is disabled")
        )
    try:
        return refresh(by=actor_of(user), at=timezone.now(), outbreak=outbreak)
    except Busy:  # what it was asked for waits, and is computed next
        return {}


@task()
def bring_up(outbreak: int) -> dict[str, int]:
    """Compute an outbreak for which reports wait or a day has passed; queued by ``enqueue_due``."""
    return bring_up_to_date(at=timezone.now(), outbreak=outbreak)


def enqueue_due() -> list[int]:
    """Queue one job for every outbreak that is due now; returns them. The worker calls it again and again."""
    return ask_for_due(at=timezone.now(), enqueue=bring_up.enqueue)
