"""How often one person was refused in the running hour, so that a loop cannot flood the audit log.

Store: one row per account, written by store.refusals only.
"""

from __future__ import annotations

from django.db import models


class RefusalCount(models.Model):
    """How often one person was refused in the running hour."""

    username = models.CharField(max_length=150, unique=True)
    since = models.DateTimeField()  # when the running hour began
    n = models.PositiveIntegerField(default=0)
