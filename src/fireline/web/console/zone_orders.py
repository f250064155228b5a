"""The order of one ring of zones: to be read, printed and carried through its steps, and its history by hour.

Web, console: units, gates and accounts only, nobody's rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import zone_gates
from fireline.actions import zone_orders as orders
from fireline.actions import zones as zone_actions
from fireline.clock import parse_instant
from fireline.errors import ConflictError, InputError, PolicyError
from fireline.privacy.purposes import Purpose, Role
from fireline.store import access
from fireline.store.actor import plain_unit
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.pages import status_of
from fireline.web.shared.strings import explained, language_now, say
from fireline.zones.model import LEVELS

STANDING = ("signed", "published", "staffed")


@desk_page(Purpose.SITUATION)
def order(desk: Desk, zone: int) -> HttpResponse:
    """The order whole, to be read and printed, with the buttons of its next steps."""
    return _show(desk, zone)


def _show(desk: Desk, zone: int, errors: list[str] | None = None, status: int = 200) -> HttpResponse:
    found = access.zone_order(
        desk.actor, purpose=Purpose.SITUATION, outbreak=desk.pk, zone=zone, at=_moment(desk)
    )
    ring = found["zone"]
    response = desk.page(
        "zone_order.html",
        zone=ring,
        is_in_force=found["is_in_force"],
        levels=_by_level(desk, found["units"]),
        gates=desk.named(found["gates"]),
        exceptions=found["exceptions"],
        notice=found[f"notice_{language_now()}"],
        lifting=found["lifting"],
        steps=found["steps"],
        accounts=found["accounts"],
        address=f"{desk.base}/zones/{zone}",
        errors=errors or [],
        typed=desk.request.POST,
        **_rights(desk, ring),
    )
    response.status_code = status
    return response


def _moment(desk: Desk) -> datetime:
    """Now; in an exercise or a look back the hour of its data."""
    return desk.clock


def _by_level(desk: Desk, units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for level in LEVELS:
        mine = desk.named([u for u in units if u["level"] == level])
        if mine:
            found.append({"level": level, "units": mine, "population": sum(u["population"] for u in mine)})
    return found


def _rights(desk: Desk, ring: dict[str, Any]) -> dict[str, bool]:
    """Steps this person may take from here."""
    is_commander = desk.actor.role == Role.COMMANDER and desk.sees_all()
    is_command = desk.actor.role in (Role.COMMANDER, Role.EPIDEMIOLOGIST) and desk.sees_all()
    state = ring["state"]
    is_other = desk.actor.username != ring["proposed_by"] and plain_unit(desk.actor.unit) != plain_unit(
        ring["proposed_unit"]
    )
    return {
        "may_propose": is_command and state in ("computed", "withdrawn") and not desk.outbreak["label_zh"],
        "may_sign": is_commander and state == "proposed" and is_other,
        "may_withdraw": state == "proposed"
        and (is_commander or (is_command and desk.actor.username == ring["proposed_by"])),
        "may_publish": is_commander and state == "signed",
        "may_assign": is_command and state in STANDING,
        "may_lift": is_commander and state in STANDING,
    }


@desk_page(Purpose.SITUATION)
def history(desk: Desk, zone: int) -> HttpResponse:
    """The ring as of an hour (``?at=``), with its steps until then."""
    asked = desk.request.GET.get("at", "").strip()
    errors = []
    at = desk.at
    if asked:
        try:
            at = parse_instant(asked, ZoneInfo(desk.outbreak["tz"]))
        except InputError as error:
            errors.append(explained(error))
    found = access.zone_at(desk.actor, purpose=Purpose.SITUATION, outbreak=desk.pk, zone=zone, at=at)
    levels = found["levels"]
    response = desk.page(
        "zone_history.html",
        zone=found["zone"],
        state=found["state"],
        is_in_force=found["is_in_force"],
        levels=[
            {"level": level, "units": sorted(u for u, mine in levels.items() if mine == level)}
            for level in LEVELS
            if level in levels.values()
        ],
        n_gates=len(found["gates"]),
        n_accepted=sum(1 for g in found["gates"].values() if g.get("accepted_at")),
        steps=found["steps"],
        at=at,
        asked=asked,
        address=f"{desk.base}/zones/{zone}",
        errors=errors,
    )
    response.status_code = 400 if errors else 200
    return response


@desk_page(Purpose.SITUATION)
def notice(desk: Desk, zone: int) -> HttpResponse:
    """The public notice as plain text; empty before it is published."""
    found = access.zone_order(
        desk.actor, purpose=Purpose.SITUATION, outbreak=desk.pk, zone=zone, at=_moment(desk)
    )
    text = found[f"notice_{language_now()}"]
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=200 if text else 404)


@desk_page(Purpose.SITUATION)
def kinds(desk: Desk) -> HttpResponse:
    """Which zones the day allows, the measures where none is, and the zones that are not about people."""
    found = access.zone_kinds(desk.actor, purpose=Purpose.SITUATION, outbreak=desk.pk, at=desk.clock)
    return desk.page("zone_kinds.html", at=desk.clock, **found)


def _act(desk: Desk, zone: int, done: str, step: Callable[[dict[str, Any]], Any]) -> HttpResponse:
    """Take a step and go back to the order; a refusal that a person can mend is shown on it."""
    version = desk.request.POST.get("version", "")
    common = {
        "by": desk.actor,
        "at": desk.at,
        "zone": zone,
        "version": int(version) if version.isdecimal() and len(version) < 9 else None,
    }
    try:
        step(common)
    except (InputError, ConflictError, PolicyError) as error:
        return _show(desk, zone, [explained(error)], status_of(error))
    messages.success(desk.request, say(f"zone_order.{done}"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/zones/{zone}/order")


def _said(desk: Desk, name: str) -> str:
    return desk.request.POST.get(name, "")[:2_000]


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def sign(desk: Desk, zone: int) -> HttpResponse:
    """Sign, with the reasons the rule asks for."""
    why: dict[str, Any] = {name: _said(desk, name) for name in ("why_large", "why_no_case")}
    return _act(desk, zone, "signed_ok", lambda common: zone_actions.sign(**common, **why))


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def withdraw(desk: Desk, zone: int) -> HttpResponse:
    """Take a proposal back."""
    reason = _said(desk, "reason")
    return _act(desk, zone, "withdrawn_ok", lambda common: orders.withdraw(**common, reason=reason))


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def publish(desk: Desk, zone: int) -> HttpResponse:
    """Publish."""
    return _act(desk, zone, "published_ok", lambda common: orders.publish(**common))


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def assign(desk: Desk, zone: int, gate: int) -> HttpResponse:
    """Hand a gate to an account."""
    to = _said(desk, "to")
    return _act(desk, zone, "assigned_ok", lambda common: zone_gates.assign(**common, gate=gate, to=to))


@desk_page(Purpose.FOLLOW_UP, methods=("POST",))
def accept(desk: Desk, zone: int, gate: int) -> HttpResponse:
    """Accept the hand-over of a gate."""
    return _act(desk, zone, "accepted_ok", lambda common: zone_gates.accept(**common, gate=gate))


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def lift(desk: Desk, zone: int) -> HttpResponse:
    """Lift the order or one level of it."""
    said: dict[str, Any] = {name: _said(desk, name) for name in ("level", "reason")}
    return _act(desk, zone, "lifted_ok", lambda common: orders.lift(**common, **said))
