"""Sampling rounds: sites, teams, tubes, laboratory by level, the rule's deadline, how far it has come.

Web, console: counts by level, hour and site; a plan orders nothing, and an order needs a rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse

from fireline.actions import rounds as round_actions
from fireline.clock import parse_instant
from fireline.errors import InputError
from fireline.privacy.purposes import Purpose, Role
from fireline.store import access
from fireline.tasks.sampling.asked import FIELDS, Asked, read_asked
from fireline.tasks.sampling.pools import SIZES
from fireline.tasks.sampling.rounds import schedule_rows
from fireline.web.console.exports import as_file
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.strings import explained

MOST_ROWS = 200
"""Rows of the schedule on the page; the file has all."""


@desk_page(Purpose.SITUATION, Purpose.CONTAINMENT)
def rounds(desk: Desk) -> HttpResponse:
    """One round for each level of the newest ring."""
    errors: list[str] = []
    asked, start = _asked(desk, errors)
    ring, found = access.zone_rounds(
        desk.actor, purpose=desk.purpose, outbreak=desk.pk, at=desk.clock, asked=asked, start=start
    )
    rows = schedule_rows(found) if found is not None else []
    levels = found.as_plain() if found is not None else []
    for one in levels:
        one["hours"] = one["progress"]["hours"] if one["progress"] else []
        one["schedule"] = [row for row in rows if row["level"] == one["level"]][:MOST_ROWS]
    response = desk.page(
        "zone_rounds.html",
        ring=ring,
        levels=levels,
        round_notes=found.notes if found is not None else (),
        fields=_fields(desk, asked, errors),
        start_text=desk.request.GET.get("start", "")[:40],
        most=MOST_ROWS,
        is_cut=len(rows) > sum(len(one["schedule"]) for one in levels),
        n_rows=len(rows),
        errors=errors,
        query=desk.request.GET.urlencode(),
        may_export=desk.actor.role in (Role.EPIDEMIOLOGIST, Role.COMMANDER),
    )
    response.status_code = 400 if errors else 200
    return response


@desk_page(Purpose.SITUATION, Purpose.CONTAINMENT)
def export(desk: Desk) -> HttpResponse:
    """The schedule by site as a file, planned from the same fields as the page."""
    made = round_actions.export_schedule(
        by=desk.actor,
        at=desk.at,
        clock=desk.clock,
        purpose=desk.purpose,
        outbreak=desk.pk,
        asked=read_asked(_texts(desk)),
        start=_start(desk),
    )
    return as_file(made)


def _texts(desk: Desk) -> dict[str, str]:
    return {field.name: desk.request.GET.get(field.name, "")[:20] for field in FIELDS}


def _start(desk: Desk) -> datetime | None:
    text = desk.request.GET.get("start", "").strip()[:40]
    return parse_instant(text, ZoneInfo(desk.outbreak["tz"])) if text else None


def _asked(desk: Desk, errors: list[str]) -> tuple[Asked, datetime | None]:
    """What was typed; where it cannot be read, the defaults and what was wrong."""
    asked, start = read_asked({}), None
    try:
        asked = read_asked(_texts(desk))
    except InputError as error:
        errors.append(explained(error))
    try:
        start = _start(desk)
    except InputError as error:
        errors.append(explained(error))
    return asked, start


def _fields(desk: Desk, asked: Asked, errors: list[str]) -> list[dict[str, Any]]:
    typed = _texts(desk)
    found = []
    for field in FIELDS:
        value = asked.values[field.name]
        text = typed[field.name] if errors else "" if value is None else f"{value:g}"
        found.append(
            {
                "name": field.name,
                "words": field.words,
                "text": text,
                "low": f"{field.low:g}",
                "high": f"{field.high:g}",
                "step": "1" if field.is_whole else "any",
                "sizes": [str(n) for n in SIZES] if field.name == "pool" else [],
            }
        )
    return found
