"""Finds who shared a grid cell with a case, for how long, and how long either stayed there before.

Kernels: called by contacts.companions; reads the arrays of kernels.cell_days.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.cell_days import DAY_S, CellArrays

I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]

AND, OR = 0, 1
CELL, AREA = 0, 1
EPISODE, TOTAL = 0, 1


class Shared(NamedTuple):
    """One row for each case, cell and person, sorted by these three.

    Attributes
    ----------
    case_i, cell_i, person_i : uint32 arrays, shape (n,)
    together_s : int64 array, shape (n,)   time together in the cell inside the window
    longest_s : int64 array, shape (n,)   longest unbroken time together
    episodes : int64 array, shape (n,)   unbroken times together
    first_s, last_s : int64 arrays, shape (n,)   begin of the first and end of the last
    case_stay_s, person_stay_s : int64 arrays, shape (n,)   stay of either in the days before ``to``
    """

    case_i: U32
    cell_i: U32
    person_i: U32
    together_s: I64
    longest_s: I64
    episodes: I64
    first_s: I64
    last_s: I64
    case_stay_s: I64
    person_stay_s: I64


class Area(NamedTuple):
    """When each person was in any cell at all.

    Attributes
    ----------
    start : int64 array, shape (n_persons + 1,)
    enter, leave : uint32 arrays   seconds after the base of the index, disjoint and ascending for a person
    """

    start: I64
    enter: U32
    leave: U32


@njit(cache=True, nogil=True)
def _grown_rows(array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    bigger = np.empty((2 * array.shape[0], array.shape[1]), array.dtype)
    bigger[: array.shape[0]] = array
    return bigger


@njit(cache=True, nogil=True)
def _bucket_of(bucket_start, at):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The (cell, day) bucket that holds a piece."""
    low, high = np.int64(0), np.int64(bucket_start.shape[0] - 1)
    while high - low > 1:
        middle = (low + high) >> 1
        if np.int64(bucket_start[middle]) <= at:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _own(ix, n_days, person, low, high, own):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """A person's pieces within [low, high), by (cell, day, enter): rows (cell, day, enter, leave, slot)."""
    n = 0
    for k in range(np.int64(ix.person_start[person]), np.int64(ix.person_start[person + 1])):
        at = np.int64(ix.position[k])
        bucket = _bucket_of(ix.bucket_start, at)
        cell, day = bucket // n_days, bucket % n_days
        key = ix.piece[at]
        enter = np.int64(key >> np.uint64(47))
        leave = np.int64(key >> np.uint64(30)) & 131071
        if day * DAY_S + leave <= low or day * DAY_S + enter >= high:
            continue
        if n == own.shape[0]:
            own = _grown_rows(own)
        own[n, 0], own[n, 1], own[n, 2], own[n, 3] = cell, day, enter, leave
        own[n, 4] = np.int64(key) & 1073741823
        n += 1
    return own, n


@njit(cache=True, nogil=True)
def _meet(piece, a, b, x, y, start_of_day, me, seen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add everybody's time with [x, y) of one day in one cell; rows of ``seen`` are slots of the cell.

    A row is (together, longest, episodes, first, open begin, open end, unused, stay on edge days); an open
    end of 0 says never met. Pieces come in the order of time, so a piece that touches the open episode goes
    on with it.
    """
    beyond = np.uint64(y) << np.uint64(47)
    zero = np.uint32(0)
    for j in range(a, b):
        key = piece[j]
        if key >= beyond:
            break
        leave = np.int64((key >> np.uint64(30)) & np.uint64(131071))
        slot = key & np.uint64(1073741823)
        if leave <= x or slot == me:
            continue
        start = np.uint32(start_of_day + max(np.int64(key >> np.uint64(47)), x))
        end = np.uint32(start_of_day + min(leave, y))
        before = seen[slot, 5]
        if before == zero:
            seen[slot, 3] = start
        if before == zero or before != start:
            seen[slot, 2] += np.uint32(1)
            seen[slot, 4] = start
        seen[slot, 0] += end - start
        seen[slot, 1] = max(seen[slot, 1], end - seen[slot, 4])
        seen[slot, 5] = end


@njit(cache=True, nogil=True)
def _edge_days(ix, n_days, cell, low, high, seen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Stay of those met on days that [low, high) covers in part, into column 7."""
    for turn in range(2):
        day = low // DAY_S if turn == 0 else (high - 1) // DAY_S
        begin, end = max(low - day * DAY_S, 0), min(high - day * DAY_S, DAY_S)
        if day < 0 or day >= n_days or (begin == 0 and end == DAY_S):
            continue
        if turn == 1 and day == low // DAY_S:
            continue
        bucket = cell * n_days + day
        for j in range(np.int64(ix.bucket_start[bucket]), np.int64(ix.bucket_start[bucket + 1])):
            key = ix.piece[j]
            slot = key & np.uint64(1073741823)
            x = max(np.int64(key >> np.uint64(47)), begin)
            y = min(np.int64((key >> np.uint64(30)) & np.uint64(131071)), end)
            if y > x and seen[slot, 5] > 0:
                seen[slot, 7] += np.uint32(y - x)


@njit(cache=True, nogil=True)
def _whole_days(ix, pair, low, high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Stay of a pair on the days that lie wholly in [low, high)."""
    first, last = -(-low // DAY_S), high // DAY_S  # days first .. last - 1
    total = np.int64(0)
    for k in range(np.int64(ix.dwell_start[pair]), np.int64(ix.dwell_start[pair + 1])):
        day = np.int64(ix.dwell[k] >> 17)
        if first <= day < last:
            total += np.int64(ix.dwell[k] & 131071)
    return total


@njit(cache=True, nogil=True)
def _area_stay(area, person, low, high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    total = np.int64(0)
    for k in range(area.start[person], area.start[person + 1]):
        total += max(np.int64(0), min(np.int64(area.leave[k]), high) - max(np.int64(area.enter[k]), low))
    return total


@njit(cache=True, nogil=True)
def _roomy(names, figures, n, more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Columns with room for more rows."""
    size = names.shape[1]
    if n + more <= size:
        return names, figures
    while size < n + more:
        size *= 2
    wider, longer = np.empty((3, size), np.uint32), np.empty((7, size), np.int64)
    wider[:, :n], longer[:, :n] = names[:, :n], figures[:, :n]
    return wider, longer


@njit(cache=True, nogil=True)
def _keep(ix, area, cell, low, high, mode, mine, seen, case, base, names, figures, n_out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Rows of one cell that the rule keeps; mode = (shortest, stay, join, scope, minutes of)."""
    shortest, stay, join, scope, reading = mode
    first = np.int64(ix.pair_start[cell])
    n_slots = np.int64(ix.pair_start[cell + 1]) - first
    names, figures = _roomy(names, figures, n_out, n_slots)
    for slot in range(n_slots):
        if seen[slot, 5] == 0:
            continue
        is_long = np.int64(seen[slot, 0] if reading == TOTAL else seen[slot, 1]) > shortest
        if not is_long and (join == AND or stay < 0):
            continue
        person = np.int64(ix.pair_person[first + slot])
        theirs = np.int64(0)
        if stay >= 0:
            if scope == AREA:
                theirs = _area_stay(area, person, low, high)
            else:
                theirs = np.int64(seen[slot, 7]) + _whole_days(ix, first + slot, low, high)
            has_stay = max(mine, theirs) > stay
            if (join == AND and not has_stay) or not (is_long or has_stay):
                continue
        names[0, n_out], names[1, n_out], names[2, n_out] = case, ix.cell_ids[cell], ix.person_ids[person]
        for k in range(3):
            figures[k, n_out] = seen[slot, k]
        figures[3, n_out], figures[4, n_out] = base + seen[slot, 3], base + seen[slot, 5]
        figures[5, n_out], figures[6, n_out] = mine, theirs
        n_out += 1
    return names, figures, n_out


@njit(cache=True, nogil=True)
def _meet_all(ix, n_days, own, i, n, low, high, seen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Everybody met in one cell, over the case's pieces there."""
    cell = own[i, 0]
    n_slots = np.int64(ix.pair_start[cell + 1]) - np.int64(ix.pair_start[cell])
    seen[:n_slots] = 0
    for j in range(i, i + n):
        day = own[j, 1]
        x, y = max(own[j, 2], low - day * DAY_S), min(own[j, 3], high - day * DAY_S)
        if y > x:
            bucket = cell * n_days + day
            a, b = np.int64(ix.bucket_start[bucket]), np.int64(ix.bucket_start[bucket + 1])
            _meet(ix.piece, a, b, x, y, day * DAY_S, np.uint64(own[j, 4]), seen)


@njit(cache=True, nogil=True)
def _search(ix, area, n_days, base, cases, from_s, to_s, stay_from_s, mode, first_case, work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    seen, own, names, figures = work
    n_out = 0
    for k in range(cases.shape[0]):
        row = np.searchsorted(ix.person_ids, cases[k])
        if row == ix.person_ids.shape[0] or ix.person_ids[row] != cases[k]:
            continue
        low, high, start = from_s[k], to_s[k], stay_from_s[k]
        own, n_own = _own(ix, n_days, row, min(low, start), high, own)
        everywhere = _area_stay(area, row, start, high) if mode[3] == AREA and mode[1] >= 0 else np.int64(0)
        i = 0
        while i < n_own:
            n, mine, is_there = 0, np.int64(0), False
            while i + n < n_own and own[i + n, 0] == own[i, 0]:
                begin, end = own[i + n, 1] * DAY_S + own[i + n, 2], own[i + n, 1] * DAY_S + own[i + n, 3]
                mine += max(np.int64(0), min(end, high) - max(begin, start))
                is_there = is_there or min(end, high) > max(begin, low)
                n += 1
            if is_there:
                _meet_all(ix, n_days, own, i, n, low, high, seen)
                if mode[1] >= 0 and mode[3] == CELL:
                    _edge_days(ix, n_days, own[i, 0], start, high, seen)
                if mode[3] == AREA:
                    mine = everywhere
                names, figures, n_out = _keep(
                    ix,
                    area,
                    own[i, 0],
                    start,
                    high,
                    mode,
                    mine,
                    seen,
                    first_case + k,
                    base,
                    names,
                    figures,
                    n_out,
                )
            i += n
    return (seen, own, names, figures), n_out


@njit(cache=True, nogil=True)
def _areas(ix, n_days):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Union of each person's pieces over all cells."""
    n_persons = ix.person_start.shape[0] - 1
    start = np.zeros(n_persons + 1, np.int64)
    enter, leave = np.empty(ix.piece.shape[0], np.uint32), np.empty(ix.piece.shape[0], np.uint32)
    n = np.int64(0)
    for p in range(n_persons):
        a, b = np.int64(ix.person_start[p]), np.int64(ix.person_start[p + 1])
        keys = np.empty(b - a, np.uint64)
        for k in range(a, b):
            at = np.int64(ix.position[k])
            begin = np.uint64((_bucket_of(ix.bucket_start, at) % n_days) * DAY_S)
            key = ix.piece[at]
            x = begin + (key >> np.uint64(47))
            keys[k - a] = (x << np.uint64(32)) | (begin + ((key >> np.uint64(30)) & np.uint64(131071)))
        keys.sort()
        first = n
        for k in range(b - a):
            x, y = np.uint32(keys[k] >> np.uint64(32)), np.uint32(keys[k] & np.uint64(0xFFFFFFFF))
            if n > first and x <= leave[n - 1]:
                leave[n - 1] = max(leave[n - 1], y)
            else:
                enter[n], leave[n] = x, y
                n += 1
        start[p + 1] = n
    return start, enter[:n].copy(), leave[:n].copy()


NO_AREA = Area(np.zeros(1, np.int64), np.empty(0, np.uint32), np.empty(0, np.uint32))


def whole_area(arrays: CellArrays, *, n_days: int) -> Area:
    """When each person was in any cell: what "stay anywhere in the area" is read from.

    Parameters
    ----------
    arrays : CellArrays
    n_days : int

    Returns
    -------
    Area   8 bytes for each unbroken presence and 8 for each person
    """
    return Area(*_areas(arrays, n_days))


def find_companions(
    arrays: CellArrays,
    *,
    base_s: int,
    n_days: int,
    cases: U32,
    from_s: I64,
    to_s: I64,
    longer_than_s: int,
    stay_longer_than_s: int,
    stay_window_s: int,
    join: int,
    reading: int,
    area: Area | None,
    buffers: list[tuple[NDArray[Any], ...]],
    first_case: int = 0,
) -> Shared:
    """Find everyone who shared a cell with a case at the same time, as far as a rule keeps them.

    Parameters
    ----------
    arrays, base_s, n_days : see cell_days.build_cells
    cases : uint32 array, shape (n_cases,)   person ids
    from_s, to_s : int64 arrays, shape (n_cases,)   window [from, to) of each case
    longer_than_s : int, seconds   time together must be more
    stay_longer_than_s : int, seconds   stay of either must be more; negative = not asked
    stay_window_s : int, seconds   the stay is counted in [to - stay_window_s, to)
    join : AND or OR   of the two conditions
    reading : EPISODE or TOTAL   whether one unbroken time together must be long enough, or their sum
    area : Area or None   None = the stay in that cell counts, else the stay in any cell
    buffers : list   memory of earlier searches of the same index, taken from and given back to it
    first_case : int   number of the first case, where cases are handed over in parts

    Returns
    -------
    Shared   sorted by (case_i, cell_i, person_i); nobody who was never in the cell together with the case

    Notes
    -----
    The pieces of a cell and day are read in order, figures are added in an array by slot of the cell (no
    hashing, no sorting), the stay is read from the precomputed days of each person and cell, edge days from
    the pieces: O(pieces in the case's cells and days). Times are seconds after the base in 32 bits.
    """
    limit = np.int64(n_days) * DAY_S
    low, high = np.clip(from_s - base_s, 0, limit), np.clip(to_s - base_s, 0, limit)
    start = np.clip(to_s - base_s - stay_window_s, 0, limit)
    mode = (
        np.int64(longer_than_s), np.int64(stay_longer_than_s), join, CELL if area is None else AREA, reading,
    )  # fmt: skip
    # numpy hands out fresh memory, which costs more than the search: buffers are kept with the index
    try:
        work = buffers.pop()  # not asked first: another search may take the last ones in between
    except IndexError:
        work = _work(arrays)
    work, n = _search(
        arrays,
        NO_AREA if area is None else area,
        n_days,
        base_s,
        cases,
        low,
        high,
        start,
        mode,
        first_case,
        work,
    )
    found = Shared(*(c[:n].copy() for c in (*work[2], *work[3])))
    buffers.append(work)
    return found


def _work(arrays: CellArrays) -> tuple[NDArray[Any], ...]:
    widest = int(np.diff(arrays.pair_start.astype(np.int64)).max(initial=1))
    return (
        np.empty((widest, 8), np.uint32),
        np.empty((256, 5), np.int64),
        np.empty((3, widest), np.uint32),
        np.empty((7, widest), np.int64),
    )
