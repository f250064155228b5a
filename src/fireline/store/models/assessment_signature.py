"""The commander's signature under one version of a risk assessment; rows are never changed.

Store: a second person of another unit; a trigger of the database refuses every change.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class AssessmentSignature(models.Model):
    """The commander's signature under one version of a risk assessment."""

    assessment = models.OneToOneField(
        "store.RiskAssessment", on_delete=models.PROTECT, related_name="countersignature"
    )
    digest = models.CharField(max_length=64)  # of the statement that was signed
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    name = c.text(150)
    unit = c.text(150)
    author = models.CharField(max_length=150)  # of the assessment, so that the database can tell two people
    author_unit = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="assessment_two_people",
                condition=~models.Q(by=models.F("author")) & ~models.Q(unit=models.F("author_unit")),
            ),
        ]
