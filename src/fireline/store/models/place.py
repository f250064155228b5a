"""One place where people stayed.

Store: the cleaned table "places".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Place(c.OfOutbreak):
    """One place where people stayed."""

    place_id = c.key()
    name = c.text()
    kind = c.text(120)
    lon = c.number()
    lat = c.number()
    area_code = c.optional_key()
    capacity = c.integer()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "place_id"], name="place_once"),
        ]
