"""An activity text (流调文字) pasted on the case page: parts accepted, corrected or refused, then saved.

Web, console: the text travels in the form and is kept nowhere; what is accepted becomes stays of the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import narratives
from fireline.errors import InputError, UserError
from fireline.investigations.narrative import Reading, read_narrative, rows_of
from fireline.investigations.narrative.corrected import days_from, times_from, times_text
from fireline.investigations.narrative.stays import place_of
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page
from fireline.web.console.imports import rerun
from fireline.web.shared.strings import explained, language_now, say

KINDS = ("home", "dwelling", "place")
_BLANK = ("place", "origin", "destination")


@desk_page(Purpose.INTAKE, methods=("POST",))
def narrative(desk: Desk, case_id: str) -> HttpResponse:
    """Read a text and show its parts; with ``step=save``, save what was accepted."""
    one = access.case(desk.actor, purpose=desk.purpose, outbreak=desk.pk, case_id=case_id, at=desk.at)["case"]
    form = desk.request.POST
    text, year = form.get("text", ""), form.get("year", "").strip()
    errors: list[str] = []
    reading = None
    try:
        reading = _read(text, year)
        if form.get("step") == "save":
            reading = decided(reading, form)
            return _save(desk, case_id, reading)
    except UserError as error:
        errors.append(explained(error))
    return _page(desk, one, reading, errors=errors)


@desk_page(Purpose.INVESTIGATION)
def public_text(desk: Desk, case_id: str) -> HttpResponse:
    """The text about one case that may be published, to copy."""
    made = narratives.public_narrative(by=desk.actor, at=desk.at, outbreak=desk.pk, case_id=case_id)
    response = desk.page(
        "public_text.html",
        case_id=case_id,
        texts=[
            {"id": "text-zh", "lang": "zh-Hans", "label": "中文", "text": made.text.zh},
            {"id": "text-en", "lang": "en", "label": "English", "text": made.text.en},
        ],
        n_parts=len(made.parts),
        withheld=[w.words for w in made.withheld],
    )
    response["Cache-Control"] = "no-store"
    return response


def _read(text: str, year: str) -> Reading:
    if not text.strip():
        raise InputError(say("narrative.empty"))
    if year and not year.isdecimal():
        raise InputError(say("narrative.bad_year"))
    return read_narrative(text, year=int(year) if year else None)


def decided(reading: Reading, form: Mapping[str, str]) -> Reading:
    """A reading with the decisions of the form: ``do-0`` accept or refuse, and the fields of each part.

    Raises
    ------
    InputError   a day or time of an accepted part cannot be read; the part is named
    """
    for index, row in enumerate(rows_of(reading)["parts"]):
        row["times"] = [times_text(reading.parts[index].times, language=language_now())]
        if form.get(f"do-{index}") != "accept":
            reading = reading.refuse(index)
            continue
        changes = _changes(form, index, row)
        reading = reading.correct(index, **changes) if changes else reading.accept(index)
    return reading


def _changes(form: Mapping[str, str], index: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of one part that the form says otherwise than the reading."""
    changes: dict[str, Any] = {}
    readers = {"days": days_from, "times": times_from}
    for name, read in readers.items():
        said = form.get(f"{name}-{index}")
        if said is not None and said.strip() != ", ".join(row[name]):
            try:
                changes[name] = read(said)
            except InputError as error:
                raise InputError(say("narrative.part_error", n=index + 1, what=explained(error))) from error
    kind = form.get(f"place_kind-{index}")
    if kind in KINDS and kind != row["place_kind"]:
        changes["place_kind"] = kind
    for name in _BLANK:
        said = form.get(f"{name}-{index}")
        if said is not None and said.strip() != row[name]:
            changes[name] = said.strip()[:120]
    if row["kind"] == "stay" and changes.get("place") == "":
        raise InputError(say("narrative.part_error", n=index + 1, what=say("narrative.no_place")))
    return changes


def _save(desk: Desk, case_id: str, reading: Reading) -> HttpResponse:
    saved = narratives.accept_narrative(
        by=desk.actor, at=desk.at, outbreak=desk.pk, case_id=case_id, reading=reading
    )
    if saved.is_repeat:
        messages.info(desk.request, say("narrative.repeat"))
    else:
        rerun(desk)
        desk.offer_undo(say("narrative.saved", n=saved.n_stays), f"{desk.base}/import/{saved.batch}/undo")
    if saved.left_out:
        numbers = ", ".join(str(i + 1) for i in saved.left_out)
        messages.warning(desk.request, say("narrative.left_out", numbers=numbers), extra_tags="warning")
    return HttpResponseRedirect(f"{desk.base}/cases/{quote(case_id, safe='')}#trajectory")


def _page(desk: Desk, one: Mapping[str, Any], reading: Reading | None, *, errors: list[str]) -> HttpResponse:
    form = desk.request.POST
    found = rows_of(reading, language=language_now()) if reading else {"parts": [], "unread": [], "notes": []}
    response = desk.page(
        "narrative.html",
        case_id=one["case_id"],
        text=form.get("text", ""),
        year=form.get("year", "").strip() or year_of(one),
        errors=errors,
        parts=_parts(desk, one, reading, found["parts"]) if reading else [],
        unread=found["unread"],
        notes=found["notes"],
        place_kinds=[{"code": kind, "label": say(f"narrative.kind.{kind}")} for kind in KINDS],
        was_read=reading is not None,
    )
    response["Cache-Control"] = "no-store"
    return response


def _parts(
    desk: Desk, one: Mapping[str, Any], reading: Reading, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of the form: as sent where it was sent, else as read; whether the place is one known here."""
    form, known = desk.request.POST, narratives.known_places(desk.pk)
    is_sent = form.get("step") == "save"
    shown = []
    for part, row in zip(reading.parts, rows, strict=True):
        i = row["index"]
        place = place_of(part, person_key=one["person_key"], known=known)
        values = {
            "days": ", ".join(row["days"]),
            "times": times_text(part.times, language=language_now()),
            **{name: row[name] for name in (*_BLANK, "place_kind")},
        }
        sent = {name: form.get(f"{name}-{i}", value) for name, value in values.items()} if is_sent else values
        shown.append(
            {
                **row,
                **sent,
                "no": i + 1,
                "is_accepted": form.get(f"do-{i}") == "accept" if is_sent else bool(part.days),
                "is_known": place["place_id"] in known.values(),
            }
        )
    return shown


def year_of(one: Mapping[str, Any]) -> str:
    """The year of a case, which a text that states none is read in."""
    moment = one["onset"] or one["sampled_at"] or one["reported_at"]
    return str(moment.year) if moment else ""
