"""One failed sign-in; the limiter counts these before any hash is computed.

Store: account and address are keyed hashes.
"""

from __future__ import annotations

from django.db import models


class LoginAttempt(models.Model):
    """One failed sign-in; the limiter counts these before any hash is computed."""

    account = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["account", "at"], name="login_account"),
            models.Index(fields=["address", "at"], name="login_address"),
        ]
