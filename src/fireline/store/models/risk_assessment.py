"""One version of the risk assessment of a trigger, as its author signed it; rows are never changed.

Store: a trigger of the database refuses every change; a newer version takes its place.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class RiskAssessment(models.Model):
    """One version of the risk assessment of a trigger, as its author signed it."""

    trigger = models.ForeignKey(
        "store.Trigger", on_delete=models.PROTECT, db_index=False, related_name="assessments"
    )
    version = models.PositiveIntegerField()
    likelihood = models.CharField(max_length=24)
    impact = models.CharField(max_length=24)
    confidence = models.CharField(max_length=24)
    matrix = models.CharField(max_length=24)
    computed = models.CharField(max_length=24)
    level = models.CharField(max_length=24)
    override_reason = models.TextField(blank=True, default="")
    grounds = models.TextField()
    advice = models.TextField(blank=True, default="")
    facts = models.JSONField()  # what was known of the trigger when it was signed
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=150)
    signed_name = c.text(150)
    signed_unit = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["trigger", "version"], name="risk_assessment_once"),
            models.CheckConstraint(
                name="risk_assessment_override",
                condition=models.Q(level=models.F("computed"), override_reason="")
                | (~models.Q(level=models.F("computed")) & ~models.Q(override_reason="")),
            ),
            models.CheckConstraint(name="risk_assessment_grounds", condition=~models.Q(grounds="")),
        ]
