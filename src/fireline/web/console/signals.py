"""The signals page: triggers first, alarms of single streams on a tab of their own, each with a verdict.

Web, console: counts only, nobody's rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import signals as signal_actions
from fireline.errors import InputError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import pictures, triggers
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.console.labels import stream_name
from fireline.web.shared.icons import ALARM_GLYPHS
from fireline.web.shared.strings import explained, say

SIZE = 100
STATES = ("new", "verified", "escalated", "discarded")
LEVELS = tuple(ALARM_GLYPHS)  # worst first
HIGHER = LEVELS[:2]
HIGHER_CHIP = "higher"
READ_LIMIT = 2_000  # signals of one state that are sorted by level; older ones are reached by the state "all"
VERDICTS = {
    "verified": signal_actions.verify,
    "discarded": signal_actions.discard,
    "escalated": signal_actions.escalate,
}
SERIES_DAYS = 90
VIEWS = ("mine", "all", "alarms")


def named(desk: Desk, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Signals with the names of their area and stream, also inside the sentence that says why."""
    found = []
    for row in rows:
        area = desk.area_name(row["area_code"])
        texts = {f"why_{lang}": _plain(row[f"why_{lang}"], row["area_code"], area) for lang in ("zh", "en")}
        found.append({**row, **texts, "area_name": area, "stream_name": stream_name(row["stream"])})
    return found


def _plain(text: str, area_code: str, area: str) -> str:
    return text.replace(area_code, area) if area_code else text


def in_state(desk: Desk, state: str) -> list[dict[str, Any]]:
    """The newest signals of a state, at most READ_LIMIT."""
    rows: list[dict[str, Any]] = []
    while len(rows) < READ_LIMIT:
        page = access.signals(
            desk.actor,
            purpose=Purpose.SITUATION,
            outbreak=desk.pk,
            state=state,
            offset=len(rows),
            limit=access.PAGE_LIMIT,
        )
        rows += page.rows
        if not page.rows or len(rows) >= page.total:
            break
    return rows


def counts_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Number of signals of each level, worst first."""
    found = Counter(row["level"] for row in rows)
    return {level: found[level] for level in LEVELS}


def by_level(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Worst level first; inside a level the order stays (newest day first)."""
    return sorted(rows, key=lambda row: LEVELS.index(row["level"]) if row["level"] in LEVELS else len(LEVELS))


@desk_page(Purpose.SITUATION)
def signals(desk: Desk) -> HttpResponse:
    """The triggers that wait for the reader; without any in the dossier, the alarms of single streams."""
    counts = access.trigger_counts(desk.actor, outbreak=desk.pk, at=desk.at)
    view = desk.request.GET.get("view", "")
    if view not in VIEWS:
        view = "mine" if counts["total"] else "alarms"
    return _alarms(desk, counts) if view == "alarms" else triggers.show_list(desk, view, counts)


def _alarms(desk: Desk, of_triggers: Mapping[str, Any]) -> HttpResponse:
    """One page of alarms: those to verify of the two worst levels that are part of no trigger, unless another
    choice is made.
    """
    asked = desk.request.GET
    state = asked.get("state", "new")
    state = "" if state == "all" or state not in STATES else state
    level = asked.get("level", HIGHER_CHIP)
    level = level if level in (*LEVELS, HIGHER_CHIP) else ""
    every = in_state(desk, state)
    is_part = asked.get("part") == "1"
    rows = [row for row in every if bool(row["trigger_id"]) == is_part]
    counts = counts_of(rows)
    chosen = HIGHER if level == HIGHER_CHIP else (level,) if level else LEVELS
    shown = by_level(row for row in rows if not level or row["level"] in chosen)
    paged = pager(len(shown), page_number(desk.request), SIZE)
    start = (paged["page"] - 1) * SIZE
    return desk.page(
        "signals.html",
        rows=named(desk, shown[start : start + SIZE]),
        views=triggers.tabs(desk, "alarms", of_triggers),
        fresh=access.freshness(desk.actor, outbreak=desk.pk),
        is_part=is_part,
        n_parts=sum(bool(row["trigger_id"]) for row in every),
        states=[*STATES, "all"],
        state=state or "all",
        levels=[
            {"code": HIGHER_CHIP, "n": sum(counts[x] for x in HIGHER)},
            *({"code": x, "n": counts[x]} for x in LEVELS),
            {"code": "all", "n": len(rows)},
        ],
        level=level or "all",
        **paged,
    )


@desk_page(Purpose.SITUATION, methods=("GET", "POST"))
def signal(desk: Desk, alarm_id: str) -> HttpResponse:
    """One signal with its series; POST carries the verdict."""
    if desk.request.method == "POST":
        try:
            return _decide(desk, alarm_id)
        except InputError as error:
            return _show(desk, alarm_id, errors=[explained(error)])
    return _show(desk, alarm_id)


def _decide(desk: Desk, alarm_id: str) -> HttpResponse:
    form = desk.request.POST
    verdict = form.get("verdict", "")
    if verdict not in VERDICTS:
        raise InputError(say("error.400.title"))
    VERDICTS[verdict](
        by=desk.actor,
        at=desk.at,
        outbreak=desk.pk,
        alarm_id=alarm_id,
        reason=form.get("reason", ""),
        version=int(form["version"]) if form.get("version", "").isdecimal() else None,
    )
    messages.success(
        desk.request, say("signal.decided", verdict=say(f"code.state.{verdict}")), extra_tags="good"
    )
    return HttpResponseRedirect(f"{desk.base}/signals/{quote(alarm_id, safe='')}")


def _show(desk: Desk, alarm_id: str, errors: list[str] | None = None) -> HttpResponse:
    found = access.signal(desk.actor, purpose=desk.purpose, outbreak=desk.pk, alarm_id=alarm_id)
    one = named(desk, [found])[0]
    points = _series(desk, found["stream"], found["area_code"], found["day"])
    near = access.signals(desk.actor, purpose=desk.purpose, outbreak=desk.pk, limit=access.PAGE_LIMIT).rows
    similar = [r for r in near if r["area_code"] == found["area_code"] and r["alarm_id"] != alarm_id][:6]
    return desk.page(
        "signal.html",
        signal=one,
        points=points,
        similar=named(desk, similar),
        errors=errors or [],
        figure=pictures.series(points, name=f"{one['area_name']} · {one['stream_name']}"),
        reason=desk.request.POST.get("reason", ""),
        may_decide=found["state"] in ("new", "verified") and desk.may(Purpose.INVESTIGATION),
    )


def _series(desk: Desk, stream: str, area_code: str, day: date | None) -> list[dict[str, Any]]:
    """The days of the series behind a signal, up to four weeks after it."""
    points = access.series(desk.actor, outbreak=desk.pk, stream=stream, area_code=area_code)
    last = (day + timedelta(days=28)).isoformat() if day else "9999"
    return [p for p in points if p["date"] <= last][-SERIES_DAYS:]
