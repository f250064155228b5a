"""Sparklines: the threshold together with the line, gaps where nothing came, all of it said in words too."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.bulletins.sparkline import SparkPoint, sparkline, without_closed_days

DAY = date(2026, 6, 1)


def points(*observed, upper=6.0):
    return [SparkPoint(DAY + timedelta(days=i), value, 3.0, upper) for i, value in enumerate(observed)]


def lines(svg, css):
    return re.findall(rf'<path d="M([^"]+)" class="{css}"', svg)


def dots(svg, css):
    return [
        (float(x), float(y))
        for x, y in re.findall(rf'<circle cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+" class="{css}"', svg)
    ]


def test_line_and_threshold_stand_together_and_days_above_it_are_marked():
    svg = sparkline(points(2.0, 3.0, 8.0, 9.0), name="发热门诊")
    (line,), (limit,) = lines(svg, "fl-line"), lines(svg, "fl-limit")
    assert len(line.split("L")) == len(limit.split("L")) == 4
    assert len({p.split()[1] for p in limit.split("L")}) == 1, "a constant threshold is level"
    marked = dots(svg, "fl-alarm")
    assert marked == [tuple(map(float, p.split())) for p in line.split("L")[2:]]
    assert 'aria-label="发热门诊，06-01 至 06-04：最新 9，阈值 6，超过阈值 2 天"' in svg


def test_the_highest_value_touches_the_top_and_the_bottom_lies_a_little_below_the_lowest():
    (line,) = lines(sparkline(points(0.0, 9.0), name="x", height=30), "fl-line")
    assert [float(p.split()[1]) for p in line.split("L")] == [27, 3]
    (line,) = lines(sparkline(points(10.0, 20.0, upper=12.0), name="x", height=32), "fl-line")
    low, high = (float(p.split()[1]) for p in line.split("L"))
    assert (high, low) == (3, pytest.approx(29 - 26 * 3 / 13))


def test_a_day_that_was_not_reported_is_a_gap_and_is_said():
    svg = sparkline(points(2.0, 3.0, None, 4.0, 5.0), name="x", lang="en")
    assert [len(line.split("L")) for line in lines(svg, "fl-line")] == [2, 2]
    assert "1 not reported" in svg
    alone = sparkline(points(None, 3.0, None), name="x", lang="en")
    assert lines(alone, "fl-line") == [] and len(dots(alone, "fl-ink")) == 1


def test_weeks_stand_a_week_apart():
    weekly = [SparkPoint(DAY + timedelta(days=d), 1.0, None, None) for d in (0, 7, 14)]
    (line,) = lines(sparkline(weekly, name="x", width=106), "fl-line")
    assert [float(p.split()[0]) for p in line.split("L")] == [3, 53, 103]


def test_without_a_baseline_there_is_no_threshold_and_no_alarm():
    svg = sparkline(points(1.0, 50.0, upper=None), name="x", lang="en")
    assert lines(svg, "fl-limit") == [] and dots(svg, "fl-alarm") == []
    assert "limit –" in svg


def test_a_school_that_is_shut_at_weekends_is_not_silent():
    week = [4.0, 5.0, 6.0, 5.0, 4.0, None, None]  # from a Monday on
    month = points(*week * 4)
    kept = without_closed_days(month)
    assert [p.day.weekday() for p in kept] == [0, 1, 2, 3, 4] * 4
    svg = sparkline(kept, name="x", lang="en")
    assert len(lines(svg, "fl-line")) == 1 and "not reported" not in svg


def test_a_missing_day_among_days_that_report_stays_a_gap():
    month = points(*[4.0] * 14)
    month[5] = month[5]._replace(observed=None)
    assert without_closed_days(month) == month
    short = points(4.0, None)
    assert without_closed_days(short) == short, "one day tells nothing of its weekday"


@pytest.mark.parametrize("none", [[], points(None, None)])
def test_nothing_reported_draws_nothing(none):
    assert sparkline(none, name="x") == ""


@pytest.mark.parametrize("nasty", ['"><script>alert(1)</script>', "a&b'c"])
def test_a_hostile_name_stays_text(nasty):
    svg = sparkline(points(1.0, 2.0), name=nasty)
    assert "<script" not in svg and nasty not in svg and "style=" not in svg


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=1, max_size=40),
    st.one_of(st.none(), st.floats(0, 1e6)),
)
def test_every_point_stands_inside_the_picture(observed, upper):
    svg = sparkline(points(*observed, upper=upper), name="x")
    numbers = re.findall(r"(-?[\d.]+) (-?[\d.]+)", " ".join(lines(svg, "fl-line") + lines(svg, "fl-limit")))
    for x, y in [*((float(a), float(b)) for a, b in numbers), *dots(svg, "fl-alarm"), *dots(svg, "fl-ink")]:
        assert 0 <= x <= 132 and 0 <= y <= 30
    n_high = sum(v is not None and upper is not None and v > upper for v in observed)
    assert len(dots(svg, "fl-alarm")) == n_high
