"""One thing somebody owes by a due hour, and what became of it.

Store: computed by the tasks chapter; accepted, closed and handed back by people.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Task(c.OfOutbreak):
    """One thing somebody owes by a due hour, and what became of it."""

    task_id = c.key()
    kind = c.text(80)
    subject_kind = c.code()
    subject_id = c.key()
    case_id = c.optional_key()
    area_code = c.optional_key()
    owner_role = c.text(60)
    owner_unit = c.text(200)
    start_at = c.instant()
    due_at = c.instant()
    precision = c.precision()
    done_at = c.instant()
    state = c.code()
    rule_id = c.text()
    edition = c.text(120)
    what_zh = models.TextField(blank=True, default="")
    what_en = models.TextField(blank=True, default="")
    is_late = models.BooleanField(null=True)
    may_order = models.BooleanField(default=False)  # an order to a real person may rest on it
    label_zh = c.text(200)
    label_en = c.text(200)
    assigned_to = c.text(150)
    accepted_at = c.instant()
    accepted_by = c.text(150)
    closed_at = c.instant()
    closed_by = c.text(150)
    note = models.TextField(blank=True, default="")
    is_touched = models.BooleanField(default=False)  # a person acted on it: kept when the chapters run again
    is_open = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "task_id"], name="task_once"),
            models.CheckConstraint(
                name="task_accepted_paired",
                condition=models.Q(accepted_at__isnull=True, accepted_by="")
                | (models.Q(accepted_at__isnull=False) & ~models.Q(accepted_by="")),
            ),
            models.CheckConstraint(
                name="task_closed_paired",
                condition=models.Q(closed_at__isnull=True, closed_by="")
                | (models.Q(closed_at__isnull=False) & ~models.Q(closed_by="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["outbreak", "due_at", "id", "state"],  # the state, so that a count reads no rows
                condition=models.Q(is_open=True),
                name="task_open_due",
            ),
            models.Index(
                fields=["outbreak", "area_code", "due_at"],
                condition=models.Q(is_open=True),
                name="task_open_area",
            ),
            models.Index(
                fields=["outbreak", "assigned_to", "due_at"],
                condition=models.Q(is_open=True),
                name="task_open_assigned",
            ),
            models.Index(fields=["outbreak", "case_id", "id"], name="task_case"),
            models.Index(fields=["outbreak", "is_open", "due_at", "id"], name="task_due"),
        ]
