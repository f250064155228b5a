"""One saved text, such as the initial report, in both languages.

Store: versions are append-only.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Report(c.OfOutbreak):
    """One saved text, such as the initial report, in both languages."""

    kind = c.text(60)
    version = models.PositiveIntegerField(default=1)
    text_zh = models.TextField()
    text_en = models.TextField(blank=True, default="")
    saved_at = models.DateTimeField()
    saved_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "kind", "version"], name="report_version"),
        ]
