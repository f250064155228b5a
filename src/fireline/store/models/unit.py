"""One building, compound or village that a zone can be made of.

Store: the cleaned table "units".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Unit(c.OfOutbreak):
    """One building, compound or village that a zone can be made of."""

    unit_id = c.key()
    area_code = c.optional_key()
    kind = c.text(60)
    population = models.BigIntegerField(default=0)
    lon = c.number()
    lat = c.number()
    geometry = models.TextField(blank=True, default="")

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "unit_id"], name="unit_once"),
        ]
        indexes = [
            models.Index(fields=["outbreak", "area_code", "id"], name="unit_area"),
        ]
