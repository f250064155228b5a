"""One stated link from a case to a person.

Store: the cleaned table "links".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Link(c.OfOutbreak):
    """One stated link from a case to a person."""

    from_case = c.key()
    to_person = c.key()
    kind = c.code()
    directed = models.BooleanField(null=True)
    date = models.DateField(null=True, blank=True)
    setting = c.text(200)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "from_case", "to_person", "kind"], name="link_once"),
        ]
        indexes = [
            models.Index(fields=["outbreak", "to_person", "id"], name="link_to"),
        ]
