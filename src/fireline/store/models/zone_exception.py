"""One place inside a zone that goes on working under measures of its own: a hospital, water works.

Store: declared with the proposal and signed with it.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c

KINDS = (
    "hospital", "emergency", "water", "power", "gas", "heating", "food_supply", "pharmacy", "care_home",
    "other",
)  # fmt: skip
"""What may be declared."""


class ZoneException(models.Model):
    """One place inside a zone that goes on working under measures of its own."""

    zone = models.ForeignKey("store.Zone", on_delete=models.CASCADE, related_name="exceptions")
    kind = c.code()
    name = c.text(200)
    unit_id = c.key()
    measures = models.TextField()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["zone", "unit_id", "name"], name="zone_exception_once"),
            models.CheckConstraint(name="zone_exception_kind", condition=models.Q(kind__in=KINDS)),
        ]
