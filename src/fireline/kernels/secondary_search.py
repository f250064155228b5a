"""Finds who shared a place with the contacts of a case, and through whom.

Kernels: called by contacts.search; the parts of the search are those of kernels.contact_search.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from fireline.kernels.contact_search import (
    I64,
    U32,
    Segments,
    _all_met,
    _by_name,
    _grown,
    _grown_rows,
    _hashed,
    _own_stays,
    _summed,
)


class Linked(NamedTuple):
    """One row for each case and person beyond its contacts, sorted by (case_i, person_i).

    Attributes
    ----------
    case_i, person_i, via_i : uint32 arrays, shape (n,)   via_i = contact with whom the overlap is longest; of
        equals the smaller
    via_overlap_s : int64 array, shape (n,)   with that contact
    overlap_s, episodes, links, first_s, last_s : int64 arrays, shape (n,)   over all contacts between; links
        = how many
    """

    case_i: U32
    person_i: U32
    via_i: U32
    via_overlap_s: I64
    overlap_s: I64
    episodes: I64
    links: I64
    first_s: I64
    last_s: I64


@njit(cache=True, nogil=True)
def _linked(table, mask, names, best, sums, found, via, person, row):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add one link (via, person) with its figures to the sums of the person; returns how many persons."""
    at = _hashed(person, mask)
    while table[at] >= 0 and names[table[at]] != person:
        at = (at + 1) & mask
    slot = np.int64(table[at])
    if slot < 0:
        table[at] = found
        names[found] = person
        best[found, 0], best[found, 1] = via, row[0]
        sums[found, 0], sums[found, 1], sums[found, 2] = row[0], row[1], 1
        sums[found, 3], sums[found, 4] = row[2], row[3]
        return found + 1
    if row[0] > best[slot, 1] or (row[0] == best[slot, 1] and via < best[slot, 0]):
        best[slot, 0], best[slot, 1] = via, row[0]
    sums[slot, 0] += row[0]
    sums[slot, 1] += row[1]
    sums[slot, 2] += 1
    sums[slot, 3] = min(sums[slot, 3], row[2])
    sums[slot, 4] = max(sums[slot, 4], row[3])
    return found


@njit(cache=True, nogil=True)
def _rehashed(names, found, mask, table):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    table[: mask + 1] = -1
    for k in range(found):
        at = _hashed(names[k], mask)
        while table[at] >= 0:
            at = (at + 1) & mask
        table[at] = k
    return table


@njit(cache=True, nogil=True)
def _search_secondary(segments, base, low, high, case, vias, from_s, to_s, shortest, known):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """People who met the contacts of one case; known = sorted persons who are no secondary contacts."""
    own = np.empty((64, 3), np.int64)
    hits, who = np.empty((1024, 3), np.int64), np.empty(1024, np.uint32)
    small_names, small = np.empty(1024, np.uint32), np.empty((1024, 4), np.int64)
    small_table = np.empty(2048, np.int32)
    names, best = np.empty(4096, np.uint32), np.empty((4096, 2), np.int64)
    sums = np.empty((4096, 5), np.int64)
    mask = np.int64(8191)
    table = np.full(8192, -1, np.int32)
    found = 0
    for v in range(vias.shape[0]):
        own, n_own = _own_stays(segments, base, low, high, vias[v], from_s[v], to_s[v], shortest, own)
        hits, who, n = _all_met(segments, base, low, high, vias[v], own, n_own, shortest, hits, who)
        small_table, small_names, small, m = _summed(who, hits, n, small_table, small_names, small)
        while found + m > names.shape[0]:
            names, best, sums = _grown(names), _grown_rows(best), _grown_rows(sums)
            mask = 2 * mask + 1
            table = _rehashed(names, found, mask, np.empty(mask + 1, np.int32))
        for k in range(m):
            found = _linked(
                table, mask, names, best, sums, found, np.int64(vias[v]), small_names[k], small[k]
            )
    keys = _by_name(names, found)
    person, via = np.empty(found, np.uint32), np.empty((found, 2), np.int64)
    out = np.empty((found, 5), np.int64)
    n_out, at = 0, 0
    for k in range(found):
        name = np.uint32(keys[k] >> np.uint64(32))
        while at < known.shape[0] and known[at] < name:
            at += 1
        if name == case or (at < known.shape[0] and known[at] == name):
            continue
        slot = np.int64(keys[k] & np.uint64(0xFFFFFFFF))
        person[n_out], via[n_out], out[n_out] = name, best[slot], sums[slot]
        n_out += 1
    return person[:n_out], via[:n_out], out[:n_out]


def find_secondary(
    segments: Segments,
    *,
    case: int,
    case_i: int,
    contacts: U32,
    from_s: I64,
    to_s: I64,
    min_overlap_s: int,
    known: U32,
) -> Linked:
    """Find everyone who shared a place with the contacts of one case.

    Parameters
    ----------
    segments : Segments
    case : int   person index of the case
    case_i : int   its row, as written into the result
    contacts : uint32 array, shape (n_contacts,)   person indices
    from_s, to_s : int64 arrays, shape (n_contacts,)   from the first exposure until management began
    min_overlap_s : int, seconds, >= 1
    known : uint32 array, sorted   persons who are not looked for: cases and contacts

    Returns
    -------
    Linked   sorted by person_i
    """
    person, via, out = _search_secondary(
        *segments, np.uint32(case), contacts, from_s, to_s, min_overlap_s, known
    )
    return Linked(
        np.full(person.size, case_i, np.uint32),
        person,
        via[:, 0].astype(np.uint32),
        via[:, 1].copy(),
        *(np.ascontiguousarray(c) for c in out.T),
    )
