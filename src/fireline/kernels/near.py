"""Finds who was within some metres of a case for more than some seconds, from samples of positions.

Kernels: called by contacts.near. Samples become pieces of held positions; a grid over the pieces finds
neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
F64 = NDArray[np.float64]

_HALF = np.int64(1) << np.int64(31)


class Pieces(NamedTuple):
    """Held positions, sorted by (cell, enter, person); and by person.

    Attributes
    ----------
    person : uint32 array, shape (n,)
    enter, leave : int64 arrays, shape (n,)   UTC epoch seconds, half-open; no longer than the largest gap
    x_m, y_m : float64 arrays, shape (n,)
    cell : int64 array, shape (n_cells,)   ids of the cells that hold a piece, ascending
    cell_start : int64 array, shape (n_cells + 1,)
    position : int64 array, shape (n,)   pieces by (person, enter)
    person_ids : uint32 array, shape (n_persons,)   ascending
    person_start : int64 array, shape (n_persons + 1,)   first entry of each in ``position``
    bounds : int64 array, shape (2,)   earliest enter and length of the longest piece
    """

    person: U32
    enter: I64
    leave: I64
    x_m: F64
    y_m: F64
    cell: I64
    cell_start: I64
    position: I64
    person_ids: U32
    person_start: I64
    bounds: I64


class NearBy(NamedTuple):
    """One row for each case and person, sorted by (case_i, person_i).

    Attributes
    ----------
    case_i, person_i : uint32 arrays, shape (n,)
    near_s : int64 array, shape (n,)   sum of the qualifying times
    longest_s, episodes : int64 arrays, shape (n,)   of the qualifying times
    first_s, last_s : int64 arrays, shape (n,)
    nearest_m : float64 array, shape (n,)   smallest distance in the qualifying times
    """

    case_i: U32
    person_i: U32
    near_s: I64
    longest_s: I64
    episodes: I64
    first_s: I64
    last_s: I64
    nearest_m: F64


def hold(person_i: U32, at_s: I64, x_m: F64, y_m: F64, *, max_gap_s: int, edge_m: float) -> Pieces:
    """Held positions from samples.

    Parameters
    ----------
    person_i : uint32 array, shape (n_samples,)
    at_s : int64 array, shape (n_samples,)   UTC epoch seconds
    x_m, y_m : float64 arrays, shape (n_samples,)   finite, metres of one plane
    max_gap_s : int, seconds, >= 1   a longer silence is no position at all
    edge_m : float   edge of the cells that the search looks up

    Returns
    -------
    Pieces

    Notes
    -----
    A sample holds from its second until the person's next sample when that comes within max_gap_s, else for
    no time at all: nothing is claimed that was not observed at both ends, and a last sample holds for no
    time. Of several samples of a person at one second the one with the largest (x, y) holds.
    """
    order = np.lexsort((y_m, x_m, at_s, person_i))
    person, at, x, y = person_i[order], at_s[order], x_m[order], y_m[order]
    length = at[1:] - at[:-1]
    held = np.flatnonzero((person[1:] == person[:-1]) & (length > 0) & (length <= max_gap_s))
    person, enter, leave, x, y = person[held], at[held], at[held + 1], x[held], y[held]
    cell = _cell_of(np.floor(x / edge_m).astype(np.int64), np.floor(y / edge_m).astype(np.int64))
    order = np.lexsort((person, enter, cell))
    person, enter, leave, x, y = person[order], enter[order], leave[order], x[order], y[order]
    ids, start = np.unique(cell[order], return_index=True)
    position = np.lexsort((enter, person))
    people, first = np.unique(person[position], return_index=True)
    n = person.size
    bounds = np.array([enter.min(), (leave - enter).max()]) if n else np.zeros(2, np.int64)
    return Pieces(
        person, enter, leave, x, y, ids, np.append(start, n).astype(np.int64), position.astype(np.int64),
        people, np.append(first, n).astype(np.int64),
        bounds,
    )  # fmt: skip


def _cell_of(column: I64, row: I64) -> I64:
    return (row << np.int64(32)) + (column + _HALF)


@njit(cache=True, nogil=True)
def _room(hits, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if n < hits.shape[0]:
        return hits
    bigger = np.empty((2 * n, hits.shape[1]), hits.dtype)
    bigger[:n] = hits
    return bigger


@njit(cache=True, nogil=True)
def _around(pieces, x, y, begin, end, me, edge, metres, longest, hits, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add everybody else within reach of a point in [begin, end): rows (person, start, end, distance^2)."""
    low_row, high_row = np.int64(np.floor((y - metres) / edge)), np.int64(np.floor((y + metres) / edge))
    low_column = np.int64(np.floor((x - metres) / edge))
    high_column = np.int64(np.floor((x + metres) / edge))
    for row in range(low_row, high_row + 1):
        first = (np.int64(row) << np.int64(32)) + low_column + np.int64(2147483648)
        q = np.searchsorted(pieces.cell, first)
        while q < pieces.cell.shape[0] and pieces.cell[q] <= first + (high_column - low_column):
            a, b = pieces.cell_start[q], pieces.cell_start[q + 1]
            q += 1
            # a piece that reaches into [begin, end) began less than the longest piece before it
            a += np.searchsorted(pieces.enter[a:b], begin - longest, side="right")
            for j in range(a, b):
                if pieces.enter[j] >= end:
                    break
                if pieces.leave[j] <= begin or pieces.person[j] == me:
                    continue
                dx, dy = pieces.x_m[j] - x, pieces.y_m[j] - y
                squared = dx * dx + dy * dy
                if squared < metres * metres:
                    hits = _room(hits, n)
                    hits[n, 0] = pieces.person[j]
                    hits[n, 1], hits[n, 2] = max(pieces.enter[j], begin), min(pieces.leave[j], end)
                    hits[n, 3] = squared
                    n += 1
    return hits, n


@njit(cache=True, nogil=True)
def _episodes(hits, n, case, seconds, names, figures, n_out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Join hits of a person that touch, keep those that last, add them up."""
    order = np.argsort(hits[:n, 1], kind="mergesort")
    order = order[np.argsort(hits[:n, 0][order], kind="mergesort")]
    i = 0
    while i < n:
        person = hits[order[i], 0]
        row = np.zeros(6)
        row[5] = np.inf
        while i < n and hits[order[i], 0] == person:
            start, end, squared = hits[order[i], 1], hits[order[i], 2], hits[order[i], 3]
            i += 1
            while i < n and hits[order[i], 0] == person and hits[order[i], 1] <= end:
                end = max(end, hits[order[i], 2])
                squared = min(squared, hits[order[i], 3])
                i += 1
            if end - start > seconds:
                row[3] = start if row[2] == 0 else row[3]
                row[0] += end - start
                row[1] = max(row[1], end - start)
                row[2] += 1
                row[4] = end
                row[5] = min(row[5], squared)
        if row[2] > 0:
            names, figures = _room(names, n_out), _room(figures, n_out)
            names[n_out, 0], names[n_out, 1] = case, np.uint32(person)
            figures[n_out] = row
            n_out += 1
    return names, figures, n_out


@njit(cache=True, nogil=True)
def _search(pieces, cases, from_s, to_s, origin, edge, metres, seconds, longest):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    hits = np.empty((256, 4), np.float64)
    names, figures, n_out = np.empty((64, 2), np.uint32), np.empty((64, 6), np.float64), 0
    for c in range(cases.shape[0]):
        row = np.searchsorted(pieces.person_ids, cases[c])
        if row == pieces.person_ids.shape[0] or pieces.person_ids[row] != cases[c]:
            continue
        n = 0
        for k in range(pieces.person_start[row], pieces.person_start[row + 1]):
            j = pieces.position[k]
            begin, end = max(pieces.enter[j], from_s[c]), min(pieces.leave[j], to_s[c])
            if end > begin:
                hits, n = _around(
                    pieces, pieces.x_m[j], pieces.y_m[j], begin, end, cases[c], edge, metres, longest, hits, n
                )
        for k in range(n):  # small numbers: floats hold seconds exactly
            hits[k, 1] -= origin
            hits[k, 2] -= origin
        names, figures, n_out = _episodes(hits, n, c, seconds, names, figures, n_out)
    return names[:n_out], figures[:n_out]


def find_near(
    pieces: Pieces,
    *,
    cases: U32,
    from_s: I64,
    to_s: I64,
    metres: float,
    seconds: float,
    edge_m: float,
) -> NearBy:
    """Find everyone who was nearer than ``metres`` to a case for more than ``seconds`` without a break.

    Parameters
    ----------
    pieces : Pieces
    cases : uint32 array, shape (n_cases,)
    from_s, to_s : int64 arrays, shape (n_cases,)   window [from, to) of each case
    metres : float   strictly nearer
    seconds : float   strictly longer
    edge_m : float   edge that the pieces were made with

    Returns
    -------
    NearBy   sorted by (case_i, person_i)

    Notes
    -----
    For each held position of a case the cells within reach, in each the pieces that begin late enough by
    binary search: O(pieces of the case x (cells within reach x log n + pieces near in space and time)).
    """
    origin = int(pieces.bounds[0])
    names, figures = _search(
        pieces,
        cases,
        from_s,
        to_s,
        float(origin),
        float(edge_m),
        float(metres),
        float(seconds),
        pieces.bounds[1],
    )
    near, longest_s, episodes, first, last = (c.astype(np.int64) for c in figures.T[:5])
    case, person = (np.ascontiguousarray(c) for c in names.T)
    return NearBy(
        case, person, near, longest_s, episodes, first + origin, last + origin, np.sqrt(figures[:, 5])
    )
