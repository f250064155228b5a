"""Plain policies a backtest always holds beside others: nothing, townships, circles and the two-tier rules.

Drill: read by backtest; each takes what a planner knows and gives one level per unit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fireline.units import EARTH_RADIUS_M
from fireline.zones.ground import LEVEL_CODES, Ground, Situation

Levels = NDArray[np.int8]
MANAGED, SEALED = np.int8(LEVEL_CODES["managed"]), np.int8(LEVEL_CODES["sealed"])
LOOK_BACK_D = 2.0
"""Visits count from so many days before onset (WHO's look-back for contacts of COVID-19)."""


def _homes(ground: Ground, seen: Situation) -> NDArray[np.bool_]:
    found = np.zeros(ground.n, dtype=bool)
    found[seen.home[seen.home >= 0]] = True
    return found


def _visited(ground: Ground, seen: Situation) -> NDArray[np.bool_]:
    found = np.zeros(ground.n, dtype=bool)
    counts = seen.visit_day >= seen.onset[seen.visit_case] - LOOK_BACK_D
    found[seen.visit_unit[counts]] = True
    return found


def _drawn(ground: Ground, *, sealed: NDArray[np.bool_], managed: NDArray[np.bool_] | None = None) -> Levels:
    levels = np.zeros(ground.n, np.int8)
    if managed is not None:
        levels[managed] = MANAGED
    levels[sealed] = SEALED
    levels[ground.is_exception] = 0
    return levels


def _townships(ground: Ground, homes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.isin(ground.township, np.unique(ground.township[homes]))


def nothing(ground: Ground, seen: Situation) -> Levels:  # noqa: ARG001
    """No zone: testing, tracing and the county's precaution only."""
    return np.zeros(ground.n, np.int8)


def township_sealed(ground: Ground, seen: Situation) -> Levels:
    """Townships where a case lives, sealed whole."""
    return _drawn(ground, sealed=_townships(ground, _homes(ground, seen)))


def two_tier(ground: Ground, seen: Situation) -> Levels:
    """Units where a case lives sealed; units beside them, and visited ones, managed."""
    homes = _homes(ground, seen)
    return _drawn(ground, sealed=homes, managed=ground.neighbours.around(homes) | _visited(ground, seen))


def unit_and_township(ground: Ground, seen: Situation) -> Levels:
    """Units where a case lives sealed; their townships managed."""
    homes = _homes(ground, seen)
    return _drawn(ground, sealed=homes, managed=_townships(ground, homes))


def adjacent_sealed(ground: Ground, seen: Situation) -> Levels:
    """Units where a case lives and units beside them, sealed."""
    homes = _homes(ground, seen)
    return _drawn(ground, sealed=homes | ground.neighbours.around(homes))


def radius_sealed(ground: Ground, seen: Situation, *, radius_m: float = 800.0) -> Levels:
    """Units whose centre lies within radius_m of the centre of a unit where a case lives, sealed."""
    homes = _homes(ground, seen)
    y = np.radians(ground.lat) * EARTH_RADIUS_M
    x = np.radians(ground.lon) * EARTH_RADIUS_M * np.cos(np.radians(np.nanmean(ground.lat)))
    near = np.zeros(ground.n, dtype=bool)
    for unit in np.flatnonzero(homes):
        near |= np.hypot(x - x[unit], y - y[unit]) <= radius_m
    return _drawn(ground, sealed=near | homes)


PLAIN = {
    "nothing": nothing,
    "township_sealed": township_sealed,
    "radius_800_m": radius_sealed,
    "adjacent_sealed": adjacent_sealed,
    "unit_and_township": unit_and_township,
    "two_tier": two_tier,
}
"""The plain policies by name."""
