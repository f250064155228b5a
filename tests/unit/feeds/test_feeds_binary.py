"""Excel, Parquet and JSON: typed cells become exact text; structure is found or the file is refused."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, time, timedelta

import openpyxl
import polars as pl
import pytest

from fireline.errors import InputError
from fireline.feeds.readers import read
from fireline.feeds.readers.excel import cell_text
from fireline.feeds.readers.footer import read_footer
from fireline.feeds.readers.parquet import as_text


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, grid in sheets.items():
        sheet = book.create_sheet(name)
        for row in grid:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.0, "4"),
        (4.5, "4.5"),
        (-13.2157351064963, "-13.2157351064963"),
        (1e16, "1e+16"),
        (True, "TRUE"),
        (False, "FALSE"),
        (None, ""),
        ("x", "x"),
        (date(2014, 5, 8), "2014-05-08"),
        (datetime(2014, 5, 8), "2014-05-08"),
        (datetime(2014, 5, 8, 9, 36), "2014-05-08 09:36:00"),
        (time(9, 36), "09:36"),
        (time(9, 36, 5), "09:36:05"),
        (timedelta(hours=30, minutes=5), "30:05"),
        (timedelta(minutes=5, seconds=7), "00:05:07"),
    ],
)
def test_typed_cells_become_exact_text(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_a_sheet_is_read_with_row_numbers_of_the_sheet() -> None:
    data = workbook(
        S=[
            ["id", "", "id"],
            [1, date(2020, 2, 3), "a"],
            [None, None, None],
            [2, 43864, "b"],
            [None, None, None],
        ]
    )
    (raw,) = read("f.xlsx", data)
    assert raw.columns == ("id", "column_2", "id_2")
    assert raw.rows.rows() == [(1, "1", "2020-02-03", "a"), (3, "2", "43864", "b")]
    assert (raw.n_rows, raw.is_excel, [f.row for f in raw.faults]) == (3, True, [2])


def test_several_sheets_or_one_by_name() -> None:
    data = workbook(cases=[["a"], [1]], empty=[], visits=[["b"], [2]])
    assert [(r.sheet, r.columns) for r in read("f.xlsx", data)] == [("cases", ("a",)), ("visits", ("b",))]
    assert [r.sheet for r in read("f.xlsx", data, options={"sheet": "visits"})] == ["visits"]
    with pytest.raises(InputError, match="the workbook has: cases, empty, visits"):
        read("f.xlsx", data, options={"sheet": "nope"})
    with pytest.raises(InputError, match="no sheet has a header"):
        read("f.xlsx", workbook(empty=[]))


def test_the_header_of_a_sheet_may_stand_further_down() -> None:
    (raw,) = read("f.xlsx", workbook(S=[["Report"], ["id"], [7]]), options={"header_row": 2})
    assert raw.rows.rows() == [(1, "7")]


@pytest.mark.parametrize(
    ("series", "text"),
    [
        (pl.Series([1, None]), ["1", None]),
        (pl.Series([1.0, 2.0]), ["1", "2"]),
        (pl.Series([1.5, 2.0]), ["1.5", "2.0"]),
        (pl.Series([True, None]), ["true", None]),
        (pl.Series([date(2020, 2, 3)]), ["2020-02-03"]),
        (pl.Series([datetime(2020, 2, 3, 14, 5)]), ["2020-02-03 14:05:00"]),
        (
            pl.Series([datetime(2020, 2, 3, 14, 5, tzinfo=UTC)]).dt.convert_time_zone("Asia/Shanghai"),
            ["2020-02-03 22:05:00+08:00"],
        ),
        (pl.Series([["a", "b"]]), ["a; b"]),
        (pl.Series(["a"], dtype=pl.Categorical), ["a"]),
    ],
)
def test_parquet_values_become_exact_text(series: pl.Series, text: list[str | None]) -> None:
    found = as_text(series)
    assert found is not None
    assert found.to_list() == text


def test_parquet_leaves_bytes_and_objects_out_and_says_so() -> None:
    frame = pl.DataFrame({"a": ["1"], "b": [b"x"], "c": [{"d": 1}]})
    (raw,) = read("f.parquet", parquet(frame))
    assert raw.rows.rows() == [(1, "1")]
    assert [n.en for n in raw.notes] == ["2 columns of bytes or objects are not read"]
    with pytest.raises(InputError, match="no column of plain values"):
        read("f.parquet", parquet(frame.select("b")))


def test_the_parquet_footer_is_read_without_opening_the_file() -> None:
    frame = pl.DataFrame({"a": range(1000), "b": ["x"] * 1000})
    footer = read_footer(parquet(frame), name="f")
    assert (footer.n_rows, footer.n_group_rows, footer.n_columns) == (1000, 1000, 2)
    assert 0 < footer.n_bytes < 100_000


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_damaged_parquet_footer_is_refused_or_harmless(cut: int) -> None:
    data = bytearray(parquet(pl.DataFrame({"a": range(50), "b": ["x"] * 50})))
    at = len(data) - 9 - cut
    if at < 4:
        return
    data[at] ^= 0xFF
    try:
        read_footer(bytes(data), name="f")
    except InputError as error:
        assert "footer" in str(error)


def test_json_lists_objects_paths_and_context() -> None:
    (raw,) = read(
        "f.json", json.dumps([{"id": 1, "at": {"x": 1.50, "y": None}}, {"id": "b", "ok": True}]).encode()
    )
    assert raw.columns == ("id", "at.x", "at.y", "ok")
    assert raw.rows.rows() == [(1, "1", "1.5", None, None), (2, "b", None, None, "true")]
    data = json.dumps(
        {"data": {"when": "2022-04-15 11时", "hi": [{"c": ["p", "q"]}], "lo": [{"c": []}]}}
    ).encode()
    (raw,) = read(
        "f.json", data, options={"records": ["data.hi", "data.lo", "data.no?"], "context": {"t": "data.when"}}
    )
    assert raw.rows.rows() == [
        (1, "data.hi", '["p","q"]', "2022-04-15 11时"),
        (2, "data.lo", "[]", "2022-04-15 11时"),
    ]


def test_json_of_several_tables_gives_one_for_each_list() -> None:
    raws = read("f.json", json.dumps({"cases": [{"a": 1}], "visits": [{"b": 2}], "n": 3}).encode())
    assert [(r.sheet, r.columns) for r in raws] == [("cases", ("a",)), ("visits", ("b",))]


def test_json_numbers_keep_their_digits() -> None:
    (raw,) = read("f.json", b'[{"a": 0.10, "b": 1e999, "c": 12345678901234567890123}]')
    assert raw.rows.rows() == [(1, "0.10", "1e999", "12345678901234567890123")]


@pytest.mark.parametrize(
    ("data", "said", "message"),
    [
        (b"{", {}, "not valid JSON"),
        (b"[1]", {}, "not an object"),
        (b'{"a": 1}', {}, "no list of objects"),
        (b'[{"a": NaN}]', {}, "not a JSON value"),
        (b'{"a": [{}]}', {"records": ["b"]}, "leads nowhere"),
        (b'{"a": 1}', {"records": ["a"]}, "not a list"),
        (b'"x"', {}, "starts with"),
        (b'{"a": [{}]}', {"records": ["a"], "context": {"t": "x.y"}}, "leads nowhere"),
    ],
)
def test_json_without_records_is_refused(data: bytes, said: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read("f.json", data, options=said)
