"""Times, spans, levels and states as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from fireline.web.shared import icons, tags
from fireline.web.shared.pages import engine
from fireline.words import Words

AT = datetime(2026, 6, 12, 6, 5, tzinfo=UTC)


def render(text, **values):
    return engine().from_string(text).render(values)


@pytest.mark.parametrize(
    ("precision", "text"),
    [("minute", "2026-06-12 14:05"), ("hour", "2026-06-12 14:00"), ("day", "2026-06-12")],
)
def test_a_time_shows_no_more_than_is_known(precision, text):
    assert tags.moment(AT, precision) == text


def test_missing_values_are_a_dash():
    assert tags.moment(None) == "–"
    assert tags.number(None) == tags.number(float("nan")) == "–"
    assert tags.number(float("inf")) == "∞"
    assert tags.percent(None) == "–"
    assert tags.count(None) == "–"


def test_a_tiny_probability_is_bounded():
    assert tags.p_value(0.00001) == "< 0.0001"
    assert tags.p_value(0.0312) == "0.0312"
    assert tags.p_value(None) == "–"


def test_dates_stay_dates():
    assert tags.moment(date(2026, 6, 12)) == "2026-06-12"


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (5, "还剩 5 分钟", "5 min left"),
        (65, "还剩 1 小时 5 分", "1 h 5 min left"),
        (-1500, "逾期 1 天 1 小时", "1 d 1 h late"),
        (2880, "还剩 2 天", "2 d left"),
    ],
)
def test_deadlines_are_said_as_what_is_left(minutes, zh, en):
    moment = AT + timedelta(minutes=minutes)
    with translation.override("zh-hans"):
        assert tags.due(moment, AT) == zh
    with translation.override("en"):
        assert tags.due(moment, AT) == en


@pytest.mark.parametrize("level", list(icons.ALARM_GLYPHS))
def test_a_level_has_glyph_numeral_and_word(level):
    html = tags.level(level)
    assert icons.ALARM_GLYPHS[level] in html
    assert icons.ALARM_NUMERALS[level] in html
    assert f"level-{level}" in html


def test_an_unknown_level_is_shown_and_escaped():
    assert tags.level("<b>") == '<span class="tag">&lt;b&gt;</span>'


def test_gauge_stays_inside_its_track():
    assert 'width="100.0"' in tags.gauge(1.7)
    assert 'width="0.0"' in tags.gauge(-1)
    assert "track-bad" in tags.gauge(0.2, True)


def test_two_language_values_follow_the_reader():
    with translation.override("en"):
        assert tags.words(Words("甲", "a")) == "a"
        assert tags.either({"why_zh": "甲", "why_en": "a"}, "why") == "a"
    with translation.override("zh-hans"):
        assert tags.either({"why_zh": "甲", "why_en": "a"}, "why") == "甲"


def test_values_are_escaped_in_templates():
    assert render("{{ x }}", x="<script>") == "&lt;script&gt;"


@pytest.mark.parametrize("name", list(icons.PATHS))
def test_icons_are_hidden_from_readers_of_the_page(name):
    assert 'aria-hidden="true"' in icons.icon(name)
