"""The line list: find, compare and correct many rows; a paged table without script, a windowed grid with it.

Web, console: blocks of 100 rows through access, cells corrected one by one through actions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from fireline.actions import cases as case_actions
from fireline.errors import ConflictError, UserError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page, page_number
from fireline.web.shared.pages import respond_json, status_of
from fireline.web.shared.strings import code, explained, say
from fireline.web.shared.tags import moment

BLOCK = 100
COLUMNS = (
    "case_id",
    "classification",
    "onset",
    "reported_at",
    "isolated_at",
    "area_code",
    "age",
    "sex",
    "origin",
    "outcome",
    "cluster",
    "occupation",
    "generation",
    "n_contacts",
    "person_key",
)
CODES = {"classification": "classification", "sex": "sex", "origin": "origin", "outcome": "outcome"}
CHOICES = {
    "classification": ("", "confirmed", "probable", "suspected", "asymptomatic", "discarded"),
    "origin": ("", "imported", "local"),
    "outcome": ("", "recovered", "died", "in_care"),
}
DATES = ("onset", "reported_at", "isolated_at", "sampled_at", "outcome_at")
SELECTS = ("classification", "origin", "outcome", "sex")
DENSITIES = ("28", "36", "44")
READERS = (Purpose.INVESTIGATION, Purpose.TRACING, Purpose.INTAKE)
# parameter of the address -> filter of access
PARAMETERS = {
    "q": "q",
    "classification": "classification",
    "area": "area_code",
    "origin": "origin",
    "outcome": "outcome",
    "sex": "sex",
    "cluster": "cluster",
    "from": "onset_from",
    "to": "onset_to",
}


def filters_of(desk: Desk) -> dict[str, str]:
    """Filters in the address, by the names access knows."""
    asked = desk.request.GET
    return {name: asked[p].strip() for p, name in PARAMETERS.items() if asked.get(p, "").strip()}


def sort_of(desk: Desk) -> str:
    """The sort in the address, else newest onset first."""
    sort = desk.request.GET.get("sort") or "-onset"
    return sort if sort.removeprefix("-") in access.SORTABLE else "-onset"


def _query(desk: Desk, **changes: str | None) -> str:
    keep = {p: desk.request.GET[p] for p in (*PARAMETERS, "sort", "density") if desk.request.GET.get(p)}
    for name, value in changes.items():
        keep.pop(name, None)
        if value:
            keep[name] = value
    return f"?{urlencode(keep)}"


def cell(desk: Desk, row: Mapping[str, Any], column: str) -> dict[str, Any]:
    """One cell: the value to send back (v), the text to show (t), a mark (m)."""
    value = row.get(column)
    if column in DATES:
        precision = row.get(f"{column}_precision") or "minute"
        return {"name": column, "v": raw(value, precision), "t": moment(value, precision) if value else ""}
    if column == "occupation":
        return {"name": column, "v": value or "", "t": code(column, value) if value else ""}
    if column in CODES:
        text = (
            code(CODES[column], value or "unknown" if column == "classification" else value)
            if value or column == "classification"
            else ""
        )
        found = {"name": column, "v": value or "", "t": text}
        return {**found, "m": value or "unknown"} if column == "classification" else found
    if column == "area_code":
        return {"name": column, "v": value or "", "t": desk.area_name(value) if value else ""}
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return {"name": column, "v": text, "t": text}


def raw(value: datetime | None, precision: str) -> str:
    """A moment as a person types it and actions read it: a local date, or local date and time."""
    if value is None:
        return ""
    text = moment(value, precision if precision == "day" else "minute")
    return f"{text}:{value.second:02d}" if precision != "day" and value.second else text


def rows_of(desk: Desk, page: access.Page) -> list[dict[str, Any]]:
    """Rows of a page for the template and for the grid."""
    return [
        {
            "id": row["case_id"],
            "index": page.offset + i + 2,
            "href": f"{desk.base}/cases/{quote(row['case_id'], safe='')}",
            "cells": [cell(desk, row, column) for column in COLUMNS],
        }
        for i, row in enumerate(page.rows)
    ]


def body_of(rows: Sequence[Mapping[str, Any]]) -> SafeString:
    """The rows as the table's body; a template is too slow for 1,500 cells."""
    parts = []
    for row in rows:
        parts.append(f'<tr role="row" data-id="{escape(row["id"])}" aria-rowindex="{row["index"]}">')
        for i, one in enumerate(row["cells"]):
            name, value, text = one["name"], escape(one["v"]), escape(one["t"])
            if i == 0:
                parts.append(
                    f'<th role="rowheader" scope="row" data-col="{name}" data-v="{value}">'
                    f'<a href="{escape(row["href"])}">{text}</a></th>'
                )
                continue
            kind = escape(one.get("m", ""))
            mark = f'<span class="mark mark-{kind}" aria-hidden="true"></span>' if kind else ""
            data = f' data-m="{kind}"' if kind else ""
            parts.append(f'<td role="gridcell" data-col="{name}" data-v="{value}"{data}>{mark}{text}</td>')
        parts.append("</tr>")
    return mark_safe("".join(parts))  # noqa: S308  (every text was escaped)


def read(desk: Desk, offset: int) -> access.Page:
    """One block of the line list as the address asks for it."""
    return access.line_list(
        desk.actor,
        purpose=desk.purpose,
        outbreak=desk.pk,
        filters=filters_of(desk),
        sort=sort_of(desk),
        offset=offset,
        limit=BLOCK,
        at=desk.at,
    )


@desk_page(*READERS)
def rows(desk: Desk) -> HttpResponse:
    """One block of rows as JSON, for the grid."""
    start = desk.request.GET.get("start", "0")
    found = read(desk, int(start) if start.isdecimal() and len(start) < 10 else 0)
    return respond_json({"total": found.total, "start": found.offset, "rows": rows_of(desk, found)})


@desk_page(*READERS)
def line_list(desk: Desk) -> HttpResponse:
    """The line list with its first block."""
    number = page_number(desk.request)
    found = read(desk, (number - 1) * BLOCK)
    pages = max(1, -(-found.total // BLOCK))
    shown = desk.request.GET.get("density", DENSITIES[0])
    return desk.page(
        "cases.html",
        total=found.total,
        grand_total=_grand_total(desk, found),
        body=body_of(rows_of(desk, found)),
        columns=_columns(desk),
        filters=_filters(desk),
        chips=_chips(desk),
        q=desk.request.GET.get("q", ""),
        date_from=desk.request.GET.get("from", ""),
        date_to=desk.request.GET.get("to", ""),
        sort=sort_of(desk),
        density=shown if shown in DENSITIES else DENSITIES[0],
        densities=DENSITIES,
        block_rows=BLOCK,
        start=found.offset,
        aria_rows=found.total + 1,
        rows_url=f"{desk.base}/cases/rows{_query(desk)}",
        export_query=_query(desk) if _query(desk) != "?" else "?all=1",
        page=number,
        pages=pages,
        prev_url=_query(desk) + f"&page={number - 1}" if number > 1 else "",
        next_url=_query(desk) + f"&page={number + 1}" if number < pages else "",
        csrf_token=get_token(desk.request),
        grid_words={k: say(f"grid.{k}") for k in GRID_WORDS},
    )


GRID_WORDS = (
    "offline",
    "copied",
    "readonly",
    "refused",
    "saved",
    "conflict",
    "again",
    "drop",
    "nothing",
    "was",
)


def _grand_total(desk: Desk, found: access.Page) -> int:
    if not filters_of(desk):
        return found.total
    plain = access.line_list(desk.actor, purpose=desk.purpose, outbreak=desk.pk, limit=1, at=desk.at)
    return plain.total


def _columns(desk: Desk) -> list[dict[str, Any]]:
    sort = sort_of(desk)
    may_edit = desk.may(Purpose.INTAKE)
    found = []
    for name in COLUMNS:
        column: dict[str, Any] = {"name": name, "label": say(f"col.{name}")}
        if name in access.SORTABLE:
            column["sort_url"] = _query(desk, sort=f"-{name}" if sort == name else name)
        if sort.removeprefix("-") == name:
            column["sorted"] = "descending" if sort.startswith("-") else "ascending"
        if may_edit and name in case_actions.EDITABLE:
            column["edit"] = "select" if name in CHOICES else "date" if name in DATES else "text"
            if name in CHOICES:
                column["choices"] = json.dumps(
                    [[c, code(CODES[name], c) if c else "–"] for c in CHOICES[name]], ensure_ascii=False
                )
        found.append(column)
    return found


def _filters(desk: Desk) -> list[dict[str, Any]]:
    asked = desk.request.GET
    options: dict[str, Sequence[str]] = {**CHOICES, "sex": ("male", "female", "other")}
    found = [
        {
            "name": name,
            "label": say(f"col.{name}"),
            "value": asked.get(name, ""),
            "options": [{"code": c, "label": code(CODES[name], c), "n": None} for c in options[name] if c],
        }
        for name in SELECTS
    ]
    areas = desk.areas()[:400]
    if len(areas) > 1:
        found.insert(
            1,
            {
                "name": "area",
                "label": say("col.area_code"),
                "value": asked.get("area", ""),
                "options": [
                    {"code": a["area_code"], "label": a["name"] or a["area_code"], "n": None} for a in areas
                ],
            },
        )
    return found


def _chips(desk: Desk) -> list[dict[str, str]]:
    found = []
    for parameter, name in PARAMETERS.items():
        value = desk.request.GET.get(parameter, "").strip()
        if not value:
            continue
        label = (
            desk.area_name(value)
            if name == "area_code"
            else code(CODES[name], value)
            if name in CODES
            else value
        )
        title = say(
            {"q": "cases.search_short", "from": "cases.onset_from", "to": "cases.onset_to"}.get(
                parameter, f"col.{name}"
            )
        )
        found.append(
            {"label": f"{title} = {label}", "url": f"{desk.base}/cases{_query(desk, **{parameter: None})}"}
        )
    return found


@desk_page(Purpose.INTAKE, methods=("POST",))
def edit(desk: Desk) -> HttpResponse:
    """Correct one cell (JSON in, JSON out); 409 with the present value when somebody was faster."""
    try:
        asked = json.loads(desk.request.body)
        case_id, column = str(asked["id"]), str(asked["field"])
        old, new = str(asked["old"]), str(asked["new"])
    except (ValueError, KeyError, TypeError):
        return respond_json({"message": say("grid.refused")}, 400)
    try:
        change = case_actions.edit_case(
            by=desk.actor, at=desk.at, outbreak=desk.pk, case_id=case_id, column=column, old=old, new=new
        )
    except ConflictError as error:
        return respond_json({"message": explained(error), "cell": present(desk, case_id, column)}, 409)
    except UserError as error:
        return respond_json({"message": explained(error)}, status_of(error))
    return respond_json({"change": change, "cell": present(desk, case_id, column)})


def present(desk: Desk, case_id: str, column: str) -> dict[str, Any]:
    """The cell as it stands now."""
    found = access.case(desk.actor, purpose=desk.purpose, outbreak=desk.pk, case_id=case_id, at=desk.at)
    return cell(desk, found["case"], column)
