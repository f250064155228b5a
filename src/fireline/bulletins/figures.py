"""Figures by time as accessible SVG text: the epidemic curve and a signal's series.

Chapter 11: reads the tables of investigations and signals; the faces and the report put the text in a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from fireline.bulletins.drawing import (
    CLASS_NAMES,
    EDGE,
    FIGURE_CSS,
    INK,
    SERIES,
    frame,
    label,
    nothing,
    number,
    say,
    text,
    text_width,
    time_axis,
    y_axis,
)

__all__ = ["FIGURE_CSS", "epidemic_curve", "signal_series"]

_LEFT, _TOP, _RIGHT, _BOTTOM = 48.0, 40.0, 16.0, 44.0
_STEP_S = {"1h": 3_600, "3h": 10_800, "1d": 86_400, "1w": 604_800}
_STEP_NAMES = {
    "1h": ("小时", "hour"),
    "3h": ("3小时", "3 hours"),
    "1d": ("日", "day"),
    "1w": ("周", "week"),
}
_BASIS = {"onset": ("发病", "onset"), "sampled": ("采样", "sampling"), "reported": ("报告", "report")}


def epidemic_curve(
    curve: pl.DataFrame,
    *,
    tz: ZoneInfo,
    lang: str = "zh",
    by: str = "classification",
    width: int = 720,
    height: int = 280,
    figure_id: str = "curve",
) -> str:
    """Bars of cases by time, stacked by class (or another attribute) with a pattern for each.

    Parameters
    ----------
    curve : DataFrame of the investigation: start, step, ``by``, count, basis
    tz : time zone of the axis
    lang : "zh" or "en"
    by : the column that splits the bars; at most five parts are told apart, the rest is "other"
    width, height : user units
    figure_id : unique in the page

    Returns
    -------
    str   SVG text; the same input gives the same text. An empty curve gives a figure that says so.
    """
    title = say(lang, "流行曲线", "Epidemic curve")
    if curve.is_empty():
        return nothing(title, lang=lang, width=width, figure_id=figure_id)
    step, basis = curve["step"][0], _BASIS.get(str(curve["basis"][0]), _BASIS["reported"])
    groups, stacked = _stacks(curve, by)
    starts = list(stacked)
    total = {start: sum(counts) for start, counts in stacked.items()}
    inner_w, inner_h = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    seconds = _STEP_S[step]
    first, last = starts[0], starts[-1] + timedelta(seconds=seconds)
    scale = inner_w / (last - first).total_seconds()
    axis, top = y_axis(largest=max(total.values()), x=_LEFT, y=_TOP, width=inner_w, height=inner_h)
    parts = [_patterns(figure_id, len(groups)), *axis]
    bar_w = max(0.6, seconds * scale - (1 if seconds * scale > 4 else 0))
    for start in starts:
        if total[start]:
            x = _LEFT + (start - first).total_seconds() * scale
            tip = _bar_words(start, stacked[start], groups, step=step, tz=tz, by=by, lang=lang)
            parts.append(
                _bar(
                    stacked[start],
                    x=x,
                    width=bar_w,
                    base=_TOP + inner_h,
                    scale=inner_h / top,
                    figure_id=figure_id,
                    tip=tip,
                )
            )
    parts.append(time_axis(first, last, tz=tz, x=_LEFT, y=_TOP + inner_h, width=inner_w))
    parts.append(_legend(groups, by=by, lang=lang, x=_LEFT, y=20, figure_id=figure_id))
    per = _STEP_NAMES[step]
    caption = say(lang, f"{basis[0]}时间，每{per[0]}", f"time of {basis[1]}, per {per[1]}")
    parts.append(label(_LEFT + inner_w, height - 6, caption, anchor="end", size=11, css="fl-muted"))
    peak = max(starts, key=lambda s: (total[s], -s.timestamp()))
    description = say(
        lang,
        f"共{sum(total.values())}例，{_when(starts[0], step, tz)}至{_when(starts[-1], step, tz)}，"
        f"最高{total[peak]}例（{_when(peak, step, tz)}）。",
        f"{sum(total.values())} cases from {_when(starts[0], step, tz)} to {_when(starts[-1], step, tz)}; "
        f"highest {total[peak]} ({_when(peak, step, tz)}).",
    )
    return frame(
        parts,
        width=width,
        height=height,
        title=title,
        description=description,
        figure_id=figure_id,
        lang=lang,
    )


def _stacks(curve: pl.DataFrame, by: str) -> tuple[list[str], dict[datetime, list[int]]]:
    """Groups in stacking order and the counts of each start; from the sixth group on all are "other"."""
    sums = curve.group_by(by).agg(pl.col("count").sum())
    order = list(CLASS_NAMES)
    found = {str(n): int(c) for n, c in sums.iter_rows()}
    if all(n in CLASS_NAMES for n in found):
        names = sorted((n for n, c in found.items() if c), key=order.index)
    else:
        names = [n for n, c in sorted(found.items(), key=lambda p: (-p[1], p[0])) if c]
    groups = names if len(names) <= len(SERIES) else [*names[: len(SERIES) - 1], "other"]
    place = {n: groups.index(n) if n in groups else len(groups) - 1 for n in names}
    stacked: dict[datetime, list[int]] = {}
    for start, name, count in curve.select("start", by, "count").sort("start", by).iter_rows():
        row = stacked.setdefault(start, [0] * len(groups))
        if count:
            row[place[str(name)]] += int(count)
    return groups, stacked


def _name(group: str, by: str, lang: str) -> str:
    if group == "other":
        return say(lang, "其他", "other")
    if by == "classification":
        return say(lang, *CLASS_NAMES.get(group, (group, group)))
    return {"unknown": say(lang, "不详", "unknown"), "yes": say(lang, "暴露", "exposed"),
            "no": say(lang, "未暴露", "not exposed")}.get(group, group)  # fmt: skip


def _patterns(figure_id: str, n: int) -> str:
    """Fill patterns (solid, diagonal, dots, back-diagonal, grid), so that colour is never the only cue."""
    decals = (
        "",
        '<path d="M0 6L6 0" stroke="#FFFFFF" stroke-width="1.6"/>',
        '<circle cx="3" cy="3" r="1.4" fill="#FFFFFF"/>',
        '<path d="M0 0L6 6" stroke="#FFFFFF" stroke-width="1.6"/>',
        '<path d="M3 0V6M0 3H6" stroke="#FFFFFF" stroke-width="1.2"/>',
    )
    ink = ' class="fl-ink"'  # the one colour of the series that the dark theme turns
    found = [
        f'<pattern id="{text(figure_id)}-p{i}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="{SERIES[i]}"{ink if SERIES[i] == INK else ""}/>'
        f"{decals[i]}</pattern>"
        for i in range(n)
    ]
    return "<defs>" + "".join(found) + "</defs>"


def _bar(
    counts: Sequence[int], *, x: float, width: float, base: float, scale: float, figure_id: str, tip: str
) -> str:
    parts = [f"<g><title>{text(tip)}</title>"]
    for i, count in enumerate(counts):
        if count:
            base -= count * scale
            parts.append(
                f'<rect x="{number(x)}" y="{number(base)}" width="{number(width)}" '
                f'height="{number(count * scale)}" fill="url(#{text(figure_id)}-p{i})" stroke="{EDGE}" '
                f'stroke-width="0.5" class="fl-grid"/>'
            )
    return "".join(parts) + "</g>"


def _when(start: datetime, step: str, tz: ZoneInfo) -> str:
    local = start.astimezone(tz)
    return f"{local:%Y-%m-%d %H:%M}" if step in ("1h", "3h") else f"{local:%Y-%m-%d}"


def _bar_words(
    start: datetime,
    counts: Sequence[int],
    groups: Sequence[str],
    *,
    step: str,
    tz: ZoneInfo,
    by: str,
    lang: str,
) -> str:
    shown = [f"{_name(g, by, lang)} {c}" for g, c in zip(groups, counts, strict=True) if c]
    return f"{_when(start, step, tz)}: {', '.join(shown)}"


def _legend(groups: Sequence[str], *, by: str, lang: str, x: float, y: float, figure_id: str) -> str:
    parts = []
    for i, group in enumerate(groups):
        name = _name(group, by, lang)
        parts.append(
            f'<rect x="{number(x)}" y="{number(y - 10)}" width="14" height="12" '
            f'fill="url(#{text(figure_id)}-p{i})" stroke="{EDGE}" class="fl-grid"/>'
        )
        parts.append(label(x + 19, y, name))
        x += 34 + text_width(name)
    return "".join(parts)


def signal_series(
    series: pl.DataFrame,
    *,
    tz: ZoneInfo,
    lang: str = "zh",
    name: str = "",
    width: int = 720,
    height: int = 220,
    figure_id: str = "series",
) -> str:
    """Daily counts of one stream in one area with what was expected, the limit and the alarm days.

    Parameters
    ----------
    series : DataFrame with date, count (null = not reported, a gap in the line), and optional expected, upper
        (numbers or null) and alarm (bool)
    tz : time zone whose midnights the dates are
    lang, width, height, figure_id : as in ``epidemic_curve``
    name : what is counted, for the title

    Returns
    -------
    str   SVG text
    """
    title = say(lang, "监测信号", "Signal series") + (f": {name}" if name else "")
    rows = series.sort("date")
    counts = rows["count"].drop_nulls().to_list()
    if not counts:
        return nothing(title, lang=lang, width=width, figure_id=figure_id)
    days = [_noon(d, tz) for d in rows["date"]]
    columns = {
        c: rows[c].to_list() if c in rows.columns else [None] * len(days)
        for c in ("expected", "upper", "alarm")
    }
    largest = max([*counts, *(float(u) for u in columns["upper"] if u is not None and u == u and u < 1e9)])
    inner_w, inner_h = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    first, last = days[0] - timedelta(hours=12), days[-1] + timedelta(hours=12)
    scale = inner_w / (last - first).total_seconds()
    axis, top = y_axis(largest=largest, x=_LEFT, y=_TOP, width=inner_w, height=inner_h)

    def at(day: datetime, value: float) -> tuple[float, float]:
        return _LEFT + (day - first).total_seconds() * scale, _TOP + inner_h * (1 - min(value, top) / top)

    parts = list(axis)
    for run in _runs(days, rows["count"].to_list()):
        points = [at(d, c) for d, c in run]
        parts.append(_line(points, colour=SERIES[0], width=2) if run[1:] else _point(*points[0]))
    for column, dash, css, colour in (
        ("expected", "2 3", "fl-grid", EDGE),
        ("upper", "7 4", "fl-limit", "#A3171E"),
    ):
        for run in _runs(days, columns[column]):
            parts.append(_line([at(d, v) for d, v in run], colour=colour, width=1.5, dash=dash, css=css))
    n_alarms = 0
    for day, count, alarm in zip(days, rows["count"].to_list(), columns["alarm"], strict=True):
        if alarm and count is not None:
            n_alarms += 1
            x, y = at(day, count)
            tip = f"{day.astimezone(tz):%Y-%m-%d}: {count:g}"
            parts.append(
                f'<path d="M{number(x)} {number(y - 14)}l5 9h-10Z" class="fl-alarm" fill="#A3171E">'
                f"<title>{text(tip)}</title></path>"
            )
    parts.append(time_axis(first, last, tz=tz, x=_LEFT, y=_TOP + inner_h, width=inner_w))
    parts.append(_series_legend(lang))
    description = say(
        lang,
        f"{days[0].astimezone(tz):%Y-%m-%d}至{days[-1].astimezone(tz):%Y-%m-%d}，最高{max(counts):g}，{n_alarms}天超过阈值报警。",
        f"{days[0].astimezone(tz):%Y-%m-%d} to {days[-1].astimezone(tz):%Y-%m-%d}, highest {max(counts):g}, "
        f"{n_alarms} alarm days.",
    )
    return frame(
        parts,
        width=width,
        height=height,
        title=title,
        description=description,
        figure_id=figure_id,
        lang=lang,
    )


def _noon(day: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), tzinfo=tz).astimezone(UTC)


def _runs(days: Sequence[datetime], values: Sequence[float | None]) -> list[list[tuple[datetime, float]]]:
    """Stretches without a hole, so that a line never bridges days that are not known."""
    found: list[list[tuple[datetime, float]]] = [[]]
    for day, value in zip(days, values, strict=True):
        if value is None or value != value:
            if found[-1]:
                found.append([])
        else:
            found[-1].append((day, float(value)))
    return [run for run in found if run]


def _line(
    points: Sequence[tuple[float, float]], *, colour: str, width: float, dash: str = "", css: str = ""
) -> str:
    path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    named = f' class="{css}"' if css else ""
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{number(width)}"{dashed}{named}/>'


def _point(x: float, y: float) -> str:
    """A day between two that are not known."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="2.5" fill="{SERIES[0]}"/>'


def _series_legend(lang: str) -> str:
    parts, x = [], _LEFT
    for name, colour, dash, css in (
        (say(lang, "实际", "observed"), SERIES[0], "", ""),
        (say(lang, "预期", "expected"), EDGE, "2 3", "fl-grid"),
        (say(lang, "阈值", "limit"), "#A3171E", "7 4", "fl-limit"),
    ):
        parts.append(_line([(x, 16), (x + 24, 16)], colour=colour, width=2, dash=dash, css=css))
        parts.append(label(x + 30, 20, name))
        x += 46 + text_width(name)
    parts.append(f'<path d="M{number(x + 5)} 10l5 9h-10Z" class="fl-alarm" fill="#A3171E"/>')
    parts.append(label(x + 15, 20, say(lang, "报警日", "alarm day")))
    return "".join(parts)
