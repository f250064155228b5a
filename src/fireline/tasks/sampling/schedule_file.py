"""The schedule of a round as a file that a spreadsheet opens.

Chapter 9: rows in, bytes out; no formula runs from it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fireline.tasks.sampling.rounds import SCHEDULE

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'")


def schedule_csv(rows: Sequence[Mapping[str, Any]], *, tz: ZoneInfo) -> bytes:
    """Rows of a schedule as CSV, UTF-8 with BOM; times as people there live them.

    A text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(SCHEDULE)
    for row in rows:
        writer.writerow([_cell(row[name], tz) for name in SCHEDULE])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any, tz: ZoneInfo) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(tz).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value
