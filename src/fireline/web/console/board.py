"""The first screen: what burns, what is late, who must act; and the rules that hold today.

Web, console: reads the summary table through access; no query here counts rows.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import figures, rules
from fireline.web.console.frame import Desk, desk_page
from fireline.web.console.labels import stream_name, task_name
from fireline.web.shared.icons import ALARM_GLYPHS
from fireline.web.shared.strings import language_now, say

CURVE_DAYS = 42
LATE_ROWS = 5
CONTACT_ORDER = ("close", "secondary", "companion", "general", "unclassified")
ZONE_ORDER = ("sealed", "managed", "precaution")


@desk_page(Purpose.SITUATION, of_outbreak=False)
def home(desk: Desk) -> HttpResponse:
    """The newest outbreak's board, or the list when there is none."""
    found = access.outbreaks(desk.actor)
    return HttpResponseRedirect(f"/o/{found[0]['id']}/board" if found else "/outbreaks")


@desk_page(Purpose.SITUATION)
def board(desk: Desk) -> HttpResponse:
    """The board of one outbreak."""
    seen = access.board(desk.actor, outbreak=desk.pk, at=desk.moment)
    signals = sorted(
        seen["new_signals"],
        key=lambda row: list(ALARM_GLYPHS).index(row["level"]) if row["level"] in ALARM_GLYPHS else 9,
    )
    return desk.page(
        "board.html",
        late=_late(seen),
        signals={
            "new": seen["signals"].get("new", 0),
            "rows": [{**row, "stream_name": stream_name(row["stream"])} for row in desk.named(signals[:7])],
        },
        mine=[
            {**row, "is_late": row["due_at"] is not None and row["due_at"] < desk.moment}
            for row in seen["mine"][:7]
        ],
        cases=_cases(desk, seen),
        contacts={
            "total": seen["n_contacts"],
            "figures": [
                {"code": c, "n": seen["contacts"][c]} for c in CONTACT_ORDER if c in seen["contacts"]
            ],
        },
        zones={"rows": [{"level": z, **seen["zones"][z]} for z in ZONE_ORDER if z in seen["zones"]]},
        chain_figures=None,
        sees_contacts=desk.may(Purpose.INVESTIGATION, Purpose.TRACING),
        sees_zones=True,
        missing=[zh if language_now() == "zh" else en for zh, en in desk.outbreak["missing"]],
        policy_today=rules.today(
            disease=desk.outbreak["disease"], area=desk.outbreak["area_code"], on=timezone.localdate(desk.at)
        ),
    )


def _late(seen: dict[str, Any]) -> dict[str, Any]:
    work = seen["tasks"]
    kinds = [
        {
            **row,
            "label": task_name(row["kind"]),
            "share": 1 - row["overdue"] / row["open"] if row["open"] else 1.0,
        }
        for row in seen["late"]
        if row["open"]
    ]
    return {
        "overdue": work["overdue"],
        "open": work["open"],
        "done": work["done"],
        "total": work["open"] + work["done"],
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
    return {"figures": facts, "curve": _curve(seen["cases_by_day"])}


def _curve(days: list[tuple[str, int]]) -> str:
    if not days:
        return ""
    counts = dict(days)
    last = date.fromisoformat(max(counts))
    first = max(date.fromisoformat(min(counts)), last - timedelta(days=CURVE_DAYS - 1))
    bars = []
    for i in range((last - first).days + 1):
        day = first + timedelta(days=i)
        bars.append((f"{day:%m-%d}", {"confirmed": counts.get(day.isoformat(), 0)}))
    return figures.curve(bars, say("board.curve"), width=440, height=150)
