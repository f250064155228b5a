"""Days of a measure: its phases, test days and last day, counted from the anchor as the rule says.

Chapter 9: day arithmetic for many people at once; agrees with clock.days_after day by day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fireline.words import Words

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
    test_days : tuple of int, days after the anchor's day
    number : int, 1-based
    """

    place: str
    first_day: int
    last_day: int
    test_days: tuple[int, ...]
    number: int


def day_offset(n: int, *, day_zero: str) -> int:
    """Days after the anchor's day of the rule's "day n" (see clock.days_after)."""
    return n if day_zero == "next_day" else n - 1


def phases(value: Mapping[str, Any]) -> tuple[Phase, ...]:
    """Phases of a measure one after the other.

    Parameters
    ----------
    value : value of a measure rule: {anchor, day_zero, phases: [{place, days, tests?}]}

    Notes
    -----
    A test day n of the second phase is day (days of the first phase + n) of the measure.
    """
    zero = str(value.get("day_zero", "next_day"))
    before = 0
    found = []
    for number, phase in enumerate(value["phases"], start=1):
        days = int(phase["days"])
        tests = tuple(day_offset(before + int(n), day_zero=zero) for n in phase.get("tests", ()))
        found.append(
            Phase(
                str(phase["place"]),
                day_offset(before + 1, day_zero=zero),
                day_offset(before + days, day_zero=zero),
                tests,
                number,
            )
        )
        before += days
    return tuple(found)


def last_day(value: Mapping[str, Any]) -> int:
    """Days after the anchor's day of the measure's last day."""
    return phases(value)[-1].last_day


def place_words(place: str) -> Words:
    """Where a phase is spent, in words."""
    return PLACE_WORDS.get(place, Words(place, place))
