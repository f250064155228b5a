"""Rows of movement that came in together.

Store: a batch is taken in once; its files are rows of VisitFile.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class VisitBatch(models.Model):
    """Rows that came in together, once; this row stays when the movement rows have gone."""

    ledger = models.ForeignKey(
        "store.VisitLedger", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    batch_id = c.key()
    table = c.code()  # visits or positions
    state = models.CharField(max_length=12, default="live")  # live, replaced, withdrawn
    replaces = c.optional_key()  # batch_id whose place it took
    n_rows = models.BigIntegerField(default=0)  # as taken in, each row once
    contract = models.JSONField(default=dict)  # of a bulk feed: source, legal_basis, purpose, expires
    made_at = models.DateTimeField()
    made_by = c.text(150)
    import_batch = models.ForeignKey(
        "store.ImportBatch", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["ledger", "batch_id"], name="visit_batch_once"),
            models.CheckConstraint(
                name="visit_batch_table", condition=models.Q(table__in=["visits", "positions"])
            ),
            models.CheckConstraint(
                name="visit_batch_state", condition=models.Q(state__in=["live", "replaced", "withdrawn"])
            ),
        ]
