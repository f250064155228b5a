"""One arrival through one of the pockets.

Store: the cleaned table "arrivals".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Arrival(c.OfOutbreak):
    """One arrival through one of the pockets."""

    arrival_id = c.key()
    person_key = c.key()
    pocket = c.code()
    origin_area = c.text(200)
    conveyance = c.text(120)
    seat = c.text(60)
    declared_at = c.instant()
    declared_at_precision = c.precision()
    arrives_at = models.DateTimeField()
    arrives_at_precision = c.precision()
    destination_area = c.text(200)
    accepted_at = c.instant()
    accepted_at_precision = c.precision()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "arrival_id"], name="arrival_once"),
        ]
        indexes = [
            models.Index(fields=["outbreak", "arrives_at", "id"], name="arrival_at"),
            models.Index(fields=["outbreak", "destination_area", "id"], name="arrival_to"),
        ]
