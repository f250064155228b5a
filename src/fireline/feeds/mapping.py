"""Read ``feeds.toml``: which files, and how their columns become canonical tables.

Chapter 1: text in, a checked mapping out; the grammar is described in docs/how-to/feeds-toml.md.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeGuard

from fireline.errors import InputError
from fireline.feeds.contract import Contract, read_contract
from fireline.feeds.synonyms import plain
from fireline.feeds.systems import parse_crs
from fireline.feeds.tables import TABLES
from fireline.words import Words

_TOP = {"title", "area", "time_zone", "disease", "null", "note", "lookup", "file", "contract"}
_FILE = {"name", "format", "encoding", "separator", "sheet", "header_row", "confirmed_rows", "records",
         "context", "null", "dates", "time_zone", "crs", "table"}  # fmt: skip
_TABLE = {"table", "columns", "when", "split", "unpivot", "cumulative"}
_CELL = {"from", "value", "with", "empty", "prefix", "codes", "others", "null", "lookup", "first_of",
         "row_number", "years_until", "unit", "suffix", "every"}  # fmt: skip
_DATES = ("", "iso", "day_first", "month_first", "excel")
_READER_OPTIONS = (
    "format",
    "encoding",
    "separator",
    "sheet",
    "header_row",
    "confirmed_rows",
    "records",
    "context",
    "crs",
)
NAME, VALUE = "#name", "#value"
"""Columns that an unpivoted row has: the name of the column it comes from, and its value."""
_FORMATS = ("text", "excel", "parquet", "json", "geojson")


@dataclass(frozen=True, slots=True)
class Cell:
    """How one canonical cell is made from a row.

    Attributes
    ----------
    sources : tuple of str, columns of the file, joined by ``glue``; one ending in ``?`` may be absent
    value : str or None, a constant
    glue : str
    empty : str, joining with an empty part: "skip" it, "keep" its place, or give "null"
    prefix : str, put before a value that is not null
    codes : mapping, other word -> value; words compared like codes (case, spaces and hyphens do not count)
    is_closed : bool, words that ``codes`` does not name become null
    nulls : tuple of str, further words that mean nothing in this column
    lookup : str, name of a look-up table to pass the sources through
    first_of : tuple of Cell, the first that gives a value
    row_number : str or None, the row's number with this before it
    years_until : int or None, year minus the value (a birth year gives the age reached in that year)
    unit : (column, {word: divisor}) or None, divides the value by what another column says
    suffix : str, put behind a value that is not null
    every : (first day, days) or None, a number n (1, 2, ...) becomes the day of the n-th step
    """

    sources: tuple[str, ...] = ()
    value: str | None = None
    glue: str = " "
    empty: str = "skip"
    prefix: str = ""
    codes: MappingType[str, str] = field(default_factory=dict)
    is_closed: bool = False
    nulls: tuple[str, ...] = ()
    lookup: str = ""
    first_of: tuple[Cell, ...] = ()
    row_number: str | None = None
    years_until: int | None = None
    unit: tuple[str, MappingType[str, float]] | None = None
    suffix: str = ""
    every: tuple[date, int] | None = None

    def all_sources(self) -> tuple[str, ...]:
        """Every column of the file that this cell reads."""
        unit = (self.unit[0],) if self.unit else ()
        return self.sources + unit + tuple(s for c in self.first_of for s in c.all_sources())


@dataclass(frozen=True, slots=True)
class Unpivot:
    """A wide file: each of these columns gives a row of its own, with the columns NAME and VALUE.

    Attributes
    ----------
    columns : tuple of str, names or patterns such as ``X*`` of the columns that hold values
    without : tuple of str, names or patterns left out of them
    """

    columns: tuple[str, ...]
    without: tuple[str, ...] = ()

    def chosen(self, names: Sequence[str]) -> list[str]:
        """The columns of a file that hold values, in its order."""
        return [n for n in names if _fits(n, self.columns) and not _fits(n, self.without)]


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    # "[0,1)" is a name, not a pattern: the same letters always fit
    return any(name == p or fnmatch.fnmatchcase(name, p) for p in patterns)


@dataclass(frozen=True, slots=True)
class TableMap:
    """One canonical table that a row of a file gives.

    Attributes
    ----------
    table : str
    columns : mapping, canonical column -> Cell
    when : tuple of str, columns of the file that must hold something, else the row gives nothing here
    split : (column, separators) or None, one row for each piece; separators "json" for a JSON list
    unpivot : Unpivot or None, one row for each of several columns
    cumulative : tuple of canonical columns that name a series, () for counts that are not cumulative
    first_is_count : bool, the first value of a series counts as that day's
    """

    table: str
    columns: MappingType[str, Cell]
    when: tuple[str, ...] = ()
    split: tuple[str, str] | None = None
    unpivot: Unpivot | None = None
    cumulative: tuple[str, ...] = ()
    first_is_count: bool = False


@dataclass(frozen=True, slots=True)
class FileMap:
    """One file, or all files that match a pattern."""

    name: str
    tables: tuple[TableMap, ...]
    options: MappingType[str, object] = field(default_factory=dict)
    nulls: tuple[str, ...] = ()
    dates: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A file used as a small look-up table: key columns -> one value column."""

    file: str
    key: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole ``feeds.toml``."""

    files: tuple[FileMap, ...]
    title: tuple[str, str] = ("", "")
    area: str = ""
    time_zone: str = ""
    disease: str = ""
    nulls: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    lookups: MappingType[str, Lookup] = field(default_factory=dict)
    contract: Contract | None = None

    def file_for(self, name: str) -> FileMap | None:
        """The first part of the mapping whose name or pattern fits, None where the file is ignored."""
        return next((f for f in self.files if f.name == name or fnmatch.fnmatchcase(name, f.name)), None)


class _Faults:
    """Collects everything wrong with a mapping, so that it is said at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[str] = []

    def add(self, where: str, found: object, allowed: str) -> None:
        self.said.append(f"{where}: found {found!r}; allowed: {allowed}")

    def unknown(self, where: str, given: MappingType[str, object], known: set[str]) -> None:
        for key in given:
            if key not in known:
                self.add(f"{where}, key {key!r}", key, ", ".join(sorted(known)))

    def text(self, where: str, value: object, default: str = "") -> str:
        if value is None:
            return default
        if isinstance(value, bool | int | float):
            return str(value)
        if not isinstance(value, str):
            self.add(where, value, "text")
            return default
        return value

    def texts(self, where: str, value: object) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.add(where, value, "text or a list of texts")
            return ()
        return tuple(value)

    def table(self, where: str, value: object) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.add(where, value, "a table { ... }")
            return {}
        return value


def read_mapping(text: str, *, name: str) -> Mapping:
    """Read and check a mapping.

    Parameters
    ----------
    text : TOML
    name : of the file, for messages

    Raises
    ------
    InputError   all faults of the mapping in one message: where, what was found, what is allowed
    """
    try:
        top = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            Words(f"{name}：不是有效的 TOML：{error}", f"{name}: not valid TOML: {error}")
        ) from error
    faults = _Faults(name)
    faults.unknown("top", top, _TOP)
    lookups = _lookups(top.get("lookup"), faults)
    files_given = top.get("file", [] if "contract" in top else None)
    if not isinstance(files_given, list) or (not files_given and "contract" not in top):
        faults.add("file", files_given, "at least one [[file]]")
        files_given = []
    files = tuple(_file(f, i, faults, lookups) for i, f in enumerate(files_given, 1) if isinstance(f, dict))
    title = top.get("title")
    both = (title, title) if isinstance(title, str) else _both(title, "title", faults) if title else ("", "")
    notes = tuple(_both(n, "note", faults) for n in top.get("note", []))
    contract, said = read_contract(top.get("contract"))
    for fault in said:
        faults.add(*fault)
    found = Mapping(
        files, both, faults.text("area", top.get("area")), faults.text("time_zone", top.get("time_zone")),
        faults.text("disease", top.get("disease")), faults.texts("null", top.get("null")), notes, lookups,
        contract,
    )  # fmt: skip
    if faults.said:
        raise InputError(f"{name}: {len(faults.said)} faults in the mapping:\n  " + "\n  ".join(faults.said))
    return found


def _both(value: object, where: str, faults: _Faults) -> tuple[str, str]:
    said = faults.table(where, value)
    if set(said) != {"zh", "en"}:
        faults.add(where, value, '{ zh = "...", en = "..." }')
    return faults.text(where, said.get("zh")), faults.text(where, said.get("en"))


def _lookups(given: object, faults: _Faults) -> dict[str, Lookup]:
    found = {}
    for name, spec in faults.table("lookup", given).items():
        where = f"lookup.{name}"
        said = faults.table(where, spec)
        faults.unknown(where, said, {"file", "key", "value"})
        lookup = Lookup(
            faults.text(f"{where}.file", said.get("file")), faults.texts(f"{where}.key", said.get("key")),
            faults.text(f"{where}.value", said.get("value")),
        )  # fmt: skip
        if not lookup.file or not lookup.key or not lookup.value:
            faults.add(where, sorted(said), "file, key and value")
        found[name] = lookup
    return found


def _file(given: dict[str, Any], number: int, faults: _Faults, lookups: MappingType[str, Lookup]) -> FileMap:
    name = faults.text(f"file {number}.name", given.get("name"))
    where = f"file {name or number!r}"
    faults.unknown(where, given, _FILE)
    if not name:
        faults.add(f"{where}.name", name, "a file name or a pattern such as *.csv")
    dates = faults.text(f"{where}.dates", given.get("dates"))
    if dates not in _DATES:
        faults.add(f"{where}.dates", dates, ", ".join(_DATES[1:]))
    if "crs" in given:
        try:
            parse_crs(faults.text(f"{where}.crs", given["crs"]))
        except InputError:
            faults.add(f"{where}.crs", given["crs"], "WGS-84, CGCS2000, GCJ-02")
    if given.get("format", "text") not in _FORMATS:
        faults.add(f"{where}.format", given["format"], ", ".join(_FORMATS))
    tables_given = given.get("table")
    if not isinstance(tables_given, list) or not tables_given:
        faults.add(f"{where}.table", tables_given, "at least one [[file.table]]")
        tables_given = []
    tables = tuple(_table(t, where, faults, lookups) for t in tables_given if isinstance(t, dict))
    options = {k: given[k] for k in _READER_OPTIONS if k in given}
    return FileMap(
        name, tables, options, faults.texts(f"{where}.null", given.get("null")), dates,
        faults.text(f"{where}.time_zone", given.get("time_zone")),
    )  # fmt: skip


def _table(given: dict[str, Any], above: str, faults: _Faults, lookups: MappingType[str, Lookup]) -> TableMap:
    table = faults.text(f"{above}.table", given.get("table"))
    where = f"{above}, table {table}"
    faults.unknown(where, given, _TABLE)
    if table not in TABLES:
        faults.add(f"{where}.table", table, ", ".join(TABLES))
        return TableMap(table, {})
    known = TABLES[table].by_name
    columns = {}
    for column, spec in faults.table(f"{where}.columns", given.get("columns")).items():
        if column not in known:
            faults.add(f"{where}.columns", column, ", ".join(known))
        columns[column] = _cell(spec, f"{where}, column {column}", faults, lookups)
    split = faults.table(f"{where}.split", given.get("split"))
    if split and set(split) != {"column", "by"}:
        faults.add(f"{where}.split", split, '{ column = "...", by = ",;" } or by = "json"')
        split = {}
    wide = faults.table(f"{where}.unpivot", given.get("unpivot"))
    faults.unknown(f"{where}.unpivot", wide, {"columns", "without"})
    if wide and ("columns" not in wide or split):
        faults.add(f"{where}.unpivot", wide, 'columns = ["X*"] or ["*"], without = [...]; not beside split')
    running = faults.table(f"{where}.cumulative", given.get("cumulative"))
    faults.unknown(f"{where}.cumulative", running, {"by", "first"})
    if running and (table != "counts" or running.get("first", "drop") not in ("count", "drop")):
        faults.add(
            f"{where}.cumulative", running, 'table counts with { by = [...], first = "count" or "drop" }'
        )
    return TableMap(
        table, columns, faults.texts(f"{where}.when", given.get("when")),
        (str(split["column"]), str(split["by"])) if split else None,
        Unpivot(
            faults.texts(f"{where}.unpivot.columns", wide.get("columns")),
            faults.texts(f"{where}.unpivot.without", wide.get("without")),
        )
        if wide
        else None,
        faults.texts(f"{where}.cumulative.by", running.get("by")), running.get("first") == "count",
    )  # fmt: skip


def _cell(given: object, where: str, faults: _Faults, lookups: MappingType[str, Lookup]) -> Cell:
    if isinstance(given, str):
        return Cell(sources=(given,))
    if isinstance(given, list):
        return Cell(first_of=tuple(_cell(g, where, faults, lookups) for g in given))
    said = faults.table(where, given)
    faults.unknown(where, said, _CELL)
    kinds = [k for k in ("from", "value", "first_of", "row_number") if k in said]
    if len(kinds) != 1:
        faults.add(where, kinds, "exactly one of from, value, first_of, row_number")
    others = said.get("others", "keep")
    if others not in ("keep", "null"):
        faults.add(f"{where}.others", others, "keep, null")
    empty = said.get("empty", "skip")
    if empty not in ("skip", "keep", "null"):
        faults.add(f"{where}.empty", empty, "skip, keep, null")
    lookup = faults.text(f"{where}.lookup", said.get("lookup"))
    sources = faults.texts(f"{where}.from", said.get("from"))
    if lookup and (lookup not in lookups or len(lookups[lookup].key) != len(sources)):
        faults.add(f"{where}.lookup", lookup, "a [lookup.NAME] with as many key columns as `from` has")
    codes = faults.table(f"{where}.codes", said.get("codes"))
    years = said.get("years_until")
    if years is not None and not (isinstance(years, int) and 1900 <= years <= 2100):
        faults.add(f"{where}.years_until", years, "a year")
        years = None
    first_of = said.get("first_of", [])
    return Cell(
        sources, faults.text(where, said["value"]) if "value" in said else None,
        faults.text(f"{where}.with", said.get("with"), " "), str(empty),
        faults.text(where, said.get("prefix")),
        {plain(str(k)): str(v) for k, v in codes.items()}, others == "null",
        faults.texts(f"{where}.null", said.get("null")), lookup,
        tuple(_cell(g, where, faults, lookups) for g in first_of) if isinstance(first_of, list) else (),
        faults.text(where, said["row_number"]) if "row_number" in said else None,
        years, _unit(said.get("unit"), where, faults), faults.text(where, said.get("suffix")),
        _every(said.get("every"), where, faults),
    )  # fmt: skip


def _unit(given: object, where: str, faults: _Faults) -> tuple[str, dict[str, float]] | None:
    said = faults.table(f"{where}.unit", given)
    if not said:
        return None
    column, per = said.get("column"), said.get("per")
    if (
        not isinstance(column, str)
        or not isinstance(per, dict)
        or not all(isinstance(v, int | float) and v > 0 for v in per.values())
    ):
        faults.add(f"{where}.unit", said, '{ column = "age_unit", per = { months = 12 } }')
        return None
    return column, {plain(k): float(v) for k, v in per.items()}


def _every(given: object, where: str, faults: _Faults) -> tuple[date, int] | None:
    said = faults.table(f"{where}.every", given)
    if not said:
        return None
    days, first = said.get("days"), said.get("from")
    if set(said) != {"days", "from"} or not _is_step(days) or type(first) is not date:
        faults.add(f"{where}.every", said, "{ days = 7, from = 2001-01-01 }, the date without quotes")
        return None
    return first, days


def _is_step(days: object) -> TypeGuard[int]:
    return type(days) is int and 1 <= days <= 366
