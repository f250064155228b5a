"""Turns stays in grid cells into one canonical order: merged, cut by day, by cell and by person, with dwell.

Kernels: called by contacts.cells; read by kernels.companions. Whatever the split of the stays over segments,
the arrays are the same, because stays of a person in a cell are merged before they are cut.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.visit_index import IndexArrays

I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

DAY_S = 86_400
MOST_DAYS = (1 << 15) - 1
"""Days from the first to the last stay: a day and its seconds share 32 bits."""
MOST_PAIRS = 1 << 30
"""Persons of one cell: a piece packs (enter, leave, slot of the person in the cell) into 17 + 17 + 30
bits."""

_SMALL = 48


class CellArrays(NamedTuple):
    """Pieces of stays by cell and day, and who was in a cell on which day for how long.

    A piece is the part of a merged stay that lies in one UTC day; day 0 begins at ``base_s`` (kept by the
    caller).

    Attributes
    ----------
    person_ids : uint32 array, shape (n_persons,)   ids of the person rows, ascending
    cell_ids : uint32 array, shape (n_cells,)   ids of the cell rows, ascending
    bucket_start : uint32 array, shape (n_cells * n_days + 1,)   first piece of each (cell, day)
    piece : uint64 array, shape (n_pieces,)   enter << 47 | leave << 30 | slot, seconds of the day; ascending
        in a bucket
    position : uint32 array, shape (n_pieces,)   pieces by person
    person_start : uint32 array, shape (n_persons + 1,)   first entry of each person in ``position``
    pair_start : uint32 array, shape (n_cells + 1,)   first pair of each cell; a slot counts from there
    pair_person : uint32 array, shape (n_pairs,)   person row of each pair, ascending in a cell
    dwell_start : uint32 array, shape (n_pairs + 1,)   first day of each pair in ``dwell``
    dwell : uint32 array   day << 17 | seconds of that day
    """

    person_ids: U32
    cell_ids: U32
    bucket_start: U32
    piece: U64
    position: U32
    person_start: U32
    pair_start: U32
    pair_person: U32
    dwell_start: U32
    dwell: U32


@njit(cache=True, nogil=True)
def _count_persons(person, row_of, is_direct, start):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for j in range(person.shape[0]):
        p = np.int64(person[j])
        row = p if is_direct else np.searchsorted(row_of, np.uint32(p))
        start[row + 1] += 1


@njit(cache=True, nogil=True)
def _gather(ix, shift, cell_of_row, row_of, is_direct, head, cell, enter, leave):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Stays of one segment into the order of persons; those without a cell keep row -1."""
    for q in range(ix.place_start.shape[0] - 1):
        c = cell_of_row[q]
        for j in range(np.int64(ix.place_start[q]), np.int64(ix.place_start[q + 1])):
            p = np.int64(ix.person[j])
            row = p if is_direct else np.searchsorted(row_of, np.uint32(p))
            at = head[row]
            head[row] = at + 1
            cell[at] = c
            e = shift + np.int64(ix.enter[j])
            enter[at] = e
            stay = np.int64(ix.stay_low[j])
            if ix.stay_high.shape[0] > 0:
                stay += np.int64(ix.stay_high[j]) << 16
            leave[at] = e + stay


@njit(cache=True, nogil=True)
def _sorted_stays(cell, enter, leave, a, b):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sort one person's stays by (cell, enter), in place."""
    if b - a > 64:
        key = np.empty(b - a, np.int64)
        for i in range(a, b):
            key[i - a] = (np.int64(cell[i]) << 32) | np.int64(enter[i])
        order = np.argsort(key, kind="mergesort")
        cell[a:b], enter[a:b], leave[a:b] = cell[a:b][order], enter[a:b][order], leave[a:b][order]
        return
    for i in range(a + 1, b):
        c, e, x = cell[i], enter[i], leave[i]
        j = i - 1
        while j >= a and (cell[j] > c or (cell[j] == c and enter[j] > e)):
            cell[j + 1], enter[j + 1], leave[j + 1] = cell[j], enter[j], leave[j]
            j -= 1
        cell[j + 1], enter[j + 1], leave[j + 1] = c, e, x


@njit(cache=True, nogil=True)
def _merge(start, cell, enter, leave, n_days, bucket, pairs, pair_days):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Merge stays of a person in a cell that touch or overlap, in place; count pieces, pairs and their days.

    Returns the number of merged stays of each person; they begin at ``start``.
    """
    n_persons = start.shape[0] - 1
    kept = np.zeros(n_persons, np.int64)
    for p in range(n_persons):
        a, b = start[p], start[p + 1]
        _sorted_stays(cell, enter, leave, a, b)
        n = a
        for i in range(a, b):
            if cell[i] < 0:
                continue
            if n > a and cell[n - 1] == cell[i] and enter[i] <= leave[n - 1]:
                leave[n - 1] = max(leave[n - 1], leave[i])
            else:
                cell[n], enter[n], leave[n] = cell[i], enter[i], leave[i]
                n += 1
        kept[p] = n - a
        last_cell, last_day = np.int64(-1), np.int64(-1)
        for i in range(a, n):
            c = np.int64(cell[i])
            first, last = np.int64(enter[i]) // DAY_S, (np.int64(leave[i]) - 1) // DAY_S
            if c != last_cell:
                pairs[c + 1] += 1
                last_day = np.int64(-1)
            for d in range(first, last + 1):
                bucket[c * n_days + d + 1] += 1
            pair_days[c] += last - first + (0 if first == last_day else 1)
            last_cell, last_day = c, last
    return kept


@njit(cache=True, nogil=True)
def _fill(start, kept, cell, enter, leave, n_days, starts, pair_start, day_head, n_dwell):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Pieces in their buckets (persons ascending, not yet sorted), pairs and dwell."""
    head = starts[:-1].copy()
    piece = np.empty(np.int64(starts[-1]), np.uint64)
    n_pairs = np.int64(pair_start[-1])
    pair_person, pair_head = np.empty(n_pairs, np.uint32), pair_start[:-1].copy()
    dwell_start, dwell = np.zeros(n_pairs + 1, np.uint32), np.zeros(n_dwell, np.uint32)
    for p in range(kept.shape[0]):
        last_cell = np.int64(-1)
        pair, slot = np.int64(0), np.uint64(0)
        for i in range(start[p], start[p] + kept[p]):
            c, e, x = np.int64(cell[i]), np.int64(enter[i]), np.int64(leave[i])
            if c != last_cell:
                pair = np.int64(pair_head[c])
                pair_head[c] += 1
                pair_person[pair] = p
                slot = np.uint64(pair - np.int64(pair_start[c]))
                last_cell = c
                last_day = np.int64(-1)
            for day in range(e // DAY_S, (x - 1) // DAY_S + 1):
                d = np.int64(day)
                low, high = max(e - d * DAY_S, np.int64(0)), min(x - d * DAY_S, np.int64(DAY_S))
                at = np.int64(head[c * n_days + d])
                head[c * n_days + d] += 1
                piece[at] = (np.uint64(low) << np.uint64(47)) | (np.uint64(high) << np.uint64(30)) | slot
                if d != last_day:
                    dwell[day_head[c]] = np.uint32(d << 17)
                    day_head[c] += 1
                    dwell_start[pair + 1] = day_head[c]
                    last_day = d
                dwell[day_head[c] - 1] += np.uint32(high - low)
    return piece, pair_person, dwell_start, dwell


@njit(cache=True, nogil=True)
def _sort_small(bucket, piece, large):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sort short buckets in place; the others are listed for a faster sort."""
    n = 0
    for k in range(bucket.shape[0] - 1):
        a, b = np.int64(bucket[k]), np.int64(bucket[k + 1])
        if b - a > _SMALL:
            large[n] = k
            n += 1
            continue
        for i in range(a + 1, b):
            key = piece[i]
            j = i - 1
            while j >= a and piece[j] > key:
                piece[j + 1] = piece[j]
                j -= 1
            piece[j + 1] = key
    return n


@njit(cache=True, nogil=True)
def _by_person(bucket, piece, pair_start, pair_person, n_days, n_persons):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    start = np.zeros(n_persons + 1, np.uint32)
    n_cells = pair_start.shape[0] - 1
    mask = np.uint64((1 << 30) - 1)
    for c in range(n_cells):
        first = np.int64(pair_start[c])
        for j in range(np.int64(bucket[c * n_days]), np.int64(bucket[(c + 1) * n_days])):
            start[np.int64(pair_person[first + np.int64(piece[j] & mask)]) + 1] += 1
    for p in range(n_persons):
        start[p + 1] += start[p]
    head = start[:-1].copy()
    position = np.empty(piece.shape[0], np.uint32)
    for c in range(n_cells):
        first = np.int64(pair_start[c])
        for j in range(np.int64(bucket[c * n_days]), np.int64(bucket[(c + 1) * n_days])):
            who = np.int64(pair_person[first + np.int64(piece[j] & mask)])
            position[np.int64(head[who])] = j
            head[who] += 1
    return start, position


def _ids(segments: list[IndexArrays], start: str, ids: str) -> list[U32]:
    """Ids of the rows that hold at least one stay, segment by segment."""
    found = []
    for ix in segments:
        used = np.flatnonzero(np.diff(getattr(ix, start).astype(np.int64)))
        known = getattr(ix, ids)
        found.append(known[used] if known.size else used.astype(np.uint32))
    return found


def _cells(segments: list[IndexArrays], cell_of_place: NDArray[Any] | None) -> tuple[U32, list[I64]]:
    """(ids of the cells, cell row of each place row of each segment; -1 = in no cell)."""
    places = []
    for ix in segments:
        n = ix.place_start.size - 1
        places.append(ix.place_ids.astype(np.int64) if ix.place_ids.size else np.arange(n))
    used = [u.astype(np.int64) for u in _ids(segments, "place_start", "place_ids")]
    if cell_of_place is not None:
        top = max((int(u[-1]) for u in used if u.size), default=-1)
        if top >= cell_of_place.size:
            raise ValueError(
                f"cell_of_place: expected a cell (or -1) for each place up to {top}, got {cell_of_place.size}"
            )
        used = [cell_of_place[u].astype(np.int64) for u in used]
        places = [
            np.where(p < cell_of_place.size, cell_of_place[np.minimum(p, cell_of_place.size - 1)], -1)
            if cell_of_place.size
            else np.full(p.size, -1, np.int64)
            for p in places
        ]
    known = np.unique(np.concatenate([np.empty(0, np.int64), *used]))
    known = known[known >= 0]
    rows = []
    for p in places:
        row = np.searchsorted(known, p)
        is_known = (row < known.size) & (known[np.minimum(row, known.size - 1)] == p) if known.size else p < p
        rows.append(np.where(is_known, row, -1).astype(np.int64))
    return known.astype(np.uint32), rows


def _by_people(
    segments: list[IndexArrays], base_s: I64, origin: int, rows: list[I64]
) -> tuple[U32, I64, NDArray[np.int32], U32, U32]:
    """Stays in the order of persons: (person ids, start of each, cell row, enter and leave after origin)."""
    people = np.unique(
        np.concatenate([np.empty(0, np.uint32), *_ids(segments, "person_start", "person_ids")])
    )
    is_direct = people.size > 0 and int(people[-1]) < 2 * people.size
    if is_direct:
        people = np.arange(int(people[-1]) + 1, dtype=np.uint32)
    start = np.zeros(people.size + 1, np.int64)
    for ix in segments:
        _count_persons(ix.person, people, is_direct, start)
    start = np.cumsum(start)
    n = int(start[-1])
    cell, enter, leave = np.empty(n, np.int32), np.empty(n, np.uint32), np.empty(n, np.uint32)
    head = start[:-1].copy()
    for ix, base, row in zip(segments, base_s, rows, strict=True):
        _gather(ix, int(base) - origin, row, people, is_direct, head, cell, enter, leave)
    return people, start, cell, enter, leave


def build_cells(
    segments: list[IndexArrays],
    *,
    base_s: I64,
    last_s: I64,
    cell_of_place: NDArray[Any] | None = None,
) -> tuple[int, int, CellArrays]:
    """Merge and cut the stays of indexes into pieces by cell and day.

    Parameters
    ----------
    segments : list of IndexArrays
    base_s, last_s : int64 arrays, shape (n_segments,)   see contact_search.Segments; segments without a stay
        are left out by the caller
    cell_of_place : integer array, shape (n_places,), or None   cell of each place, negative = in no cell;
        None = the places of the segments are cells

    Returns
    -------
    (base_s, n_days, arrays)   base_s is the UTC midnight at or before the first stay

    Raises
    ------
    ValueError   a place has no entry in cell_of_place, or the stays span too many days or persons

    Notes
    -----
    Stays by person (counting sort), each person's by (cell, enter), merged where they touch or overlap, cut
    at UTC midnights, counted into (cell, day) buckets, each sorted: O(n log largest bucket). The time zone of
    the cut does not show in any answer: the search joins pieces that touch.
    """
    origin = int(base_s.min()) // DAY_S * DAY_S if base_s.size else 0
    n_days = (int(last_s.max()) - 1 - origin) // DAY_S + 1 if base_s.size else 1
    if n_days > MOST_DAYS:
        raise ValueError(
            f"expected stays within {MOST_DAYS} days, got {n_days}; build an index for each part"
        )
    cells, rows = _cells(segments, cell_of_place)
    people, start, cell, enter, leave = _by_people(segments, base_s, origin, rows)
    bucket = np.zeros(cells.size * n_days + 1, np.int64)
    pairs, pair_days = np.zeros(cells.size + 1, np.int64), np.zeros(cells.size, np.int64)
    kept = _merge(start, cell, enter, leave, n_days, bucket, pairs, pair_days)
    if pairs.max(initial=0) > MOST_PAIRS or bucket.sum() > (1 << 32) - 2:
        raise ValueError(
            f"expected at most {MOST_PAIRS} persons in a cell and 2^32 - 2 pieces; split by area"
        )
    starts, pair_start = np.cumsum(bucket).astype(np.uint32), np.cumsum(pairs).astype(np.uint32)
    day_head = np.concatenate([[0], np.cumsum(pair_days)])
    piece, pair_person, dwell_start, dwell = _fill(
        start, kept, cell, enter, leave, n_days, starts, pair_start, day_head[:-1].copy(), int(day_head[-1])
    )
    del cell, enter, leave
    large = np.empty(starts.size - 1, np.int64)
    for k in large[: _sort_small(starts, piece, large)]:
        piece[starts[k] : starts[k + 1]].sort()
    person_start, position = _by_person(starts, piece, pair_start, pair_person, n_days, people.size)
    arrays = CellArrays(
        person_ids=people,
        cell_ids=cells,
        bucket_start=starts,
        piece=piece,
        position=position,
        person_start=person_start,
        pair_start=pair_start,
        pair_person=pair_person,
        dwell_start=dwell_start,
        dwell=dwell,
    )
    return origin, n_days, arrays
