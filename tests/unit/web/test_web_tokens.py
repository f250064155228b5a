"""Contrast of every token pair, computed from tokens.css; axe leaves some of these undecided."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parents[3] / "src/fireline/web/static/css/tokens.css").read_text()
GROUNDS = ("ground", "panel", "raised")


def tokens(block):
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6});", block))


def blocks():
    light = tokens(CSS[: CSS.index("@media")])
    media = tokens(CSS[CSS.index("@media") : CSS.index(':root[data-theme="dark"]')])
    rest = CSS[CSS.index(':root[data-theme="dark"]') :]
    dark = tokens(rest[: rest.index("}")])
    both = tokens(rest[rest.index("}") :])
    return light, media, dark, both


LIGHT, MEDIA, DARK, BOTH = blocks()
THEMES = {"light": LIGHT, "dark": DARK}


def luminance(colour):
    def channel(value):
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    r, g, b = (channel(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def ratio(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_ratio_is_the_one_of_wcag():
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21)
    assert ratio("#1B2127", "#FFFFFF") == pytest.approx(16.2, abs=0.1)


def test_dark_theme_by_choice_is_the_dark_theme_by_system():
    assert MEDIA == DARK


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["text", "muted", "link", "danger", "warning", "done"])
def test_text_is_readable_on_every_ground(theme, ground, ink):
    pair = THEMES[theme][ink], THEMES[theme][ground]
    assert ratio(*pair) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("edge", ["edge", "zone-sealed", "zone-managed", "zone-precaution"])
def test_edges_of_controls_and_zones_can_be_seen(theme, ground, edge):
    assert ratio(THEMES[theme][edge], THEMES[theme][ground]) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_filled_buttons_is_readable(theme):
    assert ratio(THEMES[theme]["on-link"], THEMES[theme]["link"]) >= 4.5
    assert ratio(THEMES[theme]["on-danger"], THEMES[theme]["danger"]) >= 4.5


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_alarm_levels_carry_readable_ink(level):
    assert ratio(BOTH[f"alarm-{level}"], BOTH[f"alarm-{level}-ink"]) >= 4.5


def test_alarm_ladder_grows_darker_with_danger():
    shades = [luminance(BOTH[f"alarm-{level}"]) for level in (1, 2, 3, 4)]
    assert shades == sorted(shades)


def test_the_two_rings_of_focus_are_seen_against_each_other():
    assert ratio(BOTH["focus-inner"], BOTH["focus-outer"]) >= 3.0


@pytest.mark.parametrize("line", [1, 2, 3])
def test_chart_lines_are_seen_on_both_grounds(line):
    for theme in THEMES.values():
        assert ratio(BOTH[f"series-{line}"], theme["chart-ground"]) >= 3.0


@pytest.mark.parametrize(
    ("theme", "name", "value"),
    [
        ("light", "text", "#1B2127"),
        ("light", "danger", "#A3171E"),
        ("dark", "ground", "#11161B"),
        ("dark", "link", "#8CC1F5"),
    ],
)
def test_tokens_are_the_agreed_values(theme, name, value):
    assert THEMES[theme][name] == value
