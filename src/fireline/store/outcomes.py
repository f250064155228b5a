"""What verdicts on triggers taught so far, of the streams of one area.

Store: read by actions before the chapters run again.
"""

from __future__ import annotations

from fireline.signals.trust import Outcome
from fireline.store.models import Outbreak, SignalOutcome


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
