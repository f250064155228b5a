"""Days of a measure: its phases, test days and last day, counted from the anchor as the rule says.

Chapter 9: day arithmetic for many people at once; agrees with clock.days_after day by day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fireline.arrivals.owed import free_test_days
from fireline.clock import days_after
from fireline.policy.schedule import schedule
from fireline.words import Words

_REFERENCE = date(2000, 1, 1)  # any day serves: only differences are kept

PLACE_WORDS = {
    "central": Words("集中隔离", "central quarantine"),
    "home": Words("居家隔离", "quarantine at home"),
    "home_monitoring": Words("居家健康监测", "monitoring at home"),
    "hospital": Words("住院隔离", "isolation in hospital"),
    "self_monitoring": Words("自我健康监测", "self-monitoring"),
    "stay_until_negative": Words("居家待阴性结果", "stay until the result is negative"),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a measure, in days added to the anchor's calendar day.

    Attributes
    ----------
    place : str, code of PLACE_WORDS
    first_day, last_day : int, days after the anchor's day, both inside the phase
    test_days : tuple of int, days after the anchor's day on which a sample is due
    latest_days : tuple of int, days by which the first, second ... of the free tests is due
    number : int, 1-based
    """

    place: str
    first_day: int
    last_day: int
    test_days: tuple[int, ...]
    latest_days: tuple[int, ...]
    number: int


def day_offset(n: int, *, day_zero: str) -> int:
    """Days after the anchor's day of the rule's "day n" (see clock.days_after)."""
    return (days_after(_REFERENCE, n, day_zero=day_zero) - _REFERENCE).days


def phases(value: Mapping[str, Any]) -> tuple[Phase, ...]:
    """Phases of a measure one after the other, for any anchor day.

    Parameters
    ----------
    value : value of a measure rule: {anchor, day_zero, phases: [{place, days, tests?, n_tests?}]}

    Notes
    -----
    The dates come from policy.schedule on one reference day. Where a phase owes a number of tests without
    fixed days, the last is due on its last day and each earlier one the least gap before.
    """
    found = []
    for number, part in enumerate(schedule(value, _REFERENCE).phases, start=1):
        found.append(
            Phase(
                part.place,
                (part.first - _REFERENCE).days,
                (part.last - _REFERENCE).days,
                tuple((day - _REFERENCE).days for day in part.tests),
                tuple((day - _REFERENCE).days for day in free_test_days(part)),
                number,
            )
        )
    return tuple(found)


def place_words(place: str) -> Words:
    """Where a phase is spent, in words."""
    return PLACE_WORDS.get(place, Words(place, place))
