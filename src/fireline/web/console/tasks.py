"""Closed loops: who owes what by when; accept, close, hand back.

Web, console: lists follow the area tree; a grid worker sees the own area and hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import tasks as task_actions
from fireline.errors import InputError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.console.labels import task_name
from fireline.web.shared.preferences import safe_next
from fireline.web.shared.strings import say

SIZE = 100
READERS = (Purpose.FOLLOW_UP,)
STATES = ("open", "overdue", "done", "all")


def with_state(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    """A task with what a person sees first: its state now, whether it is late, the name of its area."""
    is_late = bool(row["is_open"] and row["due_at"] is not None and row["due_at"] < desk.moment)
    shown = (
        "overdue" if is_late else ("accepted" if row["accepted_at"] else "open") if row["is_open"] else "done"
    )
    return {**row, "is_late": is_late, "shown_state": shown, "area_name": desk.area_name(row["area_code"])}


@desk_page(*READERS)
def tasks(desk: Desk) -> HttpResponse:
    """One page of tasks by state, kind, case and hand."""
    return _show(desk)


def _show(desk: Desk, errors: list[str] | None = None, status: int = 200) -> HttpResponse:
    asked = desk.request.GET
    state = asked.get("state", "open")
    state = state if state in STATES else "open"
    mine, kind, case_id = asked.get("mine") == "1", asked.get("kind", ""), asked.get("case", "")
    number = page_number(desk.request)
    found = access.tasks(
        desk.actor,
        purpose=desk.purpose,
        outbreak=desk.pk,
        state=state,
        kind=kind,
        case_id=case_id,
        mine=mine,
        offset=(number - 1) * SIZE,
        limit=SIZE,
        at=desk.moment,
    )
    response = desk.page(
        "tasks.html",
        rows=[with_state(desk, row) for row in found.rows],
        views=_views(desk, state, mine),
        errors=errors or [],
        case_id=case_id,
        kind=kind,
        kind_label=task_name(kind),
        may_act=access.may_take_tasks(desk.actor),
        **pager(found.total, number, SIZE),
    )
    response.status_code = status
    return response


def _views(desk: Desk, state: str, mine: bool) -> list[dict[str, Any]]:
    url = f"{desk.base}/tasks"
    return [
        {"url": url, "label": say("task.all_open"), "is_on": state == "open" and not mine, "n": None},
        {
            "url": f"{url}?state=overdue",
            "label": say("task.overdue"),
            "is_on": state == "overdue" and not mine,
            "n": None,
        },
        {"url": f"{url}?mine=1", "label": say("task.mine"), "is_on": mine, "n": None},
        {
            "url": f"{url}?state=done",
            "label": say("task.done"),
            "is_on": state == "done" and not mine,
            "n": None,
        },
        {"url": f"{url}?state=all", "label": say("app.all"), "is_on": state == "all" and not mine, "n": None},
    ]


@desk_page(*READERS, methods=("POST",))
def task(desk: Desk, task_id: str) -> HttpResponse:
    """Accept, close or hand back one task."""
    try:
        return _act(desk, task_id)
    except InputError as error:
        return _show(desk, [str(error)], 400)


def _act(desk: Desk, task_id: str) -> HttpResponse:
    form = desk.request.POST
    verb, note = form.get("verb", ""), form.get("note", "")
    version = int(form["version"]) if form.get("version", "").isdecimal() else None
    mine: dict[str, Any] = {
        "by": desk.actor,
        "at": desk.at,
        "outbreak": desk.pk,
        "task_id": task_id,
        "version": version,
    }
    if verb == "accept":
        task_actions.accept(**mine)
    elif verb == "close":
        task_actions.close(**mine, note=note)
    elif verb == "hand_back":
        task_actions.hand_back(**mine, reason=note)
    else:
        raise InputError(say("error.400.title"))
    key = {"accept": "task.accepted_ok", "close": "task.closed_ok", "hand_back": "task.handed_ok"}[verb]
    messages.success(desk.request, say(key), extra_tags="good")
    return HttpResponseRedirect(safe_next(desk.request, f"{desk.base}/tasks"))
