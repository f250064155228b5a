"""One alarm, and what a person made of it.

Store: state: new, verified, discarded, escalated.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Signal(c.OfOutbreak):
    """One alarm, and what a person made of it."""

    alarm_id = c.key()
    kind = c.text(60)
    stream = c.text(200)
    area_code = c.optional_key()
    day = models.DateField(null=True, blank=True)
    observed = c.number()
    expected = c.number()
    upper = c.number()
    level = c.code()
    rule_id = c.text()
    why_zh = models.TextField(blank=True, default="")
    why_en = models.TextField(blank=True, default="")
    trigger_id = c.optional_key()  # the trigger it is part of, by its first id
    state = models.CharField(max_length=12, default="new")
    decided_at = c.instant()
    decided_by = c.text(150)
    reason = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "alarm_id"], name="signal_once"),
            models.CheckConstraint(
                name="signal_state",
                condition=models.Q(state__in=["new", "verified", "discarded", "escalated"]),
            ),
            models.CheckConstraint(
                name="signal_decided_paired",
                condition=models.Q(decided_at__isnull=True, decided_by="")
                | (models.Q(decided_at__isnull=False) & ~models.Q(decided_by="")),
            ),
            models.CheckConstraint(
                name="signal_state_decided",
                condition=models.Q(state="new", decided_at__isnull=True)
                | (~models.Q(state="new") & models.Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "state", "day", "id"], name="signal_state"),
            models.Index(fields=["outbreak", "day", "id"], name="signal_day"),
            models.Index(fields=["outbreak", "area_code", "id"], name="signal_area"),
            models.Index(fields=["outbreak", "trigger_id"], name="signal_trigger"),
        ]
