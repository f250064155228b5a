"""CSV and TSV as they come: encodings, separators, quotes, broken rows."""

from __future__ import annotations

import codecs

import polars as pl
import pytest

from fireline.errors import InputError
from fireline.feeds.model import ROW
from fireline.feeds.readers import read
from fireline.feeds.readers.text import decode, find_separator, read_text, refuse_cut_off, unique_names

CHINESE = "姓名,年龄\n张三丰和李四光在周口市沈丘县,3\n"


def rows(data: bytes | str, **said: object) -> list[tuple[object, ...]]:
    raw = read_text(data.encode() if isinstance(data, str) else data, name="f.csv", **said)  # type: ignore[arg-type]
    return raw.rows.rows()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"a,b\n1,2\n", "utf-8"),
        (CHINESE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + CHINESE.encode(), "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "utf-16-be"),
        (("name,age\n" + "Mary Ann,3\n" * 5).encode("utf-16-le"), "utf-16-le"),
        (("name,age\n" + "Mary Ann,3\n" * 5).encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_encodings_are_found(data: bytes, encoding: str) -> None:
    text, found, _ = decode(data, name="f.csv")
    assert found == encoding
    assert not text.startswith("\ufeff")
    assert "\n" in text


def test_an_encoding_tie_is_reported_and_the_mapping_decides() -> None:
    data = "source,n\nThe People’s Government,1\n".encode("cp1252")
    _, found, notes = decode(data, name="f.csv")
    assert found == "gb18030"
    assert "encoding tie" in notes[0].en
    text, found, notes = decode(data, name="f.csv", encoding="cp1252")
    assert (found, "People’s" in text) == ("cp1252", True)
    assert "read as cp1252" in notes[0].en


def test_no_tie_where_only_one_fits() -> None:
    only_western = b"name\ncaf\xe9\n"  # 0xE9 0x0A is no GB18030
    assert decode(only_western, name="f.csv")[1:] == ("cp1252", ())
    only_chinese = "名\n丂亅\n".encode("gb18030")  # holds bytes that cp1252 leaves undefined
    assert decode(only_chinese, name="f.csv")[1:] == ("gb18030", ())


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (b"a\n\xff\n", "utf-8", "not valid utf-8"),
        (b"a\n1\n", "klingon", "is not known"),
        (b"a,b\n1,\x002\n", "", "NUL"),
        (b"abcd\x00\x81efgh", "", "NUL"),
        (b"a\n\xff\x81\x8d\xff\n", "", "save it as UTF-8"),
        (codecs.BOM_UTF8 + b"a\n\xff", "", "not valid utf-8"),
        (codecs.BOM_UTF16_LE + b"a", "", "not valid utf-16-le"),
        (b"a\n\xc0\xaf\x81\xff\n", "", "save it as UTF-8"),  # overlong slash
    ],
)
def test_what_is_not_text_is_refused_with_a_reason(data: bytes, encoding: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode(data, name="f.csv", encoding=encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(separator: str) -> None:
    lines = [
        separator.join(cells) + "\n"
        for cells in (["a", "b", "c"], ["1,5", "x y", "z"], ['"p;q|r"', "2", "3"])
    ]
    lines = [line if separator != "," else line.replace("1,5", '"1,5"') for line in lines]
    assert find_separator(lines) == separator
    raw = read_text("".join(lines).encode(), name="f.csv")
    assert raw.separator == separator
    assert raw.columns == ("a", "b", "c")
    assert raw.n_rows == 2


def test_one_column_needs_no_separator() -> None:
    assert rows("case_id\n1\n2\n") == [(1, "1"), (2, "2")]


def test_quoted_newlines_separators_and_quotes_stay_in_their_cell() -> None:
    assert rows('a,b\n"x\ny","1,2"\n"say ""hi""",3\n') == [(1, "x\ny", "1,2"), (2, 'say "hi"', "3")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(end: str) -> None:
    assert rows(end.join(["a,b", "1,2", "3,4"])) == [(1, "1", "2"), (2, "3", "4")]


def test_blank_and_ragged_rows_are_put_aside_and_the_rest_is_read() -> None:
    raw = read_text(b"a,b\n1,2\n\n3\n4,5,6\n,\n7,8,\n9,10\n\n\n", name="f.csv")
    assert raw.rows.rows() == [(1, "1", "2"), (6, "7", "8"), (7, "9", "10")]
    assert raw.n_rows == 7  # blank lines at the end are no rows
    assert [(f.row, f.found.en) for f in raw.faults] == [
        (2, "blank row"),
        (3, "1 cells"),
        (4, "3 cells"),
        (5, "blank row"),
    ]
    assert {f.effect for f in raw.faults} == {"rejected"}


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    raw = read_text(b'a,b\n1,2\n"open,3\n4,5\n6,7\n', name="f.csv")
    assert raw.rows.rows() == [(1, "1", "2"), (3, "4", "5"), (4, "6", "7")]
    assert [(f.row, f.found.en) for f in raw.faults] == [(2, "a quote that is never closed")]


def test_a_file_full_of_open_quotes_is_refused_soon() -> None:
    data = "a,b\n" + '"x,1\n"y,2"z\n"' * 3000
    try:
        raw = read_text(data.encode(), name="f.csv")
    except InputError as error:
        assert "quote" in str(error)
    else:
        assert raw.n_rows == raw.rows.height + len(raw.faults)


def test_headers_are_made_unique_and_the_change_is_said() -> None:
    names, notes = unique_names(["a", "", "a", " b  c ", "column_2", ROW])
    assert names == ["a", "column_2", "a_2", "b c", "column_2_2", "#row_2"]
    assert len(notes) == 5


def test_the_header_may_stand_further_down() -> None:
    assert rows("Ministry of Health\n\na,b\n1,2\n", header_row=2) == [(1, "1", "2")]
    with pytest.raises(InputError, match="no header in row 5"):
        rows("a,b\n1,2\n", header_row=5)


@pytest.mark.parametrize("data", ["", "\n\n", " \n"])
def test_an_empty_file_is_refused(data: str) -> None:
    with pytest.raises(InputError, match="empty"):
        rows(data)


@pytest.mark.parametrize("n_lines", [99, 100, 101, 102])
def test_a_file_that_ends_at_a_spreadsheet_limit_is_refused(
    monkeypatch: pytest.MonkeyPatch, n_lines: int
) -> None:
    monkeypatch.setattr("fireline.feeds.readers.text.SHEET_LIMITS", (100,))
    data = b"a\n" + b"1\n" * (n_lines - 1)
    if n_lines in (100, 101):
        with pytest.raises(InputError, match="exactly 100 rows"):
            read_text(data, name="f.csv")
        assert read_text(data, name="f.csv", confirmed_rows=100).n_rows == n_lines - 1
    else:
        assert read_text(data, name="f.csv").n_rows == n_lines - 1


@pytest.mark.parametrize("limit", [65_536, 1_048_576])
def test_the_limits_are_those_of_spreadsheet_programs(limit: int) -> None:
    with pytest.raises(InputError) as error:
        refuse_cut_off("f.csv", n_data=limit - 1, n_all=limit)
    assert str(error.value) == (
        f"f.csv: exactly {limit} rows, the limit at which spreadsheets drop the rest without a word; "
        f"ask the sender for the whole table, or say `confirmed_rows = {limit}` in feeds.toml"
    )
    refuse_cut_off("f.csv", n_data=limit - 2, n_all=limit - 1)
    refuse_cut_off("f.csv", n_data=limit + 1, n_all=limit + 2)
    refuse_cut_off("f.csv", n_data=limit, n_all=limit + 1, confirmed=limit)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(InputError, match="201 columns"):
        rows(",".join(f"c{i}" for i in range(201)) + "\n")


def test_reading_is_the_same_in_chunks() -> None:
    data = "a,b\n" + "".join(f"{i},x{i}\n" if i % 1000 else "\n" for i in range(1, 60_001))
    raw = read_text(data.encode(), name="f.csv")
    assert raw.n_rows == 59_999  # the last line is blank, so it is no row
    assert raw.rows.height == 59_940
    assert raw.rows[ROW].to_list()[-1] == 59_999
    assert raw.rows.schema == {ROW: pl.Int64, "a": pl.String, "b": pl.String}


def test_the_ending_picks_the_reader() -> None:
    assert read("x.tsv", b"a\tb,c\n1\t2,3\n")[0].rows.rows() == [(1, "1", "2,3")]
    assert read("x.dat", b"a,b\n1,2\n", options={"format": "text"})[0].n_rows == 1
    with pytest.raises(InputError, match=r"\.xls"):
        read("x.xls", b"x")
    with pytest.raises(InputError, match="not read"):
        read("README", b"x")
