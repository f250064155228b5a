"""One signed statement of how long the chain was and what it held.

Store: size, Merkle root, time, Ed25519 signature; also written to anchors/ in the home folder.
"""

from __future__ import annotations

from django.db import models


class AuditCheckpoint(models.Model):
    """One signed statement of how long the chain was and what it held."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    frontier = models.JSONField(
        default=list
    )  # hashes of the complete subtrees, so the next one reads new rows only
    at = models.CharField(max_length=32)
    signature = models.BinaryField(max_length=64)
