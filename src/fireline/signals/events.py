"""Joins alarms of many days and areas into events, and says how often such an event comes without a cause.

Chapter 5: reads fusion.scan, is read by triggers. An event is raised once: while it goes on, and for a week
after, more alarms beside it are the same event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fireline.signals.fusion.areas import SHARES, AreaSets
from fireline.signals.verdicts import Held

F64 = NDArray[np.float64]

QUIET_DAYS = 7
"""An event is over when nothing was raised beside it for more days than this."""
MONTH_DAYS = 30.44
LEVEL_RATES = {"very_low": 4.0, "low": 1.0, "medium": 1.0 / 3.0, "high": 1.0 / 12.0}
"""False alarms a month, over all areas, up to which an event has a level."""
REFIT_DAYS = 7
LONGEST_DAYS = 28
"""An event that goes on longer counts as one more for each time so many days have passed."""
_BASE_DAYS = 25
_BASE_SHARES = (0.7, 0.95)
_PRIOR_MONTHS = 0.5
_PRIOR_EVENTS = 4
_PRIOR_SCALE = 0.7


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """How often events come about by chance, by class of the set of areas they name.

    Attributes
    ----------
    base : float64 array, shape (n_kinds,)   score from which events of a class were counted
    per_month : float64 array, shape (n_kinds,)   events of the past at least that high, a month
    scale : float64 array, shape (n_kinds,)   score over which they grow rarer by a factor of e
    share : float64 array, shape (n_kinds,)   of all false alarms that a class may make
    months : float, length of the past that was counted in
    """

    base: F64
    per_month: F64
    scale: F64
    share: F64
    months: float

    def of(self, score: F64 | float, kind: NDArray[np.int64] | int) -> F64:
        """False alarms a month, over all classes, as rare as a score of a class."""
        rare = np.exp(-(score - self.base[kind]) / self.scale[kind])
        return np.asarray(self.per_month[kind] / self.share[kind] * rare, np.float64)

    def score_at(self, per_month: float, kind: int) -> float:
        """Score of a class that is as rare as so many false alarms a month, over all classes."""
        ratio = self.per_month[kind] / self.share[kind] / per_month
        return float(self.base[kind] + self.scale[kind] * np.log(ratio))


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


def bound(sets: AreaSets) -> AlarmRate:
    """What is known before there is any past.

    Parameters
    ----------
    sets : AreaSets

    Notes
    -----
    The Bayes factors of all sets of a class, weighed by their priors, add up to the class's share on average
    on a day without an event; by Markov's inequality one of them is b or more on share / b of the days at
    most.
    """
    share = _shares(sets)
    n = share.size
    return AlarmRate(np.zeros(n), MONTH_DAYS * share, np.ones(n), share, 0.0)


def _shares(sets: AreaSets) -> F64:
    found = np.array(list(SHARES.values()))
    found[np.bincount(sets.kind, minlength=found.size) == 0] = 0.0
    return np.maximum(found / max(found.sum(), 1e-12), 1e-12)


def fit_rate(scores: F64, sets: AreaSets, *, excluded: NDArray[np.bool_] | None = None) -> AlarmRate:
    """How often scores were exceeded in the past, for each class of sets.

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
    Events are counted from the score that the largest of a day exceeds on 25 days (on three of ten at most,
    on one of twenty at least). Beyond, scores of events are exponential; the scale is the median excess
    over log 2, which a true outbreak in the past does not move, with four events at the median of a scale of
    0.7 put in (evidence is tempered). The number a month is shrunk with the weight of half a month to
    ``bound``.
    """
    prior = bound(sets)
    known = np.asarray(np.isfinite(scores).any(axis=1), bool)
    if excluded is not None:
        known[excluded] = False
    if not known.any():
        return prior
    base, per_month, scale = prior.base.copy(), prior.per_month.copy(), prior.scale.copy()
    months = float(known.sum()) / MONTH_DAYS
    share = min(max(1.0 - _BASE_DAYS / float(known.sum()), _BASE_SHARES[0]), _BASE_SHARES[1])
    for kind in np.unique(sets.kind).tolist():
        mine = np.where(sets.kind == kind, np.where(known[:, None], scores, -np.inf), -np.inf)
        base[kind] = np.quantile(mine[known].max(axis=1), share)
        joined = _joined(mine, sets, float(base[kind]))
        excess = np.array([e.peak_score for e in joined]) - base[kind]
        before = np.full(_PRIOR_EVENTS, _PRIOR_SCALE * np.log(2.0))
        scale[kind] = np.median(np.concatenate([excess, before])) / np.log(2.0)
        n_events = excess.size + sum((e.last_row - e.first_row) // LONGEST_DAYS for e in joined)
        # before the past is long, the bound speaks; it is no more than an alarm a day
        most = min(prior.per_month[kind] * np.exp(-base[kind]), MONTH_DAYS)
        per_month[kind] = (n_events + _PRIOR_MONTHS * most) / (months + _PRIOR_MONTHS)
    return AlarmRate(base, per_month, np.maximum(scale, 0.1), prior.share, months)


def _joined(scores: F64, sets: AreaSets, base: float) -> list[Event]:
    """Events of scores from a base on, judged by nothing but their height."""
    events: list[Event] = []
    for row in np.flatnonzero(scores.max(axis=1, initial=-np.inf) >= base).tolist():
        for z in alarms_of(scores[row], -scores[row], sets, -base):
            _join(events, row, z, float(scores[row, z]), -float(scores[row, z]), sets)
    return events


def alarms_of(scores: F64, per_month: F64, sets: AreaSets, most: float) -> list[int]:
    """Sets of one day that alarm, the rarest first, none with an area of a rarer one.

    Parameters
    ----------
    scores : float64 array, shape (n_sets,)   between sets as rare as each other the higher comes first
    per_month : float64 array, shape (n_sets,)   false alarms as rare as each set's score
    sets : AreaSets
    most : float   false alarms a month up to which a set alarms
    """
    rare = np.flatnonzero(per_month <= most)
    taken: set[int] = set()
    kept = []
    for z in rare[np.lexsort((-scores[rare], per_month[rare]))].tolist():
        members = sets.of(z)
        if taken.isdisjoint(members):
            kept.append(z)
            taken.update(members)
    return kept


def _join(
    events: list[Event],
    row: int,
    z: int,
    score: float,
    per_month: float,
    sets: AreaSets,
    held: Sequence[Held] = (),
) -> None:
    """Put an alarm to the event beside it that still goes on, or on which a verdict holds, else begin one."""
    members = sets.of(z)
    near = set(members).union(*(sets.neighbours[i] for i in members))
    windows = [h for h in held if h.first_row <= row <= h.last_row and not near.isdisjoint(h.members)]
    open_ = [
        e
        for e in events
        if not near.isdisjoint(e.members)
        and (row - e.last_row <= QUIET_DAYS or any(_is_of(e, h) for h in windows))
    ]
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


def _is_of(event: Event, window: Held) -> bool:
    """Whether an event is the one that a verdict is about."""
    return (
        not window.members.isdisjoint(event.members)
        and event.first_row <= window.last_row
        and event.last_row >= window.first_row - QUIET_DAYS
    )


def find_events(
    scores: F64,
    sets: AreaSets,
    *,
    first_row: int = 0,
    verified: NDArray[np.bool_] | None = None,
    rates: Sequence[AlarmRate] | None = None,
    held: Sequence[Held] = (),
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
    held : sequence of Held   verdicts: until one's last row, alarms beside its event belong to that event

    Returns
    -------
    events : list of Event, in the order they were first raised
    rates : list of AlarmRate, one for each day from ``first_row`` on
    """
    events: list[Event] = []
    used: list[AlarmRate] = []
    rate = bound(sets)
    for row in range(first_row, scores.shape[0]):
        if rates is not None:
            rate = rates[row - first_row]
        elif (row - first_row) % REFIT_DAYS == 0:
            past = max(0, row - QUIET_DAYS)
            rate = fit_rate(scores[:past], sets, excluded=None if verified is None else verified[:past])
        used.append(rate)
        score = np.where(np.isfinite(scores[row]), scores[row], -np.inf)
        per_month = rate.of(score, sets.kind)
        for z in alarms_of(score, per_month, sets, LEVEL_RATES["very_low"]):
            _join(events, row, z, float(score[z]), float(per_month[z]), sets, held)
    return events, used
