"""Sorts stays into an index that answers "who else was there" without reading the rest.

Kernels: called by contacts.index; the search over the index is kernels.contact_search.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_length

U32 = NDArray[np.uint32]

BLOCK = 32
"""Stays in a block of ``block_leave``: the latest leave of each block lets a search pass over it."""
WIDE = 1_024
"""Stays in a block of ``wide_leave``."""
LOOK = 128
"""Stays in a block of ``place_row_of``: where the search for the place of a position begins."""

LONGEST_STAY_S = (1 << 24) - 1
"""194 days: the longest stay one row may hold."""
LONGEST_SPAN_S = (1 << 32) - 1
"""136 years: the longest span of one index."""
LARGEST_ID = (1 << 32) - 2

_SPARSE = 1 << 16
"""Ids above this and above 16 for each stay are looked up in a list instead of an array of their own."""


class IndexArrays(NamedTuple):
    """The arrays of one index; stays are sorted by (place, enter, row given), times count from ``base_s``.

    Attributes
    ----------
    person : uint32 array, shape (n,)   person index
    enter : uint32 array, shape (n,)   seconds after base_s
    stay_low, stay_high : uint16 and uint8 arrays, shape (n,)   length = low + 65,536 high, seconds; high is
        empty where no stay reaches 65,536 seconds
    block_leave, wide_leave : uint32 arrays   latest leave of each BLOCK and WIDE stays, after base_s
    place_start : uint32 array, shape (n_place_rows + 1,)   first stay of each place
    place_row_of : uint32 array   place row of every LOOK-th stay
    place_ids : uint32 array   place of each row; empty where row = place
    position : uint32 array, shape (n,)   stays in the order of (person, place, enter)
    person_start : uint32 array, shape (n_person_rows + 1,)   first entry of each person in ``position``
    person_ids : uint32 array   person of each row; empty where row = person
    """

    person: U32
    enter: U32
    stay_low: NDArray[np.uint16]
    stay_high: NDArray[np.uint8]
    block_leave: U32
    wide_leave: U32
    place_start: U32
    place_row_of: U32
    place_ids: U32
    position: U32
    person_start: U32
    person_ids: U32


@njit(cache=True, nogil=True)
def _survey(person, place, enter, leave):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """(kind of fault, its row, smallest enter, largest leave, largest person, largest place, stays kept)."""
    n = person.shape[0]
    low, high = np.int64(9223372036854775807), np.int64(-9223372036854775807)
    top_person, top_place, kept = np.int64(-1), np.int64(-1), 0
    for i in range(n):
        p, q = np.int64(person[i]), np.int64(place[i])
        e, x = np.int64(enter[i]), np.int64(leave[i])
        if p < 0 or p > 4294967294:
            return 1, i, low, high, top_person, top_place, kept
        if q < 0 or q > 4294967294:
            return 2, i, low, high, top_person, top_place, kept
        if x < e:
            return 3, i, low, high, top_person, top_place, kept
        if x - e > 16777215 or x - e < 0:
            return 4, i, low, high, top_person, top_place, kept
        if x == e:
            continue
        kept += 1
        low, high = min(low, e), max(high, x)
        top_person, top_place = max(top_person, p), max(top_place, q)
        if high - low > 4294967295 or high - low < 0:
            return 5, i, low, high, top_person, top_place, kept
    return 0, -1, low, high, top_person, top_place, kept


@njit(cache=True, nogil=True)
def _by_place(person, row, enter, leave, base, n_rows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Stays grouped by place row, in the order given: (start of each row, enter and person, length)."""
    n = person.shape[0]
    start = np.zeros(n_rows + 1, np.uint32)
    for i in range(n):
        if leave[i] > enter[i]:
            start[row[i] + 1] += 1
    for q in range(n_rows):
        start[q + 1] += start[q]
    head = start[:-1].copy()
    kept = np.int64(start[n_rows])
    key = np.empty(kept, np.uint64)
    stay = np.empty(kept, np.uint32)
    for i in range(n):
        length = leave[i] - enter[i]
        if length <= 0:
            continue
        q = row[i]
        at = head[q]
        head[q] = at + 1
        key[at] = (np.uint64(enter[i] - base) << np.uint64(32)) | np.uint64(person[i])
        stay[at] = np.uint32(length)
    return start, key, stay


@njit(cache=True, nogil=True)
def _insert(key, stay, a, b):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Insertion sort of rows a to b by key, in place; equal keys keep their order."""
    for i in range(a + 1, b):
        k, s = key[i], stay[i]
        j = i - 1
        while j >= a and key[j] > k:
            key[j + 1], stay[j + 1] = key[j], stay[j]
            j -= 1
        key[j + 1], stay[j + 1] = k, s


@njit(cache=True, nogil=True)
def _by_byte(key, stay, out, out_stay, n, shift, low, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """One pass of a radix sort: by eight bits of (key - low)."""
    count[:] = 0
    for i in range(n):
        count[((key[i] - low) >> shift) & np.uint64(255)] += np.uint32(1)
    total = np.uint32(0)
    for b in range(256):
        total, count[b] = total + count[b], total
    for i in range(n):
        b = ((key[i] - low) >> shift) & np.uint64(255)
        out[count[b]], out_stay[count[b]] = key[i], stay[i]
        count[b] += np.uint32(1)


@njit(cache=True, nogil=True)
def _sort_places(start, key, stay):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sort the stays of each place by (enter, person), in place; equal stays keep the order given."""
    longest = np.int64(0)
    for q in range(start.shape[0] - 1):
        longest = max(longest, np.int64(start[q + 1]) - np.int64(start[q]))
    spare, spare_stay = np.empty(longest, np.uint64), np.empty(longest, np.uint32)
    count = np.empty(256, np.uint32)
    for q in range(start.shape[0] - 1):
        a, b = np.int64(start[q]), np.int64(start[q + 1])
        if b - a > 32:
            low, high = key[a], key[a]
            for i in range(a + 1, b):
                low, high = min(low, key[i]), max(high, key[i])
            low = (low >> np.uint64(32)) << np.uint64(32)
            shift, span = np.uint64(32), (high - low) >> np.uint64(32)
            mine, mine_stay = key[a:b], stay[a:b]
            x, x_stay, y, y_stay = mine, mine_stay, spare, spare_stay
            while span > 0:  # by enter alone; persons of one second are put in order below
                _by_byte(x, x_stay, y, y_stay, b - a, shift, low, count)
                x, x_stay, y, y_stay = y, y_stay, x, x_stay
                shift += np.uint64(8)
                span >>= np.uint64(8)
            if (shift >> np.uint64(3)) & np.uint64(1):
                mine[:], mine_stay[:] = x[: b - a], x_stay[: b - a]
            together = a
            while together < b:
                j = together + 1
                while j < b and key[j] >> np.uint64(32) == key[together] >> np.uint64(32):
                    j += 1
                if j - together > 64:
                    _by_person_id(key[together:j], stay[together:j], spare, spare_stay, count)
                elif j - together > 1:
                    _insert(key, stay, together, j)
                together = j
        else:
            _insert(key, stay, a, b)


@njit(cache=True, nogil=True)
def _by_person_id(key, stay, spare, spare_stay, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sort stays that begin in one second by person, in place."""
    n = key.shape[0]
    zero = np.uint64(0)
    for k in range(2):
        _by_byte(key, stay, spare, spare_stay, n, np.uint64(16 * k), zero, count)
        _by_byte(spare, spare_stay, key, stay, n, np.uint64(16 * k + 8), zero, count)


@njit(cache=True, nogil=True)
def _columns(key, stay):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = key.shape[0]
    person, enter, low = np.empty(n, np.uint32), np.empty(n, np.uint32), np.empty(n, np.uint16)
    block = np.zeros((n + BLOCK - 1) // BLOCK, np.uint32)
    wide = np.zeros((n + WIDE - 1) // WIDE, np.uint32)
    longest = np.uint32(0)
    for j in range(n):
        e = np.uint32(key[j] >> np.uint64(32))
        person[j] = np.uint32(key[j] & np.uint64(0xFFFFFFFF))
        enter[j] = e
        low[j] = stay[j] & 0xFFFF
        longest = max(longest, stay[j])
        block[j // BLOCK] = max(block[j // BLOCK], np.uint32(e + stay[j]))
    for k in range(block.shape[0]):
        wide[k * BLOCK // WIDE] = max(wide[k * BLOCK // WIDE], block[k])
    high = np.empty(n if longest > 65535 else 0, np.uint8)
    for j in range(high.shape[0]):
        high[j] = stay[j] >> 16
    return person, enter, low, high, block, wide


@njit(cache=True, nogil=True)
def _by_person(row, n_rows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = row.shape[0]
    start = np.zeros(n_rows + 1, np.uint32)
    for j in range(n):
        start[row[j] + 1] += 1
    for p in range(n_rows):
        start[p + 1] += start[p]
    head = start[:-1].copy()
    position = np.empty(n, np.uint32)
    for j in range(n):
        p = row[j]
        position[head[p]] = j
        head[p] += 1
    return start, position


@njit(cache=True, nogil=True)
def _landmarks(place_start, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    out = np.zeros((n + LOOK - 1) // LOOK, np.uint32)
    q = 0
    for k in range(out.shape[0]):
        while place_start[q + 1] <= k * LOOK:
            q += 1
        out[k] = q
    return out


_FAULTS = {
    1: ("person_i", f"expected an index from 0 to {LARGEST_ID}"),
    2: ("place_i", f"expected an index from 0 to {LARGEST_ID}"),
    3: ("leave_s", "expected a stay that ends no earlier than it begins"),
    4: ("leave_s", f"expected a stay of at most {LONGEST_STAY_S} seconds (194 days)"),
    5: ("enter_s", f"expected all stays within {LONGEST_SPAN_S} seconds (136 years)"),
}


def _integers(array: NDArray[Any], label: str) -> NDArray[Any]:
    """The array as the kernels read it: contiguous integers; floats must hold whole, finite numbers."""
    if array.ndim != 1:
        raise ValueError(f"{label}: expected one dimension, got {array.ndim}")
    if np.issubdtype(array.dtype, np.integer):
        if array.dtype == np.uint64 and array.size and int(array.max()) > np.iinfo(np.int64).max:
            row = int(np.argmax(array > np.iinfo(np.int64).max))
            raise ValueError(f"{label}: row {row} is larger than 2^63 - 1")
        wide = label in ("enter_s", "leave_s") or array.dtype != np.uint32
        return np.ascontiguousarray(array, np.int64 if wide else np.uint32)
    if np.issubdtype(array.dtype, np.floating):
        bad = ~np.isfinite(array) | (array != np.floor(array)) | (np.abs(array) > 2.0**53)
        if bad.any():
            raise ValueError(f"{label}: row {int(np.argmax(bad))} is not a whole number; expected integers")
        return array.astype(np.int64)
    raise TypeError(f"{label}: expected integers, got {array.dtype}")


def _rows(ids: NDArray[Any], top: int, n: int) -> tuple[NDArray[Any], int, U32]:
    """(row of each id, number of rows, id of each row or nothing where row = id)."""
    if top < max(_SPARSE, 16 * n):
        return ids, top + 1, np.empty(0, np.uint32)
    known, row = np.unique(ids, return_inverse=True)
    return row.astype(np.uint32), known.size, known.astype(np.uint32)


def build(
    person_i: NDArray[Any],
    place_i: NDArray[Any],
    enter_s: NDArray[Any],
    leave_s: NDArray[Any],
    *,
    seat: NDArray[Any] | None = None,
) -> tuple[int, IndexArrays, NDArray[np.int32]]:
    """Sort stays into an index.

    Parameters
    ----------
    person_i, place_i : integer arrays, shape (n_visits,)   indices, 0 to LARGEST_ID
    enter_s, leave_s : integer arrays, shape (n_visits,)   UTC epoch seconds, half-open [enter, leave)
    seat : integer array, shape (n_visits,), or None   seat codes, 0 where not known

    Returns
    -------
    (base_s, arrays, seats)   base_s is the smallest enter (0 where there is no stay); seats in the order of
        the index, empty where none were given. Stays of no length meet nobody and are left out.

    Raises
    ------
    ValueError   shapes differ; or an index, a time or a stay is out of range (gives the first row number)
    TypeError   a column is neither integers nor whole numbers

    Notes
    -----
    Counting sort by place, then within each place by (enter, person), then counting sort by person:
    O(n log largest place). 15.3 bytes a stay with 14 days of a city of a million.
    """
    n = person_i.shape[0]
    for array, label in ((place_i, "place_i"), (enter_s, "enter_s"), (leave_s, "leave_s")):
        require_length(array, n, label=label)
    if n > LARGEST_ID:
        raise ValueError(f"expected at most {LARGEST_ID} stays in one index, got {n}; split them by day")
    person = _integers(person_i, "person_i")
    place = _integers(place_i, "place_i")
    enter, leave = _integers(enter_s, "enter_s"), _integers(leave_s, "leave_s")
    fault, row, low, _, top_person, top_place, kept = _survey(person, place, enter, leave)
    if fault:
        label, allowed = _FAULTS[fault]
        raise ValueError(f"{label}: row {row}: {allowed}")
    base = int(low) if kept else 0
    place_row, n_places, place_ids = _rows(place, int(top_place), n)
    start, key, stay = _by_place(person, place_row, enter, leave, base, n_places)
    seats = np.empty(0, np.int32)
    if seat is None:
        _sort_places(start, key, stay)
    else:
        require_length(seat, n, label="seat")
        used = np.flatnonzero(leave > enter)
        order = used[np.lexsort((person[used], enter[used], place_row[used]))]
        codes = _integers(seat, "seat")
        if codes.size and (codes.min() < -(2**31) or codes.max() >= 2**31):
            row = int(np.argmax((codes < -(2**31)) | (codes >= 2**31)))
            raise ValueError(f"seat: row {row}: expected a code of 32 bits")
        seats = codes[order].astype(np.int32)
        key = (enter[order] - base).astype(np.uint64) << np.uint64(32) | person[order].astype(np.uint64)
        stay = (leave[order] - enter[order]).astype(np.uint32)
    person_col, enter_col, stay_low, stay_high, block, wide = _columns(key, stay)
    person_row, n_persons, person_ids = _rows(person_col, int(top_person), n)
    person_start, position = _by_person(person_row, n_persons)
    landmarks = _landmarks(start, kept)
    arrays = IndexArrays(
        person=person_col,
        enter=enter_col,
        stay_low=stay_low,
        stay_high=stay_high,
        block_leave=block,
        wide_leave=wide,
        place_start=start,
        place_row_of=landmarks,
        place_ids=place_ids,
        position=position,
        person_start=person_start,
        person_ids=person_ids,
    )
    return base, arrays, seats
