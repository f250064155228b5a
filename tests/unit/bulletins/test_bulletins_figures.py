"""Figures are well-formed, accessible, safe under a strict CSP, and the same twice."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.investigations.inv_factory import BASE, TZ, case, table

from fireline.bulletins import drawing
from fireline.bulletins.figures import FIGURE_CSS, epidemic_curve, signal_series
from fireline.bulletins.figures_case import case_timeline
from fireline.bulletins.figures_chain import chain_figure
from fireline.bulletins.figures_map import map_figure
from fireline.investigations.curve import count_curve

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '<script>alert("x")</script>&\x00\x1b'


def parse(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    assert root.get("aria-labelledby").split() == [
        root.find(f"{SVG}title").get("id"),
        root.find(f"{SVG}desc").get("id"),
    ]
    assert root.get("lang") in ("zh-CN", "en")
    for element in root.iter():
        assert "style" not in element.attrib
        assert not any(a.startswith("on") for a in element.attrib)
        assert element.tag not in (f"{SVG}script", f"{SVG}style", f"{SVG}foreignObject", f"{SVG}image")
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r"url\(#([^)]+)\)", svg))
    assert used <= set(ids)
    return root


def words(root):
    return " ".join(t for e in root.iter(f"{SVG}text") for t in e.itertext())


def curve_of(*rows, step="1h", by="classification"):
    return count_curve(table("cases", list(rows)), tz=TZ, step=step, by=by).table


KINDS = ("confirmed", "probable", "suspected", "asymptomatic", None)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("step", ["1h", "3h", "1d", "1w"])
def test_curve_in_both_languages_and_all_steps(lang, step):
    curve = curve_of(*[case(i, i * 1.3, classification=KINDS[i % 5]) for i in range(40)], step=step)
    root = parse(epidemic_curve(curve, tz=TZ, lang=lang))
    assert ("确诊" if lang == "zh" else "confirmed") in words(root)
    bars = [g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}title") is not None]
    filled = curve.group_by("start").agg(pl.col("count").sum()).filter(pl.col("count") > 0)
    assert len(bars) == filled.height
    assert "40" in root.find(f"{SVG}desc").text


def test_bars_are_as_high_as_their_counts():
    curve = curve_of(*[case(i, 0) for i in range(3)], *[case(9 + i, 2) for i in range(6)])
    root = parse(epidemic_curve(curve, tz=TZ))
    bars = [r for g in root.iter(f"{SVG}g") for r in g.findall(f"{SVG}rect")]
    low, high = (float(b.get("height")) for b in bars)
    assert high == pytest.approx(2 * low, rel=0.01)


def test_pattern_tells_classes_apart_without_colour():
    root = parse(epidemic_curve(curve_of(case(1), case(2, classification="suspected")), tz=TZ))
    patterns = list(root.iter(f"{SVG}pattern"))
    shapes = [tuple(child.tag + (child.get("d") or "") for child in p) for p in patterns]
    assert len(set(shapes)) == len(patterns) == 2


def test_more_than_five_groups_are_folded():
    frame = table("cases", [case(i, 0) for i in range(16)]).with_columns(
        pl.Series("ward", [f"w{min(i, 6)}" for i in range(16)])
    )
    curve = count_curve(frame, tz=TZ, step="1h", by="ward").table
    root = parse(epidemic_curve(curve, tz=TZ, by="ward", lang="en"))
    assert len(list(root.iter(f"{SVG}pattern"))) == 5
    assert "other" in words(root)
    tip = next(g.find(f"{SVG}title").text for g in root.iter(f"{SVG}g") if g.find(f"{SVG}title") is not None)
    assert sum(int(n) for n in re.findall(r" (\d+)(?:,|$)", tip.split(": ", 1)[1])) == 16


def test_empty_curve_says_so():
    root = parse(epidemic_curve(curve_of(), tz=TZ, lang="en"))
    assert "nothing to draw" in words(root)


def series(n=30, **columns):
    days = [date(2026, 5, 1) + timedelta(days=i) for i in range(n)]
    return pl.DataFrame({"date": days, "count": [float(i % 7) for i in range(n)], **columns})


def test_series_with_limit_and_alarm_marks():
    frame = series(expected=[3.0] * 30, upper=[5.5] * 30, alarm=[i % 7 == 6 for i in range(30)])
    root = parse(signal_series(frame, tz=TZ, lang="en", name="fever clinic"))
    assert "fever clinic" in root.find(f"{SVG}title").text
    marks = [
        p
        for p in root.iter(f"{SVG}path")
        if p.get("class") == "fl-alarm" and p.find(f"{SVG}title") is not None
    ]
    assert len(marks) == 4
    assert "4 alarm days" in root.find(f"{SVG}desc").text


def test_limit_never_bridges_unknown_days():
    upper = [5.0] * 10 + [None] * 10 + [5.0] * 10
    root = parse(signal_series(series(upper=upper), tz=TZ))
    assert (
        len([p for p in root.iter(f"{SVG}path") if p.get("class") == "fl-limit"]) == 3
    )  # two runs and the legend


def test_series_without_limits_or_rows():
    assert parse(signal_series(series(), tz=TZ)) is not None
    assert "没有可画的数据" in words(parse(signal_series(series(0), tz=TZ)))


def stays(precision="minute"):
    return pl.DataFrame(
        {
            "place_id": ["A", "B", "A"],
            "place_name": ["学校", None, "学校"],
            "enter": [BASE, BASE + timedelta(hours=3), BASE + timedelta(hours=8)],
            "leave": [BASE + timedelta(hours=2), None, BASE + timedelta(hours=9)],
            "precision": [precision] * 3,
        }
    ).cast({"enter": pl.Datetime("us", "UTC"), "leave": pl.Datetime("us", "UTC")})


def test_timeline_has_one_row_per_place_and_a_window():
    svg = case_timeline(stays(), tz=TZ, milestones=[("发病", BASE)], window=(BASE, BASE + timedelta(hours=5)))
    root = parse(svg)
    assert "3次停留，2个地点" in root.find(f"{SVG}desc").text
    assert "传染期" in "".join(root.itertext())
    assert "发病" in words(root)


def test_stays_known_by_date_only_look_different_and_name_no_hour():
    root = parse(case_timeline(stays("day"), tz=TZ))
    boxes = [r for r in root.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None]
    assert all(b.get("stroke-dasharray") for b in boxes)
    assert not any(":" in b.find(f"{SVG}title").text for b in boxes)


def test_timeline_of_nothing():
    assert "没有" in words(parse(case_timeline(stays().head(0), tz=TZ)))


def chain(n=6):
    nodes = pl.DataFrame(
        {
            "case_id": [f"C{i}" for i in range(n)],
            "component": [0] * n,
            "generation": [1, *[2] * (n - 1)],
            "onset_day": [date(2026, 6, 1) + timedelta(days=i) for i in range(n - 1)] + [None],
            "row": list(range(n)),
        }
    )
    edges = pl.DataFrame(
        {
            "from_case": ["C0"] * (n - 1),
            "to_case": [f"C{i}" for i in range(1, n)],
            "kind": ["infected_by"] * (n - 1),
            "directed": [True] * (n - 1),
            "serial_days": list(range(1, n)),
            "flag": [""] * (n - 2) + ["negative"],
        }
    )
    return nodes, edges


def test_chain_names_every_case_and_links_to_it():
    nodes, edges = chain()
    lines = pl.DataFrame(
        {"case_id": ["C0", "C1"], "classification": ["confirmed", "probable"], "origin": ["imported", None]}
    )
    root = parse(chain_figure(nodes, edges, cases=lines, link=lambda c: f"/cases/{c}/?a=1&b=2", lang="en"))
    links = list(root.iter(f"{SVG}a"))
    assert [a.get("href") for a in links] == [f"/cases/C{i}/?a=1&b=2" for i in range(6)]
    assert links[0].get("aria-label") == "C0 confirmed 2026-06-01 generation 1"
    assert "no date" in links[5].get("aria-label")
    assert len(list(links[0].iter(f"{SVG}rect"))) == 1  # imported: square frame
    assert not list(links[1].iter(f"{SVG}rect"))
    assert [p.get("class") for p in root.iter(f"{SVG}path") if p.get("fill") == "none"].count("fl-limit") == 1


def test_chain_draws_x_by_day():
    nodes, edges = chain()
    root = parse(chain_figure(nodes, edges, link=lambda c: c))
    xs = [float(a.find(f"{SVG}circle").get("cx")) for a in root.iter(f"{SVG}a")]
    steps = [b - a for a, b in pairwise(xs[:5])]
    assert steps == pytest.approx([steps[0]] * 4, abs=0.02)
    assert xs[5] < xs[0]  # no date: left of the axis


def test_estimated_day_and_candidate_source_are_marked():
    nodes, edges = chain()
    nodes = nodes.with_columns(
        pl.col("onset_day").alias("day"),
        pl.Series("day_basis", ["onset", "reported", *["onset"] * 4]),
        pl.Series("parent", [None, "C3", *["C0"] * 4]),
    )
    root = parse(chain_figure(nodes, edges, link=lambda c: c, lang="en"))
    node = next(a for a in root.iter(f"{SVG}a") if a.get("href") == "C1")
    assert "not onset" in node.get("aria-label")
    assert len(list(node.iter(f"{SVG}line"))) == 2
    assert len([p for p in root.iter(f"{SVG}path") if p.get("stroke-dasharray") == "3 2"]) == 1


def test_cases_without_links_are_left_out_and_counted():
    nodes, edges = chain()
    alone = nodes.head(1).with_columns(
        pl.lit("Z").alias("case_id"), pl.lit(None, dtype=pl.Int64).alias("row")
    )
    both = pl.concat([nodes, alone])
    assert "1 more cases" in parse(chain_figure(both, edges, lang="en")).find(f"{SVG}desc").text
    every = parse(chain_figure(both, edges, link=lambda c: c, only_linked=False))
    assert len(list(every.iter(f"{SVG}a"))) == 7


def test_chain_without_edges():
    nodes, edges = chain()
    assert "nothing to draw" in words(parse(chain_figure(nodes, edges.head(0), lang="en")))


def square(x, y, size=0.01):
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def county():
    units = [
        {
            "unit_id": f"U{i}",
            "area_code": "A",
            "kind": "village",
            "population": 9,
            "geometry": square(115 + i * 0.01, 33),
        }
        for i in range(4)
    ]
    units.append(
        {"unit_id": "V", "area_code": "A", "kind": "village", "population": 9, "lon": 115.02, "lat": 33.02}
    )
    units.append(
        {"unit_id": "W", "area_code": "A", "kind": "village", "population": 9, "geometry": "{not json"}
    )
    areas = [
        {
            "area_code": "A",
            "level": "town",
            "name": EVIL.replace("\x00", ""),
            "geometry": square(115, 33, 0.05),
        }
    ]
    levels = pl.DataFrame(
        {"unit_id": ["U0", "U1", "U2", "V"], "level": ["sealed", "managed", "precaution", "sealed"]}
    )
    cases = pl.DataFrame(
        {
            "case_id": ["C1", EVIL],
            "lon": [115.01, None],
            "lat": [33.01, 33.0],
            "classification": ["probable", "confirmed"],
        }
    )
    return {"areas": table("areas", areas), "units": table("units", units), "levels": levels, "cases": cases}


def test_map_fills_units_by_zone_pattern():
    root = parse(map_figure(**county(), lang="en"))
    fills = [e.get("fill") for e in root.iter() if (e.get("fill") or "").startswith("url(")]
    on_map = list(fills)
    assert on_map.count("url(#map-sealed)") == 3  # a polygon, a point, the legend
    assert on_map.count("url(#map-managed)") == 2
    assert on_map.count("url(#map-precaution)") == 2
    description = root.find(f"{SVG}desc").text
    assert "1 areas, 6 units, 1 cases with coordinates" in description
    assert "1 without usable geometry" in description
    assert "2 sealed units" in description


def test_map_draws_the_strictest_zone_last():
    svg = map_figure(**county())
    body = svg.split("</defs>")[1].split("<g fill=")[0]
    assert body.index("map-precaution") < body.index("map-managed") < body.index("map-sealed")


def test_map_stays_inside_its_frame_and_keeps_north_up():
    root = parse(map_figure(**county(), width=400, height=300))
    outline = next(p for p in root.iter(f"{SVG}path") if p.get("fill") == "none" and "Z" in p.get("d"))
    numbers = [float(v) for v in re.findall(r"-?[\d.]+", outline.get("d"))]
    xs, ys = numbers[::2], numbers[1::2]
    assert 0 <= min(xs) < max(xs) <= 400
    assert 0 <= min(ys) < max(ys) <= 300
    assert ys[0] == max(ys)  # the first corner is the south-west one
    east_west, north_south = max(xs) - min(xs), max(ys) - min(ys)
    assert east_west / north_south == pytest.approx(0.8387, abs=0.01)  # cos 33 degrees


def test_map_of_nothing():
    assert "没有可画的数据" in words(parse(map_figure()))


def test_names_from_outside_stay_text():
    svg = map_figure(**county())
    assert "<script" not in svg
    assert "&lt;script" in svg
    frame = stays().with_columns(pl.lit(EVIL).alias("place_name"))
    parse(case_timeline(frame, tz=TZ, milestones=[(EVIL, BASE)]))
    parse(signal_series(series(), tz=TZ, name=EVIL, figure_id=EVIL))
    nodes, edges = chain()
    parse(chain_figure(nodes, edges, link=lambda _: f'/x"{EVIL}'))


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_text_is_safe_in_an_attribute_and_in_content(value):
    ElementTree.fromstring(f'<a b="{drawing.text(value)}">{drawing.text(value)}</a>')


def test_same_input_gives_the_same_picture():
    nodes, edges = chain()
    assert chain_figure(nodes, edges) == chain_figure(nodes.reverse(), edges.reverse())
    one = county()
    assert map_figure(**one) == map_figure(**{k: v.reverse() for k, v in one.items()})


@pytest.mark.parametrize(
    ("largest", "step"), [(1, 1), (5, 1), (9, 2), (40, 10), (100, 20), (999, 200), (6000, 2000)]
)
def test_axis_steps_are_round(largest, step):
    assert drawing.nice_step(largest) == step


@pytest.mark.parametrize("days", [0.3, 1.5, 20, 170, 800, 4000])
def test_time_axis_has_a_readable_number_of_ticks(days):
    first = datetime(2026, 1, 30, 7, tzinfo=UTC)
    ticks = drawing.time_ticks(first, first + timedelta(days=days), TZ, n=10)
    assert 1 <= len(ticks) <= 12
    assert all(first <= t <= first + timedelta(days=days) for t, _ in ticks)


def test_each_class_has_a_mark_of_its_own():
    marks = {k: drawing.mark(k, 0, 0) for k in drawing.CLASS_NAMES}
    assert len(set(marks.values())) == len(marks)
    assert drawing.mark("confirmed", 0, 0, is_imported=True) != marks["confirmed"]


def test_style_sheet_has_both_themes_and_print():
    assert FIGURE_CSS.count("--fl-sealed:#741C31") == 2
    assert FIGURE_CSS.count("--fl-sealed:#DB3E71") == 2
    assert "prefers-color-scheme:dark" in FIGURE_CSS
    assert "@media print" in FIGURE_CSS
    assert FIGURE_CSS.count("{") == FIGURE_CSS.count("}")


def test_large_figures_are_quick():
    n = 2000
    nodes = pl.DataFrame(
        {
            "case_id": [f"C{i:04d}" for i in range(n)],
            "component": [0] * n,
            "generation": [1] * n,
            "onset_day": [date(2026, 1, 1) + timedelta(days=i % 90) for i in range(n)],
            "row": list(range(n)),
        }
    )
    edges = pl.DataFrame(
        {
            "from_case": [f"C{i // 2:04d}" for i in range(1, n)],
            "to_case": [f"C{i:04d}" for i in range(1, n)],
            "kind": ["infected_by"] * (n - 1),
            "directed": [True] * (n - 1),
            "serial_days": [1] * (n - 1),
            "flag": [""] * (n - 1),
        }
    )
    start = time.perf_counter()
    chain_figure(nodes, edges)
    assert time.perf_counter() - start < 1.5  # 0.1 s on an idle machine
    units = table(
        "units",
        [
            {
                "unit_id": f"U{i}",
                "area_code": "A",
                "kind": "v",
                "population": 1,
                "geometry": square(115 + i % 50 * 0.01, 33 + i // 50 * 0.01),
            }
            for i in range(n)
        ],
    )
    start = time.perf_counter()
    map_figure(units=units, levels=pl.DataFrame({"unit_id": ["U1"], "level": ["sealed"]}))
    assert time.perf_counter() - start < 2.5  # 0.15 s on an idle machine
