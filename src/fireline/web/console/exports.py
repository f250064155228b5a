"""The line list and the contacts as files: pseudonymous, audited, formulas as text.

Web, console: names of files hold ids only.
"""

from __future__ import annotations

from django.http import HttpResponse

from fireline.actions import exports as export_actions
from fireline.privacy.purposes import Purpose
from fireline.web.console.cases import filters_of, sort_of
from fireline.web.console.frame import Desk, desk_page


@desk_page(Purpose.INVESTIGATION)
def export(desk: Desk) -> HttpResponse:
    """Filtered and sorted as the line list is."""
    made = export_actions.export_line_list(
        by=desk.actor,
        at=desk.at,
        purpose=desk.purpose,
        outbreak=desk.pk,
        filters=filters_of(desk),
        sort=sort_of(desk),
        format=desk.request.GET.get("kind", "csv"),
    )
    return as_file(made)


@desk_page(Purpose.INVESTIGATION, Purpose.TRACING)
def contacts(desk: Desk) -> HttpResponse:
    """The contacts of one case, or all of them."""
    made = export_actions.export_contacts(
        by=desk.actor,
        at=desk.at,
        purpose=desk.purpose,
        outbreak=desk.pk,
        case_id=desk.request.GET.get("case", ""),
        format=desk.request.GET.get("kind", "csv"),
    )
    return as_file(made)


def as_file(made: export_actions.Export) -> HttpResponse:
    """A made file as a download that no cache may keep."""
    response = HttpResponse(made.content, content_type=made.media_type)
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response["Cache-Control"] = "no-store"
    return response
