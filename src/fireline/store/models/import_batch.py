"""One upload: seen first, saved only when a person says so.

Store: state: previewed, committed, undone.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ImportBatch(c.OfOutbreak):
    """One upload: seen first, saved only when a person says so."""

    file = c.text(255)
    digest = models.CharField(max_length=64)
    table = c.text(60)
    state = models.CharField(max_length=12, default="previewed")
    n_rows = models.IntegerField(default=0)
    n_kept = models.IntegerField(default=0)
    n_merged = models.IntegerField(default=0)
    n_rejected = models.IntegerField(default=0)
    n_faults = models.IntegerField(default=0)
    n_saved = models.IntegerField(default=0)
    tables = models.JSONField(default=dict)  # table name -> rows that would be kept
    encoding = c.text(60)
    separator = c.text(12)
    note_zh = models.TextField(blank=True, default="")
    note_en = models.TextField(blank=True, default="")
    sender = c.text(80)  # who signed the file; "" = it came without a signature
    mapping = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    made_by = c.text(150)
    committed_at = c.instant()
    committed_by = c.text(150)
    undone_at = c.instant()
    undone_by = c.text(150)
    undo = models.JSONField(default=dict)  # what to take back: table -> row ids, and old values

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="import_state", condition=models.Q(state__in=["previewed", "committed", "undone"])
            ),
            models.CheckConstraint(
                name="import_committed_paired",
                condition=models.Q(committed_at__isnull=True, committed_by="")
                | (models.Q(committed_at__isnull=False) & ~models.Q(committed_by="")),
            ),
            models.CheckConstraint(
                name="import_undone_paired",
                condition=models.Q(undone_at__isnull=True, undone_by="")
                | (models.Q(undone_at__isnull=False) & ~models.Q(undone_by="")),
            ),
            models.UniqueConstraint(
                fields=["outbreak", "digest"],
                condition=models.Q(state="committed"),
                name="import_committed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "id"], name="import_outbreak"),
        ]
