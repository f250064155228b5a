"""One thing wrong with one row of one report; the row was not kept, the fault is.

Store: made by actions.reporting; holds dates, codes and numbers only, never a text of the row.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ReportRowFault(models.Model):
    """One thing wrong with one row of one report."""

    batch = models.ForeignKey("store.ReportBatch", on_delete=models.CASCADE, related_name="faults")
    row = models.PositiveIntegerField()
    field = c.text(40)
    code = models.CharField(max_length=24)  # a feeds.reporting.ReportFault
    found_zh = c.text()
    found_en = c.text()
    allowed_zh = c.text()
    allowed_en = c.text()
