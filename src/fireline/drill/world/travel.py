"""Who goes where: gravity between units for errands, schools and work, and who is met there.

Drill: read by county; the true travel of the exercise, of which a planner sees a wrong copy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fireline.drill.world.rows import F64, I64, Rows, of_links

DESTINATIONS = 40
"""Units that the residents of one unit go to on errands; a household's list of places is short (invented)."""
REACH_KM = {"errand": 0.6, "work": 1.5, "school": 0.5}
"""Distance at which the pull of a place has fallen to a quarter, by reason (invented, gravity of power 2)."""
_BLOCK = 500


def pull_rows(x: F64, y: F64, attraction: F64, *, reach_km: float, rng: np.random.Generator) -> Rows:
    """Gravity: a unit draws visitors by its attraction over (1 + distance / reach) squared.

    Parameters
    ----------
    x, y : float64 (n,), kilometres
    attraction : float64 (n,), >= 0
    reach_km : float, distance where the pull is a quarter of that next door
    rng : numpy Generator; each unit keeps DESTINATIONS destinations, drawn by their pull without replacement

    Notes
    -----
    A unit never draws itself: what happens at home is the neighbourhood, not travel.

    References
    ----------
    .. [1] Zipf G. K. (1946), Am Sociol Rev 11:677-686, doi:10.2307/2087063: gravity of two places.
    .. [2] Efraimidis P. S., Spirakis P. G. (2006), Inf Process Lett 97:181-185: draws without replacement.
    """
    east, north, pulls = (a.astype(np.float32) for a in (x, y, attraction))
    n = len(x)
    kept = min(DESTINATIONS, n - 1)
    owner, unit, weight = [], [], []
    for low in range(0, n, _BLOCK):
        rows = np.arange(low, min(low + _BLOCK, n))
        distance = np.sqrt((east[rows, None] - east) ** 2 + (north[rows, None] - north) ** 2)
        pull = pulls / (1.0 + distance / reach_km) ** 2
        pull[np.arange(len(rows)), rows] = 0.0
        with np.errstate(
            divide="ignore", invalid="ignore"
        ):  # the smallest waiting times are draws without replacement
            wait = rng.standard_exponential(pull.shape, dtype=np.float32) / pull
        top = np.argpartition(wait, kept - 1, axis=1)[:, :kept]
        owner.append(np.repeat(rows, kept))
        unit.append(top.ravel())
        weight.append(np.take_along_axis(pull, top, axis=1).ravel().astype(np.float64))
    return of_links(n, np.concatenate(owner), np.concatenate(unit), np.concatenate(weight))


def clientele(errands: Rows, population: F64, *, stay_home: float = 0.35) -> Rows:
    """Where the people live who are met in a unit: its visitors, and its own residents.

    Parameters
    ----------
    errands : true errand rows
    population : float64 (n,)
    stay_home : float, share of the people met in a unit who live there (invented)
    """
    n = errands.n
    back = of_links(n, errands.unit, errands.owner(), errands.share * population[errands.owner()])
    here = np.flatnonzero(population > 0)
    visited = np.diff(back.first)[here] > 0
    return of_links(
        n,
        np.concatenate([back.owner(), here]),
        np.concatenate([back.unit, here]),
        np.concatenate([back.share * (1 - stay_home), np.where(visited, stay_home, 1.0)]),
    )


def away_rows(errands: Rows, *, home: I64, place: I64, errand_share: float) -> Rows:
    """True travel of each unit: errands and daily places together, other units only.

    Parameters
    ----------
    errands : true errand rows
    home, place : int64 (n_members,), home unit of each person with a daily place, and the unit of that place
    errand_share : float, 0..1, share of contacts away from home that fall on errands
    """
    away = home != place
    daily = of_links(errands.n, home[away], place[away], np.ones(int(away.sum())))
    return of_links(
        errands.n,
        np.concatenate([errands.owner(), daily.owner()]),
        np.concatenate([errands.unit, daily.unit]),
        np.concatenate([errands.share * errand_share, daily.share * (1 - errand_share)]),
    )


def groups_of(destination: I64, size: NDArray[np.int64], rng: np.random.Generator) -> tuple[I64, I64]:
    """Cut the people who go to one unit into groups of about the unit's size.

    Parameters
    ----------
    destination : int64 (n_members,), unit of the place
    size : int64 (n_units,), people a group there

    Returns
    -------
    group : int64 (n_members,), 0, 1, ...
    unit : int64 (n_groups,), unit of each group
    """
    order = np.lexsort((rng.random(len(destination)), destination))
    at = destination[order]
    starts = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
    rank = np.arange(len(at)) - np.repeat(starts, np.diff(np.r_[starts, len(at)]))
    piece = rank // size[at]
    is_new = np.r_[True, (at[1:] != at[:-1]) | (piece[1:] != piece[:-1])]
    group = np.empty(len(at), np.int64)
    group[order] = np.cumsum(is_new) - 1
    return group, at[is_new]
