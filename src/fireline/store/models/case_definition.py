"""One version of a case definition, append-only.

Store: the newest version of an outbreak is the one in use.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class CaseDefinition(c.OfOutbreak):
    """One version of a case definition, append-only."""

    version = models.PositiveIntegerField()
    title = c.text(200)
    body = models.JSONField()  # what investigations.definition reads
    saved_at = models.DateTimeField()
    saved_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "version"], name="definition_version"),
        ]
