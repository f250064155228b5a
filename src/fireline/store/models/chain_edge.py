"""One edge of the transmission chain: stated, computed, or only possible.

Store: replaced as a whole when the chapters run again.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ChainEdge(c.OfOutbreak):
    """One edge of the transmission chain, as the contacts chapter drew it."""

    from_case = c.key()
    to_case = c.key()
    kind = c.code()
    directed = models.BooleanField(null=True)
    serial_days = c.number()
    flag = c.text(120)
    share = c.number()  # probability of a computed or possible link

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["outbreak", "from_case", "id"], name="edge_from"),
            models.Index(fields=["outbreak", "to_case", "id"], name="edge_to"),
        ]
