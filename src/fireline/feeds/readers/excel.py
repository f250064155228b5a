"""Read Excel workbooks sheet by sheet; every cell becomes text, dates and times ISO 8601.

Chapter 1: runs inside the limited child process, after the pre-scan.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from fireline.errors import InputError
from fireline.feeds.limits import MAX_COLUMNS
from fireline.feeds.model import RawTable
from fireline.feeds.readers.text import build, refuse_cut_off, too_wide, unique_names
from fireline.words import Words


def cell_text(value: object) -> str:
    """Text of one typed cell: whole numbers without a point, dates as ISO 8601, truth as TRUE/FALSE."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if is_day else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes" if value.second == 0 else "seconds")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return str(value)


def read_excel(
    data: bytes, *, name: str, sheet: str = "", header_row: int = 1, confirmed_rows: int = 0
) -> list[RawTable]:
    """Read all sheets of a workbook, or the one that is named.

    Parameters
    ----------
    data : the whole file, already pre-scanned
    name : file name inside the folder
    sheet : "" for all sheets with content
    header_row : 1-based row of the header
    confirmed_rows : see ``read_text``

    Raises
    ------
    InputError   not a workbook, the sheet does not exist, no sheet has content
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = book.sheet_names
        if sheet and sheet not in sheets:
            raise InputError(
                Words(
                    f"{name}：没有工作表“{sheet}”；工作簿中有：{'、'.join(sheets)}",
                    f"{name}: no sheet {sheet!r}; the workbook has: {', '.join(sheets)}",
                )
            )
        wanted = [sheet] if sheet else sheets
        grids: list[tuple[str, Any]] = [
            (s, book.get_sheet_by_name(s).to_python(skip_empty_area=False)) for s in wanted
        ]
    except CalamineError as error:
        raise InputError(
            Words(
                f"{name}：工作簿无法读取（{type(error).__name__}）；请重新保存",
                f"{name}: the workbook cannot be read ({type(error).__name__}); save it again",
            )
        ) from error
    found = [_table(s, grid, name=name, header_row=header_row, confirmed=confirmed_rows) for s, grid in grids]
    tables = [t for t in found if t is not None]
    if not tables:
        raise InputError(
            Words(f"{name}：没有一个工作表有表头和数据行", f"{name}: no sheet has a header and rows")
        )
    return tables


def _table(
    sheet: str, grid: list[list[object]], *, name: str, header_row: int, confirmed: int
) -> RawTable | None:
    rows = [[cell_text(value) for value in row] for row in grid]
    while rows and not any(c.strip() for c in rows[-1]):
        rows.pop()
    if len(rows) < header_row:
        return None
    n_all = len(rows)
    header, body = rows[header_row - 1], rows[header_row:]
    width = max((i + 1 for row in rows[header_row - 1 :] for i, c in enumerate(row) if c), default=0)
    if not width:
        return None
    if width > MAX_COLUMNS:
        raise too_wide(f"{name}[{sheet}]", width)
    refuse_cut_off(name, n_data=len(body), n_all=n_all, confirmed=confirmed)
    names, notes = unique_names(header[:width])
    cells: list[list[str] | None] = [row[:width] for row in body]
    return build(cells, names=names, file=name, sheet=sheet, notes=notes, is_excel=True)
