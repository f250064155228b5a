"""What verdicts on triggers taught so far, of the streams of one area.

Store: read by actions before the chapters run again.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fireline.clock import local_day
from fireline.signals.trust import Outcome
from fireline.signals.verdicts import WINDOW_DAYS, Verdict
from fireline.store.models import Outbreak, SignalOutcome, Trigger


def outcomes_for(outbreak: Outbreak) -> tuple[Outcome, ...]:
    """Outcomes of all dossiers of the same area, exercises apart; in the order they were given."""
    rows = SignalOutcome.objects.filter(
        trigger__outbreak__area_code=outbreak.area_code,
        trigger__outbreak__is_exercise=outbreak.is_exercise,
    ).order_by("id")
    return tuple(
        Outcome(stream, is_true, share)
        for stream, is_true, share in rows.values_list("stream", "is_true", "share")
    )


def verdicts_for(outbreak: Outbreak) -> tuple[Verdict, ...]:
    """What people decided about the triggers of an outbreak, in the order they were raised."""
    tz = ZoneInfo(outbreak.tz)
    rows = Trigger.objects.filter(outbreak_id=outbreak.pk, state__in=list(WINDOW_DAYS))
    return tuple(
        Verdict(
            row.state,
            frozenset(row.touched or row.areas),
            row.raised,
            row.until,
            row.until if row.decided_at is None else local_day(row.decided_at, tz),
        )
        for row in rows.order_by("raised", "id")
    )
