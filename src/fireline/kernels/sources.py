"""Who may have infected whom: every pair of cases weighed by the days between and by what is known of it.

Kernel: called by contacts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_length

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FAR_WEIGHT = 1e-9
"""Weight of a pair that somebody named although its interval lies outside the table."""


class Cases(NamedTuple):
    """What is known of each case, all arrays of shape (n_cases,).

    Attributes
    ----------
    day : int64, any day number; meaningless where ``end`` is -1
    end : int64, -1 = no day at all, 0 = the day of onset, 1 = a stand-in for it
    shape : int64, row of the weight table that holds for this case as the infector
    area, parent, group : int64 codes, -1 = not known
    age, x_km, y_km : float64, NaN = not known
    """

    day: I64
    end: I64
    shape: I64
    area: I64
    parent: I64
    group: I64
    age: F64
    x_km: F64
    y_km: F64


class Factors(NamedTuple):
    """Likelihood ratios: how much more often true pairs show something than pairs drawn by chance.

    Attributes
    ----------
    area : float64 (n_cases, 3), by the infected case: same area, same parent, neither
    group : float64 (n_cases, 2), by the infected case: same group, another
    age_edges, age : float64 (n,), (n + 1,), by years between, the edge belonging to the lower bin
    km_edges, km : float64 (n,), (n + 1,), by distance
    """

    area: F64
    group: F64
    age_edges: F64
    age: F64
    km_edges: F64
    km: F64


class Named(NamedTuple):
    """Pairs that are known to have met, by the infected case (rows start[i] to start[i + 1]).

    Attributes
    ----------
    start : int64 (n_cases + 1,)
    source : int64 (n_pairs,), no source twice for one case
    factor : float64 (n_pairs,)
    """

    start: I64
    source: I64
    factor: F64


class Ranked(NamedTuple):
    """Sources of every case, the likeliest first.

    Attributes
    ----------
    source : int64 (n_cases, k), -1 = no further one
    share : float64 (n_cases, k), probability; 0 where there is none
    unknown : float64 (n_cases,), probability that the source is none of the cases
    n_candidates : int64 (n_cases,)
    log_likelihood : float64 (n_cases,)
    """

    source: I64
    share: F64
    unknown: F64
    n_candidates: I64
    log_likelihood: F64


@njit(cache=True, nogil=True)
def _bin(value, edges):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    k = 0
    while k < edges.shape[0] and value > edges[k]:
        k += 1
    return k


@njit(cache=True, nogil=True)
def _factor(i, j, cases, factors, uses):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    found = 1.0
    if uses[0] and cases.area[i] >= 0 and cases.area[j] >= 0:
        if cases.area[i] == cases.area[j]:
            found *= factors.area[i, 0]
        elif cases.parent[i] >= 0 and cases.parent[i] == cases.parent[j]:
            found *= factors.area[i, 1]
        else:
            found *= factors.area[i, 2]
    if uses[1] and cases.group[i] >= 0 and cases.group[j] >= 0:
        found *= factors.group[i, 0 if cases.group[i] == cases.group[j] else 1]
    if uses[2]:
        years = abs(cases.age[i] - cases.age[j])
        if not np.isnan(years):
            found *= factors.age[_bin(years, factors.age_edges)]
    if uses[3]:
        km = np.sqrt((cases.x_km[i] - cases.x_km[j]) ** 2 + (cases.y_km[i] - cases.y_km[j]) ** 2)
        if not np.isnan(km):
            found *= factors.km[_bin(km, factors.km_edges)]
    return found


@njit(cache=True, nogil=True)
def _time(i, j, cases, table, low, typical):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if cases.end[i] < 0 or cases.end[j] < 0:
        return typical  # the days say nothing
    k = cases.day[i] - cases.day[j] - low
    if k < 0 or k >= table.shape[2]:
        return 0.0
    return table[cases.shape[j], cases.end[i] + cases.end[j], k]


@njit(cache=True, nogil=True)
def _scores(i, order, days, cases, factors, uses, named, table, low, typical, met, who, score):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Candidates of case i into ``who`` and ``score``; their number and their weight by time alone."""
    n, force = 0, 0.0
    first, last = named.start[i], named.start[i + 1]
    for k in range(first, last):
        met[named.source[k]] = True
        j = named.source[k]
        weight = _time(i, j, cases, table, low, typical)
        force += weight
        who[n] = j
        score[n] = max(weight, FAR_WEIGHT * typical) * _factor(i, j, cases, factors, uses) * named.factor[k]
        n += 1
    if cases.end[i] >= 0:
        begin = np.searchsorted(days, cases.day[i] - low - table.shape[2] + 1)
        end = np.searchsorted(days, cases.day[i] - low, side="right")
        for place in range(begin, end):
            j = order[place]
            if j == i or met[j]:
                continue
            weight = _time(i, j, cases, table, low, typical)
            if weight <= 0.0:
                continue
            force += weight
            who[n] = j
            score[n] = weight * _factor(i, j, cases, factors, uses)
            n += 1
    for k in range(first, last):
        met[named.source[k]] = False
    return n, force


@njit(cache=True, nogil=True)
def _rank(only, order, days, cases, factors, uses, named, table, low, typical, odds, k_most):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_cases, n_asked = cases.day.shape[0], only.shape[0]
    source = np.full((n_asked, k_most), -1, np.int64)
    share = np.zeros((n_asked, k_most))
    unknown, log_likelihood = np.ones(n_asked), np.zeros(n_asked)
    n_candidates = np.zeros(n_asked, np.int64)
    met = np.zeros(n_cases, np.bool_)
    who, score = np.empty(n_cases, np.int64), np.empty(n_cases)
    for i in range(n_asked):
        n, force = _scores(
            only[i], order, days, cases, factors, uses, named, table, low, typical, met, who, score
        )
        n_candidates[i] = n
        total = odds * max(force, typical)
        none = total
        for c in range(n):
            total += score[c]
            at = k_most
            while at > 0 and (
                source[i, at - 1] < 0
                or score[c] > share[i, at - 1]
                or (score[c] == share[i, at - 1] and who[c] < source[i, at - 1])
            ):
                at -= 1
            if at == k_most:
                continue
            for later in range(k_most - 1, at, -1):
                source[i, later] = source[i, later - 1]
                share[i, later] = share[i, later - 1]
            source[i, at], share[i, at] = who[c], score[c]
        for at in range(k_most):
            share[i, at] /= total
        unknown[i] = none / total
        log_likelihood[i] = np.log(total)
    return source, share, unknown, n_candidates, log_likelihood


@njit(cache=True, nogil=True)
def _places(order, days, cases, factors, uses, named, table, low, typical, case, asked):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_cases = cases.day.shape[0]
    above, level = np.full(case.shape[0], -1, np.int64), np.zeros(case.shape[0], np.int64)
    met = np.zeros(n_cases, np.bool_)
    who, score = np.empty(n_cases, np.int64), np.empty(n_cases)
    for row in range(case.shape[0]):
        n, _ = _scores(
            case[row], order, days, cases, factors, uses, named, table, low, typical, met, who, score
        )
        own = -1.0
        for c in range(n):
            if who[c] == asked[row]:
                own = score[c]
        if own < 0.0:
            continue
        above[row] = 0
        for c in range(n):
            if score[c] > own:
                above[row] += 1
            elif score[c] == own:
                level[row] += 1
    return above, level


def _uses(factors: Factors) -> tuple[bool, ...]:
    """Which factors are not 1 throughout: the others cost no time."""
    return tuple(bool((a != 1).any()) for a in (factors.area, factors.group, factors.age, factors.km))


def _checked(cases: Cases, factors: Factors, named: Named, table: F64) -> tuple[I64, I64]:
    n = cases.day.shape[0]
    for name, column in zip(Cases._fields, cases, strict=True):
        require_length(column, n, label=name)
    require_length(named.start, n + 1, label="named.start")
    require_length(named.factor, named.source.shape[0], label="named.factor")
    for label, array, width in (("factors.area", factors.area, 3), ("factors.group", factors.group, 2)):
        if array.shape != (n, width):
            raise ValueError(f"{label}: expected shape ({n}, {width}), got {array.shape}")
    if table.ndim != 3 or table.shape[1] != 3:
        raise ValueError(f"table: expected shape (n_shapes, 3, n_days), got {table.shape}")
    if n and (cases.shape.min() < 0 or cases.shape.max() >= table.shape[0]):
        raise ValueError(f"shape: expected 0 to {table.shape[0] - 1}")
    dated = np.flatnonzero(cases.end >= 0)
    order = dated[np.argsort(cases.day[dated], kind="stable")]
    return order.astype(np.int64), cases.day[order]


def rank_sources(
    cases: Cases,
    *,
    factors: Factors,
    named: Named,
    table: F64,
    low: int,
    typical: float,
    odds_unknown: float,
    k_most: int,
    only: I64 | None = None,
) -> Ranked:
    """Give every case its likeliest sources and the share of "none of these".

    Parameters
    ----------
    cases : Cases
    factors : Factors
    named : Named
    table : float64 (n_shapes, 3, n_days)   weight of an interval of ``low + column`` days, by the
        shape of the infector and by how many of the two days are stand-ins
    low : int   days of the first column
    typical : float, > 0   weight of a usual interval; stands for pairs of which a day is not known
    odds_unknown : float, >= 0   expected infectors that are not among the cases, for each one that is
    k_most : int, >= 1
    only : int64 (n_asked,) or None   cases to rank; None = all

    Returns
    -------
    Ranked   n_cases is n_asked where only some are asked for

    Raises
    ------
    ValueError   shapes differ

    Notes
    -----
    score(j) = weight of the interval x all factors; share(j) = score(j) / (u + sum of scores) with
    u = odds_unknown x max(sum of the interval weights, typical). So without evidence beyond time the unknown
    share is odds / (1 + odds), a lone case at an odd interval has mostly an unknown source, and evidence
    moves shares from the unknown to the known. Ties go to the smaller index. Time O(pairs within the table).

    References
    ----------
    .. [1] Wallinga J., Teunis P. (2004), Am J Epidemiol 160: shares by interval weights; factors and the
       unknown source are added here.
    """
    order, days = _checked(cases, factors, named, table)
    rows = np.ascontiguousarray(table, np.float64)
    return Ranked(
        *_rank(
            np.arange(cases.day.shape[0]) if only is None else only, order, days, cases, factors,
            _uses(factors), named, rows, low, typical, odds_unknown, k_most,
        )
    )  # fmt: skip


def places_of(
    cases: Cases,
    *,
    factors: Factors,
    named: Named,
    table: F64,
    low: int,
    typical: float,
    case: I64,
    source: I64,
) -> tuple[I64, I64]:
    """Where a given source stands among the candidates of a case.

    Parameters
    ----------
    cases, factors, named, table, low, typical : as for ``rank_sources``
    case, source : int64 (n_asked,)

    Returns
    -------
    above : int64 (n_asked,)   candidates with a higher score; -1 = it is no candidate
    level : int64 (n_asked,)   candidates with the same score, itself among them; 0 = it is no candidate

    Raises
    ------
    ValueError   shapes differ
    """
    order, days = _checked(cases, factors, named, table)
    require_length(source, case.shape[0], label="source")
    rows = np.ascontiguousarray(table, np.float64)
    above, level = _places(
        order, days, cases, factors, _uses(factors), named, rows, low, typical, case, source
    )
    return above, level
