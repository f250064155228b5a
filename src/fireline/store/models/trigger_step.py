"""One thing that happened to a trigger: raised, seen, verified and so on; rows are only added.

Store: the history on the trigger's page; the audit log holds every decision as well.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class TriggerStep(models.Model):
    """One thing that happened to a trigger."""

    trigger = models.ForeignKey(
        "store.Trigger", on_delete=models.CASCADE, db_index=False, related_name="steps"
    )
    at = models.DateTimeField()
    by = c.text(150)  # "" = the system
    what = models.CharField(max_length=24)
    reason = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict)

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["trigger", "id"], name="trigger_step"),
        ]
