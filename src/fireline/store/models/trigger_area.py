"""One area that a trigger touches.

Store: who may see and decide a trigger follows from these rows.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class TriggerArea(models.Model):
    """One area that a trigger touches."""

    trigger = models.ForeignKey("store.Trigger", on_delete=models.CASCADE, related_name="places")
    area_code = c.key()
    is_clearest = models.BooleanField(default=False)  # of its clearest alarm

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["trigger", "area_code"], name="trigger_area_once"),
        ]
        indexes = [
            models.Index(fields=["area_code", "trigger"], name="trigger_area"),
        ]
