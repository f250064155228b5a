"""One identity field of one person, sealed; nothing here can be read without the key file.

Store: written and read by store.vault only.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Identity(models.Model):
    """One identity field of one person, sealed; nothing here can be read without the key file."""

    table = models.CharField(max_length=40, default="identities")
    column = models.CharField(max_length=40)
    person_key = c.key()
    key_id = models.CharField(max_length=64)
    sealed = models.BinaryField()
    blind_index = models.CharField(max_length=64, blank=True, default="")
    sealed_at = models.DateTimeField()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["table", "column", "person_key"], name="identity_once"),
        ]
        indexes = [
            models.Index(fields=["column", "blind_index"], name="identity_blind"),
        ]
