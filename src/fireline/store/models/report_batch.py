"""One report as it came: its key, the hash of what it said, and how many of its rows were kept.

Store: made by actions.reporting; the same key with the same content gives the same answer.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ReportBatch(models.Model):
    """One report of one unit."""

    unit = models.ForeignKey(
        "store.ReportingUnit", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    key = models.CharField(max_length=128)  # the sender's Idempotency-Key
    body_hash = models.CharField(max_length=64)
    via = models.CharField(max_length=8)
    received_at = models.DateTimeField()
    received_by = c.text(150)
    skew_s = c.integer()  # the sender's clock minus this one, where the sender says its time
    n_rows = models.IntegerField(default=0)
    n_new = models.IntegerField(default=0)
    n_corrected = models.IntegerField(default=0)
    n_same = models.IntegerField(default=0)
    n_late = models.IntegerField(default=0)  # of the new ones
    n_rejected = models.IntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["unit", "key"], name="report_batch_once"),
            models.CheckConstraint(
                name="report_batch_via", condition=models.Q(via__in=["api", "form", "file"])
            ),
            models.CheckConstraint(
                name="report_batch_sum",
                condition=models.Q(
                    n_rows=models.F("n_new")
                    + models.F("n_corrected")
                    + models.F("n_same")
                    + models.F("n_rejected")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "received_at"], name="report_batch_when"),
        ]
