"""What a planner sees of an outbreak: reported cases, recalled visits, believed travel; late and incomplete.

Drill: read by simulate; turns the simulator's cases into the Situation of chapter 8.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fireline.drill.world.county import World
from fireline.drill.world.rows import Rows
from fireline.drill.world.terms import Terms, response_of
from fireline.kernels.luck import uniforms
from fireline.kernels.spatial_outbreak import (
    INCUBATION,
    OBEY,
    SYMPTOMS,
    TRACE,
    Cases,
    Disease,
    errand_units,
)
from fireline.zones.ground import LEVEL_CODES, Situation

LOOK_BACK_D = 4
"""Visits are asked for from so many days before onset."""
HOME_UNKNOWN = 0.03
"""Share of cases whose home unit cannot be told."""
BELIEVED_TRACED = 0.75
"""Share of contacts a planner believes to be under management once they were followed up."""
PLACE_HOURS, ERRAND_HOURS = 8.0, 1.5
_HIDDEN, _TOLD_PLACE, _TOLD_ERRAND = 61, 62, 63  # purposes of the draws of this module

I64 = NDArray[np.int64]


def situation_on(
    world: World,
    terms: Terms,
    disease: Disease,
    cases: Cases,
    *,
    seed: int,
    day: int,
    changes: Sequence[tuple[int, NDArray[np.int8]]],
    travel: Rows,
) -> Situation:
    """The situation on the morning of a day.

    Parameters
    ----------
    changes : (day, levels), levels in force from that day on; who obeys a sealed unit visits nobody
    travel : travel as the planner believes it

    Returns
    -------
    Situation   cases in the order of infection; days count from the import
    """
    n = int(cases.n[0])
    known = np.flatnonzero(cases.sampled[:n] + terms.report_d <= day)
    person = cases.person[known].astype(np.int64)
    nil = np.zeros(len(known), np.int64)
    step = (uniforms(seed, person, purpose=INCUBATION, extra=nil) * len(disease.incubation)).astype(np.int64)
    onset = cases.infected[known] + disease.incubation[step]
    silent = uniforms(seed, person, purpose=SYMPTOMS, extra=nil) < disease.asymptomatic
    sampled = cases.sampled[known].astype(np.int64)
    onset = np.where(silent | (onset > day), sampled, onset)
    removed = cases.removed[known].astype(np.int64)
    hidden = uniforms(seed, person, purpose=_HIDDEN, extra=nil) < HOME_UNKNOWN
    is_known = np.zeros(n + 1, dtype=bool)
    is_known[known] = True  # row n stands for "no source" and stays False
    named = (
        uniforms(seed, person, purpose=TRACE, extra=nil)
        < response_of(terms, is_alert=True).recall[np.maximum(cases.setting[known], 0)]
    )
    source = cases.source[known]
    visit_case, visit_unit, visit_day, visit_hours = _visits(
        world, terms, seed=seed, person=person, first=onset - LOOK_BACK_D, last=np.minimum(removed, day),
        infected=cases.infected[known].astype(np.int64), changes=changes,
    )  # fmt: skip
    return Situation(
        day=float(day),
        home=np.where(hidden, -1, world.town.unit[person]).astype(np.int64),
        onset=onset.astype(np.float64),
        isolated=np.where(removed <= day, removed, np.nan).astype(np.float64),
        has_known_source=named & is_known[np.where(source < 0, n, source)],
        visit_case=visit_case,
        visit_unit=visit_unit,
        visit_day=visit_day.astype(np.float64),
        visit_hours=visit_hours,
        traced=np.where(sampled + terms.report_d + terms.trace_d <= day, BELIEVED_TRACED, 0.0),
        travel_row=travel.first,
        travel_unit=travel.unit,
        travel_share=travel.share,
    )


def _visits(
    world: World,
    terms: Terms,
    *,
    seed: int,
    person: I64,
    first: I64,
    last: I64,
    infected: I64,
    changes: Sequence[tuple[int, NDArray[np.int8]]],
) -> tuple[I64, I64, I64, NDArray[np.float64]]:
    """Recalled stays away from home: the daily place and one errand a day, from first to last, half-open."""
    first = np.maximum(first, np.where(infected == 0, 0, -LOOK_BACK_D))  # an imported case arrives on day 0
    length = np.maximum(last - first, 0)
    case = np.repeat(np.arange(len(person)), length)
    day = np.repeat(first, length) + np.arange(len(case)) - np.repeat(np.cumsum(length) - length, length)
    who = person[case]
    is_in = _stays_in(world, terms, seed=seed, who=who, day=day, changes=changes)
    case, day, who = case[~is_in], day[~is_in], who[~is_in]
    count = day + LOOK_BACK_D  # draws count from 0
    group = world.town.group[who]
    place = np.where(group >= 0, world.town.group_unit[group], -1).astype(np.int64)
    errand = errand_units(world.town, seed=seed, person=who, day=np.maximum(day, 0))
    told = [
        (place >= 0) & (uniforms(seed, who, purpose=_TOLD_PLACE, extra=count) < terms.recall),
        (errand >= 0) & (uniforms(seed, who, purpose=_TOLD_ERRAND, extra=count) < terms.recall),
    ]
    home = world.town.unit[who]
    told = [t & (unit != home) for t, unit in zip(told, (place, errand), strict=True)]
    hours = np.r_[np.full(told[0].sum(), PLACE_HOURS), np.full(told[1].sum(), ERRAND_HOURS)]
    return (
        np.r_[case[told[0]], case[told[1]]],
        np.r_[place[told[0]], errand[told[1]]],
        np.r_[day[told[0]], day[told[1]]],
        hours,
    )


def _stays_in(
    world: World,
    terms: Terms,
    *,
    seed: int,
    who: I64,
    day: I64,
    changes: Sequence[tuple[int, NDArray[np.int8]]],
) -> NDArray[np.bool_]:
    """Whether a person's home was sealed on the day and the person obeyed."""
    obeys = uniforms(seed, who, purpose=OBEY, extra=np.zeros(len(who), np.int64)) < terms.obey_sealed
    level = np.zeros(len(who), np.int8)
    for since, levels in changes:
        later = day >= since
        level[later] = levels[world.town.unit[who[later]]]
    return obeys & (level == LEVEL_CODES["sealed"])
