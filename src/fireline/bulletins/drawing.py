"""Shared parts of the figures: safe text, numbers, case marks, axes and the one style sheet of all figures.

Chapter 11: under figures, figures_chain and figures_map; nothing here knows a chapter's tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from math import floor, log10
from zoneinfo import ZoneInfo

INK, MUTED, EDGE = "#1B2127", "#4B5661", "#68747F"
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", INK)
CLASS_NAMES: dict[str, tuple[str, str]] = {
    "confirmed": ("确诊", "confirmed"),
    "probable": ("临床诊断", "probable"),
    "suspected": ("疑似", "suspected"),
    "asymptomatic": ("无症状", "asymptomatic"),
    "discarded": ("排除", "discarded"),
    "unclassified": ("未分类", "unclassified"),
}

FIGURE_CSS = """\
.fl-fig{--fl-ink:#1B2127;--fl-muted:#4B5661;--fl-edge:#68747F;--fl-ground:#FFFFFF;--fl-danger:#A3171E;\
--fl-sealed:#741C31;--fl-managed:#E45F08;--fl-precaution:#1C61AC;max-width:100%;height:auto;\
color:var(--fl-ink);background:var(--fl-ground)}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]) .fl-fig{--fl-ink:#E8EDF1;--fl-muted:#AEB9C3;\
--fl-edge:#8A96A1;--fl-ground:#11161B;--fl-danger:#FF9C94;--fl-sealed:#DB3E71;--fl-managed:#FBE279;\
--fl-precaution:#77BAF7}}
:root[data-theme=dark] .fl-fig{--fl-ink:#E8EDF1;--fl-muted:#AEB9C3;--fl-edge:#8A96A1;--fl-ground:#11161B;\
--fl-danger:#FF9C94;--fl-sealed:#DB3E71;--fl-managed:#FBE279;--fl-precaution:#77BAF7}
@media print{:root .fl-fig,:root[data-theme=dark] .fl-fig{--fl-ink:#1B2127;--fl-muted:#4B5661;\
--fl-edge:#68747F;--fl-ground:#FFFFFF;--fl-danger:#A3171E;--fl-sealed:#741C31;--fl-managed:#E45F08;\
--fl-precaution:#1C61AC}}
.fl-fig text{font-family:-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",\
system-ui,sans-serif}
.fl-ink{fill:var(--fl-ink)}.fl-muted{fill:var(--fl-muted)}.fl-ground{fill:var(--fl-ground)}
.fl-line{stroke:var(--fl-ink)}.fl-grid{stroke:var(--fl-edge)}.fl-alarm{fill:var(--fl-danger)}
.fl-limit{stroke:var(--fl-danger)}.fl-hollow{fill:var(--fl-ground);stroke:var(--fl-ink)}
.fl-sealed{stroke:var(--fl-sealed)}.fl-managed{stroke:var(--fl-managed)}.fl-precaution{stroke:var(--fl-precaution)}
.fl-dot{fill:var(--fl-precaution)}
.fl-fig a:focus-visible{outline:3px solid var(--fl-ink);outline-offset:2px}
"""
"""Style sheet of all figures, both themes; put it once in the page (the figures read well without it)."""


def say(language: str, zh: str, en: str) -> str:
    """The text of one language."""
    return zh if language.lower().startswith("zh") else en


def text(value: object) -> str:
    """Text made safe for element content and attribute values, without control characters."""
    return escape("".join(c for c in str(value) if c >= " " and c not in "\ufffe\uffff"), quote=True)


def number(value: float) -> str:
    """A coordinate with at most two decimals and no needless zeros."""
    found = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if found in ("-0", "") else found


def frame(
    parts: Iterable[str],
    *,
    width: float,
    height: float,
    title: str,
    description: str,
    figure_id: str,
    lang: str,
) -> str:
    """A whole SVG element with an accessible name and description.

    Parameters
    ----------
    parts : element texts, already safe
    width, height : user units
    title, description : plain text, escaped here
    figure_id : start of the ids inside, unique in the page; letters, digits and hyphens are kept
    lang : "zh" or "en"
    """
    name = "".join(c for c in figure_id if c.isalnum() or c == "-") or "figure"
    language = say(lang, "zh-CN", "en")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fl-fig" role="group" lang="{language}" '
        f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}" '
        f'aria-labelledby="{name}-t {name}-d" color="{INK}" font-size="12" '
        f'font-family="system-ui,sans-serif">'
        f'<title id="{name}-t">{text(title)}</title><desc id="{name}-d">{text(description)}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def label(
    x: float,
    y: float,
    value: object,
    *,
    anchor: str = "start",
    size: int = 12,
    css: str = "fl-ink",
    extra: str = "",
) -> str:
    """One line of text."""
    colour = INK if css == "fl-ink" else MUTED
    return (
        f'<text x="{number(x)}" y="{number(y)}" class="{css}" fill="{colour}" font-size="{size}" '
        f'text-anchor="{anchor}"{extra}>{text(value)}</text>'
    )


def rule(x1: float, y1: float, x2: float, y2: float, *, css: str = "fl-grid", opacity: float = 1.0) -> str:
    """One straight line of an axis or grid."""
    faint = "" if opacity == 1 else f' stroke-opacity="{number(opacity)}"'
    colour = INK if css == "fl-line" else EDGE
    return (
        f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" class="{css}" '
        f'stroke="{colour}" stroke-width="1"{faint}/>'
    )


def nice_step(largest: float, n: int = 5) -> int:
    """A round whole step (1, 2, 5 times a power of ten) that cuts ``largest`` into about n parts."""
    if largest <= n:
        return 1
    rough = largest / n
    power = 10 ** floor(log10(rough))
    return next(int(m * power) or 1 for m in (1, 2, 5, 10) if m * power >= rough)


def y_axis(*, largest: float, x: float, y: float, width: float, height: float) -> tuple[list[str], float]:
    """Grid lines and numbers of a count axis; also the top value of the axis."""
    step = nice_step(largest)
    top = max(step, -(-int(-(-largest // 1)) // step) * step)
    parts = []
    for value in range(0, top + 1, step):
        at = y + height - height * value / top
        parts.append(rule(x, at, x + width, at, opacity=1 if value == 0 else 0.3))
        parts.append(label(x - 6, at + 4, value, anchor="end", size=11, css="fl-muted"))
    return parts, float(top)


def time_ticks(first: datetime, last: datetime, tz: ZoneInfo, *, n: int = 10) -> list[tuple[datetime, str]]:
    """Local times for the ticks of a time axis with their labels, at most about ``n``.

    Hours for spans under two days, days under half a year, else months; a label names the day whenever the
    tick is a midnight.
    """
    span = (last - first).total_seconds()
    local = first.astimezone(tz)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if span <= 2 * 86_400:
        step = next((h for h in (1, 2, 3, 4, 6, 12) if span / 3600 / h <= n), 12)
        ticks = [midnight + timedelta(hours=h) for h in range(0, 24 * 4, step)]
        return [(t, f"{t:%m-%d}" if t.hour == 0 else f"{t:%H:%M}") for t in ticks if first <= t <= last]
    if span <= 183 * 86_400:
        step = next((d for d in (1, 2, 7, 14) if span / 86_400 / d <= n), 28)
        ticks = [midnight + timedelta(days=d) for d in range(0, int(span // 86_400) + 2, step)]
        return [(t, f"{t:%m-%d}") for t in ticks if first <= t <= last]
    months = span / 86_400 / 30
    step = next((m for m in (1, 2, 3, 6, 12) if months / m <= n), 24)
    ticks = []
    year, month = local.year, local.month
    for i in range(0, int(months) + step + 2, step):
        total = month - 1 + i
        ticks.append(midnight.replace(year=year + total // 12, month=total % 12 + 1, day=1))
    return [(t, f"{t:%Y-%m}") for t in ticks if first <= t <= last]


def mark(kind: str, x: float, y: float, *, size: float = 5.0, is_imported: bool = False) -> str:
    """The mark of a case: filled, half, open circle, diamond, cross; imported cases in a square frame."""
    cx, cy, r = number(x), number(y), number(size)
    if kind == "confirmed":
        body = f'<circle cx="{cx}" cy="{cy}" r="{r}" class="fl-ink fl-line" fill="{INK}" stroke="{INK}"/>'
    elif kind == "probable":
        body = (
            f'<circle cx="{cx}" cy="{cy}" r="{r}" class="fl-hollow" fill="#FFFFFF" stroke="{INK}"/>'
            f'<path d="M{cx} {number(y - size)}A{r} {r} 0 0 0 {cx} {number(y + size)}Z" '
            f'class="fl-ink" fill="{INK}"/>'
        )
    elif kind == "asymptomatic":
        body = (
            f'<path d="M{cx} {number(y - size)}L{number(x + size)} {cy}L{cx} {number(y + size)}'
            f'L{number(x - size)} {cy}Z" class="fl-hollow" fill="#FFFFFF" stroke="{INK}"/>'
        )
    elif kind == "discarded":
        h = size * 0.8
        body = (
            f'<path d="M{number(x - h)} {number(y - h)}L{number(x + h)} {number(y + h)}M{number(x - h)} '
            f'{number(y + h)}L{number(x + h)} {number(y - h)}" class="fl-line" fill="none" stroke="{INK}"/>'
        )
    else:
        dash = "" if kind == "suspected" else ' stroke-dasharray="2 1.5"'
        body = f'<circle cx="{cx}" cy="{cy}" r="{r}" class="fl-hollow" fill="#FFFFFF" stroke="{INK}"{dash}/>'
    if is_imported:
        h = size + 2
        body += (
            f'<rect x="{number(x - h)}" y="{number(y - h)}" width="{number(2 * h)}" height="{number(2 * h)}" '
            f'class="fl-line" fill="none" stroke="{INK}"/>'
        )
    return body


def mark_legend(kinds: Sequence[str], *, x: float, y: float, lang: str, imported: bool = False) -> str:
    """One row that names the case marks that occur."""
    parts = []
    for kind in [k for k in CLASS_NAMES if k in kinds]:
        name = say(lang, *CLASS_NAMES[kind])
        parts.append(mark(kind, x + 6, y - 4))
        parts.append(label(x + 16, y, name, css="fl-muted"))
        x += 28 + text_width(name)
    if imported:
        name = say(lang, "输入", "imported")
        parts.append(mark("suspected", x + 8, y - 4, size=4, is_imported=True))
        parts.append(label(x + 20, y, name, css="fl-muted"))
    return "".join(parts)


def text_width(value: str, size: float = 12) -> float:
    """Rough width of a line: Chinese characters are as wide as high, Latin ones a little over half."""
    return sum(size if ord(c) > 0x2E80 else 0.58 * size for c in value)


def time_axis(first: datetime, last: datetime, *, tz: ZoneInfo, x: float, y: float, width: float) -> str:
    """Baseline, ticks and labels of a time axis."""
    parts = [rule(x, y, x + width, y, css="fl-line")]
    scale = width / max(1.0, (last - first).total_seconds())
    for tick, name in time_ticks(first, last, tz, n=max(3, int(width // 70))):
        at = x + (tick - first).total_seconds() * scale
        parts.append(rule(at, y, at, y + 5, css="fl-line"))
        parts.append(label(at, y + 18, name, anchor="middle", size=11, css="fl-muted"))
    return "".join(parts)


def nothing(title: str, *, lang: str, width: float, figure_id: str) -> str:
    """A small figure that says there is nothing to draw."""
    words = say(lang, "没有可画的数据", "nothing to draw: the data do not hold it")
    return frame(
        [label(16, 34, words, css="fl-muted")],
        width=width, height=56, title=title, description=words, figure_id=figure_id, lang=lang,
    )  # fmt: skip
