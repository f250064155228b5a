"""One event that early warning raised, and what people made of it.

Store: facts are replaced when the chapters run again; state, clock and history stay.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c

STATES = ("new", "observing", "verified", "discarded", "escalated")


class Trigger(c.OfOutbreak):
    """One event that early warning raised, and what people made of it."""

    trigger_id = c.key()  # of the run that first raised it; addresses and tasks hang on it
    engine_id = c.key()  # of the newest run; late figures move it
    kind = c.code()
    level = c.code()
    level_no = models.SmallIntegerField()  # 0 = very low; lists sort by it
    raised = models.DateField()
    level_since = models.DateField()
    until = models.DateField()
    first_day = models.DateField()
    began = models.DateField(null=True, blank=True)
    began_from = models.DateField(null=True, blank=True)
    began_to = models.DateField(null=True, blank=True)
    areas = models.JSONField(default=list)  # codes of its clearest alarm
    touched = models.JSONField(default=list)  # codes of all its alarms
    event_types = models.JSONField(default=list)  # [name, zh, en, probability], likeliest first
    score = c.number()
    probability = c.number()
    p = c.number()
    false_alarms_per_month = c.number()
    alarm_ids = models.JSONField(default=list)
    rule_ids = models.JSONField(default=list)
    verify_within_h = c.number()
    verify_rule = c.text()
    who_zh = models.TextField(blank=True, default="")
    who_en = models.TextField(blank=True, default="")
    why_zh = models.TextField(blank=True, default="")
    why_en = models.TextField(blank=True, default="")
    false_if = models.JSONField(default=list)  # [zh, en]
    is_current = models.BooleanField(default=True)  # the newest run still raises it
    found_at = models.DateTimeField()  # the clock of verifying starts here
    verify_due_at = c.instant()
    state = models.CharField(max_length=12, default="new")
    seen_at = c.instant()
    seen_by = c.text(150)
    assigned_to = c.text(150)
    decided_at = c.instant()
    decided_by = c.text(150)
    reason = models.TextField(blank=True, default="")
    observe_until = models.DateField(null=True, blank=True)
    silent_until = models.DateField(null=True, blank=True)
    assessed = c.code()  # "", signed or countersigned: the newest assessment
    assessed_level = c.code()
    dossier = models.ForeignKey(
        "store.Outbreak", on_delete=models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "trigger_id"], name="trigger_once"),
            models.CheckConstraint(name="trigger_state", condition=models.Q(state__in=STATES)),
            models.CheckConstraint(
                name="trigger_level", condition=models.Q(level__in=["very_low", "low", "medium", "high"])
            ),
            models.CheckConstraint(
                name="trigger_seen_paired",
                condition=models.Q(seen_at__isnull=True, seen_by="")
                | (models.Q(seen_at__isnull=False) & ~models.Q(seen_by="")),
            ),
            models.CheckConstraint(
                name="trigger_decided_paired",
                condition=models.Q(state="new", decided_at__isnull=True, decided_by="")
                | (~models.Q(state="new") & models.Q(decided_at__isnull=False) & ~models.Q(decided_by="")),
            ),
            models.CheckConstraint(
                name="trigger_observe_paired",
                condition=models.Q(state="observing", observe_until__isnull=False)
                | (~models.Q(state="observing") & models.Q(observe_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="trigger_reason",
                condition=~models.Q(state__in=["discarded", "escalated"]) | ~models.Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "level_no", "raised", "id"], name="trigger_gravest"),
            models.Index(fields=["outbreak", "state", "id"], name="trigger_state_id"),
        ]
