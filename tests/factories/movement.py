"""Small tables of visits for the store: minutes after a local midnight instead of dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from fireline.records.model import schema

TZ = ZoneInfo("Asia/Shanghai")
START = datetime(2022, 6, 1, tzinfo=TZ).astimezone(UTC)  # local midnight of day 0
DAY = 24 * 60


def visits(rows):
    """(person, place, enter, leave or None[, precision]) with times in minutes after START."""
    out = []
    for person, place, enter, leave, *rest in rows:
        said = rest[0] if rest else "minute"
        end = None if leave is None else START + timedelta(minutes=leave)
        out.append(
            {
                "person_key": person,
                "place_id": place,
                "enter": START + timedelta(minutes=enter),
                "enter_precision": said,
                "leave": end,
                "leave_precision": None if end is None else said,
                "seat": None,
            }
        )
    wanted = schema("visits")
    return pl.DataFrame(out, schema=wanted, orient="row") if out else pl.DataFrame(schema=wanted)


def minutes(frame):
    """Rows as the store gave them, in the short form, sorted."""

    def since(at):
        return None if at is None else round((at - START).total_seconds() / 60)

    return sorted(
        (r["person_key"], r["place_id"], since(r["enter"]), -1 if r["leave"] is None else since(r["leave"]),
         r["enter_precision"])
        for r in frame.iter_rows(named=True)
    )  # fmt: skip


def stays(snapshot):
    """Stays of a snapshot's segments with their keys, in minutes after START, sorted."""
    import numpy as np

    from fireline.clock import epoch_s

    found = []
    for index in snapshot.segments:
        arrays = index.arrays
        length = arrays.stay_low.astype(np.int64)
        if arrays.stay_high.size:
            length += arrays.stay_high.astype(np.int64) << 16
        row = np.repeat(np.arange(arrays.place_start.size - 1), np.diff(arrays.place_start.astype(np.int64)))
        place = arrays.place_ids[row] if arrays.place_ids.size else row
        enter = index.base_s + arrays.enter.astype(np.int64)
        people, places = snapshot.persons.names(arrays.person), snapshot.places.names(place)
        base = epoch_s(START)
        found += [
            (p, q, (e - base) // 60, (e + n - base) // 60)
            for p, q, e, n in zip(people, places, enter.tolist(), length.tolist(), strict=True)
        ]
    return sorted(found)
