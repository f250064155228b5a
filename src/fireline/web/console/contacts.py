"""All contacts of the outbreak, with class, basis and the reason for each.

Web, console: person keys only; who they are stands in the vault.
"""

from __future__ import annotations

from django.http import HttpResponse

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.case import CLASSES, contact_rows
from fireline.web.console.frame import Desk, desk_page, page_number, pager

SIZE = 100


@desk_page(Purpose.INVESTIGATION, Purpose.TRACING)
def contacts(desk: Desk) -> HttpResponse:
    """One page of contacts, by class or by case."""
    chosen, case_id = desk.request.GET.get("class", ""), desk.request.GET.get("case", "")
    number = page_number(desk.request)
    found = access.contacts(
        desk.actor,
        purpose=desk.purpose,
        outbreak=desk.pk,
        case_id=case_id,
        contact_class=chosen,
        offset=(number - 1) * SIZE,
        limit=SIZE,
        at=desk.at,
    )
    return desk.page(
        "contacts.html",
        contacts=contact_rows(found.rows, {}),
        contact_classes=[{"code": "", "n": None}, *({"code": c, "n": None} for c in CLASSES)],
        contact_class=chosen,
        case_id=case_id,
        show_case=True,
        **pager(found.total, number, SIZE),
    )
