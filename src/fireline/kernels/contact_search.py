"""Finds who shared a place with a case over the indexes of stays.

Kernels: called by contacts.search; the indexes are made by kernels.visit_index. One list of segments goes in,
however the stays were split over them; the answer does not depend on the split.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit, typed
from numpy.typing import NDArray

from fireline.kernels.moving_window import _ripened
from fireline.kernels.visit_index import BLOCK, LOOK, WIDE, IndexArrays

I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]


class Found(NamedTuple):
    """One row for each case and person, sorted by (case_i, person_i).

    Attributes
    ----------
    case_i : uint32 array, shape (n,)   row of the case asked about
    person_i : uint32 array, shape (n,)
    overlap_s, episodes, first_s, last_s : int64 arrays, shape (n,)
    """

    case_i: U32
    person_i: U32
    overlap_s: I64
    episodes: I64
    first_s: I64
    last_s: I64


class Met(NamedTuple):
    """One row for each qualifying episode, sorted by all columns.

    Attributes
    ----------
    case_i, person_i, place_i : uint32 arrays, shape (n,)
    start_s, end_s : int64 arrays, shape (n,)
    """

    case_i: U32
    person_i: U32
    place_i: U32
    start_s: I64
    end_s: I64


def pack(segments: Sequence[IndexArrays]) -> Any:
    """The arrays of segments as one list that the kernels read.

    Parameters
    ----------
    segments : sequence of IndexArrays   at least one

    Returns
    -------
    list of the compiler; made once for a set of segments, it holds references and copies nothing
    """
    packed = typed.List()
    for arrays in segments:
        packed.append(arrays)
    return packed


@njit(cache=True, nogil=True, inline="always")
def _row_of(ids, n_rows, wanted):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Row of an id; -1 where the index does not know it."""
    if ids.shape[0] == 0:
        return np.int64(wanted) if wanted < n_rows else np.int64(-1)
    row = np.searchsorted(ids, np.uint32(wanted))
    return np.int64(row) if row < ids.shape[0] and ids[row] == wanted else np.int64(-1)


@njit(cache=True, nogil=True)
def _grown(array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    bigger = np.empty(2 * array.shape[0], array.dtype)
    bigger[: array.shape[0]] = array
    return bigger


@njit(cache=True, nogil=True)
def _grown_rows(array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    bigger = np.empty((2 * array.shape[0], array.shape[1]), array.dtype)
    bigger[: array.shape[0]] = array
    return bigger


@njit(cache=True, nogil=True)
def _own_stays(segments, base, low, high, person, from_s, to_s, shortest, own):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Stays of one person clipped to a window: rows (place, start, end); returns (rows, how many)."""
    n = 0
    for s in range(len(segments)):
        if low[s] >= to_s or high[s] <= from_s:
            continue
        ix = segments[s]
        row = _row_of(ix.person_ids, ix.person_start.shape[0] - 1, person)
        if row < 0:
            continue
        for k in range(np.int64(ix.person_start[row]), np.int64(ix.person_start[row + 1])):
            at = np.int64(ix.position[k])
            e = np.int64(ix.enter[at])
            x = max(base[s] + e, from_s)
            y = min(base[s] + e + np.int64(ix.stay_low[at]) + (np.int64(ix.stay_high[at]) << 16), to_s)
            if y - x < shortest:
                continue
            q = np.int64(ix.place_row_of[at // LOOK])
            while ix.place_start[q + 1] <= at:
                q += 1
            if n == own.shape[0]:
                own = _grown_rows(own)
            own[n, 0] = q if ix.place_ids.shape[0] == 0 else np.int64(ix.place_ids[q])
            own[n, 1] = x
            own[n, 2] = y
            n += 1
    return own, n


@njit(cache=True, nogil=True)
def _meet(ix, base, place, x, y, me, shortest, hits, who, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add everybody else at a place in [x, y) for long enough: who; rows (start, end, place)."""
    q = _row_of(ix.place_ids, ix.place_start.shape[0] - 1, place)
    if q < 0:
        return hits, who, n
    first, last = np.int64(ix.place_start[q]), np.int64(ix.place_start[q + 1])
    latest, need = y - shortest - base, x + shortest - base
    if latest < 0:
        return hits, who, n
    lo, hi = first, last  # stays that begin too late for a long enough overlap are behind hi
    while lo < hi:
        middle = (lo + hi) >> 1
        if np.int64(ix.enter[middle]) <= latest:
            lo = middle + 1
        else:
            hi = middle
    j = lo
    while j > first:
        wide = max(first, (j - 1) // WIDE * WIDE)
        if np.int64(ix.wide_leave[(j - 1) // WIDE]) < need:
            j = wide
            continue
        while j > wide:
            block = max(wide, (j - 1) // BLOCK * BLOCK)
            if np.int64(ix.block_leave[(j - 1) // BLOCK]) >= need:
                if n + BLOCK > who.shape[0]:
                    hits, who = _grown_rows(hits), _grown(who)
                for i in range(block, j):
                    e = np.int64(ix.enter[i])
                    leave = e + np.int64(ix.stay_low[i]) + (np.int64(ix.stay_high[i]) << 16)
                    if leave >= need and ix.person[i] != me:
                        who[n] = ix.person[i]
                        hits[n, 0] = max(base + e, x)
                        hits[n, 1] = min(base + leave, y)
                        hits[n, 2] = place
                        n += 1
            j = block
    return hits, who, n


@njit(cache=True, nogil=True)
def _all_met(segments, base, low, high, person, own, n_own, shortest, hits, who):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = 0
    for k in range(n_own):
        place, x, y = own[k, 0], own[k, 1], own[k, 2]
        for s in range(len(segments)):
            if low[s] < y and high[s] > x:
                hits, who, n = _meet(
                    segments[s], base[s], place, x, y, np.uint32(person), shortest, hits, who, n
                )
    return hits, who, n


@njit(cache=True, nogil=True)
def _table_for(n, table):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    size = 64
    while size < 2 * n:
        size *= 2
    if table.shape[0] < size:
        table = np.empty(size, np.int32)
    table[:size] = -1
    return table, size - 1


@njit(cache=True, nogil=True, inline="always")
def _hashed(person, mask):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return np.int64((np.uint64(person) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(36)) & mask


@njit(cache=True, nogil=True)
def _summed(who, hits, n, table, names, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum hits by person, in no order: names; rows (overlap, episodes, first, last)."""
    table, mask = _table_for(n, table)
    if names.shape[0] < n:
        names, sums = np.empty(who.shape[0], np.uint32), np.empty((who.shape[0], 4), np.int64)
    found = 0
    for i in range(n):
        person, start, end = who[i], hits[i, 0], hits[i, 1]
        at = _hashed(person, mask)
        while table[at] >= 0 and names[table[at]] != person:
            at = (at + 1) & mask
        slot = np.int64(table[at])
        if slot < 0:
            table[at] = found
            names[found] = person
            sums[found, 0], sums[found, 1] = end - start, 1
            sums[found, 2], sums[found, 3] = start, end
            found += 1
        else:
            sums[slot, 0] += end - start
            sums[slot, 1] += 1
            sums[slot, 2] = min(sums[slot, 2], start)
            sums[slot, 3] = max(sums[slot, 3], end)
    return table, names, sums, found


@njit(cache=True, nogil=True)
def _by_name(names, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Slots in the order of their persons, as (person << 32 | slot)."""
    keys = np.empty(n, np.uint64)
    for i in range(n):
        keys[i] = (np.uint64(names[i]) << np.uint64(32)) | np.uint64(i)
    keys.sort()
    return keys


@njit(cache=True, nogil=True)
def _search(segments, base, low, high, cases, from_s, to_s, shortest, window, first_case):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    own = np.empty((64, 3), np.int64)
    hits, who = np.empty((1024, 3), np.int64), np.empty(1024, np.uint32)
    names, sums = np.empty(1024, np.uint32), np.empty((1024, 4), np.int64)
    table = np.empty(2048, np.int32)
    pair, out = np.empty((256, 2), np.uint32), np.empty((256, 4), np.int64)
    n_out = 0
    least = np.int64(1) if window > 0 else shortest
    for c in range(cases.shape[0]):
        own, n_own = _own_stays(segments, base, low, high, cases[c], from_s[c], to_s[c], least, own)
        hits, who, n = _all_met(segments, base, low, high, cases[c], own, n_own, least, hits, who)
        if window > 0:
            n = _ripened(who, hits, n, window, shortest)
        table, names, sums, found = _summed(who, hits, n, table, names, sums)
        keys = _by_name(names, found)
        while n_out + found > pair.shape[0]:
            pair, out = _grown_rows(pair), _grown_rows(out)
        for k in range(found):
            slot = np.int64(keys[k] & np.uint64(0xFFFFFFFF))
            pair[n_out, 0], pair[n_out, 1] = first_case + c, names[slot]
            out[n_out] = sums[slot]
            n_out += 1
    return pair[:n_out], out[:n_out]


@njit(cache=True, nogil=True)
def _episodes(segments, base, low, high, cases, from_s, to_s, shortest, window, first_case):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    own = np.empty((64, 3), np.int64)
    hits, who = np.empty((1024, 3), np.int64), np.empty(1024, np.uint32)
    out = np.empty((256, 5), np.int64)
    n_out = 0
    least = np.int64(1) if window > 0 else shortest
    for c in range(cases.shape[0]):
        own, n_own = _own_stays(segments, base, low, high, cases[c], from_s[c], to_s[c], least, own)
        hits, who, n = _all_met(segments, base, low, high, cases[c], own, n_own, least, hits, who)
        if window > 0:
            n = _ripened(who, hits, n, window, shortest)
        while n_out + n > out.shape[0]:
            out = _grown_rows(out)
        for k in range(n):
            out[n_out, 0], out[n_out, 1], out[n_out, 2] = first_case + c, who[k], hits[k, 2]
            out[n_out, 3], out[n_out, 4] = hits[k, 0], hits[k, 1]
            n_out += 1
    return out[:n_out]


class Segments(NamedTuple):
    """What the searches read: arrays, and from when until when each segment reaches.

    Attributes
    ----------
    arrays : list of the compiler, see pack
    base_s, first_s, last_s : int64 arrays, shape (n_segments,)   epoch of the times, smallest enter, largest
        leave
    """

    arrays: Any
    base_s: I64
    first_s: I64
    last_s: I64


def find_contacts(
    segments: Segments,
    *,
    cases: U32,
    from_s: I64,
    to_s: I64,
    min_overlap_s: int,
    within_s: int = 0,
    first_case: int = 0,
) -> Found:
    """Find everyone who shared a place with a case, with the figures of each pair.

    Parameters
    ----------
    segments : Segments
    cases : uint32 array, shape (n_cases,)   person indices
    from_s, to_s : int64 arrays, shape (n_cases,)   window [from, to) of each case
    min_overlap_s : int, seconds, >= 1
    within_s : int, seconds   0 = each episode must last min_overlap_s; else the episodes of a pair within
        some moving window of this length must last that long together
    first_case : int   number of the first case, where cases are handed over in parts

    Returns
    -------
    Found   sorted by (case_i, person_i)

    Notes
    -----
    For each stay of a case a binary search in the place's stays, then backwards over blocks whose latest
    leave reaches far enough: O(stays x (log n + hits)), whatever the length of other people's stays.
    """
    pair, out = _search(*segments, cases, from_s, to_s, min_overlap_s, within_s, first_case)
    return Found(*(np.ascontiguousarray(c) for c in (*pair.T, *out.T)))


def find_episodes(
    segments: Segments,
    *,
    cases: U32,
    from_s: I64,
    to_s: I64,
    min_overlap_s: int,
    within_s: int = 0,
    first_case: int = 0,
) -> Met:
    """Find every qualifying episode with its place.

    Parameters
    ----------
    segments, cases, from_s, to_s, min_overlap_s, within_s, first_case : see find_contacts

    Returns
    -------
    Met   sorted by all columns
    """
    rows = _episodes(*segments, cases, from_s, to_s, min_overlap_s, within_s, first_case)
    rows = rows[np.lexsort(rows.T[::-1])]
    case, person, place, start, end = rows.T
    return Met(
        case.astype(np.uint32), person.astype(np.uint32), place.astype(np.uint32), start.copy(), end.copy()
    )
