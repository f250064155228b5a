"""The Django application that holds all models.

Store: read by actions, and by web through access only.
"""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Application "store"."""

    name = "fireline.store"
    label = "store"
    verbose_name = "Fireline"
    default_auto_field = "django.db.models.BigAutoField"
