"""A clinician's word that a case without a laboratory result is one; evidence for a search by another unit.

Store: made by actions.tracing.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Confirmation(c.OfOutbreak):
    """One clinician's confirmation of one case."""

    case_id = c.key()
    person_key = c.optional_key()  # who the case was when it was confirmed
    reason = c.text()
    confirmed_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=150)
    unit = models.CharField(max_length=150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "case_id", "confirmed_by"], name="confirmation_once"),
            models.CheckConstraint(
                name="confirmation_signed", condition=~models.Q(confirmed_by="") & ~models.Q(unit="")
            ),
        ]
