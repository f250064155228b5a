"""Pictures of one outbreak as SVG text: curve, series, stays and chain; classes only, no inline style.

Web, console: drawn from rows that access returned; every picture has its table beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

CLASSES = ("confirmed", "probable", "suspected", "asymptomatic", "")
_FILLS = {"confirmed": "s1", "probable": "s2", "suspected": "s3", "asymptomatic": "s4", "": "s0"}
ROW_PX = 18


@dataclass(frozen=True, slots=True)
class Node:
    """One case of the chain picture.

    Attributes
    ----------
    case_id : str
    row : int, packed row of the picture
    day : date or None, onset (else sampling or report) day
    classification : str
    parent : str or None, the most likely source
    is_onset : bool, False when the day is only a sampling or report day
    """

    case_id: str
    row: int
    day: date | None
    classification: str
    parent: str | None
    is_onset: bool = True


def _svg(width: float, height: float, label: str, parts: Sequence[str]) -> SafeString:
    size = f' width="{width:.0f}" height="{height:.0f}"'
    body = "".join(parts)
    return mark_safe(  # noqa: S308  (every text in parts was escaped)
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}"{size} role="img" '
        f"aria-label={quoteattr(label)}>{body}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", css: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{css}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def nice_top(value: float) -> float:
    """The smallest of 1, 2, 4, 5, 10 times a power of ten that is not below the value (at least 4)."""
    top = 4.0
    for power in range(12):
        for step in (1, 2, 4, 5, 8):
            if step * 10**power >= max(value, 4.0):
                return float(step * 10**power)
    return top


def _y_axis(top: float, left: float, right: float, y0: float, height: float) -> list[str]:
    parts = []
    for part in range(5):
        value = top * part / 4
        y = y0 - height * part / 4
        parts.append(_line(left, y, right, y, "gridline" if part else "axis"))
        parts.append(_text(left - 6, y + 4, f"{value:g}", "end"))
    return parts


def curve(
    bars: Sequence[tuple[str, Mapping[str, int]]], label: str, *, width: int = 760, height: int = 220
) -> SafeString:
    """Stacked bars of cases by time step.

    Parameters
    ----------
    bars : sequence of (label of the step, count by classification), in time order without gaps
    label : str, read aloud in place of the picture
    """
    left, bottom, right = 36.0, 26.0, 8.0
    plot_w, plot_h = width - left - right, height - bottom - 12
    top = nice_top(max((sum(c.values()) for _, c in bars), default=0))
    y0 = height - bottom
    parts = _y_axis(top, left, width - right, y0, plot_h)
    step = plot_w / max(len(bars), 1)
    every = max(1, ceil(len(bars) * 46 / plot_w))
    for i, (name, counts) in enumerate(bars):
        x, y = left + i * step, y0
        for kind in CLASSES:
            n = counts.get(kind, 0)
            if n:
                h = plot_h * n / top
                y -= h
                parts.append(
                    f'<rect x="{x + step * 0.08:.1f}" y="{y:.1f}" width="{max(step * 0.84, 0.8):.2f}" '
                    f'height="{h:.1f}" class="{_FILLS[kind]}"/>'
                )
        if i % every == 0:
            parts.append(_text(x + step / 2, y0 + 16, name, "middle"))
    return _svg(width, height, label, parts)


def series(
    points: Sequence[Mapping[str, object]],
    label: str,
    words: Mapping[str, str],
    *,
    width: int = 760,
    height: int = 240,
) -> SafeString:
    """Daily counts with the expected value and the alarm threshold; alarm days carry a mark.

    Parameters
    ----------
    points : rows with date, count, expected, upper, alarm, in time order
    words : texts for "count" and "upper", written at the lines
    """
    left, bottom, right = 40.0, 26.0, 84.0
    plot_w, plot_h = width - left - right, height - bottom - 14
    y0 = height - bottom

    def value(point: Mapping[str, object], name: str) -> float | None:
        found = point.get(name)
        return float(found) if isinstance(found, int | float) and found == found else None

    top = nice_top(
        max((v for p in points for n in ("count", "upper") if (v := value(p, n)) is not None), default=0)
    )
    step = plot_w / max(len(points) - 1, 1)
    parts = _y_axis(top, left, width - right, y0, plot_h)
    every = max(1, ceil(len(points) * 50 / plot_w))
    for i, point in enumerate(points):
        if i % every == 0:
            parts.append(_text(left + i * step, y0 + 16, str(point["date"])[5:10], "middle"))
    for name, css in (("expected", "l0"), ("upper", "l2"), ("count", "l1")):
        path, is_open = "", False
        for i, point in enumerate(points):
            v = value(point, name)
            if v is None:
                is_open = False
                continue
            path += f"{'L' if is_open else 'M'}{left + i * step:.1f} {y0 - plot_h * v / top:.1f}"
            is_open = True
        if path:
            parts.append(f'<path d="{path}" class="{css}"/>')
    for i, point in enumerate(points):
        v = value(point, "count")
        if point.get("alarm") and v is not None:
            parts.append(
                f'<path d="M{left + i * step:.1f} {y0 - plot_h * v / top - 7:.1f}l6 11h-12z" '
                'class="alarm-dot"/>'
            )
    parts += _end_labels(points, value, words, (left + plot_w + 6, y0, plot_h, top))
    return _svg(width, height, label, parts)


def _end_labels(points, value, words, frame) -> list[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    x, y0, plot_h, top = frame
    places: list[tuple[float, str]] = []
    for name in ("count", "upper"):
        last = next((v for p in reversed(points) if (v := value(p, name)) is not None), None)
        if last is not None:
            places.append((y0 - plot_h * last / top + 4, words[name]))
    places.sort()
    if len(places) == 2 and places[1][0] - places[0][0] < 14:
        places[1] = (places[0][0] + 14, places[1][1])
    return [_text(x, y, text, "start", "ink") for y, text in places]


def stays(
    rows: Sequence[Mapping[str, object]], onset: datetime | None, label: str, onset_word: str
) -> SafeString:
    """Stays of one case: a row per place, time from left to right; day-precise stays are paler blocks."""
    if not rows:
        return mark_safe("")
    places = list(dict.fromkeys(str(r["place_name"] or r["place_id"]) for r in rows))
    start = min(timezone.localtime(r["enter"]) for r in rows)  # type: ignore[arg-type,type-var]
    ends = [timezone.localtime(r["leave"] or r["enter"]) for r in rows]  # type: ignore[arg-type,type-var]
    day0 = start.replace(hour=0, minute=0)
    last = max([*ends, *([timezone.localtime(onset)] if onset else [])])
    n_days = min(60, max(1, (last - day0).days + 1))
    left, width = 150.0, 900.0
    step = (width - left - 8) / n_days
    height = 24.0 + 20 * len(places) + 6

    def x(moment: datetime) -> float:
        days = (timezone.localtime(moment) - day0) / timedelta(days=1)
        return left + step * min(max(days, 0.0), float(n_days))

    parts = []
    every = max(1, ceil(44 / step))
    for day in range(n_days + 1):
        parts.append(_line(left + day * step, 18, left + day * step, height - 4, "gridline"))
        if day % every == 0 and day < n_days:
            parts.append(_text(left + day * step + 2, 13, f"{day0 + timedelta(days=day):%m-%d}"))
    for i, place in enumerate(places):
        parts.append(_text(left - 8, 36 + 20 * i, _cut(place, 138), "end", "ink"))
    for row in rows:
        i = places.index(str(row["place_name"] or row["place_id"]))
        is_day = row.get("precision") == "day"
        enter, leave = row["enter"], row["leave"] or row["enter"]
        x1 = x(enter)  # type: ignore[arg-type]
        w = max(x(leave) - x1, step if is_day else 3.0)  # type: ignore[arg-type]
        parts.append(
            f'<rect x="{x1:.1f}" y="{24 + 20 * i}" width="{w:.1f}" height="15" rx="2" '
            f'class="{"stay-day" if is_day else "stay"}"/>'
        )
    if onset and day0 <= timezone.localtime(onset) <= day0 + timedelta(days=n_days):
        parts.append(_line(x(onset), 16, x(onset), height - 2, "onset"))
        parts.append(_text(x(onset) + 4, height - 1, onset_word, "start", "ink"))
    return _svg(width, height, label, parts)


def _cut(text: str, width: float) -> str:
    """Text cut to a width in pixels at 12 px; Chinese is twice as wide as Latin."""
    used = 0.0
    for i, letter in enumerate(text):
        used += 12 if ord(letter) > 0x2E80 else 7.3
        if used > width:
            return text[: max(1, i - 1)] + "…"
    return text


def _place_nodes(nodes: Sequence[Node]) -> tuple[dict[str, tuple[float, float]], date, float, int]:
    days = [n.day for n in nodes if n.day is not None]
    day0 = min(days) if days else date(2000, 1, 1)
    n_days = (max(days) - day0).days + 1 if days else 1
    step = min(64.0, max(14.0, 980.0 / n_days))
    rows = {row: i for i, row in enumerate(sorted({n.row for n in nodes}))}
    spots = {
        n.case_id: (24 + step * ((n.day - day0).days if n.day else 0), 40.0 + ROW_PX * rows[n.row])
        for n in nodes
    }
    return spots, day0, step, n_days


def chain(
    nodes: Sequence[Node],
    *,
    label: str,
    url: str,
    here: str | None = None,
    said: Mapping[str, str] | None = None,
) -> SafeString:
    """The chain with time on the axis: every case on its day, a line from its most likely source.

    Parameters
    ----------
    nodes : sequence of Node; rows were packed so that no line runs through a case
    url : str, address of a case with "{}" where its id goes
    here : str or None, the case to mark
    said : mapping from case id to what is read aloud for it
    """
    if not nodes:
        return mark_safe("")
    spots, day0, step, n_days = _place_nodes(nodes)
    height = max(y for _, y in spots.values()) + 20
    width = 24 + step * n_days + 110
    every = max(1, ceil(46 / step))
    parts = []
    for day in range(0, n_days, every):
        parts.append(_line(24 + day * step, 24, 24 + day * step, height, "gridline"))
        parts.append(_text(24 + day * step, 14, f"{day0 + timedelta(days=day):%m-%d}", "middle"))
    for node in nodes:
        source = spots.get(node.parent or "")
        if source is not None:
            x, y = spots[node.case_id]
            stem = source[0] + min(step / 2, 10)
            doubt = " edge-doubt" if not node.is_onset else ""
            parts.append(
                f'<path d="M{source[0] + 5:.1f} {source[1]:.1f}H{stem:.1f}V{y:.1f}H{x - 5:.1f}" '
                f'class="edge-line{doubt}"/>'
            )
    crowded = step < 40
    for node in sorted(nodes, key=lambda n: (n.row, n.case_id)):
        x, y = spots[node.case_id]
        kind = f"node-{node.classification}" if node.classification else "node-unknown"
        mark = " node-here" if node.case_id == here else ""
        name = (said or {}).get(node.case_id, node.case_id)
        text = (
            ""
            if crowded and node.case_id != here and len(nodes) > 12
            else _text(x + 9, y + 4, node.case_id, "start", "ink")
        )
        parts.append(
            f'<a href={quoteattr(url.replace("{}", quote(node.case_id, safe="")))} class="node {kind}{mark}" '
            f"aria-label={quoteattr(name)} "
            f"data-case={quoteattr(node.case_id)} data-parent={quoteattr(node.parent or '')}>"
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>{text}</a>'
        )
    svg = _svg(width, height, label, parts)
    return mark_safe(svg.replace(' role="img"', ' role="group"', 1))  # noqa: S308  (its own output)
