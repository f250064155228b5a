"""One number of the board, by area and day.

Store: kept by actions, so that no page counts rows.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Tally(c.OfOutbreak):
    """One number of the board, by area and day."""

    area_code = c.optional_key()
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=60, blank=True, default="")
    n = models.BigIntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "name", "area_code", "key"], name="tally_once"),
        ]
