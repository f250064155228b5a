"""One sign-in code that works once and ends soon; only its hash is kept.

Store: made by actions.accounts.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class OneTimeCode(models.Model):
    """One sign-in code that works once and ends soon; only its hash is kept."""

    user = models.ForeignKey("store.User", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = c.instant()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="one_time_code_order", condition=models.Q(ends_at__gt=models.F("made_at"))
            ),
        ]
