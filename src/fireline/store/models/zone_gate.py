"""One border of an ordered zone that somebody has to stand at, and who does.

Store: made when the order is signed; a hand-over counts once the named account has accepted it.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class ZoneGate(models.Model):
    """One border of an ordered zone that somebody has to stand at."""

    zone = models.ForeignKey("store.Zone", on_delete=models.CASCADE, related_name="gates")
    unit_inside = c.key()
    unit_outside = c.optional_key()  # "" = the data name no neighbour: the unit's own entrances
    level = c.code()
    area_code = c.optional_key()
    n_gates = c.integer()  # null where the data do not say how many
    assigned_to = c.text(150)
    assigned_unit = c.text(150)
    assigned_at = c.instant()
    accepted_at = c.instant()
    accepted_by = c.text(150)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["zone", "unit_inside", "unit_outside"], name="zone_gate_once"),
            models.CheckConstraint(
                name="zone_gate_accepted_paired",
                condition=models.Q(accepted_at__isnull=True, accepted_by="")
                | (models.Q(accepted_at__isnull=False) & models.Q(accepted_by=models.F("assigned_to"))),
            ),
        ]
