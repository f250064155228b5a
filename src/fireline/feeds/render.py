"""Write the reference of the canonical tables from the code, so that it cannot go stale.

Chapter 1: pure text; docs/reference/tables.md is this text, and a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping

from fireline.feeds.synonyms import CODES
from fireline.feeds.tables import TABLES, Column, Kind, Table

_KINDS = {
    Kind.KEY: "identifier",
    Kind.TEXT: "text",
    Kind.CODE: "code",
    Kind.INSTANT: "date or time",
    Kind.DATE: "date",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "true or false",
    Kind.GEOMETRY: "GeoJSON geometry",
}

_HEAD = """# Canonical tables

Files named after a table (`cases.csv`, `visits.parquet`, sheet `persons` of a workbook) are read as they
are; others are mapped by [`feeds.toml`](../how-to/feeds-toml.md). This page is generated from the code.

- **required**: a row without it is rejected. Everything else may be absent; an unreadable cell becomes
  unknown and stands in `faults.csv`.
- **person**: replaced by a keyed hash on reading. **identity**: goes to the vault only.
- A date or time is kept with the precision it was written with, in a column `<name>_precision`
  (minute, hour, day). `time_precision` of a row can only make it coarser.
- Rows with the same key are merged: gaps are filled, contradictions keep the first value and are listed.
"""


def render_tables(tables: Mapping[str, Table] = TABLES) -> str:
    """Markdown page of the canonical tables.

    Parameters
    ----------
    tables : tables by name, in the order they are shown

    Returns
    -------
    str   ends with a line break; the same for the same tables
    """
    return _HEAD + "".join(_section(t) for t in tables.values())


def _section(table: Table) -> str:
    lines = [f"\n## {table.name}\n", f"\nKey: {', '.join(f'`{k}`' for k in table.key)}\n"]
    lines.append("\n| column | holds | |\n|---|---|---|\n")
    lines += [f"| `{c.name}` | {_holds(c)} | {_marks(c)} |\n" for c in table.columns]
    return "".join(lines)


def _holds(column: Column) -> str:
    if column.kind is Kind.CODE:
        text = ", ".join(f"`{c}`" for c in column.codes)
        words = [w for w, c in CODES.get(column.name, {}).items() if c in column.codes and not w.isascii()]
        return text + (f" (also {', '.join(words)})" if words else "")
    text = _KINDS[column.kind]
    if column.minimum is not None and column.maximum is not None:
        return f"{text}, {column.minimum:g} to {column.maximum:g}"
    return f"{text}, at least {column.minimum:g}" if column.minimum is not None else text


def _marks(column: Column) -> str:
    marks = [("required", column.required), ("person", column.person), ("identity", column.identity)]
    return ", ".join(word for word, is_so in marks if is_so)
