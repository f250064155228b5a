"""Plain reader functions: bytes of one file in, rows of text out.

Chapter 1: called by ``pipeline.sandbox`` inside a limited child process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fireline.feeds.model import RawTable
from fireline.feeds.readers.prescan import find_format, prescan
from fireline.feeds.systems import parse_crs


def read(name: str, data: bytes, *, options: Mapping[str, object] | None = None) -> list[RawTable]:
    """Pre-scan and read one file.

    Parameters
    ----------
    name : file name inside the folder; its ending picks the reader
    data : the whole file
    options : encoding, separator, sheet, header_row, confirmed_rows, records, context, crs (see feeds.toml)

    Returns
    -------
    list of RawTable   one per sheet or list

    Raises
    ------
    InputError   refused by the pre-scan or not readable
    """
    said = dict(options or {})
    kind = str(said.pop("format", "")) or find_format(name)
    crs = parse_crs(_text(said, "crs")) if said.get("crs") else ""
    prescan(data, name=name, kind=kind)
    if kind == "geojson":
        from fireline.feeds.readers.geojson import read_geojson

        return [read_geojson(data, name=name, encoding=_text(said, "encoding"), crs=crs)]
    tables = _tables(data, name=name, kind=kind, said=said)
    return [replace(table, crs=crs) for table in tables] if crs else tables


def _tables(data: bytes, *, name: str, kind: str, said: Mapping[str, object]) -> list[RawTable]:
    # imported late: a child that reads text need not load the Excel reader
    if kind == "excel":
        from fireline.feeds.readers.excel import read_excel

        return read_excel(
            data, name=name, sheet=_text(said, "sheet"), header_row=_number(said, "header_row", 1),
            confirmed_rows=_number(said, "confirmed_rows", 0),
        )  # fmt: skip
    if kind == "parquet":
        from fireline.feeds.readers.parquet import read_parquet

        return [read_parquet(data, name=name)]
    if kind == "json":
        from fireline.feeds.readers.json import read_json

        records, context = said.get("records"), said.get("context")
        return read_json(
            data, name=name, encoding=_text(said, "encoding"),
            records=[str(p) for p in records] if isinstance(records, Sequence) else (),
            context={str(k): str(v) for k, v in context.items()} if isinstance(context, Mapping) else None,
        )  # fmt: skip
    from fireline.feeds.readers.text import read_text

    return [
        read_text(
            data, name=name, encoding=_text(said, "encoding"), separator=_text(said, "separator"),
            header_row=_number(said, "header_row", 1), confirmed_rows=_number(said, "confirmed_rows", 0),
        )
    ]  # fmt: skip


def _text(said: Mapping[str, object], key: str) -> str:
    return str(said.get(key) or "")


def _number(said: Mapping[str, object], key: str, default: int) -> int:
    return int(str(said.get(key, default)))
