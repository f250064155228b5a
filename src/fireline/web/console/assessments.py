"""Risk assessments: signed from the trigger's page, countersigned, dissented from, and printed.

Web, console: a refused form comes back on the trigger's page with what was typed.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import assessments as assessment_actions
from fireline.errors import ConflictError, InputError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import triggers
from fireline.web.console.assessment_panel import in_words, matrix, may_countersign, risk_name
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.pages import status_of
from fireline.web.shared.strings import code, explained, say

_FIELDS = ("likelihood", "impact", "confidence", "grounds", "advice", "level", "override_reason")


def _asked(desk: Desk, trigger_id: str) -> dict[str, Any]:
    return {"by": desk.actor, "at": desk.at, "outbreak": desk.pk, "trigger_id": trigger_id}


@desk_page(Purpose.INVESTIGATION, methods=("POST",))
def sign(desk: Desk, trigger_id: str) -> HttpResponse:
    """Sign the next version."""
    form = desk.request.POST
    after = form.get("after", "")
    said: dict[str, Any] = {name: form.get(name, "") for name in _FIELDS}
    try:
        version = assessment_actions.sign_assessment(
            **_asked(desk, trigger_id),
            **said,
            after=int(after) if after.isdecimal() and len(after) < 6 else None,
        )
    except (InputError, ConflictError) as error:
        return triggers.show(
            desk, trigger_id, errors=[explained(error)], status=status_of(error), kept="assessment"
        )
    messages.success(desk.request, say("trigger.done", what=code("step", "assessed")), extra_tags="good")
    return HttpResponseRedirect(f"{triggers.address(desk, trigger_id)}/assessments/{version}")


@desk_page(Purpose.INVESTIGATION, methods=("POST",))
def countersign(desk: Desk, trigger_id: str, version: int) -> HttpResponse:
    """Put the second signature under the newest version."""
    assessment_actions.countersign(**_asked(desk, trigger_id), version=version)
    messages.success(desk.request, say("trigger.done", what=code("step", "countersigned")), extra_tags="good")
    return HttpResponseRedirect(f"{triggers.address(desk, trigger_id)}/assessments/{version}")


@desk_page(Purpose.INVESTIGATION, methods=("POST",))
def dissent(desk: Desk, trigger_id: str, version: int) -> HttpResponse:
    """Note another opinion."""
    try:
        assessment_actions.dissent(
            **_asked(desk, trigger_id), version=version, text=desk.request.POST.get("text", "")
        )
    except InputError as error:
        return _show(desk, trigger_id, version, errors=[explained(error)])
    messages.success(desk.request, say("trigger.done", what=code("step", "dissent")), extra_tags="good")
    return HttpResponseRedirect(f"{triggers.address(desk, trigger_id)}/assessments/{version}")


@desk_page(Purpose.SITUATION)
def assessment(desk: Desk, trigger_id: str, version: int) -> HttpResponse:
    """One version, whole, to be read and printed."""
    return _show(desk, trigger_id, version)


def _show(desk: Desk, trigger_id: str, version: int, errors: list[str] | None = None) -> HttpResponse:
    found = access.assessment(
        desk.actor,
        purpose=Purpose.SITUATION,
        outbreak=desk.pk,
        trigger_id=trigger_id,
        version=version,
    )
    row = in_words(found)
    facts = row["facts"]
    why = {f"why_{lang}": triggers.plain_text(desk, facts[f"why_{lang}"]) for lang in ("zh", "en")}
    may_write = desk.may(Purpose.INVESTIGATION)
    response = desk.page(
        "assessment.html",
        assessment=row,
        facts={**facts, **why, "area_names": triggers.area_names(desk, facts["areas"], most=12)},
        evidence=[{**e, "name": triggers.stream_label(e)} for e in facts["evidence"]],
        trigger=found["trigger"],
        address=triggers.address(desk, trigger_id),
        matrix=matrix((row["likelihood"], row["impact"])),
        newest=found["newest"],
        risk=risk_name(row["level"]),
        may_countersign=may_write and may_countersign(desk, row),
        may_dissent=may_write and row["signed_by"] != desk.actor.username,
        errors=errors or [],
        text=desk.request.POST.get("text", ""),
    )
    response.status_code = 400 if errors else 200
    return response
