"""One small table that a chapter made: curve, totals, checks, attack rates, answers.

Store: kept as it is; big tables have models of their own.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ResultTable(c.OfOutbreak):
    """One small table that a chapter made: curve, totals, checks, attack rates, answers."""

    name = models.CharField(max_length=80)
    columns = models.JSONField()
    rows = models.JSONField()
    n_rows = models.IntegerField(default=0)  # in the chapter's table; rows holds at most the first 5,000

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "name"], name="result_table_once"),
        ]
