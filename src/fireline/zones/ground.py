"""Units of one county as arrays: people, size, township, borders, exceptions.

Chapter 8: what risk, candidates and drills share; made from the canonical tables or by a drill.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fireline.zones.graph import Neighbours

LEVEL_CODES = {"": 0, "precaution": 1, "managed": 2, "sealed": 3}
"""Levels as numbers in arrays; stricter is larger, 0 is in no zone."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Units as arrays, in the order of the units table sorted by unit_id.

    Attributes
    ----------
    ids : tuple of str, n_units long
    population, households : float64 (n_units,), people and households; 0 where nobody lives
    lon, lat : float64 (n_units,), degrees, NaN where unknown
    township : int64 (n_units,), index of the township (the units' area_code, sorted)
    kind_rank : int8 (n_units,), place in zones.model.UNIT_KINDS; -1 where the kind is not known
    neighbours : Neighbours, borders of units with gates
    is_exception : bool (n_units,), hospitals, water works and the like: never restricted as a whole
    """

    ids: tuple[str, ...]
    population: NDArray[np.float64]
    households: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    township: NDArray[np.int64]
    kind_rank: NDArray[np.int8]
    neighbours: Neighbours
    is_exception: NDArray[np.bool_]

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the planner knows of the cases on one day, in units of a Ground; days count from any day 0.

    Attributes
    ----------
    day : float, the moment of planning
    home : int64 (n_cases,), unit where the case lives; -1 where it cannot be told
    onset, isolated : float64 (n_cases,), day of onset (of sampling where there was none) and of isolation;
        isolated is NaN while the case is not isolated yet
    has_known_source : bool (n_cases,), who infected the case is known
    visit_case, visit_unit : int64 (n_visits,), case index and unit of a recalled stay
    visit_day, visit_hours : float64 (n_visits,), day and length of the stay
    traced : float64 (n_cases,), share of the case's contacts that is under management, 0 to 1
    travel_row, travel_unit : int64 (n_units + 1,) and (n_links,); travel_share : float64 (n_links,)
        share of contacts away from home that residents of a unit have in each other unit (compressed rows,
        each sums to 1 or is empty)
    """

    day: float
    home: NDArray[np.int64]
    onset: NDArray[np.float64]
    isolated: NDArray[np.float64]
    has_known_source: NDArray[np.bool_]
    visit_case: NDArray[np.int64]
    visit_unit: NDArray[np.int64]
    visit_day: NDArray[np.float64]
    visit_hours: NDArray[np.float64]
    traced: NDArray[np.float64]
    travel_row: NDArray[np.int64]
    travel_unit: NDArray[np.int64]
    travel_share: NDArray[np.float64]

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.home)
