"""Finds who shared a place with a case over the indexes of stays.

Kernels: called by contacts.search; the indexes are made by kernels.visit_index. One list of segments goes in,
however the stays were split over them; the answer does not depend on the split.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.moving_window import _ripened
from fireline.kernels.segment_table import (
    BLOCK_LEAVE,
    ENTER,
    I64,
    PERSON,
    PERSON_IDS,
    PERSON_START,
    PLACE_IDS,
    PLACE_ROW_OF,
    PLACE_START,
    POSITION,
    STAY_HIGH,
    STAY_LOW,
    WIDE_LEAVE,
    Segments,
    _u8,
    _u16,
    _u32,
)
from fireline.kernels.visit_index import BLOCK, LOOK, WIDE

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


@njit(cache=True, nogil=True)
def _row_of(ids, n_rows, wanted):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Row of an id; -1 where the index does not know it."""
    if ids.shape[0] == 0:
        return np.int64(wanted) if wanted < n_rows else np.int64(-1)
    low, high = np.int64(0), np.int64(ids.shape[0])
    while low < high:
        middle = (low + high) >> 1
        if ids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < ids.shape[0] and ids[low] == wanted else np.int64(-1)


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
def _own_stays(table, base, first, last, person, from_s, to_s, shortest, own):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Stays of one person clipped to a window: rows (place, start, end); returns (rows, how many)."""
    n = 0
    for s in range(table.shape[0]):
        if first[s] >= to_s or last[s] <= from_s:
            continue
        person_start = _u32(table, s, PERSON_START)
        row = _row_of(_u32(table, s, PERSON_IDS), np.int64(person_start.shape[0]) - 1, person)
        if row < 0:
            continue
        enter, low, high = _u32(table, s, ENTER), _u16(table, s, STAY_LOW), _u8(table, s, STAY_HIGH)
        position, place_start = _u32(table, s, POSITION), _u32(table, s, PLACE_START)
        place_ids, place_row_of = _u32(table, s, PLACE_IDS), _u32(table, s, PLACE_ROW_OF)
        for k in range(np.int64(person_start[row]), np.int64(person_start[row + 1])):
            at = np.int64(position[k])
            e = base[s] + np.int64(enter[at])
            stay = np.int64(low[at])
            if high.shape[0] > 0:
                stay += np.int64(high[at]) << 16
            x, y = max(e, from_s), min(e + stay, to_s)
            if y - x < shortest:
                continue
            q = np.int64(place_row_of[at // LOOK])
            while place_start[q + 1] <= at:
                q += 1
            if n == own.shape[0]:
                own = _grown_rows(own)
            own[n, 0] = q if place_ids.shape[0] == 0 else np.int64(place_ids[q])
            own[n, 1], own[n, 2] = x, y
            n += 1
    return own, n


@njit(cache=True, nogil=True)
def _meet(table, s, base, bounds, place, x, y, me, shortest, hits, who, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add everybody else among some rows in [x, y) for long enough: who; rows (start, end, place)."""
    first, last = bounds[0], bounds[1]
    latest, need = y - shortest - base, x + shortest - base
    block_leave, wide_leave = _u32(table, s, BLOCK_LEAVE), _u32(table, s, WIDE_LEAVE)
    person, enter = _u32(table, s, PERSON), _u32(table, s, ENTER)
    low, high = _u16(table, s, STAY_LOW), _u8(table, s, STAY_HIGH)
    lo, j = first, last  # stays that begin too late for a long enough overlap are behind j
    if np.int64(enter[last - 1]) <= latest:
        lo = last
    while lo < j:
        middle = (lo + j) >> 1
        if np.int64(enter[middle]) <= latest:
            lo = middle + 1
        else:
            j = middle
    while j > first:
        wide = max(first, (j - 1) // WIDE * WIDE)
        if np.int64(wide_leave[(j - 1) // WIDE]) < need:
            j = wide
            continue
        while j > wide:
            block = max(wide, (j - 1) // BLOCK * BLOCK)
            if np.int64(block_leave[(j - 1) // BLOCK]) >= need:
                if n + BLOCK > who.shape[0]:
                    hits, who = _grown_rows(hits), _grown(who)
                for i in range(block, j):
                    e, stay = np.int64(enter[i]), np.int64(low[i])
                    if high.shape[0] > 0:
                        stay += np.int64(high[i]) << 16
                    leave = e + stay
                    if leave >= need and stay >= shortest and person[i] != me:
                        who[n] = person[i]
                        hits[n, 0], hits[n, 1] = max(base + e, x), min(base + leave, y)
                        hits[n, 2] = place
                        n += 1
            j = block
    return hits, who, n


@njit(cache=True, nogil=True)
def _rows_at(table, base, first, last, place, x, y, shortest, bounds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Rows of a place in each segment, none where nobody can be met: bounds, rows (first, end).

    Two plain loops: the reads of one do not wait for each other, and memory answers many at once.
    """
    for s in range(table.shape[0]):
        bounds[s, 0] = bounds[s, 1] = 0
        if first[s] < y and last[s] > x and y - shortest >= base[s]:
            place_start = _u32(table, s, PLACE_START)
            q = _row_of(_u32(table, s, PLACE_IDS), np.int64(place_start.shape[0]) - 1, place)
            if q >= 0:
                bounds[s, 0], bounds[s, 1] = place_start[q], place_start[q + 1]
    for s in range(table.shape[0]):
        begin, end = bounds[s, 0], bounds[s, 1]
        if 0 < end - begin <= BLOCK:
            block_leave = _u32(table, s, BLOCK_LEAVE)
            if max(block_leave[begin // BLOCK], block_leave[(end - 1) // BLOCK]) < x + shortest - base[s]:
                bounds[s, 1] = begin  # a small place of another day: nobody is there any more


@njit(cache=True, nogil=True)
def _all_met(table, base, first, last, person, own, n_own, shortest, hits, who):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = 0
    bounds = np.empty((table.shape[0], 2), np.int64)
    for k in range(n_own):
        place, x, y = own[k, 0], own[k, 1], own[k, 2]
        _rows_at(table, base, first, last, place, x, y, shortest, bounds)
        for s in range(table.shape[0]):
            if bounds[s, 1] > bounds[s, 0]:
                hits, who, n = _meet(
                    table, s, base[s], bounds[s], place, x, y, np.uint32(person), shortest, hits, who, n
                )
    return hits, who, n


@njit(cache=True, nogil=True)
def _sorted_names(names, n, keys, other):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The first n names in order as (name << 32 | row), rows of equal names in order; and a spare buffer."""
    if keys.shape[0] < n:
        keys, other = np.empty(names.shape[0], np.uint64), np.empty(names.shape[0], np.uint64)
    top = np.uint32(0)
    for i in range(n):
        top = max(top, names[i])
        keys[i] = (np.uint64(names[i]) << np.uint64(32)) | np.uint64(i)
    if n < 64:
        for i in range(1, n):
            key, j = keys[i], i - 1
            while j >= 0 and keys[j] > key:
                keys[j + 1] = keys[j]
                j -= 1
            keys[j + 1] = key
        return keys, other
    shift, count = 32, np.empty(2049, np.int64)
    while top > 0:  # 11 bits of the name at a time, least first
        count[:] = 0
        for i in range(n):
            count[np.int64((keys[i] >> np.uint64(shift)) & np.uint64(2047)) + 1] += 1
        for b in range(2048):
            count[b + 1] += count[b]
        for i in range(n):
            digit = np.int64((keys[i] >> np.uint64(shift)) & np.uint64(2047))
            other[count[digit]] = keys[i]
            count[digit] += 1
        keys, other = other, keys
        shift += 11
        top >>= np.uint32(11)
    return keys, other


@njit(cache=True, nogil=True)
def _summed(keys, n, who, hits, names, sums, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum hits in the order of keys by person, from row ``at`` on; rows (overlap, episodes, first, last)."""
    at -= 1
    previous = np.int64(-1)
    for k in range(n):
        i = np.int64(keys[k] & np.uint64(0xFFFFFFFF))
        start, end = hits[i, 0], hits[i, 1]
        if np.int64(who[i]) != previous:
            previous = np.int64(who[i])
            at += 1
            names[at] = who[i]
            sums[at, 0], sums[at, 1], sums[at, 2], sums[at, 3] = end - start, 1, start, end
        else:
            sums[at, 0] += end - start
            sums[at, 1] += 1
            sums[at, 2] = min(sums[at, 2], start)
            sums[at, 3] = max(sums[at, 3], end)
    return at + 1


@njit(cache=True, nogil=True)
def _search(table, base, first, last, cases, from_s, to_s, shortest, window, first_case):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    own = np.empty((64, 3), np.int64)
    hits, who = np.empty((1024, 3), np.int64), np.empty(1024, np.uint32)
    keys, spare = np.empty(1024, np.uint64), np.empty(1024, np.uint64)
    names, out, row = np.empty(256, np.uint32), np.empty((256, 4), np.int64), np.empty(256, np.uint32)
    n_out = 0
    least = np.int64(1) if window > 0 else np.int64(shortest)
    for c in range(cases.shape[0]):
        own, n_own = _own_stays(table, base, first, last, cases[c], from_s[c], to_s[c], least, own)
        hits, who, n = _all_met(table, base, first, last, cases[c], own, n_own, least, hits, who)
        if window > 0:
            keys, spare = _sorted_names(who, n, keys, spare)
            n = _ripened(keys, who, hits, n, window, shortest)
        keys, spare = _sorted_names(who, n, keys, spare)
        while n_out + n > names.shape[0]:
            names, out, row = _grown(names), _grown_rows(out), _grown(row)
        begin = n_out
        n_out = _summed(keys, n, who, hits, names, out, n_out)
        row[begin:n_out] = first_case + c
    columns = np.empty((4, n_out), np.int64)
    for k in range(n_out):
        for f in range(4):
            columns[f, k] = out[k, f]
    return row[:n_out].copy(), names[:n_out].copy(), columns


@njit(cache=True, nogil=True)
def _episodes(table, base, first, last, cases, from_s, to_s, shortest, window, first_case):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    own = np.empty((64, 3), np.int64)
    hits, who = np.empty((1024, 3), np.int64), np.empty(1024, np.uint32)
    keys, spare = np.empty(1024, np.uint64), np.empty(1024, np.uint64)
    out = np.empty((256, 5), np.int64)
    n_out = 0
    least = np.int64(1) if window > 0 else np.int64(shortest)
    for c in range(cases.shape[0]):
        own, n_own = _own_stays(table, base, first, last, cases[c], from_s[c], to_s[c], least, own)
        hits, who, n = _all_met(table, base, first, last, cases[c], own, n_own, least, hits, who)
        if window > 0:
            keys, spare = _sorted_names(who, n, keys, spare)
            n = _ripened(keys, who, hits, n, window, shortest)
        while n_out + n > out.shape[0]:
            out = _grown_rows(out)
        for k in range(n):
            out[n_out, 0], out[n_out, 1], out[n_out, 2] = first_case + c, who[k], hits[k, 2]
            out[n_out, 3], out[n_out, 4] = hits[k, 0], hits[k, 1]
            n_out += 1
    return out[:n_out]


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
    row, person, columns = _search(*segments.read, cases, from_s, to_s, min_overlap_s, within_s, first_case)
    return Found(row, person, *columns)


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
    rows = _episodes(*segments.read, cases, from_s, to_s, min_overlap_s, within_s, first_case)
    rows = rows[np.lexsort(rows.T[::-1])]
    case, person, place, start, end = rows.T
    return Met(
        case.astype(np.uint32), person.astype(np.uint32), place.astype(np.uint32), start.copy(), end.copy()
    )
