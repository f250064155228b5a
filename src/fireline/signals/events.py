"""Joins alarms of many days and areas into events, and says how often such an event comes without a cause.

Chapter 5: reads fusion.scan, is read by triggers. An event is raised once: while it goes on, and for a week
after, more alarms beside it are the same event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fireline.signals.fusion.areas import AreaSets

F64 = NDArray[np.float64]

QUIET_DAYS = 7
"""An event is over when nothing was raised beside it for more days than this."""
MONTH_DAYS = 30.44
LEVEL_RATES = {"very_low": 4.0, "low": 1.0, "medium": 1.0 / 3.0, "high": 1.0 / 12.0}
"""False alarms a month, over all areas, up to which an event has a level."""
REFIT_DAYS = 7
LONGEST_DAYS = 28
"""An event that goes on longer counts as one more for each time so many days have passed."""
_BASE_SHARE = 0.7
_PRIOR_MONTHS = 0.5
_PRIOR_EVENTS = 5.0
_PRIOR_SCALE = 1.0


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """How often events of a score come about by chance.

    Attributes
    ----------
    base : float, score from which events were counted
    per_month : float, events of the past at least that high, a month
    scale : float, score over which they grow rarer by a factor of e
    months : float, length of the past that was counted in
    """

    base: float
    per_month: float
    scale: float
    months: float

    def of(self, score: float) -> float:
        """False alarms a month at least as high as a score."""
        return float(self.per_month * np.exp(-(score - self.base) / self.scale))

    def score_at(self, per_month: float) -> float:
        """Score that is exceeded so many times a month by chance."""
        return float(self.base + self.scale * np.log(self.per_month / per_month))


@dataclass(slots=True)
class Event:
    """Alarms that belong together.

    Attributes
    ----------
    first_row, last_row : int, first and last day on which it was raised
    members : set of area indices, all that its alarms named
    first_set : int, set of areas of its first alarm
    peak_row : int, day of its rarest alarm
    peak_set : int, set of areas of that alarm
    peak_score : float
    per_month : float, false alarms a month as rare as its rarest
    reached : dict from level to the first row on which it was reached
    """

    first_row: int
    last_row: int
    members: set[int]
    first_set: int
    peak_row: int
    peak_set: int
    peak_score: float
    per_month: float
    reached: dict[str, int] = field(default_factory=dict)


BOUND = AlarmRate(0.0, MONTH_DAYS, _PRIOR_SCALE, 0.0)
"""What is known before there is any past: the Bayes factors of all sets, weighed by their priors, have the
mean one on a day without an event, so by Markov's inequality one is b or more with a chance of 1 / b at most."""


def fit_rate(scores: F64, sets: AreaSets, *, excluded: NDArray[np.bool_] | None = None) -> AlarmRate:
    """How often scores were exceeded in the past.

    Parameters
    ----------
    scores : float64 array, shape (n_days, n_sets)   of the past; NaN = not known
    sets : AreaSets
    excluded : bool array, shape (n_days,), or None   days of events that were verified: no false alarms

    Returns
    -------
    AlarmRate

    Notes
    -----
    Events are counted from the score that the largest of a day exceeds on three days of ten. Beyond, scores
    of events are exponential; the scale is the median excess over log 2, which one true outbreak in the
    past does not move, shrunk with the weight of five events to 1, the scale of a Bayes factor that is right.
    The number a month is shrunk with the weight of half a month to BOUND.
    """
    largest = np.max(np.where(np.isfinite(scores), scores, -np.inf), axis=1, initial=-np.inf)
    known = np.isfinite(largest)
    if excluded is not None:
        known &= ~excluded
    if not known.any():
        return BOUND
    base = float(np.quantile(largest[known], _BASE_SHARE))
    months = float(known.sum()) / MONTH_DAYS
    joined = _joined(scores, sets, known, base)
    peaks = np.array([e.peak_score for e in joined])
    n_events = peaks.size + sum((e.last_row - e.first_row) // LONGEST_DAYS for e in joined)
    excess = float(np.median(peaks - base)) / np.log(2.0) if peaks.size else 0.0
    scale = (_PRIOR_EVENTS * _PRIOR_SCALE + peaks.size * excess) / (_PRIOR_EVENTS + peaks.size)
    # before the past is long, the bound speaks; it is no more than an alarm a day
    before = min(BOUND.of(base), MONTH_DAYS)
    per_month = (n_events + _PRIOR_MONTHS * before) / (months + _PRIOR_MONTHS)
    return AlarmRate(base, per_month, max(scale, 0.1), months)


def _joined(scores: F64, sets: AreaSets, known: NDArray[np.bool_], base: float) -> list[Event]:
    events: list[Event] = []
    flat = AlarmRate(base, 1.0, 1.0, 1.0)
    for row in np.flatnonzero(known).tolist():
        for z in alarms_of(scores[row], sets, base):
            _join(events, row, z, float(scores[row, z]), flat, sets)
    return events


def alarms_of(scores: F64, sets: AreaSets, least: float) -> list[int]:
    """Sets of one day that alarm, the highest first, none with an area of a higher one.

    Parameters
    ----------
    scores : float64 array, shape (n_sets,)
    sets : AreaSets
    least : float   score from which a set alarms
    """
    high = np.flatnonzero(scores >= least)
    taken: set[int] = set()
    kept = []
    for z in high[np.argsort(-scores[high], kind="stable")].tolist():
        members = sets.of(z)
        if taken.isdisjoint(members):
            kept.append(z)
            taken.update(members)
    return kept


def _join(events: list[Event], row: int, z: int, score: float, rate: AlarmRate, sets: AreaSets) -> None:
    """Put an alarm to the event beside it that still goes on, else begin one."""
    members = sets.of(z)
    near = set(members).union(*(sets.neighbours[i] for i in members))
    per_month = rate.of(score)
    open_ = [e for e in events if row - e.last_row <= QUIET_DAYS and not near.isdisjoint(e.members)]
    if open_:
        event = min(open_, key=lambda e: (e.first_row, e.first_set))
        event.last_row = row
        event.members |= set(members)
        if per_month < event.per_month:
            event.peak_row, event.peak_set = row, z
            event.peak_score, event.per_month = score, per_month
    else:
        event = Event(row, row, set(members), z, row, z, score, per_month)
        events.append(event)
    for level, limit in LEVEL_RATES.items():
        if per_month <= limit:
            event.reached.setdefault(level, row)


def find_events(
    scores: F64,
    sets: AreaSets,
    *,
    first_row: int = 0,
    verified: NDArray[np.bool_] | None = None,
    rates: Sequence[AlarmRate] | None = None,
) -> tuple[list[Event], list[AlarmRate]]:
    """Events day by day, each alarm judged by the past as it was on its day.

    Parameters
    ----------
    scores : float64 array, shape (n_days, n_sets)   NaN = not known
    sets : AreaSets
    first_row : int   days before it are past only
    verified : bool array, shape (n_days,), or None   days of events that were verified
    rates : sequence of AlarmRate, one for each day, or None   None works them out from the days that lie more
        than QUIET_DAYS back, anew every REFIT_DAYS days

    Returns
    -------
    events : list of Event, in the order they were first raised
    rates : list of AlarmRate, one for each day from ``first_row`` on
    """
    events: list[Event] = []
    used: list[AlarmRate] = []
    rate = BOUND
    for row in range(first_row, scores.shape[0]):
        if rates is not None:
            rate = rates[row - first_row]
        elif (row - first_row) % REFIT_DAYS == 0:
            past = max(0, row - QUIET_DAYS)
            rate = fit_rate(scores[:past], sets, excluded=None if verified is None else verified[:past])
        used.append(rate)
        least = rate.score_at(LEVEL_RATES["very_low"])
        for z in alarms_of(scores[row], sets, least):
            _join(events, row, z, float(scores[row, z]), rate, sets)
    return events, used
