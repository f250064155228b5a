"""As of when an outbreak's alarms were computed, and what waits to be taken in.

Store: numbers only, nobody's rows, so no audit row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fireline.store.access.scope import outbreak_for, touches
from fireline.store.actor import Actor
from fireline.store.freshness import retry_after
from fireline.store.models import Freshness
from fireline.store.refusals import audits_refusals


@dataclass(frozen=True, slots=True)
class Standing:
    """How fresh the results of an outbreak are.

    Attributes
    ----------
    moment : datetime, the moment they are computed for
    computed_at : datetime or None, when their figures were read; None = before this was kept
    n_waiting : int, reports and changes that came since
    waiting_since : datetime or None, the first of them
    is_running : bool, somebody computes now
    failed_at : datetime or None, of the last try, where it ended in an error
    n_failed : int, such tries in a row
    next_try : datetime or None, not before this after an error
    """

    moment: datetime
    computed_at: datetime | None
    n_waiting: int
    waiting_since: datetime | None
    is_running: bool
    failed_at: datetime | None
    n_failed: int
    next_try: datetime | None


@audits_refusals
def freshness(actor: Actor, *, outbreak: int) -> Standing:
    """How fresh the results of an outbreak are.

    Raises
    ------
    PurposeError   not in the actor's area
    """
    row = Freshness.objects.select_related("outbreak").filter(outbreak_id=outbreak).first()
    if row is None or not touches(actor, row.outbreak.area_code):
        row = Freshness(outbreak=outbreak_for(actor, outbreak))
    return Standing(
        moment=row.outbreak.at,
        computed_at=row.computed_at,
        n_waiting=row.news - row.seen,
        waiting_since=row.news_since,
        is_running=row.claimed_at is not None,
        failed_at=row.failed_at,
        n_failed=row.n_failed,
        next_try=None if row.failed_at is None else row.failed_at + retry_after(row.n_failed),
    )
