"""One unit that sends daily counts under a contract: a clinic, pharmacy, school, laboratory, port.

Store: made by actions.reporting_units; never deleted, only ended. The unit of kind "file" stands for numbers
that an epidemiologist imports.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c

FILE = "file"


class ReportingUnit(models.Model):
    """One unit that sends daily counts."""

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=24)  # a feeds.reporting.UnitKind, or "file"
    area_code = c.key()
    active_from = models.DateField()
    active_to = models.DateField(null=True, blank=True)  # last day
    source = c.text(200)  # the contract: who sends, on which legal basis, for which purpose, until when
    legal_basis = c.text(200)
    purpose = c.code()
    expires = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="reporting_unit_contract",
                condition=models.Q(kind=FILE)
                | (
                    models.Q(expires__isnull=False)
                    & ~models.Q(source="")
                    & ~models.Q(legal_basis="")
                    & ~models.Q(purpose="")
                ),
            ),
            models.CheckConstraint(
                name="reporting_unit_dates",
                condition=models.Q(active_to__isnull=True) | models.Q(active_to__gte=models.F("active_from")),
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind=FILE), name="reporting_unit_one_file"
            ),
        ]
        indexes = [
            models.Index(fields=["area_code"], name="reporting_unit_area"),
        ]
