"""Backward search: places that several cases share before onset, the least likely to be chance first.

Chapter 7: reads contacts.index; read by the store, the commands and the faces.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.index import VisitSegments, ready
from fireline.contacts.search import Integers, checked
from fireline.kernels.segment_table import Segments
from fireline.kernels.shared_places import CaseStays, count_visitors, find_case_stays

I64 = NDArray[np.int64]


class CommonPlaces(NamedTuple):
    """Places that several cases share, ranked; row 0 is the least likely to be chance.

    Attributes
    ----------
    place_i : uint32 array, shape (n,)
    n_cases : int64 array, shape (n,)   cases who were there in their window
    n_asked : int   cases asked about
    case_s : int64 array, shape (n,)   seconds of these cases together
    n_others : int64 array, shape (n,)   distinct other people there in any case's window
    expected : float64 array, shape (n,)   cases who would be there if cases went where everybody goes
    log_ratio : float64 array, shape (n,)   logarithm of the likelihood ratio, >= 0
    first_s, last_s : int64 arrays, shape (n,)   begin of the first and end of the last stay of a case
    stays : CaseStays   which case was there when, in the order of the places
    """

    place_i: NDArray[np.uint32]
    n_cases: I64
    n_asked: int
    case_s: I64
    n_others: I64
    expected: NDArray[np.float64]
    log_ratio: NDArray[np.float64]
    first_s: I64
    last_s: I64
    stays: CaseStays


def common_places(
    segments: VisitSegments,
    cases: Integers,
    from_s: Integers | int,
    before_s: Integers | int,
    *,
    n_persons: int | None = None,
    min_cases: int = 2,
) -> CommonPlaces:
    """Rank the places that cases share in the days before onset.

    Parameters
    ----------
    segments : VisitIndex, several of them, or what index.ready made of them
    cases : integers, shape (n_cases,)   person indices, each once
    from_s, before_s : integers, shape (n_cases,), or one for all   window [from, before) of each case: from
        the longest incubation period before onset until onset
    n_persons : int or None   people whose stays the segments hold; None = counted here, which reads every
        segment
    min_cases : int, >= 2   fewer cases make no common place

    Returns
    -------
    CommonPlaces   sorted by log_ratio, the largest first; equal ones by place_i

    Raises
    ------
    ValueError   shapes differ, a case is no index or asked about twice, a window ends before it begins, or
    fewer
        than two cases are asked for

    Notes
    -----
    If cases went where everybody goes, case i would be at place q with probability p_iq = (people at q in
    window i) / n_persons. With p = mean of p_iq over the n cases, k of whom were there, the likelihood ratio
    of the rate k / n against p under the binomial model is [1]_

        log_ratio = k log((k / n) / p) + (n - k) log((1 - k / n) / (1 - p))   where k / n > p, else 0.

    Windows differ between cases, so the sum of the trials is not quite binomial; a binomial of the mean is
    the wider of the two [2]_, so the ratio is never too large for that reason. It ranks; it is no probability
    of being the source: homes of two cases of one family rank high and say nothing, and many places were
    looked at. A place that everybody visits expects many cases and ranks low. Being at a place at different
    times counts (contaminated places, carriers who are no case).

    References
    ----------
    .. [1] Kulldorff (1997), A spatial scan statistic, doi:10.1080/03610929708831995: the Bernoulli likelihood
    ratio;
       here against the known rate of everybody instead of the rate outside the place.
    .. [2] Hoeffding (1956), On the distribution of the number of successes in independent trials,
       doi:10.1214/aoms/1177728178.
    """
    asked: dict[str, Any] = checked(cases, from_s, before_s, 1, within_s=0)
    people, low, high = asked["cases"], asked["from_s"], asked["to_s"]
    _, first, n_times = np.unique(people, return_index=True, return_counts=True)
    if (n_times > 1).any():
        twice = int(np.flatnonzero(people == people[first[n_times > 1][0]])[1])
        raise ValueError(f"cases: row {twice} is asked about twice; expected each case once")
    if min_cases < 2:
        raise ValueError(f"min_cases: expected at least 2, got {min_cases}")
    packed = ready(segments)
    total = count_people(packed) if n_persons is None else n_persons
    stays = find_case_stays(packed, cases=people, from_s=low, to_s=high, min_cases=min_cases)
    places, start, k = np.unique(stays.place_i, return_index=True, return_counts=True)
    if places.size:
        visitors, others = count_visitors(packed, places=places, cases=people, from_s=low, to_s=high)
    else:
        visitors = others = np.empty(0, np.int64)
    if (visitors > people.size * total).any():
        raise ValueError(f"n_persons: expected at least as many people as were seen at a place, got {total}")
    ratio = log_ratios(k, n_cases=people.size, visitors=visitors, n_persons=total)
    order = np.lexsort((places, -ratio))
    case_s, first_s, last_s = (
        op.reduceat(c, start) if places.size else np.empty(0, np.int64)
        for op, c in ((np.add, stays.stay_s), (np.minimum, stays.first_s), (np.maximum, stays.last_s))
    )
    rank = np.empty(places.size, np.int64)
    rank[order] = np.arange(places.size)
    rows = np.lexsort((stays.case_i, rank[np.searchsorted(places, stays.place_i)]))
    return CommonPlaces(
        place_i=places[order],
        n_cases=k[order].astype(np.int64),
        n_asked=int(people.size),
        case_s=case_s[order],
        n_others=others[order],
        expected=visitors[order] / max(total, 1),
        log_ratio=ratio[order],
        first_s=first_s[order],
        last_s=last_s[order],
        stays=CaseStays(stays.place_i[rows], stays.case_i[rows], *(c[rows] for c in stays[2:])),
    )


def log_ratios(
    k: NDArray[Any], *, n_cases: int, visitors: NDArray[Any], n_persons: int
) -> NDArray[np.float64]:
    """Log likelihood ratios of k of n_cases at places; see common_places.

    Parameters
    ----------
    k : integer array, shape (n,)
    n_cases, n_persons : int
    visitors : integer array, shape (n,)   people at the place in a case's window, summed over cases

    Returns
    -------
    float64 array, shape (n,)
    """
    k = np.asarray(k, np.float64)
    rate = k / n_cases if n_cases else k
    p = np.asarray(visitors, np.float64) / (float(n_cases) * n_persons) if n_cases and n_persons else rate
    with np.errstate(divide="ignore", invalid="ignore"):
        there = k * np.log(rate / p)
        missing = n_cases - k
        away = np.where(missing > 0, missing * np.log((1 - rate) / (1 - p)), 0.0)
        return np.where(rate > p, there + away, 0.0)


def count_people(segments: VisitSegments) -> int:
    """Distinct people with a stay in the segments.

    Parameters
    ----------
    segments : VisitIndex, several of them, or what index.ready made of them
    """
    packed: Segments = ready(segments)
    found = []
    for ix in packed.kept:
        used = np.flatnonzero(np.diff(ix.person_start.astype(np.int64)))
        found.append(ix.person_ids[used] if ix.person_ids.size else used.astype(np.uint32))
    return int(np.unique(np.concatenate(found)).size)
