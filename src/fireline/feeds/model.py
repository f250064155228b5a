"""What passes from a file to the cleaner: raw rows of text, canonical rows of text, sums by file.

Chapter 1: written by the readers and the mapping, read by records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from fireline.errors import Fault
from fireline.words import Words

ROW = "#row"
"""Column with the 1-based number of a data row inside its file (header not counted)."""

FILE = "#file"
"""Column with the name of the file a canonical row came from."""

ORIGIN = "#origin"
"""Column that numbers the pieces of one file row, in the order they were written."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows of one sheet or file as text, before anything is interpreted.

    Attributes
    ----------
    file : str, name inside the feed folder
    sheet : str, "" where the format has none
    rows : DataFrame, ``#row`` (Int64) first, then one String column per column of the file
    n_rows : int, data rows of the sheet, blank and broken ones included
    faults : tuple of Fault, rows that are already out (blank, ragged, open quote)
    encoding, separator : str, as detected or declared, "" where not a text file
    notes : tuple of Words, what a person should know about the file as a whole
    is_excel : bool, bare numbers in date columns may be serial dates
    crs : str, coordinate system of lon, lat and geometry (``feeds.systems.SYSTEMS``); "" is WGS-84
    """

    file: str
    sheet: str
    rows: pl.DataFrame
    n_rows: int
    faults: tuple[Fault, ...] = ()
    encoding: str = ""
    separator: str = ""
    notes: tuple[Words, ...] = ()
    is_excel: bool = False
    crs: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the file's own columns, in order."""
        return tuple(c for c in self.rows.columns if c != ROW)


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows of one canonical table, still text, each knowing the file row it came from.

    Attributes
    ----------
    table : str, canonical name
    rows : DataFrame, ``#file``, ``#row``, ``#origin`` and canonical String columns
    names : mapping from canonical column to the name the file uses (for faults)
    date_order : str, "" (found from the column), "day_first" or "month_first"
    serials : bool, bare numbers in date columns are Excel serial dates
    tz_name : str, time zone of times without an offset; "" means the jurisdiction's
    crs : str, coordinate system of lon, lat and geometry; "" is WGS-84
    """

    table: str
    rows: pl.DataFrame
    names: Mapping[str, str] = field(default_factory=dict)
    date_order: str = ""
    serials: bool = False
    tz_name: str = ""
    crs: str = ""


@dataclass(frozen=True, slots=True)
class FileRows:
    """One input file as read: how many rows came in and which are already out.

    Attributes
    ----------
    file : str
    n_rows : int
    faults : tuple of Fault, effect "rejected" for rows that are out, "null" for cells, "file" for the file
    encoding, separator : str
    notes : tuple of Words, what a person should know about the file as a whole
    """

    file: str
    n_rows: int
    faults: tuple[Fault, ...] = ()
    encoding: str = ""
    separator: str = ""
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """Everything read from one folder or upload, ready for the cleaner.

    Attributes
    ----------
    tables : tuple of TableRows, in the order the files were read
    files : tuple of FileRows, one per file that was used or refused
    notes : tuple of (zh, en), said about the input as a whole
    """

    tables: tuple[TableRows, ...]
    files: tuple[FileRows, ...]
    notes: tuple[tuple[str, str], ...] = ()
