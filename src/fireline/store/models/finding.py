"""One finding of the two-sided gap check.

Store: side: too_little or too_much.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Finding(c.OfOutbreak):
    """One finding of the two-sided gap check."""

    no = models.IntegerField()
    side = c.code()
    subject_kind = c.code()
    subject_id = c.key()
    rule_id = c.text()
    what_zh = models.TextField(blank=True, default="")
    what_en = models.TextField(blank=True, default="")

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["outbreak", "no", "id"], name="finding_no"),
        ]
