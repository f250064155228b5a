"""A corpus of hostile and odd files, made here; nothing of it is stored."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

TYPES = '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
RELS = '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
BOOK = '<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
BOOK_RELS = '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
GOOD_ROWS = '<row r="1"><c r="A1" t="inlineStr"><is><t>case_id</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>'


@dataclass(frozen=True)
class Hostile:
    """One file: refused means no row of it may come through; else it must be read without harm."""

    kind: str
    label: str
    name: str
    data: bytes
    is_refused: bool = True


def xlsx(sheet: str | None = None, extra: dict[str, bytes | str] | None = None, **changed: str) -> bytes:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": BOOK_RELS,
        "xl/worksheets/sheet1.xml": HEAD + SHEET.format(GOOD_ROWS) if sheet is None else sheet,
    }
    parts |= {k.replace("__", "/"): v for k, v in changed.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in (parts | (extra or {})).items():
            archive.writestr(path, body)
    return out.getvalue()


def cells(*refs: str) -> str:
    return "".join(
        f'<row r="{r.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{r}"><v>1</v></c></row>' for r in refs
    )


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd")
    return out.getvalue()


def many_rows_parquet(n_rows: int, n_groups: int = 40) -> bytes:
    """Hundreds of millions of rows in a few kilobytes: one value, run-length coded."""
    out = io.BytesIO()
    pl.DataFrame({"a": pl.repeat("x", n_rows // n_groups, eager=True)}).write_parquet(
        out, row_group_size=n_rows
    )
    data = out.getvalue()
    length = int.from_bytes(data[-8:-4], "little")
    body, footer = data[: len(data) - 8 - length], data[len(data) - 8 - length : -8]
    # the same row group is listed again and again; every listing points at the same bytes
    start = footer.index(b"\x19", 8)
    meta = footer
    for i in range(start, len(footer)):
        if footer[i] == 0x19 and footer[i + 1] == 0x1C:
            meta = repeat_group(footer, i, n_groups, n_rows)
            if meta != footer:
                break
    return body + meta + struct.pack("<I", len(meta)) + b"PAR1"


def repeat_group(footer: bytes, at: int, n_groups: int, n_rows: int) -> bytes:
    """Footer with its only row group listed many times and the row count to match; itself where that fails."""
    from fireline.feeds.readers.footer import _Thrift

    reader = _Thrift(footer)
    reader.at = at + 2
    try:
        group = reader.struct(0)
    except (IndexError, ValueError):
        return footer
    if 3 not in group or not isinstance(group.get(1), list):
        return footer
    one = footer[at + 2 : reader.at]
    many = bytes([0x19, 0xFC]) + varint(n_groups) + one * n_groups
    changed = footer[:at] + many + footer[reader.at :]
    per_group = n_rows // n_groups
    return changed.replace(b"\x16" + varint(per_group * 2), b"\x16" + varint(n_rows * 2), 1)


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if not value:
            return bytes([*out, byte])
        out.append(byte | 0x80)


def bombs() -> Iterator[Hostile]:
    yield Hostile("bomb", "corner cells", "f.xlsx", xlsx(HEAD + SHEET.format(cells("A1", "XFD1048576"))))
    for first, last in (
        ("A1", "XFD2000"),
        ("A1", "ZZ100000"),
        ("A1", "U1048576"),
        ("XFD1", "A1048576"),
        ("A1", "ZZZZ9999999"),
    ):
        yield Hostile("bomb", f"{first}:{last}", "f.xlsx", xlsx(HEAD + SHEET.format(cells(first, last))))
    yield Hostile(
        "bomb",
        "single quotes",
        "f.xlsx",
        xlsx(HEAD + SHEET.format("<row r='1'><c r='A1'/></row><row r='2'><c r='XFD1048576'/></row>")),
    )
    yield Hostile(
        "bomb",
        "spaces",
        "f.xlsx",
        xlsx(HEAD + SHEET.format('<row r="1"><c r = "A1"/></row><row><c\nr= "XFD1048576"/></row>')),
    )
    yield Hostile(
        "bomb",
        "escaped ref",
        "f.xlsx",
        xlsx(HEAD + SHEET.format('<row r="1"><c r="A1"/><c r="XFD&#49;048576"/></row>')),
    )
    yield Hostile(
        "bomb",
        "prefixed",
        "f.xlsx",
        xlsx(
            HEAD
            + '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1"><x:c r="A1"/></x:row><x:row r="1048576"><x:c r="XFD1048576"/></x:row></x:sheetData></x:worksheet>'
        ),
    )
    yield Hostile(
        "bomb",
        "row numbers only",
        "f.xlsx",
        xlsx(HEAD + SHEET.format('<row r="1"><c r="A1"/><c r="XFD1"/></row><row r="1048576"><c/></row>')),
    )
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(10))
    yield Hostile(
        "bomb", "billion laughs", "f.xlsx", xlsx(f"{HEAD}<!DOCTYPE x [{laughs}]>{SHEET.format('&l9;')}")
    )
    yield Hostile(
        "bomb",
        "quadratic entity",
        "f.xlsx",
        xlsx(f'{HEAD}<!DOCTYPE x [<!ENTITY a "{"a" * 10_000}">]>' + SHEET.format("&a;" * 1000)),
    )
    yield Hostile(
        "bomb",
        "entity in workbook",
        "f.xlsx",
        xlsx(
            xl__workbook_xml="",
            extra={
                "xl/workbook.xml": f'{HEAD}<!DOCTYPE w SYSTEM "http://example.invalid/x.dtd">' + BOOK[38:]
            },
        ),
    )
    yield Hostile(
        "bomb",
        "external entity",
        "f.xlsx",
        xlsx(
            f'{HEAD}<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
            + SHEET.format("<row><c><v>&f;</v></c></row>")
        ),
    )
    yield Hostile("bomb", "doctype in odd case", "f.xlsx", xlsx(HEAD + "<!doctype x>" + SHEET.format("")))
    yield Hostile(
        "bomb",
        "doctype in rels",
        "f.xlsx",
        xlsx(extra={"xl/_rels/workbook.xml.rels": "<!DOCTYPE x>" + BOOK_RELS}),
    )
    yield Hostile(
        "bomb",
        "utf-16 sheet",
        "f.xlsx",
        xlsx(
            extra={"xl/worksheets/sheet1.xml": ("\ufeff" + SHEET.format("<!DOCTYPE x>")).encode("utf-16-le")}
        ),
    )
    yield Hostile(
        "bomb", "declared utf-7", "f.xlsx", xlsx('<?xml version="1.0" encoding="UTF-7"?>' + SHEET.format(""))
    )
    yield Hostile("bomb", "ratio", "f.xlsx", xlsx(extra={"xl/media/zero.bin": bytes(30 << 20)}))
    yield Hostile(
        "bomb", "unpacked", "f.xlsx", xlsx(extra={f"xl/media/{i}.bin": bytes(30 << 20) for i in range(9)})
    )
    yield Hostile("bomb", "entries", "f.xlsx", xlsx(extra={f"xl/x{i}.xml": "<a/>" for i in range(200)}))
    yield Hostile(
        "bomb", "cells", "f.xlsx", xlsx(HEAD + SHEET.format("<row>" + "<c/>" * 5_000_001 + "</row>"))
    )
    for n_rows in (200_000_000, 21_000_000):
        yield Hostile("bomb", f"{n_rows} rows", "f.parquet", many_rows_parquet(n_rows))
    yield Hostile(
        "bomb", "201 columns", "f.parquet", parquet(pl.DataFrame({f"c{i}": [1] for i in range(201)}))
    )
    for depth in (21, 1_000, 100_000):
        yield Hostile("bomb", f"depth {depth}", "f.json", b"[" * depth + b"]" * depth)
        yield Hostile("bomb", f"objects {depth}", "f.json", b'{"a":' * depth + b"1" + b"}" * depth)
    yield Hostile("bomb", "brackets after a string", "f.json", b'["' + b'\\"[' * 1000 + b'"' + b",[" * 30)
    yield Hostile("bomb", "unclosed string", "f.json", b'["' + b'\\"' * 500_000)
    yield Hostile("bomb", "long number", "f.json", b'[{"a": 1' + b"0" * 100_000 + b"}]", is_refused=False)
    yield Hostile("bomb", "one huge cell", "f.csv", b"a,b\n1," + b"x" * 2_000_000 + b"\n", is_refused=False)
    yield Hostile("bomb", "columns", "f.csv", b"," * 100_000 + b"\n")
    yield Hostile("bomb", "open quotes", "f.csv", b"a,b\n" + b'"x\n' * 20_001)
    yield Hostile("bomb", "limit rows", "f.csv", b"a\n" + b"1\n" * 1_048_575)


def truncated() -> Iterator[Hostile]:
    good_book, good_parquet = xlsx(), parquet(pl.DataFrame({"case_id": ["1", "2"], "n": [1, 2]}))
    good_json = json.dumps([{"case_id": str(i)} for i in range(20)]).encode()
    for share in (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        for name, data in (("f.xlsx", good_book), ("f.parquet", good_parquet), ("f.json", good_json)):
            yield Hostile("truncated", f"{share:g}", name, data[: max(1, int(len(data) * share))])
    for at in (60, 200, 900):
        yield Hostile(
            "truncated",
            f"flipped {at}",
            "f.xlsx",
            good_book[:at] + bytes([good_book[at] ^ 0xFF]) + good_book[at + 1 :],
        )
    yield Hostile("truncated", "wrong checksum", "f.xlsx", wrong_checksum(good_book))
    yield Hostile(
        "truncated",
        "no workbook inside",
        "f.xlsx",
        xlsx(extra={}, xl__workbook_xml="")[:0] or zip_of({"a.txt": b"x"}),
    )


def wrong_checksum(data: bytes) -> bytes:
    crc = struct.pack("<I", zlib.crc32(RELS.encode()))
    return data.replace(crc, b"\0\0\0\1")


def zip_of(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in parts.items():
            archive.writestr(path, body)
    return out.getvalue()


def polyglots() -> Iterator[Hostile]:
    pdf, html = b"%PDF-1.7\n%\xe2\xe3\n", b"<!DOCTYPE html><html><script>alert(1)</script>"
    for front, label in (
        (pdf, "pdf"),
        (html, "html"),
        (b"MZ\x90\0", "exe"),
        (b"\x89PNG\r\n", "png"),
        (b"GIF89a", "gif"),
    ):
        yield Hostile("polyglot", f"{label}+zip", "f.xlsx", front + xlsx())
        yield Hostile("polyglot", f"zip+{label}", "f.xlsx", xlsx() + front)
    for front, label in (
        (pdf, "pdf"),
        (html, "html"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"SQLite format 3\0", "sqlite"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "ole"),
        (b"{\\rtf1 ", "rtf"),
        (b"\x7fELF", "elf"),
        (b"  \n<svg onload=alert(1)>", "svg"),
        (b"junk\n%PDF-1.7", "late pdf"),
    ):
        yield Hostile("polyglot", f"{label} named csv", "f.csv", front + b"\na,b\n1,2\n")
    yield Hostile("polyglot", "csv named xlsx", "f.xlsx", b"a,b\n1,2\n")
    yield Hostile("polyglot", "csv named parquet", "f.parquet", b"a,b\n1,2\n")
    yield Hostile("polyglot", "parquet named csv", "f.csv", parquet(pl.DataFrame({"a": [1]})))
    yield Hostile("polyglot", "html named json", "f.json", html)
    yield Hostile(
        "polyglot",
        "docx named xlsx",
        "f.xlsx",
        zip_of({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<w/>"}),
    )


def paths() -> Iterator[Hostile]:
    for path in (
        "../evil.xml",
        "/etc/passwd",
        "..\\..\\evil.xml",
        "xl/../../evil",
        "C:/evil.xml",
        "xl\\evil.xml",
        "a/../b",
        "..",
        "//host/x",
        "xl/./../../x",
        "file:///x",
        "xl/..",
        "....//../x",
    ):
        yield Hostile("path", path, "f.xlsx", xlsx(extra={path: b"x"}))
    yield Hostile("path", "same name twice", "f.xlsx", xlsx(extra={"XL/Workbook.xml": b"<a/>"}))


def odd_texts() -> Iterator[Hostile]:
    for label, data in (
        ("nul", b"a,b\n1,\0\n"),
        ("utf-32", "a,b\n1,2\n".encode("utf-32-le")),
        ("overlong", b"a\n\xc0\xaf\x81\xff\n"),
        ("half utf-16", b"\xff\xfea"),
        ("binary", bytes(range(256)) * 4),
        ("empty", b""),
        ("blank", b"\n \n"),
        ("bom only", b"\xef\xbb\xbf"),
    ):
        yield Hostile("encoding", label, "f.csv", data)
    for label, data in (
        ("gb18030", "编号,名\n1,张三\n".encode("gb18030")),
        ("utf-16", "a,b\n1,2\n".encode("utf-16")),
        ("bom", b"\xef\xbb\xbfa,b\n1,2\n"),
        ("cp1252", b"a,b\n1,caf\xe9\n"),
        ("lone surrogate", b"a\n\xed\xa0\x80\xff\n"),
    ):
        yield Hostile("encoding", label, "f.csv", data, is_refused=False)
    for mark in (
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "=cmd|' /C calc'!A0",
        "＝1",
        "＋1",
        "－1",
        "＠A",
        '=HYPERLINK("http://x")',
        "\r=1",
    ):
        yield Hostile(
            "formula",
            repr(mark),
            "f.csv",
            ('a,b\n1,"' + mark.replace('"', '""') + '"\n').encode(),
            is_refused=False,
        )
    for mark in (
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u0430",
        "\U000e0041",
        "\u2028",
        "\x1b[31m",
        "\x85",
        "\u0600",
    ):
        yield Hostile("unicode", repr(mark), "f.csv", f"a,b\n1,x{mark}y\n".encode(), is_refused=False)


def corpus() -> list[Hostile]:
    return [*bombs(), *truncated(), *polyglots(), *paths(), *odd_texts()]
