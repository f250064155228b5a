"""The risk surface: untraced onward infections that each unit would cause outside itself, with an interval.

Chapter 8: reads Ground, Situation and Spread, is read by every candidate. It is modelled, and called so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fireline.errors import InputError
from fireline.kernels import zone_risk as kernel
from fireline.words import Words
from fireline.zones.course import Spread
from fireline.zones.ground import Ground, Situation

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Risk:
    """Expected untraced onward infections per unit over the horizon, modelled.

    Attributes
    ----------
    mean, low, high : float64 (n_units,), mean of the draws and its 5th and 95th percentile
    home, visited, clientele, unknown, next : float64 (n_units,), parts of the mean: infected at cases' homes;
        residents of units that cases visited; residents elsewhere who go to such units; where an unknown
        source lives; those whom all these infected or will infect in turn
    draws : float64 (n_draws, n_units)
    case_units, visited_units : bool (n_units,), a case lives there; a case was there while infectious
    notes : tuple of Words, what was assumed or could not be told
    """

    mean: F64
    low: F64
    high: F64
    home: F64
    visited: F64
    clientele: F64
    unknown: F64
    next: F64
    draws: F64
    case_units: Bool
    visited_units: Bool
    notes: tuple[Words, ...] = ()

    @property
    def total(self) -> float:
        """Modelled onward infections of all units together."""
        return float(self.mean.sum())

    @property
    def is_anchor(self) -> Bool:
        """Units that a zone may grow from: a case lives there or was there while infectious."""
        return self.case_units | self.visited_units


def _check(ground: Ground, situation: Situation) -> None:
    n, c, v = ground.n, situation.n_cases, len(situation.visit_case)
    wanted = (
        ("onset", situation.onset, c),
        ("isolated", situation.isolated, c),
        ("has_known_source", situation.has_known_source, c),
        ("traced", situation.traced, c),
        ("visit_unit", situation.visit_unit, v),
        ("visit_day", situation.visit_day, v),
        ("visit_hours", situation.visit_hours, v),
        ("travel_row", situation.travel_row, n + 1),
        ("population", ground.population, n),
    )
    faults = [f"{name}: {len(a)} rows, expected {k}" for name, a, k in wanted if len(a) != k]
    bounds = (
        ("home", situation.home, n),
        ("visit_case", situation.visit_case, c),
        ("visit_unit", situation.visit_unit, n),
    )
    faults += [f"{name}: an index of {k} or more" for name, a, k in bounds if len(a) and a.max() >= k]
    if faults:
        raise InputError(f"zone risk: ground and situation do not fit: {'; '.join(faults)}; build both anew")


def _seeds(situation: Situation, spread: Spread) -> kernel.Seeds:
    """Cases and stays as masses of infections, still to be shared out over units."""
    course = spread.course
    ahead, made = spread.to_come()
    turn_over = ahead + made  # what the infected have made and will make: the next generation
    fresh = float(ahead[:3].mean())  # what somebody infected about now has yet to make
    day, onset = situation.day, situation.onset
    untraced = 1.0 - np.clip(np.nan_to_num(situation.traced), 0.0, 1.0)
    days = course.first + np.arange(len(course.by_onset))
    when = onset[:, None] + days
    until = np.minimum(np.where(np.isfinite(situation.isolated), situation.isolated, np.inf), day)
    weight = np.where((when < until[:, None]) & np.isfinite(when), course.by_onset, 0.0) * untraced[:, None]

    def at_age(values: F64, age: F64) -> F64:
        k = np.maximum(np.nan_to_num(age), 0).astype(np.int64)
        return np.where(k < len(values), values[np.minimum(k, len(values) - 1)], 0.0)

    case_ahead = (weight * at_age(ahead, day - when)).sum(axis=1)
    case_later = (weight * at_age(turn_over, day - when)).sum(axis=1) * fresh

    k, v_day = situation.visit_case, situation.visit_day
    is_real = (situation.visit_unit >= 0) & np.isfinite(v_day) & (v_day < until[k])
    hours = np.where(is_real, np.nan_to_num(situation.visit_hours, nan=1.0), 0.0)
    share = _shares(k, hours * course.weight(v_day - onset[k]), situation.n_cases)
    mass = share * weight.sum(axis=1)[k]
    exposure = at_age(course.incubation, onset[k] - v_day) * (v_day < onset[k])
    exposed = _shares(k, np.where(situation.visit_unit >= 0, hours, 0.0) * exposure, situation.n_cases)

    # the source was infected one incubation and one generation before the case fell ill
    ages = np.arange(len(course.by_age))
    back = float((ages * course.incubation).sum() + (ages * course.by_age).sum())
    is_open = ~situation.has_known_source & np.isfinite(onset)
    return kernel.Seeds(
        situation.home,
        case_ahead,
        case_later,
        np.where(is_open, at_age(ahead, day - onset + back), 0.0),
        np.where(is_open, at_age(turn_over, day - onset + back) * fresh, 0.0),
        k,
        np.maximum(situation.visit_unit, 0),
        mass * at_age(ahead, day - v_day),
        mass * at_age(turn_over, day - v_day) * fresh,
        exposed,
        np.bincount(k, share, minlength=situation.n_cases) > 0,
        np.bincount(k, exposed, minlength=situation.n_cases) > 0,
    )


def _shares(group: NDArray[np.int64], weight: F64, n: int) -> F64:
    """Weights divided by their group's sum; 0 where the group has none."""
    total = np.bincount(group, weight, minlength=n)[group]
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)


def surface(ground: Ground, situation: Situation, spread: Spread, *, rng: np.random.Generator) -> Risk:
    """Risk of every unit, with its parts and draws.

    Parameters
    ----------
    ground : Ground
    situation : Situation   of the same ground
    spread : Spread   assumptions
    rng : numpy Generator, draws recall, mobility and infectiousness

    Returns
    -------
    Risk

    Raises
    ------
    InputError   ground and situation do not belong together

    Notes
    -----
    A case's infections (reproduction x infectiousness until isolation x share that is not traced) fall at
    home, in recalled stays by hours x infectiousness of the day, and, for the share that is not recalled,
    where residents of the case's unit go. Each infection counts with what the infected have yet to make
    before they are found; people traced and under management count no more. A case without a known source
    adds that source, one generation back. Cases without a home unit count by their stays only. The draws are
    a parametric bootstrap: recall uniform, mobility and reproduction log-normal, infectiousness of a case
    gamma with the dispersion of the offspring (scaled so that the mean of the draws is unbiased).
    """
    _check(ground, situation)
    seeds = _seeds(situation, spread)
    travel = kernel.turn(situation.travel_row, situation.travel_unit, situation.travel_share)
    n_draws, n_cases = spread.n_draws, situation.n_cases
    factor = rng.gamma(spread.dispersion, 1.0 / spread.dispersion, (n_draws, n_cases)) + 1e-9
    if n_draws > 1:
        factor /= factor.mean(axis=0)
    else:
        factor[:] = 1.0
    recall = rng.uniform(*spread.recall, n_draws)
    at_home = np.clip(rng.normal(spread.at_home, spread.at_home_sd, n_draws), 0.02, 0.98)
    half = spread.reproduction_sd**2 / 2
    reproduction = spread.reproduction * np.exp(rng.normal(-half, spread.reproduction_sd, n_draws))
    parts = np.zeros((5, ground.n))
    draws = np.empty((n_draws, ground.n))
    for d in range(n_draws):
        noise = np.exp(spread.mobility_sd * rng.standard_normal(len(travel.share), np.float32)).astype(
            np.float64
        )
        found = kernel.spread(
            seeds,
            travel,
            noise=noise,
            people=ground.population,
            factor=factor[d],
            away=spread.away,
            at_home=float(at_home[d]),
            recall=float(recall[d]),
            reproduction=float(reproduction[d]),
        )
        parts += found
        draws[d] = found.sum(axis=0)
    parts /= n_draws
    low, high = np.quantile(draws, (0.05, 0.95), axis=0)
    case_units, visited_units = _touched(ground, situation, spread)
    return Risk(
        parts.sum(axis=0), low, high, parts[0], parts[1], parts[2], parts[3], parts[4],
        draws, case_units, visited_units, (*spread.course.notes, *_lacks(situation)),
    )  # fmt: skip


def _touched(ground: Ground, situation: Situation, spread: Spread) -> tuple[Bool, Bool]:
    """Units where cases live, and units where cases were while infectious."""
    home, visited = np.zeros(ground.n, dtype=bool), np.zeros(ground.n, dtype=bool)
    home[situation.home[situation.home >= 0]] = True
    k = situation.visit_case
    until = np.where(np.isfinite(situation.isolated), situation.isolated, np.inf)[k]
    was = spread.course.weight(situation.visit_day - situation.onset[k]) > 0
    was &= (situation.visit_day < until) & (situation.visit_unit >= 0)
    visited[situation.visit_unit[was]] = True
    return home, visited


def _lacks(situation: Situation) -> tuple[Words, ...]:
    notes = []
    n_lost = int((situation.home < 0).sum())
    if n_lost:
        notes.append(
            Words(
                f"{n_lost} 例病例的住址不在任何单元内，其住处风险未计。",
                f"{n_lost} cases live in no unit: the risk around their homes is not counted.",
            )
        )
    n_undated = int((~np.isfinite(situation.onset)).sum())
    if n_undated:
        notes.append(
            Words(
                f"{n_undated} 例病例没有起病或采样日期，不计入风险。",
                f"{n_undated} cases have neither onset nor sampling date and add no risk.",
            )
        )
    if not len(situation.travel_unit):
        notes.append(
            Words(
                "没有单元间往来数据：漏记的去处按留在本单元计。",
                "No travel between units is known: what cases do not recall counts at their home unit.",
            )
        )
    return tuple(notes)
