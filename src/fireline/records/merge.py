"""Put rows with the same key together: identical ones merge, gaps are filled, contradictions are named.

Chapter 2: used by ``records.clean`` on one typed table at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fireline.errors import Fault, FaultCode
from fireline.feeds.model import FILE, ORIGIN, ROW
from fireline.words import Words

_META = (FILE, ROW, ORIGIN)
_FIRST = "#first"
_GROUP = "#group"
_ANOTHER = Words("与同一编号的较早行取值不同", "another value than an earlier row with the same key")
_ONE_VALUE = Words("同一编号只有一个取值；已保留第一个", "one value per key; the first was kept")


@dataclass(frozen=True, slots=True)
class Merged:
    """One table with unique keys.

    Attributes
    ----------
    rows : DataFrame, one row per key, in input order, without the ``#`` columns
    outcomes : DataFrame, ``#file``, ``#row``, ``outcome`` (kept or merged) for every row that came in
    conflicts : tuple of Fault, effect "conflict": the first value was kept, this one was not
    """

    rows: pl.DataFrame
    outcomes: pl.DataFrame
    conflicts: tuple[Fault, ...]


def merge_rows(rows: pl.DataFrame, *, key: tuple[str, ...], names: dict[str, str]) -> Merged:
    """Merge rows that have the same key.

    Parameters
    ----------
    rows : typed canonical columns plus ``#file``, ``#row``, ``#origin``, in input order
    key : columns that make a row unique (a null is a value here)
    names : canonical column -> the file's name of it, for faults

    Notes
    -----
    The first row of a key is kept; a cell it lacks is taken from the first later row that has one;
    a later cell that differs is a conflict. An instant and its precision come from the same row.
    """
    values = [c for c in rows.columns if c not in _META]
    numbered = rows.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("#at"))
    numbered = numbered.with_columns(
        pl.col("#at").min().over(list(key)).alias(_GROUP), pl.len().over(list(key)).alias("#n")
    ).with_columns((pl.col("#at") == pl.col(_GROUP)).alias(_FIRST))
    outcomes = numbered.select(
        FILE, ROW, pl.when(_FIRST).then(pl.lit("kept")).otherwise(pl.lit("merged")).alias("outcome")
    )
    single = numbered.filter(pl.col("#n") == 1)
    double = numbered.filter(pl.col("#n") > 1)
    if not double.height:
        return Merged(rows.select(values), outcomes, ())
    others = [c for c in values if c not in key]
    filled = double.group_by(_GROUP, maintain_order=True).agg(
        *(pl.col(c).first() for c in key), *(pl.col(c).drop_nulls().first() for c in others)
    )
    whole = pl.concat([single.select(_GROUP, *values), filled.select(_GROUP, *values)]).sort(_GROUP)
    checked = [c for c in others if not c.endswith("_precision")]
    return Merged(whole.select(values), outcomes, _conflicts(double, filled, checked, names))


def _conflicts(
    double: pl.DataFrame, filled: pl.DataFrame, columns: list[str], names: dict[str, str]
) -> tuple[Fault, ...]:
    """One fault for every later cell that differs from the value that was kept."""
    if not columns:
        return ()
    kept = filled.select(_GROUP, *(pl.col(c).alias(f"{c}#kept") for c in columns))
    joined = double.join(kept, on=_GROUP, how="left", maintain_order="left")
    found: list[tuple[str, int, str]] = []
    for column in columns:
        wrong = joined.filter(pl.col(column).is_not_null() & (pl.col(column) != pl.col(f"{column}#kept")))
        found += [(file, row, column) for file, row in wrong.select(FILE, ROW).iter_rows()]
    return tuple(
        Fault(
            file, row, names.get(column, column), FaultCode.CONTRADICTION, _ANOTHER, _ONE_VALUE, "conflict",
        )
        for file, row, column in sorted(set(found))
    )  # fmt: skip
