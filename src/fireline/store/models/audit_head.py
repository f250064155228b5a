"""The one row that holds the end of the chain; locked while a line is added.

Store: written by store.audit only.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class AuditHead(models.Model):
    """The one row that holds the end of the chain; locked while a line is added."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32)
    checkpoint_seq = models.BigIntegerField(default=0)
    checkpoint_at = c.instant()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(name="audit_head_single", condition=models.Q(id=1)),
        ]
