"""One thing that happened to a ring of zones: proposed, signed, published and so on; rows are only added.

Store: the database refuses changes and deletions; the history of a zone is replayed from these rows alone.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ZoneStep(models.Model):
    """One thing that happened to a ring of zones."""

    zone = models.ForeignKey("store.Zone", on_delete=models.PROTECT, db_index=False, related_name="steps")
    at = models.DateTimeField()
    by = c.text(150)
    unit = c.text(150)
    what = models.CharField(max_length=24)
    reason = models.TextField(blank=True, default="")
    rule_id = c.text()
    edition = c.text(120)
    detail = models.JSONField(default=dict)

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["zone", "id"], name="zone_step"),
        ]
