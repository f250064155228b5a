"""One stream that one unit owes, with its days and hour; a change ends one row and begins another.

Store: made by actions.reporting_units; read as feeds.reporting.Owed.
"""

from __future__ import annotations

from django.db import models


class OwedStream(models.Model):
    """One stream that one unit owes."""

    unit = models.ForeignKey("store.ReportingUnit", on_delete=models.CASCADE, related_name="owed")
    stream = models.CharField(max_length=40)
    cadence = models.CharField(max_length=12)
    due_min = models.PositiveIntegerField()  # minutes after the beginning of the day reported on
    has_total = models.BooleanField(default=False)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # last day

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["unit", "stream", "since"], name="owed_stream_once"),
            models.CheckConstraint(
                name="owed_stream_cadence",
                condition=models.Q(cadence__in=["daily", "weekdays", "weekly"]),
            ),
            models.CheckConstraint(
                name="owed_stream_dates",
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
            ),
        ]
