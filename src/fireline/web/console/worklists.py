"""Worklists: made from open tasks, handed to one person, opened once with the identities of everybody on it.

Web, console: names are shown on the answer to the one press that opened them, and kept nowhere.
"""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import worklists as actions
from fireline.privacy.purposes import Purpose, Role
from fireline.store import access
from fireline.tasks.worklist import WORKLIST_KINDS
from fireline.web.console.frame import Desk, desk_page
from fireline.web.console.labels import task_name

MAKERS = (Role.EPIDEMIOLOGIST, Role.COMMANDER)


@desk_page(Purpose.FOLLOW_UP, methods=("GET", "POST"))
def worklists(desk: Desk) -> HttpResponse:
    """All worklists, and a form that makes one."""
    form = desk.request.POST
    if desk.request.method == "POST":
        made = actions.make_worklist(
            by=desk.actor,
            at=desk.at,
            outbreak=desk.pk,
            kind=form.get("kind", ""),
            to=form.get("to", "").strip(),
            case_id=form.get("case", "").strip(),
        )
        return HttpResponseRedirect(f"{desk.base}/worklists/{made}")
    rows = access.worklists(desk.actor, outbreak=desk.pk)
    return desk.page(
        "worklists.html",
        rows=[{**row, "kind_name": task_name(row["kind"])} for row in rows],
        kinds=[{"code": kind, "label": task_name(kind)} for kind in WORKLIST_KINDS],
        may_make=desk.actor.role in MAKERS,
        case_id=desk.request.GET.get("case", ""),
        me=desk.actor.username,
    )


@desk_page(Purpose.FOLLOW_UP, methods=("GET", "POST"))
def worklist(desk: Desk, worklist: int) -> HttpResponse:
    """One worklist: pseudonyms; POST opens it, once."""
    opened = None
    if desk.request.method == "POST":
        opened = actions.open_worklist(by=desk.actor, at=desk.at, worklist=worklist)
    found = access.worklist_rows(desk.actor, outbreak=desk.pk, worklist=worklist, at=desk.at)
    one = found["worklist"]
    response = desk.page(
        "worklist.html",
        one={**one, "kind_name": task_name(one["kind"])},
        rows=opened if opened is not None else found["rows"],
        is_open=opened is not None,
        may_open=one["assigned_to"] == desk.actor.username
        and one["opened_at"] is None
        and desk.at <= one["expires_at"],
    )
    if opened is not None:
        response["Cache-Control"] = "no-store"
    return response
