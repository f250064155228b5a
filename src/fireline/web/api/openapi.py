"""The OpenAPI 3.1 document of the intake of counts, with the limits the code holds to.

Web, api: kept by hand; a test sends what it allows and what it forbids and compares the answers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fireline import __version__
from fireline.feeds.reporting import STREAMS, ReportFault, State
from fireline.feeds.reporting.rows import MAX_BYTES, MAX_LEVEL, MAX_ROWS, MAX_WHOLE

_NUMBER = {"type": "number", "minimum": 0, "maximum": MAX_LEVEL}
_WHEN = {"type": "string", "format": "date-time"}
_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_N = {"type": "integer", "minimum": 0}


def _object(properties: dict[str, Any], *optional: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        **more,
    }


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


_KEY = {
    "stream": {"type": "string", "enum": sorted(STREAMS)},
    "area_code": {
        "type": "string",
        "description": "the unit's own area, or one below it; left out: the unit's own",
    },
    "date": {**_DAY, "description": "the day reported on; of a weekly number the Sunday"},
}
SCHEMAS: dict[str, Any] = {
    "Number": _object(
        {
            **_KEY,
            "count": {
                **_NUMBER,
                "description": "0 = there was nobody; no report is a gap, never a 0. Whole things are "
                f"counted whole, up to {MAX_WHOLE:,}; only measurements (wastewater) go further",
            },
            "denominator": {**_NUMBER, "description": "needed where it was promised"},
            "withdraw": {"const": False},
        },
        "area_code",
        "denominator",
        "withdraw",
        description="One number. A field that is not listed refuses the row: names are never taken in.",
    ),
    "Withdrawal": _object(
        {**_KEY, "withdraw": {"const": True}},
        "area_code",
        description="Takes the number of a day back; the day is a gap then.",
    ),
    "Report": _object(
        {
            "rows": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_ROWS,
                "items": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/Number"},
                        {"$ref": "#/components/schemas/Withdrawal"},
                    ]
                },
            },
            "sent_at": {**_WHEN, "description": "the sender's clock, with its offset"},
        },
        "sent_at",
    ),
    "Fault": _object(
        {
            "row": {"type": "integer", "minimum": 1},
            "field": {"type": "string"},
            "code": {"type": "string", "enum": [code.value for code in ReportFault]},
            "what": {"type": "string"},
            "found": {"type": "string"},
            "allowed": {"type": "string"},
            "todo": {"type": "string"},
        }
    ),
    "Receipt": _object(
        {
            "batch": _N,
            "received_at": _WHEN,
            "rows": _N,
            "new": _N,
            "corrected": _N,
            "same": _N,
            "late": {**_N, "description": "of the new ones: first came after the hour"},
            "rejected": {**_N, "description": "rows = new + corrected + same + rejected"},
            "clock_skew_s": {"type": ["integer", "null"]},
            "notes": {"type": "array", "items": {"type": "string"}},
            "faults": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
        }
    ),
    "Status": _object(
        {
            "unit": {"type": "string"},
            "date": _DAY,
            "as_of": _WHEN,
            "streams": {
                "type": "array",
                "items": _object(
                    {
                        "stream": {"type": "string", "enum": sorted(STREAMS)},
                        "name": {"type": "string"},
                        "owes": {"type": "string"},
                        "due_at": _nullable(_WHEN),
                        "state": {"type": "string", "enum": [state.value for state in State]},
                        "count": {"type": ["number", "null"]},
                        "denominator": {"type": ["number", "null"]},
                        "is_corrected": {"type": "boolean"},
                        "is_so_far": {"type": "boolean"},
                        "received_at": _nullable(_WHEN),
                    }
                ),
            },
        }
    ),
    "Problem": _object(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {"type": "string"},
            "detail": {"type": "string"},
        }
    ),
}


def _answers(ok: str, *refusals: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{ok}"}
    found: dict[str, Any] = {
        "200": {"description": "done", "content": {"application/json": {"schema": schema}}}
    }
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in refusals:
        found[str(status)] = {"description": _REFUSALS[status], "content": problem}
    return found


_REFUSALS = {
    400: "the body, a header or a parameter is not as described",
    401: "no key, or one that is not known, was revoked or has ended",
    403: "the contract or the unit has ended, or the call did not come over HTTPS",
    405: "another method",
    409: "the Idempotency-Key belongs to a report that said something else",
    411: "no Content-Length",
    413: f"above {MAX_BYTES} bytes",
    415: "not application/json in UTF-8, or compressed",
    429: "too many refused keys or reports; see Retry-After",
}


@cache
def document() -> dict[str, Any]:
    """The document."""
    none_kept = {
        "description": "no row was kept; the faults are on record",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fireline: intake of daily counts",
            "version": __version__,
            "description": "Numbers by day from clinics, pharmacies, schools and laboratories. "
            "No data about single people.",
        },
        "security": [{"key": []}],
        "paths": {
            "/api/v1/counts": {
                "post": {
                    "operationId": "sendCounts",
                    "summary": "Send a report; good rows are kept, bad ones are listed",
                    "parameters": [
                        {
                            "name": "Idempotency-Key",
                            "in": "header",
                            "required": True,
                            "description": "your name of this report; sent twice it is done once",
                            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"},
                        },
                        _LANGUAGE,
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}},
                    },
                    "responses": {
                        **_answers("Receipt", 400, 401, 403, 405, 409, 411, 413, 415, 429),
                        "422": none_kept,
                    },
                }
            },
            "/api/v1/counts/status": {
                "get": {
                    "operationId": "countsStatus",
                    "summary": "What is owed for a day, and what stands of it",
                    "parameters": [
                        {"name": "date", "in": "query", "description": "default: today", "schema": _DAY},
                        _LANGUAGE,
                    ],
                    "responses": _answers("Status", 400, 401, 403, 405, 429),
                }
            },
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "fireline unit token UNIT"}
            },
        },
    }


_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "zh or en, for words in answers",
    "schema": {"type": "string"},
}
