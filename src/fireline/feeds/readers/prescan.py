"""Look at a file's bytes before any reader does, and refuse what could harm one.

Chapter 1: runs inside the limited child process, first; nothing here parses a file fully.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath

from fireline.errors import InputError
from fireline.feeds import limits
from fireline.feeds.readers.footer import read_footer
from fireline.words import Words

FORMATS = {
    ".csv": "text", ".tsv": "text", ".txt": "text", ".xlsx": "excel", ".xlsm": "excel",
    ".parquet": "parquet", ".json": "json", ".geojson": "geojson",
}  # fmt: skip
"""File name endings that can be read, and the reader for each."""

_OLD_FORMATS = {".xls", ".xlsb", ".ods", ".doc", ".docx", ".pdf", ".zip", ".gz", ".7z", ".rar"}
_SIGNATURES = (
    (b"PK\x03\x04", Words("压缩包或 Office 文件", "a zip archive or Office file")),
    (b"%PDF", Words("PDF", "a PDF")),
    (b"\xd0\xcf\x11\xe0", Words("旧版 Office 文件", "an old Office file")),
    (b"PAR1", Words("Parquet 文件", "a Parquet file")),
    (b"\x1f\x8b", Words("gzip 压缩包", "a gzip archive")),
    (b"\x89PNG", Words("图片", "a picture")),
    (b"\x7fELF", Words("程序", "a program")),
    (b"MZ\x90", Words("程序", "a program")),
    (b"SQLite format 3", Words("数据库", "a database")),
    (b"7z\xbc\xaf", Words("压缩包", "an archive")),
    (b"Rar!", Words("压缩包", "an archive")),
)
_LIMITED = {
    "bytes of a text file": "文本文件的字节数",
    "bytes of a JSON file": "JSON 文件的字节数",
    "bytes of a Parquet file": "Parquet 文件的字节数",
    "rows declared": "声明的行数",
    "columns": "列数",
    "bytes declared after unpacking": "声明的解压后字节数",
    "cells": "单元格数",
    "bytes of a workbook": "工作簿的字节数",
    "entries in the workbook": "工作簿内的条目数",
    "bytes after unpacking": "解压后的字节数",
    "packed bytes of entries": "各条目压缩后的字节数",
    "times an entry grows": "条目解压后增大的倍数",
    "rows times columns of a sheet": "工作表的行数乘列数",
}
"""What a limit is set on, in Chinese."""

_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_REF = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{1,4})?([0-9]{1,12})\s*["']""")
_ESCAPED_REF = re.compile(rb"""\sr\s*=\s*["'][^"'<>]{0,40}&""")
_ODD_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)


def find_format(name: str) -> str:
    """Reader for a file name: text, excel, parquet, json or geojson.

    Raises
    ------
    InputError   the ending is not one that can be read
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    endings = sorted(FORMATS)
    hint = (
        Words("请另存为 .xlsx 或 .csv", "save it as .xlsx or .csv")
        if ending in _OLD_FORMATS
        else Words(f"允许：{'、'.join(endings)}", f"allowed: {', '.join(endings)}")
    )
    raise InputError(
        Words(
            f"{name}：不读取以“{ending or '（无）'}”结尾的文件；{hint.zh}",
            f"{name}: files ending in {ending or 'nothing'!r} are not read; {hint.en}",
        )
    )


def prescan(data: bytes, *, name: str, kind: str) -> None:
    """Refuse a file that breaks a limit or is not what its name says.

    Parameters
    ----------
    data : the whole file
    name : file name, for messages
    kind : text, excel, parquet, json or geojson

    Raises
    ------
    InputError   says which limit, what was found and what is allowed
    """
    if not data:
        raise InputError(Words(f"{name}：文件是空的", f"{name}: the file is empty"))
    scans = {"text": _scan_text, "excel": _scan_excel, "parquet": _scan_parquet, "json": _scan_json}
    scans["geojson"] = _scan_json
    scans[kind](data, name)


def _limit(name: str, what: str, found: float, allowed: float) -> None:
    if found > allowed:
        raise InputError(
            Words(
                f"{name}：{_LIMITED[what]}：{found:,.0f}；最多 {allowed:,.0f}",
                f"{name}: {what}: {found:,.0f}; allowed: {allowed:,.0f}",
            )
        )


def _scan_text(data: bytes, name: str) -> None:
    _limit(name, "bytes of a text file", len(data), limits.MAX_TEXT_BYTES)
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise InputError(
                Words(
                    f"{name}：文件名是文本，内容却是{what.zh}；请把表格导出为 CSV",
                    f"{name}: named as text but it is {what.en}; export the table as CSV",
                )
            )
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<script", b"<svg", b"<table", b"{\\rtf")):
        raise InputError(
            Words(
                f"{name}：文件名是文本，内容却是网页或标记语言；请把表格导出为 CSV",
                f"{name}: named as text but it is a web page or markup; export the table as CSV",
            )
        )
    if b"%PDF-" in data[:1024]:
        raise InputError(
            Words(
                f"{name}：文件名是文本，内容却含 PDF；请把表格导出为 CSV",
                f"{name}: named as text but it holds a PDF; export the table as CSV",
            )
        )


def _scan_json(data: bytes, name: str) -> None:
    _limit(name, "bytes of a JSON file", len(data), limits.MAX_JSON_BYTES)
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        raise InputError(
            Words(
                f"{name}：JSON 应以 {{ 或 [ 开头；此文件不是",
                f"{name}: JSON starts with {{ or [; this file does not",
            )
        )
    depth = 0
    skip_to = -1
    in_string = False
    for found in re.finditer(rb'["\\\[\]{}]', data):
        if found.start() < skip_to:
            continue
        mark = found.group()
        if in_string:
            if mark == b"\\":
                skip_to = found.start() + 2
            elif mark == b'"':
                in_string = False
        elif mark == b'"':
            in_string = True
        elif mark in (b"[", b"{"):
            depth += 1
            if depth > limits.MAX_DEPTH:
                raise InputError(
                    Words(
                        f"{name}：JSON 嵌套超过 {limits.MAX_DEPTH} 层",
                        f"{name}: JSON nested deeper than {limits.MAX_DEPTH} levels",
                    )
                )
        elif mark in (b"]", b"}"):
            depth -= 1


def _scan_parquet(data: bytes, name: str) -> None:
    _limit(name, "bytes of a Parquet file", len(data), limits.MAX_BINARY_BYTES)
    footer = read_footer(data, name=name)
    _limit(name, "rows declared", max(footer.n_rows, footer.n_group_rows), limits.MAX_ROWS)
    _limit(name, "columns", footer.n_columns, limits.MAX_COLUMNS)
    _limit(name, "bytes declared after unpacking", footer.n_bytes, limits.MAX_DECLARED_BYTES)
    if footer.n_rows != footer.n_group_rows or footer.n_rows < 0 or footer.n_bytes < 0:
        raise InputError(
            Words(
                f"{name}：Parquet 文件尾的行数自相矛盾",
                f"{name}: the Parquet footer contradicts itself about its rows",
            )
        )
    # strings of text are what the next step makes of it: a row costs at least 16 bytes a column there
    _limit(name, "cells", footer.n_rows * max(1, footer.n_columns), limits.MAX_GRID * 5)


def _scan_excel(data: bytes, name: str) -> None:
    _limit(name, "bytes of a workbook", len(data), limits.MAX_BINARY_BYTES)
    if not data.startswith(b"PK\x03\x04"):
        raise InputError(
            Words(
                f"{name}：不是 Excel 工作簿（.xlsx）；请在表格软件中重新保存",
                f"{name}: not an Excel workbook (.xlsx); save it again from the spreadsheet program",
            )
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if not _ends_with_directory(data, archive):
                raise InputError(
                    Words(
                        f"{name}：工作簿结尾之后还有字节；请重新保存",
                        f"{name}: bytes after the end of the workbook; save it again",
                    )
                )
            _scan_entries(archive, data, name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise InputError(
            Words(
                f"{name}：工作簿已损坏（{type(error).__name__}）；请重新保存",
                f"{name}: the workbook is damaged ({type(error).__name__}); save it again",
            )
        ) from error


def _ends_with_directory(data: bytes, archive: zipfile.ZipFile) -> bool:
    """Whether the file ends with its own directory and nothing is glued on."""
    at = data.rfind(b"PK\x05\x06")
    return at >= 0 and at + 22 + len(archive.comment) == len(data)


def _scan_entries(archive: zipfile.ZipFile, data: bytes, name: str) -> None:
    entries = archive.infolist()
    _limit(name, "entries in the workbook", len(entries), limits.MAX_ZIP_ENTRIES)
    seen: set[str] = set()
    for entry in entries:
        path = entry.filename.lower()
        parts = path.replace("\\", "/").split("/")
        if (
            path in seen
            or ".." in parts
            or path.startswith("/")
            or "\\" in path
            or ":" in path
            or "\0" in path
        ):
            raise InputError(
                Words(
                    f"{name}：工作簿中有条目的路径不被允许，或出现两次",
                    f"{name}: an entry of the workbook has a path that is not allowed, or occurs twice",
                )
            )
        seen.add(path)
        if entry.flag_bits & 0x1:
            raise InputError(
                Words(
                    f"{name}：工作簿有密码保护；请取消密码后保存",
                    f"{name}: the workbook is protected by a password; save it without",
                )
            )
    _limit(name, "bytes after unpacking", sum(e.file_size for e in entries), limits.MAX_UNPACKED_BYTES)
    _limit(name, "packed bytes of entries", sum(e.compress_size for e in entries), len(data))
    if "[content_types].xml" not in seen or "xl/workbook.xml" not in seen:
        raise InputError(
            Words(
                f"{name}：不是 Excel 工作簿（其中没有 xl/workbook.xml）",
                f"{name}: not an Excel workbook (no xl/workbook.xml inside)",
            )
        )
    grid, cells, left = 0, 0, limits.MAX_UNPACKED_BYTES
    for entry in entries:
        if entry.is_dir():
            continue
        body = _unpack(archive, entry, name, left)
        left -= len(body)
        # ratio per entry with a floor, so that a small, repetitive style sheet is no bomb
        if len(body) > limits.MEGABYTE:
            _limit(name, "times an entry grows", len(body) / max(1, entry.compress_size), limits.MAX_RATIO)
        if _is_markup(entry.filename, body):
            _scan_markup(body, name)
            if b"sheetData" in body or "worksheets/" in entry.filename.lower():
                n_grid, n_cells = _count_cells(body, name)
                grid, cells = max(grid, n_grid), cells + n_cells
                _limit(name, "rows times columns of a sheet", grid, limits.MAX_GRID)
                _limit(name, "cells", cells, limits.MAX_CELLS)


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, left: int) -> bytes:
    """Bytes of one entry, never more than are left; a wrong declared size is refused."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            Words(
                f"{name}：有条目的压缩方式不是 Excel 所用",
                f"{name}: an entry is packed in a way that Excel does not use",
            )
        )
    with archive.open(entry) as stream:
        body = stream.read(min(entry.file_size, left) + 1)
    if len(body) != entry.file_size:
        raise InputError(
            Words(
                f"{name}：有条目声明的大小与实际不符", f"{name}: an entry declares another size than it has"
            )
        )
    return body


def _is_markup(path: str, body: bytes) -> bool:
    ending = PurePosixPath(path.lower()).suffix
    return ending in (".xml", ".rels", ".vml") or body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _scan_markup(body: bytes, name: str) -> None:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:4] or _ODD_ENCODING.match(body[:400]):
        raise InputError(
            Words(
                f"{name}：工作簿的一部分不是 UTF-8；请重新保存",
                f"{name}: a part of the workbook is not UTF-8; save it again",
            )
        )
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", body, re.IGNORECASE):
        raise InputError(
            Words(
                f"{name}：工作簿的一部分声明了文档类型或实体；不允许",
                f"{name}: a part of the workbook declares a document type or entities; not allowed",
            )
        )


def _count_cells(body: bytes, name: str) -> tuple[int, int]:
    """(rows times columns of the box around all cells, cells) of one sheet, without parsing it."""
    if _ESCAPED_REF.search(body):
        raise InputError(
            Words(
                f"{name}：有单元格地址用字符引用书写；请重新保存",
                f"{name}: a cell address is written with character references; save it again",
            )
        )
    n_cells = len(_CELL.findall(body))
    refs = _REF.findall(body)
    if not refs:
        return n_cells, n_cells
    rows = [int(digits) for digits in {digits for _, digits in refs}]
    letters = {letter.upper() for letter, _ in refs if letter}
    columns = [_column_number(letter) for letter in letters] or [1]
    return (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1), n_cells


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
