"""Accepted parts of a narrative as rows of visits and places; nothing is made finer than it was said.

Chapter 6: called when a person has accepted, corrected or refused each part; actions.narratives saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.clock import local_midnight
from fireline.investigations.narrative.model import (
    DWELLING,
    HOME,
    HOME_ZH,
    PLACE,
    VEHICLES,
    Clock,
    Days,
    Part,
    Times,
)
from fireline.records.model import schema

SHORTEST_NAME = 4
"""Characters of a place's name from which on two texts mean the same place; "超市" is any supermarket."""
LONGEST_RANGE = timedelta(days=62)
"""A stay said to be longer is left out: the year was read wrongly."""
_ANY = "某"


@dataclass(frozen=True, slots=True)
class AcceptedStays:
    """Rows of one person.

    Attributes
    ----------
    visits : DataFrame, columns of visits
    places : DataFrame, columns of places; only places that were not known
    left_out : tuple of int, numbers of accepted parts without a whole date, or with an impossible span
    """

    visits: pl.DataFrame
    places: pl.DataFrame
    left_out: tuple[int, ...]


def stays_of(
    parts: Iterable[Part], *, person_key: str, tz: ZoneInfo, known: Mapping[str, str]
) -> AcceptedStays:
    """Rows of the accepted and corrected parts.

    Parameters
    ----------
    parts : as a person left them; those that are only read, or refused, give no row
    person_key : pseudonym of the case
    tz : zone in which the text's hours are meant
    known : name of a place -> its place_id, of the places already there

    Returns
    -------
    AcceptedStays

    Notes
    -----
    A time of day in words ("下午"), a stay over several days and a day without hours keep their days alone.
    An end before its start lies on the next day. An hour said to be about right is known to the hour. A home,
    a dwelling, and a place without a name of its own ("某超市") are this person's: nobody else is put there.
    """
    visits: list[dict[str, Any]] = []
    places: dict[str, dict[str, Any]] = {}
    left_out = []
    for index, part in enumerate(parts):
        if part.state not in ("accepted", "corrected"):
            continue
        spans = [span for days in part.days for span in _spans(days, part.times, tz)]
        if not spans:
            left_out.append(index)
            continue
        where = place_of(part, person_key=person_key, known=known)
        if where["place_id"] not in known.values():
            places[where["place_id"]] = where
        seat = f"{part.vehicle.carriage}{part.vehicle.seat}" if part.vehicle else ""
        same = {"person_key": person_key, "place_id": where["place_id"], "seat": seat or None}
        visits += [{**same, **span} for span in spans]
    return AcceptedStays(
        _frame("visits", visits).unique(maintain_order=True),
        _frame("places", list(places.values())),
        tuple(left_out),
    )


def place_of(part: Part, *, person_key: str, known: Mapping[str, str]) -> dict[str, Any]:
    """Id, name and kind of the place of a part; a known place where the name says which."""
    vehicle = part.vehicle
    if vehicle is not None:
        kind, name = vehicle.kind, f"{VEHICLES[vehicle.kind][0]}{vehicle.number}"
        is_shared = bool(vehicle.number)
        found = known.get(name) or known.get(vehicle.number) if is_shared else None
    else:
        kind = {HOME: "home", DWELLING: "dwelling"}.get(part.place_kind, "")
        name = HOME_ZH if part.place_kind == HOME else part.place
        is_shared = part.place_kind == PLACE and len(name) >= SHORTEST_NAME and _ANY not in name
        found = known.get(name) if is_shared else None
    own = (kind, name) if is_shared else (kind, name, person_key)
    digest = sha256("\n".join(own).encode()).hexdigest()[:20]
    return {"place_id": found or f"text-{digest}", "name": name, "kind": kind or None}


def _spans(days: Days, times: tuple[Times, ...], tz: ZoneInfo) -> list[dict[str, Any]]:
    """Enter and leave with their precision; empty where a date is not whole or the span is impossible."""
    try:
        first, last = days.first.date, days.last.date
    except ValueError:
        return []
    if first is None or last is None or not timedelta(0) <= last - first <= LONGEST_RANGE:
        return []
    said = [t for t in times if t.start.hour is not None]
    if first != last or not said:
        day = {"enter_precision": "day", "leave_precision": "day"}
        return [{"enter": local_midnight(first, tz), "leave": local_midnight(last, tz), **day}]
    spans = []
    for one in said:
        enter = _moment(first, one.start, tz)
        end = one.end if one.end is not None and one.end.hour is not None else None
        leave = _moment(first, end, tz) if end else None
        if leave is not None and leave < enter:
            leave += timedelta(days=1)
        spans.append(
            {
                "enter": enter,
                "enter_precision": _precision(one.start),
                "leave": leave,
                "leave_precision": _precision(end) if end else None,
            }
        )
    return spans


def _moment(day: Any, clock: Clock, tz: ZoneInfo) -> datetime:
    hours, minutes = clock.hour or 0, clock.minute or 0
    midnight = datetime(day.year, day.month, day.day, tzinfo=tz) + timedelta(days=hours // 24)
    return midnight.replace(hour=hours % 24, minute=minutes).astimezone(ZoneInfo("UTC"))


def _precision(clock: Clock) -> str:
    return "minute" if clock.minute is not None and not clock.is_about else "hour"


def _frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    wanted = schema(table)
    return pl.DataFrame([{c: row.get(c) for c in wanted} for row in rows], schema=dict(wanted))
