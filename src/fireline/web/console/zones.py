"""Zones: the smallest ring that holds; map and list say the same, and no order without a rule and two people.

Web, console: units only, nobody's rows.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import zones as zone_actions
from fireline.privacy.purposes import Purpose, Role
from fireline.store import access
from fireline.store.actor import plain_unit
from fireline.web.console import geo
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.shared.strings import say

LEVELS = ("sealed", "managed", "precaution")
SIZE = 200
SIGNERS = (Role.COMMANDER,)
PROPOSERS = (Role.EPIDEMIOLOGIST, Role.COMMANDER)


@desk_page(Purpose.SITUATION)
def zones(desk: Desk) -> HttpResponse:
    """The newest ring with its units."""
    asked = desk.request.GET.get("zone", "")
    found = access.zones(
        desk.actor,
        purpose=desk.purpose,
        outbreak=desk.pk,
        zone=int(asked) if asked.isdecimal() and len(asked) < 10 else None,
    )
    ring, units = (
        found["zone"],
        sorted(found["units"], key=lambda u: (LEVELS.index(u["level"]), u["unit_id"])),
    )
    level = desk.request.GET.get("level", "")
    chosen = [u for u in units if not level or u["level"] == level]
    number = page_number(desk.request)
    paged = pager(len(chosen), number, SIZE)
    start = (paged["page"] - 1) * SIZE
    ground = geo.areas(desk.areas())
    return desk.page(
        "zones.html",
        zone=ring,
        notes_of_zones=[],
        totals=_totals(units),
        level=level,
        levels=("", *LEVELS),
        units=desk.named(chosen[start : start + SIZE]),
        **paged,
        geo=geo.zones(found["geojson"], ground) if found["geojson"]["features"] else None,
        map_words=geo.map_words(),
        others=found["others"],
        candidates=_candidates(desk),
        **_rights(desk, ring),
    )


def _totals(units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for level in LEVELS:
        mine = [u for u in units if u["level"] == level]
        if mine:
            found.append(
                {"level": level, "n_units": len(mine), "population": sum(u["population"] for u in mine)}
            )
    return found


def _candidates(desk: Desk) -> list[dict[str, Any]]:
    """The rule's zone beside cruder ones: what each restricts, for whoever sees the whole outbreak."""
    if not desk.sees_all():
        return []
    table = access.results(desk.actor, outbreak=desk.pk, name="zone_candidates")
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def _rights(desk: Desk, ring: dict[str, Any] | None) -> dict[str, Any]:
    """What this person may do with the ring, and why nobody may put one forward where that is so."""
    bar = "exercise" if desk.outbreak["is_exercise"] else "look_back" if desk.outbreak["label_zh"] else ""
    if ring is None:
        return {"may_propose": False, "may_sign": False, "bar": bar}
    is_other = desk.actor.username != ring["proposed_by"] and plain_unit(desk.actor.unit) != plain_unit(
        ring["proposed_unit"]
    )
    return {
        "bar": bar,
        "may_propose": not bar and ring["state"] == "computed" and desk.actor.role in PROPOSERS,
        "may_sign": ring["state"] == "proposed"
        and ring["can_order"]
        and desk.actor.role in SIGNERS
        and is_other,
    }


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def propose(desk: Desk, zone: int) -> HttpResponse:
    """Put the computed ring forward."""
    made = zone_actions.propose(by=desk.actor, at=desk.at, outbreak=desk.pk, zone=zone)
    messages.success(desk.request, say("zone.proposed_ok"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/zones?zone={made}")


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def sign(desk: Desk, zone: int) -> HttpResponse:
    """Approve a ring that somebody of another unit put forward."""
    version = desk.request.POST.get("version", "")
    zone_actions.sign(
        by=desk.actor, at=desk.at, zone=zone, version=int(version) if version.isdecimal() else None
    )
    messages.success(desk.request, say("zone.signed_ok"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/zones?zone={zone}")
