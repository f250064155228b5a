"""Closed loops: who owes what by when; accept, close, hand back.

Web, console: lists follow the area tree; a grid worker sees the own area and hand. What no data could show
done ("no record") stands apart from what is late.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import tasks as task_actions
from fireline.errors import ConflictError, InputError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.console.labels import task_name
from fireline.web.shared.pages import status_of
from fireline.web.shared.preferences import safe_next
from fireline.web.shared.strings import explained, say

SIZE = 100
READERS = (Purpose.FOLLOW_UP,)
STATES = ("overdue", "due_today", "open", "no_record", "done", "all")
FIRST = "overdue"
NO_RECORD = "no_record"
COUNTED = {"overdue": "overdue", "open": "open", NO_RECORD: NO_RECORD}  # state -> column of the board's rows


def with_state(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    """A task with what a person sees first: its state now, whether it is late, the names of area and kind.

    A task due on a day is late when that day is over.
    """
    shown = access.state_now(row, at=desk.moment, tz=ZoneInfo(desk.outbreak["tz"]))
    return {
        **row,
        "is_late": shown == "overdue",
        "is_due_today": shown == "due_today",
        "shown_state": shown,
        "area_name": desk.area_name(row["area_code"]),
        "unit_name": desk.area_name(row["owner_unit"]) if row["owner_unit"] else "",
        "kind_name": task_name(row["kind"]),
    }


@desk_page(*READERS)
def tasks(desk: Desk) -> HttpResponse:
    """One page of tasks by state, kind, case and hand; what is overdue stands first."""
    asked = desk.request.GET
    state = asked.get("state", FIRST)
    state = state if state in STATES else FIRST
    mine, kind, case_id = asked.get("mine") == "1", asked.get("kind", ""), asked.get("case", "")
    if (mine or case_id) and "state" not in asked:
        state = "open"
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
    seen = access.board(desk.actor, outbreak=desk.pk, at=desk.moment)
    return desk.page(
        "tasks.html",
        rows=[with_state(desk, row) for row in found.rows],
        views=_views(desk, seen["tasks"], state, mine=mine),
        kinds=[] if mine or case_id else _kinds(desk, seen["late"], state, kind),
        case_id=case_id,
        kind=kind,
        kind_label=task_name(kind),
        state=state,
        may_act=access.may_take_tasks(desk.actor),
        **pager(found.total, number, SIZE),
    )


def _views(desk: Desk, counts: Mapping[str, Any], state: str, *, mine: bool) -> list[dict[str, Any]]:
    url = f"{desk.base}/tasks"
    views = [
        {
            "url": f"{url}?state={name}",
            "label": say(f"task.{name}"),
            "is_on": state == name and not mine,
            "n": counts.get(name),
        }
        for name in STATES
    ]
    own = {"url": f"{url}?mine=1", "label": say("task.mine"), "is_on": mine, "n": None}
    return [views[0], own, *views[1:]]


def _kinds(desk: Desk, rows: list[dict[str, Any]], state: str, kind: str) -> list[dict[str, Any]]:
    """Kinds of task that occur in a state with their number, the most first."""
    if state not in COUNTED:
        return []
    counted = sorted(
        ((row[COUNTED[state]], row["kind"]) for row in rows if row[COUNTED[state]]),
        key=lambda pair: (-pair[0], pair[1]),
    )
    url = f"{desk.base}/tasks?"
    return [
        {
            "url": url + urlencode({"state": state} if name == kind else {"state": state, "kind": name}),
            "label": task_name(name),
            "n": n,
            "is_on": name == kind,
        }
        for n, name in counted
    ]


@desk_page(*READERS, methods=("GET", "POST"))
def task(desk: Desk, task_id: str) -> HttpResponse:
    """One task; POST accepts, closes or hands it back."""
    if desk.request.method != "POST":
        return _show(desk, task_id)
    try:
        return _act(desk, task_id)
    except (InputError, ConflictError) as error:  # the page as it stands now, with what was typed kept
        return _show(desk, task_id, [explained(error)], status_of(error))


def _show(desk: Desk, task_id: str, errors: list[str] | None = None, status: int = 200) -> HttpResponse:
    row = with_state(
        desk,
        access.task(desk.actor, purpose=desk.purpose, outbreak=desk.pk, task_id=task_id, at=desk.at),
    )
    response = desk.page(
        "task.html",
        task=row,
        history=_history(row),
        errors=errors or [],
        note=desk.request.POST.get("note", ""),
        may_act=row["is_open"] and access.may_take_tasks(desk.actor),
        is_mine=row["assigned_to"] == desk.actor.username,
        back=f"{desk.base}/tasks",
    )
    response.status_code = status
    return response


def _history(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What happened to a task, oldest first."""
    steps = [
        (row["start_at"], row["precision"], say("task.started"), ""),
        (row["accepted_at"], "minute", say("task.accepted"), row["accepted_by"]),
        (
            None if row["closed_at"] else row["done_at"],
            row["precision"],
            say("task.recorded_done"),
            "",
        ),
        (row["closed_at"], "minute", say("task.closed"), row["closed_by"]),
    ]
    return [
        {"at": at, "precision": precision, "text": text, "by": by} for at, precision, text, by in steps if at
    ]


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
    own = f"{desk.base}/tasks/{quote(task_id, safe='')}"
    return HttpResponseRedirect(safe_next(desk.request, own if verb == "accept" else f"{desk.base}/tasks"))
