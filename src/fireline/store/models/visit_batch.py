"""One file of movement rows: it exists for readers only when this row is committed.

Store: the manifest of the day files under visits/.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class VisitBatch(c.OfOutbreak):
    """One file of movement rows: it exists for readers only when this row is committed."""

    table = c.code()  # visits or positions
    day = models.DateField()
    file = models.CharField(max_length=255, unique=True)  # relative to the visits folder
    digest = models.CharField(max_length=64)
    n_rows = models.BigIntegerField()
    made_at = models.DateTimeField()
    import_batch = models.ForeignKey(
        "store.ImportBatch", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="visit_batch_table", condition=models.Q(table__in=["visits", "positions"])
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "table", "day"], name="visit_batch_day"),
        ]
