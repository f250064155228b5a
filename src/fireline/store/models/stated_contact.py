"""One contact as the input stated it.

Store: the cleaned table "contacts".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class StatedContact(c.OfOutbreak):
    """One contact as the input stated it."""

    person_key = c.key()
    case_id = c.key()
    contact_class = c.code()
    first_exposure = c.instant()
    first_exposure_precision = c.precision()
    last_exposure = c.instant()
    last_exposure_precision = c.precision()
    managed_at = c.instant()
    managed_at_precision = c.precision()
    released_at = c.instant()
    released_at_precision = c.precision()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "person_key", "case_id"], name="stated_contact_once"),
            models.CheckConstraint(
                name="stated_first_exposure_paired",
                condition=models.Q(first_exposure__isnull=True, first_exposure_precision="")
                | (models.Q(first_exposure__isnull=False) & ~models.Q(first_exposure_precision="")),
            ),
            models.CheckConstraint(
                name="stated_last_exposure_paired",
                condition=models.Q(last_exposure__isnull=True, last_exposure_precision="")
                | (models.Q(last_exposure__isnull=False) & ~models.Q(last_exposure_precision="")),
            ),
            models.CheckConstraint(
                name="stated_managed_at_paired",
                condition=models.Q(managed_at__isnull=True, managed_at_precision="")
                | (models.Q(managed_at__isnull=False) & ~models.Q(managed_at_precision="")),
            ),
            models.CheckConstraint(
                name="stated_released_at_paired",
                condition=models.Q(released_at__isnull=True, released_at_precision="")
                | (models.Q(released_at__isnull=False) & ~models.Q(released_at_precision="")),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "case_id", "id"], name="stated_contact_case"),
        ]
