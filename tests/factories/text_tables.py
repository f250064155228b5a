"""Reads the tables of tests/spec: one example per line, cells between bars, # for headings."""

from __future__ import annotations

from pathlib import Path


def lines(beside: str, name: str) -> list[tuple[str, ...]]:
    """Rows of the table ``name``.txt that stands beside a test file (give ``__file__``)."""
    text = (Path(beside).parent / f"{name}.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(cell.strip() for cell in row.split("|")) for row in rows]
