"""The stream calendar of routine surveillance: who has reported, late, corrected or not at all.

Web, console: counts only, nobody's rows.
"""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import analysis
from fireline.feeds.reporting import STREAMS, State, UnitKind
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.store.access.reporting import CONDITIONS
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.console.labels import stream_name
from fireline.web.shared.strings import say

SIZE = 100
LEGEND = tuple(state.value for state in State)


@desk_page(Purpose.SITUATION)
def streams(desk: Desk) -> HttpResponse:
    """The last two weeks of every unit and stream, those that miss a number first."""
    asked = desk.request.GET
    areas = {area["area_code"] for area in desk.areas()}
    chosen = {
        name: asked.get(name, "") if asked.get(name) in allowed else ""
        for name, allowed in (
            ("condition", set(CONDITIONS)),
            ("kind", {kind.value for kind in UnitKind}),
            ("stream", set(STREAMS)),
            ("area", areas),
        )
    }
    number = page_number(desk.request)
    found = access.stream_calendar(
        desk.actor,
        outbreak=desk.pk,
        at=desk.at,
        last=_day(asked.get("day", "")),
        condition=chosen["condition"],
        kind=chosen["kind"],
        stream=chosen["stream"],
        area_code=chosen["area"],
        offset=(number - 1) * SIZE,
        limit=SIZE,
    )
    rows = [{**row, "stream_name": stream_name(row["stream"])} for row in desk.named(found.rows)]
    return desk.page(
        "streams.html",
        rows=rows,
        days=found.days,
        conditions=[{"code": code, "n": found.counts[code]} for code in CONDITIONS],
        n_missing=found.counts["missing"],
        kinds=list(UnitKind),
        streams=[{"code": code, "label": stream_name(code)} for code in STREAMS],
        chosen=chosen,
        legend=LEGEND,
        areas=desk.areas(),
        fresh=access.freshness(desk.actor, outbreak=desk.pk),
        may_refresh=desk.may(Purpose.INVESTIGATION),
        **pager(found.total, number, SIZE),
    )


@desk_page(Purpose.INVESTIGATION, methods=("POST",))
def refresh(desk: Desk) -> HttpResponse:
    """Run the chapters again over everything that has come in."""
    try:
        done = analysis.refresh(by=desk.actor, at=desk.at, outbreak=desk.pk)
        messages.success(desk.request, say("streams.refreshed", n=done["signals"]), extra_tags="good")
    except analysis.Busy:
        messages.info(desk.request, say("fresh.busy"))
    return HttpResponseRedirect(f"{desk.base}/signals")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
