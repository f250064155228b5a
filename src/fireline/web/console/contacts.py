"""All contacts of the outbreak, with class, basis and the reason for each; the close and the newest first.

Web, console: person keys only; who they are stands in the vault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.case import CLASSES, contact_rows, place_names
from fireline.web.console.frame import Desk, desk_page, page_number, pager

SIZE = 100


@desk_page(Purpose.INVESTIGATION, Purpose.TRACING)
def contacts(desk: Desk) -> HttpResponse:
    """One page of contacts, by class or by case; rows are pairs, numbers are people unless they say pairs."""
    chosen, case_id = desk.request.GET.get("class", ""), desk.request.GET.get("case", "")
    chosen = chosen if chosen in CLASSES else ""
    if case_id:
        counts, rows = _of_case(desk, case_id)
        people = {
            c: len({r["person_key"] for r in rows if c in ("", r["contact_class"])}) for c in ("", *counts)
        }
        rows = [row for row in rows if not chosen or row["contact_class"] == chosen]
    else:
        seen = access.board(desk.actor, outbreak=desk.pk, at=desk.moment)
        counts, rows = seen["contacts"], None
        people = {"": seen["n_contact_people"], **seen["contact_people"]}
    total = counts.get(chosen, 0) if chosen else sum(counts.values())
    paged = pager(total, page_number(desk.request), SIZE)
    start = (paged["page"] - 1) * SIZE
    wanted = {chosen: total} if chosen else counts
    shown = _window(desk, wanted, start) if rows is None else rows[start : start + SIZE]
    return desk.page(
        "contacts.html",
        contacts=contact_rows(shown, place_names(desk, shown)),
        contact_classes=[
            {"code": "", "n": people[""] or None},
            *({"code": c, "n": people.get(c)} for c in CLASSES if counts.get(c)),
        ],
        n_people=people.get(chosen, 0),
        contact_class=chosen,
        case_id=case_id,
        show_case=True,
        **paged,
    )


def _of_case(desk: Desk, case_id: str) -> tuple[Mapping[str, int], list[dict[str, Any]]]:
    """All contacts of one case in order, and their number by class."""
    rows: list[dict[str, Any]] = []
    while True:
        page = _page(desk, case_id=case_id, offset=len(rows), limit=access.PAGE_LIMIT)
        rows += page.rows
        if not page.rows or len(rows) >= page.total:
            break
    rows.sort(key=lambda row: CLASSES.index(row["contact_class"]) if row["contact_class"] in CLASSES else 9)
    return Counter(row["contact_class"] for row in rows), rows


def _window(desk: Desk, counts: Mapping[str, int], start: int) -> list[dict[str, Any]]:
    """Rows ``start`` to ``start + SIZE`` of the list that has one class after the other."""
    rows: list[dict[str, Any]] = []
    before = 0
    for name in sorted(counts, key=lambda c: CLASSES.index(c) if c in CLASSES else len(CLASSES)):
        first = max(start, before) - before
        before += counts[name]
        room = SIZE - len(rows)
        if room > 0 and first < counts[name]:
            rows += _page(desk, contact_class=name, offset=first, limit=room).rows
    return rows


def _page(desk: Desk, **chosen: Any) -> access.Page:
    return access.contacts(
        desk.actor, purpose=desk.purpose, outbreak=desk.pk, sort="-last_exposure", at=desk.at, **chosen
    )
