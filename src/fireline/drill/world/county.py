"""The county of a backtest: units, households, daily places and travel, all from one generator.

Drill: read by simulate and backtest; hands planners a Ground and a wrong copy of its travel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fireline.drill.land import CENTRE_LAT, CENTRE_LON, KM_PER_DEGREE, Land, lay_out
from fireline.drill.world.rows import Rows
from fireline.drill.world.travel import REACH_KM, away_rows, clientele, groups_of, pull_rows
from fireline.errors import InputError
from fireline.kernels.spatial_outbreak import Town
from fireline.zones.graph import Neighbours
from fireline.zones.ground import Ground
from fireline.zones.model import UNIT_KINDS

FEWEST_PEOPLE, MOST_PEOPLE = 50_000, 2_000_000
PEOPLE_PER_UNIT = 500
N_TOWNSHIPS = 22
HOUSEHOLD_SIZES = (0.1453, 0.2437, 0.2686, 0.1756, 0.1003, 0.0420, 0.0245)
"""Share of households of 1 to 7 (and more) people. Source: China's census of 2010, table 1-10."""
SCHOOL_SHARE, WORK_SHARE = 0.18, 0.50
"""Share of people with a class and with a workplace (invented, near the ages of a Chinese county)."""
CLASS_SIZE = 42
ERRAND_SHARE = 0.5
"""Share of contacts away from home that fall on errands; the rest on the daily place (invented)."""


@dataclass(frozen=True, slots=True)
class World:
    """A synthetic county.

    Attributes
    ----------
    ground : Ground, units as planners see them
    land : Land, outlines and borders
    town : Town, people and meetings as the simulator reads them
    travel : Rows, true share of contacts away from home by unit of the stay
    place_size : int64 (n_places,), people of each class or workplace
    """

    ground: Ground
    land: Land
    town: Town
    travel: Rows
    place_size: NDArray[np.int64]

    @property
    def n_people(self) -> int:
        """Number of people."""
        return len(self.town.unit)

    def planner_travel(self, rng: np.random.Generator, *, sd: float = 0.7) -> Rows:
        """Travel as a planner believes it: every share wrong by log-normal noise of this deviation."""
        return self.travel.noisy(rng, sd=sd)


def build(*, n_people: int, rng: np.random.Generator) -> World:
    """Build the county.

    Parameters
    ----------
    n_people : int, 50,000 to 2,000,000; met within one household
    rng : numpy Generator, the only source of chance

    Returns
    -------
    World   about one unit per 500 people, 22 townships

    Raises
    ------
    InputError   n_people out of range
    """
    if not FEWEST_PEOPLE <= n_people <= MOST_PEOPLE:
        raise InputError(
            f"people {n_people}: the county of a backtest holds {FEWEST_PEOPLE} to {MOST_PEOPLE} people; "
            "choose a size in between"
        )
    land = lay_out(n_townships=N_TOWNSHIPS, n_units=round(n_people / PEOPLE_PER_UNIT), rng=rng)
    n_units = len(land.unit_lon)
    is_exception = _exceptions(land, rng)
    unit, household = _settle(land, is_exception, n_people, rng)
    population = np.bincount(unit, minlength=n_units).astype(np.float64)
    house_first = np.concatenate([[0], np.cumsum(np.bincount(household))])
    x = (land.unit_lon - CENTRE_LON) * KM_PER_DEGREE * math.cos(math.radians(CENTRE_LAT))
    y = (land.unit_lat - CENTRE_LAT) * KM_PER_DEGREE
    pull = np.where(land.is_urban, 2.5, 1.0) * np.where(is_exception, 4.0, 1.0)
    errands = pull_rows(
        x, y, pull * rng.lognormal(0.0, 1.2, n_units), reach_km=REACH_KM["errand"], rng=rng
    )  # markets and malls: a few units draw most visitors
    group, group_unit = _daily_places(x, y, unit, pull, rng)
    has_group = group >= 0
    size = np.bincount(group[has_group], minlength=len(group_unit))
    visitors = clientele(errands, population)
    ground = Ground(
        ids=tuple(f"U{i + 1:05d}" for i in range(n_units)),
        population=population,
        households=np.bincount(unit[house_first[:-1]], minlength=n_units).astype(np.float64),
        lon=land.unit_lon,
        lat=land.unit_lat,
        township=land.unit_township.astype(np.int64),
        kind_rank=np.where(land.is_urban, UNIT_KINDS.index("compound"), UNIT_KINDS.index("village")).astype(
            np.int8
        ),
        neighbours=Neighbours(
            n_units,
            land.pairs[:, 0].astype(np.int64),
            land.pairs[:, 1].astype(np.int64),
            list(land.gates.tolist()),
        ),
        is_exception=is_exception,
    )
    town = Town(
        unit=unit.astype(np.int32),
        unit_first=np.searchsorted(unit, np.arange(n_units + 1)).astype(np.int64),
        house=household.astype(np.int32),
        house_first=house_first.astype(np.int64),
        group=group.astype(np.int32),
        group_first=np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        group_member=np.argsort(group, kind="stable")[int((~has_group).sum()) :].astype(np.int32),
        group_unit=group_unit.astype(np.int32),
        errand_first=errands.first,
        errand_unit=errands.unit.astype(np.int32),
        errand_sum=errands.cumulative(),
        met_first=visitors.first,
        met_unit=visitors.unit.astype(np.int32),
        met_sum=visitors.cumulative(),
    )
    travel = away_rows(
        errands, home=unit[has_group], place=group_unit[group[has_group]], errand_share=ERRAND_SHARE
    )
    return World(ground, land, town, travel, size)


def _exceptions(land: Land, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Hospitals, water works and the like: one unit in 400, at least two, in the seat."""
    n = len(land.unit_lon)
    found = np.zeros(n, dtype=bool)
    fit = np.flatnonzero(land.is_urban)
    found[rng.choice(fit, size=min(len(fit), max(2, n // 400)), replace=False)] = True
    return found


def _settle(
    land: Land, is_exception: NDArray[np.bool_], n_people: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Unit and household of every person; units one after another, households together."""
    n_units = len(land.unit_lon)
    weight = np.where(land.is_urban, 1.8, 1.0) * rng.lognormal(0.0, 0.45, n_units)
    weight[is_exception] *= 0.1  # few live in a hospital or at the water works, but some do
    shares = np.array(HOUSEHOLD_SIZES)
    size = rng.choice(np.arange(1, 8), size=n_people // 2, p=shares / shares.sum())
    size = size[: int(np.searchsorted(np.cumsum(size), n_people)) + 1]
    unit_of = np.sort(rng.choice(n_units, size=len(size), p=weight / weight.sum()))
    return np.repeat(unit_of, size), np.repeat(np.arange(len(size)), size)


def _daily_places(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    unit: NDArray[np.int64],
    pull: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Class or workplace of every person, -1 for none, and the unit of each place."""
    n_units = len(x)
    kind = rng.random(len(unit))
    is_pupil, is_worker = kind < SCHOOL_SHARE, (kind >= SCHOOL_SHARE) & (kind < SCHOOL_SHARE + WORK_SHARE)
    has_school = np.where(rng.random(n_units) < 0.25, 1.0, 1e-3)  # about one unit in four has a school
    schools = pull_rows(x, y, has_school, reach_km=REACH_KM["school"], rng=rng)
    works = pull_rows(x, y, pull * rng.lognormal(0.0, 1.0, n_units), reach_km=REACH_KM["work"], rng=rng)
    pupil, worker = np.flatnonzero(is_pupil), np.flatnonzero(is_worker)
    to_school = schools.draw(unit[pupil], rng.random(len(pupil)))
    to_work = works.draw(unit[worker], rng.random(len(worker)))
    at_home = rng.random(len(worker)) < 0.3  # farms and shops next door
    to_work[at_home] = unit[worker][at_home]
    classes, class_unit = groups_of(to_school, np.full(n_units, CLASS_SIZE), rng)
    team_size = np.clip(rng.lognormal(np.log(14), 0.6, n_units), 3, 80).astype(np.int64)
    teams, team_unit = groups_of(to_work, team_size, rng)
    group = np.full(len(unit), -1)
    group[pupil] = classes
    group[worker] = teams + len(class_unit)
    return group, np.concatenate([class_unit, team_unit])
