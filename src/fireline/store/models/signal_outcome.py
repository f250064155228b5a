"""What a verdict on a trigger teaches of one stream.

Store: written with the verdict, taken away when it is taken back; the next run of the chapters reads them.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class SignalOutcome(models.Model):
    """What a verdict on a trigger teaches of one stream."""

    trigger = models.ForeignKey(
        "store.Trigger", on_delete=models.CASCADE, db_index=False, related_name="outcomes"
    )
    stream = c.text(200)
    is_true = models.BooleanField()
    share = models.FloatField()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["trigger", "stream"], name="signal_outcome_once"),
            models.CheckConstraint(
                name="signal_outcome_share", condition=models.Q(share__gt=0, share__lte=1)
            ),
        ]
