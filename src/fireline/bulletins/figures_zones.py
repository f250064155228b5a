"""Cost and modelled coverage of the ways to draw a zone: the curve, each candidate a mark of its own shape.

Chapter 11: pure; the table beside it says the same for whoever cannot see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fireline.bulletins.drawing import INK, SERIES, frame, label, nice_step, number, rule, say
from fireline.bulletins.drawing import text as safe_text

_LEFT, _TOP, _RIGHT, _ROW = 52.0, 32.0, 30.0, 24.0
_PLOT = 240.0
_Scale = Callable[[float], float]
_Row = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class WayPoint:
    """One way to draw a zone on the plane of cost and coverage.

    Attributes
    ----------
    key : str, name of the candidate; decides the shape
    name : str, in the language of the figure
    cost : float, weighted person-days
    coverage, low, high : float, modelled coverage with 5th and 95th percentile, 0 to 1
    """

    key: str
    name: str
    cost: float
    coverage: float
    low: float
    high: float


def letters(n: int) -> list[str]:
    """Letters of the first n candidates: A, B, C ..."""
    return [chr(ord("A") + i) for i in range(n)]


def zone_curve(
    ways: Sequence[WayPoint],
    curve: Sequence[tuple[float, float, float, float]],
    *,
    lang: str,
    width: float = 560,
    here: str | None = None,
    figure_id: str = "zone-curve",
) -> str:
    """The picture as SVG.

    Parameters
    ----------
    ways : in the order of their letters
    curve : (cost, coverage, low, high) of the threshold rule, from little to much
    width : user units
    here : key of the candidate that is looked at, ringed
    figure_id : start of the ids inside, unique in the page

    Notes
    -----
    The cost axis ends a little above the dearest candidate; the curve is cut there.
    """
    most = max((w.cost for w in ways), default=0.0) or max((c[0] for c in curve), default=1.0) or 1.0
    step = nice_step(most, 5)
    end = step * (int(most // step) + 1)
    plot_w = width - _LEFT - _RIGHT

    def x(cost: float) -> float:
        return _LEFT + plot_w * min(cost, end) / end

    def y(share: float) -> float:
        return _TOP + _PLOT * (1 - min(max(share, 0.0), 1.0))

    parts = _axes(end, step, x=x, y=y, lang=lang, width=width)
    parts += _band(curve, end, x=x, y=y)
    for letter, way in sorted(zip(letters(len(ways)), ways, strict=True), key=lambda p: p[1].key == here):
        parts += _way(letter, way, x(way.cost), y, is_here=way.key == here)
    n_rows = -(-len(ways) // 2)
    top = _TOP + _PLOT + 58
    for k, (letter, way) in enumerate(zip(letters(len(ways)), ways, strict=True)):
        left = _LEFT - 30 + (k // n_rows) * (plot_w + 40) * 0.56
        line = top + (k % n_rows) * _ROW
        parts.append(_mark(way.key, left, line - 4, letter))
        parts.append(label(left + 18, line, f"{way.name}  {way.coverage:.0%}", size=11))
    title = say(lang, "各划法的代价与模型覆盖率", "Cost and modelled coverage of each way")
    description = say(lang, "；", "; ").join(
        f"{w.name}: {w.cost:,.0f}, {w.coverage:.0%} ({w.low:.0%}–{w.high:.0%})" for w in ways
    )
    return frame(
        parts, width=width, height=top + n_rows * _ROW, title=title, description=description,
        figure_id=figure_id, lang=lang,
    )  # fmt: skip


def _axes(end: float, step: float, *, x: _Scale, y: _Scale, lang: str, width: float) -> list[str]:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(rule(_LEFT, y(share), width - _RIGHT, y(share), opacity=0.35 if share else 1.0))
        parts.append(label(_LEFT - 6, y(share) + 4, f"{share:.0%}", anchor="end", css="fl-muted"))
    at = 0.0
    while at <= end:
        parts.append(label(x(at), y(0) + 16, f"{at:,.0f}", anchor="middle", css="fl-muted", size=11))
        at += step
    what = say(lang, "加权人日（管控按半计）", "weighted person-days (managed count half)")
    parts.append(label((_LEFT + width - _RIGHT) / 2, y(0) + 32, what, anchor="middle", css="fl-muted"))
    parts.append(label(_LEFT - 44, _TOP - 18, say(lang, "模型覆盖率", "modelled coverage"), css="fl-muted"))
    return parts


def _band(
    curve: Sequence[tuple[float, float, float, float]], end: float, *, x: _Scale, y: _Scale
) -> list[str]:
    """The curve of the threshold rule with its interval, up to the end of the axis."""
    inside = [c for c in curve if c[0] <= end]
    beyond = next((c for c in curve if c[0] > end), None)
    if beyond is not None and inside:
        last = inside[-1]
        part = (end - last[0]) / (beyond[0] - last[0])
        inside.append((end, *(a + part * (b - a) for a, b in zip(last[1:], beyond[1:], strict=True))))  # type: ignore[arg-type]
    if not inside:
        return []
    shown = [(0.0, 0.0, 0.0, 0.0), *inside]
    up = " ".join(f"{number(x(c))},{number(y(high))}" for c, _, _, high in shown)
    down = " ".join(f"{number(x(c))},{number(y(low))}" for c, _, low, _ in reversed(shown))
    line = " ".join(f"{number(x(c))},{number(y(mean))}" for c, mean, _, _ in shown)
    return [
        f'<polygon points="{up} {down}" fill="{SERIES[0]}" fill-opacity="0.14"/>',
        f'<polyline points="{line}" fill="none" stroke="{SERIES[0]}" stroke-width="2"/>',
    ]


def _way(letter: str, way: WayPoint, left: float, y: _Scale, *, is_here: bool) -> list[str]:
    said = f"{letter} {way.name}: {way.coverage:.0%} ({way.low:.0%}–{way.high:.0%}), {way.cost:,.0f}"
    top, bottom = y(way.high), y(way.low)
    parts = [f'<g class="fl-way"><title>{safe_text(said)}</title>']
    parts.append(rule(left, top, left, bottom, css="fl-line"))
    parts += [rule(left - 4, end, left + 4, end, css="fl-line") for end in (top, bottom)]
    if is_here:
        parts.append(
            f'<circle cx="{number(left)}" cy="{number(y(way.coverage))}" r="15" class="fl-limit" fill="none" '
            f'stroke="#A3171E" stroke-width="2.5"/>'
        )
    parts.append(_mark(way.key, left, y(way.coverage), letter))
    parts.append("</g>")
    return parts


def _mark(key: str, x: float, y: float, letter: str) -> str:
    """A mark with its letter: square, triangle, diamond, circle or hexagon by kind."""
    r = 10.0
    shapes = {
        "two_tier": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "two_tier_township": ((-1.3, -0.8), (1.3, -0.8), (1.3, 0.8), (-1.3, 0.8)),
        "threshold": ((0, -1.3), (1.25, 0.95), (-1.25, 0.95)),
        "optimum": ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)),
        "worth": ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)),
        "moved": (
            (0, -1.4), (0.45, -0.55), (1.4, -0.4), (0.75, 0.35), (0.9, 1.3), (0, 0.9), (-0.9, 1.3),
            (-0.75, 0.35), (-1.4, -0.4), (-0.45, -0.55),
        ),
    }  # fmt: skip
    hexagon = ((-1.2, 0), (-0.6, -1), (0.6, -1), (1.2, 0), (0.6, 1), (-0.6, 1))
    at = f'x="{number(x)}" y="{number(y + 4)}"'
    if key.startswith("radius_"):
        shape = (
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(r)}" class="fl-hollow" fill="#FFFFFF" '
            f'stroke="{INK}" stroke-width="1.5"/>'
        )
    else:
        points = " ".join(f"{number(x + r * a)},{number(y + r * b)}" for a, b in shapes.get(key, hexagon))
        shape = (
            f'<polygon points="{points}" class="fl-hollow" fill="#FFFFFF" stroke="{INK}" '
            f'stroke-width="{"2.5" if key in ("two_tier", "moved") else "1.5"}"/>'
        )
    return (
        f'{shape}<text {at} class="fl-ink" fill="{INK}" font-size="11" font-weight="600" '
        f'text-anchor="middle">{letter}</text>'
    )
