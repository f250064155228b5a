"""The days of one case as accessible SVG text: a row per place, milestones and the infectious window.

Chapter 11: reads the trajectories of investigations; the case page and the report put the text in a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.bulletins.drawing import (
    INK,
    SERIES,
    frame,
    label,
    nothing,
    number,
    rule,
    say,
    text,
    text_width,
    time_axis,
)

__all__ = ["case_timeline"]

MET_PX = 52
"""Room at the right for the number of contacts."""


def case_timeline(
    stays: pl.DataFrame,
    *,
    tz: ZoneInfo,
    milestones: Sequence[tuple[str, datetime]] = (),
    window: tuple[datetime, datetime] | None = None,
    lang: str = "zh",
    width: int = 720,
    figure_id: str = "timeline",
) -> str:
    """The stays of one case, a row per place, with its milestones and infectious window.

    Parameters
    ----------
    stays : rows of one case from the investigation's trajectories; a column n_met, where there is one, is the
        number of contacts at the place and stands at the end of its row
    tz : time zone of the axis
    milestones : (name, moment) such as onset, sampling, isolation; drawn as vertical lines
    window : (start, end) of the infectious window, shaded; None where not computed
    lang, width, figure_id : as in ``epidemic_curve``

    Returns
    -------
    str   SVG text; stays known by date only fill their whole day with a dashed edge
    """
    title = say(lang, "病例时间线", "Timeline of the case")
    rows = _stay_rows(stays)
    moments = [m for r in rows for m in r[1:3]] + [m for _, m in milestones]
    if not moments:
        return nothing(title, lang=lang, width=width, figure_id=figure_id)
    first, last = min(moments), max(*moments, min(moments) + timedelta(hours=1))
    names = list(dict.fromkeys(r[0] for r in rows))
    met = _met(stays)
    left, row_h = 170.0, 24.0
    inner_w = width - left - (MET_PX if met else 16)
    scale = inner_w / (last - first).total_seconds()

    def x_of(moment: datetime) -> float:
        return left + min(max(0.0, (moment - first).total_seconds()), (last - first).total_seconds()) * scale

    lines = _staggered([(name, x_of(moment)) for name, moment in milestones], right=width)
    top = 16.0 + 14 * max(1, 1 + max((level for _, _, _, level in lines), default=0))
    low = top + row_h * max(1, len(names))
    parts = []
    if window:
        x1, x2 = x_of(window[0]), x_of(window[1])
        parts.append(
            f'<rect x="{number(x1)}" y="{number(top)}" width="{number(max(0.0, x2 - x1))}" '
            f'height="{number(low - top)}" fill="#F7CE46" fill-opacity="0.25">'
            f"<title>{say(lang, '传染期', 'infectious window')}</title></rect>"
        )
    for i, name in enumerate(names):
        parts.append(label(left - 8, top + row_h * i + 16, _cut(name, left - 20), anchor="end"))
        parts.append(rule(left, top + row_h * (i + 1), left + inner_w, top + row_h * (i + 1), opacity=0.3))
    parts += _met_marks(met, names, x=left + inner_w + 6, top=top, row_h=row_h, lang=lang)
    for name, start, end, is_date in rows:
        x1, x2 = x_of(start), x_of(end)
        dash = ' stroke-dasharray="3 2"' if is_date else ""
        span = f"{start.astimezone(tz):%m-%d}" if is_date else (
            f"{start.astimezone(tz):%m-%d %H:%M}-{end.astimezone(tz):%H:%M}")  # fmt: skip
        parts.append(
            f'<rect x="{number(x1)}" y="{number(top + row_h * names.index(name) + 4)}" '
            f'width="{number(max(2.0, x2 - x1))}" height="{number(row_h - 8)}" fill="{SERIES[0]}" '
            f'fill-opacity="{"0.35" if is_date else "0.85"}" stroke="{INK}" class="fl-line"'
            f"{dash}><title>{text(name)} {span}</title></rect>"
        )
    for name, x, at, level in lines:
        parts.append(rule(x, 18 + 14 * level, x, low, css="fl-line"))
        parts.append(label(at, 14 + 14 * level, name, anchor="middle", size=11))
    parts.append(time_axis(first, last, tz=tz, x=left, y=low, width=inner_w))
    description = say(
        lang, f"{len(rows)}次停留，{len(names)}个地点。", f"{len(rows)} stays at {len(names)} places."
    )
    return frame(
        parts,
        width=width,
        height=low + 30,
        title=title,
        description=description,
        figure_id=figure_id,
        lang=lang,
    )


def _met(stays: pl.DataFrame) -> dict[str, int]:
    """Name of a place -> contacts there, where there are any."""
    if "n_met" not in stays.columns:
        return {}
    return {_name(r): r["n_met"] for r in stays.iter_rows(named=True) if r["n_met"]}


def _met_marks(
    met: dict[str, int], names: Sequence[str], *, x: float, top: float, row_h: float, lang: str
) -> list[str]:
    """A dot and the number of contacts at the end of each row that has some."""
    parts = []
    for i, name in enumerate(names):
        if name in met:
            said = say(lang, f"{met[name]}名接触者", f"{met[name]} contacts")
            y = top + row_h * i + row_h / 2
            parts.append(
                f'<g class="fl-met"><title>{text(name)}: {said}</title>'
                f'<circle cx="{number(x + 5)}" cy="{number(y)}" r="5" fill="{SERIES[1]}"/>'
                f"{label(x + 14, y + 4, str(met[name]))}</g>"
            )
    return parts


def _staggered(marks: Sequence[tuple[str, float]], *, right: float) -> list[tuple[str, float, float, int]]:
    """Name, line, place of the name and level of every milestone, so that no name covers another."""
    ends: list[float] = []
    found = []
    for name, x in sorted(marks, key=lambda m: (m[1], m[0])):
        half = text_width(name, 11) / 2
        at = min(x, right - half - 2)
        level = next((i for i, end in enumerate(ends) if end + 6 < at - half), len(ends))
        ends[level : level + 1] = [at + half]
        found.append((name, x, at, level))
    return found


def _cut(name: str, width: float) -> str:
    """A name shortened to a width in user units at 12."""
    while text_width(name) > width:
        name = name.removesuffix("…")[:-1] + "…"
    return name


def _name(r: Mapping[str, Any]) -> str:
    return str(
        r.get("place_name")
        or r.get("place_id")
        or (f"{r['lon']:.4f}, {r['lat']:.4f}" if r.get("lon") is not None else "?")
    )


def _stay_rows(stays: pl.DataFrame) -> list[tuple[str, datetime, datetime, bool]]:
    rows = []
    for r in stays.sort("enter", "place_id", nulls_last=True).iter_rows(named=True):
        name = _name(r)
        is_date = r.get("precision") == "day"
        end = r["leave"] or r["enter"]
        rows.append((name, r["enter"], end + timedelta(days=1) if is_date else end, is_date))
    return rows
