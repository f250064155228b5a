"""One ring of zones: computed, proposed by one person, signed by another, published, staffed, lifted.

Store: an order needs a rule in force and two people of different units; what was signed is never deleted.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c

STATES = ["computed", "proposed", "withdrawn", "signed", "published", "staffed", "lifted"]
"""Where a ring can stand; from signed on it is an order."""


class Zone(c.OfOutbreak):
    """One ring of zones and where its order stands; every step is a row of ZoneStep as well."""

    state = models.CharField(max_length=12, default="computed")
    title = c.text(200)
    rule_id = c.text()
    edition = c.text(120)
    can_order = models.BooleanField(default=False)
    n_units = models.IntegerField(default=0)
    population = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    proposed_at = c.instant()
    proposed_by = c.text(150)
    proposed_unit = c.text(150)
    signed_at = c.instant()
    signed_by = c.text(150)
    signed_unit = c.text(150)
    starts_at = c.instant()  # when the order begins: gates have to be staffed by then
    why_large = models.TextField(blank=True, default="")  # signed reason for units above the rule's largest
    why_no_case = models.TextField(blank=True, default="")  # signed reason for a ring without a case
    published_at = c.instant()
    published_by = c.text(150)
    staffed_at = c.instant()
    lifted_at = c.instant()
    lifted_by = c.text(150)
    lift_reason = models.TextField(blank=True, default="")  # signed reason, where a condition did not hold
    withdrawn_at = c.instant()
    withdrawn_by = c.text(150)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(name="zone_state", condition=models.Q(state__in=STATES)),
            models.CheckConstraint(
                name="zone_proposed_paired",
                condition=models.Q(proposed_at__isnull=True, proposed_by="")
                | (models.Q(proposed_at__isnull=False) & ~models.Q(proposed_by="")),
            ),
            models.CheckConstraint(
                name="zone_signed_paired",
                condition=models.Q(signed_at__isnull=True, signed_by="")
                | (models.Q(signed_at__isnull=False) & ~models.Q(signed_by="")),
            ),
            models.CheckConstraint(
                name="zone_two_people",
                condition=models.Q(signed_by="")
                | (
                    ~models.Q(signed_by=models.F("proposed_by"))
                    & ~models.Q(signed_unit=models.F("proposed_unit"))
                    & ~models.Q(rule_id="")
                    & models.Q(can_order=True)
                ),
            ),
            models.CheckConstraint(
                name="zone_signed_state",
                condition=~models.Q(state__in=["signed", "published", "staffed", "lifted"])
                | models.Q(signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="zone_published_paired",
                condition=models.Q(published_at__isnull=True, published_by="")
                | (
                    models.Q(published_at__isnull=False, signed_at__isnull=False) & ~models.Q(published_by="")
                ),
            ),
            models.CheckConstraint(
                name="zone_lifted_paired",
                condition=models.Q(lifted_at__isnull=True, lifted_by="")
                | (models.Q(lifted_at__isnull=False, signed_at__isnull=False) & ~models.Q(lifted_by="")),
            ),
            models.CheckConstraint(
                name="zone_withdrawn_unsigned",
                condition=~models.Q(state="withdrawn") | models.Q(signed_at__isnull=True, signed_by=""),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "state", "id"], name="zone_state"),
        ]
