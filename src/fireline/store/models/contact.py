"""One contact that the contacts chapter found for one case.

Store: replaced as a whole when the chapters run again.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Contact(c.OfOutbreak):
    """One contact that the contacts chapter found for one case."""

    case_id = c.key()
    person_key = c.key()
    contact_class = c.code()
    basis = c.code()
    place_id = c.optional_key()
    area_code = c.optional_key()
    overlap_s = c.integer()
    episodes = c.integer()
    first_exposure = c.instant()
    last_exposure = c.instant()
    precision = c.precision()
    rule_id = c.text()
    edition = c.text(120)
    why_zh = models.TextField(blank=True, default="")
    why_en = models.TextField(blank=True, default="")

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["outbreak", "case_id", "id"], name="contact_case"),
            models.Index(fields=["outbreak", "person_key", "id"], name="contact_person"),
            models.Index(fields=["outbreak", "contact_class", "id"], name="contact_class"),
            models.Index(fields=["outbreak", "area_code", "id"], name="contact_area"),
            models.Index(fields=["outbreak", "last_exposure", "id"], name="contact_last"),
        ]
