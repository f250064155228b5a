"""Showing one person's real identity for a stated purpose; the quota and the audit row are in actions.

Web, console: shown once on the page it was asked from, kept nowhere.
"""

from __future__ import annotations

from django.http import HttpResponse

from fireline.actions import identities
from fireline.privacy.purposes import parse_purpose
from fireline.store import access
from fireline.web.console.case import READERS, show
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.pages import error_page
from fireline.web.shared.strings import explained


@desk_page(*READERS, methods=("POST",))
def reveal(desk: Desk, case_id: str) -> HttpResponse:
    """The case page with the identity opened."""
    found = access.case(desk.actor, purpose=desk.purpose, outbreak=desk.pk, case_id=case_id, at=desk.at)
    try:
        identity = identities.reveal(
            by=desk.actor,
            at=desk.at,
            outbreak=desk.pk,
            person_key=found["case"]["person_key"],
            purpose=parse_purpose(desk.request.POST.get("purpose", "")),
        )
    except identities.QuotaError as error:
        return error_page(desk.request, 429, explained(error))
    return show(desk, case_id, identity)
