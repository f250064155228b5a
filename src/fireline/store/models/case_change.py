"""One cell of one case that a person changed: what it was and what it is.

Store: lets the change be undone; the audit row of the same transaction says who and when.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class CaseChange(c.OfOutbreak):
    """One cell of one case that a person changed: what it was and what it is."""

    case_id = c.key()
    column = c.text(60)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    changed_at = models.DateTimeField()
    changed_by = c.text(150)
    undone_at = c.instant()
    undone_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="case_change_undone_paired",
                condition=models.Q(undone_at__isnull=True, undone_by="")
                | (models.Q(undone_at__isnull=False) & ~models.Q(undone_by="")),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "case_id", "id"], name="case_change_case"),
        ]
