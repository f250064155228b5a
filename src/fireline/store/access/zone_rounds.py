"""Sampling rounds of the newest ring of an outbreak: counts by level, hour and site, nobody's row.

Store: whoever's area is smaller than the outbreak's gets the units and people of that area.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from fireline.policy import Library, load_library
from fireline.privacy.purposes import Purpose
from fireline.store.access.records import records_for_chapters
from fireline.store.access.scope import areas_below, check, covers, outbreak_for
from fireline.store.access.zone_standing import rules_of
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Zone
from fireline.store.refusals import audits_refusals
from fireline.tasks.sampling.asked import Asked
from fireline.tasks.sampling.roster import ring_of
from fireline.tasks.sampling.rounds import Rounds, plan_rounds

_TABLES = frozenset({"cases", "persons", "places", "units", "tests"})
_STANDING = ("signed", "published", "staffed")


@audits_refusals
def zone_rounds(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    at: datetime,
    asked: Asked,
    start: datetime | None = None,
    library: Library | None = None,
) -> tuple[dict[str, Any] | None, Rounds | None]:
    """The ring that is sampled, and its rounds.

    Parameters
    ----------
    start : when the round begins; None for the hour the order begins, else that of the proposal

    Returns
    -------
    (ring, Rounds)   the newest signed ring, else the newest proposed one, else the newest computed one:
        id, state, is_order, starts_at, n_units, population; (None, None) where there is none

    Raises
    ------
    PurposeError   the purpose does not fit, or the outbreak is not in the actor's area
    """
    check(actor, purpose, Purpose.SITUATION, Purpose.CONTAINMENT, Purpose.INVESTIGATION, Purpose.OVERSIGHT)
    where = outbreak_for(actor, outbreak)
    zone = newest_ring(where)
    if zone is None:
        return None, None
    rows = zone.units.order_by("unit_id")
    if not covers(actor, where.area_code):
        rows = rows.filter(area_code__in=areas_below(actor.area_code))
    levels = pl.DataFrame(
        list(rows.values_list("unit_id", "level", "population")),
        schema={"unit_id": pl.String(), "level": pl.String(), "population": pl.Int64()},
        orient="row",
    )
    begins = start or min(zone.starts_at or zone.signed_at or zone.proposed_at or zone.made_at, at)
    ring = ring_of(records_for_chapters(where.pk, only=_TABLES, movement={}), levels, at=at)
    found = plan_rounds(ring, asked, rules_of(where, library or load_library(), at=at), start=begins, at=at)
    about = {
        "id": zone.pk,
        "state": zone.state,
        "is_order": zone.state in _STANDING,
        "starts_at": begins,
        "n_units": levels.height,
        "population": int(levels["population"].sum()),
    }
    return about, found


def newest_ring(where: Outbreak) -> Zone | None:
    """The newest ring that is ordered, else the newest proposed one, else the newest computed one."""
    rings = Zone.objects.filter(outbreak_id=where.pk).order_by("-id")
    for states in (_STANDING, ("proposed",), ("computed",)):
        found = rings.filter(state__in=states).first()
        if found is not None:
            return found
    return None
