"""One ring of zones: as computed, as proposed by one person, as signed by another.

Store: an order needs a rule in force and two people of different units.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Zone(c.OfOutbreak):
    """One ring of zones: as computed, as proposed by one person, as signed by another."""

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
    version = models.PositiveIntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="zone_state", condition=models.Q(state__in=["computed", "proposed", "signed", "lifted"])
            ),
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
                condition=~models.Q(state="signed") | models.Q(signed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "state", "id"], name="zone_state"),
        ]
