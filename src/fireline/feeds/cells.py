"""Make one canonical column of text from the columns of a file, as a mapping says.

Chapter 1: used by ``feeds.apply``.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from datetime import date

import polars as pl

from fireline.feeds.mapping import Cell, Lookup, Mapping
from fireline.feeds.model import ROW, RawTable
from fireline.feeds.synonyms import plain

_BLANKS = "\u3000\u00a0\ufeff \t\r\n"


def without_nulls(rows: pl.DataFrame, words: tuple[str, ...]) -> pl.DataFrame:
    """Trim every cell; blank ones and those that are one of ``words`` (in any case) become null."""
    empty = ["", *(w.casefold() for w in words)]
    columns = [c for c in rows.columns if c != ROW]
    trimmed = rows.with_columns(pl.col(c).str.strip_chars(_BLANKS) for c in columns)
    return trimmed.with_columns(
        pl.when(pl.col(c).str.to_lowercase().is_in(empty)).then(None).otherwise(pl.col(c)).alias(c)
        for c in columns
    )


def make_cell(
    cell: Cell, rows: pl.DataFrame, *, said: Mapping, lookups: MappingType[str, RawTable]
) -> pl.Series:
    """Values of one canonical column.

    Parameters
    ----------
    cell : how it is made
    rows : trimmed rows of the file
    said : the mapping, for its look-ups
    lookups : files of look-up tables

    Returns
    -------
    Series of String, as long as ``rows``
    """
    n = rows.height
    if cell.row_number is not None:
        return cell.row_number + rows[ROW].cast(pl.String)
    if cell.value is not None:
        return pl.Series([cell.value] * n, dtype=pl.String)
    if cell.first_of:
        made = [make_cell(c, rows, said=said, lookups=lookups) for c in cell.first_of]
        found = pl.select(pl.coalesce(made)).to_series() if n else made[0]
    elif cell.lookup:
        lookup = said.lookups[cell.lookup]
        found = _look_up(rows, cell.sources, lookup, lookups[lookup.file])
    else:
        found = _joined(rows, cell)
    return _finish(found.alias("made"), cell, rows)


def _column(rows: pl.DataFrame, name: str) -> pl.Series:
    """A column of the file; one marked ``?`` may be absent."""
    if name in rows.columns:
        return rows[name]
    plain_name = name.removesuffix("?")
    if plain_name in rows.columns:
        return rows[plain_name]
    return pl.Series(name, [None] * rows.height, dtype=pl.String)


def _joined(rows: pl.DataFrame, cell: Cell) -> pl.Series:
    parts = [_column(rows, s) for s in cell.sources]
    if cell.nulls:
        words = [w.casefold() for w in cell.nulls]
        parts = [p.set(p.str.to_lowercase().is_in(words).fill_null(value=False), None) for p in parts]
    if len(parts) == 1:
        return parts[0]
    frame = pl.DataFrame([p.alias(str(i)) for i, p in enumerate(parts)])
    if cell.empty == "keep":
        whole = pl.concat_str(pl.all().fill_null(""), separator=cell.glue)
    else:
        whole = pl.concat_str(pl.all(), separator=cell.glue, ignore_nulls=cell.empty == "skip")
    return frame.select(
        pl.when(pl.all_horizontal(pl.all().is_null())).then(None).otherwise(whole)
    ).to_series()


def _look_up(rows: pl.DataFrame, sources: tuple[str, ...], lookup: Lookup, raw: RawTable) -> pl.Series:
    """Value of a look-up table for the sources' values; null where it has none; the first entry counts."""
    keys = [f"k{i}" for i in range(len(sources))]
    table = without_nulls(raw.rows, ()).select(
        *(pl.col(c).alias(k) for c, k in zip(lookup.key, keys, strict=True)),
        pl.col(lookup.value).alias("found"),
    )
    table = table.unique(subset=keys, keep="first", maintain_order=True)
    asked = pl.DataFrame([_column(rows, s).alias(k) for s, k in zip(sources, keys, strict=True)])
    return asked.join(table, on=keys, how="left", maintain_order="left")["found"]


def _finish(found: pl.Series, cell: Cell, rows: pl.DataFrame) -> pl.Series:
    """Codes, arithmetic, prefix and suffix, in that order."""
    if cell.codes or cell.is_closed:
        distinct = found.drop_nulls().unique(maintain_order=True).to_list()
        read = {w: cell.codes.get(plain(w), None if cell.is_closed else w) for w in distinct}
        if read:
            found = found.replace_strict(
                list(read), list(read.values()), default=None, return_dtype=pl.String
            )
    if cell.years_until is not None:
        # what is no year stays as it was written, so that the cleaner names it
        year = found.cast(pl.Int64, strict=False)
        found = pl.select(pl.coalesce((cell.years_until - year).cast(pl.String), found)).to_series()
    if cell.unit is not None:
        found = _in_unit(found, cell.unit, rows)
    if cell.every is not None:
        found = _on_the_day(found, *cell.every)
    if cell.prefix:
        found = cell.prefix + found
    return found + cell.suffix if cell.suffix else found


def _on_the_day(found: pl.Series, first: date, days: int) -> pl.Series:
    """The day of a numbered step; what is no number from 1 to a million stays as it was written."""
    number = found.cast(pl.Int64, strict=False)
    number = number.set(~number.is_between(1, 1_000_000), None)
    step = pl.DataFrame({"written": found, "later": (number - 1) * days})
    day = (pl.lit(first) + pl.duration(days="later")).dt.strftime("%Y-%m-%d")
    return step.select(pl.coalesce(day, "written")).to_series()


def _in_unit(found: pl.Series, unit: tuple[str, MappingType[str, float]], rows: pl.DataFrame) -> pl.Series:
    column, per = unit
    words = _column(rows, column)
    distinct = words.drop_nulls().unique().to_list()
    divisors = {w: per.get(plain(w), 1.0) for w in distinct}
    by = words.replace_strict(divisors, default=1.0, return_dtype=pl.Float64) if divisors else 1.0
    number = found.cast(pl.Float64, strict=False)
    divided = (number / by).cast(pl.String)
    is_one = (pl.Series([by] * len(found)) if isinstance(by, float) else by) == 1.0
    return pl.select(pl.when(is_one | number.is_null()).then(found).otherwise(divided)).to_series()
