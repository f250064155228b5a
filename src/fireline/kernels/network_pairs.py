"""Sums the episodes of kernels.network by pair, in order, with bounded memory.

Kernels: called by contacts.network. Episodes are dealt out to groups of persons in the order of places, and
each group is sorted on its own while it lies in the processor's cache.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.contact_search import _row_of
from fireline.kernels.network import I32, U32, Gathered
from fireline.kernels.segment_table import I64

U64 = NDArray[np.uint64]

SECONDS_BITS = 17
"""Bits of an overlap: a window of a day has 86,400 seconds."""
LONGEST_S = (1 << SECONDS_BITS) - 1
_FINE, _COARSE = 6, 12
"""Persons of a group are numbered by 6 to 12 bits, the fewer the more they met."""
_GROUP_ROWS = 32_768
"""Episodes of a group, about: twice that many numbers stay in the second cache."""


class Dealt(NamedTuple):
    """How episodes are dealt out.

    Attributes
    ----------
    rank : uint32 array, shape (n_stays,)   row of each stay's person in ``person_ids``
    shift : int   persons of rank >> shift are one group
    start : int64 array, shape (n_groups + 1,)   episodes before each group; the smaller person decides
    """

    rank: U32
    shift: int
    start: I64


@njit(cache=True, nogil=True)
def _ranked(person, place_start, ids, row_of):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    rank = np.zeros(person.shape[0], np.uint32)
    for q in range(place_start.shape[0] - 1):
        for i in range(place_start[q], place_start[q + 1] - 1):
            if row_of.shape[0] > 0:
                rank[i] = row_of[person[i]]
            else:
                rank[i] = np.uint32(_row_of(ids, np.int64(0), person[i]))
    return rank


@njit(cache=True, nogil=True)
def _counted(rank, enter, leave, place_start, least, shift, n_groups):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Episodes of each group, as starts; a meeting of a person with itself is counted and dropped later."""
    start = np.zeros(n_groups + 1, np.int64)
    one = np.uint32(1)
    for q in range(place_start.shape[0] - 1):
        for i in range(place_start[q], place_start[q + 1] - 1):
            me, latest = rank[i], leave[i] - least
            j = i + 1
            while enter[j] <= latest:
                start[(min(me, rank[j]) >> shift) + one] += 1
                j += 1
    for g in range(n_groups):
        start[g + 1] += start[g]
    return start


def deal(gathered: Gathered, *, min_overlap_s: int) -> Dealt:
    """Count the episodes of each group of persons.

    Parameters
    ----------
    gathered : Gathered   of a window of at most LONGEST_S
    min_overlap_s : int, seconds   the same as in gather

    Returns
    -------
    Dealt
    """
    ids = gathered.person_ids
    row_of = np.empty(0, np.uint32)
    if ids.size and int(ids[-1]) <= 64 * gathered.person.size + 65_536:
        row_of = np.zeros(int(ids[-1]) + 1, np.uint32)
        row_of[ids] = np.arange(ids.size, dtype=np.uint32)
    rank = _ranked(gathered.person, gathered.place_start, ids, row_of)
    least = np.int32(min(min_overlap_s, LONGEST_S + 1))
    n_fine = (ids.size >> _FINE) + 1
    fine = _counted(
        rank, gathered.enter, gathered.leave, gathered.place_start, least, np.uint32(_FINE), n_fine
    )
    shift = _FINE
    while shift < _COARSE and int(fine[-1]) << shift < _GROUP_ROWS * ids.size // 2:
        shift += 1
    start = fine[:: 1 << (shift - _FINE)]
    return Dealt(rank, shift, start if start[-1] == fine[-1] else np.append(start, fine[-1]))


@njit(cache=True, nogil=True)
def _scatter(rank, enter, leave, place_start, least, shift, first, last, head, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Episodes of groups first to last: (larger person, smaller within its group, overlap) in one number."""
    inside, n = np.uint32((1 << shift) - 1), np.uint32(last - first)
    for q in range(place_start.shape[0] - 1):
        for i in range(place_start[q], place_start[q + 1] - 1):
            me, until = rank[i], leave[i]
            latest = until - least
            j = i + 1
            while enter[j] <= latest:
                a, b = min(me, rank[j]), max(me, rank[j])
                group = (a >> shift) - first  # below first it is large: the number has no sign
                if group < n:
                    out[head[group]] = (
                        (np.uint64(b) << np.uint64(32))
                        | (np.uint64(a & inside) << np.uint64(SECONDS_BITS))
                        | np.uint64(min(until, leave[j]) - enter[j])
                    )
                    head[group] += np.uint64(1)
                j += 1


@njit(cache=True, nogil=True)
def _by_digit(rows, out, shift, mask, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """One pass of a radix sort; count = how often each digit occurs."""
    total = np.uint32(0)
    for d in range(np.int64(mask) + 1):
        total, count[d] = total + count[d], total
    for k in range(rows.shape[0]):
        d = (rows[k] >> shift) & mask
        out[np.uint64(count[d])] = rows[k]
        count[d] += np.uint32(1)


@njit(cache=True, nogil=True)
def _sorted_group(rows, spare, shift, person_bits, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Rows by (smaller, larger person); either of the two buffers. The larger takes one to three digits."""
    passes = (person_bits + 10) // 11
    digit = (person_bits + passes - 1) // passes
    one, bits = np.uint64(1), np.uint64(digit)
    wide, narrow = (one << bits) - one, (one << np.uint64(shift)) - one
    count[:] = 0
    for k in range(rows.shape[0]):
        row = rows[k]
        count[3, (row >> np.uint64(SECONDS_BITS)) & narrow] += np.uint32(1)
        count[0, (row >> np.uint64(32)) & wide] += np.uint32(1)
        count[1, (row >> (np.uint64(32) + bits)) & wide] += np.uint32(1)
        if passes > 2:
            count[2, (row >> (np.uint64(32) + bits + bits)) & wide] += np.uint32(1)
    for k in range(passes):
        _by_digit(rows, spare, np.uint64(32 + k * digit), wide, count[k])
        rows, spare = spare, rows
    _by_digit(rows, spare, np.uint64(SECONDS_BITS), narrow, count[3])
    return spare


@njit(cache=True, nogil=True)
def _summed_group(rows, first_person, ids, n, a, b, overlap):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add one row for each pair behind row n of the buffers; returns the rows written so far."""
    seconds, lower = np.uint64(LONGEST_S), np.uint64(0xFFFFFFFF)
    previous = np.uint64(0xFFFFFFFFFFFFFFFF)
    n -= 1
    total = np.int32(0)
    for k in range(rows.shape[0]):
        pair = rows[k] >> np.uint64(SECONDS_BITS)
        one = first_person + ((rows[k] & lower) >> np.uint64(SECONDS_BITS))
        other = rows[k] >> np.uint64(32)
        if one == other:
            continue
        much = np.int32(rows[k] & seconds)
        is_same = np.int32(pair == previous)  # no branch: whether the pair met before cannot be guessed
        n += 1 - is_same
        total = much + is_same * total
        a[n], b[n], overlap[n] = ids[one], ids[other], total
        previous = pair
    return n + 1


@njit(cache=True, nogil=True)
def _fill(rows, start, begin, group, last, shift, person_bits, ids, spare, count, a, b, overlap):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n, origin = 0, start[begin]
    while group < last:
        first, end = start[group] - origin, start[group + 1] - origin
        if n + end - first > a.shape[0]:
            break
        if end > first:
            mine = _sorted_group(rows[first:end], spare[: end - first], shift, person_bits, count)
            n = _summed_group(mine, np.uint64(group << shift), ids, n, a, b, overlap)
        group += 1
    return n, group


class Rows(NamedTuple):
    """Episodes of some groups, dealt out.

    Attributes
    ----------
    rows : uint64 array   see _scatter
    first, last : int   groups
    """

    rows: U64
    first: int
    last: int


def deal_out(gathered: Gathered, dealt: Dealt, *, first: int, last: int, min_overlap_s: int) -> Rows:
    """Collect the episodes of groups first to last, the last one not included.

    Parameters
    ----------
    gathered, dealt : made with the same min_overlap_s
    first, last : int   groups; 8 bytes are taken for each of their episodes
    min_overlap_s : int, seconds

    Returns
    -------
    Rows
    """
    begin = int(dealt.start[first])
    rows = np.empty(int(dealt.start[last]) - begin, np.uint64)
    head = (dealt.start[first:last] - begin).astype(np.uint64)
    columns = (dealt.rank, gathered.enter, gathered.leave, gathered.place_start)
    least = np.int32(min(min_overlap_s, LONGEST_S + 1))
    _scatter(*columns, least, np.uint32(dealt.shift), np.uint32(first), np.uint32(last), head, rows)
    return Rows(rows, first, last)


def fill_pairs(
    gathered: Gathered, dealt: Dealt, rows: Rows, group: int, *, spare: U64, buffers: tuple[U32, U32, I32]
) -> tuple[int, int]:
    """Write the pairs of the next groups, each once with its total, into buffers.

    Parameters
    ----------
    gathered, dealt : Gathered, Dealt
    rows : Rows   sorted in place, group by group
    group : int   rows.first to begin, then what the call before gave
    spare : uint64 array   at least as long as the largest group
    buffers : three arrays of one length, at least that of the largest group   smaller person, larger person,
        overlap of all episodes

    Returns
    -------
    (rows written, next group)   sorted by (smaller, larger); the end is reached at rows.last

    Raises
    ------
    ValueError   the buffers or the spare are shorter than the next group

    Notes
    -----
    Radix sort of each group by larger, then by smaller person: O(episodes).
    """
    if group < rows.last:
        size = int(dealt.start[group + 1] - dealt.start[group])
        if min(spare.size, buffers[0].size) < size:
            raise ValueError(f"buffers and spare: expected at least {size} rows for the next group")
    bits = max(int(gathered.person_ids.size).bit_length(), 1)
    count = np.empty((4, 1 << _COARSE), np.uint32)
    n, group = _fill(
        rows.rows, dealt.start, rows.first, group, rows.last, dealt.shift, bits, gathered.person_ids,
        spare, count, *buffers,
    )  # fmt: skip
    return int(n), int(group)
