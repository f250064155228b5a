"""One sender whose files are trusted as evidence because they are signed: a laboratory with its public key.

Store: made by actions.senders; never deleted, only revoked.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Sender(models.Model):
    """One sender of signed files."""

    name = models.CharField(max_length=80, unique=True)
    unit = models.CharField(max_length=150)
    public_key = models.CharField(max_length=64)  # Ed25519, 32 bytes in hexadecimal
    made_at = models.DateTimeField()
    made_by = c.text(150)
    revoked_at = c.instant()
    revoked_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="sender_revoked_paired",
                condition=models.Q(revoked_at__isnull=True, revoked_by="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoked_by="")),
            ),
        ]
