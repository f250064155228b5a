"""Finds the places that several cases visited in their windows, and how many people were there meanwhile.

Kernels: called by contacts.backward; the indexes are made by kernels.visit_index.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.contact_search import _grown_rows, _own_stays, _row_of
from fireline.kernels.segment_table import (
    ENTER,
    PERSON,
    PLACE_IDS,
    PLACE_START,
    STAY_HIGH,
    STAY_LOW,
    Segments,
    _u8,
    _u16,
    _u32,
)

I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]


class CaseStays(NamedTuple):
    """One row for each place and case, sorted by these two.

    Attributes
    ----------
    place_i, case_i : uint32 arrays, shape (n,)   case_i is the row of the case asked about
    stay_s : int64 array, shape (n,)   time there inside the window; stays that overlap count once
    stays : int64 array, shape (n,)   unbroken stays
    first_s, last_s : int64 arrays, shape (n,)
    """

    place_i: U32
    case_i: U32
    stay_s: I64
    stays: I64
    first_s: I64
    last_s: I64


@njit(cache=True, nogil=True)
def _case_stays(table, base, low, high, cases, from_s, to_s):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    own, rows, n = np.empty((64, 3), np.int64), np.empty((256, 4), np.int64), 0
    for c in range(cases.shape[0]):
        own, found = _own_stays(table, base, low, high, cases[c], from_s[c], to_s[c], np.int64(1), own)
        while n + found > rows.shape[0]:
            rows = _grown_rows(rows)
        for k in range(found):
            rows[n, 0], rows[n, 1], rows[n, 2], rows[n, 3] = own[k, 0], c, own[k, 1], own[k, 2]
            n += 1
    return rows[:n]


@njit(cache=True, nogil=True)
def _merged(rows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sorted rows (place, case, start, end) into (place, case, seconds, stays, first, last)."""
    out, n, end = np.empty((rows.shape[0], 6), np.int64), 0, np.int64(0)
    for i in range(rows.shape[0]):
        start, stop = rows[i, 2], rows[i, 3]
        if n > 0 and out[n - 1, 0] == rows[i, 0] and out[n - 1, 1] == rows[i, 1]:
            if start > end:
                out[n - 1, 3] += 1
            out[n - 1, 2] += max(np.int64(0), stop - max(start, end))
            end = max(end, stop)
            out[n - 1, 5] = end
            continue
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = rows[i, 0], rows[i, 1], stop - start, 1
        out[n, 4], out[n, 5] = start, stop
        end = stop
        n += 1
    return out[:n]


@njit(cache=True, nogil=True)
def _windows_missed(enter, leave, keys, a, b, windows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Weight of the windows in which a person was not there: those that lie before, after or between stays.

    Keys a to b name the person's stays, which become sorted by enter; windows = (from, to, weight, ends,
    weight up to each end, begins, weight up to each begin, shortest window).
    """
    from_s, to_s, weight, ends, up_to_end, begins, up_to_begin, shortest = windows
    for i in range(a + 1, b):
        key = keys[i]
        j = i - 1
        while j >= a and enter[keys[j] & np.uint64(0xFFFFFFFF)] > enter[key & np.uint64(0xFFFFFFFF)]:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key
    first = keys[a] & np.uint64(0xFFFFFFFF)
    missed = up_to_end[np.searchsorted(ends, enter[first], side="right")]
    until = leave[first]
    for i in range(a + 1, b):
        at = keys[i] & np.uint64(0xFFFFFFFF)
        if enter[at] - until >= shortest:
            for w in range(from_s.shape[0]):
                if from_s[w] >= until and to_s[w] <= enter[at]:
                    missed += weight[w]
        until = max(until, leave[at])
    return missed + up_to_begin[-1] - up_to_begin[np.searchsorted(begins, until, side="left")]


@njit(cache=True, nogil=True)
def _stays_at(table, base, low, high, place, earliest, latest, person, enter, leave):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Everybody's stays at a place that reach into [earliest, latest)."""
    n = 0
    for s in range(table.shape[0]):
        if low[s] >= latest or high[s] <= earliest:
            continue
        place_start = _u32(table, s, PLACE_START)
        q = _row_of(_u32(table, s, PLACE_IDS), np.int64(place_start.shape[0]) - 1, place)
        if q < 0:
            continue
        begins, who = _u32(table, s, ENTER), _u32(table, s, PERSON)
        low_bytes, high_byte = _u16(table, s, STAY_LOW), _u8(table, s, STAY_HIGH)
        for j in range(np.int64(place_start[q]), np.int64(place_start[q + 1])):
            x = base[s] + np.int64(begins[j])
            if x >= latest:
                break
            y = x + np.int64(low_bytes[j])
            if high_byte.shape[0] > 0:
                y += np.int64(high_byte[j]) << 16
            if y <= earliest:
                continue
            if n == person.shape[0]:
                wider, begin, end = (
                    np.empty(2 * n, np.uint32),
                    np.empty(2 * n, np.int64),
                    np.empty(2 * n, np.int64),
                )
                wider[:n], begin[:n], end[:n] = person, enter, leave
                person, enter, leave = wider, begin, end
            person[n], enter[n], leave[n] = who[j], x, y
            n += 1
    return person, enter, leave, n


@njit(cache=True, nogil=True)
def _crowds(table, base, low, high, places, windows, cases):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """For each place (sum over windows of the people there, people there in any window who are no case)."""
    out = np.zeros((places.shape[0], 2), np.int64)
    person, enter, leave = np.empty(1024, np.uint32), np.empty(1024, np.int64), np.empty(1024, np.int64)
    earliest, latest, everything = windows[0].min(), windows[1].max(), windows[4][-1]
    for i in range(places.shape[0]):
        person, enter, leave, n = _stays_at(
            table, base, low, high, places[i], earliest, latest, person, enter, leave
        )
        keys = np.empty(n, np.uint64)
        for j in range(n):
            keys[j] = (np.uint64(person[j]) << np.uint64(32)) | np.uint64(j)
        keys.sort()
        a = 0
        while a < n:
            who = np.uint32(keys[a] >> np.uint64(32))
            b = a + 1
            while b < n and np.uint32(keys[b] >> np.uint64(32)) == who:
                b += 1
            there = everything - _windows_missed(enter, leave, keys, a, b, windows)
            out[i, 0] += there
            row = np.searchsorted(cases, who)
            if there > 0 and not (row < cases.shape[0] and cases[row] == who):
                out[i, 1] += 1
            a = b
    return out


def _windows(from_s: I64, to_s: I64) -> tuple[Any, ...]:
    """Distinct windows that hold a second, as _windows_missed reads them."""
    full = to_s > from_s
    rows, weight = np.unique(np.stack([from_s[full], to_s[full]], axis=1), axis=0, return_counts=True)
    begins, ends = np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])
    by_end = np.argsort(ends, kind="stable")
    up_to = [np.concatenate([[0], np.cumsum(w)]).astype(np.int64) for w in (weight[by_end], weight)]
    shortest = np.int64((ends - begins).min())
    return begins, ends, weight.astype(np.int64), ends[by_end], up_to[0], begins, up_to[1], shortest


def find_case_stays(segments: Segments, *, cases: U32, from_s: I64, to_s: I64, min_cases: int) -> CaseStays:
    """Find the places that at least some number of cases visited, each in its own window.

    Parameters
    ----------
    segments : Segments
    cases : uint32 array, shape (n_cases,)   distinct person indices
    from_s, to_s : int64 arrays, shape (n_cases,)   window [from, to) of each case
    min_cases : int, >= 1

    Returns
    -------
    CaseStays   sorted by (place_i, case_i)

    Notes
    -----
    O(stays of the cases), whatever the size of the indexes.
    """
    rows = _case_stays(*segments.read, cases, from_s, to_s)
    merged = _merged(rows[np.lexsort(rows.T[::-1])])
    _, back, n_cases = np.unique(merged[:, 0], return_inverse=True, return_counts=True)
    kept = merged[n_cases[back] >= min_cases]
    return CaseStays(
        kept[:, 0].astype(np.uint32), kept[:, 1].astype(np.uint32), *(kept[:, k].copy() for k in range(2, 6))
    )


def count_visitors(segments: Segments, *, places: U32, cases: U32, from_s: I64, to_s: I64) -> tuple[I64, I64]:
    """Count the people at places in the windows of cases.

    Parameters
    ----------
    segments : Segments
    places : uint32 array, shape (n_places,)
    cases, from_s, to_s : see find_case_stays; at least one case

    Returns
    -------
    (visitors, others)   int64 arrays, shape (n_places,): people at the place in the window of a case, summed
        over cases (the cases themselves count too); and distinct people there in any window who are no case

    Notes
    -----
    A person misses a window only where it lies whole before, after or between the person's stays, and between
    stays only a gap as long as the shortest window can hold one: O(stays at the places x log largest place).
    """
    if not (to_s > from_s).any():
        return np.zeros(places.size, np.int64), np.zeros(places.size, np.int64)
    out = _crowds(*segments.read, places, _windows(from_s, to_s), np.unique(cases))
    return out[:, 0].copy(), out[:, 1].copy()
