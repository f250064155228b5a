"""Columns side by side in a terminal, where a Chinese character takes two cells.

The outermost layer: used by the commands that print lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

LONGEST = 34


def text_width(text: str) -> int:
    """Cells of a terminal that a text takes."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, longest: int = LONGEST) -> str:
    """A text of at most so many cells, with … where something was cut off."""
    if text_width(text) <= longest:
        return text
    kept = ""
    for c in text:
        if text_width(kept + c) > longest - 1:
            break
        kept += c
    return kept + "…"


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], *, longest: int = LONGEST) -> list[str]:
    """Lines of a table: the head, then the rows, each column as wide as its widest cell."""
    cells = [[cut(cell, longest) for cell in row] for row in [head, *rows]]
    widths = [max(text_width(row[i]) for row in cells) for i in range(len(head))]
    return [
        "  ".join(c + " " * (w - text_width(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
