"""Small pieces of HTML, each safe by itself: cells are escaped here and nowhere else.

Pipeline: under the report's sections; knows no chapter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from fireline.words import Words

Row = Sequence[object]


class Markup(str):
    """HTML that is safe already; everything else is escaped."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language of the report and the time zone of its times.

    Attributes
    ----------
    code : "zh" or "en"
    tz : ZoneInfo
    """

    code: str
    tz: ZoneInfo

    def say(self, zh: str, en: str) -> str:
        """The text of this language."""
        return zh if self.code == "zh" else en

    def words(self, words: Words) -> str:
        """A bilingual text in this language."""
        return words.get(self.code)

    def when(self, at: datetime | date | None, precision: str | None = "minute") -> str:
        """Local time in the precision that is known; an en dash where unknown."""
        if at is None:
            return "–"
        if isinstance(at, datetime):
            local = at.astimezone(self.tz)
            return f"{local:%Y-%m-%d}" if precision == "day" else f"{local:%Y-%m-%d %H:%M}"
        return at.isoformat()

    def number(self, value: float | int | None, digits: int = 0) -> str:
        """A number with thousands separators; an en dash where unknown."""
        return "–" if value is None else f"{value:,.{digits}f}"


def safe(value: object) -> Markup:
    """Escape a value; Markup passes."""
    if isinstance(value, Markup):
        return value
    text = "–" if value is None else str(value)
    return Markup(escape("".join(c for c in text if c >= " " or c in "\n\t"), quote=True))


def element(tag: str, *content: object, **attributes: object) -> Markup:
    """An element; ``class_`` becomes class and ``_`` in names becomes a hyphen."""
    names = {
        name.rstrip("_").replace("_", "-"): value for name, value in attributes.items() if value is not None
    }
    text = "".join(f' {name}="{safe(value)}"' for name, value in names.items())
    return Markup(f"<{tag}{text}>{''.join(safe(c) for c in content)}</{tag}>")


def table(
    heads: Sequence[str],
    rows: Iterable[Row],
    *,
    caption: str,
    numeric: Sequence[int] = (),
    row_classes: Sequence[str] = (),
) -> Markup:
    """A table with a caption that scrolls sideways by itself on narrow screens.

    Parameters
    ----------
    heads : column heads
    rows : cells, escaped here; a Markup cell passes
    caption : what the table shows
    numeric : indices of columns set to the right
    row_classes : a class for each row, or nothing
    """
    body = []
    for k, row in enumerate(rows):
        cells = [
            element(
                "th" if i == 0 else "td",
                cell,
                class_="n" if i in numeric else None,
                scope="row" if i == 0 else None,
            )
            for i, cell in enumerate(row)
        ]
        body.append(element("tr", *cells, class_=(row_classes[k] or None) if row_classes else None))
    head = element(
        "tr",
        *(element("th", h, scope="col", class_="n" if i in numeric else None) for i, h in enumerate(heads)),
    )
    whole = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def figure(svg: str, caption: str) -> Markup:
    """A drawing (safe SVG text) with its caption; scrolls sideways where it is wider than the page."""
    drawing = element("div", Markup(svg), class_="draw", tabindex="0", role="region", aria_label=caption)
    return element("figure", drawing, element("figcaption", caption))


def listing(items: Iterable[object], *, class_: str | None = None) -> Markup:
    """An unordered list."""
    return element("ul", *(element("li", item) for item in items), class_=class_)


def key_figure(value: str, name: str, note: str, *, href: str, tone: str = "") -> Markup:
    """One large number with what it counts and a caption, linked to its section."""
    return element(
        "a",
        element("span", name, class_="name"),
        element("strong", value),
        element("span", note, class_="note"),
        class_=f"key {tone}".strip(),
        href=f"#{href}",
    )


def section(anchor: str, title: str, *content: object, lead: str = "") -> Markup:
    """A section with a heading that the contents list links to."""
    intro = element("p", lead, class_="lead") if lead else Markup("")
    return element("section", element("h2", title), intro, *content, id=anchor)


def nothing(words: str) -> Markup:
    """A calm line where a section has nothing to show, with the reason."""
    return element("p", words, class_="nothing")
