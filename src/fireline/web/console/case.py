"""One case: when and where, who with, what next.

Web, console: opening it is one audit row; a real identity is shown only after a purpose was stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from fireline.actions import cases as case_actions
from fireline.errors import ConflictError, InputError
from fireline.privacy.purposes import ALLOWED, PURPOSE_WORDS, Purpose, Role
from fireline.store import access
from fireline.web.console import geo, pictures
from fireline.web.console.cases import CODES, DATES, READERS, cell
from fireline.web.console.frame import Desk, desk_page
from fireline.web.console.labels import together
from fireline.web.console.narrative import year_of
from fireline.web.console.tasks import NO_RECORD, with_state
from fireline.web.console.tracing import rules_of, search_panel
from fireline.web.shared.strings import code, say
from fireline.web.shared.tags import moment

FACTS = (
    "classification",
    "defined_as",
    "disease",
    "onset",
    "sampled_at",
    "reported_at",
    "isolated_at",
    "area_code",
    "age",
    "sex",
    "occupation",
    "origin",
    "outcome",
    "cluster",
    "n_contacts",
    "generation",
    "person_key",
)
REVEALABLE = (Purpose.INVESTIGATION, Purpose.TRACING, Purpose.FOLLOW_UP)
CONTACT_ROWS = 200


@desk_page(*READERS)
def case(desk: Desk, case_id: str) -> HttpResponse:
    """The page of one case."""
    return show(desk, case_id)


def show(desk: Desk, case_id: str, identity: Mapping[str, str] | None = None) -> HttpResponse:
    """The page, with the identity where it was just revealed."""
    found = access.case(
        desk.actor,
        purpose=desk.purpose,
        outbreak=desk.pk,
        case_id=case_id,
        contact_class=desk.request.GET.get("class", ""),
        place_id=desk.request.GET.get("place", ""),
        at=desk.at,
    )
    one = found["case"]
    search = search_panel(desk, one, rules_of(desk))
    tasks = sorted((with_state(desk, row) for row in found["tasks"]), key=lambda r: r["state"] == NO_RECORD)
    return desk.page(
        "case.html",
        case={**one, "area_name": desk.area_name(one["area_code"])},
        clusters=bool(one["cluster"]),
        facts=_facts(desk, one),
        open_tasks=[row for row in tasks if row["is_open"]][:8],
        may_edit=desk.may(Purpose.INTAKE),
        narrative_year=year_of(one),
        edit_columns=[{"name": c, "label": say(f"col.{c}")} for c in case_actions.EDITABLE],
        may_reveal=any(p in ALLOWED[Role(desk.actor.role)] for p in REVEALABLE),
        purposes=[{"code": p.value, "label": PURPOSE_WORDS[p]} for p in REVEALABLE if desk.may(p)],
        identity=_identity(identity),
        search=search,
        **_trajectory(desk, found["stays"], one, search["by_place"]),
        **_contacts(desk, found["contacts"], found["stays"], search["by_class"]),
        **_chain(desk, one, found),
        history=[_change(desk, row) for row in found["changes"]],
    )


def _facts(desk: Desk, one: Mapping[str, Any]) -> list[dict[str, Any]]:
    facts = []
    for name in FACTS:
        value = one.get(name)
        if value in (None, ""):
            continue
        precision = one.get(f"{name}_precision", "")
        if name in DATES:
            text = moment(value, precision)
        elif name == "area_code":
            text = desk.area_name(value)
        elif name in CODES or name in ("disease", "defined_as", "occupation"):
            text = code({"defined_as": "classification"}.get(name, name), value)
        else:
            text = f"{value:g}" if isinstance(value, float) else str(value)
        facts.append({"label": say(f"col.{name}"), "value": text, "precision": precision})
    return facts


def _identity(found: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    if found is None:
        return None
    rows = [
        {"label": say(f"identity.{k}"), "value": found[k]}
        for k in ("name", "id_no", "phone", "address")
        if found.get(k)
    ]
    return rows or [{"label": say("case.identity"), "value": say("case.identity_none")}]


def _trajectory(
    desk: Desk, stays: Sequence[Mapping[str, Any]], one: Mapping[str, Any], met: Mapping[str, int]
) -> dict[str, Any]:
    numbers: dict[str, int] = {}
    rows = []
    for stay in stays:
        if stay["lon"] is not None and stay["lat"] is not None:
            numbers.setdefault(stay["place_id"], len(numbers) + 1)
        kind = code("place_kind", stay["place_kind"]) if stay["place_kind"] else ""
        rows.append(
            {
                **stay,
                "place_kind": kind,
                "no": numbers.get(stay["place_id"]),
                "n_met": met.get(stay["place_id"], 0),
            }
        )
    return {
        "stays": rows,
        "day_only": any(row["precision"] == "day" for row in rows),
        "stay_figure": pictures.stays(rows, _marks(one)),
        "geo": geo.trajectory(rows, geo.areas(desk.areas())) if numbers else None,
        "map_words": geo.map_words(),
    }


def _marks(one: Mapping[str, Any]) -> list[tuple[str, datetime]]:
    """Milestones of a case for its time line."""
    return [
        (say(f"col.{name}"), one[name])
        for name in ("onset", "sampled_at", "reported_at", "isolated_at")
        if one.get(name) is not None
    ]


def _contacts(
    desk: Desk, page: access.Page, stays: Sequence[Mapping[str, Any]], counts: Mapping[str, int]
) -> dict[str, Any]:
    chosen, place = desk.request.GET.get("class", ""), desk.request.GET.get("place", "")
    names = place_names(desk, page.rows)
    names |= {stay["place_id"]: stay["place_name"] for stay in stays if stay["place_name"]}
    rows = contact_rows(page.rows, names)
    classes = [
        {"code": "", "n": sum(counts.values())},
        *({"code": c, "n": counts[c]} for c in CLASSES if counts.get(c)),
    ]
    return {
        "contacts": rows,
        "contact_place": names.get(place, place),
        "contacts_total": sum(counts.values()),
        "contacts_more": page.total > len(rows),
        "contact_classes": classes,
        "contact_class": chosen,
        "show_case": False,
    }


CLASSES = ("close", "secondary", "companion", "general", "unclassified")


def place_names(desk: Desk, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Names of the places of these contacts."""
    wanted = {row["place_id"] for row in rows if row["place_id"]}
    if not wanted:
        return {}
    purpose = Purpose.INVESTIGATION if desk.may(Purpose.INVESTIGATION) else Purpose.TRACING
    return access.places(desk.actor, purpose=purpose, outbreak=desk.pk, place_ids=wanted)


def contact_rows(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Contacts with the name of the place, also inside the sentence that says why, and the time together."""
    found = []
    for row in rows:
        place = names.get(row["place_id"], row["place_id"])
        texts = {}
        if place != row["place_id"]:
            texts = {
                f"why_{lang}": row[f"why_{lang}"].replace(row["place_id"], place) for lang in ("zh", "en")
            }
        found.append({**row, **texts, "place_name": place, "overlap": together(row["overlap_s"])})
    return found


def _chain(desk: Desk, one: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    edges = [*found["infectors"], *found["infectees"]]
    if not edges or not desk.may(Purpose.INVESTIGATION, Purpose.TRACING):
        return {"chain_figure": "", "own_edges": []}
    if one["component"] is None:
        return {"chain_figure": "", "own_edges": edges}
    purpose = Purpose.INVESTIGATION if desk.may(Purpose.INVESTIGATION) else Purpose.TRACING
    whole = access.chain(
        desk.actor, purpose=purpose, outbreak=desk.pk, component=one["component"], at=desk.at
    )
    near = {one["case_id"], *(e["from_case"] for e in edges), *(e["to_case"] for e in edges)}
    shown = (
        whole["nodes"] if len(whole["nodes"]) <= 60 else [n for n in whole["nodes"] if n["case_id"] in near]
    )
    picture = pictures.chain(shown, whole["edges"], base=desk.base, here=one["case_id"])
    return {"chain_figure": picture, "own_edges": edges}


def _value_as_shown(column: str, value: str | None) -> str:
    """A recorded value as the page shows it: codes in words, times as people there live them."""
    if column in CODES:
        return code(column, value)
    if not value or column not in DATES:
        return value or "–"
    local = timezone.localtime(datetime.fromisoformat(value))
    return moment(local, "day" if (local.hour, local.minute) == (0, 0) else "minute")


def _change(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    column = row["column"]
    label = say(f"col.{column}")
    old, new = (_value_as_shown(column, v) for v in (row["old"], row["new"]))
    text = say("case.changed", column=label, old=old, new=new)
    may_undo = row["undone_at"] is None and desk.may(Purpose.INTAKE)
    if row["undone_at"] is not None:
        text = f"{text} ({say('code.state.undone')})"
    return {
        "at": row["changed_at"],
        "actor": row["changed_by"],
        "text": text,
        "undo_url": f"{desk.base}/changes/{row['id']}/undo" if may_undo else "",
    }


@desk_page(Purpose.INTAKE, methods=("POST",))
def correct(desk: Desk, case_id: str) -> HttpResponse:
    """Correct one value by the form of the case page; works without script.

    Where somebody was faster, the page shows both values and lets the person choose; nothing is overwritten.
    """
    form = desk.request.POST
    column, mine = form.get("column", ""), form.get("value", "")
    if column not in case_actions.EDITABLE:
        raise InputError(say("cases.unknown_column"))
    found = _as_it_stands(desk, case_id)
    if form.get("version") != str(found["version"]):
        return _clash(desk, found, column=column, mine=mine)
    try:
        change = case_actions.edit_case(
            by=desk.actor,
            at=desk.at,
            outbreak=desk.pk,
            case_id=case_id,
            column=column,
            old=cell(desk, found, column)["v"],
            new=mine,
        )
    except ConflictError:
        return _clash(desk, _as_it_stands(desk, case_id), column=column, mine=mine)
    desk.offer_undo(say("case.saved", column=say(f"col.{column}")), f"{desk.base}/changes/{change}/undo")
    return HttpResponseRedirect(f"{desk.base}/cases/{quote(case_id, safe='')}#history")


def _as_it_stands(desk: Desk, case_id: str) -> dict[str, Any]:
    return access.case(desk.actor, purpose=desk.purpose, outbreak=desk.pk, case_id=case_id, at=desk.at)[
        "case"
    ]


def _clash(desk: Desk, found: Mapping[str, Any], *, column: str, mine: str) -> HttpResponse:
    """Both values side by side: mine can be saved over the other, or dropped."""
    response = desk.page(
        "conflict.html",
        case_id=found["case_id"],
        version=found["version"],
        column=column,
        label=say(f"col.{column}"),
        mine=mine,
        mine_text=code(CODES[column], mine) if column in CODES and mine else mine,
        theirs_text=cell(desk, found, column)["t"],
    )
    response.status_code = 409
    return response


@desk_page(Purpose.INTAKE, methods=("POST",))
def undo(desk: Desk, change: int) -> HttpResponse:
    """Take one correction back."""
    case_actions.undo_change(by=desk.actor, at=desk.at, change=change)
    messages.success(desk.request, say("cases.undone"), extra_tags="good")
    back = desk.request.headers.get("Referer", "")
    return HttpResponseRedirect(
        back if back.startswith(desk.request.build_absolute_uri("/")) else f"{desk.base}/cases"
    )
