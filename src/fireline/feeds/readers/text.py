"""Read CSV and TSV: encoding and separator found and reported, broken rows put aside one by one.

Chapter 1: runs inside the limited child process; read by ``feeds.readers.read``.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter

import polars as pl

from fireline.errors import Fault, FaultCode, InputError
from fireline.feeds.limits import MAX_CELL_CHARACTERS, MAX_COLUMNS, SHEET_LIMITS
from fireline.feeds.model import ROW, RawTable
from fireline.words import Words

_SEPARATORS = (",", "\t", ";", "|")
_MAX_LINES_OF_ONE_ROW = 200
_CHUNK_ROWS = 50_000
_SAMPLE_CHARACTERS = 2_000  # of a line, to find the separator; far below the limit of one cell
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8", "gb18030": "gb18030", "gbk": "gb18030",
    "gb2312": "gb18030", "cp1252": "cp1252", "windows-1252": "cp1252", "latin-1": "cp1252",
    "utf-16": "utf-16", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be",
}  # fmt: skip
_OPEN_QUOTE = (Words("未闭合的引号", "a quote that is never closed"), Words("成对的引号", "quotes in pairs"))
_BLANK_ROW = (Words("空行", "blank row"), Words("有内容的行", "a row with content"))
ENCODINGS = tuple(sorted(_ENCODINGS))
"""Names a mapping may give as ``encoding``."""


def decode(data: bytes, *, name: str, encoding: str = "") -> tuple[str, str, tuple[Words, ...]]:
    """Turn bytes into text, saying which encoding was used and whether another would have fitted.

    Parameters
    ----------
    data : the whole file
    name : file name, for messages
    encoding : declared by the mapping; "" to find it

    Returns
    -------
    (text, encoding, notes)

    Raises
    ------
    InputError   NUL bytes, or no known encoding fits
    """
    for mark, found in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return (
                _strict(data[len(mark) :], found, name),
                found,
                (Words("已去掉字节顺序标记（BOM）", "byte order mark removed"),),
            )
    if encoding:
        chosen = _ENCODINGS.get(encoding.lower())
        if chosen is None:
            raise InputError(
                Words(
                    f"{name}：编码“{encoding}”未知；允许：{'、'.join(ENCODINGS)}",
                    f"{name}: encoding {encoding!r} is not known; allowed: {', '.join(ENCODINGS)}",
                )
            )
        return _strict(data, chosen, name), chosen, _tie_note(data, chosen)
    if b"\0" in data:
        found = _utf16_without_mark(data)
        if not found:
            raise InputError(
                Words(
                    f"{name}：文本文件中有 NUL 字节；请另存为 UTF-8 文本",
                    f"{name}: NUL bytes in a text file; save it as UTF-8 text",
                )
            )
        return (
            _strict(data, found, name),
            found,
            (Words(f"没有字节顺序标记；按 {found} 读取", f"no byte order mark; read as {found}"),),
        )
    if _fits(data, "utf-8"):
        return data.decode("utf-8"), "utf-8", ()
    fitting = [e for e in ("gb18030", "cp1252") if _fits(data, e)]
    if not fitting:
        raise InputError(
            Words(
                f"{name}：不是 UTF-8、GB18030、cp1252 或 UTF-16 文本；请另存为 UTF-8",
                f"{name}: not UTF-8, GB18030, cp1252 or UTF-16 text; save it as UTF-8",
            )
        )
    return data.decode(fitting[0]), fitting[0], _tie_note(data, fitting[0])


def _tie_note(data: bytes, chosen: str) -> tuple[Words, ...]:
    """A sentence when GB18030 and cp1252 both decode these bytes, to different text."""
    if data.isascii() or _fits(data, "utf-8"):
        return ()
    other = {"gb18030": "cp1252", "cp1252": "gb18030"}.get(chosen)
    if other is None or not _fits(data, other):
        return ()
    return (
        Words(
            f"编码无法确定：gb18030 和 cp1252 都能解码此文件；按 {chosen} 读取"
            "（在 feeds.toml 中写 `encoding` 可指定）",
            f"encoding tie: gb18030 and cp1252 both decode this file; read as {chosen} "
            "(say `encoding` in feeds.toml to decide)",
        ),
    )


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            Words(
                f"{name}：第 {error.start} 字节不是有效的 {encoding}；请在 feeds.toml 中声明其他 `encoding`",
                f"{name}: byte {error.start} is not valid {encoding}; "
                "declare another `encoding` in feeds.toml",
            )
        ) from error
    if "\0" in text:
        raise InputError(
            Words(
                f"{name}：文本文件中有 NUL 字符；请另存为 UTF-8 文本",
                f"{name}: NUL characters in a text file; save it as UTF-8 text",
            )
        )
    return text.removeprefix("\ufeff")


def _utf16_without_mark(data: bytes) -> str:
    """utf-16-le or -be where nearly every second byte of the head is zero, else ""."""
    head = data[:2000]
    half = max(1, len(head) // 2)
    odd, even = head[1::2].count(0) / half, head[0::2].count(0) / half
    if odd > 0.6 and even < 0.05:
        return "utf-16-le"
    if even > 0.6 and odd < 0.05:
        return "utf-16-be"
    return ""


def find_separator(lines: list[str], *, prefer: str = ",") -> str:
    """The separator that cuts the first lines into the most consistent number of cells."""
    best, best_score = prefer, (0.0, 0)
    sample = [line[:_SAMPLE_CHARACTERS] for line in lines[:50] if line.strip()]
    for separator in sorted(_SEPARATORS, key=lambda s: s != prefer):
        widths = [len(row) for row in csv.reader(sample, delimiter=separator) if row]
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        score = (times / len(widths), width)
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best


def _records(lines: list[str], separator: str) -> list[tuple[int, list[str] | None]]:
    """Cut lines into (first line number, cells); cells None where a quote is never closed."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    found: list[tuple[int, list[str] | None]] = []
    start, n_lines = 0, len(lines)
    while start < n_lines:
        # a generator, so that restarting after a broken line copies nothing
        reader = csv.reader((lines[i] for i in range(start, n_lines)), delimiter=separator)
        line, broken = start, False
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                cells, broken = None, True
            if cells is None and not broken:
                break
            end = start + reader.line_num
            if not broken and end - line > 1:
                is_open = sum(lines[i].count('"') for i in range(line, end)) % 2 == 1
                broken = is_open or end - line > _MAX_LINES_OF_ONE_ROW
            if broken:
                found.append((line, None))
                break
            found.append((line, cells))
            line = end
        if not broken:
            break
        start = line + 1
        if sum(1 for _, cells in found[-1000:] if cells is None) > 500:
            raise InputError(
                Words(
                    "未闭合的引号太多；请检查分隔符和引号",
                    "too many quotes that are never closed; check the separator and the quoting",
                )
            )
    return found


def unique_names(header: list[str]) -> tuple[list[str], tuple[Words, ...]]:
    """Column names without blanks and repeats, and a note for each name that was changed."""
    names: list[str] = []
    notes: list[Words] = []
    for i, cell in enumerate(header):
        plain = " ".join(cell.split()) or f"column_{i + 1}"
        name, n = plain, 2
        while name in names or name == ROW:
            name, n = f"{plain}_{n}", n + 1
        if name != cell.strip():
            notes.append(Words(f"第 {i + 1} 列的列名读作“{name}”", f"header {i + 1} read as {name!r}"))
        names.append(name)
    return names, tuple(notes)


def read_text(
    data: bytes,
    *,
    name: str,
    encoding: str = "",
    separator: str = "",
    header_row: int = 1,
    confirmed_rows: int = 0,
) -> RawTable:
    """Read one CSV or TSV file.

    Parameters
    ----------
    data : the whole file
    name : file name inside the folder
    encoding, separator : declared by the mapping; "" to find them
    header_row : 1-based line of the header among the non-blank records
    confirmed_rows : a row count the sender confirms to be complete although it is a spreadsheet limit

    Raises
    ------
    InputError   not text, empty, too wide, or cut off at a spreadsheet limit
    """
    text, used, notes = decode(data, name=name, encoding=encoding)
    lines = list(io.StringIO(text, newline=""))
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise InputError(Words(f"{name}：文件是空的", f"{name}: the file is empty"))
    prefer = "\t" if name.lower().endswith(".tsv") else ","
    used_separator = separator or find_separator(lines, prefer=prefer)
    try:
        records = _records(lines, used_separator)
    except InputError as error:
        raise InputError(Words(f"{name}：{error.words.zh}", f"{name}: {error.words.en}")) from error
    body_from = _header_at(records, header_row, name)
    header = records[body_from][1] or []
    if len(header) > MAX_COLUMNS:
        raise too_wide(name, len(header))
    refuse_cut_off(name, n_data=len(records) - body_from - 1, n_all=len(records), confirmed=confirmed_rows)
    names, name_notes = unique_names(header)
    return build(
        [cells for _, cells in records[body_from + 1 :]],
        names=names, file=name, encoding=used, separator=used_separator, notes=notes + name_notes,
    )  # fmt: skip


def too_wide(name: str, n: int) -> InputError:
    """The refusal of a table with more columns than are read."""
    return InputError(
        Words(f"{name}：{n} 列；最多 {MAX_COLUMNS} 列", f"{name}: {n} columns; allowed: {MAX_COLUMNS}")
    )


def _header_at(records: list[tuple[int, list[str] | None]], header_row: int, name: str) -> int:
    seen = 0
    for i, (_, cells) in enumerate(records):
        if cells and any(c.strip() for c in cells):
            seen += 1
            if seen == header_row:
                return i
    raise InputError(
        Words(
            f"{name}：第 {header_row} 行没有表头；文件有 {seen} 行有内容",
            f"{name}: no header in row {header_row}; the file has {seen} rows with content",
        )
    )


def refuse_cut_off(name: str, *, n_data: int, n_all: int, confirmed: int = 0) -> None:
    """Refuse a table that ends exactly where a spreadsheet program would have cut it off."""
    for limit in SHEET_LIMITS:
        if limit in (n_data, n_all) and confirmed != limit:
            raise InputError(
                Words(
                    f"{name}：恰好 {limit} 行，表格软件到此会不提示地丢掉其余各行；请向报送方索取全表，"
                    f"或在 feeds.toml 中写明 `confirmed_rows = {limit}`",
                    f"{name}: exactly {limit} rows, the limit at which spreadsheets drop the rest without "
                    "a word; ask the sender for the whole table, or say "
                    f"`confirmed_rows = {limit}` in feeds.toml",
                )
            )


def build(
    cells_by_row: list[list[str] | None],
    *,
    names: list[str],
    file: str,
    sheet: str = "",
    encoding: str = "",
    separator: str = "",
    notes: tuple[Words, ...] = (),
    is_excel: bool = False,
) -> RawTable:
    """Put rows of cells into a RawTable; blank, ragged and unclosed rows become faults."""
    width = len(names)
    faults: list[Fault] = []
    frames: list[pl.DataFrame] = []
    schema: dict[str, pl.DataType] = {ROW: pl.Int64()} | dict.fromkeys(names, pl.String())
    for start in range(0, len(cells_by_row), _CHUNK_ROWS):
        good: list[tuple[int, list[str]]] = []
        for row, cells in enumerate(cells_by_row[start : start + _CHUNK_ROWS], start + 1):
            reason = _row_fault(cells, width)
            if reason is None and cells is not None:
                good.append((row, cells if len(cells) == width else cells[:width]))
            elif reason is not None:
                faults.append(Fault(file, row, None, *reason, "rejected"))
        columns = list(zip(*(cells for _, cells in good), strict=True)) or [()] * width
        data = [pl.Series(ROW, [row for row, _ in good], dtype=pl.Int64)]
        data += [pl.Series(n, c, dtype=pl.String) for n, c in zip(names, columns, strict=True)]
        frames.append(pl.DataFrame(data))
    rows = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
    return RawTable(file, sheet, rows, len(cells_by_row), tuple(faults), encoding, separator, notes, is_excel)


def _row_fault(cells: list[str] | None, width: int) -> tuple[FaultCode, Words, Words] | None:
    """(code, found, allowed) of a row that cannot be used, None for a good one."""
    if cells is None:
        return FaultCode.OPEN_QUOTE, *_OPEN_QUOTE
    if not any(map(str.strip, cells)):
        return FaultCode.BLANK_ROW, *_BLANK_ROW
    if len(cells) < width or any(c.strip() for c in cells[width:]):
        return (
            FaultCode.CELL_COUNT,
            Words(f"{len(cells)} 个单元格", f"{len(cells)} cells"),
            Words(f"{width} 个单元格，与表头一致", f"{width} cells, as in the header"),
        )
    return None
