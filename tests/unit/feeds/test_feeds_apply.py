"""Raw rows to canonical rows: by a mapping, and by names that are canonical or known."""

from __future__ import annotations

import polars as pl
import pytest

from fireline.errors import InputError
from fireline.feeds.apply import apply_mapping, as_canonical, canonical_name, label, refuse_devices, undated
from fireline.feeds.cells import without_nulls
from fireline.feeds.mapping import read_mapping
from fireline.feeds.model import FILE, ORIGIN, ROW, RawTable
from fireline.words import Words


def raw(columns: dict[str, list[str | None]], *, file: str = "a.csv", sheet: str = "") -> RawTable:
    n = len(next(iter(columns.values())))
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return RawTable(file, sheet, frame.insert_column(0, pl.Series(ROW, range(1, n + 1), dtype=pl.Int64)), n)


def mapped(
    cells: str,
    columns: dict[str, list[str | None]],
    *,
    table: str = "exposures",
    more: str = "",
    top: str = "",
) -> pl.DataFrame:
    """Canonical rows of one table with columns item and value constant where not given."""
    base = (
        {"person_key": '"who"', "item": '{ value = "i" }', "value": '{ value = "v" }'}
        if table == "exposures"
        else {}
    )
    given = dict(line.split(" = ", 1) for line in cells.strip().splitlines())
    lines = "\n".join(f"{k} = {v}" for k, v in (base | given).items())
    head = f'{top}\n[[file]]\nname = "a.csv"\n[[file.table]]\ntable = "{table}"\n{more}'
    text = f"{head}\n[file.table.columns]\n{lines}\n"
    mapping = read_mapping(text, name="f")
    tables, _ = apply_mapping(raw(columns), mapping.files[0], mapping, lookups={"t.csv": TOWNS})
    return tables[0].rows


TOWNS = raw({"name": ["A", "B", "A"], "part": ["1", "2", "1"], "code": ["10", "20", "99"]}, file="t.csv")
LOOKUP = '[lookup.t]\nfile = "t.csv"\nkey = ["name", "part"]\nvalue = "code"'
WHO: dict[str, list[str | None]] = {
    "who": ["p", "q", "r"],
    "x": ["A", "b", None],
    "y": ["1", None, None],
    "z": [" 2, 3;4 ", "", ";"],
}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ('item = "x"', ["A", "b", None]),
        ('item = ["y", "x"]', ["1", "b", None]),
        ('item = { value = "k" }', ["k", "k", "k"]),
        ('item = { row_number = "n{}-" }', ["n{}-1", "n{}-2", "n{}-3"]),
        ('item = { from = ["x", "y"] }', ["A 1", "b", None]),
        ('item = { from = ["x", "y"], with = "/", empty = "keep" }', ["A/1", "b/", None]),
        ('item = { from = ["x", "y"], with = "/", empty = "null" }', ["A/1", None, None]),
        ('item = { from = "x", prefix = "C-" }', ["C-A", "C-b", None]),
        ('item = { from = "x", codes = { a = "one" } }', ["one", "b", None]),
        ('item = { from = "x", codes = { a = "one" }, others = "null" }', ["one", None, None]),
        ('item = { from = "x", null = ["B"] }', ["A", None, None]),
        ('item = { from = ["x", "y"], lookup = "t" }', ["10", None, None]),
        ('item = { from = "y", years_until = 2020 }', ["2019", None, None]),
        ('item = { from = "x", years_until = 2020 }', ["A", "b", None]),
        ('item = { from = "y", unit = { column = "x", per = { A = 2 } } }', ["0.5", None, None]),
        ('item = { from = "y", unit = { column = "x", per = { Z = 2 } } }', ["1", None, None]),
        ('item = "nowhere?"', [None, None, None]),
    ],
)
def test_each_way_to_make_a_cell(cells: str, expected: list[str | None]) -> None:
    assert mapped(cells, WHO, top=LOOKUP)["item"].to_list() == expected


def test_words_that_mean_nothing_are_trimmed_and_compared_in_any_case() -> None:
    rows = without_nulls(raw({"a": [" NA ", "na", "\u3000x\u00a0", "", "nab", None]}).rows, ("Na",))
    assert rows["a"].to_list() == [None, None, "x", None, "nab", None]


def test_split_gives_one_row_for_each_piece_and_numbers_them() -> None:
    rows = mapped('item = "z"', WHO, more='split = { column = "z", by = ",;" }')
    assert rows.select(ROW, ORIGIN, "item").rows() == [(1, 0, "2"), (1, 1, "3"), (1, 2, "4")]


def test_split_of_a_json_list() -> None:
    columns: dict[str, list[str | None]] = {"who": ["p", "q"], "z": ['["a, b","c"]', "[]"]}
    assert mapped('item = "z"', columns, more='split = { column = "z", by = "json" }')["item"].to_list() == [
        "a, b",
        "c",
    ]


def test_when_leaves_rows_out() -> None:
    assert mapped('item = "x"', WHO, more='when = ["x", "y"]')[ROW].to_list() == [1]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("visits", (("a.csv：3 行中 2 行没有y，不产生到访。", "a.csv: 2 of 3 rows have no y: no visits from them."),)),
        ("exposures", ()),
    ],
)  # fmt: skip
def test_rows_without_a_time_are_counted_where_they_give_no_visits(table, said) -> None:
    text = f'[[file]]\nname = "a.csv"\nnull = ["none"]\n[[file.table]]\ntable = "{table}"\nwhen = ["y"]\n'
    cells = (
        'person_key = "who"\nplace_id = "x"\nenter = "y"\n'
        if table == "visits"
        else ('person_key = "who"\nitem = "x"\nvalue = "y"\n')
    )
    mapping = read_mapping(text + "[file.table.columns]\n" + cells, name="f")
    data = raw({**WHO, "y": ["2020-01-01", "none", None]})
    assert undated(data, mapping.files[0], mapping) == said
    full = raw({**WHO, "y": ["2020-01-01"] * 3})
    assert undated(full, mapping.files[0], mapping) == ()


def test_every_row_knows_its_file() -> None:
    assert mapped('item = "x"', WHO)[FILE].unique().to_list() == ["a.csv"]


def test_canonical_columns_are_found_by_name_and_by_known_words() -> None:
    table, note = as_canonical(
        raw(
            {
                "Case-ID": ["1"],
                "人员编号": ["p"],
                "disease": ["x"],
                "gender": ["m"],
                "发病日期": ["2020-01-01"],
            }
        ),
        table="cases",
        name="a.csv",
    )
    assert dict(table.names) == {
        "case_id": "Case-ID",
        "person_key": "人员编号",
        "disease": "disease",
        "onset": "发病日期",
    }
    assert note == Words("未读取的列：gender", "columns not read: gender")


def test_two_columns_that_could_be_meant_are_not_chosen_between() -> None:
    table, _ = as_canonical(
        raw({"person_key": ["p"], "gender": ["m"], "性别": ["f"]}), table="persons", name="a.csv"
    )
    assert "sex" not in table.rows.columns


def test_the_disease_of_the_mapping_fills_a_missing_column() -> None:
    table, _ = as_canonical(
        raw({"case_id": ["1"], "person_key": ["p"]}), table="cases", name="a", disease="measles"
    )
    assert table.rows["disease"].to_list() == ["measles"]
    with pytest.raises(InputError, match="disease"):
        as_canonical(raw({"case_id": ["1"], "person_key": ["p"]}), table="cases", name="a")


def test_a_missing_disease_names_the_option_that_gives_it() -> None:
    with pytest.raises(InputError) as refused:
        as_canonical(raw({"case_id": ["1"], "person_key": ["p"]}), table="cases", name="a")
    assert "--disease" in refused.value.words.zh and "--disease" in refused.value.words.en
    with pytest.raises(InputError) as other:
        as_canonical(raw({"case_id": ["1"], "disease": ["x"]}), table="cases", name="a")
    assert "--disease" not in other.value.words.en


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("cases.csv", "cases"),
        ("Cases.XLSX", "cases"),
        ("lot-handlers.csv", "lot_handlers"),
        ("risk areas.json", "risk_areas"),
        ("cases.2026-01.csv", "cases"),
        ("case.csv", None),
        ("", None),
    ],
)
def test_names_of_tables(name: str, table: str | None) -> None:
    assert canonical_name(name) == table


def test_labels_name_the_sheet_where_several_are_read() -> None:
    sheet = raw({"a": ["1"]}, file="f.xlsx", sheet="S")
    assert (label(sheet, is_alone=True), label(sheet, is_alone=False)) == ("f.xlsx", "f.xlsx[S]")


def test_device_columns_are_refused_by_any_spelling() -> None:
    refuse_devices(raw({"machine": ["x"]}))
    with pytest.raises(InputError, match="identifies devices"):
        refuse_devices(raw({"Android ID": ["x"]}))
