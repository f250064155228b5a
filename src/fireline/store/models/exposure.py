"""One answer about one exposure of one person.

Store: the cleaned table "exposures": food, place, animal; unknown is an answer.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Exposure(c.OfOutbreak):
    """One answer about one exposure of one person."""

    person_key = c.key()
    item = c.text(200)
    value = c.text(200)
    at = c.instant()
    at_precision = c.precision()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "person_key", "item"], name="exposure_once"),
        ]
