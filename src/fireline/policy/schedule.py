"""Turns a measure's value into calendar dates: phases, tests, and the day it ends.

Foundation: tasks owes what is due on these dates; oversight checks that it was done on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fireline.clock import days_after
from fireline.errors import PolicyError
from fireline.policy.vocabulary import DAY_ZERO


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a measure, in calendar dates.

    Attributes
    ----------
    place : str, one of policy.concepts.PLACES
    first, last : date, both inclusive
    tests : tuple of date, in order
    n_tests : int, tests owed in the phase on days that are not fixed (0 where days are fixed)
    min_gap_hours : float or None, least time between those
    sample : str, kind of sample, "" where not said
    is_double_last : bool, the last test takes two samples
    """

    place: str
    first: date
    last: date
    tests: tuple[date, ...]
    n_tests: int = 0
    min_gap_hours: float | None = None
    sample: str = ""
    is_double_last: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """All phases of one measure for one person.

    Attributes
    ----------
    anchor : str, what the days are counted from
    anchor_day : date
    phases : tuple of Phase, in order, without gaps
    """

    anchor: str
    anchor_day: date
    phases: tuple[Phase, ...]

    @property
    def tests(self) -> tuple[date, ...]:
        """Every fixed test day, in order."""
        return tuple(day for phase in self.phases for day in phase.tests)

    @property
    def last(self) -> date:
        """Last day of the last phase."""
        return self.phases[-1].last


def schedule(value: Mapping[str, Any], anchor_day: date) -> Schedule:
    """Dates of a measure's phases and tests.

    Parameters
    ----------
    value : mapping, value of a ``measure`` rule
    anchor_day : date, the local day of the value's anchor (last exposure, admission, arrival ...)

    Raises
    ------
    PolicyError   anchor, day_zero or phases are missing

    Notes
    -----
    Day n of the first phase is the anchor's day + n with day_zero "next_day" and one day earlier with
    "anchor_day". Day n of a later phase counts from the last day of the phase before it, which is its day 0.
    """
    for name in ("anchor", "day_zero", "phases"):
        if not value.get(name):
            raise PolicyError(
                f"measure: field {name}: found nothing; allowed: a complete measure; mend the pack"
            )
    zero = value["day_zero"]
    if zero not in DAY_ZERO:
        raise PolicyError(
            f"measure: field day_zero: found {zero!r}; allowed: {', '.join(DAY_ZERO)}; mend the pack"
        )
    phases: list[Phase] = []
    before, counting = anchor_day, zero
    for part in value["phases"]:
        first = days_after(before, 1, day_zero=counting)
        last = max(first, days_after(before, _whole_days(part["days"]), day_zero=counting))
        phases.append(
            Phase(
                place=part["place"],
                first=first,
                last=last,
                tests=tuple(days_after(before, n, day_zero=counting) for n in part.get("tests", ())),
                n_tests=part.get("n_tests", 0),
                min_gap_hours=part.get("min_gap_hours"),
                sample=part.get("sample", ""),
                is_double_last=part.get("double_last", False),
            )
        )
        before, counting = last, "next_day"
    return Schedule(value["anchor"], anchor_day, tuple(phases))


def span(value: Mapping[str, Any], anchor_day: date) -> tuple[date, date]:
    """First and last day, both inclusive, of a ``followup`` or ``exclusion`` value that is given in days.

    Raises
    ------
    PolicyError   the value is not given in days
    """
    if "days" not in value:
        raise PolicyError(
            "duration: field days: found nothing; allowed: a value in days; ask for its hours instead"
        )
    zero = value.get("day_zero", "next_day")
    first = days_after(anchor_day, 1, day_zero=zero)
    return first, max(first, days_after(anchor_day, _whole_days(value["days"]), day_zero=zero))


def _whole_days(days: float) -> int:
    """Part of a day counts as a day: nobody leaves before the time is over."""
    return int(-(-days // 1))
