"""One list of contacts handed to one person, whose identities open together, once.

Store: made and opened by actions.worklists.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Worklist(c.OfOutbreak):
    """One worklist."""

    kind = c.code()
    task_ids = models.JSONField(default=list)  # pseudonymous; the case is never named on a worklist
    n_people = models.PositiveIntegerField(default=0)
    purpose = models.CharField(max_length=24)
    assigned_to = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    opened_at = c.instant()
    opened_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="worklist_opened_by_its_owner",
                condition=models.Q(opened_at__isnull=True, opened_by="")
                | models.Q(opened_at__isnull=False, opened_by=models.F("assigned_to")),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "assigned_to", "id"], name="worklist_owner"),
        ]
