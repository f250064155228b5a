"""Signals: is it real, and what is done; every one ends in a verdict with a reason.

Web, console: counts only, nobody's rows.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import signals as signal_actions
from fireline.errors import InputError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import figures
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.console.labels import stream_name
from fireline.web.shared.strings import say

SIZE = 100
STATES = ("new", "verified", "escalated", "discarded")
VERDICTS = {
    "verified": signal_actions.verify,
    "discarded": signal_actions.discard,
    "escalated": signal_actions.escalate,
}
SERIES_DAYS = 90


def _named(desk: Desk, rows: Any) -> list[dict[str, Any]]:
    return [{**row, "stream_name": stream_name(row["stream"])} for row in desk.named(rows)]


@desk_page(Purpose.SITUATION)
def signals(desk: Desk) -> HttpResponse:
    """One page of signals by state, newest first."""
    state = desk.request.GET.get("state", "")
    state = state if state in STATES else ""
    number = page_number(desk.request)
    found = access.signals(
        desk.actor,
        purpose=desk.purpose,
        outbreak=desk.pk,
        state=state,
        offset=(number - 1) * SIZE,
        limit=SIZE,
    )
    states = [{"code": "", "n": None}, *({"code": s, "n": None} for s in STATES)]
    return desk.page(
        "signals.html",
        rows=_named(desk, found.rows),
        states=states,
        state=state,
        **pager(found.total, number, SIZE),
    )


@desk_page(Purpose.SITUATION, methods=("GET", "POST"))
def signal(desk: Desk, alarm_id: str) -> HttpResponse:
    """One signal with its series; POST carries the verdict."""
    if desk.request.method == "POST":
        try:
            return _decide(desk, alarm_id)
        except InputError as error:
            return _show(desk, alarm_id, errors=[str(error)])
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
    one = _named(desk, [found])[0]
    points = _series(desk, found["stream"], found["area_code"])
    near = access.signals(desk.actor, purpose=desk.purpose, outbreak=desk.pk, limit=200).rows
    similar = [r for r in near if r["area_code"] == found["area_code"] and r["alarm_id"] != alarm_id][:6]
    words = {"count": say("signal.observed"), "upper": say("signal.upper")}
    label = say("signal.series_label", stream=one["stream_name"])
    return desk.page(
        "signal.html",
        signal=one,
        points=points,
        similar=_named(desk, similar),
        errors=errors or [],
        figure=figures.series(points, label, words) if points else "",
        reason=desk.request.POST.get("reason", ""),
        may_decide=found["state"] in ("new", "verified") and desk.may(Purpose.INVESTIGATION),
    )


def _series(desk: Desk, stream: str, area_code: str) -> list[dict[str, Any]]:
    """The last days of the series behind a signal, as far as it was kept."""
    table = access.results(desk.actor, outbreak=desk.pk, name="series")
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    mine = [r for r in rows if r["stream"] == stream and r["area_code"] == area_code]
    return sorted(mine, key=lambda r: r["date"])[-SERIES_DAYS:]
