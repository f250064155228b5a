"""One lot of goods.

Store: the cleaned table "lots".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Lot(c.OfOutbreak):
    """One lot of goods."""

    lot_id = c.key()
    product = c.text(200)
    origin = c.text(200)
    arrives_at = models.DateTimeField()
    arrives_at_precision = c.precision()
    store_id = c.key()
    units = c.number()
    declared_at = c.instant()
    declared_at_precision = c.precision()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "lot_id"], name="lot_once"),
        ]
