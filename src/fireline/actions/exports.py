"""Exporting the line list: pseudonymous, audited, and with formulas as text.

Actions: the export is the leak, so each one is a row in the audit log with its count and filters.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.db import transaction

from fireline.actions.guard import COMMAND, finish, require
from fireline.errors import InputError
from fireline.privacy.purposes import Purpose, require_purpose
from fireline.store.access.cases import LINE_LIST_COLUMNS, SORTABLE, select_cases
from fireline.store.access.scope import order, outbreak_for
from fireline.store.actor import Actor
from fireline.store.refusals import audits_refusals

FORMATS = ("csv", "xlsx")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NEEDED = frozenset({Purpose.INVESTIGATION})
_XLSX_ROWS = 1_048_575


@dataclass(frozen=True, slots=True)
class Export:
    """One file for a person.

    Attributes
    ----------
    name : str, built from ids only
    media_type : str
    content : bytes
    n_rows : int
    """

    name: str
    media_type: str
    content: bytes
    n_rows: int


@audits_refusals
def export_line_list(
    *,
    by: Actor,
    at: datetime,
    purpose: Purpose | str,
    outbreak: int,
    filters: Mapping[str, str] | None = None,
    sort: str = "case_id",
    format: str = "csv",  # noqa: A002 - the word people use
) -> Export:
    """Export the cases of the actor's jurisdiction that match; one audit row.

    ``filters`` and ``sort`` as in ``access.line_list``; ``format`` is csv (UTF-8 with BOM, as Excel wants it)
    or xlsx. A text that a spreadsheet would run as a formula gets a leading apostrophe in CSV and is written
    as text in XLSX; ``plain_text`` gives the value of a CSV cell back.

    Raises
    ------
    InputError     unknown format, filter or sort, or more rows than a worksheet holds
    PurposeError   the purpose is not investigation, or the role may not export
    """
    require(by, COMMAND, "export.line_list")
    chosen = require_purpose(role=by.role, purpose=purpose, needed=_NEEDED)
    if format not in FORMATS:
        raise InputError(f"export: format is not known; allowed: {', '.join(FORMATS)}")
    if sort.removeprefix("-") not in SORTABLE:
        raise InputError(f"sort: column is not sortable; allowed: {', '.join(SORTABLE)}")
    with transaction.atomic():
        where = outbreak_for(by, outbreak)
        rows = select_cases(by, where, filters or {}).order_by(*order(sort, "id"))
        n = rows.count()
        if format == "xlsx" and n > _XLSX_ROWS:
            raise InputError(f"export: a worksheet holds {_XLSX_ROWS} rows; export csv, or filter")
        found = rows.values_list(*LINE_LIST_COLUMNS).iterator(chunk_size=5_000)
        values = (_as_lived(row, ZoneInfo(where.tz)) for row in found)
        content = _csv(values) if format == "csv" else _xlsx(values)
        seq = finish(
            by=by,
            at=at,
            action="export.line_list",
            purpose=chosen.value,
            body={
                "outbreak": where.pk,
                "rows": n,
                "format": format,
                "filters": sorted(k for k, v in (filters or {}).items() if v),
            },
        )
    kind = "text/csv; charset=utf-8"
    if format == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Export(name=f"line-list-{where.pk}-{seq}.{format}", media_type=kind, content=content, n_rows=n)


def safe_text(text: str) -> str:
    """A CSV cell that no spreadsheet runs as a formula (an apostrophe is doubled: it can be undone)."""
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def plain_text(cell: str) -> str:
    """The value of a cell that ``safe_text`` wrote."""
    return cell.removeprefix("'")


def _as_lived(row: tuple[Any, ...], tz: ZoneInfo) -> tuple[Any, ...]:
    """Times as the people there lived them and no more exact than they are known: a day stays a day."""
    named = dict(zip(LINE_LIST_COLUMNS, row, strict=True))

    def cell(name: str, value: Any) -> Any:
        if not isinstance(value, datetime):
            return "" if value is None else value
        local = value.astimezone(tz)
        return local.date().isoformat() if named.get(f"{name}_precision") == "day" else local.isoformat()

    return tuple(cell(name, value) for name, value in named.items())


def _csv(rows: Iterator[tuple[Any, ...]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(LINE_LIST_COLUMNS)
    for row in rows:
        writer.writerow([safe_text(v) if isinstance(v, str) else v for v in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(rows: Iterator[tuple[Any, ...]]) -> bytes:
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("line_list")
        for j, name in enumerate(LINE_LIST_COLUMNS):
            sheet.write_string(0, j, name)
        for i, row in enumerate(rows, start=1):
            for j, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(i, j, value)
                else:
                    sheet.write_number(i, j, value)
    return out.getvalue()
