"""Stays by number, for the searches that take arrays: made from records, or from a snapshot of a store.

Pipeline: numbers mean nothing outside one ``Stays``; keys go in and come out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.contacts.index import VisitIndex

IS_EXACT = (
    (pl.col("enter_precision") != "day").fill_null(False)
    & pl.col("leave").is_not_null()
    & (pl.col("leave_precision") != "day").fill_null(False)
)
"""Known to the hour or minute at both ends, as contacts.copresence tells them from the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Keys and their numbers.

    Attributes
    ----------
    table : DataFrame   key (String), number (UInt32); sorted by number
    """

    table: pl.DataFrame

    @classmethod
    def of(cls, *columns: pl.Series) -> Numbers:
        """Numbers from 0 for the keys of columns."""
        keys = pl.concat([c.alias("key").cast(pl.String) for c in columns]).drop_nulls().unique().sort()
        return cls(pl.DataFrame({"key": keys, "number": np.arange(keys.len(), dtype=np.uint32)}))

    def and_of(self, column: pl.Series) -> Numbers:
        """These, and the next numbers for the keys of a column that have none."""
        known = self.table["key"]
        fresh = column.alias("key").cast(pl.String).drop_nulls().unique().sort()
        fresh = fresh.filter(~fresh.is_in(known.implode()))
        if fresh.is_empty():
            return self
        begin = int(self.table["number"].max() or 0) + 1 if known.len() else 0  # type: ignore[arg-type]
        more = pl.DataFrame({"key": fresh, "number": np.arange(begin, begin + fresh.len(), dtype=np.uint32)})
        return Numbers(pl.concat([self.table, more]))

    def column(self, keys: pl.Series) -> NDArray[np.uint32]:
        """Number of each key of a column, all of which are known."""
        asked = pl.DataFrame({"key": keys})
        return asked.join(self.table, on="key", how="left", maintain_order="left")["number"].to_numpy()

    def find(self, keys: Iterable[str]) -> dict[str, int]:
        """Numbers of those keys that are known."""
        wanted = pl.Series("key", sorted(set(keys)), pl.String)
        return dict(self.table.filter(pl.col("key").is_in(wanted.implode())).iter_rows())

    def names(self, numbers: NDArray[Any]) -> list[str]:
        """Keys of numbers, in the order given."""
        known = self.table["number"].to_numpy()
        return self.table["key"].gather(np.searchsorted(known, numbers)).to_list() if numbers.size else []


@dataclass(frozen=True, slots=True, eq=False)
class Stays:
    """Stays ready to be searched.

    Attributes
    ----------
    exact : tuple of VisitIndex   stays known to the hour or minute
    whole_days : tuple of VisitIndex   stays known by the day, as though they had lasted all their days
    persons, places : Numbers
    """

    exact: tuple[VisitIndex, ...]
    whole_days: tuple[VisitIndex, ...]
    persons: Numbers
    places: Numbers

    @classmethod
    def of_visits(cls, visits: pl.DataFrame, *, tz: ZoneInfo) -> Stays:
        """Stays of cleaned visits."""
        persons, places = Numbers.of(visits["person_key"]), Numbers.of(visits["place_id"])
        exact = visits.filter(IS_EXACT & (pl.col("leave") > pl.col("enter")))
        coarse = whole_days(visits.filter(~IS_EXACT), tz=tz)
        return cls((index_of(exact, persons, places),), (index_of(coarse, persons, places),), persons, places)


def whole_days(coarse: pl.DataFrame, *, tz: ZoneInfo) -> pl.DataFrame:
    """Stays known by the day, from the midnight that begins the first to the one that ends the last day."""

    def day(column: str) -> pl.Expr:
        return pl.col(column).dt.convert_time_zone(str(tz)).dt.truncate("1d")

    last = pl.max_horizontal(day("enter"), day("leave")).dt.offset_by("1d")
    return coarse.with_columns(
        day("enter").dt.convert_time_zone("UTC").alias("enter"),
        last.dt.convert_time_zone("UTC").alias("leave"),
    ).unique(["person_key", "place_id", "enter", "leave"], maintain_order=True)


def index_of(visits: pl.DataFrame, persons: Numbers, places: Numbers) -> VisitIndex:
    """One index of rows whose keys all have numbers."""
    seconds = visits.select(pl.col("enter").dt.epoch("s"), pl.col("leave").dt.epoch("s"))
    return VisitIndex.from_arrays(
        persons.column(visits["person_key"]),
        places.column(visits["place_id"]),
        seconds["enter"].to_numpy(),
        seconds["leave"].to_numpy(),
    )
