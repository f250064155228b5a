"""Pictures: the console's rows become the figures of bulletins, linked, marked and safe."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fireline.bulletins.drawing import FIGURE_CSS
from fireline.web.console import pictures

CSS = Path(__file__).resolve().parents[3] / "src/fireline/web/static/css/figures.css"
DAY = datetime(2026, 6, 1, 4, tzinfo=UTC)


def node(case_id, row, day, parent="", basis="onset", classification="confirmed"):
    return {
        "case_id": case_id,
        "component": 0,
        "generation": row,
        "chain_row": row,
        "chain_day": day,
        "chain_basis": basis,
        "chain_parent": parent,
        "onset": None,
        "classification": classification,
    }


def edge(a, b, directed=True):
    return {"from_case": a, "to_case": b, "directed": directed, "flag": "", "kind": "infected_by"}


NODES = [
    node("A", 0, date(2026, 6, 1)),
    node("B", 1, date(2026, 6, 4), "A", classification="suspected"),
    node("C", 2, date(2026, 6, 5), "A", "reported", ""),
]
EDGES = [edge("A", "B"), edge("A", "C"), edge("B", "C")]


def test_the_figures_style_is_the_one_of_bulletins():
    assert CSS.read_text().split("\n", 1)[1] == FIGURE_CSS


def test_curve_reads_rows_with_times_as_text_and_names_only_classes_that_occur():
    rows = [
        {"start": (DAY + timedelta(days=i)).isoformat(), "step": "1d", "classification": k, "count": n, "basis": "onset"}
        for i, k, n in ((0, "confirmed", 2), (0, "suspected", 1), (1, "confirmed", 0), (1, "suspected", 4))
    ]  # fmt: skip
    svg = pictures.curve(rows)
    assert "确诊" in svg
    assert "疑似" in svg
    assert "无症状" not in svg
    assert "共7例" in svg
    assert pictures.curve([]) == ""


def test_days_without_a_case_stand_as_gaps_in_a_sum_by_day():
    svg = pictures.days_curve([("2026-06-01", 2), ("2026-06-04", 1)], width=400, height=200)
    assert "共3例，2026-06-01至2026-06-04" in svg
    assert pictures.days_curve([], width=400, height=200) == ""


def test_series_takes_days_as_text():
    points = [
        {"date": "2026-06-01", "count": 1.0, "expected": None, "upper": None, "alarm": False},
        {"date": "2026-06-02", "count": 9.0, "expected": 1.0, "upper": 3.0, "alarm": True},
    ]
    svg = pictures.series(points, name="发热门诊")
    assert "发热门诊" in svg
    assert "1天超过阈值报警" in svg


def test_stays_carry_the_milestones():
    row = {"place_id": "a", "place_name": "A", "enter": DAY, "leave": DAY + timedelta(hours=2)}
    svg = pictures.stays([{**row, "precision": "minute", "lon": None, "lat": None}], [("发病", DAY)])
    assert "1次停留" in svg
    assert ">发病<" in svg
    assert pictures.stays([], []) == ""


def test_chain_hangs_each_case_on_its_source_only():
    svg = pictures.chain(NODES, EDGES, base="/o/1", here="B")
    assert re.findall(r'data-case="(\w)" data-parent="(\w?)"', svg) == [("A", ""), ("C", "A"), ("B", "A")]
    assert re.findall(r'href="([^"]+)"', svg) == [f"/o/1/cases/{c}" for c in "ACB"], (
        "the later onset is nearer"
    )
    assert 'stroke-dasharray="3 2"' not in svg
    assert svg.count("#FFD24A") == 1
    assert 'stroke-dasharray="3 2"' in pictures.chain(NODES, EDGES, base="/o/1", has_others=True)


def test_a_long_chain_is_wider_than_the_page_rather_than_crowded():
    long = [*NODES, node("Z", 3, date(2026, 12, 1), "A")]
    width = float(
        re.search(r'width="([\d.]+)"', pictures.chain(long, [*EDGES, edge("A", "Z")], base="")).group(1)
    )
    assert width > 183 * pictures.DAY_PX


@pytest.mark.parametrize("nasty", ['"><script>alert(1)</script>', "a&b'c"])
def test_a_hostile_name_stays_text(nasty):
    row = {"place_id": nasty, "place_name": nasty, "enter": DAY, "leave": None, "precision": "minute"}
    texts = (
        pictures.chain([node(nasty, 0, date(2026, 6, 1))], [], base="/o/1"),
        pictures.stays([{**row, "lon": None, "lat": None}], [(nasty, DAY)]),
        pictures.series([{"date": "2026-06-01", "count": 1.0}], name=nasty),
    )
    for text in texts:
        assert "<script" not in text
        assert nasty not in text
        assert "style=" not in text


def a_forest():
    """A chain of 80 cases: each hangs on an earlier one."""
    import numpy as np

    rng = np.random.default_rng(7)
    parent, day = [-1], [0]
    for i in range(1, 80):
        source = int(rng.integers(0, i))
        parent.append(source)
        day.append(day[source] + int(rng.integers(1, 6)))
    start = date(2026, 6, 1)
    nodes = [
        node(f"C{i:03d}", 0, start + timedelta(days=day[i]), f"C{parent[i]:03d}" if i else "")
        for i in range(80)
    ]
    return nodes, [edge(f"C{parent[i]:03d}", f"C{i:03d}") for i in range(1, 80)]


def test_no_label_covers_a_mark_a_line_or_a_label_and_no_run_passes_through_a_case():
    svg = pictures.chain(*a_forest(), base="/o/1")
    marks = [
        (float(x), float(y)) for x, y in re.findall(r'data-case[^>]*><title>[^<]*</title><circle cx="([\d.]+)" cy="([\d.]+)"', svg)
    ]  # fmt: skip
    assert len(marks) == 80
    runs = []
    for path in re.findall(r'<path d="(M[^"]+)"', svg):
        for x, y, stem, low, end in re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)", path):
            x, y, stem, low, end = map(float, (x, y, stem, low, end))
            runs += [
                (x, y, stem, y),
                (stem, min(y, low), stem, max(y, low)),
                (min(stem, end), low, max(stem, end), low),
            ]
    assert len(runs) == 3 * 79
    for x, y in marks:
        assert not any(a < x - 0.1 and c > x + 0.1 and abs(b - y) < 4 and b == d for a, b, c, d in runs)
        assert not any(a == c and abs(a - x) < 4 and b < y - 4.6 and d > y + 4.6 for a, b, c, d in runs)
    labels = [
        (float(x), float(y) - 10, float(x) + 5.8 * len(text), float(y) + 1)
        for x, y, text in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>(C\d{3})</text>', svg)
    ]
    assert len(labels) > 40
    boxes = [*runs, *((x - 4.5, y - 4.5, x + 4.5, y + 4.5) for x, y in marks)]
    for i, (a, b, c, d) in enumerate(labels):
        for e, f, g, h in [*boxes, *labels[:i]]:
            assert not (a <= g and e <= c and b <= h and f <= d)


def faults(svg):
    """Marks that touch, and runs that pass through a mark: counted in the finished picture."""
    marks = [
        (float(x), float(y), float(r))
        for x, y, r in re.findall(r'</title><circle cx="([-\d.]+)" cy="([\d.]+)" r="([\d.]+)"', svg)
    ]
    ticks = [
        (float(x), (float(a) + float(b)) / 2, 1.0)
        for x, a, b in re.findall(r'</title><line x1="([\d.]+)" y1="([\d.]+)" x2="[\d.]+" y2="([\d.]+)"', svg)
    ]
    by_row = {}
    for x, y, r in marks + ticks:
        by_row.setdefault(y, []).append((x, r))
    n_touching = sum(
        b - a < p + q
        for row in by_row.values()
        for (a, p), (b, q) in zip(sorted(row), sorted(row)[1:], strict=False)
    )
    n_through = 0
    for path in re.findall(r'<path d="(M[^"]+)"', svg):
        for _, _, stem, low, end in re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)", path):
            left, right = sorted((float(stem), float(end)))
            n_through += sum(left < x - 0.1 and x + 0.1 < right for x, _ in by_row.get(float(low), ()))
    return len(marks) + len(ticks), n_touching, n_through


def two_thousand(r=1.2, k=0.3, seed=1, n=2_000):
    """Cases that infect by a negative binomial, a few days later each, from ten first cases."""
    import numpy as np

    rng = np.random.default_rng(seed)
    parent, day = [-1] * 10, [int(d) for d in rng.integers(0, 8, 10)]
    front = 0
    while len(parent) < n:
        if front == len(parent):  # died out: another first case
            parent.append(-1)
            day.append(day[-1])
        for _ in range(int(rng.negative_binomial(k, k / (k + r)))):
            parent.append(front)
            day.append(day[front] + max(-1, round(float(rng.gamma(3.5, 1.5)))))
        front += 1
    start = date(2026, 1, 1)
    names = [f"C{i:04d}" for i in range(n)]
    nodes = [
        node(names[i], 0, start + timedelta(days=day[i]), names[parent[i]] if parent[i] >= 0 else "")
        for i in range(n)
    ]
    return nodes, [edge(names[parent[i]], names[i]) for i in range(n) if parent[i] >= 0]


@pytest.mark.parametrize(("r", "k", "seed"), [(1.2, 0.3, 1), (0.9, 0.1, 2), (2.0, 0.5, 3)])
@pytest.mark.parametrize("unfold", [None, "?fold=0"])
def test_two_thousand_cases_without_an_overlap_or_a_run_through_a_case(r, k, seed, unfold):
    svg = pictures.chain(*two_thousand(r, k, seed), base="/o/1", unfold=unfold)
    n, n_touching, n_through = faults(svg)
    assert (n_touching, n_through) == (0, 0)
    assert n == 2_000 if unfold is None else n < 1_700
    assert svg.count("data-case=") == n


def test_the_counter_of_faults_sees_faults():
    svg = pictures.chain(*a_forest(), base="/o/1")
    assert faults(svg) == (80, 0, 0)
    # a mark moved onto its neighbour's place in the finished picture is found
    first, second = re.findall(r'</title>(<circle cx="[\d.]+" cy="[\d.]+")', svg)[:2]
    assert faults(svg.replace(second, first))[1] == 1


def test_a_folded_family_is_one_mark_that_says_how_many():
    nodes = [node("A", 0, date(2026, 6, 1))]
    nodes += [node(f"B{i}", 0, date(2026, 6, 3 + i), "A") for i in range(5)]
    svg = pictures.chain(nodes, [edge("A", f"B{i}") for i in range(5)], base="/o/1", unfold="?fold=0&a=1")
    assert "×5" in svg and svg.count("data-case=") == 2
    assert 'href="?fold=0&amp;a=1"' in svg and "另外 5 例" in svg
    assert "6例" in svg, "the description still counts every case"


def test_a_filter_keeps_hidden_ancestors_as_ticks():
    svg = pictures.chain(NODES, EDGES, base="/o/1", keep={"B"})
    assert svg.count("data-case=") == 2 and "筛选未选中" in svg
    assert "短竖线是被筛去的1例上代" in svg
    assert pictures.chain(NODES, EDGES, base="/o/1", keep=set()) == ""
