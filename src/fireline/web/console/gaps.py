"""The two-sided gap check: what was done too little and what too much.

Web, console: read by supervisors, epidemiologists and commanders.
"""

from __future__ import annotations

from django.http import HttpResponse

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page, page_number, pager

SIZE = 100


@desk_page(Purpose.OVERSIGHT, Purpose.INVESTIGATION, Purpose.CONTAINMENT)
def gaps(desk: Desk) -> HttpResponse:
    """All checks with their state, and one page of findings."""
    table = access.results(desk.actor, outbreak=desk.pk, name="gap_checks")
    checks = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    asked = desk.request.GET.get("no", "")
    no = int(asked) if asked.isdecimal() and len(asked) < 5 else None
    number = page_number(desk.request)
    found = access.findings(
        desk.actor, purpose=desk.purpose, outbreak=desk.pk, no=no, offset=(number - 1) * SIZE, limit=SIZE
    )
    return desk.page(
        "gaps.html", checks=checks, findings=found.rows, no=no, **pager(found.total, number, SIZE)
    )
