"""What people decided about events: while a verdict lasts, the same event is not raised again.

Chapter 5: pure; handed to watch by the pipeline, read by events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fireline.signals.baselines import Expected

WINDOW_DAYS: Mapping[str, int] = {"verified": 28, "escalated": 28, "discarded": 14}
"""Days after a verdict in which a further alarm beside the event belongs to it. A choice of this project: a
real event may smoulder for two generations; what explained a false one (a campaign, a new test) is over
sooner."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decided event.

    Attributes
    ----------
    state : "verified", "escalated" or "discarded"
    areas : frozenset of area codes that it touched
    first, until : date, first and last day on which it was raised
    decided : date, day of the verdict
    """

    state: str
    areas: frozenset[str]
    first: date
    until: date
    decided: date

    @property
    def lasts_until(self) -> date:
        """Last day on which a further alarm beside the event belongs to it."""
        return window_end(self.state, until=self.until, decided=self.decided)


@dataclass(frozen=True, slots=True)
class Held:
    """A verdict in rows and indices of areas: from the first row to the last its event is one.

    Attributes
    ----------
    first_row, last_row : int
    members : frozenset of area indices
    """

    first_row: int
    last_row: int
    members: frozenset[int]


def window_end(state: str, *, until: date, decided: date) -> date:
    """Last day on which a further alarm beside a decided event belongs to it; ``until`` without a verdict."""
    days = WINDOW_DAYS.get(state)
    return until if days is None else max(until, decided + timedelta(days=days))


def held(verdicts: Sequence[Verdict], expected: Expected) -> tuple[Held, ...]:
    """Verdicts on the calendar and areas of the figures; areas that have no figures are left out."""
    number = {code: i for i, code in enumerate(expected.areas)}
    found = []
    for v in verdicts:
        members = frozenset(number[a] for a in v.areas if a in number)
        if members:
            first, last = ((d - expected.first).days for d in (v.first, v.lasts_until))
            found.append(Held(first, last, members))
    return tuple(found)


def verified_days(verdicts: Sequence[Verdict], expected: Expected) -> NDArray[np.bool_]:
    """Days of events that were verified: what was raised on them was no false alarm.

    Returns
    -------
    bool array, shape (n_days,)
    """
    found = np.zeros(expected.n_days, bool)
    for v in verdicts:
        if v.state == "verified":
            first, last = ((d - expected.first).days for d in (v.first, v.until))
            found[max(first, 0) : max(last + 1, 0)] = True
    return found
