"""Pieces of the report: everything that is not markup is escaped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from fireline.pipeline.report.parts import (
    Markup,
    Tongue,
    element,
    figure,
    key_figure,
    listing,
    safe,
    section,
    table,
)
from fireline.words import Words

ZH, EN = (Tongue(code, ZoneInfo("Asia/Shanghai")) for code in ("zh", "en"))


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "a&b", "'x'"])
def test_text_is_escaped_in_content_attributes_and_cells(hostile):
    for html in (
        element("p", hostile),
        element("p", "x", title=hostile),
        table([hostile], [[hostile]], caption=hostile),
        listing([hostile]),
        key_figure(hostile, hostile, hostile, href="x"),
        figure("<svg></svg>", hostile),
        section("a", hostile, hostile, lead=hostile),
    ):
        assert hostile not in html
        assert "<script" not in html
        assert "<img" not in html


def test_markup_passes_and_control_characters_do_not():
    assert safe(Markup("<b>x</b>")) == "<b>x</b>"
    assert safe("a\x00b\x1bc") == "abc"
    assert safe(None) == "–"


def test_attribute_names():
    assert element("td", "1", class_="n", aria_label="x", data_glyph="▲", id=None) == (
        '<td class="n" aria-label="x" data-glyph="▲">1</td>'
    )


def test_table_heads_rows_and_numbers():
    html = table(["a", "b"], [["x", 1], ["y", None]], caption="c", numeric=(1,), row_classes=["late", ""])
    assert html.count("<tr") == 3
    assert '<tr class="late"><th scope="row">x</th><td class="n">1</td></tr>' in html
    assert '<td class="n">–</td>' in html
    assert 'role="region"' in html


def test_times_are_local_and_as_exact_as_known():
    at = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert ZH.when(at) == "2026-03-02 00:30"
    assert ZH.when(at, "day") == "2026-03-02"
    assert ZH.when(date(2026, 3, 2)) == "2026-03-02"
    assert ZH.when(None) == "–"


def test_languages_and_numbers():
    assert (ZH.say("中", "en"), EN.say("中", "en")) == ("中", "en")
    assert EN.words(Words("中", "en")) == "en"
    assert EN.number(1234567) == "1,234,567"
    assert EN.number(1.25, 1) == "1.2"
    assert EN.number(None) == "–"


def test_cases_that_were_discarded_are_said_with_where_they_do_not_count():
    from fireline.pipeline.report.sections import _discarded

    assert _discarded(EN, 0) == ""
    assert "6 discarded" in _discarded(EN, 6) and "chain_cases" in _discarded(EN, 6)
    assert "6 例已排除" in _discarded(ZH, 6)


def test_past_due_without_a_record_is_not_called_overdue():
    from fireline.pipeline.report.response import _overdue

    story = SimpleNamespace(t=Tongue("en", ZoneInfo("UTC")))
    quiet = pl.DataFrame(
        {"state": ["no_record", "no_record", "done"], "due_at": [None] * 3, "task_id": [None] * 3}
    )
    assert "2 are past due" in _overdue(story, quiet)
    assert "Nothing is overdue" in _overdue(story, quiet.filter(pl.col("state") == "done"))


def test_long_cross_tables_are_cut_and_say_where_the_rest_is():
    from fireline.pipeline.report.sections import MOST_CROSS_ROWS, _cross_table

    n = MOST_CROSS_ROWS + 5
    columns = {f"column_{lang}": [name] * n for lang, name in (("zh", "合计"), ("en", "total"))}
    keys = [f"r{k}" for k in range(n)]
    frame = pl.DataFrame(
        {"row": keys, "row_zh": keys, "row_en": keys, "column": ["*"] * n, "shown": ["1"] * n, **columns}
    )
    text = _cross_table("area_week", frame, Tongue("en", ZoneInfo("UTC")))
    assert ">total</th>" in text and ">*</th>" not in text
    assert ">合计</th>" in _cross_table("area_week", frame, Tongue("zh", ZoneInfo("UTC")))
    assert text.count("<tr>") == MOST_CROSS_ROWS + 1
    assert f"the first {MOST_CROSS_ROWS} of {n} rows, all in bulletin_area_week.csv" in text
    weeks = [f"w{k:02d}" for k in range(30)]
    one = dict.fromkeys(("row", "row_zh", "row_en"), ["r"] * 30) | {"shown": ["1"] * 30}
    wide = pl.DataFrame(one | dict.fromkeys(("column", "column_zh", "column_en"), weeks))
    text = _cross_table("area_week", wide, Tongue("en", ZoneInfo("UTC")))
    assert "; the last 10 columns" in text and ">w29</th>" in text and ">w19</th>" not in text
    assert "bulletin_" not in _cross_table("age_sex", frame.head(2), Tongue("en", ZoneInfo("UTC")))


def test_rules_not_in_force_are_told_by_concept():
    from fireline.pipeline.report.sections import _by_concept

    def asked(concept, subject):
        return SimpleNamespace(asked=SimpleNamespace(concept=concept, subject=subject), status="NO_RULE")

    found = _by_concept([asked("capacity", "shop"), asked("zone", "x"), asked("capacity", "bar")])
    assert found == ["capacity/bar, shop · NO_RULE", "zone/x · NO_RULE"]


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        ([100.0, 101.0], [0.0, 1.0], 640),  # square at the equator
        ([100.0, 100.1], [0.0, 1.0], 480),  # narrow: the least width
        ([100.0, 110.0], [0.0, 1.0], 960),  # wide: the most
        ([100.0, 101.0], [60.0, 61.0], 480),  # degrees of longitude are half as long here
        ([100.0], [30.0], 960),
        ([100.0, 101.0], [30.0, 30.0], 960),
    ],
)
def test_map_is_as_wide_as_what_it_shows(lon, lat, expected):
    from fireline.pipeline.report.ground import _map_width

    spots = pl.DataFrame({"lon": lon, "lat": lat})
    assert abs(_map_width(spots, spots.clear()) - expected) <= 1
