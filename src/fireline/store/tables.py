"""Which model holds which canonical table, and under which field names.

Store: read by bulk loading and by the way back into records.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models

from fireline.store import models as m


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one canonical table is kept.

    Attributes
    ----------
    model : model class
    renamed : mapping from canonical column to field, where they differ
    """

    model: type[models.Model]
    renamed: dict[str, str] = field(default_factory=dict)


SHELVES: dict[str, Shelf] = {
    "cases": Shelf(m.Case),
    "links": Shelf(m.Link),
    "contacts": Shelf(m.StatedContact, {"class": "contact_class"}),
    "exposures": Shelf(m.Exposure),
    "persons": Shelf(m.Person),
    "places": Shelf(m.Place),
    "counts": Shelf(m.Count),
    "arrivals": Shelf(m.Arrival),
    "lots": Shelf(m.Lot),
    "lot_handlers": Shelf(
        m.LotHandler,
        {
            "from": "begins",
            "from_precision": "begins_precision",
            "to": "ends",
            "to_precision": "ends_precision",
        },
    ),
    "tests": Shelf(m.Test),
    "risk_areas": Shelf(m.RiskArea),
    "units": Shelf(m.Unit),
    "adjacency": Shelf(m.Adjacency),
}
"""Tables of one outbreak. Areas are shared by all, movement is in day files, identities are in the vault."""

MOVEMENT = ("visits", "positions")
"""Tables that are kept as Parquet files by day with a manifest row each."""
