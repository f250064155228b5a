"""Which unit goes to which sampling site with how many teams: a fast rule, and an exact answer to compare.

Chapter 9: arrays only; the plan of a round turns the answer into tables.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, hstack, vstack
from scipy.spatial import cKDTree

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_EPS = 1e-9
_LONGEST_H = 100_000.0


@dataclass(frozen=True, slots=True)
class Ways:
    """Sites that people of a unit can walk to, nearest first.

    Attributes
    ----------
    unit, site : int64 (n_ways,), sorted by unit, then distance, then site
    metres : float64 (n_ways,)
    n_units, n_sites : int
    """

    unit: Ints
    site: Ints
    metres: Floats
    n_units: int
    n_sites: int

    def of(self, i: int) -> tuple[Ints, Floats]:
        """Sites of one unit and their distances."""
        low, high = np.searchsorted(self.unit, [i, i + 1])
        return self.site[low:high], self.metres[low:high]


def ways_between(unit_xy: Floats, site_xy: Floats, *, reach_m: float, most: int = 8) -> Ways:
    """Sites within reach of each unit.

    Parameters
    ----------
    unit_xy, site_xy : float64 (n, 2), metres on a plane, finite
    reach_m : metres, > 0
    most : nearest sites kept for a unit, >= 1
    """
    k = min(most, len(site_xy))
    if not len(unit_xy) or not k:
        none = np.empty(0, np.int64)
        return Ways(none, none, np.empty(0), len(unit_xy), len(site_xy))
    metres, site = cKDTree(site_xy).query(unit_xy, k=k, distance_upper_bound=reach_m)
    metres, site = metres.reshape(len(unit_xy), k), site.reshape(len(unit_xy), k)
    unit = np.repeat(np.arange(len(unit_xy)), k).reshape(site.shape)
    keep = np.isfinite(metres)
    return Ways(
        unit[keep].astype(np.int64), site[keep].astype(np.int64), metres[keep], len(unit_xy), len(site_xy)
    )


@dataclass(frozen=True, slots=True)
class Assignment:
    """Units on sites, teams on sites, for one length of sampling.

    Attributes
    ----------
    site_of : int64 (n_units,), -1 where no site in reach has room
    teams : int64 (n_sites,)
    bound : int, no assignment that leaves out as few units needs fewer teams (as far as was proved)
    method : str, "greedy" or "exact"
    """

    site_of: Ints
    teams: Ints
    bound: int
    method: str

    @property
    def n_out(self) -> int:
        """Units without a site."""
        return int((self.site_of < 0).sum())

    @property
    def n_teams(self) -> int:
        """Teams on all sites."""
        return int(self.teams.sum())


def people_per_team(rate_h: float, hours: float) -> int:
    """People one team samples in that time."""
    return int(rate_h * hours + _EPS)


def assign_greedy(people: Ints, ways: Ways, most_teams: Ints, *, rate_h: float, hours: float) -> Assignment:
    """Put each unit on a site so that few teams finish everybody in time.

    Parameters
    ----------
    people : int64 (n_units,), >= 0
    most_teams : int64 (n_sites,), lanes of each site, >= 0
    rate_h : people a team samples an hour, > 0
    hours : length of sampling, > 0

    Returns
    -------
    Assignment   units without people need no site but get their nearest; a unit is never split

    Notes
    -----
    Largest units first, each to the site in reach where it costs the fewest further teams, then the nearest.
    Then one pass over sites whose last team has little to do: if all units that make it necessary fit into
    spare time of teams elsewhere in reach, they move and the team is saved.
    """
    _check(people, ways, most_teams, rate_h, hours)
    each = people_per_team(rate_h, hours)
    site_of = np.full(ways.n_units, -1, dtype=np.int64)
    if each == 0:
        return Assignment(site_of, np.zeros(ways.n_sites, np.int64), 0, "greedy")
    load = np.zeros(ways.n_sites, dtype=np.int64)
    room = most_teams * each
    for i in np.lexsort((np.arange(len(people)), -people)).tolist():
        sites, metres = ways.of(i)
        after = load[sites] + people[i]
        fits = after <= room[sites]
        if not fits.any():
            continue
        more = -(-after // each) - -(-load[sites] // each)
        order = np.lexsort((sites, metres, more))
        best = int(sites[order[fits[order]][0]])
        site_of[i] = best
        load[best] += people[i]
    _save_teams(people, ways, site_of, load, each, room)
    teams = -(-load // each)
    return Assignment(site_of, teams, _least(people[site_of >= 0], each), "greedy")


def _check(people: Ints, ways: Ways, most_teams: Ints, rate_h: float, hours: float) -> None:
    if len(people) != ways.n_units or len(most_teams) != ways.n_sites:
        raise ValueError("people and most_teams must fit the units and sites of ways")
    if (people < 0).any() or (most_teams < 0).any() or rate_h <= 0 or hours <= 0:
        raise ValueError("people and most_teams must be >= 0, rate_h and hours > 0")


def _least(people: Ints, each: int) -> int:
    """Teams that the number of people alone asks for."""
    return int(-(-int(people.sum()) // each)) if each else 0


def _save_teams(people: Ints, ways: Ways, site_of: Ints, load: Ints, each: int, room: Ints) -> None:
    """Move units away from sites whose last team has little to do; changes site_of and load."""
    surplus = np.where(load % each == 0, each, load % each)
    for s in np.lexsort((np.arange(len(load)), surplus)).tolist():
        over = int(load[s] % each)
        if not over:
            continue
        moved: list[tuple[int, int]] = []
        trial = load.copy()
        members = np.flatnonzero((site_of == s) & (people > 0))
        for i in members[np.argsort(people[members], kind="stable")][::-1].tolist():
            if over <= 0:
                break
            sites, metres = ways.of(i)
            spare = -(-trial[sites] // each) * each - trial[sites]
            fits = (sites != s) & (spare >= people[i]) & (trial[sites] + people[i] <= room[sites])
            if fits.any():
                to = int(sites[fits][np.argmin(metres[fits])])
                trial[to] += people[i]
                trial[s] -= people[i]
                over -= int(people[i])
                moved.append((i, to))
        if over <= 0 and moved:
            load[:] = trial
            for i, to in moved:
                site_of[i] = to


def assign_exact(
    people: Ints,
    ways: Ways,
    most_teams: Ints,
    *,
    rate_h: float,
    hours: float,
    gap: float = 0.0,
    limit_s: float = 5.0,
) -> Assignment:
    """The fewest teams that finish everybody in time; as few units left out as possible come first.

    Parameters
    ----------
    people, ways, most_teams, rate_h, hours : as in assign_greedy
    gap : relative gap at which the solver may stop, 0 for a proof
    limit_s : seconds for the solver, > 0

    Returns
    -------
    Assignment   never worse than ``assign_greedy``; ``method`` is "exact" where the solver's answer was
        taken, "greedy" where it found nothing better; ``bound`` is what it proved

    Notes
    -----
    x of unit i on site s is 0 or 1, t of site s whole; sum of people on s <= each t, t <= lanes; minimise
    teams + (all lanes + 1) times the units left out. HiGHS through scipy.
    """
    first = assign_greedy(people, ways, most_teams, rate_h=rate_h, hours=hours)
    each = people_per_team(rate_h, hours)
    if each == 0 or not len(ways.unit) or (first.n_out == 0 and first.n_teams == first.bound):
        return first
    n_ways, n_units, n_sites = len(ways.unit), ways.n_units, ways.n_sites
    whole = np.arange(n_ways)
    price = float(most_teams.sum()) + 1.0
    cost = np.concatenate([np.zeros(n_ways), np.ones(n_sites), np.full(n_units, price)])
    put = coo_array((np.ones(n_ways), (ways.unit, whole)), shape=(n_units, n_ways))
    one_each = hstack([put, coo_array((n_units, n_sites)), _unit_matrix(n_units)])
    weigh = coo_array((people[ways.unit].astype(float), (ways.site, whole)), shape=(n_sites, n_ways))
    enough = hstack([weigh, -float(each) * _unit_matrix(n_sites), coo_array((n_sites, n_units))])
    low = np.concatenate([np.ones(n_units), np.full(n_sites, -np.inf)])
    high = np.concatenate([np.ones(n_units), np.zeros(n_sites)])
    upper = np.concatenate([np.ones(n_ways), most_teams.astype(float), np.ones(n_units)])
    solved = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(np.zeros(len(cost)), upper),
        constraints=LinearConstraint(vstack([one_each, enough]).tocsr(), low, high),
        options={"time_limit": limit_s, "mip_rel_gap": gap},
    )
    proved = getattr(solved, "mip_dual_bound", None)
    bound = 0 if proved is None or not np.isfinite(proved) else int(np.ceil(proved - 1e-6))
    if solved.x is not None:
        site_of = np.full(n_units, -1, dtype=np.int64)
        taken = np.flatnonzero(solved.x[:n_ways] > 0.5)
        site_of[ways.unit[taken]] = ways.site[taken]
        load = np.bincount(site_of[site_of >= 0], people[site_of >= 0], minlength=n_sites).astype(np.int64)
        found = Assignment(site_of, -(-load // each), 0, "exact")
        is_better = (found.n_out, found.n_teams) < (first.n_out, first.n_teams)
        best = found if is_better and (found.teams <= most_teams).all() else first
    else:
        best = first
    # the price of units left out is part of what was proved
    proof = max(bound - int(price) * best.n_out, _least(people[best.site_of >= 0], each))
    return Assignment(best.site_of, best.teams, min(proof, best.n_teams), best.method)


def _unit_matrix(n: int) -> coo_array:
    return coo_array((np.ones(n), (np.arange(n), np.arange(n))), shape=(n, n))


def shortest_hours(people: Ints, ways: Ways, most_teams: Ints, *, rate_h: float, teams: int) -> float:
    """Fewest hours of sampling in which that many teams finish every unit that has a site in reach.

    Parameters
    ----------
    teams : int, > 0

    Returns
    -------
    float   hours, to a minute above what the fast rule can do; infinite where no length is enough (sites
        without lanes)

    Raises
    ------
    ValueError   teams < 1
    """
    if teams < 1:
        raise ValueError("at least one team")
    reached = len(np.unique(ways.unit))

    def is_enough(hours: float) -> bool:
        found = assign_greedy(people, ways, most_teams, rate_h=rate_h, hours=hours)
        return found.n_teams <= teams and int((found.site_of >= 0).sum()) == reached

    low = max(float(people[np.unique(ways.unit)].sum()) / (rate_h * teams), 1 / 60)
    high = low
    while not is_enough(high):
        low, high = high, high * 1.3 + 1 / 60
        if high > _LONGEST_H:
            return np.inf
    while high - low > 1 / 60:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def spread_teams(load: Ints, teams: Ints, most_teams: Ints, *, spare: int) -> Ints:
    """Give spare teams, one by one, to the site that would finish last; lanes are kept.

    Parameters
    ----------
    load : int64 (n_sites,), people of each site
    teams : int64 (n_sites,), teams already there
    spare : int, >= 0
    """
    done = teams.copy()
    for _ in range(spare):
        open_ = (done < most_teams) & (load > 0)
        if not open_.any():
            break
        longest = np.where(open_, load / np.maximum(done, 1) + (done == 0) * 1e12, -1.0)
        done[int(np.argmax(longest))] += 1
    return done


@dataclass(frozen=True, slots=True)
class Rota:
    """Teams that go from site to site.

    Attributes
    ----------
    start_h, end_h : float64 (n_sites,), hours of work after the start; 0 where nobody comes
    """

    start_h: Floats
    end_h: Floats


def rotate_teams(load: Ints, jobs: Ints, *, rate_h: float, teams: int) -> Rota:
    """Let fewer teams than sites serve all of them, one after the other.

    Parameters
    ----------
    load : int64 (n_sites,), people of each site
    jobs : int64 (n_sites,), teams among which the work of a site is divided, >= 1 where load > 0
    rate_h : people a team samples an hour, > 0
    teams : int, > 0

    Notes
    -----
    Longest job first, to the team that is free first (Graham: at most 4/3 of the best possible). Going from
    one site to the next takes no time here.
    """
    start, end = np.full(len(load), np.inf), np.zeros(len(load))
    each = np.divide(load, jobs, out=np.zeros(len(load)), where=jobs > 0) / rate_h
    free = [(0.0, k) for k in range(teams)]
    for s in np.lexsort((np.arange(len(load)), -each)).tolist():
        for _ in range(int(jobs[s]) if load[s] else 0):
            begin, team = heapq.heappop(free)
            heapq.heappush(free, (begin + each[s], team))
            start[s], end[s] = min(start[s], begin), max(end[s], begin + each[s])
    return Rota(np.where(np.isfinite(start), start, 0.0), end)
