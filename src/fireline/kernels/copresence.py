"""Who shared a place with a case, when, and for how long.

Kernels: called by contacts, and by engines over partitions of places.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices, require_length, require_ordered_stays

I64 = NDArray[np.int64]


class Episodes(NamedTuple):
    """Single qualifying overlaps of a case's stay and another person's stay.

    Attributes
    ----------
    case_i, other_i, place_i : int64 arrays, shape (n_episodes,)
    start_s, end_s : int64 arrays, shape (n_episodes,)   UTC epoch seconds, half-open
    """

    case_i: I64
    other_i: I64
    place_i: I64
    start_s: I64
    end_s: I64


class Pairs(NamedTuple):
    """One row for each case person and other person who met, sorted by (case_i, other_i).

    Attributes
    ----------
    case_i, other_i : int64 arrays, shape (n_pairs,)   person indices
    overlap_s : int64 array, shape (n_pairs,)   summed over qualifying episodes
    episodes : int64 array, shape (n_pairs,)   number of qualifying episodes
    first_s, last_s : int64 arrays, shape (n_pairs,)   first start and last end
    place_i : int64 array, shape (n_pairs,)   place of the largest summed overlap; ties: the smaller index
    """

    case_i: I64
    other_i: I64
    overlap_s: I64
    episodes: I64
    first_s: I64
    last_s: I64
    place_i: I64


@njit(cache=True, nogil=True)
def _grown(array, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  compiled helper
    bigger = np.empty((5, 2 * array.shape[1]), np.int64)
    bigger[:, :n] = array[:, :n]
    return bigger


@njit(cache=True, nogil=True)
def _sweep(place_i, person_i, enter_s, leave_s, is_case, from_s, to_s, min_overlap_s):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sweep stays sorted by (place, enter); rows of the answer: case, other, place, start, end."""
    n = place_i.shape[0]
    out = np.empty((5, 1024), np.int64)
    n_out = 0
    everyone = np.empty(n, np.int64)  # stays that may still be open at the current place
    cases = np.empty(n, np.int64)  # the same, cases only: a bystander need not look at bystanders
    n_everyone = 0
    n_cases = 0
    place = np.int64(-1)
    for v in range(n):
        if place_i[v] != place:
            place = place_i[v]
            n_everyone = 0
            n_cases = 0
        if leave_s[v] <= enter_s[v]:
            continue
        new_is_case = is_case[person_i[v]]
        open_stays = everyone if new_is_case else cases
        n_open = n_everyone if new_is_case else n_cases
        n_kept = 0
        for k in range(n_open):
            a = open_stays[k]
            if leave_s[a] <= enter_s[v]:
                continue
            open_stays[n_kept] = a
            n_kept += 1
            if person_i[a] == person_i[v]:
                continue
            for turn in range(2):
                c = v if turn == 0 else a
                o = a if turn == 0 else v
                p = person_i[c]
                if not is_case[p]:
                    continue
                start = max(enter_s[v], from_s[p])
                end = min(leave_s[a], leave_s[v], to_s[p])
                if end - start < min_overlap_s:
                    continue
                if n_out == out.shape[1]:
                    out = _grown(out, n_out)
                out[0, n_out] = p
                out[1, n_out] = person_i[o]
                out[2, n_out] = place
                out[3, n_out] = start
                out[4, n_out] = end
                n_out += 1
        if new_is_case:
            n_everyone = n_kept
            cases[n_cases] = v
            n_cases += 1
        else:
            n_cases = n_kept
        everyone[n_everyone] = v
        n_everyone += 1
    return out[:, :n_out].copy()


def episodes_with_cases(
    *,
    place_i: I64,
    person_i: I64,
    enter_s: I64,
    leave_s: I64,
    is_case: NDArray[np.bool_],
    from_s: I64,
    to_s: I64,
    min_overlap_s: int,
) -> Episodes:
    """Find every qualifying overlap of a case's stay with another person's stay.

    Parameters
    ----------
    place_i, person_i : int64 arrays, shape (n_visits,)   indices, >= 0
    enter_s, leave_s : int64 arrays, shape (n_visits,)   UTC epoch seconds, half-open [enter, leave)
    is_case : bool array, shape (n_persons,)
    from_s, to_s : int64 arrays, shape (n_persons,)   the case's window [from, to); ignored for others
    min_overlap_s : int, seconds, >= 1   read from policy by the caller

    Returns
    -------
    Episodes   sorted by (case_i, other_i, place_i, start_s, end_s)

    Raises
    ------
    ValueError   shapes differ, an index is out of range, or a stay ends before it begins

    Notes
    -----
    Sort and sweep per place, O(n log n + hits); every stay that is still open is compared, however long
    ago it began, so long stays are never lost. A visit ending at 9 does not meet one starting at 9.
    Two cases that meet give two episodes, one in each one's window.
    """
    n = place_i.shape[0]
    for array, label in ((person_i, "person_i"), (enter_s, "enter_s"), (leave_s, "leave_s")):
        require_length(array, n, label=label)
    n_persons = is_case.shape[0]
    require_length(is_case, n_persons, label="is_case")
    require_length(from_s, n_persons, label="from_s")
    require_length(to_s, n_persons, label="to_s")
    require_indices(person_i, n_persons, label="person_i")
    require_ordered_stays(enter_s, leave_s)
    if min_overlap_s < 1:
        raise ValueError(f"min_overlap_s: expected at least 1 second, got {min_overlap_s}")
    order = np.lexsort((leave_s, person_i, enter_s, place_i))
    rows = _sweep(
        np.ascontiguousarray(place_i[order], np.int64),
        np.ascontiguousarray(person_i[order], np.int64),
        np.ascontiguousarray(enter_s[order], np.int64),
        np.ascontiguousarray(leave_s[order], np.int64),
        np.ascontiguousarray(is_case, np.bool_),
        np.ascontiguousarray(from_s, np.int64),
        np.ascontiguousarray(to_s, np.int64),
        np.int64(min_overlap_s),
    )
    rows = rows[:, np.lexsort(rows[::-1])]
    return Episodes(*rows)


def sum_pairs(episodes: Episodes) -> Pairs:
    """Sum qualifying episodes into one row for each pair of persons.

    Parameters
    ----------
    episodes : Episodes   in any order; partitions may be concatenated before

    Returns
    -------
    Pairs   sorted by (case_i, other_i)
    """
    stacked = np.vstack(episodes)
    rows = stacked[:, np.lexsort(stacked[::-1])]
    n = rows.shape[1]
    if n == 0:
        nothing = np.empty(0, np.int64)
        return Pairs(*(nothing.copy() for _ in Pairs._fields))
    case, other, place, start, end = rows
    seconds = end - start
    is_new_pair = np.ones(n, np.bool_)
    is_new_pair[1:] = (case[1:] != case[:-1]) | (other[1:] != other[:-1])
    is_new_place = is_new_pair.copy()
    is_new_place[1:] |= place[1:] != place[:-1]
    at_pair, at_place = np.flatnonzero(is_new_pair), np.flatnonzero(is_new_place)
    by_place = np.add.reduceat(seconds, at_place)
    pair_of_place = np.cumsum(is_new_pair)[at_place] - 1
    # within a pair: largest summed overlap first, then the smaller place index
    ranked = np.lexsort((place[at_place], -by_place, pair_of_place))
    first_of_pair = np.searchsorted(pair_of_place[ranked], np.arange(at_pair.size))
    return Pairs(
        case[at_pair].copy(),
        other[at_pair].copy(),
        np.add.reduceat(seconds, at_pair),
        np.diff(np.append(at_pair, n)).astype(np.int64),
        np.minimum.reduceat(start, at_pair),
        np.maximum.reduceat(end, at_pair),
        place[at_place][ranked[first_of_pair]],
    )


def pairs_with_cases(
    *,
    place_i: I64,
    person_i: I64,
    enter_s: I64,
    leave_s: I64,
    is_case: NDArray[np.bool_],
    from_s: I64,
    to_s: I64,
    min_overlap_s: int,
) -> Pairs:
    """Find everyone who shared a place with a case, with the figures of each pair.

    Parameters
    ----------
    place_i, person_i, enter_s, leave_s, is_case, from_s, to_s, min_overlap_s : see episodes_with_cases

    Returns
    -------
    Pairs   sorted by (case_i, other_i)

    Raises
    ------
    ValueError   see episodes_with_cases
    """
    return sum_pairs(
        episodes_with_cases(
            place_i=place_i,
            person_i=person_i,
            enter_s=enter_s,
            leave_s=leave_s,
            is_case=is_case,
            from_s=from_s,
            to_s=to_s,
            min_overlap_s=min_overlap_s,
        )
    )
