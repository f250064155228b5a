"""One fever patient whom a clinic reported within the hour: no name, number or address; deleted by its day.

Store: made by actions.fever; counted into the stream fever_clinic of its area and day.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class FeverReport(models.Model):
    """One fever patient, known to the clinic only by its own number."""

    unit = models.ForeignKey("store.ReportingUnit", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=128)  # of the form: sent twice it is one report
    number = models.CharField(max_length=24)  # day and place in the day, such as 20261125-03
    area_code = c.key()
    day = models.DateField()  # local day of seen_at
    seen_at = models.DateTimeField()
    received_at = models.DateTimeField()
    report_due_at = models.DateTimeField()
    result_due_at = models.DateTimeField()
    rule_id = c.text(200)  # of the clocks; "" = no rule in force, the hours are a target
    edition = c.text(120)
    reported_by = models.CharField(max_length=150)  # first-contact responsible person
    age_band = models.CharField(max_length=8)
    sex = c.code()
    temperature_c = c.number()
    symptoms = models.JSONField(default=list)  # codes
    flags = models.JSONField(default=list)  # travel and occupation codes
    sampled_at = c.instant()  # null: no sample was taken
    result = models.CharField(max_length=12, default="none")
    result_at = c.instant()
    state = models.CharField(max_length=12, default="open")
    closed_at = c.instant()
    closed_by = c.text(150)
    keep_until = models.DateField()  # last day on which the row is kept

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["unit", "key"], name="fever_report_once"),
            models.UniqueConstraint(fields=["unit", "number"], name="fever_report_number"),
            models.CheckConstraint(
                name="fever_report_state", condition=models.Q(state__in=["open", "closed", "withdrawn"])
            ),
            models.CheckConstraint(
                name="fever_report_result",
                condition=models.Q(result="none", result_at__isnull=True, sampled_at__isnull=True)
                | models.Q(result="pending", result_at__isnull=True, sampled_at__isnull=False)
                | models.Q(
                    result__in=["negative", "positive"], result_at__isnull=False, sampled_at__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="fever_report_closed_paired",
                condition=models.Q(state="open", closed_at__isnull=True, closed_by="")
                | (~models.Q(state="open") & models.Q(closed_at__isnull=False) & ~models.Q(closed_by="")),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "seen_at"], name="fever_report_open"),
            models.Index(fields=["unit", "day"], name="fever_report_day"),
        ]
