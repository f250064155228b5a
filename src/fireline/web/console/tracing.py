"""The search for the contacts of one case: what it may rest on, the button, a second clinician's word.

Web, console: actions.tracing decides; without a rule in force and evidence the page says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import tracing
from fireline.clock import local_day
from fireline.errors import PolicyError
from fireline.policy import At
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.store.actor import plain_unit
from fireline.store.evidence import CLINICIANS
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.strings import language_now, say


def search_panel(desk: Desk, case: Mapping[str, Any], rules: At) -> dict[str, Any]:
    """What the contacts panel of a case says about its search."""
    state = access.search_state(desk.actor, purpose=desk.purpose, outbreak=desk.pk, case=case)
    tz = ZoneInfo(desk.outbreak["tz"])
    rule, why_not = "", ""
    try:
        rule = tracing.allowing_rule(case, rules, tz=tz).id
    except PolicyError as error:
        why_not = error.words.get(language_now())
    may = desk.may(Purpose.TRACING)
    is_ready = bool(rule and state["evidence"])
    has_secondary_rule = bool(rule) and tracing.secondary_rule(case, rules, tz=tz) is not None
    opened = state["opened"]
    return {
        **state,
        "rule": rule,
        "why_not": why_not,
        "may_search": may and is_ready,
        "may_follow": may and is_ready and has_secondary_rule and not (opened and opened["has_secondary"]),
        "needs_evidence": may and bool(rule) and not state["evidence"],
        "may_confirm": may
        and bool(rule)
        and not opened
        and not state["is_mine"]
        and state["evidence"] in ("", CLINICIANS)
        and bool(plain_unit(desk.actor.unit)),
        "is_void": opened is not None and not state["is_standing"],
    }


def rules_of(desk: Desk) -> At:
    """The rules of the outbreak's disease and area on its day."""
    from fireline.policy import load_library

    where = desk.outbreak
    return At(
        load_library(), where["disease"], where["area_code"], local_day(where["at"], ZoneInfo(where["tz"]))
    )


@desk_page(Purpose.TRACING, methods=("POST",))
def search(desk: Desk, case_id: str) -> HttpResponse:
    """Search the movement data for one case; ``secondary=1`` follows its contacts too."""
    n = tracing.open_search(
        by=desk.actor,
        at=desk.at,
        outbreak=desk.pk,
        case_id=case_id,
        with_secondary=desk.request.POST.get("secondary") == "1",
    )
    messages.success(desk.request, say("tracing.found", n=n), extra_tags="good")
    return _back(desk, case_id)


@desk_page(Purpose.TRACING, methods=("POST",))
def confirm(desk: Desk, case_id: str) -> HttpResponse:
    """A clinician's word that this is a case; a colleague of another unit may then search."""
    tracing.confirm_case(
        by=desk.actor,
        at=desk.at,
        outbreak=desk.pk,
        case_id=case_id,
        reason=desk.request.POST.get("reason", ""),
    )
    messages.success(desk.request, say("tracing.confirmed"), extra_tags="good")
    return _back(desk, case_id)


def _back(desk: Desk, case_id: str) -> HttpResponse:
    return HttpResponseRedirect(f"{desk.base}/cases/{quote(case_id, safe='')}#contacts")
