"""One round for each level of a ring: the plan beside the rule's deadline, and how far it has come.

Chapter 9: reads a ring, homes, cases and tests; gives counts and a schedule by site, nobody's row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from fireline.errors import InputError
from fireline.policy import At
from fireline.tasks.sampling.asked import Asked
from fireline.tasks.sampling.means import Deadline, round_deadline
from fireline.tasks.sampling.plan import RoundPlan, plan_round
from fireline.tasks.sampling.progress import Progress, follow_round
from fireline.tasks.sampling.roster import Ring, roster_of, sampled_from
from fireline.tasks.sampling.tables import READS
from fireline.words import Words
from fireline.zones.model import LEVELS

SUBJECTS = {"sealed": "first_round_sealed", "managed": "first_round_managed", "precaution": "city_round"}
"""Level -> the deadline asked for; the precaution area is the rest of the area: its round is the area's."""

LEAST_PREVALENCE = 1e-4
"""Share of infected people that is planned for at least, where nobody states another."""


@dataclass(frozen=True, slots=True)
class LevelRound:
    """The round of one level.

    Attributes
    ----------
    level : str
    n_units, population : int
    deadline : Deadline, without hours where no rule in force gives any
    prevalence : float, used
    basis : Words, where the prevalence comes from
    sites : READS["sites"], proposed
    plan : RoundPlan or None, None where nothing can be planned
    why_none : Words or None, why there is no plan
    progress : Progress or None, None before the round begins or without a roster
    teams, registrars : int, on duty at one time
    """

    level: str
    n_units: int
    population: int
    deadline: Deadline
    prevalence: float
    basis: Words
    sites: pl.DataFrame
    plan: RoundPlan | None
    why_none: Words | None
    progress: Progress | None
    teams: int
    registrars: int


@dataclass(frozen=True, slots=True)
class Rounds:
    """All rounds of one ring.

    Attributes
    ----------
    levels : tuple of LevelRound, strict to mild
    start, at : datetime
    notes : tuple of Words, what the data lack
    """

    levels: tuple[LevelRound, ...]
    start: datetime
    at: datetime
    notes: tuple[Words, ...]

    def as_plain(self) -> list[dict[str, Any]]:
        """What page, file and command line show, as plain values; an endless time is None."""
        return [_plain(one) for one in self.levels]


def plan_rounds(ring: Ring, asked: Asked, rules: At, *, start: datetime, at: datetime) -> Rounds:
    """Plan and follow one round for each level of a ring.

    Parameters
    ----------
    ring : units with their level, homes, cases, tests
    asked : what a person states
    rules : in force on the day
    start : aware instant at which the round begins
    at : aware instant; nothing later is known

    Notes
    -----
    A rule's deadline is shown beside the plan; without one the plan has no deadline and orders nothing. Sites
    are proposed at the centres of units; a county with a list of its own plans by ``plan_round``.
    """
    roster, notes = roster_of(ring, at=at)
    samples, tubes = sampled_from(ring.tests)
    found = []
    for level in LEVELS:
        units = ring.units.filter(pl.col("level") == level).sort("unit_id")
        if not units.height:
            continue
        listed = roster.filter(pl.col("unit_id").is_in(units["unit_id"].implode()))
        n_cases = ring.cases.select("person_key").unique().join(listed, on="person_key", how="semi").height
        people = samples.join(listed, on="person_key", how="semi")
        progress = (
            follow_round(listed, people, tubes, start=start, at=at) if listed.height and at >= start else None
        )
        found.append(_level(level, units, n_cases, asked, rules, progress))
    return Rounds(tuple(found), start, at, notes)


def _level(
    level: str, units: pl.DataFrame, n_cases: int, asked: Asked, rules: At, progress: Progress | None
) -> LevelRound:
    population = int(units["population"].fill_null(0).sum())
    deadline = round_deadline(rules, SUBJECTS[level], population=population)
    prevalence, basis = _prevalence(asked, n_cases, population)
    known = units.filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    sites = place_sites(
        known,
        people_per_site=int(asked.number("people_per_site")),
        lanes=int(asked.number("lanes")),
        reach_m=asked.number("reach_m"),
    )
    plan, why = None, None
    try:
        plan = plan_round(
            units.select(list(READS["units"])),
            sites,
            asked.means(),
            prevalence=prevalence,
            deadline=deadline if deadline.hours is not None else None,
            pool_size=asked.pool_size,
        )
    except InputError as error:
        why = error.words
    return LevelRound(
        level,
        units.height,
        population,
        deadline,
        prevalence,
        basis,
        sites,
        plan,
        why,
        progress,
        int(asked.number("teams")),
        int(asked.number("registrars")),
    )


def _prevalence(asked: Asked, n_cases: int, population: int) -> tuple[float, Words]:
    if asked.prevalence is not None:
        return asked.prevalence, Words("人工填写", "stated by hand")
    seen = n_cases / population if population else 0.0
    if seen > LEAST_PREVALENCE:
        return min(seen, 1.0), Words(
            f"本级已知 {n_cases} 例 / {population:,} 人", f"{n_cases} cases known among {population:,} people"
        )
    return LEAST_PREVALENCE, Words(
        f"本级已知 {n_cases} 例，至少按万分之一计",
        f"{n_cases} cases known here; planned for at least 1 in 10,000",
    )


def place_sites(units: pl.DataFrame, *, people_per_site: int, lanes: int, reach_m: float) -> pl.DataFrame:
    """Propose sites at centres of units: first the largest unit, then always the unit farthest from a site.

    Parameters
    ----------
    units : unit_id, population, lon, lat (known)
    people_per_site : a site for each so many people; more where a unit would have none within ``reach_m``
    lanes : teams a site has room for
    reach_m : metres

    Returns
    -------
    DataFrame   ``READS["sites"]``; a site has the id of the unit it stands in

    Notes
    -----
    Farthest-first traversal (Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5, Theoretical Computer Science
    38): the longest way to a site is at most twice the shortest possible with as many sites.
    """
    lived = units.filter(pl.col("population").fill_null(0) > 0).sort("unit_id")
    if not lived.height:
        return pl.DataFrame(schema=READS["sites"])
    people = lived["population"].to_numpy()
    lon, lat = lived["lon"].to_numpy().astype(float), lived["lat"].to_numpy().astype(float)
    x = 111_195.0 * np.cos(np.radians(lat.mean())) * (lon - lon.mean())
    y = 111_195.0 * (lat - lat.mean())
    least = min(lived.height, math.ceil(int(people.sum()) / people_per_site))
    chosen = [int(np.argmax(people))]
    metres = np.hypot(x - x[chosen[0]], y - y[chosen[0]])
    while len(chosen) < least or metres.max() > reach_m:
        farthest = int(np.argmax(metres))
        if metres[farthest] <= 0:
            break
        chosen.append(farthest)
        metres = np.minimum(metres, np.hypot(x - x[farthest], y - y[farthest]))
    at = sorted(chosen)
    return pl.DataFrame(
        {
            "site_id": [lived["unit_id"][i] for i in at],
            "lon": lon[at],
            "lat": lat[at],
            "most_teams": [lanes] * len(at),
        },
        schema=READS["sites"],
    )


SCHEDULE = ("level", "site_id", "unit_id", "people", "distance_m", "start_h", "end_h", "start_at", "end_at")
"""Columns of the schedule by site."""


def schedule_rows(rounds: Rounds) -> list[dict[str, Any]]:
    """The schedule by site, one row for each unit: columns SCHEDULE; a unit without a site has none."""
    rows = []
    for one in rounds.levels:
        if one.plan is None:
            continue
        table = one.plan.units.filter(pl.col("people") > 0).sort(
            "site_id", "start_h", "unit_id", nulls_last=True
        )
        for row in table.iter_rows(named=True):
            hours = {name: row[f"{name}_h"] for name in ("start", "end")}
            at = {
                f"{name}_at": rounds.start + timedelta(hours=h)
                if h is not None and math.isfinite(h)
                else None
                for name, h in hours.items()
            }
            rows.append({"level": one.level, **row, **at})
    return [{name: row[name] for name in SCHEDULE} for row in rows]


def _plain(one: LevelRound) -> dict[str, Any]:
    found: dict[str, Any] = {
        "level": one.level,
        "n_units": one.n_units,
        "population": one.population,
        "deadline_h": one.deadline.hours,
        "rule_id": one.deadline.rule_id,
        "edition": one.deadline.edition,
        "deadline_zh": one.deadline.note.zh,
        "deadline_en": one.deadline.note.en,
        "prevalence": one.prevalence,
        "basis_zh": one.basis.zh,
        "basis_en": one.basis.en,
        "why_none_zh": one.why_none.zh if one.why_none else "",
        "why_none_en": one.why_none.en if one.why_none else "",
        "plan": None if one.plan is None else _plan(one.plan, one.teams, one.registrars),
        "progress": None if one.progress is None else _progress(one.progress),
    }
    return found


def _plan(plan: RoundPlan, teams: int, registrars: int) -> dict[str, Any]:
    """The plan as plain values; teams that go from site to site are counted once."""
    sites = plan.sites.filter(pl.col("people") > 0)
    placed = int(sites["teams"].sum())
    return {
        "n_sites": sites.height,
        "people": int(sites["people"].sum()),
        "teams": min(placed, teams),
        "registrars": min(int(sites["registrars"].sum()), registrars),
        "is_moving": placed > teams,
        "tubes": int(sites["tubes"].sum()),
        "pool_size": plan.pools.size,
        "pool_zh": plan.pools.note.zh,
        "pool_en": plan.pools.note.en,
        "pools": plan.pools.options.to_dicts(),
        "sampled_h": _finite(plan.sampled_h),
        "results_h": _finite(plan.results_h),
        "settled_h": _finite(plan.settled_h),
        "is_in_time": plan.is_in_time,
        "teams_needed": plan.teams_needed,
        "needs": plan.needs.to_dicts(),
        "short": plan.needs.filter(pl.col("short") > 0).to_dicts(),
        "sites": [{**row, "end_h": _finite(row["end_h"])} for row in sites.to_dicts()],
        "notes": _both(plan.notes),
    }


def _progress(progress: Progress) -> dict[str, Any]:
    return {
        "total": progress.total.drop("unit_id").row(0, named=True),
        "hours": progress.hours.to_dicts(),
        "to_resample": progress.resamples.height,
        "tubes_to_resample": progress.resamples["tube_id"].n_unique(),
        "notes": _both(progress.notes),
    }


def _both(notes: Sequence[Words]) -> list[dict[str, str]]:
    return [{"zh": n.zh, "en": n.en} for n in notes]


def _finite(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
