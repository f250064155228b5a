"""Exporting the line list and contacts: pseudonymous, audited, and with formulas as text.

Actions: the export is the leak, so each one is a row in the audit log with its count and filters.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.db import transaction

from fireline.actions.guard import COMMAND, finish, require
from fireline.errors import InputError
from fireline.privacy.purposes import Purpose, require_purpose
from fireline.store.access.cases import LINE_LIST_COLUMNS, SORTABLE, select_cases, select_contacts
from fireline.store.access.scope import order, outbreak_for
from fireline.store.actor import Actor
from fireline.store.refusals import audits_refusals
from fireline.words import Words

FORMATS = ("csv", "xlsx")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NEEDED = frozenset({Purpose.INVESTIGATION})
_XLSX_ROWS = 1_048_575
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CONTACT_COLUMNS = (
    "case_id",
    "person_key",
    "contact_class",
    "basis",
    "place_id",
    "area_code",
    "overlap_s",
    "episodes",
    "first_exposure",
    "last_exposure",
    "precision",
    "rule_id",
    "edition",
    "why_zh",
    "why_en",
)
"""Columns of an export of contacts."""


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
    _require_format(format)
    if sort.removeprefix("-") not in SORTABLE:
        raise InputError(
            Words(
                f"排序：此列不能排序；允许：{'、'.join(SORTABLE)}",
                f"sort: column is not sortable; allowed: {', '.join(SORTABLE)}",
            )
        )
    with transaction.atomic():
        where = outbreak_for(by, outbreak)
        rows = select_cases(by, where, filters or {}).order_by(*order(sort, "id"))
        n, content = _written(rows, LINE_LIST_COLUMNS, format, sheet="line_list", tz=ZoneInfo(where.tz))
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
    return Export(f"line-list-{where.pk}-{seq}.{format}", _MEDIA[format], content, n)


@audits_refusals
def export_contacts(
    *,
    by: Actor,
    at: datetime,
    purpose: Purpose | str,
    outbreak: int,
    case_id: str = "",
    format: str = "csv",  # noqa: A002 - the word people use
) -> Export:
    """Export the contacts of one case or of all, with class, reason and rule of each; one audit row.

    ``format`` as in export_line_list.

    Raises
    ------
    InputError     unknown format, or more rows than a worksheet holds
    PurposeError   the purpose is neither investigation nor tracing, or the role may not export
    """
    require(by, COMMAND, "export.contacts")
    needed = frozenset({Purpose.INVESTIGATION, Purpose.TRACING})
    chosen = require_purpose(role=by.role, purpose=purpose, needed=needed)
    _require_format(format)
    with transaction.atomic():
        where = outbreak_for(by, outbreak)
        rows = select_contacts(by, where, case_id=case_id).order_by("case_id", "person_key", "id")
        n, content = _written(rows, CONTACT_COLUMNS, format, sheet="contacts", tz=ZoneInfo(where.tz))
        seq = finish(
            by=by,
            at=at,
            action="export.contacts",
            purpose=chosen.value,
            body={"outbreak": where.pk, "rows": n, "format": format, "is_one_case": bool(case_id)},
        )
    return Export(f"contacts-{where.pk}-{seq}.{format}", _MEDIA[format], content, n)


def _require_format(name: str) -> None:
    if name not in FORMATS:
        raise InputError(
            Words(
                f"导出：格式未知；允许：{'、'.join(FORMATS)}",
                f"export: format is not known; allowed: {', '.join(FORMATS)}",
            )
        )


def _written(rows: Any, columns: Sequence[str], kind: str, *, sheet: str, tz: ZoneInfo) -> tuple[int, bytes]:
    """How many rows, and the file."""
    n = rows.count()
    if kind == "xlsx" and n > _XLSX_ROWS:
        raise InputError(
            Words(
                f"导出：一个工作表最多 {_XLSX_ROWS} 行；请导出 csv 或先筛选",
                f"export: a worksheet holds {_XLSX_ROWS} rows; export csv, or filter",
            )
        )
    found = rows.values_list(*columns).iterator(chunk_size=5_000)
    values = (_as_lived(row, columns, tz) for row in found)
    return n, _csv(values, columns) if kind == "csv" else _xlsx(values, columns, sheet=sheet)


def safe_text(text: str) -> str:
    """A CSV cell that no spreadsheet runs as a formula (an apostrophe is doubled: it can be undone)."""
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def plain_text(cell: str) -> str:
    """The value of a cell that ``safe_text`` wrote."""
    return cell.removeprefix("'")


def _as_lived(row: tuple[Any, ...], columns: Sequence[str], tz: ZoneInfo) -> tuple[Any, ...]:
    """Times as the people there lived them and no more exact than they are known: a day stays a day."""
    named = dict(zip(columns, row, strict=True))
    shared = named.get("precision")  # contacts have one precision for all their moments

    def cell(name: str, value: Any) -> Any:
        if not isinstance(value, datetime):
            return "" if value is None else value
        local = value.astimezone(tz)
        return (
            local.date().isoformat() if named.get(f"{name}_precision", shared) == "day" else local.isoformat()
        )

    return tuple(cell(name, value) for name, value in named.items())


def _csv(rows: Iterator[tuple[Any, ...]], columns: Sequence[str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_text(v) if isinstance(v, str) else v for v in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(rows: Iterator[tuple[Any, ...]], columns: Sequence[str], *, sheet: str) -> bytes:
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(sheet)
        for j, name in enumerate(columns):
            page.write_string(0, j, name)
        for i, row in enumerate(rows, start=1):
            for j, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(i, j, value)
                else:
                    page.write_number(i, j, value)
    return out.getvalue()
