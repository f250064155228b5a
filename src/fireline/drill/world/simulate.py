"""One outbreak from import to planning, and on from there under a policy that plans again as cases come in.

Drill: read by backtest; a policy sees a Ground and a Situation, never the cases themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from fireline.drill.world.county import World
from fireline.drill.world.rows import Rows
from fireline.drill.world.sight import situation_on
from fireline.drill.world.terms import Terms, disease_of, response_of
from fireline.errors import InputError
from fireline.kernels.luck import uniforms
from fireline.kernels.spatial_outbreak import NEVER, Cases, Disease, spread
from fireline.zones.ground import LEVEL_CODES, Ground, Situation

Levels = NDArray[np.int8]
Policy = Callable[[Ground, Situation], Levels]
"""Draws a zone: int8 (n_units,), LEVEL_CODES, from what a planner knows."""

MOST_CASES = 12_000
"""A run that infects so many is broken off and counts as not contained."""
LONGEST_UNSEEN_D = 60
FOLLOW_D = 28
STAND_D = 14
"""Days a unit stays in its level after it was last drawn."""
_ATTEMPTS = 400
_INDEX = 60  # purpose of the draw of the imported case


@dataclass(frozen=True, slots=True)
class Begun:
    """An outbreak on the morning of planning.

    Attributes
    ----------
    terms : Terms
    disease : Disease
    seed : int, luck of the outbreak
    day : int, morning of planning, days since the import
    cases : Cases, never changed: each policy goes on with a copy
    travel : Rows, travel as the planner believes it
    """

    terms: Terms
    disease: Disease
    seed: int
    day: int
    cases: Cases
    travel: Rows


@dataclass(frozen=True, slots=True)
class Followed:
    """An outbreak after FOLLOW_D days under one policy.

    Attributes
    ----------
    cases : Cases
    is_full : bool, broken off at MOST_CASES
    changes : tuple of (day, levels): the levels in force from that day on
    plans : int, how often the policy was asked
    planning_s, whole_s : float, seconds in the policy, and in all
    n_touched_exceptions : int, exception units a plan would have restricted; they were left free
    """

    cases: Cases
    is_full: bool
    changes: tuple[tuple[int, Levels], ...]
    plans: int
    planning_s: float
    whole_s: float
    n_touched_exceptions: int

    def levels_on(self, day: int) -> Levels:
        """Levels in force on a day."""
        found = self.changes[0][1]
        for since, levels in self.changes:
            if since <= day:
                found = levels
        return found


def empty_cases(n_people: int, capacity: int) -> Cases:
    """Room for so many cases, none infected yet."""
    column = [np.zeros(capacity, np.int32) for _ in range(7)]
    small = [np.zeros(capacity, np.int8) for _ in range(2)]
    return Cases(
        n=np.zeros(1, np.int64),
        person=column[0],
        infected=column[1],
        source=column[2],
        setting=small[0],
        place=column[3],
        level=small[1],
        sampled=column[4],
        removed=column[5],
        traced=column[6],
        is_checked=np.zeros(capacity, np.bool_),
        is_infected=np.zeros(n_people, np.bool_),
    )


def import_case(cases: Cases, *, person: int, unit: int, day: int) -> None:
    """Add an imported case; a person who is infected already is left as they are."""
    n = int(cases.n[0])
    if cases.is_infected[person]:
        return
    cases.is_infected[person] = True
    cases.person[n], cases.infected[n], cases.source[n] = person, day, -1
    cases.setting[n], cases.place[n], cases.level[n] = -1, unit, 0
    cases.sampled[n], cases.removed[n], cases.traced[n] = NEVER, NEVER, NEVER
    cases.n[0] = n + 1


def begin(world: World, terms: Terms, *, seed: int, rng: np.random.Generator) -> Begun:
    """Import a case and run until enough cases are reported; imports that die out before are tried again.

    Parameters
    ----------
    seed : int, 0 .. 2**62, luck of the outbreak; a failed import goes on with the next number
    rng : numpy Generator, for the planner's wrong travel only

    Raises
    ------
    InputError   no import led to the reports the terms ask for
    """
    disease, response = disease_of(terms, world.town), response_of(terms, is_alert=False)
    levels = np.zeros(world.ground.n, np.int8)
    cases = empty_cases(world.n_people, MOST_CASES)
    for luck in range(seed, seed + _ATTEMPTS):
        cases.is_infected[cases.person[: cases.n[0]]] = False
        cases.n[0] = 0
        u = float(uniforms(luck, np.zeros(1, np.int64), purpose=_INDEX, extra=np.zeros(1, np.int64))[0])
        person = int(u * world.n_people)
        import_case(cases, person=person, unit=int(world.town.unit[person]), day=0)
        day, is_full = spread(
            world.town, disease, response, cases,
            levels=levels, seed=luck, first_day=0, last_day=LONGEST_UNSEEN_D, stop_reports=terms.n_reports,
        )  # fmt: skip
        if day < LONGEST_UNSEEN_D and not is_full:
            return Begun(terms, disease, luck, day, cases, world.planner_travel(rng))
    raise InputError(
        f"r0 {terms.r0:.2f}: none of {_ATTEMPTS} imports led to {terms.n_reports} reports within "
        f"{LONGEST_UNSEEN_D} days; raise r0 or ask for fewer reports"
    )


def _copied(cases: Cases) -> Cases:
    n = int(cases.n[0])
    new = empty_cases(len(cases.is_infected), len(cases.person))
    for name in Cases._fields:
        getattr(new, name)[:n] = getattr(cases, name)[:n]
    new.is_infected[cases.person[:n]] = True
    new.n[0] = n
    return new


def follow(
    world: World, begun: Begun, policy: Policy, *, every_days: int = 3, last_plan_d: int = 12
) -> Followed:
    """Go on for FOLLOW_D days under one policy.

    Parameters
    ----------
    policy : asked on the morning of planning and again every ``every_days`` days up to ``last_plan_d``
    every_days : int, 0 = plan once

    Returns
    -------
    Followed

    Raises
    ------
    InputError   a plan has the wrong shape or an unknown level

    Notes
    -----
    A plan is in force from the next day for STAND_D days; a unit is never lifted before, and of two plans the
    stricter level counts. Exception units stay free whatever a plan says; how many it wanted is counted.
    """
    started = perf_counter()
    ground, cases = world.ground, _copied(begun.cases)
    response = response_of(begun.terms, is_alert=True)
    level, until = np.zeros(ground.n, np.int8), np.zeros(ground.n, np.int64)
    end = begun.day + FOLLOW_D + 1
    plans = [begun.day]
    if every_days > 0:
        plans = list(range(begun.day, begun.day + last_plan_d + 1, every_days))
    stops = sorted({*plans, *(p + 1 for p in plans), *(p + 1 + STAND_D for p in plans), end})
    changes: list[tuple[int, Levels]] = [(begun.day, level)]
    wanted: Levels | None = None
    planning_s, touched, is_full = 0.0, 0, False
    for since, upto in pairwise(stops):
        if since >= end or is_full:
            break
        now = np.where(until > since, level, np.int8(0))
        if wanted is not None and since - 1 in plans:
            now = np.maximum(now, wanted)
            until = np.where(wanted > 0, since + STAND_D, until)
        if not np.array_equal(now, changes[-1][1]):
            changes.append((since, now))
        level = now
        if since in plans:
            seen = situation_on(world, begun.terms, begun.disease, cases,
                                seed=begun.seed, day=since, changes=changes, travel=begun.travel)  # fmt: skip
            asked = perf_counter()
            wanted = _checked(policy(ground, seen), ground.n)
            planning_s += perf_counter() - asked
            touched += int((wanted[ground.is_exception] > 1).sum())
            wanted = np.where(ground.is_exception, np.int8(0), wanted)
        _, is_full = spread(
            world.town, begun.disease, response, cases,
            levels=level, seed=begun.seed, first_day=since, last_day=min(upto, end),
        )  # fmt: skip
    return Followed(cases, is_full, tuple(changes), len(plans), planning_s, perf_counter() - started, touched)


def _checked(levels: Levels, n_units: int) -> Levels:
    found = np.asarray(levels)
    if found.shape != (n_units,):
        raise InputError(f"plan: shape {found.shape} found; one level for each of {n_units} units is needed")
    if not np.isin(found, list(LEVEL_CODES.values())).all():
        raise InputError(
            f"plan: a level is not one of {sorted(LEVEL_CODES.values())}; use zones.ground.LEVEL_CODES"
        )
    return found.astype(np.int8)
