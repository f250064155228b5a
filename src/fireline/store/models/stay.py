"""One stay of a case at a place: only cases, for their trajectories.

Store: visits of everybody else are in day files, never in the database.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Stay(c.OfOutbreak):
    """One stay of a case at a place: only cases, for their trajectories."""

    case_id = c.key()
    person_key = c.key()
    place_id = c.key()
    enter = models.DateTimeField()
    leave = c.instant()
    precision = c.precision()
    lon = c.number()
    lat = c.number()
    place_name = c.text()
    place_kind = c.text(120)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="stay_order",
                condition=models.Q(leave__isnull=True) | models.Q(leave__gte=models.F("enter")),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "case_id", "enter"], name="stay_case"),
            models.Index(fields=["outbreak", "place_id", "enter"], name="stay_place"),
        ]
