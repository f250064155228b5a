"""One outbreak, one exercise, or the routine surveillance of a home, with the rules it is judged by.

Store: written by actions.outbreaks.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Outbreak(models.Model):
    """One outbreak, one exercise, or the routine surveillance of a home, with the rules it is judged by."""

    kind = models.CharField(max_length=12, default="outbreak")  # or "routine", once in a home
    title = models.CharField(max_length=200)
    disease = models.CharField(max_length=40)
    area_code = c.optional_key()
    tz = models.CharField(max_length=60, default="Asia/Shanghai")
    at = models.DateTimeField()  # the moment the data and the rules are read at
    is_exercise = models.BooleanField(default=False)
    pack_kind = c.code()  # living, archive, retrospective, exercise, or "" where no rule applies
    label_zh = c.text()
    label_en = c.text()
    created_at = models.DateTimeField()
    created_by = c.text(150)
    loaded_at = c.instant()
    version = models.PositiveBigIntegerField(default=0)  # grows with every change; caches hang on it
    summary = models.JSONField(default=dict)
    missing = models.JSONField(default=list)  # what the data do not hold, [[zh, en], ...]

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="outbreak_kind", condition=models.Q(kind__in=["outbreak", "routine"])
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="routine"), name="outbreak_one_routine"
            ),
            models.CheckConstraint(
                name="outbreak_label_paired",
                condition=models.Q(label_zh="", label_en="")
                | (~models.Q(label_zh="") & ~models.Q(label_en="")),
            ),
            models.CheckConstraint(
                name="outbreak_pack_kind",
                condition=models.Q(pack_kind__in=["", "living", "archive", "retrospective", "exercise"]),
            ),
        ]
        indexes = [
            models.Index(fields=["area_code", "id"], name="outbreak_area"),
        ]
