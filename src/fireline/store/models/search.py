"""One opened search over movement of people nobody named, with the rule and the evidence it rests on.

Store: made by actions.tracing; the database itself refuses one without a rule, a purpose or its evidence.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c

EVIDENCE = ("laboratory", "clinicians", "exercise")


class Search(c.OfOutbreak):
    """One opened search for one case."""

    case_id = c.key()
    person_key = c.optional_key()  # who the case was when the search was opened
    purpose = models.CharField(max_length=24)
    rule_id = models.CharField(max_length=400)
    edition = c.text(120)
    evidence = models.CharField(max_length=12)
    evidence_ref = c.key()  # sample or sender; nothing that names a person
    confirmed_by = c.text(150)
    confirmed_unit = c.text(150)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=150)
    opened_unit = c.text(150)
    has_secondary = models.BooleanField(default=False)  # the contacts' own contacts were asked for too

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "case_id"], name="search_once"),
            models.CheckConstraint(
                name="search_has_rule", condition=~models.Q(rule_id="") & models.Q(purpose="tracing")
            ),
            models.CheckConstraint(
                name="search_has_evidence",
                condition=models.Q(evidence="exercise")
                | (models.Q(evidence="laboratory") & ~models.Q(evidence_ref=""))
                | (
                    models.Q(evidence="clinicians")
                    & ~models.Q(confirmed_by="")
                    & ~models.Q(confirmed_by=models.F("opened_by"))
                    & ~models.Q(confirmed_unit="")
                    & ~models.Q(opened_unit="")
                    & ~models.Q(confirmed_unit=models.F("opened_unit"))
                ),
            ),
        ]
