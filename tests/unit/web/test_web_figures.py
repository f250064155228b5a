"""Pictures: right numbers at right places, nothing inline, hostile names escaped."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from fireline.web.console import figures
from fireline.web.console.figures import Node


def test_curve_draws_a_bar_for_every_class_with_its_height():
    svg = figures.curve([("06-01", {"confirmed": 2, "suspected": 2}), ("06-02", {})], "curve", height=238)
    bars = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" class="(s\d)"', svg)
    assert [b[3] for b in bars] == ["s1", "s3"]
    assert bars[0][2] == bars[1][2] == "100.0"  # 2 of 4 on a plot of 200
    assert float(bars[1][1]) + 100 == pytest.approx(float(bars[0][1]))


@pytest.mark.parametrize(("value", "top"), [(0, 4), (4, 4), (5, 5), (6, 8), (9, 10), (41, 50), (81, 100)])
def test_nice_top_is_the_smallest_round_number_above(value, top):
    assert figures.nice_top(value) == top


def test_series_marks_alarm_days_and_breaks_lines_where_values_are_missing():
    points = [
        {"date": date(2026, 6, 1), "count": 1.0, "expected": None, "upper": None, "alarm": False},
        {"date": date(2026, 6, 2), "count": None, "expected": 1.0, "upper": 3.0, "alarm": False},
        {"date": date(2026, 6, 3), "count": 5.0, "expected": 1.0, "upper": 3.0, "alarm": True},
    ]
    svg = figures.series(points, "s", {"count": "n", "upper": "u"})
    assert svg.count("alarm-dot") == 1
    path = re.search(r'<path d="([^"]+)" class="l1"', svg).group(1)
    assert path.count("M") == 2 and "L" not in path


def test_stays_of_a_day_are_whole_days_and_marked_as_such():
    start = datetime(2026, 6, 1, 16, tzinfo=UTC)
    rows = [
        {
            "place_id": "a",
            "place_name": "A",
            "enter": start,
            "leave": start + timedelta(hours=2),
            "precision": "minute",
        },
        {"place_id": "b", "place_name": "B", "enter": start, "leave": None, "precision": "day"},
    ]
    svg = figures.stays(rows, None, "stays", "onset")
    assert svg.count('class="stay"') == 1
    assert svg.count('class="stay-day"') == 1
    assert figures.stays([], None, "x", "y") == ""


def test_chain_hangs_each_case_on_its_source():
    nodes = [
        Node("A", 0, date(2026, 6, 1), "confirmed", None),
        Node("B", 1, date(2026, 6, 4), "suspected", "A"),
        Node("C", 2, date(2026, 6, 5), "", "A", is_onset=False),
    ]
    svg = figures.chain(nodes, label="chain", url="/o/1/cases/{}", here="B")
    assert re.findall(r'data-case="(\w)" data-parent="(\w?)"', svg) == [("A", ""), ("B", "A"), ("C", "A")]
    assert svg.count('class="edge-line"') == 1
    assert svg.count("edge-doubt") == 1
    assert "node-here" in svg
    x = {m[0]: float(m[1]) for m in re.findall(r'data-case="(\w)"[^>]*><circle cx="([\d.]+)"', svg)}
    assert (x["B"] - x["A"]) == pytest.approx(3 * (x["C"] - x["B"]))


def test_a_hostile_name_stays_text():
    nasty = '"><script>alert(1)</script>'
    svg = figures.chain([Node(nasty, 0, date(2026, 6, 1), "confirmed", None)], label=nasty, url="/c/{}")
    stays = figures.stays(
        [
            {
                "place_id": nasty,
                "place_name": nasty,
                "enter": datetime(2026, 6, 1, tzinfo=UTC),
                "leave": None,
                "precision": "minute",
            }
        ],
        None,
        nasty,
        nasty,
    )
    for text in (svg, stays, figures.curve([(nasty, {"confirmed": 1})], nasty)):
        assert "<script" not in text


def test_nothing_is_drawn_with_inline_style():
    svg = figures.curve([("a", {"confirmed": 1})], "x")
    assert "style=" not in svg
