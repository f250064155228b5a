"""One listed risk area of one day.

Store: the cleaned table "risk_areas".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class RiskArea(c.OfOutbreak):
    """One listed risk area of one day."""

    area = c.text()
    area_code = c.optional_key()
    level = c.code()
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    listed_at = models.DateTimeField()
    listed_at_precision = c.precision()

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["outbreak", "listed_at", "id"], name="risk_area_listed"),
        ]
