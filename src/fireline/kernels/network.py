"""Lists every time two persons were together at the places of a setting.

Kernels: called by contacts.network and network_pairs. The stays of one window are gathered once; episodes are
written into buffers of the caller, a chunk at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.contact_search import _row_of
from fireline.kernels.segment_table import (
    BLOCK_LEAVE,
    ENTER,
    I64,
    PERSON,
    PLACE_IDS,
    PLACE_START,
    STAY_HIGH,
    STAY_LOW,
    WIDE_LEAVE,
    Segments,
    _u8,
    _u16,
    _u32,
)
from fireline.kernels.visit_index import BLOCK, WIDE, _sort_places

U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]

SHORT_RUN = 32
"""Runs below this are written row by row: wide instructions would not pay."""
_NEVER = 2_147_483_647


class Gathered(NamedTuple):
    """Stays of one window that are long enough, by place and enter; a row that meets nobody ends each place.

    Attributes
    ----------
    person : uint32 array, shape (n,)
    enter, leave : int32 arrays, shape (n,)   seconds after the window begins, clipped to it
    place_start : int64 array, shape (n_places + 1,)   first row of each place
    place_ids : uint32 array, shape (n_places,)
    person_ids : uint32 array, sorted   everybody with such a stay
    """

    person: U32
    enter: I32
    leave: I32
    place_start: I64
    place_ids: U32
    person_ids: U32


@njit(cache=True, nogil=True)
def _add_stays(table, s, q, from_b, to_b, least, key, stay, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add the stays of place row q that last in the window; the window counts from the segment's base."""
    place_start = _u32(table, s, PLACE_START)
    first, last = np.int64(place_start[q]), np.int64(place_start[q + 1])
    person, enter = _u32(table, s, PERSON), _u32(table, s, ENTER)
    low, high = _u16(table, s, STAY_LOW), _u8(table, s, STAY_HIGH)
    block_leave, wide_leave = _u32(table, s, BLOCK_LEAVE), _u32(table, s, WIDE_LEAVE)
    need, latest = from_b + least, to_b - least
    i = first
    while i < last:
        wide = min(last, (i // WIDE + 1) * WIDE)
        if np.int64(wide_leave[i // WIDE]) < need:
            i = wide
            continue
        while i < wide:
            block = min(wide, (i // BLOCK + 1) * BLOCK)
            if np.int64(enter[i]) > latest:
                return key, stay, n
            if np.int64(block_leave[i // BLOCK]) >= need:
                if n + BLOCK > key.shape[0]:
                    bigger, longer = (
                        np.empty(2 * key.shape[0], np.uint64),
                        np.empty(2 * key.shape[0], np.uint32),
                    )
                    bigger[:n], longer[:n] = key[:n], stay[:n]
                    key, stay = bigger, longer
                for k in range(i, block):
                    e = np.int64(enter[k])
                    leave = e + np.int64(low[k])
                    if high.shape[0] > 0:
                        leave += np.int64(high[k]) << 16
                    x, y = max(e, from_b), min(leave, to_b)
                    key[n] = (np.uint64(x - from_b) << np.uint64(32)) | np.uint64(person[k])
                    stay[n] = np.uint32(max(y - x, 0))
                    n += y - x >= least  # no branch: which stays of a block count cannot be guessed
            i = block
    return key, stay, n


@njit(cache=True, nogil=True)
def _gather(table, base, first, last, places, from_s, to_s, least):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Stays at the places with two or more of them: (start of each, its id, enter and person, length)."""
    key, stay = np.empty(4096, np.uint64), np.empty(4096, np.uint32)
    start, ids = np.zeros(places.shape[0] + 1, np.int64), np.empty(places.shape[0], np.uint32)
    n, found = 0, 0
    for k in range(places.shape[0]):
        begin = n
        for s in range(table.shape[0]):
            if first[s] > to_s - least or last[s] < from_s + least:
                continue
            n_rows = np.int64(_u32(table, s, PLACE_START).shape[0]) - 1
            q = _row_of(_u32(table, s, PLACE_IDS), n_rows, places[k])
            if q >= 0:
                key, stay, n = _add_stays(table, s, q, from_s - base[s], to_s - base[s], least, key, stay, n)
        if n - begin < 2:
            n = begin
            continue
        ids[found] = places[k]
        found += 1
        start[found] = n
    return start[: found + 1], ids[:found], key[:n], stay[:n]


@njit(cache=True, nogil=True)
def _laid_out(start, key, stay):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Columns with a row that ends each place."""
    n_places = start.shape[0] - 1
    n = key.shape[0] + n_places
    person = np.zeros(n, np.uint32)
    enter, leave = np.full(n, np.int32(_NEVER), np.int32), np.full(n, -1, np.int32)
    out = np.empty(n_places + 1, np.int64)
    at = 0
    for q in range(n_places):
        out[q] = at
        for i in range(start[q], start[q + 1]):
            person[at] = np.uint32(key[i] & np.uint64(0xFFFFFFFF))
            enter[at] = np.int32(key[i] >> np.uint64(32))
            leave[at] = enter[at] + np.int32(stay[i])
            at += 1
        at += 1
    out[n_places] = at
    return out, person, enter, leave


def gather(segments: Segments, *, places: U32, from_s: int, to_s: int, min_overlap_s: int) -> Gathered:
    """Collect the stays of a window at some places.

    Parameters
    ----------
    segments : Segments
    places : uint32 array, sorted, each once
    from_s, to_s : int, epoch seconds   window [from, to), less than 2^31 - 1 seconds
    min_overlap_s : int, seconds, >= 1   shorter stays meet nobody for long enough and are left out

    Returns
    -------
    Gathered   places with one stay are left out

    Raises
    ------
    ValueError   more than 2^31 - 1 stays
    """
    start, ids, key, stay = _gather(*segments.read, places, from_s, to_s, min_overlap_s)
    if key.size + ids.size >= _NEVER:
        raise ValueError(
            f"window: expected fewer than 2^31 stays in it, got {key.size}; ask for less at once"
        )
    _sort_places(start, key, stay)
    who = key.astype(np.uint32)  # the low half
    top = int(who.max()) + 1 if who.size else 0
    if top <= 64 * who.size + 65_536:
        is_there = np.zeros(top, np.bool_)
        is_there[who] = True
        persons = np.flatnonzero(is_there).astype(np.uint32)
    else:
        persons = np.unique(who)
    place_start, person, enter, leave = _laid_out(start, key, stay)
    return Gathered(person, enter, leave, place_start, ids, persons)


@njit(cache=True, nogil=True)
def _one_run(others, enters, leaves, me, place, until, a, b, where, start, overlap):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """A run of stays that all count, column by column: the compiler makes wide instructions of it."""
    n = others.shape[0]
    for k in range(n):
        a[k] = min(me, others[k])
    for k in range(n):
        b[k] = max(me, others[k])
    for k in range(n):
        where[k] = place
    for k in range(n):
        start[k] = enters[k]
    for k in range(n):
        overlap[k] = min(until, leaves[k]) - enters[k]


@njit(cache=True, nogil=True)
def _has(others, me):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = np.int32(0)
    for k in range(others.shape[0]):
        n += np.int32(others[k] == me)
    return n > 0


@njit(cache=True, nogil=True)
def _fill(gathered, least, last_q, q, i, j, a, b, where, start, overlap):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Fill the buffers from place row q, stay i, later stay j on: (rows, and where to go on)."""
    person, enter, leave, place_start, place_ids, _ = gathered
    n, room = 0, a.shape[0]
    while q < last_q:
        place, last = place_ids[q], place_start[q + 1] - 1
        while i < last:
            me, until = person[i], leave[i]
            latest = until - least
            end = j
            while enter[end] <= latest:
                end += 1
            stop = min(end, j + room - n)
            if stop - j < SHORT_RUN or _has(person[j:stop], me):
                for k in range(j, stop):
                    other = person[k]
                    a[n], b[n], where[n] = min(me, other), max(me, other), place
                    start[n], overlap[n] = enter[k], min(until, leave[k]) - enter[k]
                    n += other != me
            else:
                z = n + stop - j
                _one_run(
                    person[j:stop], enter[j:stop], leave[j:stop], me, place, until,
                    a[n:z], b[n:z], where[n:z], start[n:z], overlap[n:z],
                )  # fmt: skip
                n = z
            if n == room:
                return n, q, i, stop
            if stop < end:  # some rows were a person's meeting with itself: there is room for more
                j = stop
                continue
            i += 1
            j = i + 1
        q += 1
        i = place_start[q]
        j = i + 1
    return n, q, i, j


class Place(NamedTuple):
    """How far a list of episodes has come: place row, stay, later stay."""

    q: int
    i: int
    j: int


def begin_at(gathered: Gathered, q: int) -> Place:
    """The first episode of a place row."""
    i = int(gathered.place_start[q])
    return Place(q, i, i + 1)


def fill_episodes(
    gathered: Gathered, at: Place, *, last: int, min_overlap_s: int, buffers: tuple[U32, U32, U32, I32, I32]
) -> tuple[int, Place]:
    """Write the next episodes into buffers.

    Parameters
    ----------
    gathered : Gathered   made with the same min_overlap_s
    at : Place   begin_at(...) to begin, then what the call before gave
    last : int   place row before which to stop
    min_overlap_s : int, seconds
    buffers : five arrays of one length >= 1   smaller and larger person, place, start after the window
        begins, overlap

    Returns
    -------
    (rows written, where to go on)   no row was written only when there is no more

    Notes
    -----
    A stay of at least min_overlap_s that begins min_overlap_s before another leaves overlaps it for long
    enough, so the later stays that count are one run behind it: O(stays + episodes).
    """
    n, q, i, j = _fill(gathered, np.int32(min(min_overlap_s, _NEVER)), last, *at, *buffers)
    return int(n), Place(int(q), int(i), int(j))
