"""Where unseen infections are likely to live, from where cases were: one draw of the assumptions.

Kernels: called by zones.risk. A mass of infections made in a unit is shared among the people who are there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices, require_length

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

HOME, VISITED, CLIENTELE, UNKNOWN, NEXT = range(5)
"""Rows of the result."""


class Travel(NamedTuple):
    """Where residents of each unit meet others away from home, by rows and turned round.

    Attributes
    ----------
    row : int64 array, shape (n_units + 1,)   links of each unit of residence
    unit : int64 array, shape (n_links,)   unit where they go
    share : float64 array, shape (n_links,)   of the residents' contacts away from home
    back_row : int64 array, shape (n_units + 1,)   links by the unit where people go
    back_unit : int64 array, shape (n_links,)   unit of residence
    back_link : int64 array, shape (n_links,)   place of the link in ``share``
    """

    row: I64
    unit: I64
    share: F64
    back_row: I64
    back_unit: I64
    back_link: I64


class Seeds(NamedTuple):
    """Onward infections of cases and of their unknown sources, in units of one reproduction number.

    ``ahead`` is infections times the share that the infected have yet to make, ``later`` the same times the
    share that their own infections make in turn.

    Attributes
    ----------
    home : int64 array, shape (n_cases,)   -1 where not known
    ahead, later : float64 arrays, shape (n_cases,)   all places together
    source_ahead, source_later : float64 arrays, shape (n_cases,)   of the unknown source; 0 where known
    visit_case, visit_unit : int64 arrays, shape (n_visits,)
    visit_ahead, visit_later : float64 arrays, shape (n_visits,)   made during the stay, were all stays known
    visit_share : float64 array, shape (n_visits,)   of the case's exposure to its source; sums to 1 or 0
    has_visits, has_exposure : bool arrays, shape (n_cases,)   whether any stay counts for either
    """

    home: I64
    ahead: F64
    later: F64
    source_ahead: F64
    source_later: F64
    visit_case: I64
    visit_unit: I64
    visit_ahead: F64
    visit_later: F64
    visit_share: F64
    has_visits: NDArray[np.bool_]
    has_exposure: NDArray[np.bool_]


def turn(row: I64, unit: I64, share: F64) -> Travel:
    """Travel rows with the same links by where they lead.

    Raises
    ------
    ValueError   shapes differ, rows are not ascending from 0, or a unit is out of range
    """
    n = len(row) - 1
    require_length(share, len(unit), label="travel_share")
    if n < 0 or row[0] != 0 or row[-1] != len(unit) or (np.diff(row) < 0).any():
        raise ValueError("travel_row: expected ascending starts from 0 to the number of links")
    require_indices(unit, n, label="travel_unit")
    source = np.repeat(np.arange(n, dtype=np.int64), np.diff(row))
    order = np.argsort(unit, kind="stable").astype(np.int64)
    back_row = np.concatenate(([0], np.cumsum(np.bincount(unit, minlength=n)))).astype(np.int64)
    return Travel(row, unit, np.ascontiguousarray(share, np.float64), back_row, source[order], order)


@njit(cache=True, nogil=True)
def _leave(travel, weight, u, ahead, later, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Spread a mass by the travel row of a unit; a unit without a row keeps it."""
    total = 0.0
    for k in range(travel.row[u], travel.row[u + 1]):
        total += weight[k]
    if total <= 0.0:
        at[0, u] += ahead
        at[1, u] += later
        return
    for k in range(travel.row[u], travel.row[u + 1]):
        part = weight[k] / total
        at[0, travel.unit[k]] += ahead * part
        at[1, travel.unit[k]] += later * part


@njit(cache=True, nogil=True)
def _meet(travel, come, stay, at, own, others):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Share the mass in each unit among its residents (own) and those who come there (others)."""
    for v in range(stay.shape[0]):
        if at[0, v] == 0.0 and at[1, v] == 0.0:
            continue
        total = stay[v]
        for k in range(travel.back_row[v], travel.back_row[v + 1]):
            total += come[k]
        if total <= 0.0:
            own[0, v] += at[0, v]
            own[1, v] += at[1, v]
            continue
        own[0, v] += at[0, v] * stay[v] / total
        own[1, v] += at[1, v] * stay[v] / total
        for k in range(travel.back_row[v], travel.back_row[v + 1]):
            u, part = travel.back_unit[k], come[k] / total
            others[0, u] += at[0, v] * part
            others[1, u] += at[1, v] * part


@njit(cache=True, nogil=True)
def _spread(seeds, travel, noise, people, factor, away, at_home, recall, reproduction):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = people.shape[0]
    out = np.zeros((5, n))
    weight = travel.share * noise
    stay = people * (1.0 - away)  # presence in the own unit, and by link of those who come to a unit
    come = np.empty(weight.shape[0])
    for k in range(weight.shape[0]):
        come[k] = people[travel.back_unit[k]] * away * weight[travel.back_link[k]]
    at, source_at = np.zeros((2, n)), np.zeros((2, n))
    home, source = np.zeros((2, n)), np.zeros((2, n))
    for c in range(seeds.home.shape[0]):
        u = seeds.home[c]
        if u < 0:
            continue
        scale = factor[c] * reproduction
        home[0, u] += seeds.ahead[c] * scale * at_home
        home[1, u] += seeds.later[c] * scale * at_home
        unseen = (1.0 - at_home) * (1.0 - recall if seeds.has_visits[c] else 1.0)
        _leave(travel, weight, u, seeds.ahead[c] * scale * unseen, seeds.later[c] * scale * unseen, at)
        source[0, u] += seeds.source_ahead[c] * at_home
        source[1, u] += seeds.source_later[c] * at_home
        unseen = (1.0 - at_home) * (1.0 - recall if seeds.has_exposure[c] else 1.0)
        _leave(travel, weight, u, seeds.source_ahead[c] * unseen, seeds.source_later[c] * unseen, source_at)
    for k in range(seeds.visit_case.shape[0]):
        c, v = seeds.visit_case[k], seeds.visit_unit[k]
        seen = recall * (1.0 - at_home)
        scale = factor[c] * reproduction * seen
        at[0, v] += seeds.visit_ahead[k] * scale
        at[1, v] += seeds.visit_later[k] * scale
        source_at[0, v] += seeds.source_ahead[c] * seen * seeds.visit_share[k]
        source_at[1, v] += seeds.source_later[c] * seen * seeds.visit_share[k]
    own, others = np.zeros((2, n)), np.zeros((2, n))
    _meet(travel, come, stay, at, own, others)
    _meet(travel, come, stay, source_at, source, source)
    leaves = reproduction * (1.0 - at_home)  # infections that somebody makes outside the own unit
    later = np.zeros((2, n))
    for u in range(n):
        out[0, u] = home[0, u] * leaves
        out[1, u] = own[0, u] * leaves
        out[2, u] = others[0, u] * leaves
        out[3, u] = source[0, u] * leaves
        mass = reproduction * (home[1, u] + own[1, u] + others[1, u] + source[1, u])
        if mass > 0.0:
            out[4, u] += mass * at_home * leaves
            _leave(travel, weight, u, mass * (1.0 - at_home), 0.0, later)
    own[:], others[:] = 0.0, 0.0
    _meet(travel, come, stay, later, own, others)
    for u in range(n):
        out[4, u] += (own[0, u] + others[0, u]) * leaves
    return out


def spread(
    seeds: Seeds,
    travel: Travel,
    *,
    noise: F64,
    people: F64,
    factor: F64,
    away: float,
    at_home: float,
    recall: float,
    reproduction: float,
) -> F64:
    """Onward infections that residents of each unit would make outside it, for one set of assumptions.

    Parameters
    ----------
    seeds : Seeds
    travel : Travel
    noise : float64 array, shape (n_links,)   factor on each travel share; 1 = as stated
    people : float64 array, shape (n_units,)
    factor : float64 array, shape (n_cases,)   infectiousness of each case beside the mean
    away : float   share of time that people spend away from their unit
    at_home : float   share of infections made at home
    recall : float   share of stays that are known
    reproduction : float   infections that one case makes

    Returns
    -------
    float64 array, shape (5, n_units)   rows HOME, VISITED, CLIENTELE, UNKNOWN, NEXT

    Raises
    ------
    ValueError   shapes differ or an index is out of range

    Notes
    -----
    O(n_units + n_links + n_visits). Infections made in a unit fall on its residents (their number times the
    time they stay) and on those who come there (their number times the time away times the travel share).
    """
    n = len(people)
    require_length(travel.row, n + 1, label="travel_row")
    require_length(noise, len(travel.share), label="noise")
    require_length(factor, len(seeds.home), label="factor")
    require_indices(seeds.visit_unit, n, label="visit_unit")
    require_indices(seeds.visit_case, len(seeds.home), label="visit_case")
    require_indices(seeds.home[seeds.home >= 0], n, label="home")
    return _spread(
        seeds, travel, noise, people, factor, float(away), float(at_home), float(recall), float(reproduction)
    )
