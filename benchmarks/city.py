"""A made-up city for benchmarks: who was where and when, with crowded places and stays of many days.

Benchmarks: read by trace. Homes, workplaces, schools, canteens, shops, buses and wards; sizes and lengths of
stay are heavy-tailed, and a few people stay at one place for up to ten days.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HOUR = 3_600
DAY = 24 * HOUR
START_S = 1_780_272_000  # 2026-06-01T00:00:00Z; any day would do


class City(NamedTuple):
    """Stays of everybody, one row each, in the order of days.

    Attributes
    ----------
    person_i, place_i : uint32 arrays, shape (n_visits,)
    enter_s, leave_s : int64 arrays, shape (n_visits,)   UTC epoch seconds, half-open
    day_starts : int64 array, shape (days + 1,)   rows of each day begin here
    n_persons, n_places : int
    """

    person_i: NDArray[np.uint32]
    place_i: NDArray[np.uint32]
    enter_s: NDArray[np.int64]
    leave_s: NDArray[np.int64]
    day_starts: NDArray[np.int64]
    n_persons: int
    n_places: int


class _Kinds(NamedTuple):
    """Ranges of place numbers by kind."""

    homes: int
    works: int
    canteens: int
    shops: int
    buses: int
    wards: int

    def first(self, kind: str) -> int:
        return sum(self[: self._fields.index(kind)])


def _heavy(rng: np.random.Generator, n: int, *, places: int, tail: float) -> NDArray[np.uint32]:
    """Choices among places whose popularity has a heavy tail; the largest takes at most a hundredth."""
    weight = (1.0 - rng.random(places)) ** (-1.0 / tail)
    weight = np.minimum(weight, weight.sum() / 100)
    bounds = np.cumsum(weight / weight.sum())
    return np.minimum(np.searchsorted(bounds, rng.random(n)), places - 1).astype(np.uint32)


def build_city(n_persons: int, *, days: int, seed: int) -> City:
    """Draw a city.

    Parameters
    ----------
    n_persons : int, >= 100
    days : int, >= 1
    seed : int

    Returns
    -------
    City   about 3.3 stays for each person and day
    """
    rng = np.random.default_rng(seed)
    kinds = _Kinds(
        homes=n_persons // 3 + 1,
        works=n_persons // 16 + 1,
        canteens=n_persons // 400 + 1,
        shops=n_persons // 120 + 1,
        buses=n_persons // 60 + 1,
        wards=n_persons // 2_000 + 1,
    )
    home = (rng.permutation(n_persons) // 3).astype(np.uint32)
    work = _heavy(rng, n_persons, places=kinds.works, tail=1.5) + np.uint32(kinds.first("works"))
    is_busy = rng.random(n_persons) < 0.62  # goes to work or school
    away_until = np.zeros(n_persons, np.int64)  # on a ward or in a hotel: nowhere else before
    parts, starts = [], [0]
    home_since = np.full(n_persons, START_S, np.int64)  # the stay at home that is still open
    for day in range(days):
        rows = _day(
            rng, START_S + day * DAY, kinds=kinds, home=home, work=work, is_busy=is_busy,
            away_until=away_until, home_since=home_since, is_last=day == days - 1,
        )  # fmt: skip
        parts.append(rows)
        starts.append(starts[-1] + rows[0].size)
    person, place, enter, leave = (np.concatenate(column) for column in zip(*parts, strict=True))
    return City(person, place, enter, leave, np.array(starts), n_persons, sum(kinds))


def _day(rng, start, *, kinds, home, work, is_busy, away_until, home_since, is_last):
    n = home.size
    everyone = np.arange(n, dtype=np.uint32)
    found = []

    def add(who, place, enter, leave):
        found.append((who.astype(np.uint32), place.astype(np.uint32), enter, leave))

    is_here = away_until <= start
    # admitted to a ward or a hotel today, for up to ten days
    admitted = everyone[is_here & (rng.random(n) < 0.0006)]
    enter = start + rng.integers(9 * HOUR, 18 * HOUR, admitted.size)
    leave = enter + np.minimum(rng.lognormal(11.6, 0.9, admitted.size), 10 * DAY - 1).astype(np.int64)
    add(
        admitted,
        kinds.first("wards") + _heavy(rng, admitted.size, places=kinds.wards, tail=2.0),
        enter,
        leave,
    )
    add(admitted, home[admitted], home_since[admitted], enter - HOUR)
    home_since[admitted] = leave + HOUR
    away_until[admitted] = leave + HOUR
    is_here[admitted] = False

    goes = is_here & is_busy & (rng.random(n) < 0.86)
    out = everyone[goes]
    t = start + 7 * HOUR + rng.integers(0, 2 * HOUR, out.size)
    add(out, home[out], home_since[out], t)
    t = t + rng.integers(300, 1_200, out.size)
    rides = rng.random(out.size) < 0.35
    riders = out[rides]
    run = (riders.astype(np.int64) * 7 + t[rides] // 1_800) % kinds.buses  # the same bus on most days
    length = rng.integers(600, 2_700, riders.size)
    add(riders, kinds.first("buses") + run, t[rides], t[rides] + length)
    t[rides] += length + 120
    end = start + 16 * HOUR + rng.integers(0, 3 * HOUR, out.size)
    eats = rng.random(out.size) < 0.4
    lunch = start + 11 * HOUR + 1_800 + rng.integers(0, 5_400, out.size)
    add(out[~eats], work[out[~eats]], t[~eats], end[~eats])
    add(out[eats], work[out[eats]], t[eats], lunch[eats])
    meal = rng.integers(900, 2_700, out.size)
    canteen = work[out[eats]].astype(np.int64) * 31 % kinds.canteens  # the one next door
    add(out[eats], kinds.first("canteens") + canteen, lunch[eats] + 120, (lunch + meal)[eats])
    add(out[eats], work[out[eats]], (lunch + meal)[eats] + 120, np.maximum(end, lunch + meal + 600)[eats])
    back = end + rng.integers(600, 1_200, out.size)
    length = rng.integers(600, 2_700, riders.size)
    add(
        riders,
        kinds.first("buses") + (run * 13 + back[rides] // 1_800) % kinds.buses,
        back[rides],
        back[rides] + length,
    )
    back[rides] += length + 120

    strolls = is_here & ~goes & (rng.random(n) < 0.85)
    idle = everyone[strolls]
    away = start + 9 * HOUR + rng.integers(0, 5 * HOUR, idle.size)
    add(idle, home[idle], home_since[idle], away)
    home_since[idle] = away  # set again below, after the shop
    ready = np.zeros(n, np.int64)
    ready[out], ready[idle] = back, away + 600
    for errands in (
        np.concatenate([out[rng.random(out.size) < 0.5], idle]),
        idle[rng.random(idle.size) < 0.7],
    ):
        spent = np.clip(rng.lognormal(7.2, 0.8, errands.size), 120, 4 * HOUR).astype(np.int64)
        shop = kinds.first("shops") + _heavy(rng, errands.size, places=kinds.shops, tail=1.1)
        add(errands, shop, ready[errands], ready[errands] + spent)
        ready[errands] += spent + 600
    home_since[out], home_since[idle] = ready[out], ready[idle]
    if is_last:
        still = everyone[home_since < start + DAY]
        add(still, home[still], home_since[still], np.full(still.size, start + DAY))
    rows = [np.concatenate(column) for column in zip(*found, strict=True)]
    return rows[0], rows[1], rows[2].astype(np.int64), rows[3].astype(np.int64)
