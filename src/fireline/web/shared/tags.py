"""Template tags of every face: texts, codes, times, glyphs and small figures.

Web, shared: built into the template engine of pages.py, so templates need no {% load %}.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import urlencode

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fireline.web.shared import icons, strings
from fireline.words import LANGUAGES, Words

register = template.Library()


@register.simple_tag
def t(key: str, **values: object) -> str:
    """One text of the catalogue in the language of the request."""
    return strings.say(key, None, **values)


@register.simple_tag
def code(kind: str, value: object) -> str:
    """The label of a code."""
    return strings.code(kind, value)


@register.filter
def words(value: Words | None) -> str:
    """A two-language text in the language of the request."""
    return "" if value is None else value.get(strings.language_now())


@register.filter
def either(row: Mapping[str, object], name: str) -> str:
    """The column ``name_zh`` or ``name_en`` of a row, by the language of the request; else the other."""
    order = (strings.language_now(), *LANGUAGES)
    return next((str(text) for language in order if (text := row.get(f"{name}_{language}"))), "")


@register.filter
def get(row: Mapping[str, object], name: str) -> object:
    """One value of a mapping by a name that is itself a variable."""
    return row.get(name)


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon."""
    return icons.icon(name)


@register.simple_tag
def brand() -> SafeString:
    """The product's mark."""
    return icons.brand()


@register.simple_tag
def level(value: str) -> SafeString:
    """An alarm level: fill, glyph, numeral and word."""
    if value not in icons.ALARM_GLYPHS:
        return format_html('<span class="tag">{}</span>', strings.code("level", value))
    return format_html(
        '<span class="level level-{}"><span aria-hidden="true">{}{}</span> {}</span>',
        value,
        icons.ALARM_GLYPHS[value],
        icons.ALARM_NUMERALS[value],
        strings.code("level", value),
    )


@register.simple_tag
def classification(value: str | None) -> SafeString:
    """A case's classification with its mark."""
    kind = value or "unknown"
    return format_html(
        '<span class="nowrap"><span class="mark mark-{}" aria-hidden="true"></span>{}</span>',
        kind,
        strings.code("classification", kind),
    )


@register.simple_tag
def state(value: str) -> SafeString:
    """A task's or check's state with its glyph."""
    return format_html('<span class="state state-{}">{}</span>', value, strings.code("state", value))


def moment(value: datetime | date | str | None, precision: str | None = "minute") -> str:
    """A time as people read it in the console: minutes only where the data have minutes."""
    if value is None or value == "":
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        if precision == "day":
            return f"{local:%Y-%m-%d}"
        return f"{local:%Y-%m-%d %H}:00" if precision == "hour" else f"{local:%Y-%m-%d %H:%M}"
    return f"{value:%Y-%m-%d}"


@register.filter
def when(value: datetime | date | None, precision: str | None = "minute") -> str:
    """Filter form of moment()."""
    return moment(value, precision)


@register.filter
def short_day(value: date | None) -> str:
    """Month and day, for lists whose year is said elsewhere."""
    return "–" if value is None else f"{value:%m-%d}"


@register.filter
def clock(value: datetime | None) -> str:
    """Hours and minutes of a time today."""
    return "–" if value is None else f"{timezone.localtime(value):%H:%M}"


@register.simple_tag
def due(value: datetime | None, at: datetime) -> str:
    """How far a deadline is from now, in words: "3 h left", "2 d 4 h late"."""
    if value is None:
        return "–"
    minutes = round((value - at).total_seconds() / 60)
    key = "time.left" if minutes >= 0 else "time.late"
    return strings.say(key, span=span(abs(minutes)))


def span(minutes: int) -> str:
    """A length of time in the two largest units."""
    days, rest = divmod(minutes, 1440)
    hours, rest = divmod(rest, 60)
    if days:
        return (
            strings.say("time.days_hours", days=days, hours=hours)
            if hours
            else strings.say("time.days", days=days)
        )
    if hours:
        return (
            strings.say("time.hours_minutes", hours=hours, minutes=rest)
            if rest
            else strings.say("time.hours", hours=hours)
        )
    return strings.say("time.minutes", minutes=rest)


@register.filter
def count(value: object) -> str:
    """A whole number with separators; a missing one is a dash."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)


@register.filter
def whole(value: float | None) -> str:
    """A number rounded to a whole one, with separators; a missing one is a dash."""
    return "–" if value is None or value != value else f"{round(value):,}"


@register.filter
def number(value: object, digits: int = 2) -> str:
    """A number with fixed digits; missing or infinite ones are said in signs."""
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "∞"
    return f"{float(str(value)):.{digits}f}"


@register.filter
def p_value(value: float | None) -> str:
    """A probability; a very small one is bounded, never shown as nought."""
    if value is None or value != value:
        return "–"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


@register.filter
def rarity(value: float | None) -> str:
    """How often in a month, two digits; what is rarer is bounded, never shown as nought."""
    if value is None or value != value:
        return "–"
    return "< 0.01" if value < 0.005 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


@register.filter
def percent(value: object, digits: int = 0) -> str:
    """A share as a percentage, whole if no digits are asked for."""
    return "–" if value is None or value != value else f"{100 * float(str(value)):.{digits}f}%"


@register.simple_tag
def gauge(share: float | None, is_bad: bool = False) -> SafeString:
    """A small bar for a share between 0 and 1."""
    width = round(100 * min(1.0, max(0.0, share or 0.0)), 1)
    return format_html(
        '<span class="bar-cell" aria-hidden="true"><svg viewBox="0 0 100 10" preserveAspectRatio="none">'
        '<rect class="track" width="100" height="10"/><rect class="{}" width="{}" height="10"/></svg></span>',
        "track-bad" if is_bad else "track-fill",
        width,
    )


@register.simple_tag
def zone_swatch(value: str) -> SafeString:
    """The pattern of a zone level, as on the map and in print."""
    return format_html(
        '<svg class="swatch" viewBox="0 0 22 16" aria-hidden="true" focusable="false">'
        '<rect class="z-{0}" x="1" y="1" width="20" height="14" fill-opacity=".3"/>'
        '<path class="zl-{0}" fill="none" stroke-width="{1}" d="{2}"/>'
        '<rect class="zl-{0}" x="1" y="1" width="20" height="14" fill="none" '
        'stroke-width="{3}" stroke-dasharray="{4}"/></svg>',
        value,
        *_ZONE_MARKS.get(value, _ZONE_MARKS["precaution"]),
    )  # "out" has neither fill nor pattern, only an edge


_ZONE_MARKS: dict[str, tuple[str, str, str, str]] = {
    "out": ("1", "", "1.4", "0"),
    "sealed": (
        "1.2",
        "M1 7l6-6M1 15l14-14M9 15L21 3M17 15l4-4M5 1l14 14M13 1l8 8M1 5l10 10M1 12l3 3",
        "2.6",
        "0",
    ),
    "managed": ("2", "M1 9l8-8M3 15L17 1M12 15l9-9", "2", "0"),
    "precaution": (
        "2.4",
        "M5 5h.1M11 5h.1M17 5h.1M8 8.500h.1M14 8.500h.1M5 12h.1M11 12h.1M17 12h.1",
        "1.6",
        "3 2",
    ),
}


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """The query of this page with some parameters changed (None removes one)."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag
def query(**values: object) -> str:
    """A query of the given parameters, empty ones left out."""
    return "?" + urlencode({k: str(v) for k, v in values.items() if v not in (None, "")})
