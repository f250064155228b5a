"""One area of the jurisdiction tree.

Store: written by actions.outbreaks; the tree that limits every read.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Area(models.Model):
    """One area of the jurisdiction tree."""

    area_code = models.CharField(max_length=160, unique=True)
    parent_code = c.optional_key()
    level = c.text(60)
    name = c.text(200)
    population = c.integer()
    geometry = models.TextField(blank=True, default="")  # GeoJSON geometry
    path = models.CharField(max_length=600, default="/")  # /CN/CN-41/.../ ; below X = path contains /X/

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["path"], name="area_path"),
            models.Index(fields=["parent_code"], name="area_parent"),
        ]
