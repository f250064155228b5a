"""Daily counts by program: send a report, ask what was reported and is owed, read the contract.

Web, api: actions.reporting decides; here bytes become rows and receipts become JSON.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from fireline.actions.reporting import Receipt, take_in_counts
from fireline.feeds.reporting import STREAMS
from fireline.store import access
from fireline.web.api.frame import Call, Problem, answer, api_call
from fireline.web.api.openapi import document
from fireline.web.api.reading import read_object
from fireline.web.shared.strings import language_now, say

FIELDS = frozenset({"rows", "sent_at"})


@api_call("POST")
def counts(call: Call) -> HttpResponseBase:
    """Take in one report: 200 when a row stands, 422 when none does; the same report again gives the same."""
    key = call.request.headers.get("Idempotency-Key", "")
    if not key:
        raise Problem(400, "no_key")
    body = read_object(call.request)
    if set(body) - FIELDS:
        raise Problem(400, "unknown_field", allowed=", ".join(sorted(FIELDS)))
    if not isinstance(body.get("rows"), list):
        raise Problem(400, "no_rows")
    receipt = take_in_counts(
        by=call.actor, at=call.at, key=key, rows=body["rows"], sent_at=_sent_at(body), via="api"
    )
    headers = {"Idempotent_Replay": "true"} if receipt.is_repeat else {}
    return answer(said(receipt), 200 if receipt.n_kept else 422, **headers)


@api_call("GET", "HEAD")
def status(call: Call) -> HttpResponseBase:
    """What the unit owes for a day and what stands of it."""
    asked = call.request.GET
    if set(asked) - {"date"}:
        raise Problem(400, "unknown_parameter", allowed="date")
    mine = access.own(call.actor, at=call.at)
    day = _day(asked["date"]) if "date" in asked else mine.today
    rows = access.own_day(call.actor, day=day, at=call.at)
    language = language_now()
    return answer(
        {
            "unit": mine.unit["name"],
            "date": day.isoformat(),
            "as_of": stamp(call.at),
            "streams": [
                {
                    "stream": row["stream"],
                    "name": STREAMS[row["stream"]].name.get(language),
                    "owes": row["owed"].said().partition("=")[2],
                    "due_at": stamp(row["due_at"]) if row["due_at"] else None,
                    "state": row["cell"].state.value,
                    "count": row["cell"].count,
                    "denominator": row["cell"].denominator,
                    "is_corrected": row["cell"].is_corrected,
                    "is_so_far": row["cell"].is_so_far,
                    "received_at": stamp(row["cell"].at) if row["cell"].at else None,
                }
                for row in rows
            ],
        }
    )


@require_safe
def openapi(_request: HttpRequest) -> HttpResponseBase:
    """The OpenAPI document; it says nothing about anybody and needs no key."""
    response = answer(document())
    response["Cache-Control"] = "public, max-age=300"
    return response


def said(receipt: Receipt) -> dict[str, Any]:
    """A receipt as JSON, in the language of the call."""
    language = language_now()
    notes = []
    if receipt.n_late:
        notes.append(say("api.note_late", n=receipt.n_late))
    if receipt.is_clock_off:
        notes.append(say("api.note_clock", seconds=receipt.skew_s))
    return {
        "batch": receipt.batch,
        "received_at": stamp(receipt.received_at),
        "rows": receipt.n_rows,
        "new": receipt.n_new,
        "corrected": receipt.n_corrected,
        "same": receipt.n_same,
        "late": receipt.n_late,
        "rejected": receipt.n_rejected,
        "clock_skew_s": receipt.skew_s,
        "notes": notes,
        "faults": [
            {
                "row": fault.row,
                "field": fault.field,
                "code": fault.code.value,
                "what": fault.what.get(language),
                "found": fault.found.get(language),
                "allowed": fault.allowed.get(language),
                "todo": fault.todo.get(language),
            }
            for fault in receipt.faults
        ],
    }


def stamp(at: datetime) -> str:
    """A moment in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sent_at(body: dict[str, Any]) -> datetime | None:
    if "sent_at" not in body:
        return None
    value = body["sent_at"]
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Problem(400, "sent_at")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) == 10 else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> date:
    raise Problem(400, "day")
