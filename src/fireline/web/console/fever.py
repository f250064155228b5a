"""Fever patients as clinics reported them: open ones by the clock of their result, each list one audit row.

Web, console: pseudonymous rows; the number is the clinic's own.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import fever as actions
from fireline.errors import InputError
from fireline.feeds.reporting.fever import RESULTS
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.store.access.fever import STATES
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.shared.strings import say, words

SIZE = 100


@desk_page(Purpose.INVESTIGATION, methods=("GET", "POST"))
def fever(desk: Desk) -> HttpResponse:
    """The list; POST carries a result or closes one."""
    if desk.request.method == "POST":
        return _act(desk)
    state = desk.request.GET.get("state", "open")
    state = state if state in STATES else "open"
    number = page_number(desk.request)
    found = access.fever_reports(
        desk.actor,
        outbreak=desk.pk,
        at=desk.at,
        purpose=desk.purpose,
        state=state,
        offset=(number - 1) * SIZE,
        limit=SIZE,
    )
    counts = access.fever_counts(desk.actor, outbreak=desk.pk, at=desk.at, purpose=desk.purpose)
    return desk.page(
        "fever.html",
        rows=desk.named(found.rows),
        states=[{"code": code, "n": counts[code]} for code in STATES],
        state=state,
        results=RESULTS,
        **pager(found.total, number, SIZE),
    )


def _act(desk: Desk) -> HttpResponse:
    form = desk.request.POST
    verb, report = form.get("verb", ""), form.get("report", "")
    if not report.isdecimal() or len(report) > 18:
        raise InputError(words("error.400.title"))
    if verb == "close":
        actions.close_fever(by=desk.actor, at=desk.at, report=int(report))
    elif verb in RESULTS:
        actions.give_result(by=desk.actor, at=desk.at, report=int(report), result=verb, result_at=desk.at)
    else:
        raise InputError(words("error.400.title"))
    messages.success(desk.request, say("fever.saved"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/fever")
