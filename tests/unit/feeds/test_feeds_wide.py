"""Wide files of counts: one column a series, steps by number, weeks by name."""

from __future__ import annotations

from datetime import date

import pytest
from tests.unit.feeds.test_feeds_apply import mapped, raw

from fireline.errors import InputError
from fireline.feeds.apply import apply_mapping
from fireline.feeds.mapping import Unpivot, read_mapping
from fireline.feeds.model import ORIGIN, ROW

CELLS = """stream = { value = "flu" }
area_code = { from = "#name", prefix = "X-" }
date = { from = "week", every = { days = 7, from = 2001-01-01 } }
count = "#value"
"""
WIDE = {"week": ["1", "2", "54"], "a": ["3", None, "0"], "b": ["1", "", "5"], "state_a": ["0", "1", "0"]}
LONG = 'unpivot = { columns = ["*"], without = ["week", "state_*"] }'


def test_each_column_of_a_series_gives_a_row_of_its_own_and_an_empty_cell_none() -> None:
    rows = mapped(CELLS, WIDE, table="counts", more=LONG)
    assert rows.select(ROW, ORIGIN, "area_code", "date", "count").rows() == [
        (1, 0, "X-a", "2001-01-01", "3"),
        (1, 1, "X-b", "2001-01-01", "1"),
        (3, 0, "X-a", "2002-01-07", "0"),
        (3, 1, "X-b", "2002-01-07", "5"),
    ]


def test_a_name_with_brackets_is_a_name_and_not_only_a_pattern() -> None:
    ages = ["week", "[0,1)", "[1,5)"]
    assert Unpivot(("[0,1)", "[1,5)")).chosen(ages) == ages[1:3]
    assert Unpivot(("*",), ("week",)).chosen(ages) == ages[1:]
    assert Unpivot(("z*",)).chosen(ages) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [("1", "2001-01-01"), ("53", "2001-12-31"), ("0", "0"), ("-3", "-3"), ("x", "x"), ("1.5", "1.5")],
)
def test_a_number_that_is_no_step_stays_as_it_was_written(written: str, read: str) -> None:
    rows = mapped(CELLS, {"week": [written], "a": ["1"]}, table="counts", more=LONG)
    assert rows["date"].to_list() == [read]


def test_prefix_and_suffix_stand_around_what_is_there_and_around_nothing_else() -> None:
    rows = mapped('item = { from = "x", prefix = "[", suffix = "]" }', {"who": ["p", "q"], "x": ["1", ""]})
    assert rows["item"].to_list() == ["[1]", None]


def test_a_file_without_such_columns_is_refused_with_the_patterns() -> None:
    with pytest.raises(InputError, match=r"unpivot: no column fits z\*") as said:
        mapped(CELLS, WIDE, table="counts", more='unpivot = { columns = ["z*"] }')
    assert "没有一列符合" in said.value.words.zh


@pytest.mark.parametrize(
    ("more", "cell", "message"),
    [
        ('unpivot = { columns = ["a"], rest = 1 }', '"a"', "rest"),
        ('unpivot = { without = ["a"] }', '"a"', "columns ="),
        ('unpivot = { columns = ["a"] }\nsplit = { column = "a", by = "," }', '"a"', "not beside split"),
        ("", '{ from = "a", every = { days = 7 } }', "without quotes"),
        ("", '{ from = "a", every = { days = 0, from = 2001-01-01 } }', "without quotes"),
        ("", '{ from = "a", every = { days = 367, from = 2001-01-01 } }', "without quotes"),
        ("", '{ from = "a", every = { days = 7, from = "2001-01-01" } }', "without quotes"),
        ("", '{ from = "a", every = { days = 7, from = 2001-01-01T00:00:00 } }', "without quotes"),
    ],
)
def test_each_fault_of_a_wide_mapping_is_said(more: str, cell: str, message: str) -> None:
    text = f'[[file]]\nname = "a.csv"\n[[file.table]]\ntable = "counts"\n{more}\n[file.table.columns]\ndate = {cell}\n'
    with pytest.raises(InputError, match=message):
        read_mapping(text, name="f")


def test_the_limits_of_a_step_are_allowed() -> None:
    text = '[[file]]\nname = "a.csv"\n[[file.table]]\ntable = "counts"\n[file.table.columns]\ndate = { from = "a", every = { days = 366, from = 2001-01-01 } }\n'
    cell = read_mapping(text, name="f").files[0].tables[0].columns["date"]
    assert cell.every == (date(2001, 1, 1), 366)


def test_rows_of_a_wide_file_keep_the_number_of_their_line() -> None:
    text = (
        f'[[file]]\nname = "a.csv"\n[[file.table]]\ntable = "counts"\n{LONG}\n[file.table.columns]\n' + CELLS
    )
    mapping = read_mapping(text, name="f")
    tables, faults = apply_mapping(raw(WIDE), mapping.files[0], mapping, lookups={})
    assert faults == () and tables[0].rows[ROW].to_list() == [1, 1, 3, 3]
    assert tables[0].names["count"] == "#value"
