"""A series as small as a word: the last weeks with their threshold and the days above it.

Chapter 11: reads the points of a trigger; the faces put the text in a row of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from fireline.bulletins.drawing import INK, number, say, text

DANGER = "#A3171E"
LOW_SHARE = 0.7
"""The bottom of the picture is this share of the lowest value: it shows the shape, a chart the size."""
_PAD = 3.0


class SparkPoint(NamedTuple):
    """One day of a series.

    Attributes
    ----------
    day : date
    observed, expected, upper : float or None   None = not reported, or no baseline
    """

    day: date
    observed: float | None
    expected: float | None
    upper: float | None

    @property
    def is_high(self) -> bool:
        """Whether the figure lies above its threshold."""
        return self.observed is not None and self.upper is not None and self.observed > self.upper


def without_closed_days(points: Sequence[SparkPoint]) -> list[SparkPoint]:
    """Points without the weekdays on which nothing ever came: a school that is shut is not silent.

    A weekday counts as shut where the days hold it twice or more and no figure stands on it.
    """
    days: dict[int, list[SparkPoint]] = {}
    for p in points:
        days.setdefault(p.day.weekday(), []).append(p)
    shut = {k for k, of in days.items() if len(of) > 1 and all(p.observed is None for p in of)}
    return [p for p in points if p.day.weekday() not in shut]


def sparkline(
    points: Sequence[SparkPoint], *, name: str, lang: str = "zh", width: int = 132, height: int = 30
) -> str:
    """The figures as a line, the threshold as a dashed one, days above it as points, days without as gaps.

    Parameters
    ----------
    points : sequence of SparkPoint, in day order; see without_closed_days
    name : what is counted, for readers of the page
    lang : "zh" or "en"
    width, height : user units

    Returns
    -------
    str   SVG text with all it shows as its label; "" without any figure
    """
    known = [p for p in points if p.observed is not None]
    if not known:
        return ""
    values = [*(p.observed or 0.0 for p in known), *(p.upper for p in points if p.upper is not None)]
    low = LOW_SHARE * min(values)
    top = max(low + 1.0, *values)
    first, last = points[0].day.toordinal(), points[-1].day.toordinal()
    wide = (width - 2 * _PAD) / max(1, last - first)

    def at(day: date, value: float) -> tuple[float, float]:
        x = _PAD + (day.toordinal() - first) * wide
        return x, height - _PAD - (height - 2 * _PAD) * (value - low) / (top - low)

    parts = []
    for run in _runs(points, "upper"):
        parts.append(_path([at(d, v) for d, v in run], css="fl-limit", colour=DANGER, dash="3 2"))
    for run in _runs(points, "observed"):
        if len(run) > 1:
            parts.append(_path([at(d, v) for d, v in run], css="fl-line", colour=INK))
        else:
            parts.append(_dot(*at(*run[0]), css="fl-ink", colour=INK, radius=1.2))
    for p in known:
        if p.is_high:
            parts.append(_dot(*at(p.day, p.observed or 0.0), css="fl-alarm", colour=DANGER, radius=2.2))
    label = text(_said(points, known, name, lang))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fl-fig fl-spark" role="img" aria-label="{label}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">' + "".join(parts) + "</svg>"
    )


def _said(points: Sequence[SparkPoint], known: Sequence[SparkPoint], name: str, lang: str) -> str:
    newest, n_high = known[-1], sum(p.is_high for p in points)
    n_missing = len(points) - len(known)
    limit = f"{newest.upper:.3g}" if newest.upper is not None else "–"
    return say(
        lang,
        f"{name}，{points[0].day:%m-%d} 至 {points[-1].day:%m-%d}：最新 {newest.observed:.3g}，阈值 {limit}，"
        f"超过阈值 {n_high} 天" + (f"，未报 {n_missing} 天" if n_missing else ""),
        f"{name}, {points[0].day:%m-%d} to {points[-1].day:%m-%d}: newest {newest.observed:.3g}, "
        f"limit {limit}, {n_high} days above it" + (f", {n_missing} not reported" if n_missing else ""),
    )


def _runs(points: Sequence[SparkPoint], column: str) -> list[list[tuple[date, float]]]:
    """Stretches without a hole: a line never bridges days that are not known."""
    found: list[list[tuple[date, float]]] = [[]]
    for p in points:
        value = getattr(p, column)
        if value is not None:
            found[-1].append((p.day, value))
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def _path(points: Sequence[tuple[float, float]], *, css: str, colour: str, dash: str = "") -> str:
    line = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{line}" class="{css}" fill="none" stroke="{colour}" stroke-width="1.3"{dashed}/>'


def _dot(x: float, y: float, *, css: str, colour: str, radius: float) -> str:
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" class="{css}" fill="{colour}"/>'
