"""One daily number of one stream in one area.

Store: the cleaned table "counts".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Count(c.OfOutbreak):
    """One daily number of one stream in one area."""

    stream = c.text(200)
    area_code = c.key()
    date = models.DateField()
    count = models.FloatField()
    denominator = c.number()
    n_units = c.integer()  # units whose numbers were added up; unknown where no unit reported
    n_due = c.integer()  # units that owed the number of that day

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "stream", "area_code", "date"], name="count_once"),
        ]
