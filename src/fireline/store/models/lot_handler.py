"""One person who handled a lot.

Store: the cleaned table "lot_handlers".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class LotHandler(c.OfOutbreak):
    """One person who handled a lot."""

    lot_id = c.key()
    person_key = c.key()
    begins = models.DateTimeField()
    begins_precision = c.precision()
    ends = c.instant()
    ends_precision = c.precision()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(
                fields=["outbreak", "lot_id", "person_key", "begins"], name="lot_handler_once"
            ),
        ]
