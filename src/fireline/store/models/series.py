"""The whole series behind the signals of one stream in one area.

Store: replaced with every run of the chapters; a signal's page draws it.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Series(c.OfOutbreak):
    """The whole series behind the signals of one stream in one area."""

    stream = c.text(200)
    area_code = c.optional_key()
    method = models.CharField(max_length=24, blank=True, default="")
    points = models.JSONField()  # [ISO day, count, expected, upper, alarm] in day order

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "stream", "area_code", "method"], name="series_once"),
        ]
