"""The pre-scan: what it lets through, what it refuses, each limit one step on either side."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import polars as pl
import pytest

from fireline.errors import InputError
from fireline.feeds import limits
from fireline.feeds.readers.footer import read_footer
from fireline.feeds.readers.prescan import _column_number, find_format, prescan


def workbook(rows: int = 3, columns: int = 2) -> bytes:
    book = openpyxl.Workbook()
    for _ in range(rows):
        book.active.append(["x"] * columns)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(**columns: list[object]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "text"),
        ("A.CSV", "text"),
        ("a.tsv", "text"),
        ("a.txt", "text"),
        ("a.b.xlsx", "excel"),
        ("a.xlsm", "excel"),
        ("a.parquet", "parquet"),
        ("dir/a.json", "json"),
    ],
)
def test_the_ending_names_the_reader(name: str, kind: str) -> None:
    assert find_format(name) == kind


@pytest.mark.parametrize("name", ["a.xls", "a.ods", "a.xlsb", "a.zip", "a.pdf", "a", "a.exe", ".csv"])
def test_other_endings_are_refused_with_a_hint(name: str) -> None:
    with pytest.raises(InputError, match=r"save it as|allowed: \.csv"):
        find_format(name)


def test_good_files_pass() -> None:
    prescan(b"a,b\n1,2\n", name="f", kind="text")
    prescan(workbook(), name="f", kind="excel")
    prescan(parquet(a=[1, 2]), name="f", kind="parquet")
    prescan(b'[{"a": "]]]][[[["}]', name="f", kind="json")


@pytest.mark.parametrize("kind", ["text", "excel", "parquet", "json"])
def test_nothing_is_refused(kind: str) -> None:
    with pytest.raises(InputError, match="empty"):
        prescan(b"", name="f", kind=kind)


@pytest.mark.parametrize(
    ("limit", "kind", "data"),
    [
        ("MAX_TEXT_BYTES", "text", b"a,b\n1,2\n"),
        ("MAX_JSON_BYTES", "json", b'[{"a": 1}]'),
        ("MAX_BINARY_BYTES", "parquet", parquet(a=[1])),
        ("MAX_BINARY_BYTES", "excel", workbook()),
    ],
)
def test_the_size_of_a_file_has_a_limit(
    monkeypatch: pytest.MonkeyPatch, limit: str, kind: str, data: bytes
) -> None:
    monkeypatch.setattr(limits, limit, len(data))
    prescan(data, name="f", kind=kind)
    monkeypatch.setattr(limits, limit, len(data) - 1)
    with pytest.raises(InputError, match="allowed"):
        prescan(data, name="f", kind=kind)


def test_json_depth_counts_brackets_outside_strings_only() -> None:
    deepest = b"[" * 20 + b"]" * 20
    prescan(deepest, name="f", kind="json")
    prescan(b'["' + b"[" * 100 + b'\\"[[[["]', name="f", kind="json")
    prescan(b"[" + b"[]," * 1000 + b"[]]", name="f", kind="json")
    with pytest.raises(InputError, match="deeper than 20"):
        prescan(b"[" + deepest + b"]", name="f", kind="json")
    # a backslash before a quote keeps the string open, two do not
    with pytest.raises(InputError, match="deeper"):
        prescan(b'["a\\\\",' + b"[" * 20, name="f", kind="json")


@pytest.mark.parametrize(
    ("limit", "allowed", "what"),
    [
        ("MAX_ZIP_ENTRIES", 3, "entries"),
        ("MAX_UNPACKED_BYTES", 100, "after unpacking"),
        ("MAX_GRID", 5, "rows times columns"),
        ("MAX_CELLS", 5, "cells"),
    ],
)
def test_each_limit_of_a_workbook(
    monkeypatch: pytest.MonkeyPatch, limit: str, allowed: int, what: str
) -> None:
    data = workbook(rows=3, columns=2)
    monkeypatch.setattr(limits, limit, allowed)
    with pytest.raises(InputError, match=what):
        prescan(data, name="f", kind="excel")


def test_the_grid_of_a_workbook_is_counted_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook(rows=7, columns=28)  # columns A to AB
    monkeypatch.setattr(limits, "MAX_GRID", 7 * 28)
    monkeypatch.setattr(limits, "MAX_CELLS", 7 * 28)
    prescan(data, name="f", kind="excel")
    monkeypatch.setattr(limits, "MAX_GRID", 7 * 28 - 1)
    with pytest.raises(InputError, match="rows times columns"):
        prescan(data, name="f", kind="excel")


@pytest.mark.parametrize(
    ("letters", "number"), [(b"A", 1), (b"Z", 26), (b"AA", 27), (b"XFD", 16_384), (b"ZZ", 702)]
)
def test_column_letters(letters: bytes, number: int) -> None:
    assert _column_number(letters) == number


@pytest.mark.parametrize(
    ("limit", "allowed", "what"),
    [
        ("MAX_ROWS", 99, "rows declared"),
        ("MAX_COLUMNS", 1, "columns"),
        ("MAX_DECLARED_BYTES", 10, "bytes declared"),
    ],
)
def test_each_limit_of_parquet(monkeypatch: pytest.MonkeyPatch, limit: str, allowed: int, what: str) -> None:
    data = parquet(a=list(range(100)), b=["x"] * 100)
    prescan(data, name="f", kind="parquet")
    monkeypatch.setattr(limits, limit, allowed)
    with pytest.raises(InputError, match=what):
        prescan(data, name="f", kind="parquet")


@pytest.mark.parametrize(
    "data",
    [
        b"PAR1",
        b"PAR1" + b"\xff" * 40 + b"\xff\xff\xff\x7fPAR1",
        b"PAR1" + bytes(4) + b"PAR1",
        b"PAR1" + b"\x1c" * 64 + b"\x40\0\0\0PAR1",
    ],
)
def test_footers_that_are_none(data: bytes) -> None:
    with pytest.raises(InputError, match="Parquet"):
        read_footer(data, name="f")


def test_a_workbook_with_a_password_flag_is_refused() -> None:
    data = bytearray(workbook())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # general purpose bit 0 of the first directory entry
    with pytest.raises(InputError, match="password"):
        prescan(bytes(data), name="f", kind="excel")


def test_an_unusual_packing_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("[Content_Types].xml", "<a/>")
        archive.writestr("xl/workbook.xml", "<a/>")
    with pytest.raises(InputError, match="packed in a way"):
        prescan(out.getvalue(), name="f", kind="excel")


def test_the_message_never_holds_the_content() -> None:
    with pytest.raises(InputError) as error:
        prescan(b"%PDF-1.7 Zhang San 13800001111", name="f.csv", kind="text")
    assert "Zhang" not in str(error.value)
    assert "f.csv" in str(error.value)
