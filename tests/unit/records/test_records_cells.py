"""Cells of one column: codes, numbers, keys and text; what is kept, what is refused, what may be shown."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.feeds.tables import TABLES, Column, Kind
from fireline.records import cells
from fireline.records.cells import read_cells, read_key, read_number, read_text, shown

SHANGHAI = ZoneInfo("Asia/Shanghai")
SEX = TABLES["persons"].by_name["sex"]
AGE = TABLES["persons"].by_name["age"]
ONSET = TABLES["cases"].by_name["onset"]


def read(column: Column, *values: str | None) -> cells.Cells:
    return read_cells(pl.Series(column.name, values, dtype=pl.String), column, tz=SHANGHAI)


@pytest.mark.parametrize(
    ("table", "column", "text", "code"),
    [
        ("persons", "sex", "M", "male"),
        ("persons", "sex", "female", "female"),
        ("persons", "sex", "女", "female"),
        ("persons", "sex", " 男 ", "male"),
        ("persons", "sex", "ＭＡＬＥ", "male"),
        ("persons", "sex", "x", None),
        ("cases", "classification", "确诊", "confirmed"),
        ("cases", "classification", "Suspect", "suspected"),
        ("cases", "outcome", "In care", "in_care"),
        ("cases", "outcome", "in-care", "in_care"),
        ("cases", "outcome", "Death", "died"),
        ("cases", "origin", "境外输入", "imported"),
        ("risk_areas", "level", "中风险", "medium"),
        ("risk_areas", "level", "Middle", "medium"),
        ("links", "kind", "同住", "household"),
        ("arrivals", "pocket", "land port", "land_port"),
        ("tests", "result", "阳性", "positive"),
        ("contacts", "class", "次密接", "secondary"),
        ("cases", "classification", "男", None),
    ],
)
def test_codes_are_read_in_any_case_and_both_languages(
    table: str, column: str, text: str, code: str | None
) -> None:
    found = read(TABLES[table].by_name[column], text)
    assert found.values.to_list() == [code]
    assert found.is_bad.to_list() == [code is None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("1,234", 1234.0),
        ("1,234,567.5", 1234567.5),
        ("３８", 38.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("+2", 2.0),
        ("12,34", None),
        ("", None),
        ("-", None),
        ("1e999", None),
        ("nan", None),
        ("inf", None),
        ("0x10", None),
        ("1_000", None),
        ("1 000", None),
        ("٣", 3.0),
        ("1" * 50, None),
        ("twelve", None),
        ("E0", None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert read_number(text) == number


def test_numbers_outside_the_promised_range_are_bad_and_say_what_is_allowed() -> None:
    found = read(AGE, "0", "130", "131", "-1", "x", None, " ")
    assert found.values.to_list() == [0.0, 130.0, None, None, None, None, None]
    assert found.is_bad.to_list() == [False, False, True, True, True, False, False]
    assert found.allowed.en == "a number from 0 to 130"


def test_whole_numbers_refuse_fractions() -> None:
    found = read(Column("n", Kind.INTEGER, minimum=0), "3", "3.0", "3.5", "-3")
    assert found.values.to_list() == [3, 3, None, None]
    assert found.allowed.en == "a whole number of at least 0"


@pytest.mark.parametrize(
    ("text", "truth"), [("TRUE", True), ("yes", True), ("是", True), ("0", False), ("否", False), ("?", None)]
)
def test_truth(text: str, truth: bool | None) -> None:
    assert read(Column("b", Kind.BOOLEAN), text).values.to_list() == [truth]


@pytest.mark.parametrize(
    "key",
    [
        "=1+1",
        "@SUM(A1)",
        "＝1",
        "a\u200bb",
        "a\u202eb",
        "\ufeffx\u2066",
        "a\x00b",
        "a\x1bb",
        "k" * 201,
        "a\tb",
        "a\nb",
    ],
)
def test_keys_that_are_formulas_or_hide_characters_are_refused(key: str) -> None:
    assert read_key(key) is None


@pytest.mark.parametrize("key", ["12", "ah_suzhou-12", "张三", "-7", "+86", "A B", "k" * 200, "é"])
def test_ordinary_keys_are_kept(key: str) -> None:
    assert read_key(key) == key


def test_keys_that_look_the_same_are_the_same() -> None:
    assert read_key("e\u0301") == read_key("é")


def test_text_loses_hidden_characters_and_keeps_the_rest() -> None:
    assert read_text("a\u202eb\u200b  c\nd\x07") == "ab c d"
    assert read_text("\u200b\u202e") is None
    assert read_text("x" * 10_001) is None
    assert read_text("=cmd|' /C calc'!A0") == "=cmd|' /C calc'!A0"  # exports open it as text


@given(st.text(max_size=300))
def test_no_text_can_stop_the_readers_and_nothing_hidden_passes(text: str) -> None:
    for read_one in (read_key, read_text):
        found = read_one(text) if text else None
        assert found is None or not any(
            c in found for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\x00"
        )


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ('{"type":"Point","coordinates":[1,2]}', True),
        ('{"type":"Feature"}', False),
        ("[1]", False),
        ("{", False),
        ("[" * 100_000, False),
    ],
)
def test_geometry_is_geojson(text: str, is_read: bool) -> None:
    found = read(TABLES["units"].by_name["geometry"], text)
    assert found.values.is_not_null().to_list() == [is_read]


def test_an_instant_has_its_precision_beside_it() -> None:
    found = read(ONSET, "2026-06-12", "2026-06-12 14", "2026-06-12T14:05+09:00", "soon", None)
    assert found.values.to_list()[:3] == [
        datetime(2026, 6, 11, 16, tzinfo=UTC),
        datetime(2026, 6, 12, 6, tzinfo=UTC),
        datetime(2026, 6, 12, 5, 5, tzinfo=UTC),
    ]
    assert found.precision is not None
    assert found.precision.to_list() == ["day", "hour", "minute", None, None]
    assert found.is_bad.to_list() == [False, False, False, True, False]


WRITTEN = [
    "2026-06-01T14:05:00+08:00",
    "2026-06-01 14:05",
    "2026-06-01 14:05:30",
    "2026-06-01T14:05Z",
    "2026-06-01 24:00",
    "2026-06-01",
    "x",
    "2026-06-01T14:05:00.5+08:00",
    "2026-06-01 00:00",
    "2026-06-01 12:60",
    "1899-06-01 10:00",
    "2200-06-01 10:00",
    "2026-03-29 02:30",
    "2026-10-25 02:30:00",
    "2026-02-30 10:00",
    "2026-06-01T23:30:00-11:30",
]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("values", [WRITTEN, [None, *WRITTEN[:4]], WRITTEN[8:9], WRITTEN[5:9]])
def test_the_fast_reader_of_times_agrees_with_the_slow_one(
    monkeypatch: pytest.MonkeyPatch, zone: str, values: list[str | None]
) -> None:
    series = pl.Series("onset", values, dtype=pl.String)
    slow = read_cells(series, ONSET, tz=ZoneInfo(zone))
    monkeypatch.setattr(cells, "_FAST_FROM", 0)
    fast = read_cells(series, ONSET, tz=ZoneInfo(zone))
    assert fast.values.to_list() == slow.values.to_list()
    assert fast.precision is not None
    assert slow.precision is not None
    assert fast.precision.to_list() == slow.precision.to_list()
    assert fast.is_bad.to_list() == slow.is_bad.to_list()


@pytest.mark.parametrize(
    "slipped", ["411624199001011234", "41162419900101123X", "13800001111", "+86 13800001111"]
)
def test_an_identity_or_phone_number_in_open_text_becomes_unknown(slipped: str) -> None:
    found = read(TABLES["persons"].by_name["occupation"], "nurse", slipped, "ward 13800001111")
    assert found.values.to_list() == ["nurse", None, "ward 13800001111"]
    assert "no identity or phone number" in found.allowed.en
    held = read(TABLES["identities"].by_name["phone"], slipped)
    assert held.values.to_list() == [slipped]


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        ("cases", "onset", "2014-05-22 12:60", "2014-05-22 12:60"),
        ("cases", "onset", "32/13/2020", "32/13/2020"),
        ("cases", "onset", "20201399", "20201399"),
        ("cases", "onset", "Zhang San", "text of 9 characters"),
        ("cases", "onset", "13800001111", "text of 11 characters"),
        ("persons", "age", "-9977", "-9977"),
        ("persons", "age", "410000199001011234", "text of 18 characters"),
        ("persons", "sex", "unclear", "unclear"),
        ("persons", "sex", "王小明", "text of 3 characters"),  # a name that slipped into a column of codes
        ("persons", "sex", "Zhang San", "text of 9 characters"),
        ("cases", "onset", "人民路7弄45号", "text of 8 characters"),
        ("cases", "onset", "12 Sept 2020, 5 pm", "12 Sept 2020, 5 pm"),
        ("persons", "occupation", "nurse", "text of 5 characters"),
        ("persons", "person_key", "2020-01-01", "text of 10 characters"),
        ("identities", "phone", "1", "text of 1 characters"),
        ("cases", "onset", None, "nothing"),
    ],
)
def test_faults_show_dates_codes_and_numbers_only(
    table: str, column: str, value: str | None, expected: str
) -> None:
    assert shown(value, TABLES[table].by_name[column]).en == expected


def test_counts_may_stand_on_weeks_and_an_instant_may_not() -> None:
    text = pl.Series(["2012-W40", "2012-10-02", "2012-W54"])
    read = read_cells(text, Column("date", Kind.DATE), tz=ZoneInfo("Asia/Shanghai"))
    assert [str(v) for v in read.values] == ["2012-10-01", "2012-10-02", "None"]
    assert read.is_bad.to_list() == [False, False, True]
    at = read_cells(text, Column("onset", Kind.INSTANT), tz=ZoneInfo("Asia/Shanghai"))
    assert at.is_bad.to_list() == [True, False, True]
