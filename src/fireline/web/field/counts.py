"""Today's report on a phone: a number for each stream, a box for none, a receipt that can be taken back.

Web, field: an empty field is no report; a zero is typed, or its box is ticked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions.reporting import Receipt, take_back_counts, take_in_counts
from fireline.feeds.reporting import STREAMS, Line, RowFault, State
from fireline.store import access
from fireline.store.access.reporting import OWN_DAYS
from fireline.web.field.frame import Post, new_key, unit_page
from fireline.web.shared.strings import language_now, say


@dataclass(slots=True)
class Field:
    """One stream of the form.

    Attributes
    ----------
    stream : str
    name : str
    row : dict, see access.own_day
    count, total : str, what stands in the fields
    is_none : bool, the box "none" is ticked
    errors : list of str
    """

    stream: str
    name: str
    row: dict[str, Any]
    count: str = ""
    total: str = ""
    is_none: bool = False
    errors: list[str] = field(default_factory=list)


@unit_page("GET", "POST")
def today(post: Post) -> HttpResponse:
    """The form of one day; POST sends it and leads to the receipt."""
    lines = access.own_lines(post.actor, at=post.at)
    is_sent = post.request.method == "POST"
    asked = (post.request.POST if is_sent else post.request.GET).get("date", "")
    day = _day(asked, post.own.today) or _first(lines, post.own.today)
    fields = _fields(access.own_day(post.actor, day=day, at=post.at))
    if not is_sent:
        return _form(post, lines, day, fields)
    rows = _read(post, day, fields)
    if rows is None:
        return _form(post, lines, day, fields)
    receipt = take_in_counts(by=post.actor, at=post.at, key=post.request.POST.get("key", ""), rows=rows)
    if receipt.faults:
        _mark(fields, rows, receipt.faults)
        return _form(post, access.own_lines(post.actor, at=post.at), day, fields, receipt)
    return HttpResponseRedirect(f"/report/receipt/{receipt.batch}")


@unit_page("GET")
def receipt(post: Post, batch: int) -> HttpResponse:
    """What came of one report."""
    found = access.own_batch(post.actor, batch=batch, at=post.at)
    days = sorted({row["date"] for row in found["rows"]})
    return post.page(
        "receipt.html",
        batch=found,
        day=days[-1] if days else post.own.today,
        rows=[{**row, "name": _name(row["stream"])} for row in found["rows"]],
        is_standing=any(row["stands"] for row in found["rows"]),
        missing=_missing(access.own_lines(post.actor, at=post.at)),
    )


@unit_page("POST")
def undo(post: Post, batch: int) -> HttpResponse:
    """Take one report back."""
    take_back_counts(by=post.actor, at=post.at, batch=batch)
    post.good("field.undone")
    return HttpResponseRedirect("/report")


def _name(stream: str) -> str:
    return STREAMS[stream].name.get(language_now()) if stream in STREAMS else stream


def _day(text: str, newest: date) -> date | None:
    """A day of the last ones, None where the text is no such day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if newest - timedelta(days=OWN_DAYS - 1) <= day <= newest else None


def _first(lines: Sequence[Line], newest: date) -> date:
    """The day the form opens with: today, or yesterday while a number of yesterday is awaited.

    A day that was missed is offered by a link, lest today's number be typed into it.
    """
    yesterday = newest - timedelta(days=1)
    is_awaited = any(c.date == yesterday and c.state is State.WAITING for line in lines for c in line.cells)
    return yesterday if is_awaited else newest


def _fields(rows: Sequence[dict[str, Any]]) -> list[Field]:
    found = []
    for row in rows:
        cell = row["cell"]
        stands = cell.count is not None and not cell.is_so_far
        found.append(
            Field(
                stream=row["stream"],
                name=_name(row["stream"]),
                row=row,
                count=f"{cell.count:g}" if stands else "",
                total=f"{cell.denominator:g}" if stands and cell.denominator is not None else "",
            )
        )
    return found


def _read(post: Post, day: date, fields: Sequence[Field]) -> list[dict[str, Any]] | None:
    """Rows of the form; None where a field holds no number, or none holds anything."""
    form, rows = post.request.POST, []
    for one in fields:
        one.count, one.total = (_plain(form.get(f"{part}-{one.stream}", "")) for part in ("count", "total"))
        one.is_none = form.get(f"none-{one.stream}") == "1"
        number, total = _number(one, one.count), _number(one, one.total)
        if one.is_none:
            if one.count not in ("", "0"):
                one.errors.append(say("field.none_and_number"))
            number = 0
        elif one.total and not one.count:
            one.errors.append(say("field.total_alone"))
        if number is None or one.errors:
            continue
        row: dict[str, Any] = {"stream": one.stream, "date": day.isoformat(), "count": number}
        rows.append(row if total is None else {**row, "denominator": total})
    if any(one.errors for one in fields):
        return None
    if not rows:
        for one in fields:
            one.errors.append(say("field.empty"))
        return None
    return rows


def _plain(text: str) -> str:
    """Digits as typed on any keyboard, full width too."""
    return unicodedata.normalize("NFKC", text).strip()[:20]


def _number(one: Field, text: str) -> int | float | None:
    """A number as typed, None where there is none; what is none is an error of the field."""
    if not text:
        return None
    digits = text.replace(",", "")
    whole, _, decimals = digits.partition(".")
    is_number = (
        whole.isascii() and whole.isdigit() and (not decimals or (decimals.isascii() and decimals.isdigit()))
    )
    if not is_number or (digits.endswith(".")):
        one.errors.append(say("field.not_a_number"))
        return None
    return float(digits) if decimals else int(whole)


def _mark(fields: Sequence[Field], rows: Sequence[dict[str, Any]], faults: Sequence[RowFault]) -> None:
    """Put the faults of rows at their fields."""
    by_stream = {one.stream: one for one in fields}
    language = language_now()
    for fault in faults:
        one = by_stream[rows[fault.row - 1]["stream"]]
        one.errors.append(
            say("field.fault", what=fault.what.get(language), allowed=fault.allowed.get(language))
        )


def _missing(lines: Sequence[Line]) -> list[date]:
    return sorted({cell.date for line in lines for cell in line.cells if cell.state is State.MISSING})


def _form(
    post: Post, lines: Sequence[Line], day: date, fields: Sequence[Field], receipt: Receipt | None = None
) -> HttpResponse:
    errors = [(one, text) for one in fields for text in one.errors]
    return post.page(
        "report.html",
        day=day,
        days=_strip(lines, day),
        fields=fields,
        errors=[{"stream": one.stream, "name": one.name, "text": text} for one, text in errors],
        n_kept=receipt.n_kept if receipt else 0,
        key=new_key(),
        missing=[d for d in _missing(lines) if d != day],
    )


def _strip(lines: Sequence[Line], chosen: date) -> list[dict[str, Any]]:
    """The last days, newest first, each with the worst state of its streams."""
    order = (State.MISSING, State.WAITING, State.LATE, State.REPORTED)
    found = []
    for n in range(OWN_DAYS):
        cells = [line.cells[-1 - n] for line in lines]
        states = {cell.state for cell in cells}
        state = next((s for s in order if s in states), State.NOT_DUE)
        day = cells[0].date if cells else None
        if day is not None:
            found.append({"date": day, "state": state.value, "is_here": day == chosen})
    return found
