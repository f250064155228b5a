"""Cleaned, pseudonymous tables: what every later chapter reads.

Chapter 2: reads feeds, is read by all chapters after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from fireline.errors import Fault
from fireline.feeds.tables import TABLES, Kind
from fireline.words import Words

INSTANT = pl.Datetime("us", time_zone="UTC")

_DTYPES: dict[Kind, pl.DataType] = {
    Kind.KEY: pl.String(),
    Kind.TEXT: pl.String(),
    Kind.CODE: pl.String(),
    Kind.INSTANT: INSTANT,
    Kind.DATE: pl.Date(),
    Kind.INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.GEOMETRY: pl.String(),
}


def schema(table: str) -> dict[str, pl.DataType]:
    """Columns and types of one cleaned table, in order.

    Every INSTANT column is followed by ``<column>_precision`` (minute, hour or day; null where the
    instant is null). The input column ``time_precision`` is folded into these and does not appear.
    A day-precise instant is the local midnight that starts the day.
    """
    columns: dict[str, pl.DataType] = {}
    for column in TABLES[table].columns:
        if column.name == "time_precision":
            continue
        columns[column.name] = _DTYPES[column.kind]
        if column.kind is Kind.INSTANT:
            columns[f"{column.name}_precision"] = pl.String()
    return columns


def empty(table: str) -> pl.DataFrame:
    """An empty cleaned table of the right shape."""
    return pl.DataFrame(schema=schema(table))


@dataclass(frozen=True, slots=True)
class FileSum:
    """Rows of one input file: read = kept + merged + rejected, always.

    Attributes
    ----------
    file : str
    rows, kept, merged, rejected : int
    encoding, separator : str, as detected ("" where not a text file)
    notes : tuple of Words, what a person should know (an encoding tie, ignored, refused and why)
    """

    file: str
    rows: int
    kept: int
    merged: int
    rejected: int
    encoding: str = ""
    separator: str = ""
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """All cleaned tables of one run, with what was wrong on the way.

    Attributes
    ----------
    tables : mapping from table name to data frame; read with ``table(name)``, which never fails
    tz : time zone of the jurisdiction (local days are cut with it)
    area : jurisdiction code, "" when unknown
    faults : tuple of Fault, every rejected row and every cell that became null
    sums : tuple of FileSum, one per input file
    missing : tuple of (zh, en) sentences: what these data do not hold
    """

    tables: Mapping[str, pl.DataFrame]
    tz: ZoneInfo
    area: str = ""
    faults: tuple[Fault, ...] = ()
    sums: tuple[FileSum, ...] = ()
    missing: tuple[tuple[str, str], ...] = field(default=())

    def table(self, name: str) -> pl.DataFrame:
        """One cleaned table; empty with the right columns when the input has none."""
        found = self.tables.get(name)
        return empty(name) if found is None else found

    def has(self, name: str) -> bool:
        """Whether a table has any row."""
        found = self.tables.get(name)
        return found is not None and found.height > 0
