"""The audit record for supervisors: who read, changed or was refused what; and whether it is whole.

Web, console: looking at it is itself a row of it.
"""

from __future__ import annotations

from django.http import HttpResponse

from fireline.privacy.purposes import Purpose
from fireline.store import access, audit
from fireline.web.console.frame import Desk, desk_page, page_number, pager

SIZE = 100


@desk_page(Purpose.OVERSIGHT, of_outbreak=False)
def log(desk: Desk) -> HttpResponse:
    """One page of the record."""
    return _show(desk, None)


@desk_page(Purpose.OVERSIGHT, of_outbreak=False, methods=("POST",))
def verify(desk: Desk) -> HttpResponse:
    """Read the whole chain and say whether anything was altered."""
    return _show(desk, access.audit_verdict(desk.actor, at=desk.at))


def _show(desk: Desk, verdict: audit.Verdict | None) -> HttpResponse:
    asked, number = desk.request.GET, page_number(desk.request)
    found = access.audit_entries(
        desk.actor,
        action=asked.get("action", "").strip(),
        by=asked.get("actor", "").strip(),
        offset=(number - 1) * SIZE,
        limit=SIZE,
        at=desk.at,
    )
    return desk.page(
        "audit.html",
        events=[{**row, "at": row["at"][:19].replace("T", " ")} for row in found.rows],
        verdict=verdict,
        actor_filter=asked.get("actor", ""),
        action_filter=asked.get("action", ""),
        **pager(found.total, number, SIZE),
    )
