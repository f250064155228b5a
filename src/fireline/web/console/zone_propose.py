"""Put a ring forward with everything that is signed with it: when it begins, reasons, exceptions.

Web, console: the short button of the zones page posts to the same address and asks for none of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from fireline.actions import zones as zone_actions
from fireline.clock import parse_instant
from fireline.errors import ConflictError, InputError, PolicyError
from fireline.privacy.purposes import Purpose, Role
from fireline.store import access
from fireline.web.console import zones
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.pages import status_of
from fireline.web.shared.strings import code, explained, say
from fireline.words import Words

KINDS = zone_actions.KINDS
MOST_EXCEPTIONS = 8
"""Rows of exceptions on the form."""

PROPOSERS = (Role.EPIDEMIOLOGIST, Role.COMMANDER)
_PARTS = ("kind", "name", "unit_id", "measures")
_LONGEST = {"kind": 40, "name": 200, "unit_id": 200, "measures": 2_000}


def propose(request: HttpRequest, outbreak: int, zone: int) -> HttpResponseBase:
    """The form, what it sends, or the short button of the zones page."""
    if request.method == "POST" and "form" not in request.POST:
        return zones.propose(request, outbreak=outbreak, zone=zone)
    return form(request, outbreak=outbreak, zone=zone)


propose.purposes = (Purpose.CONTAINMENT,)  # type: ignore[attr-defined]  # both ways are guarded by it


@desk_page(Purpose.CONTAINMENT, methods=("GET", "POST"))
def form(desk: Desk, zone: int) -> HttpResponse:
    """The form; once sent, the proposal's order."""
    if desk.request.method != "POST":
        return _show(desk, zone)
    if _bar(desk):
        return _show(desk, zone, [say(f"zone_propose.{_bar(desk)}")], 400)
    sent = desk.request.POST
    try:
        made = zone_actions.propose(
            by=desk.actor,
            at=desk.at,
            outbreak=desk.pk,
            zone=zone,
            starts_at=_starts(desk),
            why_large=sent.get("why_large", "")[:2_000],
            why_no_case=sent.get("why_no_case", "")[:2_000],
            exceptions=[row for row in _rows(desk) if any(row[p] for p in ("name", "unit_id", "measures"))],
        )
    except (InputError, ConflictError, PolicyError) as error:
        return _show(desk, zone, [explained(error)], status_of(error))
    messages.success(desk.request, say("zone.proposed_ok"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/zones/{made}/order")


def _show(desk: Desk, zone: int, errors: list[str] | None = None, status: int = 200) -> HttpResponse:
    found = access.zone_order(
        desk.actor, purpose=Purpose.CONTAINMENT, outbreak=desk.pk, zone=zone, at=desk.clock
    )
    response = desk.page(
        "zone_propose.html",
        zone=found["zone"],
        units=found["units"],
        rows=_rows(desk),
        kinds=[(kind, code("zone_exception", kind)) for kind in KINDS],
        typed=desk.request.POST,
        address=f"{desk.base}/zones/{zone}",
        bar=_bar(desk),
        may_propose=not _bar(desk) and desk.actor.role in PROPOSERS and desk.sees_all(),
        errors=errors or [],
    )
    response.status_code = status
    return response


def _bar(desk: Desk) -> str:
    """Why nobody may put a ring of this outbreak forward; "" where somebody may."""
    return "exercise" if desk.outbreak["is_exercise"] else "look_back" if desk.outbreak["label_zh"] else ""


def _rows(desk: Desk) -> list[dict[str, Any]]:
    """Exceptions as typed, always as many rows."""
    sent = desk.request.POST
    return [
        {part: sent.get(f"{part}-{k}", "").strip()[: _LONGEST[part]] for part in _PARTS}
        for k in range(MOST_EXCEPTIONS)
    ]


def _starts(desk: Desk) -> datetime | None:
    """When it begins; None = at once.

    Raises
    ------
    InputError   it cannot be read, or is over already
    """
    text = desk.request.POST.get("starts_at", "").strip()[:40]
    if not text:
        return None
    found = parse_instant(text, ZoneInfo(desk.outbreak["tz"]))
    if found < desk.at:
        raise InputError(
            Words(
                "开始时间：早于现在；请填写以后的时间，或留空表示签发后立即开始",
                "start: it is over already; give a later hour, or leave it empty to begin at the signature",
            )
        )
    return found
