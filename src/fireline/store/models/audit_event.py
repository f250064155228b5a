"""One line of the audit chain; insert-only, without foreign keys.

Store: written by store.audit only; the database refuses changes.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class AuditEvent(models.Model):
    """One line of the audit chain; insert-only, without foreign keys."""

    seq = models.BigIntegerField(primary_key=True)
    prev = models.BinaryField(max_length=32)
    at = models.CharField(max_length=32)  # ISO 8601 UTC, exactly as hashed
    actor = c.text(150)
    unit = c.text(150)
    action = c.text(80)
    purpose = c.text(40)
    rule = c.text()
    edition = c.text(120)
    subject = c.text(200)
    body = models.TextField()  # canonical JSON
    hash = models.BinaryField(max_length=32)

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["action", "seq"], name="audit_action"),
            models.Index(fields=["actor", "seq"], name="audit_actor"),
        ]
