"""Work that takes longer than a page may: run by the background worker, by the same actions.

Actions: the actor is read anew when the job runs, so a role that ended meanwhile ends the job.
"""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from fireline.actions.analysis import refresh
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
    return refresh(by=actor_of(user), at=timezone.now(), outbreak=outbreak)
