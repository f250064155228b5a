"""Where everybody is on one day, to the minute: class, work and errands.

Drill: the outbreak simulator spreads along these stays; the writer turns some of them into visits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fireline.drill.county import ERRAND_KINDS, N_TOWNSHIPS, OCCUPATION_I, County

DAY_MIN = 1_440
_ERRAND_SHARES = (0.27, 0.21, 0.20, 0.21, 0.05, 0.06)
_ERRAND_LENGTH_MIN = {
    "supermarket": 15,
    "market": 12,
    "restaurant": 45,
    "shop": 8,
    "clinic": 35,
    "pharmacy": 6,
}
_LENGTH_MIN = np.array([_ERRAND_LENGTH_MIN[kind] for kind in ERRAND_KINDS])
_AWAY = 0.18  # share of errands that go to the seat of the county


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays of one day or more, one array per column, shape (n_stays,).

    Attributes
    ----------
    person, place : int64 indices
    enter_min, leave_min : int64, minutes since local midnight of the first day, half-open
    """

    person: np.ndarray
    place: np.ndarray
    enter_min: np.ndarray
    leave_min: np.ndarray

    def take(self, rows: np.ndarray) -> Stays:
        """Some rows, by index or mask."""
        return Stays(self.person[rows], self.place[rows], self.enter_min[rows], self.leave_min[rows])


def join(parts: list[Stays]) -> Stays:
    """Several stays as one, in the order given."""
    return Stays(
        np.concatenate([p.person for p in parts]),
        np.concatenate([p.place for p in parts]),
        np.concatenate([p.enter_min for p in parts]),
        np.concatenate([p.leave_min for p in parts]),
    )


@dataclass(frozen=True, slots=True)
class Errands:
    """Places of each errand kind by township, ready for drawing.

    Attributes
    ----------
    place : int64 array, all errand places sorted by kind, then township
    first, count : int64 arrays, shape (n_kinds, n_townships), slice of ``place``
    """

    place: np.ndarray
    first: np.ndarray
    count: np.ndarray


def errand_places(county: County) -> Errands:
    """Index the places of errands."""
    place: list[np.ndarray] = []
    first = np.zeros((len(ERRAND_KINDS), N_TOWNSHIPS), dtype=np.int64)
    count = np.zeros_like(first)
    start = 0
    for k, kind in enumerate(ERRAND_KINDS):
        found = county.places.of_kind(kind)
        by_township = np.bincount(county.places.township[found], minlength=N_TOWNSHIPS)
        first[k] = start + np.cumsum(by_township) - by_township
        count[k] = by_township
        place.append(found)
        start += len(found)
    return Errands(np.concatenate(place), first, count)


def stays_of_day(
    county: County, errands: Errands, *, day: int, weekday: int, rng: np.random.Generator
) -> Stays:
    """Stays of all people on one day, sorted by place, entry, person.

    Parameters
    ----------
    day : int, days since the first day
    weekday : int, 0 = Monday
    rng : numpy Generator
    """
    group = _group_stays(county, weekday=weekday, rng=rng)
    free_min = np.full(county.people.n, 8 * 60)
    free_min[group.person] = group.leave_min + 15
    errand = _errand_stays(county, errands, free_min=free_min, rng=rng)
    both = join([group, errand])
    order = np.lexsort((both.person, both.enter_min, both.place))
    sorted_ = both.take(order)
    shift = day * DAY_MIN
    return Stays(sorted_.person, sorted_.place, sorted_.enter_min + shift, sorted_.leave_min + shift)


def _group_stays(county: County, *, weekday: int, rng: np.random.Generator) -> Stays:
    """Class and work: children on weekdays, services every day with fewer people."""
    people = county.people
    has = people.group_place >= 0
    service = np.isin(
        people.occupation, [OCCUPATION_I[j] for j in ("shop_worker", "market_trader", "health_worker")]
    )
    weekend = np.where(service, 0.7, 0.0)
    share = np.where(people.age < 18, 0.975, 0.93) if weekday < 5 else weekend
    goes = np.flatnonzero(has & (rng.random(people.n) < share))
    start = np.where(people.age[goes] < 18, 7 * 60 + 50, 8 * 60 + 10)
    length = np.where(people.age[goes] < 18, 8 * 60 + 10, 9 * 60)
    enter = start + rng.integers(-15, 21, len(goes))
    leave = start + length + rng.integers(-10, 26, len(goes))
    return Stays(goes, people.group_place[goes], enter, leave)


def _errand_stays(
    county: County, errands: Errands, *, free_min: np.ndarray, rng: np.random.Generator
) -> Stays:
    """Errands after class or work, or from eight in the morning for people who have neither."""
    people = county.people
    rate = np.where(people.age < 13, 0.08, 0.30)
    n = np.minimum(rng.poisson(rate), 2)
    person = np.repeat(np.arange(people.n), n)
    second = np.arange(len(person)) - np.repeat(np.cumsum(n) - n, n)
    kind = rng.choice(len(ERRAND_KINDS), size=len(person), p=_ERRAND_SHARES)
    away = rng.random(len(person)) < _AWAY
    town = np.where(away, rng.integers(0, 2, len(person)), people.township[person])
    which = (rng.random(len(person)) * errands.count[kind, town]).astype(np.int64)
    place = errands.place[errands.first[kind, town] + which]
    window = np.maximum(60, 20 * 60 - free_min[person]) // 2
    enter = free_min[person] + second * window + (rng.random(len(person)) * (window - 20)).astype(np.int64)
    length = np.maximum(5, _LENGTH_MIN[kind] * rng.lognormal(0.0, 0.4, len(person))).astype(np.int64)
    until = np.where(second == 0, free_min[person] + window, 22 * 60 + 30)
    cap = np.maximum(5, until - enter)
    return Stays(person, place, enter, enter + np.minimum(length, cap))
