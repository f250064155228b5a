"""The console's icons and alarm glyphs as SVG paths, drawn here: no font, no download.

Web, shared: used by the template tags.
"""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe

from fireline.signals.ladder import GLYPHS, NUMERALS

# 16 x 16 strokes.
PATHS: dict[str, str] = {
    "board": "M2 2h5v6H2zM9 2h5v3H9zM9 7h5v7H9zM2 10h5v4H2z",
    "cases": "M2 3h12M2 8h12M2 13h12M5 3v10",
    "signals": "M1 9h3l2-6 3 11 2-6 1 1h3",
    "contacts": "M5 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM11.5 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"
    "M1 14c0-3 2-4.500 4-4.500s4 1.500 4 4.500M10 10.500c2.500-.500 5 .500 5 3.500",
    "zones": "M8 1l6 3.500v7L8 15l-6-3.500v-7zM8 5l3 1.700v3L8 11.500 5 9.700v-3z",
    "tasks": "M2 4l1.500 1.500L6 3M2 11l1.500 1.500L6 10M8 4.500h6M8 11.500h6",
    "outbreak": "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v4M8 11v4M1 8h4M11 8h4"
    "M3 3l2.800 2.800M10.200 10.200 13 13M13 3l-2.800 2.800M5.800 10.200 3 13",
    "import": "M8 10V2M5 5l3-3 3 3M2 10v4h12v-4",
    "policy": "M4 1h6l3 3v11H4zM6.500 6h4M6.500 9h4M6.500 12h2.500",
    "audit": "M8 1l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V3zM5.500 8l2 2 3.500-4",
    "gaps": "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM11 11l4 4M7 4.500v3M7 9.500v.1",
    "streams": "M2 3h12v11H2zM2 6.500h12M5 1.500v3M11 1.500v3M5 9h.1M8 9h.1M11 9h.1M5 11.500h.1M8 11.500h.1",
    "fever": "M6 2.500a1.500 1.500 0 0 1 3 0v6.300a3 3 0 1 1-3 0zM7.500 6v5M11 3h3M11 6h3",
    "menu": "M2 4h12M2 8h12M2 12h12",
    "person": "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 15c0-4 3-5.500 6-5.500s6 1.500 6 5.500",
    "theme": "M8 1.500a6.500 6.500 0 1 0 0 13zM8 1.500a6.500 6.500 0 0 1 0 13",
    "search": "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM11 11l4 4",
    "close": "M3 3l10 10M13 3L3 13",
    "down": "M4 6l4 4 4-4",
    "right": "M6 3l5 5-5 5",
    "export": "M8 2v8M5 7l3 3 3-3M2 12v2h12v-2",
    "lock": "M3 7h10v8H3zM5 7V5a3 3 0 0 1 6 0v2",
}

# The alarm ladder: shape and numeral besides colour.
ALARM_GLYPHS = GLYPHS
ALARM_NUMERALS = NUMERALS

BRAND = (
    '<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path fill="#A3171E" d="M2 17h20v4H2z"/>'
    '<path fill="#E07B1A" d="M12 2c1 4 5 5 5 10a5 5 0 0 1-10 0c0-2 1-3 2-4 0 2 1 3 2 3 1-3 0-6 1-9z"/></svg>'
)


def icon(name: str) -> SafeString:
    """One icon; decorative, so hidden from readers of the page."""
    return mark_safe(  # noqa: S308  (constant paths only)
        f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        f'<path d="{PATHS[name]}"/></svg>'
    )


def brand() -> SafeString:
    """The product's mark: a flame held by a line."""
    return mark_safe(BRAND)  # noqa: S308  (constant)
