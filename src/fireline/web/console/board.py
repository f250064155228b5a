"""The first screen: what burns, what is late, who must act; and the rules that hold today.

Web, console: reads the summary table through access; no query here counts rows.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import pictures, rules, triggers
from fireline.web.console.frame import Desk, desk_page
from fireline.web.console.labels import task_name
from fireline.web.console.signals import HIGHER, by_level, counts_of, in_state, named
from fireline.web.shared.strings import language_now, say

LATE_ROWS = 6
SIGNAL_ROWS = 6
MINE_ROWS = 5
CURVES = ("curve_by_report", "curve")  # the first counts cases without an onset too
CURVE_PX, CURVE_HIGH_PX = 470, 190
CONTACT_ORDER = ("close", "secondary", "companion", "general", "unclassified")
ZONE_ORDER = ("sealed", "managed", "precaution")


@desk_page(Purpose.SITUATION, Purpose.REPORTING, of_outbreak=False)
def home(desk: Desk) -> HttpResponse:
    """The board of the outbreak opened last, else of the one with most open tasks; the list without any.

    A reporter is led to the phone page.
    """
    if desk.purpose is Purpose.REPORTING:
        return HttpResponseRedirect("/report")
    found = {row["id"] for row in access.outbreaks(desk.actor)}
    chosen = desk.last if desk.last in found else access.busiest(desk.actor)
    return HttpResponseRedirect(f"/o/{chosen}/board" if chosen is not None else "/outbreaks")


@desk_page(Purpose.SITUATION)
def board(desk: Desk) -> HttpResponse:
    """The board of one outbreak."""
    seen = access.board(desk.actor, outbreak=desk.pk, at=desk.moment)
    tz = ZoneInfo(desk.outbreak["tz"])
    return desk.page(
        "board.html",
        late=_late(seen),
        signals=_signals(desk),
        mine=[
            {**row, "is_late": access.state_now(row, at=desk.moment, tz=tz) == "overdue"}
            for row in seen["mine"][:MINE_ROWS]
        ],
        n_mine=seen["n_mine"],
        cases=_cases(desk, seen),
        contacts={
            "total": seen["n_contacts"],
            "people": seen["n_contact_people"],
            "figures": [
                {"code": c, "n": seen["contact_people"][c]}
                for c in CONTACT_ORDER
                if c in seen["contact_people"]
            ],
        },
        zones={"rows": [{"level": z, **seen["zones"][z]} for z in ZONE_ORDER if z in seen["zones"]]},
        findings=seen["findings"] if desk.may(Purpose.OVERSIGHT, Purpose.INVESTIGATION) else {},
        sees_contacts=desk.may(Purpose.INVESTIGATION, Purpose.TRACING),
        sees_zones=True,
        missing=[zh if language_now() == "zh" else en for zh, en in desk.outbreak["missing"]],
        policy_today=rules.today(
            disease=desk.outbreak["disease"], area=desk.outbreak["area_code"], on=timezone.localdate(desk.at)
        ),
    )


def _signals(desk: Desk) -> dict[str, Any]:
    """Triggers that wait for the reader, gravest first; without any in the dossier, alarms to verify."""
    counts = access.trigger_counts(desk.actor, outbreak=desk.pk, at=desk.at)
    if not counts["total"]:
        return _alarms(desk)
    found = access.triggers(desk.actor, purpose=desk.purpose, outbreak=desk.pk, at=desk.at, limit=SIGNAL_ROWS)
    return {
        "is_triggers": True,
        "n": found.total,
        "levels": [{"level": level, "n": n} for level, n in counts["mine"].items() if n],
        "rows": [
            {
                **triggers.named(desk, row),
                "stream_names": " + ".join(triggers.stream_label(s) for s in row["streams"]),
            }
            for row in found.rows
        ],
        "clock": desk.clock,
        "alarms": counts["alarms"],
    }


def _alarms(desk: Desk) -> dict[str, Any]:
    """Signals to verify: the higher levels by name, the lower ones as a number that leads to them."""
    rows = in_state(desk, "new")
    counts = counts_of(rows)
    higher = by_level(row for row in rows if row["level"] in HIGHER)
    return {
        "higher": len(higher),
        "lower": len(rows) - len(higher),
        "levels": [{"level": level, "n": n} for level, n in counts.items() if level in HIGHER and n],
        "rows": named(desk, higher[:SIGNAL_ROWS]),
    }


def _late(seen: dict[str, Any]) -> dict[str, Any]:
    work = seen["tasks"]
    kinds = [
        {
            **row,
            "label": task_name(row["kind"]),
            "share": 1 - row["overdue"] / row["open"],
        }
        for row in seen["late"]
        if row["open"]
    ]
    return {
        **work,
        "total": work["open"] + work["done"] + work["no_record"],
        "kinds": kinds[:LATE_ROWS],
    }


def _cases(desk: Desk, seen: dict[str, Any]) -> dict[str, Any]:
    base = f"{desk.base}/cases" if desk.may(Purpose.INVESTIGATION) else ""
    facts = [
        {"n": seen["n_cases"], "label": say("board.total_cases"), "url": base},
        {
            "n": seen["n_cases_24h"],
            "label": say("board.new_24h"),
            "url": f"{base}?sort=-reported_at" if base else "",
        },
    ]
    for kind in ("confirmed", "probable", "suspected", "asymptomatic", ""):
        n = seen["cases"].get(kind, 0)
        if n:
            url = f"{base}?classification={kind}" if base and kind else base
            facts.append({"n": n, "label": say(f"code.classification.{kind or 'unknown'}"), "url": url})
    return {"figures": facts, "curve": _curve(desk, seen["cases_by_day"])}


def _curve(desk: Desk, days: list[tuple[str, int]]) -> str:
    """Bars by class as the investigation counted them; a part of the area sees the sum of its own days."""
    if desk.sees_all():
        for name in CURVES:
            table = access.results(desk.actor, outbreak=desk.pk, name=name)
            rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
            if rows and "basis" in table["columns"]:
                return pictures.curve(rows, width=CURVE_PX, height=CURVE_HIGH_PX)
    return pictures.days_curve(days, width=CURVE_PX, height=CURVE_HIGH_PX)
