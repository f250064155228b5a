"""The curve of cost and modelled coverage: marks by shape and letter, intervals, a cut axis, safe texts."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from fireline.bulletins.figures_zones import WayPoint, letters, zone_curve

WAYS = [
    WayPoint("two_tier", "two-tier rule", 300_000, 0.68, 0.6, 0.75),
    WayPoint("optimum", "optimum", 250_000, 0.68, 0.61, 0.74),
    WayPoint("radius_200_m", "circle of 200 m", 190_000, 0.5, 0.4, 0.6),
]
CURVE = [(50_000, 0.2, 0.15, 0.3), (200_000, 0.6, 0.5, 0.7), (1_400_000, 0.9, 0.9, 0.9)]


def drawn(ways=WAYS, curve=CURVE, **more):
    svg = zone_curve(ways, curve, lang="en", **more)
    return svg, ElementTree.fromstring(svg)


def test_every_way_has_a_letter_in_the_plot_and_in_the_legend():
    svg, tree = drawn()
    texts = [e.text for e in tree.iter() if e.tag.endswith("text")]
    for letter, way in zip(letters(3), WAYS, strict=True):
        assert texts.count(letter) == 2
        assert f"{way.name}  {way.coverage:.0%}" in texts
    assert "modelled coverage" in texts


def test_shapes_differ_by_kind():
    _, tree = drawn()
    corners = [len(e.get("points").split()) for e in tree.iter() if e.tag.endswith("polygon")]
    circles = [e for e in tree.iter() if e.tag.endswith("circle")]
    assert corners.count(4) == 4  # a square and a diamond, twice each
    assert len(circles) == 2


def test_the_way_that_is_looked_at_is_ringed():
    plain, _ = drawn()
    ringed, _ = drawn(here="optimum")
    assert "fl-limit" not in plain and ringed.count("fl-limit") == 1


def test_the_curve_is_cut_where_the_axis_ends():
    svg, tree = drawn()
    line = next(e for e in tree.iter() if e.tag.endswith("polyline")).get("points").split()
    xs = [float(p.split(",")[0]) for p in line]
    assert xs == sorted(xs)
    assert max(xs) <= float(tree.get("width")) - 29
    ticks = [e.text for e in tree.iter() if e.tag.endswith("text") and re.fullmatch(r"[\d,]+", e.text or "")]
    assert int(ticks[-1].replace(",", "")) < 1_400_000


def test_a_higher_coverage_stands_higher_and_a_higher_cost_further_right():
    svg, _ = drawn([WayPoint("a", "a", 100, 0.2, 0.1, 0.3), WayPoint("b", "b", 200, 0.8, 0.7, 0.9)], [])
    marks = [
        tuple(map(float, m)) for m in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*font-weight', svg)
    ]
    (ax, ay), (bx, by) = marks[:2]
    assert ax < bx and ay > by


def test_the_description_says_all_figures():
    svg, tree = drawn()
    said = next(e.text for e in tree.iter() if e.tag.endswith("desc"))
    assert "two-tier rule: 300,000, 68% (60%–75%)" in said and "circle of 200 m: 190,000" in said


@pytest.mark.parametrize("ways", [[], WAYS])
@pytest.mark.parametrize("curve", [[], CURVE, [(0.0, 0.0, 0.0, 0.0)]])
def test_little_to_draw_is_drawn(ways, curve):
    _, tree = drawn(ways, curve)
    assert tree.tag.endswith("svg")


def test_names_are_escaped_and_no_style_is_needed():
    svg, tree = drawn([WayPoint("x", "<b>&", 1, 0.5, 0.4, 0.6)])
    assert "<b>" not in svg and "style=" not in svg
