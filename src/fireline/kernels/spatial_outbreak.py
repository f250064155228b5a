"""An outbreak in a county of people: who infects whom, day by day, under zones, testing and tracing.

Kernels: called by drill.world.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.luck import uniform

I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

NEVER = 1 << 30
HOME, OWN_UNIT, DAILY_PLACE, ERRAND = 0, 1, 2, 3
"""Settings of an infection; an imported case has -1."""
FAVOURITES = 4
"""Units a person goes to on errands in turn."""

# purposes of a draw; COUNT, TARGET and KEEP are followed by the setting
INCUBATION, FORCE, SYMPTOMS, OBEY, SEEK, SCREEN, TRACE, BACK, HABIT, FAVOURITE, MET = range(11)
COUNT, TARGET, KEEP = 16, 20, 24
_MANY = 4096  # attempts of one person, day and setting at most


class Town(NamedTuple):
    """People and where they meet; people stand unit by unit, households together.

    Attributes
    ----------
    unit, house, group : int32 (n_people,), home unit, household, daily place (-1 = none)
    unit_first : int64 (n_units + 1,); house_first : int64 (n_households + 1,), first person of each
    group_first : int64 (n_places + 1,); group_member : int32 (n_members,), people of each daily place
    group_unit : int32 (n_places,), unit of the place
    errand_first : int64 (n_units + 1,); errand_unit : int32; errand_sum : float64 running share, where the
        residents of a unit go on errands; a unit with an empty row has none
    met_first, met_unit, met_sum : likewise, where the people live who are met in a unit
    """

    unit: I32
    unit_first: I64
    house: I32
    house_first: I64
    group: I32
    group_first: I64
    group_member: I32
    group_unit: I32
    errand_first: I64
    errand_unit: I32
    errand_sum: F64
    met_first: I64
    met_unit: I32
    met_sum: F64


class Disease(NamedTuple):
    """How one disease spreads when nothing is done.

    Attributes
    ----------
    attempts : float64 (4,), mean attempts to infect of one case, by setting; HOME for each other member
    asymptomatic : float, share without symptoms; weight : float64 (2,), infectiousness with and without
    incubation : int64 (n_steps,), days from infection to onset, >= 1, by quantile
    force : float64 (n_steps,), individual infectiousness by quantile, mean 1
    by_age : float64 (longest incubation + 1, n_ages), share of a case's attempts on each day since infection,
        by incubation; 0 on the day of infection
    """

    attempts: F64
    asymptomatic: float
    weight: F64
    incubation: I64
    force: F64
    by_age: F64


class Response(NamedTuple):
    """What testing, tracing and zones do; arrays (4,) by level (zones.ground.LEVEL_CODES) unless said.

    Attributes
    ----------
    seek : float, chance that a case with symptoms is sampled on a day
    screen : float64, chance that a case is found by screening on a day from the second after infection
    lab_d : int, days from sampling to isolation; report_d : int, from sampling to the planner's table
    trace_d : int, days from the report to the quarantine of the contacts
    recall : float64 (4,), chance by setting that a contact is found; back : float, chance, times recall, that
        the infector is found
    obey : float64, share of people who keep to the rules of their level
    keep_inside, keep_out : float64, meetings in the own unit and away from it that one who obeys still has
    keep_in : float64, visits into a unit that still happen
    precaution : float, share of all meetings outside the household that still happen in the whole county
    """

    seek: float
    screen: F64
    lab_d: int
    report_d: int
    trace_d: int
    recall: F64
    back: float
    obey: F64
    keep_inside: F64
    keep_out: F64
    keep_in: F64
    precaution: float


class Cases(NamedTuple):
    """The infected of one run, in the order of infection; arrays (capacity,), the first n[0] are in use.

    Attributes
    ----------
    n : int64 (1,)
    person : int32; infected : int32, day; source : int32, index of the infector, -1 = imported
    setting : int8; place : int32, unit of the meeting, level : int8, of the home unit at infection
    sampled, removed, traced : int32, days; NEVER = not so far; removed = isolated or in quarantine
    is_checked : bool, the infector's contacts were followed up
    is_infected : bool (n_people,)
    """

    n: I64
    person: I32
    infected: I32
    source: I32
    setting: I8
    place: I32
    level: I8
    sampled: I32
    removed: I32
    traced: I32
    is_checked: NDArray[np.bool_]
    is_infected: NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _step(steps, u):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return steps[int(u * steps.shape[0])]


@njit(cache=True, nogil=True)
def _picked(first, unit, total, row, u):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    low, high = first[row], first[row + 1]
    if low == high:
        return -1
    while low < high - 1:
        middle = (low + high) // 2
        if total[middle - 1] > u:
            high = middle
        else:
            low = middle
    return unit[low]


@njit(cache=True, nogil=True)
def errand_unit(town, seed, person, day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Unit where a person is on errands on a day, -1 for none: one of a few favourites."""
    habit = int(uniform(seed, person, HABIT, day) * FAVOURITES)
    u = uniform(seed, person, FAVOURITE, habit)
    return _picked(town.errand_first, town.errand_unit, town.errand_sum, town.unit[person], u)


@njit(cache=True, nogil=True)
def _errand_units(town, seed, person, day, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for i in range(person.shape[0]):
        out[i] = errand_unit(town, seed, person[i], day[i])


def errand_units(town: Town, *, seed: int, person: I64, day: I64) -> I64:
    """Unit where each person is on errands on the day beside it, int64; -1 where their unit has no row."""
    out = np.empty(len(person), np.int64)
    _errand_units(
        town, seed, np.ascontiguousarray(person, np.int64), np.ascontiguousarray(day, np.int64), out
    )
    return out


@njit(cache=True, nogil=True)
def _n_attempts(mean, u):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Poisson number by inversion."""
    p = np.exp(-mean)
    total, k = p, 0
    while u >= total and k < _MANY:
        k += 1
        p *= mean / k
        total += p
        if p < 1e-17 and k > mean:
            break
    return k


@njit(cache=True, nogil=True)
def _kept(keep, level, obeys):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return keep[level] if obeys else 1.0


@njit(cache=True, nogil=True)
def _obeys(response, seed, person, level):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return uniform(seed, person, OBEY, 0) < response.obey[level]


@njit(cache=True, nogil=True)
def _quarantine(cases, j, day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if cases.traced[j] == NEVER:
        cases.traced[j] = day
    cases.removed[j] = min(cases.removed[j], day)
    if cases.sampled[j] == NEVER:  # sampled in quarantine as soon as a sample can be positive
        cases.sampled[j] = max(day, cases.infected[j] + 2)


@njit(cache=True, nogil=True)
def _trace(response, cases, seed, day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    wait = response.report_d + response.trace_d
    for j in range(cases.n[0]):
        i = cases.source[j]
        if i < 0:
            continue
        recall = response.recall[cases.setting[j]]
        if not cases.is_checked[j] and cases.sampled[i] + wait <= day:
            cases.is_checked[j] = True
            if uniform(seed, cases.person[j], TRACE, 0) < recall:
                _quarantine(cases, j, day)
        if (
            cases.sampled[j] + wait == day
            and cases.sampled[i] == NEVER
            and uniform(seed, cases.person[j], BACK, 0) < recall * response.back
        ):
            _quarantine(cases, i, day)


@njit(cache=True, nogil=True)
def _find(town, disease, response, cases, levels, seed, day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for j in range(cases.n[0]):
        if cases.sampled[j] != NEVER:
            continue
        person = cases.person[j]
        age = day - cases.infected[j]
        onset = _step(disease.incubation, uniform(seed, person, INCUBATION, 0))
        has_symptoms = uniform(seed, person, SYMPTOMS, 0) >= disease.asymptomatic
        level = levels[town.unit[person]]
        if (has_symptoms and age >= onset and uniform(seed, person, SEEK, day) < response.seek) or (
            age >= 2 and uniform(seed, person, SCREEN, day) < response.screen[level]
        ):
            cases.sampled[j] = day
            cases.removed[j] = min(cases.removed[j], day + response.lab_d)


@njit(cache=True, nogil=True)
def _meeting(town, response, levels, seed, day, person, setting, k, venue):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Person met at one attempt and the share of such meetings that still happens; -1 for nobody."""
    u = uniform(seed, person, TARGET + setting, day * _MANY + k)
    home = town.unit[person]
    low, high = 0, 0
    if setting == HOME:
        low, high = town.house_first[town.house[person]], town.house_first[town.house[person] + 1]
        other = low + int(u * (high - low - 1))  # one of the others, each with the same chance
        return (other + 1 if other >= person else other), 1.0
    if setting == OWN_UNIT:
        low, high = town.unit_first[home], town.unit_first[home + 1]
        other = low + int(u * (high - low))
    elif setting == DAILY_PLACE:
        low, high = town.group_first[town.group[person]], town.group_first[town.group[person] + 1]
        other = town.group_member[low + int(u * (high - low))]
    else:
        lives = _picked(
            town.met_first, town.met_unit, town.met_sum, venue, uniform(seed, person, MET, day * _MANY + k)
        )
        if lives < 0:
            return -1, 0.0
        low, high = town.unit_first[lives], town.unit_first[lives + 1]
        if low == high:
            return -1, 0.0
        other = low + int(u * (high - low))
    if other == person:
        return -1, 0.0
    theirs = town.unit[other]
    mine_obeys = _obeys(response, seed, person, levels[home])
    other_obeys = _obeys(response, seed, other, levels[theirs])
    if setting == OWN_UNIT:
        share = _kept(response.keep_inside, levels[home], mine_obeys)
        return other, share * _kept(response.keep_inside, levels[theirs], other_obeys) * response.precaution
    share = response.precaution
    keep_mine = response.keep_inside if home == venue else response.keep_out
    keep_other = response.keep_inside if theirs == venue else response.keep_out
    share *= _kept(keep_mine, levels[home], mine_obeys) * _kept(keep_other, levels[theirs], other_obeys)
    if home != venue or theirs != venue:
        share *= response.keep_in[levels[venue]]
    return other, share


@njit(cache=True, nogil=True)
def _infect_others(town, disease, response, cases, levels, seed, day):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for i in range(cases.n[0]):
        age = day - cases.infected[i]
        if cases.removed[i] <= day or age >= disease.by_age.shape[1]:
            continue
        person = cases.person[i]
        onset = _step(disease.incubation, uniform(seed, person, INCUBATION, 0))
        force = disease.by_age[onset, age] * _step(disease.force, uniform(seed, person, FORCE, 0))
        if force <= 0.0:
            continue
        has_symptoms = uniform(seed, person, SYMPTOMS, 0) >= disease.asymptomatic
        force *= disease.weight[0] if has_symptoms else disease.weight[1]
        house = town.house[person]
        has_place = town.group[person] >= 0
        for setting in range(4):
            mean = force * disease.attempts[setting]
            venue = town.unit[person]
            if setting == HOME:
                mean *= town.house_first[house + 1] - town.house_first[house] - 1
            elif setting == DAILY_PLACE:
                if not has_place:
                    continue
                venue = town.group_unit[town.group[person]]
            elif setting == ERRAND:
                if not has_place:  # who has no daily place is out on errands instead
                    mean += force * disease.attempts[DAILY_PLACE]
                venue = errand_unit(town, seed, person, day)
                if venue < 0:
                    continue
            if mean <= 0.0:
                continue
            for k in range(_n_attempts(mean, uniform(seed, person, COUNT + setting, day))):
                other, share = _meeting(town, response, levels, seed, day, person, setting, k, venue)
                if other < 0 or cases.is_infected[other]:
                    continue
                if share < 1.0 and uniform(seed, person, KEEP + setting, day * _MANY + k) >= share:
                    continue
                n = cases.n[0]
                if n == cases.person.shape[0]:
                    return False
                cases.is_infected[other] = True
                cases.person[n], cases.infected[n], cases.source[n] = other, day, i
                cases.setting[n], cases.place[n] = setting, venue
                cases.level[n] = levels[town.unit[other]]
                cases.sampled[n], cases.removed[n], cases.traced[n] = NEVER, NEVER, NEVER
                cases.is_checked[n] = False
                cases.n[0] = n + 1
    return True


@njit(cache=True, nogil=True)
def _run(town, disease, response, cases, levels, seed, first_day, last_day, stop_reports):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for day in range(first_day, last_day):
        if stop_reports > 0:
            known = 0
            for j in range(cases.n[0]):
                if cases.sampled[j] + response.report_d <= day:
                    known += 1
            if known >= stop_reports:
                return day
        _trace(response, cases, seed, day)
        _find(town, disease, response, cases, levels, seed, day)
        if not _infect_others(town, disease, response, cases, levels, seed, day):
            return -day - 1
    return last_day


def spread(
    town: Town,
    disease: Disease,
    response: Response,
    cases: Cases,
    *,
    levels: I8,
    seed: int,
    first_day: int,
    last_day: int,
    stop_reports: int = 0,
) -> tuple[int, bool]:
    """Let an outbreak run over days with one set of levels; the cases are changed in place.

    Parameters
    ----------
    levels : int8 (n_units,), zones.ground.LEVEL_CODES
    seed : int, the luck of this outbreak
    first_day, last_day : int, half-open
    stop_reports : int, stop on the morning when so many cases are reported; 0 = do not stop

    Returns
    -------
    day : int, first day not simulated
    is_full : bool, the arrays of cases are full and the run was broken off on this day

    Raises
    ------
    ValueError   levels has another length than the town has units

    Notes
    -----
    Each day: contacts of reported cases go into quarantine, cases are sampled, and cases in circulation meet
    others. The number of attempts is Poisson with a mean that is gamma distributed over persons, so offspring
    are negative binomial; an attempt comes to nothing where the meeting no longer happens or the other was
    infected before. All chance comes from ``kernels.luck``: a policy can only take attempts away.

    References
    ----------
    .. [1] Lloyd-Smith J. O. et al. (2005), Nature 438:355-359, doi:10.1038/nature04153: offspring law.
    .. [2] Hellewell J. et al. (2020), Lancet Glob Health 8:e488-e496, doi:10.1016/S2214-109X(20)30074-7:
       branching with tracing and isolation.
    """
    if levels.shape != (town.unit_first.shape[0] - 1,):
        raise ValueError(f"levels: expected shape ({town.unit_first.shape[0] - 1},), got {levels.shape}")
    levels = np.ascontiguousarray(levels, np.int8)
    day = _run(town, disease, response, cases, levels, seed, first_day, last_day, stop_reports)
    return (-day - 1, True) if day < 0 else (day, False)
