"""One person of an outbreak, by pseudonym.

Store: names, numbers and phones are in the vault only.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Person(c.OfOutbreak):
    """One person of an outbreak, by pseudonym."""

    person_key = c.key()
    area_code = c.optional_key()
    occupation = c.text(200)
    age = c.number()
    sex = c.code()
    household_id = c.optional_key()
    home_place_id = c.optional_key()
    group = c.text(200)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "person_key"], name="person_once"),
        ]
        indexes = [
            models.Index(fields=["outbreak", "area_code", "id"], name="person_area"),
        ]
