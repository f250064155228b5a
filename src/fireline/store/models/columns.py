"""Short names for the kinds of column that all models share, and the base of rows of one outbreak.

Store: read by the models only.
"""

from __future__ import annotations

from typing import Any

from django.db import models

KEY_LENGTH = 160
TEXT_LENGTH = 400


def key(**options: Any) -> models.CharField:
    """An identifier as the source wrote it, or a pseudonym."""
    return models.CharField(max_length=KEY_LENGTH, **options)


def optional_key() -> models.CharField:
    """An identifier that may be absent (the empty string)."""
    return models.CharField(max_length=KEY_LENGTH, blank=True, default="")


def text(length: int = TEXT_LENGTH) -> models.CharField:
    """A short text that may be absent (the empty string)."""
    return models.CharField(max_length=length, blank=True, default="")


def code() -> models.CharField:
    """One value of a closed list, or the empty string."""
    return models.CharField(max_length=24, blank=True, default="")


def instant() -> models.DateTimeField:
    """A moment in UTC that may be unknown; a ``<name>_precision`` column follows it."""
    return models.DateTimeField(null=True, blank=True)


def precision() -> models.CharField:
    """minute, hour, day, or the empty string where the moment is unknown."""
    return models.CharField(max_length=6, blank=True, default="")


def number() -> models.FloatField:
    """A number that may be unknown."""
    return models.FloatField(null=True, blank=True)


def integer() -> models.BigIntegerField:
    """A whole number that may be unknown."""
    return models.BigIntegerField(null=True, blank=True)


class OfOutbreak(models.Model):
    """A row that belongs to one outbreak and goes when the outbreak goes."""

    outbreak = models.ForeignKey("store.Outbreak", on_delete=models.CASCADE, db_index=False, related_name="+")

    class Meta:
        """Constraints and indexes."""

        abstract = True
