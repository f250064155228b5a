"""Policies tried on the same outbreaks: containment, weighted person-days and realised capture of each.

Drill: the backtest that decision 13 fixed beforehand; read by benchmarks and exercises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context

import numpy as np
import polars as pl

from fireline.drill.world.county import World, build
from fireline.drill.world.policies import nothing
from fireline.drill.world.sight import situation_on
from fireline.drill.world.simulate import FOLLOW_D, Begun, Followed, Levels, Policy, begin, follow
from fireline.drill.world.terms import draw_terms
from fireline.errors import InputError
from fireline.kernels.spatial_outbreak import NEVER
from fireline.zones.ground import LEVEL_CODES, Ground, Situation

Chance = Callable[[Sequence[int]], np.random.Generator]
"""Makes a generator of a list of seeds, such as ``numpy.random.default_rng``."""
Modelled = Callable[[Ground, Situation, Levels], float]
"""Coverage a planner's own model claims for a plan, 0 to 1."""

WEIGHT = np.array([0.0, 0.0, 0.5, 1.0])
"""Weight of a person-day by level; managed counts half (decision 13)."""
CAPTURE_D = 14
FEWER_THAN = 5
"""Contained: fewer infections than this, outside all zones and untraced, in days 15 to 28."""

SCHEMA: dict[str, pl.DataType] = {
    "county": pl.Int64(),
    "outbreak": pl.Int64(),
    "policy": pl.String(),
    "r0": pl.Float64(),
    "recall": pl.Float64(),
    "report_d": pl.Int64(),
    "infected_before": pl.Int64(),
    "contained": pl.Boolean(),
    "weighted_person_days": pl.Float64(),
    "weighted_person_days_28": pl.Float64(),
    "infections_14": pl.Int64(),
    "infections_28": pl.Int64(),
    "infections_outside": pl.Int64(),
    "is_growing": pl.Boolean(),
    "modelled_coverage": pl.Float64(),
    "realised_capture": pl.Float64(),
    "weighted_capture": pl.Float64(),
    "unrestrained_capture": pl.Float64(),
    "n_units": pl.Int64(),
    "n_sealed": pl.Int64(),
    "people_restricted": pl.Float64(),
    "touched_exceptions": pl.Int64(),
    "planning_s": pl.Float64(),
    "seconds": pl.Float64(),
}
"""Columns of a backtest, one row per county, outbreak and policy; docs/how-to/zone-backtest.md says each."""


@dataclass(frozen=True, slots=True)
class Design:
    """What is run.

    Attributes
    ----------
    counties : seeds of the counties (11 to 15 for the verdict, 1 to 5 for development)
    outbreaks : int, outbreaks per county
    n_people : int, people per county
    every_days : int, days between plans; 0 = plan once
    """

    counties: tuple[int, ...] = (11, 12, 13, 14, 15)
    outbreaks: int = 100
    n_people: int = 1_000_000
    every_days: int = 3

    def __post_init__(self) -> None:
        if not self.counties or self.outbreaks < 1:
            raise InputError("design: at least one county and one outbreak are needed")


def run(
    policies: Mapping[str, Policy],
    design: Design,
    *,
    chance: Chance,
    processes: int = 1,
    modelled: Modelled | None = None,
    say: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Try every policy on the same outbreaks.

    Parameters
    ----------
    policies : name to policy; with more than one process each must be importable by name
    chance : makes a generator of seeds
    processes : int, >= 1
    modelled : coverage that a model claims for the first plan; None leaves the column empty
    say : told a line after each block of outbreaks

    Returns
    -------
    DataFrame   ``SCHEMA``, sorted by county, outbreak and the order of the policies

    Raises
    ------
    InputError   no policy is given, or a plan is not one level per unit
    """
    if not policies:
        raise InputError("policies: none is given; at least one is needed")
    block = max(1, min(20, design.outbreaks // processes))
    tasks = [
        (dict(policies), design, county, range(low, min(low + block, design.outbreaks)), chance, modelled)
        for county in design.counties
        for low in range(0, design.outbreaks, block)
    ]
    rows: list[tuple[object, ...]] = []
    for done, found in enumerate(_answers(tasks, processes), start=1):
        rows.extend(found)
        if say is not None:
            say(f"{done}/{len(tasks)} blocks, {len(rows)} runs")
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


Task = tuple[dict[str, Policy], Design, int, range, Chance, Modelled | None]


def _answers(tasks: Sequence[Task], processes: int) -> Iterator[list[tuple[object, ...]]]:
    if processes == 1:
        yield from map(_block, tasks)
        return
    # a fresh process, since a copy of this one would hold the locks of its threads
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_block, tasks)


@lru_cache(maxsize=1)
def _county(county: int, n_people: int, chance: Chance) -> World:
    return build(n_people=n_people, rng=chance([county, n_people]))


def _block(task: Task) -> list[tuple[object, ...]]:
    policies, design, county, outbreaks, chance, modelled = task
    world = _county(county, design.n_people, chance)
    rows = []
    for outbreak in outbreaks:
        rng = chance([county, outbreak, 1])
        begun = begin(world, draw_terms(rng), seed=(county * 1_000_000 + outbreak) * 1_000, rng=rng)
        seen = _seen(world, begun) if modelled is not None else None
        free = follow(world, begun, nothing, every_days=0)
        for name, policy in policies.items():
            followed = follow(world, begun, policy, every_days=design.every_days)
            claimed = None
            if modelled is not None and seen is not None:
                claimed = modelled(world.ground, seen, followed.levels_on(begun.day + 1))
            rows.append((county, outbreak, name, *measure(world, begun, followed, free, claimed)))
    return rows


def _seen(world: World, begun: Begun) -> Situation:
    """The situation on the morning of planning, the same for every policy."""
    level = np.zeros(world.ground.n, np.int8)
    return situation_on(
        world, begun.terms, begun.disease, begun.cases,
        seed=begun.seed, day=begun.day, changes=[(begun.day, level)], travel=begun.travel,
    )  # fmt: skip


def measure(
    world: World, begun: Begun, followed: Followed, free: Followed, claimed: float | None
) -> tuple[object, ...]:
    """Figures of one run, in the order of SCHEMA after the policy.

    Parameters
    ----------
    free : the same outbreak without any zone
    claimed : coverage a model claimed for the first plan

    Notes
    -----
    Levels are in force from the day after a plan; that day is day 1.
    """
    population = world.ground.population
    start, cases = begun.day, followed.cases
    days = np.array([followed.levels_on(start + d) for d in range(1, FOLLOW_D + 1)])
    cost = (WEIGHT[days] * population).sum(axis=1)
    n = int(cases.n[0])
    day, level = cases.infected[:n] - start, cases.level[:n]
    outside = (level < LEVEL_CODES["managed"]) & (cases.traced[:n] == NEVER)
    third = int((outside & (day > 14) & (day <= 21)).sum())
    fourth = int((outside & (day > 21) & (day <= FOLLOW_D)).sum())
    is_growing = followed.is_full or (fourth > third and fourth >= 2)
    soon = level[(day >= 1) & (day <= CAPTURE_D)]
    strictest = days.max(axis=0)
    restricted = strictest >= LEVEL_CODES["managed"]
    return (
        begun.terms.r0,
        begun.terms.recall,
        begun.terms.report_d,
        int(begun.cases.n[0]),
        third + fourth < FEWER_THAN and not is_growing,
        float(cost[:14].sum()),
        float(cost.sum()),
        len(soon),
        int(((day >= 1) & (day <= FOLLOW_D)).sum()),
        third + fourth,
        is_growing,
        claimed,
        float((soon >= LEVEL_CODES["managed"]).mean()) if len(soon) else None,
        float(WEIGHT[soon].mean()) if len(soon) else None,
        _unrestrained(world, begun, days[0], free),
        int(restricted.sum()),
        int((strictest == LEVEL_CODES["sealed"]).sum()),
        float(population[restricted].sum()),
        followed.n_touched_exceptions,
        followed.planning_s,
        followed.whole_s,
    )


def _unrestrained(world: World, begun: Begun, first: Levels, free: Followed) -> float | None:
    """Share of the infections of days 1 to 14 without any zone that would have lain inside the first plan.

    The first plan only: later ones follow an outbreak that the zone itself has changed.
    """
    n = int(free.cases.n[0])
    day = free.cases.infected[:n] - begun.day
    soon = (day >= 1) & (day <= CAPTURE_D)
    if not soon.any():
        return None
    unit = world.town.unit[free.cases.person[:n][soon]]
    return float((first[unit] >= LEVEL_CODES["managed"]).mean())
