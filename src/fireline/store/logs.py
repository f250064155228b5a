"""Log lines as JSON, without anything about a person.

Store: named in the settings; message arguments are dropped, only closed fields are written.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

_FIELDS = ("outbreak_id", "n_rows", "elapsed_ms", "status_code", "event")
_LONG_NUMBER = re.compile(r"\d{5,}")
_PLACEHOLDER = re.compile(r"%(\(\w+\))?[#0\- +]*\d*(\.\d+)?[sdrfiax]")


class JsonFormatter(logging.Formatter):
    """One line of JSON per record: time, level, logger, template of the message, kind of the error.

    Notes
    -----
    The template is written, never its arguments: a value of a person can only come in through those.
    Runs of five or more digits are masked, control characters cannot start a new line, and of an
    exception only its class and the places in the code are told.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _LONG_NUMBER.sub("#####", _PLACEHOLDER.sub("…", template))[:400],
        }
        for name in _FIELDS:
            value = getattr(record, name, None)
            if isinstance(value, int | float | bool) or (name == "event" and isinstance(value, str)):
                line[name] = value
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _places(record)
        return json.dumps(line, ensure_ascii=True)


def _places(record: logging.LogRecord) -> list[str]:
    """Innermost code places of the exception, without values."""
    trace = record.exc_info[2] if record.exc_info else None
    places: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-8:]
