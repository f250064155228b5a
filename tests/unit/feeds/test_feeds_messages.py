"""What a person reads when a file is refused: what, where, what was found, what is allowed, what to do."""

from __future__ import annotations

import io
import re
import struct
import zipfile

import polars as pl
import pytest

from fireline.errors import InputError
from fireline.feeds import limits
from fireline.feeds.apply import as_canonical, refuse_devices
from fireline.feeds.model import ROW, RawTable
from fireline.feeds.readers import read
from fireline.feeds.readers.footer import read_footer
from fireline.feeds.readers.prescan import find_format, prescan

CONTENT = "[Content_Types].xml"


def raw(*columns: str, file: str = "f.csv") -> RawTable:
    frame = pl.DataFrame({ROW: [1], **{c: ["x"] for c in columns}}, schema_overrides={ROW: pl.Int64})
    return RawTable(file, "", frame, 1, ())


def archive(**parts: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for path, body in {CONTENT: "<a/>", "xl/workbook.xml": "<a/>", **parts}.items():
            book.writestr(path, body)
    return out.getvalue()


def said(call, *arguments, **named) -> str:
    with pytest.raises(InputError) as error:
        call(*arguments, **named)
    assert re.search("[\u4e00-\u9fff]", error.value.words.zh)  # the console says it in Chinese
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.xls", "a.xls: files ending in '.xls' are not read; save it as .xlsx or .csv"),
        ("a.pdf", "a.pdf: files ending in '.pdf' are not read; save it as .xlsx or .csv"),
        (
            "a",
            "a: files ending in 'nothing' are not read; "
            "allowed: .csv, .geojson, .json, .parquet, .tsv, .txt, .xlsm, .xlsx",
        ),
    ],
)
def test_an_ending_that_is_not_read(name: str, message: str) -> None:
    assert said(find_format, name) == message


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        ("text", b"", "f: the file is empty"),
        (
            "text",
            b"PK\x03\x04..",
            "f: named as text but it is a zip archive or Office file; export the table as CSV",
        ),
        ("text", b"\x1f\x8b..", "f: named as text but it is a gzip archive; export the table as CSV"),
        ("text", b"SQLite format 3\0", "f: named as text but it is a database; export the table as CSV"),
        ("text", b"\n <HTML>", "f: named as text but it is a web page or markup; export the table as CSV"),
        ("text", b"{\\rtf1", "f: named as text but it is a web page or markup; export the table as CSV"),
        ("text", b"x\n%PDF-1.7", "f: named as text but it holds a PDF; export the table as CSV"),
        ("json", b"hello", "f: JSON starts with { or [; this file does not"),
        ("json", b"[" * 21, "f: JSON nested deeper than 20 levels"),
        ("excel", b"hello", "f: not an Excel workbook (.xlsx); save it again from the spreadsheet program"),
        ("excel", b"PK\x03\x04 rest", "f: the workbook is damaged (BadZipFile); save it again"),
        ("parquet", b"PAR1", "f: not a whole Parquet file (it starts and ends with PAR1)"),
        ("parquet", b"PAR1" + b"\xff\xff\0\0PAR1", "f: the Parquet footer is cut off or too large"),
        (
            "parquet",
            b"PAR1\x02" + b"\x01\0\0\0PAR1",
            "f: the Parquet footer cannot be read; write the file again",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 9 else "",
)
def test_what_is_not_what_its_name_says(kind: str, data: bytes, message: str) -> None:
    assert said(prescan, data, name="f", kind=kind) == message


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"xl/../x.xml": "<a/>"}, "f: an entry of the workbook has a path that is not allowed, or occurs twice"),
        ({"/etc/x": "<a/>"}, "f: an entry of the workbook has a path that is not allowed, or occurs twice"),
        ({"C:/x": "<a/>"}, "f: an entry of the workbook has a path that is not allowed, or occurs twice"),
        ({"XL/WORKBOOK.xml": "<a/>"}, "f: an entry of the workbook has a path that is not allowed, or occurs twice"),
        ({"xl/a.xml": "<!DOCTYPE a>"}, "f: a part of the workbook declares a document type or entities; not allowed"),
        ({"xl/a.xml": "<! ENTITY a>"}, "f: a part of the workbook declares a document type or entities; not allowed"),
        ({"xl/a.xml": b"\xff\xfe<\0"}, "f: a part of the workbook is not UTF-8; save it again"),
        ({"xl/a.xml": '<?xml version="1.0" encoding="utf-7"?>'}, "f: a part of the workbook is not UTF-8; save it again"),
        (
            {"xl/worksheets/s.xml": '<c r="A&#49;"/>'},
            "f: a cell address is written with character references; save it again",
        ),
        ({"xl/a.bin": b"\0" * 3_000_000}, "f: times an entry grows: "),
    ],
)  # fmt: skip
def test_what_hides_in_a_workbook(parts: dict[str, bytes], message: str) -> None:
    assert said(prescan, archive(**parts), name="f", kind="excel").startswith(message)


def test_a_zip_that_is_no_workbook_and_one_with_something_glued_on() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("notes.txt", "x")
    assert (
        said(prescan, out.getvalue(), name="f", kind="excel")
        == "f: not an Excel workbook (no xl/workbook.xml inside)"
    )
    assert (
        said(prescan, archive() + b"more", name="f", kind="excel")
        == "f: bytes after the end of the workbook; save it again"
    )


def test_an_entry_that_lies_about_its_size() -> None:
    data = bytearray(archive())
    at = data.index(b"PK\x01\x02") + 24  # uncompressed size in the directory
    data[at : at + 4] = struct.pack("<I", 1)
    message = said(prescan, bytes(data), name="f", kind="excel")
    assert message in (
        "f: an entry declares another size than it has",
        "f: the workbook is damaged (BadZipFile); save it again",
    )


def test_limits_say_found_and_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TEXT_BYTES", 1000)
    assert (
        said(prescan, b"x" * 1234, name="f", kind="text") == "f: bytes of a text file: 1,234; allowed: 1,000"
    )
    out = io.BytesIO()
    pl.DataFrame({"a": range(1200)}).write_parquet(out)
    monkeypatch.setattr(limits, "MAX_ROWS", 1000)
    assert (
        said(prescan, out.getvalue(), name="f", kind="parquet") == "f: rows declared: 1,200; allowed: 1,000"
    )


@pytest.mark.parametrize(
    "footer",
    [
        b"\x19" + b"\xff" * 12,  # a list longer than the file
        b"\x18\xff\x7f",  # text that runs over the end
        b"\x1d\0",  # a type that Parquet does not use
        b"\x16" + b"\xff" * 11,  # a number without an end
        b"\x1c" * 30,  # structs in structs in structs
        b"\x19\x1c\0\0",  # no schema
        b"",
    ],
)
def test_footers_made_to_break_a_reader(footer: bytes) -> None:
    data = b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    assert said(read_footer, data, name="f") == "f: the Parquet footer cannot be read; write the file again"


def test_missing_columns_are_named_with_what_the_file_has() -> None:
    message = said(as_canonical, raw("case_id", "onset", "13800001111"), table="cases", name="f.csv")
    assert message.startswith("f.csv: required columns of table 'cases' are absent: person_key")
    assert "the file has: case_id, onset, (text of 11 characters)" in message
    assert "; rename them or map them in feeds.toml; " in message
    assert "13800001111" not in message


def test_a_file_without_a_header_is_told_so_and_its_first_row_is_not_shown() -> None:
    message = said(as_canonical, raw("Zhang San", "13800001111"), table="cases", name="f.csv")
    assert message == (
        "f.csv: none of the 2 column names is known to table 'cases'; "
        "does the file have a header row? Map its columns in feeds.toml"
    )


def test_a_table_of_devices_is_refused() -> None:
    assert said(refuse_devices, raw("at", "IMEI")) == (
        "f.csv: column 'IMEI' identifies devices; bulk movement data is not read, "
        "send lists tied to a case instead"
    )


@pytest.mark.parametrize("name", ["f.csv", "f.json", "f.xlsx", "f.parquet"])
def test_no_refusal_repeats_what_a_file_holds(name: str) -> None:
    secret = b"Zhang San 411624199001011234"
    with pytest.raises(InputError) as error:
        read(name, b"\x7fELF" + secret * 3)
    assert "Zhang" not in str(error.value)
    assert "4116" not in str(error.value)
    assert str(error.value).startswith(f"{name}: ")
