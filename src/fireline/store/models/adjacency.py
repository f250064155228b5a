"""Two units that touch.

Store: the cleaned table "adjacency".
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Adjacency(c.OfOutbreak):
    """Two units that touch."""

    unit_a = c.key()
    unit_b = c.key()
    gates = c.integer()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "unit_a", "unit_b"], name="adjacency_once"),
        ]
