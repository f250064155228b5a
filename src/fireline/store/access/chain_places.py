"""Places that several cases of a chain visited, to filter the chain by.

Store: a person-level read; one audit row each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fireline.privacy.purposes import Purpose
from fireline.store.access.scope import check, covers, outbreak_for, record_read, within
from fireline.store.actor import Actor
from fireline.store.models import Case, Stay
from fireline.store.refusals import audits_refusals

MOST_PLACES = 40


@audits_refusals
def shared_places(
    actor: Actor, *, purpose: Purpose | str, outbreak: int, place: str = "", at: datetime | None = None
) -> dict[str, Any]:
    """Places where two cases or more have been, the busiest first, and the cases of one of them.

    Returns
    -------
    dict   places (up to 40 of place_id, name, n), cases (set of case ids that were at ``place``, which may
        be any place), all within the actor's area

    Raises
    ------
    PurposeError   the purpose is not investigation or tracing, or not this role's
    """
    chosen = check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING)
    where = outbreak_for(actor, outbreak)
    stays = Stay.objects.filter(outbreak_id=where.pk).order_by()
    if not covers(actor, where.area_code):
        mine = within(Case.objects.all(), actor, where).values("case_id")
        stays = stays.filter(case_id__in=mine)
    visited: dict[str, tuple[str, set[str]]] = {}
    for place_id, name, case_id in _visits(stays.values_list("place_id", "place_name", "case_id").distinct()):
        visited.setdefault(place_id, (name or place_id, set()))[1].add(case_id)
    busiest = sorted((-len(cases), name, key) for key, (name, cases) in visited.items() if len(cases) > 1)
    shared = [{"place_id": key, "name": name, "n": -n} for n, name, key in busiest[:MOST_PLACES]]
    cases = visited[place][1] if place in visited else set()
    record_read(actor, action="read.chain_places", purpose=chosen, at=at, outbreak=where.pk, n=len(cases))
    return {"places": shared, "cases": cases}


def _visits(rows: Any) -> Iterable[tuple[str, str, str]]:
    return rows.iterator(chunk_size=10_000)  # type: ignore[no-any-return]
