"""The grammar of feeds.toml, key by key: what is understood and how each fault is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.errors import InputError
from fireline.feeds.mapping import Cell, Lookup, read_mapping

CASES = """
[[file]]
name = "a.csv"
[[file.table]]
table = "cases"
[file.table.columns]
case_id = CELL
"""


def cell(text: str) -> Cell:
    head = '[lookup.towns]\nfile = "t.csv"\nkey = ["a", "b"]\nvalue = "v"\n'
    mapping = read_mapping(head + CASES.replace("CELL", text), name="feeds.toml")
    return mapping.files[0].tables[0].columns["case_id"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"x"', Cell(sources=("x",))),
        ('["x", "y?"]', Cell(first_of=(Cell(sources=("x",)), Cell(sources=("y?",))))),
        ('{ value = "k" }', Cell(value="k")),
        ("{ value = 7 }", Cell(value="7")),
        ('{ row_number = "S-" }', Cell(row_number="S-")),
        ('{ from = "x", prefix = "C-" }', Cell(sources=("x",), prefix="C-")),
        (
            '{ from = ["x", "y"], with = "/", empty = "keep" }',
            Cell(sources=("x", "y"), glue="/", empty="keep"),
        ),
        (
            '{ from = "x", codes = { "In Care" = "in_care", 1 = "a" } }',
            Cell(sources=("x",), codes={"in_care": "in_care", "1": "a"}),
        ),
        ('{ from = "x", others = "null" }', Cell(sources=("x",), is_closed=True)),
        ('{ from = "x", null = ["?", "-"] }', Cell(sources=("x",), nulls=("?", "-"))),
        ('{ from = ["x", "y"], lookup = "towns" }', Cell(sources=("x", "y"), lookup="towns")),
        ('{ from = "x", years_until = 2020 }', Cell(sources=("x",), years_until=2020)),
        (
            '{ from = "x", unit = { column = "u", per = { Months = 12 } } }',
            Cell(sources=("x",), unit=("u", {"months": 12.0})),
        ),
        (
            '{ first_of = ["x", { value = "k" }], prefix = "P" }',
            Cell(first_of=(Cell(sources=("x",)), Cell(value="k")), prefix="P"),
        ),
    ],
)
def test_each_form_of_a_cell(text: str, expected: Cell) -> None:
    assert cell(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "a table"),
        ("{}", "exactly one of from, value, first_of, row_number"),
        ('{ from = "x", value = "y" }', "exactly one of"),
        ('{ from = "x", colour = "red" }', "'colour'"),
        ("{ from = 5 }", "text or a list of texts"),
        ('{ from = ["x", 5] }', "text or a list of texts"),
        ('{ from = "x", others = "drop" }', "keep, null"),
        ('{ from = "x", empty = "drop" }', "skip, keep, null"),
        ('{ from = "x", lookup = "nowhere" }', "as many key columns"),
        ('{ from = "x", lookup = "towns" }', "as many key columns"),
        ('{ from = "x", years_until = "2020" }', "a year"),
        ('{ from = "x", years_until = 20 }', "a year"),
        ('{ from = "x", unit = { column = "u", per = { months = 0 } } }', "age_unit"),
        ('{ from = "x", unit = { per = { months = 12 } } }', "age_unit"),
        ('{ from = "x", codes = "y" }', "a table"),
        ('{ value = ["k"] }', "text"),
    ],
)
def test_each_fault_of_a_cell_says_where_and_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        cell(text)
    assert message in str(error.value)
    assert "file a.csv, table cases, column case_id" in str(error.value).replace("'", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one [[file]]"),
        ("file = 3", "at least one [[file]]"),
        ("[[file]]\nname = ''", "a file name or a pattern"),
        ("[[file]]\nname = 'a'\nformat = 'xml'", "text, excel, parquet, json"),
        ("[[file]]\nname = 'a'\ndates = 'us'", "month_first"),
        ("[[file]]\nname = 'a'\n[[file.table]]\ntable = 'x'", "cases, links"),
        ("[[file]]\nname = 'a'\n[[file.table]]\ntable = 'cases'\nsplit = { column = 'x' }", 'by = ",;"'),
        (
            "[[file]]\nname = 'a'\n[[file.table]]\ntable = 'cases'\ncumulative = { by = ['x'] }",
            "table counts",
        ),
        (
            "[[file]]\nname = 'a'\n[[file.table]]\ntable = 'counts'\ncumulative = { by = 'x', first = 'z' }",
            "count",
        ),
        ("title = { zh = 'x' }", 'zh = "...", en = "..."'),
        ("lookup = { x = { file = 'a' } }", "file, key and value"),
        ("null = 3", "text or a list of texts"),
    ],
)
def test_each_fault_above_a_cell(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_mapping(text, name="feeds.toml")
    assert message in str(error.value)
    assert str(error.value).startswith("feeds.toml")


def test_all_faults_are_in_one_message() -> None:
    with pytest.raises(InputError, match="3 faults") as error:
        read_mapping(CASES.replace("CELL", "{}") + "onsett = 'x'\n[colour]\n", name="f")
    assert str(error.value).count("\n") == 3


def test_the_first_part_that_fits_a_file_is_used() -> None:
    part = '[[file]]\nname = "{}"\n[[file.table]]\ntable = "persons"\n'
    mapping = read_mapping(
        part.format("raw_*.json") + part.format("raw_1.json") + part.format("b[1].csv"), name="f"
    )
    found = mapping.file_for("raw_1.json")
    assert found is not None
    assert found.name == "raw_*.json"
    assert mapping.file_for("b[1].csv") is not None  # an exact name wins over what it means as a pattern
    assert mapping.file_for("RAW_1.json") is None


def test_everything_at_the_top_is_kept() -> None:
    mapping = read_mapping(
        'title = "T"\narea = "KR"\ntime_zone = "Asia/Seoul"\ndisease = "measles"\nnull = "NA"\n'
        '[[note]]\nzh = "注"\nen = "N"\n'
        '[lookup.l]\nfile = "f"\nkey = "k"\nvalue = "v"\n' + CASES.replace("CELL", '"x"'),
        name="f",
    )
    assert mapping.title == ("T", "T")
    assert (mapping.area, mapping.time_zone, mapping.disease, mapping.nulls) == (
        "KR",
        "Asia/Seoul",
        "measles",
        ("NA",),
    )
    assert mapping.notes == (("注", "N"),)
    assert mapping.lookups == {"l": Lookup("f", ("k",), "v")}


def test_reader_options_are_passed_on() -> None:
    text = CASES.replace(
        'name = "a.csv"', 'name = "a.csv"\nencoding = "cp1252"\nseparator = ";"\nheader_row = 3\nsheet = "S"'
    )
    found = read_mapping(text.replace("CELL", '"x"'), name="f").files[0]
    assert found.options == {"encoding": "cp1252", "separator": ";", "header_row": 3, "sheet": "S"}


def test_all_sources_are_named() -> None:
    made = cell('{ first_of = ["x", { from = ["y", "z"], unit = { column = "u", per = { m = 2 } } }] }')
    assert made.all_sources() == ("x", "y", "z", "u")


@given(st.text(max_size=200))
def test_no_text_can_stop_the_reader(text: str) -> None:
    with pytest.raises(InputError):
        read_mapping(text, name="f")
