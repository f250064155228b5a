"""Fixed thresholds on figures that are people ill with one disease: pupils absent, by day of absence.

Chapter 5: reads the table of counts, streams and thresholds; read by watch.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from fireline.policy import At, disease_id
from fireline.records.model import Records
from fireline.signals.streams import StreamBook
from fireline.signals.thresholds import Found, clauses_in_force, of_counts, once
from fireline.signals.units import COLLECTIVE_KINDS, SCHOOL_KINDS, area_unit
from fireline.words import Words

ILL = Words("因病人数", "people ill")


def evaluate_absences(records: Records, book: StreamBook, rules: At, *, last: date) -> Found:
    """Evaluate the threshold rules on streams named after a disease, such as "absence/influenza".

    Parameters
    ----------
    records : Records   counts, and places: a figure whose area is a school or another collective place is of
        that unit
    book : StreamBook   whether a stream counts each illness once or every day
    rules : At
    last : date   later figures are left out

    Returns
    -------
    Found

    Notes
    -----
    New illnesses of a window are added up; of figures that count the same person every day the largest of
    the window stands. Deaths and firsts of the year cannot be seen in such figures.
    """
    found = Found()
    counts = records.table("counts").filter(
        (pl.col("date") <= last)
        & pl.col("stream").str.contains("/")
        & ~pl.col("stream").str.starts_with("cases/")
    )
    for (stream,), part in counts.group_by("stream", maintain_order=True):
        name = str(stream)
        is_present = book.of(name).counts == "present"
        disease = disease_id(name.partition("/")[2])
        for clause, answer, span in clauses_in_force(found, rules, disease, part["date"]):
            if clause["what"] != "cases":
                continue
            for (unit, area), days in sorted(_by_unit(records, part, clause["unit"]).items()):
                counted = _in_windows(days, int(clause["window_days"]), span=span, is_present=is_present)
                reached = {d: n for d, n in counted.items() if n >= clause["limit"]}
                found.alarms.extend(
                    of_counts(reached, clause, answer, stream=name, unit=unit, area=area, what=ILL)
                )
    found.alarms = once(found.alarms)
    return found


def _by_unit(records: Records, part: pl.DataFrame, unit: str) -> dict[tuple[str, str], dict[int, float]]:
    """Figures by unit, its area and day (proleptic ordinal)."""
    places = records.table("places")
    kind = dict(zip(places["place_id"], places["kind"], strict=True))
    inside = dict(zip(places["place_id"], places["area_code"], strict=True))
    found: dict[tuple[str, str], dict[int, float]] = {}
    for where, day, n in part.select("area_code", "date", "count").iter_rows():
        area = inside.get(where) or (records.area if where in kind else where)
        if unit in ("collective", "school"):
            if kind.get(where) not in (SCHOOL_KINDS if unit == "school" else COLLECTIVE_KINDS):
                continue
            key = (where, area)
        elif unit == "any":
            key = (records.area, records.area)
        elif unit == "household":
            continue
        else:
            here = area_unit(records, area, unit)
            key = (here, here)
        days = found.setdefault(key, {})
        days[day.toordinal()] = days.get(day.toordinal(), 0.0) + n
    return found


def _in_windows(
    days: dict[int, float], window: int, *, span: tuple[date, date], is_present: bool
) -> dict[int, int]:
    """Number in the window that ends on each day with a figure within the span."""
    low, high = span[0].toordinal(), span[1].toordinal()
    found = {}
    for end in sorted(days):
        if low <= end <= high:
            inside = [n for d, n in days.items() if end - window < d <= end]
            found[end] = int(max(inside) if is_present else sum(inside))
    return found
