"""Finds who shared a place with the contacts of a case, and through whom.

Kernels: called by contacts.search; the parts of the search are those of kernels.contact_search.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from fireline.kernels.contact_search import (
    U32,
    Found,
    _all_met,
    _grown,
    _grown_rows,
    _own_stays,
    _sorted_names,
    _summed,
)
from fireline.kernels.segment_table import I64, Segments


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
def _links(table, base, first, last, vias, from_s, to_s, shortest):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whom each via met: persons; rows (overlap, episodes, first, last); row of the via; how many."""
    own = np.empty((64, 3), np.int64)
    hits, who = np.empty((1024, 3), np.int64), np.empty(1024, np.uint32)
    keys, spare = np.empty(1024, np.uint64), np.empty(1024, np.uint64)
    names, sums, of = np.empty(4096, np.uint32), np.empty((4096, 4), np.int64), np.empty(4096, np.uint32)
    n_links = 0
    for v in range(vias.shape[0]):
        own, n_own = _own_stays(table, base, first, last, vias[v], from_s[v], to_s[v], shortest, own)
        hits, who, n = _all_met(table, base, first, last, vias[v], own, n_own, shortest, hits, who)
        keys, spare = _sorted_names(who, n, keys, spare)
        while n_links + n > names.shape[0]:
            names, sums, of = _grown(names), _grown_rows(sums), _grown(of)
        begin = n_links
        n_links = _summed(keys, n, who, hits, names, sums, n_links)
        of[begin:n_links] = v
    return names, sums, of, n_links


@njit(cache=True, nogil=True)
def _gathered(names, sums, of, n, case, vias, known):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Links by person; known = sorted persons who are no secondary contacts."""
    keys, _ = _sorted_names(names, n, np.empty(n, np.uint64), np.empty(n, np.uint64))
    person, best = np.empty(n, np.uint32), np.empty(n, np.uint32)
    out = np.empty((6, n), np.int64)
    n_out, at = -1, 0
    previous, is_new = np.int64(-1), False
    for k in range(n):
        name = np.int64(keys[k] >> np.uint64(32))
        i = np.int64(keys[k] & np.uint64(0xFFFFFFFF))
        if name != previous:
            previous = name
            while at < known.shape[0] and known[at] < name:
                at += 1
            is_new = name != case and (at >= known.shape[0] or known[at] != name)
            if is_new:
                n_out += 1
                person[n_out], best[n_out], out[0, n_out] = name, vias[of[i]], sums[i, 0]
                out[1, n_out], out[2, n_out], out[3, n_out] = 0, 0, 0
                out[4, n_out], out[5, n_out] = sums[i, 2], sums[i, 3]
        if not is_new:
            continue
        via = vias[of[i]]
        if sums[i, 0] > out[0, n_out] or (sums[i, 0] == out[0, n_out] and via < best[n_out]):
            best[n_out], out[0, n_out] = via, sums[i, 0]
        out[1, n_out] += sums[i, 0]
        out[2, n_out] += sums[i, 1]
        out[3, n_out] += 1
        out[4, n_out] = min(out[4, n_out], sums[i, 2])
        out[5, n_out] = max(out[5, n_out], sums[i, 3])
    n_out += 1
    return person[:n_out].copy(), best[:n_out].copy(), out[:, :n_out].copy()


@njit(cache=True, nogil=True)
def _search_secondary(table, base, first, last, case, vias, from_s, to_s, shortest, known):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """People who met the contacts of one case."""
    names, sums, of, n = _links(table, base, first, last, vias, from_s, to_s, shortest)
    return _gathered(names, sums, of, n, case, vias, known)


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
        *segments.read, np.uint32(case), contacts, from_s, to_s, min_overlap_s, known
    )
    return Linked(np.full(person.size, case_i, np.uint32), person, via, *out)


def link_contacts(found: Found, *, case: int, case_i: int, contacts: U32, known: U32) -> Linked:
    """Gather by person what was found for the contacts of one case: the second half of find_secondary.

    Parameters
    ----------
    found : Found   whom each contact met from its first exposure until management; case_i = row in contacts
    case, case_i, contacts, known : see find_secondary

    Returns
    -------
    Linked   sorted by person_i
    """
    sums = np.column_stack(found[2:])
    person, via, out = _gathered(
        found.person_i, sums, found.case_i, sums.shape[0], np.uint32(case), contacts, known
    )
    return Linked(np.full(person.size, case_i, np.uint32), person, via, *out)
