"""One key with which a program of a unit sends counts; only its hash is kept, and it ends by itself.

Store: made and revoked by actions.reporting_units.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ReportToken(models.Model):
    """One key of one unit."""

    unit = models.ForeignKey("store.ReportingUnit", on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = c.text(150)
    ends_at = models.DateTimeField()
    revoked_at = c.instant()
    revoked_by = c.text(150)
    last_used_at = c.instant()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="report_token_order", condition=models.Q(ends_at__gt=models.F("made_at"))
            ),
            models.CheckConstraint(
                name="report_token_revoked_paired",
                condition=models.Q(revoked_at__isnull=True, revoked_by="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_by="")),
            ),
        ]
