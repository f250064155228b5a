"""One sample and its result.

Store: the cleaned table "tests".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Test(c.OfOutbreak):
    """One sample and its result."""

    sample_id = c.key()
    subject_kind = c.code()
    subject_id = c.key()
    kind = c.text(80)
    taken_at = models.DateTimeField()
    taken_at_precision = c.precision()
    result_at = c.instant()
    result_at_precision = c.precision()
    result = c.code()
    signed_by = c.text(80)  # sender whose signed file states this result; "" = nobody signed it

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "sample_id"], name="test_once"),
        ]
        indexes = [
            models.Index(fields=["outbreak", "subject_id", "taken_at"], name="test_subject"),
        ]
