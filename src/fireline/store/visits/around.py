"""The few rows of a large store that a search around some people can need, and stays as arrays.

Store: the index says whom the people met, so that of the day files only the rows of those are kept; stays
known by the day are in no index and are read where the people were. Behind the gate of actions.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from fireline.clock import local_day, local_midnight
from fireline.contacts.search import episodes
from fireline.pipeline.trace.stays import IS_EXACT, Numbers, Stays, index_of, whole_days
from fireline.records.model import empty, schema
from fireline.store.models import VisitLedger
from fireline.store.visits import files, manifest
from fireline.store.visits.store import VisitStore

_DAY = timedelta(days=1)


def visits_around(store: VisitStore, people: pl.DataFrame) -> pl.DataFrame:
    """Visits among which the people asked about meet whom they meet among all visits of the store.

    Parameters
    ----------
    store : VisitStore
    people : DataFrame   person_key, from, to (UTC); one row per window, several per person allowed

    Returns
    -------
    DataFrame   rows of visits: contacts.copresence.meetings gives the same for them as for the whole store

    Raises
    ------
    IntegrityError   a file is missing or was changed

    Notes
    -----
    Kept are: all rows of the people and of those the index says they met; of stays known by the day, those at
    places where the people were, with all rows of these persons; and everybody's rows at places where one of
    the people is known by the day only. Rows that ended before the day of the first window are of no use.
    """
    ledger = manifest.found(store.outbreak_id)
    asked = people.drop_nulls(["from", "to"]).filter(pl.col("to") > pl.col("from"))
    if ledger is None or asked.is_empty():
        return empty("visits")
    first, last = _days(asked, ZoneInfo(ledger.tz))
    own = asked["person_key"].unique()
    known = pl.concat([own, _met(store, asked, first, last)]).unique()
    is_known = pl.col("person_key").is_in(known.implode())
    held = _read(store, ledger, is_known | ~IS_EXACT, first=first, last=last)
    mine = held.filter(pl.col("person_key").is_in(own.implode()))
    here = pl.col("place_id").is_in(mine["place_id"].unique().implode())
    found = [held.filter(is_known & (IS_EXACT | here))]
    by_day = held.filter(~IS_EXACT & here)
    if by_day.height:
        blurred = mine.filter(~IS_EXACT)["place_id"].unique()
        more = pl.col("place_id").is_in(blurred.implode()) | (
            pl.col("person_key").is_in(by_day["person_key"].unique().implode()) & here
        )
        found.append(_read(store, ledger, more, first=first, last=last))
    return manifest.union(found, table="visits")


def stays_of(store: VisitStore, *, first: date | None = None, last: date | None = None) -> Stays:
    """Stays of a store as the searches take them: segments in place, and what is known by the day read.

    Parameters
    ----------
    store : VisitStore
    first, last : local days, both included; None = without bound

    Raises
    ------
    IntegrityError   a file is missing or was changed
    """
    snapshot = store.snapshot(first, last)
    ledger = manifest.found(store.outbreak_id)
    persons, places = Numbers(snapshot.persons.table), Numbers(snapshot.places.table)
    if ledger is None:
        return Stays((), (), persons, places)
    coarse = _read(store, ledger, ~IS_EXACT, first=first, last=last)
    days = whole_days(coarse, tz=ZoneInfo(ledger.tz))
    return Stays(snapshot.segments, (index_of(days, persons, places),), persons, places)


def _days(asked: pl.DataFrame, tz: ZoneInfo) -> tuple[date, date]:
    """Local days that the windows touch and one more on each side: the outbreak may cut days elsewhere."""
    low, high = asked["from"].min(), asked["to"].max()
    assert isinstance(low, datetime) and isinstance(high, datetime)
    return local_day(low, tz) - _DAY, local_day(high, tz) + _DAY


def _met(store: VisitStore, asked: pl.DataFrame, first: date, last: date) -> pl.Series:
    """Keys of everybody who was at one place with one of the people in a window, by the index."""
    snapshot = store.snapshot(first, last)
    number = snapshot.persons.find(asked["person_key"].to_list())
    known = asked.filter(pl.col("person_key").is_in(list(number)))
    if known.is_empty() or not snapshot.segments:
        return pl.Series("person_key", [], pl.String)
    met = episodes(
        snapshot.segments,
        np.array([number[key] for key in known["person_key"]], np.uint32),
        known["from"].dt.epoch("s").to_numpy(),
        known["to"].dt.epoch("s").to_numpy(),
        1,
    )
    return pl.Series("person_key", snapshot.persons.names(np.unique(met.person_i)), pl.String)


def _read(
    store: VisitStore, ledger: VisitLedger, wanted: pl.Expr, *, first: date | None, last: date | None
) -> pl.DataFrame:
    """Rows that fit, of all days until ``last``, without those that ended before ``first``."""
    if first is not None:
        begin = local_midnight(first, ZoneInfo(ledger.tz))
        wanted = wanted & (pl.max_horizontal("enter", "leave") >= begin)
    return manifest.union(_parts(store, ledger, wanted, last), table="visits")


def _parts(
    store: VisitStore, ledger: VisitLedger, wanted: pl.Expr, last: date | None
) -> Iterator[pl.DataFrame]:
    held = manifest.of(ledger, "visits")
    for file in held if last is None else held.filter(day__lte=last):
        raw = files.read_checked(store.home, file)
        try:
            yield pl.scan_parquet(io.BytesIO(raw)).select(list(schema("visits"))).filter(wanted).collect()
        except pl.exceptions.PolarsError as error:
            raise files.unreadable(file) from error
