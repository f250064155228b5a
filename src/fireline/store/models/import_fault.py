"""One thing wrong in one upload.

Store: shown before anything is saved.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ImportFault(models.Model):
    """One thing wrong in one upload."""

    batch = models.ForeignKey("store.ImportBatch", on_delete=models.CASCADE, related_name="faults")
    file = c.text(255)
    row = c.integer()
    column = c.text(120)
    code = c.code()  # an errors.FaultCode
    found_zh = c.text()
    found_en = c.text()
    allowed_zh = c.text()
    allowed_en = c.text()
    effect = c.code()

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["batch", "row", "id"], name="import_fault_row"),
        ]
