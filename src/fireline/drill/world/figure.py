"""The figure of a backtest: containment over weighted person-days, every policy with its error.

Drill: reads the rows of verdict; drawn with the shared parts of the bulletins' figures.
"""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from fireline.bulletins.drawing import frame, label, nice_step, nothing, number, rule, say, text_width

WIDTH, HEIGHT = 720.0, 420.0
_LEFT, _TOP, _PLOT_W, _PLOT_H = 56.0, 44.0, 620.0, 310.0
_Z95 = 1.96
_LINE_H = 14.0


def front(rows: pl.DataFrame) -> list[str]:
    """Policies that no other beats in both: none contains as much for less, cheapest first.

    Parameters
    ----------
    rows : rows of ``verdict.summarise``
    """
    found: list[str] = []
    best = -1.0
    ordered = rows.sort(["weighted_person_days", "contained"], descending=[False, True])
    for name, contained in ordered.select("policy", "contained").iter_rows():
        if contained > best:
            found.append(name)
            best = contained
    return found


def figure(rows: pl.DataFrame, *, lang: str) -> str:
    """SVG of the policies: points with 95 % intervals, the front as a line, full dots on it.

    Parameters
    ----------
    rows : rows of ``verdict.summarise``
    lang : "zh" or "en"
    """
    title = say(lang, "演练：控制率与加权人日", "Exercise: containment and weighted person-days")
    if rows.is_empty():
        return nothing(title, lang=lang, width=WIDTH, figure_id="backtest")
    best = front(rows)
    dearest = float(rows["weighted_person_days"].max()) / 1e6  # type: ignore[arg-type]
    step = nice_step(dearest * 10) / 10
    most = step * max(1, -(-dearest // step))
    parts = _axes(most, step, lang)
    at = {
        name: (_LEFT + _PLOT_W * cost / 1e6 / most, _TOP + _PLOT_H * (1 - contained))
        for name, contained, cost in rows.select("policy", "contained", "weighted_person_days").iter_rows()
    }
    for a, b in pairwise(best):
        (x1, y1), (x2, y2) = at[a], at[b]
        parts.append(rule(x1, y1, x2, y2, css="fl-line", opacity=0.5))
    for name, error in rows.select("policy", "contained_se").iter_rows():
        x, y = at[name]
        high, low = max(_TOP, y - _Z95 * error * _PLOT_H), min(_TOP + _PLOT_H, y + _Z95 * error * _PLOT_H)
        parts.append(rule(x, high, x, low, css="fl-line"))
        css = 'class="fl-dot" fill="#1C61AC"' if name in best else 'class="fl-hollow" fill="#FFFFFF"'
        parts.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="5" {css} stroke="#1B2127"/>')
    parts.extend(_names(at))
    described = say(
        lang,
        f"{len(at)} 种划定方法；实心点：没有别的方法既更省又更有效：{'、'.join(best)}。"
        "数值来自模拟，不是实际疫情。",
        f"{len(at)} ways to draw a zone; full dots: none of the others contains as much at less cost: "
        f"{', '.join(best)}. Figures of a simulation, not of a real outbreak.",
    )
    return frame(
        parts, width=WIDTH, height=HEIGHT, title=title, description=described, figure_id="backtest", lang=lang
    )


def _axes(most: float, step: float, lang: str) -> list[str]:
    parts = [
        label(_LEFT, 24, say(lang, "得到控制的疫情占比", "Share of outbreaks contained"), css="fl-muted")
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _TOP + _PLOT_H * (1 - share)
        parts.append(rule(_LEFT, y, _LEFT + _PLOT_W, y, opacity=1 if share == 0 else 0.3))
        parts.append(label(_LEFT - 6, y + 4, f"{share:.0%}", anchor="end", size=11, css="fl-muted"))
    for k in range(round(most / step) + 1):
        x = _LEFT + _PLOT_W * k * step / most
        parts.append(rule(x, _TOP + _PLOT_H, x, _TOP + _PLOT_H + 5, css="fl-line"))
        parts.append(
            label(x, _TOP + _PLOT_H + 18, number(k * step), anchor="middle", size=11, css="fl-muted")
        )
    words = say(
        lang,
        "14 天加权人日（百万），管控计一半",
        "14-day weighted person-days, millions; managed counts half",
    )
    parts.append(label(_LEFT, _TOP + _PLOT_H + 40, words, css="fl-muted"))
    return parts


def _names(at: dict[str, tuple[float, float]]) -> list[str]:
    """Names beside their points, moved down where two would stand on each other."""
    parts: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for name, (x, y) in sorted(at.items(), key=lambda item: (item[1][1], item[1][0])):
        width = text_width(name, 11)
        left = x + 9 if x + 9 + width <= WIDTH else x - 9 - width
        line = y + 4
        while any(
            abs(line - there) < _LINE_H and left < end and start < left + width for start, end, there in taken
        ):
            line += _LINE_H
        taken.append((left, left + width, line))
        parts.append(label(left, line, name, size=11))
    return parts
