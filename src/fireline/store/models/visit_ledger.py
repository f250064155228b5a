"""One store of movement rows: of the home as a whole, or of one outbreak.

Store: locked by whoever changes the store, so that writers follow one another.
"""

from __future__ import annotations

from django.db import models


class VisitLedger(models.Model):
    """One store of movement rows: of the home as a whole, or of one outbreak."""

    scope = models.CharField(max_length=40, unique=True)  # "home" or "outbreak-<id>"; part of its file names
    outbreak = models.ForeignKey("store.Outbreak", on_delete=models.CASCADE, null=True, related_name="+")
    tz = models.CharField(max_length=60)  # its days are cut by this zone
    next_person = models.BigIntegerField(default=0)  # numbers below were given once and are never given again
    next_place = models.BigIntegerField(default=0)
    retained_until = models.DateField(null=True, blank=True)  # nothing before this day is kept or taken in

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="visit_ledger_scope",
                condition=models.Q(scope="home", outbreak__isnull=True)
                | (models.Q(outbreak__isnull=False) & ~models.Q(scope="home")),
            ),
        ]
