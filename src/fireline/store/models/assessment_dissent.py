"""Somebody's other opinion on one version of a risk assessment; rows are never changed.

Store: stands beside the assessment wherever it is shown or printed.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class AssessmentDissent(models.Model):
    """Somebody's other opinion on one version of a risk assessment."""

    assessment = models.ForeignKey(
        "store.RiskAssessment", on_delete=models.PROTECT, db_index=False, related_name="dissents"
    )
    text = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    name = c.text(150)
    unit = c.text(150)

    class Meta:
        """Constraints and indexes."""

        indexes = [
            models.Index(fields=["assessment", "id"], name="assessment_dissent"),
        ]
