"""The first hour of an outbreak: curve, attack rates, case definition, initial report.

Web, console: describes the records of a small outbreak on the spot; a large one is left to the file run.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from fireline.actions import definitions as definition_actions
from fireline.actions import reports as report_actions
from fireline.bulletins.report import initial_report
from fireline.clock import local_day
from fireline.errors import InputError, UserError
from fireline.investigations.describe import describe
from fireline.investigations.model import Investigation
from fireline.policy import At
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import definitions, imports, pictures
from fireline.web.console.frame import Desk, desk_page
from fireline.web.console.rules import DEFAULT_AREA, library
from fireline.web.shared.strings import code, explained, language_now, say
from fireline.words import Words

REPORT = "initial"
LIMIT = 20_000  # cases described on the spot
GROUP_ROWS = 40
_CLASSES = (
    "confirmed",
    "probable",
    "suspected",
    "asymptomatic",
    "unclassified",
    "unknown",
    "not_a_case",
    "discarded",
)


@lru_cache(maxsize=8)
def _describe(
    outbreak: int,
    version: int,  # noqa: ARG001  (part of the key only)
    definition: str,
    disease: str,
    area: str,
    tz: str,
    at: datetime,
    place: str,
    unit: str,
) -> tuple[Investigation, Words]:
    """Description and report of one state of an outbreak; ``version`` grows with every change of it."""
    records = access.records_for_chapters(outbreak)
    rules = At(library(), disease, area or DEFAULT_AREA, local_day(at, ZoneInfo(tz)))
    chosen = (
        definitions.definition_of(json.loads(definition), disease=disease, tz=ZoneInfo(tz))
        if definition
        else None
    )
    found = describe(records, rules, at=at, definition=chosen)
    return found, initial_report(found, rules, at=at, tz=ZoneInfo(tz), place=place, reporter_unit=unit)


def _described(desk: Desk, versions: list[dict[str, Any]]) -> tuple[Investigation, Words] | None:
    o = desk.outbreak
    if access.board(desk.actor, outbreak=desk.pk, at=desk.moment)["n_cases"] > LIMIT:
        return None
    newest = json.dumps(versions[0], default=str) if versions else ""
    unit = desk.actor.unit or desk.actor.display
    return _describe(
        desk.pk, o["version"], newest, o["disease"], o["area_code"], o["tz"], o["at"], o["title"], unit
    )


@desk_page(Purpose.INVESTIGATION)
def investigate(desk: Desk) -> HttpResponse:
    """The workbench of one outbreak."""
    return _show(desk)


def _show(desk: Desk, errors: list[str] | None = None, form: dict[str, str] | None = None) -> HttpResponse:
    versions = access.definitions(desk.actor, outbreak=desk.pk)
    described = _described(desk, versions)
    language = desk.request.GET.get("report", language_now())
    language = language if language in ("zh", "en") else language_now()
    saved = access.reports(desk.actor, outbreak=desk.pk, kind=REPORT)
    newest = versions[0] if versions else None
    values: dict[str, Any] = {
        "report": "",
        "curve": "",
        "curve_rows": [],
        "attack": [],
        "groups": [],
        "n_groups": 0,
        "figures": [],
        "symptom_names": [],
    }
    if described is not None:
        values = _tables(described[0])
        values["report"] = described[1].get(language)
    return desk.page(
        "investigate.html",
        **values,
        errors=errors or [],
        definition=newest,
        may_define=desk.may(Purpose.INTAKE),
        versions=[{**row, "said": definitions.said(row["body"]["form"])} for row in versions],
        form=form or (newest["body"]["form"] if newest else _first_form(values["symptom_names"])),
        report_language=language,
        saved_report=saved[0] if saved else None,
    )


def _first_form(symptoms: list[str]) -> dict[str, str]:
    """The form before any version: ill is who has one of the symptoms that the list asks for."""
    asked = [name for name in symptoms if f"symptom:{name}" != definitions.LAB][: definitions.MAX_SYMPTOMS]
    return {
        **dict.fromkeys(definitions.FIELDS, ""),
        "symptoms": say("policy.comma").join(asked),
        "n_symptoms": "1" if asked else "",
    }


def _tables(found: Investigation) -> dict[str, Any]:
    rows = found.curve.to_dicts()
    step = rows[0]["step"] if rows else "1d"
    form = "%m-%d %H:00" if step in ("1h", "3h") else "%m-%d"
    lines = found.line_list
    counted = dict(lines.group_by("classification").len().rows()) if "classification" in lines.columns else {}
    symptoms = (
        [c.removeprefix("symptom:") for c in found.symptoms["symptom"].to_list()]
        if "symptom" in found.symptoms.columns
        else []
    )
    return {
        "curve": pictures.curve(rows),
        "curve_rows": [
            {**r, "label": f"{timezone.localtime(r['start']):{form}}"} for r in rows if r["count"]
        ],
        "figures": [
            {"n": lines.height, "label": say("wizard.listed")},
            *(
                {"n": counted[k], "label": say(f"code.classification.{k}")}
                for k in _CLASSES
                if counted.get(k)
            ),
        ],
        "attack": [_attack(r) for r in found.attack.to_dicts()],
        **_groups(found.groups.to_dicts()),
        "symptom_names": symptoms,
    }


def _groups(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Attack rates by group: the groups with most cases; households and the like would fill the page."""
    shown = sorted(rows, key=lambda row: -row["ill"])[:GROUP_ROWS] if len(rows) > GROUP_ROWS else rows
    return {"groups": [_group(row) for row in shown], "n_groups": len(rows)}


def _group(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "by_label": say("wizard.by_area") if row["by"] == "area_code" else "",
        "label": code(row["by"], row["group"]) if row["by"] in ("sex", "occupation") else row["group"],
    }


def _attack(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "exposed_total": row["exposed_ill"] + row["exposed_well"],
        "unexposed_total": row["unexposed_ill"] + row["unexposed_well"],
        "unknown": row["unknown_ill"] + row["unknown_well"],
        "note": row[f"note_{language_now()}"],
    }


@desk_page(Purpose.INTAKE, methods=("POST",))
def save_definition(desk: Desk) -> HttpResponse:
    """Save the form as the next version and classify the cases anew."""
    form = definitions.form_of(desk.request.POST)
    try:
        body = definitions.body_of(form)
        version = definition_actions.save_version(
            by=desk.actor, at=desk.at, outbreak=desk.pk, title=definitions.said(form)[:200], body=body
        )
    except InputError as error:
        return _show(desk, [explained(error)], form)
    imports.rerun(desk)
    messages.success(desk.request, say("wizard.def_saved", n=version), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/investigate#curve")


@desk_page(Purpose.INTAKE, methods=("POST",))
def save_report(desk: Desk) -> HttpResponse:
    """Save the report as it reads now, in both languages."""
    described = _described(desk, access.definitions(desk.actor, outbreak=desk.pk))
    if described is None:
        raise UserError(say("wizard.no_report"))
    text = described[1]
    version = report_actions.save_report(
        by=desk.actor, at=desk.at, outbreak=desk.pk, kind=REPORT, text_zh=text.zh, text_en=text.en
    )
    messages.success(desk.request, say("wizard.report_saved_ok", n=version), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/investigate#report")
