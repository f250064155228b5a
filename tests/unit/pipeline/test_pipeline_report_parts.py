"""Pieces of the report: everything that is not markup is escaped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

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
