"""Which zones the rules of the day allow in an outbreak, and the vector areas and sources in it.

Store: units, sources and counts only; whoever's area does not hold the whole outbreak gets the rules alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from fireline.policy import Library, load_library
from fireline.privacy.purposes import Purpose
from fireline.records.model import Records, schema
from fireline.store.access.records import records_for_chapters
from fireline.store.access.scope import check, covers, outbreak_for
from fireline.store.access.zone_standing import rules_of
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Stay
from fireline.store.refusals import audits_refusals
from fireline.zones.allowed import allowed
from fireline.zones.other import other_zones

_TABLES = frozenset(
    {"cases", "persons", "places", "units", "counts", "exposures", "lots", "lot_handlers", "tests"}
)


@audits_refusals
def zone_kinds(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    at: datetime,
    library: Library | None = None,
) -> dict[str, Any]:
    """What the rules of the day allow, and the zones that are not about people as they stand.

    Returns
    -------
    dict   kinds (name, is_allowed, is_about_people, words), notes and measures (Words), may_restrict_people;
        vector_areas, vector_lifting, sources, trace (rows as dicts; zones are numbered, no case is named) and
        other_notes (Words), empty for whoever does not see the whole outbreak

    Raises
    ------
    PurposeError   the purpose does not fit, or the outbreak is not in the actor's area
    """
    check(actor, purpose, Purpose.SITUATION, Purpose.CONTAINMENT, Purpose.INVESTIGATION, Purpose.OVERSIGHT)
    where = outbreak_for(actor, outbreak)
    rules = rules_of(where, library or load_library(), at=at)
    found = allowed(rules)
    said: dict[str, Any] = {
        "kinds": [
            {
                "name": kind.name,
                "is_allowed": kind.is_allowed,
                "is_about_people": kind.is_about_people,
                "words": kind.words,
            }
            for kind in found.kinds
        ],
        "notes": found.notes,
        "measures": found.measures,
        "may_restrict_people": found.may_restrict_people,
        "vector_areas": [],
        "vector_lifting": [],
        "sources": [],
        "trace": [],
        "other_notes": (),
    }
    if not covers(actor, where.area_code):
        return said
    records = _records(where)
    other = other_zones(records, rules, at=at)
    said["vector_areas"] = other.areas.to_dicts()
    said["vector_lifting"] = other.lifting.to_dicts()
    said["sources"] = other.sources.to_dicts()
    said["trace"] = other.trace.filter(~pl.col("is_same")).to_dicts()
    said["other_notes"] = other.notes
    return said


def _records(where: Outbreak) -> Records:
    """The tables these zones need; of movement only the stays of cases, which their trajectories hold."""
    records = records_for_chapters(where.pk, only=_TABLES, movement={})
    rows = Stay.objects.filter(outbreak_id=where.pk).order_by("id")
    columns = ("person_key", "place_id", "enter", "precision", "leave")
    stays = [
        {
            "person_key": person,
            "place_id": place,
            "enter": enter,
            "enter_precision": precision or "day",
            "leave": leave,
            "leave_precision": (precision or "day") if leave is not None else None,
        }
        for person, place, enter, precision, leave in rows.values_list(*columns)
    ]
    wanted = schema("visits")
    visits = pl.DataFrame([{c: row.get(c) for c in wanted} for row in stays], schema=wanted)
    return replace(records, tables={**records.tables, "visits": visits})
