"""One file of a store of movement rows: it exists for readers only when this row is committed.

Store: the manifest of visits/ and segments/.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c

KINDS = ["visits", "positions", "place", "place_long", "persons", "places"]
"""Rows of a batch on one day; stays of a day by place, ordinary and long ones; keys by number."""


class VisitFile(models.Model):
    """One file: it exists for readers only when this row is committed."""

    ledger = models.ForeignKey(
        "store.VisitLedger", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    batch = models.ForeignKey("store.VisitBatch", on_delete=models.CASCADE, null=True, related_name="+")
    kind = c.code()
    day = models.DateField(null=True)  # null for keys, which belong to no day
    file = models.CharField(max_length=255, unique=True)  # relative to visits/ or segments/
    digest = models.CharField(max_length=64)
    n_rows = models.BigIntegerField()
    first_s = c.integer()  # of a segment: earliest enter and latest leave
    last_s = c.integer()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(name="visit_file_kind", condition=models.Q(kind__in=KINDS)),
            models.CheckConstraint(
                name="visit_file_day",
                condition=models.Q(kind__in=["persons", "places"], day__isnull=True)
                | (~models.Q(kind__in=["persons", "places"]) & models.Q(day__isnull=False)),
            ),
            models.CheckConstraint(
                name="visit_file_batch",
                condition=models.Q(kind__in=["visits", "positions"], batch__isnull=False)
                | (~models.Q(kind__in=["visits", "positions"]) & models.Q(batch__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["ledger", "kind", "day"], name="visit_file_day_of"),
        ]
