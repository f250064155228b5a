"""Plan one sampling round: sites, teams, tubes, laboratory; when it ends, and what the rule's deadline lacks.

Chapter 9: reads the rules in force and tables of what a county has; a plan orders nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from fireline.errors import InputError
from fireline.tasks.sampling.means import (
    Deadline,
    Means,
    clock_h,
    fastest_h,
    lab_h,
    work_h,
)
from fireline.tasks.sampling.needs import find_needs, plan_notes
from fireline.tasks.sampling.pools import SIZES, Pools, choose_pool
from fireline.tasks.sampling.schedule import (
    Assignment,
    Ints,
    Rota,
    Ways,
    assign_exact,
    assign_greedy,
    rotate_teams,
    shortest_hours,
    spread_teams,
    ways_between,
)
from fireline.tasks.sampling.tables import READS, SCHEMAS
from fireline.words import Words
from fireline.zones.outlines.plane import Plane

_TRIES = 40


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """A round as it can be carried out, and what it lacks.

    Attributes
    ----------
    pools : Pools
    units, sites, needs : ``SCHEMAS["round_units"]``, ``["round_sites"]``, ``["round_needs"]``
    sampled_h : float, hours from the start to the last sample (infinite where it never ends)
    results_h : float, to the last first result
    settled_h : float, to the last result of people of positive pools, sampled again alone
    deadline_h : float or None
    is_in_time : bool or None, results of everybody by the deadline, with tubes enough; None without a
        deadline
    teams_needed : int or None, teams that meet the deadline; None without a deadline, or where none do
    teams_bound : int or None, no plan with these sites needs fewer
    notes : tuple of Words, the plan in sentences
    """

    pools: Pools
    units: pl.DataFrame
    sites: pl.DataFrame
    needs: pl.DataFrame
    sampled_h: float
    results_h: float
    settled_h: float
    deadline_h: float | None
    is_in_time: bool | None
    teams_needed: int | None
    teams_bound: int | None
    notes: tuple[Words, ...]

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables by name."""
        return {
            "round_units": self.units, "round_sites": self.sites, "round_needs": self.needs,
            "pool_options": self.pools.options,
        }  # fmt: skip


def plan_round(
    units: pl.DataFrame,
    sites: pl.DataFrame,
    means: Means,
    *,
    prevalence: float,
    deadline: Deadline | None = None,
    pool_size: int | None = None,
    is_exact: bool = False,
    limit_s: float = 5.0,
) -> RoundPlan:
    """Plan a round.

    Parameters
    ----------
    units, sites : ``tables.READS``; population is who has to come
    means : Means
    prevalence : expected share of infected people, 0 to 1
    deadline : of ``round_deadline``; None for a plan without one
    pool_size : people in a tube; None to choose by prevalence
    is_exact : look for fewer teams with the solver, up to ``limit_s`` seconds

    Returns
    -------
    RoundPlan   units without a site in reach are in it with a null site and in ``needs``

    Raises
    ------
    InputError   nothing to plan: no unit with people, no site, no team, coordinates missing
    """
    _check(units, sites, means)
    units, sites = units.sort("unit_id"), sites.sort("site_id")
    people = units["population"].fill_null(0).to_numpy().astype(np.int64)
    lanes = sites["most_teams"].to_numpy().astype(np.int64)
    pools = choose_pool(prevalence, sizes=SIZES if pool_size is None else (pool_size,))
    ways = _ways(units, sites, means)
    registered = means.registrars * means.people_per_registrar_h
    teams = min(means.teams, max(1, int(registered / means.people_per_team_h)))
    # registrars fewer than one team needs slow that team down
    rate = min(means.people_per_team_h, registered / teams)
    found, staffed, rota, is_moving = _staffed(people, ways, lanes, rate=rate, teams=teams)
    load = _load(found, people, len(lanes))
    is_endless = not len(ways.unit) or bool((load == 0).all())
    sampled = math.inf if is_endless else clock_h(float(rota.end_h.max(initial=0.0)), means.open_h)
    tubes = _tubes(load, pools.size)
    again = _again(int(load.sum()), pools)
    results = lab_h(float(tubes.sum()), sampled, means)
    settled = _settled(results, again, means)
    limit = deadline.hours if deadline is not None else None
    left_h = 0.0 if limit is None else work_h(limit - fastest_h(means), means.open_h)
    best = None
    if limit is not None and left_h > 0:
        assign = assign_exact if is_exact else assign_greedy
        extra = {"limit_s": limit_s} if is_exact else {}
        best = assign(people, ways, lanes, rate_h=means.people_per_team_h, hours=left_h, **extra)
    needs = find_needs(people, ways, best, pools, means, limit=limit, left_h=left_h, again=again)
    is_out = bool((found.site_of[people > 0] < 0).any())
    has_tubes = not needs.filter((pl.col("resource") == "tubes") & (pl.col("short") > 0)).height
    in_time = None if limit is None else bool(results <= limit + 1e-9 and not is_out and has_tubes)
    return RoundPlan(
        pools, _unit_table(units, sites, people, found, ways, rota, means),
        _site_table(sites, found, load, staffed, tubes, rota, means), needs, sampled, results, settled,
        limit, in_time, None if best is None or best.n_out else best.n_teams,
        None if best is None else best.bound,
        plan_notes(
            pools, sampled, results, settled, deadline, in_time, needs, is_moving=is_moving
        ),
    )  # fmt: skip


def _check(units: pl.DataFrame, sites: pl.DataFrame, means: Means) -> None:
    faults = []
    for name, table in (("units", units), ("sites", sites), ("labs", means.labs)):
        lacking = [c for c in READS[name] if c not in table.columns]
        if lacking:
            faults.append(Words(f"{name} 缺列 {'、'.join(lacking)}", f"{name} lacks {', '.join(lacking)}"))
    if not faults:
        for name, table in (("units", units), ("sites", sites)):
            n = table.filter(pl.col("lon").is_null() | pl.col("lat").is_null()).height
            if n:
                faults.append(Words(f"{name} 有 {n} 行没有坐标", f"{n} rows of {name} have no coordinates"))
        if not units["population"].fill_null(0).sum():
            faults.append(Words("没有需要采样的人", "nobody is to be sampled"))
        if not sites.height:
            faults.append(Words("没有采样点", "there is no sampling site"))
    if min(means.people_per_team_h, means.people_per_registrar_h, means.reach_m, means.open_h) <= 0:
        faults.append(
            Words("速度、步行距离和开放时间须大于 0", "rates, reach and opening hours must be above 0")
        )
    if means.teams < 1:
        faults.append(Words("没有采样队", "there is no sampling team"))
    if means.registrars < 1:
        faults.append(Words("没有登记员", "there is no registrar"))
    if faults:
        raise InputError(
            Words(
                "采样计划：" + "；".join(f.zh for f in faults),
                "sampling plan: " + "; ".join(f.en for f in faults),
            )
        )


def _ways(units: pl.DataFrame, sites: pl.DataFrame, means: Means) -> Ways:
    where = [
        shapely.points(t["lon"].to_numpy().astype(float), t["lat"].to_numpy().astype(float))
        for t in (units, sites)
    ]
    plane = Plane.around(np.concatenate(where))
    xy = [shapely.get_coordinates(plane.flat(w)) for w in where]
    return ways_between(xy[0], xy[1], reach_m=means.reach_m)


def _staffed(
    people: Ints, ways: Ways, lanes: Ints, *, rate: float, teams: int
) -> tuple[Assignment, Ints, Rota, bool]:
    """Units and teams on sites with the hours each site works; the last says whether teams move on."""
    nobody = np.zeros(len(lanes), dtype=np.int64)
    nothing = Rota(np.zeros(len(lanes)), np.zeros(len(lanes)))
    out = Assignment(np.full(len(people), -1, dtype=np.int64), nobody, 0, "greedy")
    reached = np.unique(ways.unit)
    if not len(reached) or not people[reached].sum():
        return out, nobody, nothing, False
    hours = shortest_hours(people, ways, lanes, rate_h=rate, teams=teams)
    if math.isfinite(hours):
        found = assign_greedy(people, ways, lanes, rate_h=rate, hours=hours)
        load = _load(found, people, len(lanes))
        staffed = spread_teams(load, found.teams, lanes, spare=max(0, teams - found.n_teams))
        end = np.divide(load, staffed * rate, out=np.zeros(len(load)), where=staffed > 0)
        return found, staffed, Rota(np.zeros(len(lanes)), end), False
    # fewer teams than sites that must open: they go from one to the next
    hours = float(people[reached].sum()) / (rate * teams)
    best = out
    for _ in range(_TRIES):
        found = assign_greedy(people, ways, lanes, rate_h=rate, hours=hours)
        if found.n_out < best.n_out:
            best = found
        if int((found.site_of >= 0).sum()) == len(reached):
            break
        hours *= 1.3
    load = _load(best, people, len(lanes))
    return best, best.teams, rotate_teams(load, best.teams, rate_h=rate, teams=teams), True


def _load(found: Assignment, people: Ints, n_sites: int) -> Ints:
    placed = found.site_of >= 0
    return np.bincount(found.site_of[placed], people[placed], minlength=n_sites).astype(np.int64)


def _tubes(load: Ints, size: int) -> Ints:
    return -(-load // size)


def _again(people: int, pools: Pools) -> int:
    """Single tubes that people of positive pools are expected to need."""
    row = pools.options.row(by_predicate=pl.col("is_chosen"), named=True)
    return math.ceil(people * float(row["resampled_per_1000"]) / 1000.0 - 1e-9)


def _settled(results: float, again: int, means: Means) -> float:
    if not again or not math.isfinite(results):
        return results
    rate = float(means.labs["tubes_per_h"].sum())
    return results + means.recall_h + fastest_h(means) + again / rate


def _site_table(
    sites: pl.DataFrame,
    found: Assignment,
    load: Ints,
    staffed: Ints,
    tubes: Ints,
    rota: Rota,
    means: Means,
) -> pl.DataFrame:
    per = means.people_per_team_h / means.people_per_registrar_h
    n_units = np.bincount(found.site_of[found.site_of >= 0], minlength=len(load))
    return pl.DataFrame(
        {
            "site_id": sites["site_id"],
            "n_units": n_units,
            "people": load,
            "teams": staffed,
            "registrars": np.ceil(staffed * per - 1e-9).astype(np.int64),
            "tubes": tubes,
            "end_h": [clock_h(h, means.open_h) for h in rota.end_h.tolist()],
        },
        schema=SCHEMAS["round_sites"],
    )


def _unit_table(
    units: pl.DataFrame,
    sites: pl.DataFrame,
    people: Ints,
    found: Assignment,
    ways: Ways,
    rota: Rota,
    means: Means,
) -> pl.DataFrame:
    """Units of one site follow each other, nearest first."""
    n = len(people)
    metres = np.full(n, np.nan)
    at = found.site_of[ways.unit] == ways.site
    metres[ways.unit[at]] = ways.metres[at]
    start, end = np.full(n, np.nan), np.full(n, np.nan)
    for s in np.unique(found.site_of[found.site_of >= 0]).tolist():
        members = np.flatnonzero(found.site_of == s)
        members = members[np.lexsort((members, metres[members]))]
        # the site works evenly from its start to its end
        share = np.cumsum(people[members]) / max(int(people[members].sum()), 1)
        until = rota.start_h[s] + share * (rota.end_h[s] - rota.start_h[s])
        end[members] = [clock_h(h, means.open_h) for h in until.tolist()]
        begin = np.concatenate([[rota.start_h[s]], until[:-1]])
        # a unit that begins when sites close begins when they open again
        start[members] = [clock_h(h + 1e-6, means.open_h) if h > 0 else 0.0 for h in begin.tolist()]
    names = sites["site_id"].to_list()
    return (
        pl.DataFrame(
            {
                "unit_id": units["unit_id"],
                "site_id": [names[s] if s >= 0 else None for s in found.site_of.tolist()],
                "people": people,
                "distance_m": metres,
                "start_h": start,
                "end_h": end,
            },
            schema=SCHEMAS["round_units"],
        )
        .with_columns(pl.col("distance_m").round(0), pl.col("start_h", "end_h").round(3))
        .fill_nan(None)
    )
