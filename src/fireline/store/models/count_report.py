"""One revision of one number of one unit: stream, area, day; the newest counts, none is ever changed.

Store: added by store.reporting only; the database refuses changes and deletions.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class CountReport(models.Model):
    """One revision of one number of one unit."""

    unit = models.ForeignKey(
        "store.ReportingUnit", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    batch = models.ForeignKey("store.ReportBatch", on_delete=models.PROTECT, null=True, related_name="+")
    stream = models.CharField(max_length=200)
    area_code = c.key()
    date = models.DateField()
    revision = models.PositiveIntegerField()
    count = c.number()  # null: what was said before is taken back, which is no zero
    denominator = c.number()
    via = models.CharField(max_length=8)  # api, form, file; fever = at least so many, from single patients
    received_at = models.DateTimeField()
    received_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(
                fields=["unit", "stream", "area_code", "date", "revision"], name="count_report_once"
            ),
            models.CheckConstraint(
                name="count_report_via", condition=models.Q(via__in=["api", "form", "file", "fever"])
            ),
            models.CheckConstraint(
                name="count_report_not_negative",
                condition=(models.Q(count__isnull=True) | models.Q(count__gte=0))
                & (models.Q(denominator__isnull=True) | models.Q(denominator__gte=0)),
            ),
            models.CheckConstraint(name="count_report_revision", condition=models.Q(revision__gte=1)),
        ]
        indexes = [
            models.Index(fields=["date", "stream", "area_code"], name="count_report_sum"),
        ]
