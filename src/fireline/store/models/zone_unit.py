"""One unit inside a ring of zones and its level.

Store: level: sealed, managed, precaution.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ZoneUnit(models.Model):
    """One unit inside a ring of zones and its level."""

    zone = models.ForeignKey("store.Zone", on_delete=models.CASCADE, related_name="units")
    unit_id = c.key()
    area_code = c.optional_key()
    level = c.code()
    population = models.BigIntegerField(default=0)
    rule_id = c.text()
    why_zh = models.TextField(blank=True, default="")
    why_en = models.TextField(blank=True, default="")

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["zone", "unit_id"], name="zone_unit_once"),
            models.CheckConstraint(
                name="zone_unit_level", condition=models.Q(level__in=["sealed", "managed", "precaution"])
            ),
        ]
