"""Turn the stays of one case of a trajectory table into parts, in local days and hours.

Chapter 6: used by write; a time is never finer than the table's precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.clock import zone
from fireline.errors import InputError
from fireline.investigations.narrative.model import HOME, PLACE, Clock, Day, Days, Part, Times, Vehicle
from fireline.investigations.narrative.vehicles import find_vehicles

HOMES = ("home", "household", "dwelling", "residence", "apartment", "residential_building")
"""Kinds of place that are named "住处"."""
_RIDES = {
    "train": "train", "flight": "flight", "plane": "flight", "aircraft": "flight", "metro": "metro",
    "subway": "metro", "bus": "bus", "coach": "coach", "taxi": "taxi", "car": "car", "ship": "ship",
    "ferry": "ship", "ambulance": "ambulance",
}  # fmt: skip


def parts_of(stays: pl.DataFrame, *, time_zone: str = "Asia/Shanghai") -> tuple[Part, ...]:
    """Parts of one case, in order.

    Parameters
    ----------
    stays : rows of ``trajectories``; rows without a place name (positions) are left out
    time_zone : IANA name

    Returns
    -------
    tuple of Part   a stay over several days keeps its days alone

    Raises
    ------
    InputError   the rows belong to more than one case, or the time zone is not known
    """
    if "case_id" in stays.columns and stays["case_id"].n_unique() > 1:
        raise InputError(f"narrative: the table holds {stays['case_id'].n_unique()} cases; filter by case_id")
    tz = zone(time_zone)
    named = stays.filter(pl.col("place_name").is_not_null() & (pl.col("place_name") != ""))
    return tuple(_part(row, tz) for row in named.iter_rows(named=True))


def _part(row: Mapping[str, Any], tz: ZoneInfo) -> Part:
    enter = row["enter"].astimezone(tz)
    leave = row["leave"].astimezone(tz) if row["leave"] is not None else None
    first, last = _day(enter), _day(leave or enter)
    is_one_day = first == last
    times: tuple[Times, ...] = ()
    if is_one_day and row["precision"] in ("minute", "hour"):
        start, end = _clock(enter, row["precision"]), leave and _clock(leave, row["precision"])
        times = (Times(start, end if end != start else None),)
    days = (Days(first, last),)
    kind = (row["place_kind"] or "").lower()
    ridden = [m.item for m in find_vehicles(row["place_name"]) if isinstance(m.item, Vehicle)]
    if kind in _RIDES or kind in ("vehicle", "conveyance"):
        vehicle = ridden[0] if ridden else Vehicle(_RIDES.get(kind, "car"))
        return Part("leg", days, times, vehicle=vehicle)
    return Part("stay", days, times, row["place_name"], HOME if kind in HOMES else PLACE)


def _day(at: datetime) -> Day:
    return Day(at.month, at.day, at.year, "stated")


def _clock(at: datetime, precision: str) -> Clock:
    return Clock(at.hour, at.minute if precision == "minute" else None)
