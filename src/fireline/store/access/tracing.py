"""Whether the search of one case was opened, and on what it could be: for the case page.

Store: read beside an opened case, whose audit row covers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count

from fireline.privacy.purposes import Purpose
from fireline.store.access.scope import check, outbreak_for
from fireline.store.actor import Actor
from fireline.store.evidence import evidence_for, stands
from fireline.store.models import Confirmation, Contact, Search
from fireline.store.refusals import audits_refusals


@audits_refusals
def search_state(
    actor: Actor, *, purpose: Purpose | str, outbreak: int, case: Mapping[str, Any]
) -> dict[str, Any]:
    """What stands about the search of one case; ``case`` is a row that ``access.case`` gave.

    Returns
    -------
    dict   opened (row of the search, or None), is_standing (its cause was not withdrawn), evidence (kind this
        actor could search on, "" = none), confirmations (rows: confirmed_at, confirmed_by, unit), is_mine
        (the actor confirmed it), by_class and by_place (number of contacts)

    Raises
    ------
    PurposeError   the purpose does not fit
    """
    check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING, Purpose.INTAKE)
    where = outbreak_for(actor, outbreak)
    mine = {"outbreak_id": where.pk, "case_id": case["case_id"]}
    said = list(
        Confirmation.objects.filter(**mine, person_key=case["person_key"])
        .order_by("confirmed_at", "pk")
        .values("confirmed_at", "confirmed_by", "unit", "reason")
    )
    search = Search.objects.filter(**mine).first()
    contacts = Contact.objects.filter(**mine).order_by()
    return {
        "opened": Search.objects.filter(**mine).values().first(),
        "is_standing": search is not None and stands(search, case, where),
        "evidence": evidence_for(where, case, by=actor).kind,
        "confirmations": said,
        "is_mine": any(row["confirmed_by"] == actor.username for row in said),
        "by_class": dict(contacts.values_list("contact_class").annotate(n=Count("id"))),
        "by_place": dict(contacts.exclude(place_id="").values_list("place_id").annotate(n=Count("id"))),
    }
