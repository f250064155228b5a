"""The transmission chain with time on the axis, as accessible SVG text.

Chapter 11: reads the nodes and edges that contacts packed into rows; the case page and the report show it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl

from fireline.bulletins.drawing import (
    CLASS_NAMES,
    EDGE,
    INK,
    frame,
    label,
    mark,
    mark_legend,
    nothing,
    number,
    rule,
    say,
    text,
    text_width,
)

__all__ = ["chain_figure"]

_ROW, _LEFT, _TOP, _BOTTOM, _R = 14.0, 24.0, 44.0, 24.0, 4.5
_LABELLED_ROW = 20.0  # a row high enough for a case id beside or above its mark
_LABEL = 10
_COUNT = 13  # the number of a folded mark
_FOLD = 8.0  # radius of a folded mark: two of them on neighbouring days do not touch at 18 px a day
_TALL = 480.0  # from here on the days stand above the picture too


class _Box(NamedTuple):
    """A rectangle that something occupies: left, top, right, bottom."""

    x1: float
    y1: float
    x2: float
    y2: float


def chain_figure(
    nodes: pl.DataFrame,
    edges: pl.DataFrame,
    *,
    cases: pl.DataFrame | None = None,
    link: Callable[[str], str] | None = None,
    unfold: str | None = None,
    lang: str = "zh",
    width: int = 960,
    only_linked: bool = True,
    has_labels: bool = False,
    here: str | None = None,
    figure_id: str = "chain",
) -> str:
    """Cases as marks on their day, joined to the case that infected them by elbows.

    Parameters
    ----------
    nodes : DataFrame case_id, component, generation, onset_day (date or null), row (packed row, int or null)
        and optional day, day_basis (where the case is drawn when its onset is not known), parent, and kind
        ("case", "tick" = an ancestor that a filter hides, "fold" = n cases in one mark) with n
    edges : DataFrame from_case, to_case, kind, directed, serial_days, flag
    cases : line list with classification and origin for the marks; None draws every case as unclassified
    link : function from case_id to an address; None draws no links
    unfold : address of the same picture without folds; None draws folds without a link
    lang : "zh" or "en"
    width : user units
    only_linked : leave out cases without any edge (their number is said)
    has_labels : write the case id at every mark where it covers no mark, no line and no other label
    here : case_id of the case to mark by a ring, or None
    figure_id : unique in the page

    Returns
    -------
    str   SVG text; one path per parent, one mark per case with its name for screen readers. Cases without
        a day stand left of the axis; a whisker marks a day that is not the onset. The link to the most
        likely source is a solid elbow; other candidates and undirected links are dashed curves; links with
        a flag are drawn in the alarm colour. Links carry data-case and data-parent for keyboard scripts.
    """
    title = say(lang, "传播链", "Transmission chain")
    shown, n_alone = _shown(nodes, edges, only_linked=only_linked)
    if shown.is_empty():
        return nothing(title, lang=lang, width=width, figure_id=figure_id)
    rows = _dated(shown).sort("component", "row", "case_id", nulls_last=True).to_dicts()
    place = _rows(rows)
    days = [r["day"] for r in rows if r["day"] is not None]
    first, last = (min(days), max(days)) if days else (date(2000, 1, 1), date(2000, 1, 1))
    left = _LEFT + (30 if len(days) < len(rows) else 0)
    scale = min(48.0, (width - left - 24) / max(1, (last - first).days))
    row_h = _LABELLED_ROW if has_labels else _ROW
    height = _TOP + row_h * (max(place.values()) + 1) + _BOTTOM

    def xy(row: Mapping[str, Any]) -> tuple[float, float]:
        day = row["day"]
        x = left + (day - first).days * scale if day is not None else _LEFT - 4
        return x, _TOP + row_h * (place[str(row["case_id"])] + 0.5)

    at = {str(r["case_id"]): xy(r) for r in rows}
    facts = _facts(cases)
    parents = {str(r["case_id"]): str(r["parent"]) for r in rows if r.get("parent") is not None}
    parts = [_grid(first, last, left=left, scale=scale, height=height)] if days else []
    lines, runs = _elbows(edges, at, scale=scale, parents=parents)
    parts += lines
    ids = _labels(rows, at, runs, height=height, width=width) if has_labels else {}
    kinds = set()
    has_imported = False
    for row in rows:
        case_id = str(row["case_id"])
        shape = row.get("kind") or "case"
        if shape == "fold":
            parts.append(_fold(row, at[case_id], unfold=unfold, lang=lang, name=ids.get(case_id, "")))
            continue
        kind, origin = facts.get(case_id, ("unclassified", None))
        if shape == "case":
            kinds.add(kind)
            has_imported = has_imported or origin == "imported"
        if case_id == here:
            parts.append(_ring(at[case_id]))
        node = _node(
            row, at[case_id], kind=kind if shape == "case" else "tick", origin=origin, link=link, lang=lang,
            name=ids.get(case_id, ""),
        )  # fmt: skip
        parts.append(node)
    parts.append(mark_legend(sorted(kinds), x=_LEFT, y=18, lang=lang, imported=has_imported))
    n_edges = edges.filter(pl.col("from_case").is_in(list(at)) & pl.col("to_case").is_in(list(at))).height
    description = _description(shown, rows, n_edges=n_edges, n_alone=n_alone, lang=lang)
    return frame(
        parts,
        width=width,
        height=height,
        title=title,
        description=description,
        figure_id=figure_id,
        lang=lang,
    )


def _description(
    shown: pl.DataFrame, rows: list[dict[str, Any]], *, n_edges: int, n_alone: int, lang: str
) -> str:
    n_cases = sum(row.get("n") or 1 for row in rows if row.get("kind") != "tick")
    n_chains, n_undated = shown["component"].n_unique(), sum(row["day"] is None for row in rows)
    zh = (
        f"{n_cases}例、{n_edges}条联系、{n_chains}条链；{n_undated}例无日期，"
        f"另有{n_alone}例没有任何联系，未画出。"
    )
    en = (
        f"{n_cases} cases, {n_edges} links, {n_chains} chains; {n_undated} without a date; "
        f"{n_alone} more cases have no link and are not drawn."
    )
    n_ticks = sum(row.get("kind") == "tick" for row in rows)
    if n_ticks:
        zh += f"短竖线是被筛去的{n_ticks}例上代。"
        en += f" {n_ticks} short strokes are ancestors that the filter hides."
    return say(lang, zh, en)


def _shown(nodes: pl.DataFrame, edges: pl.DataFrame, *, only_linked: bool) -> tuple[pl.DataFrame, int]:
    if not only_linked:
        return nodes, 0
    linked = pl.concat([edges["from_case"], edges["to_case"]]).unique()
    kept = nodes.filter(pl.col("case_id").is_in(linked.to_list()))
    return kept, nodes.height - kept.height


def _rows(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Row of every case: the packed rows with unused ones closed up, then one each for cases without."""
    used = {r: i for i, r in enumerate(sorted({int(r["row"]) for r in rows if r["row"] is not None}))}
    place = {str(r["case_id"]): used[int(r["row"])] for r in rows if r["row"] is not None}
    bare = sorted(str(r["case_id"]) for r in rows if r["row"] is None)
    return place | {case_id: len(used) + i for i, case_id in enumerate(bare)}


def _dated(nodes: pl.DataFrame) -> pl.DataFrame:
    """Nodes with the day they are drawn at and what it rests on."""
    if {"day", "day_basis"} <= set(nodes.columns):
        return nodes.with_columns(pl.col("day_basis").fill_null(""))
    return nodes.with_columns(pl.col("onset_day").alias("day"), pl.lit("onset").alias("day_basis"))


def _facts(cases: pl.DataFrame | None) -> dict[str, tuple[str, str | None]]:
    if cases is None:
        return {}
    origin = pl.col("origin") if "origin" in cases.columns else pl.lit(None, dtype=pl.String)
    return {
        str(c): (k or "unclassified", o)
        for c, k, o in cases.select("case_id", "classification", origin.alias("origin")).iter_rows()
    }


def _grid(first: date, last: date, *, left: float, scale: float, height: float) -> str:
    """Day lines: every day, week or fourth week, whichever leaves room for the labels."""
    step = next((d for d in (1, 2, 7, 14, 28) if d * scale >= 44), 56)
    parts = []
    day = first
    while day <= last:
        x = left + (day - first).days * scale
        parts.append(rule(x, _TOP - 8, x, height - _BOTTOM + 4, opacity=0.3))
        for y in (height - 6, _TOP - 11) if height > _TALL else (height - 6,):
            parts.append(label(x, y, f"{day:%m-%d}", anchor="middle", size=11, css="fl-muted"))
        day += timedelta(days=step)
    return "".join(parts)


def _elbows(
    edges: pl.DataFrame, at: Mapping[str, tuple[float, float]], *, scale: float, parents: Mapping[str, str]
) -> tuple[list[str], list[_Box]]:
    """One path per parent and style, and what the elbows occupy.

    The link to the most likely source is an elbow: a stem half a day after the parent, then a run on the
    child's row, which the packing keeps free of cases. Other links are dashed curves.
    """
    paths: dict[tuple[str, bool, bool], list[str]] = {}
    runs: list[_Box] = []
    flagged = pl.col("flag").cast(pl.String).fill_null("")
    wanted = edges.select(
        "from_case",
        "to_case",
        pl.col("directed").fill_null(False),
        (~flagged.is_in(["", "no_onset"])).alias("flag"),
    ).sort("from_case", "to_case")
    for parent, child, directed, flag in wanted.iter_rows():
        if parent not in at or child not in at:
            continue
        (x1, y1), (x2, y2) = at[parent], at[child]
        stem = x1 + min(0.5 * scale, 12)
        is_main = bool(directed) and parents.get(child, parent) == parent
        if is_main:
            end = x2 - _R if x2 > stem else x2 + _R
            path = f"M{number(x1 + _R)} {number(y1)}H{number(stem)}V{number(y2)}H{number(end)}"
            runs += [
                _Box(x1 + _R, y1, stem, y1),
                _Box(stem, min(y1, y2), stem, max(y1, y2)),
                _Box(min(stem, end), y2, max(stem, end), y2),
            ]
        else:  # a candidate only: a curve that bends away from the rows between
            bend = f"{number(max(x1, x2) + 12)} {number((y1 + y2) / 2)}"
            path = f"M{number(x1)} {number(y1)}Q{bend} {number(x2)} {number(y2)}"
        paths.setdefault((parent, is_main, bool(flag)), []).append(path)
    found = []
    for (_, is_main, flag), pieces in paths.items():
        dash = "" if is_main else ' stroke-dasharray="3 2"'
        colour, css = ("#A3171E", "fl-limit") if flag else (EDGE, "fl-grid")
        found.append(f'<path d="{"".join(pieces)}" fill="none" stroke="{colour}" class="{css}"{dash}/>')
    return found, runs


def _labels(
    rows: list[dict[str, Any]],
    at: Mapping[str, tuple[float, float]],
    runs: list[_Box],
    *,
    height: float,
    width: float,
) -> dict[str, str]:
    """Case ids at the first free spot right, above or left of their mark; none where all three are taken."""
    size = _R + 2.5  # a mark with the frame of an imported case
    taken = [*runs]
    for row in rows:
        x, y = at[str(row["case_id"])]
        r = _FOLD + 1 if row.get("kind") == "fold" else size
        taken.append(_Box(x - r, y - r, x + r, y + r))
    cells: dict[int, list[_Box]] = {}
    for box in taken:
        for cell in range(int(box.y1 // 20), int(box.y2 // 20) + 1):
            cells.setdefault(cell, []).append(box)
    found = {}
    for row in rows:
        case_id = str(row["case_id"])
        shape = row.get("kind") or "case"
        if shape == "tick":
            continue
        words, letter = (f"×{row['n']}", _COUNT) if shape == "fold" else (case_id, _LABEL)
        out = _FOLD + 1 if shape == "fold" else size
        x, y = at[case_id]
        w = text_width(words, letter)
        for left, base in ((x + out + 2, y + 3.5), (x + 2, y - out - 2), (x - out - 14 - w, y + 3.5)):
            box = _Box(left, base - letter, left + w, base + 1)
            near = {b for c in range(int(box.y1 // 20), int(box.y2 // 20) + 1) for b in cells.get(c, ())}
            is_inside = box.x1 >= 0 and box.x2 <= width and box.y1 >= _TOP - 16 and box.y2 <= height - _BOTTOM
            if is_inside and not any(_meet(box, other) for other in near):
                found[case_id] = label(left, base, words, size=letter)
                for cell in range(int(box.y1 // 20), int(box.y2 // 20) + 1):
                    cells.setdefault(cell, []).append(box)
                break
    return found


def _meet(a: _Box, b: _Box) -> bool:
    return a.x1 <= b.x2 and b.x1 <= a.x2 and a.y1 <= b.y2 and b.y1 <= a.y2


def _ring(at: tuple[float, float]) -> str:
    """The mark of the case that the page is about."""
    x, y = at
    return (
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(_R + 4)}" fill="#FFD24A" '
        f'stroke="{INK}" class="fl-grid"/>'
    )


def _node(
    row: Mapping[str, Any],
    at: tuple[float, float],
    *,
    kind: str,
    origin: str | None,
    link: Callable[[str], str] | None,
    lang: str,
    name: str = "",
) -> str:
    case_id = str(row["case_id"])
    day = row["day"]
    when = f"{day:%Y-%m-%d}" if day is not None else say(lang, "无日期", "no date")
    is_onset = row["day_basis"] == "onset"
    if day is not None and not is_onset:
        when += say(lang, "（非发病日）", " (not onset)")
    words = f"{case_id} {say(lang, *CLASS_NAMES.get(kind, (kind, kind)))} {when}"
    if row.get("generation") is not None:
        words += say(lang, f" 第{row['generation']}代", f" generation {row['generation']}")
    if kind == "tick":
        words += say(lang, "（筛选未选中）", " (not in the filter)")
        x, y = at
        body = f"<title>{text(words)}</title>" + rule(x, y - _R, x, y + _R, css="fl-line")
        body += rule(x - _R, y, x + _R, y)  # the run goes on through it
    else:
        body = f"<title>{text(words)}</title>" + mark(
            kind, at[0], at[1], size=_R if day is not None else _R - 1, is_imported=origin == "imported"
        )
    if (
        day is not None and not is_onset and kind != "tick"
    ):  # a whisker to the left: onset lies before, how long is not known
        x, y = at
        body += rule(x - 10, y, x - _R, y, css="fl-line") + rule(x - 10, y - 3, x - 10, y + 3, css="fl-line")
    body += name
    if link is None:
        return f'<g role="img" aria-label="{text(words)}" color="{INK}">{body}</g>'
    known = f' data-case="{text(case_id)}" data-parent="{text(row.get("parent") or "")}"'
    return f'<a href="{text(link(case_id))}" aria-label="{text(words)}"{known}>{body}</a>'


def _fold(
    row: Mapping[str, Any], at: tuple[float, float], *, unfold: str | None, lang: str, name: str
) -> str:
    """Several childless cases of one parent as two rings with their number beside, or inside one ring."""
    x, y = at
    n, parent = row["n"], row.get("parent") or ""
    words = say(
        lang,
        f"{parent} 感染的另外 {n} 例，均未再感染他人，最早 {row['day']:%Y-%m-%d}；展开",
        f"{n} more cases infected by {parent} who infected nobody, first {row['day']:%Y-%m-%d}; unfold",
    )
    rings = "".join(
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(r)}" class="fl-hollow" fill="#FFFFFF" '
        f'stroke="{INK}"/>'
        for r in ((_FOLD, _R) if name else (_FOLD,))
    )
    inside = label(x, y + 3, f"×{n}", anchor="middle", size=9 if n < 10 else 8 if n < 100 else 7)
    body = f"<title>{text(words)}</title>{rings}{name or inside}"
    if unfold is None:
        return f'<g role="img" aria-label="{text(words)}" color="{INK}">{body}</g>'
    known = f' data-case="{text("fold " + str(row["case_id"]))}" data-parent="{text(parent)}"'
    return f'<a href="{text(unfold)}" aria-label="{text(words)}"{known}>{body}</a>'
