"""What one stream says of one trigger, with its last weeks.

Store: replaced when the chapters run again.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class TriggerEvidence(models.Model):
    """What one stream says of one trigger, with its last weeks."""

    trigger = models.ForeignKey(
        "store.Trigger", on_delete=models.CASCADE, db_index=False, related_name="evidence"
    )
    rank = models.PositiveSmallIntegerField()  # weightiest first
    stream = c.text(200)
    name_zh = c.text(200)
    name_en = c.text(200)
    subject = c.code()
    areas = models.JSONField(default=list)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    observed = models.FloatField()
    expected = models.FloatField()
    p = c.number()
    weight = models.FloatField()
    rate_without = c.number()
    n_areas = models.IntegerField(default=0)
    n_areas_high = models.IntegerField(default=0)
    state = c.code()
    note_zh = models.TextField(blank=True, default="")
    note_en = models.TextField(blank=True, default="")
    points = models.JSONField(default=list)  # [ISO day, observed, expected, upper] in day order

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["trigger", "rank"], name="trigger_evidence_once"),
        ]
