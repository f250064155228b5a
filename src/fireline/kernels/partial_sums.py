"""Puts together what was found part by part: partial figures of pairs, or the episodes of a pair.

Kernels: called by the engines that spread stays over several places of work; the sums are those of
contact_search, so the answer is the one of a single search.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from fireline.kernels.contact_search import U32, Found, Met, _sorted_names, _summed
from fireline.kernels.moving_window import _ripened
from fireline.kernels.segment_table import I64


def merge_found(parts: Sequence[Found]) -> Found:
    """Sum the figures that several parts hold of the same case and person.

    Parameters
    ----------
    parts : sequence of Found   whose episodes differ from part to part, in any order

    Returns
    -------
    Found   one row for each case and person, sorted by (case_i, person_i)
    """
    if not parts:
        return no_found()
    case, person, overlap, episodes, first, last = (np.concatenate(c) for c in zip(*parts, strict=True))
    if not case.size:
        return no_found()
    order, begin = _same_pairs(case, person)
    rows = order[begin]
    return Found(
        case[rows].astype(np.uint32),
        person[rows].astype(np.uint32),
        np.add.reduceat(overlap[order], begin),
        np.add.reduceat(episodes[order], begin),
        np.minimum.reduceat(first[order], begin),
        np.maximum.reduceat(last[order], begin),
    )


def _same_pairs(a: U32, b: U32) -> tuple[I64, I64]:
    """Rows in the order of (a, b), and where in that order each new pair begins; sorted runs are merged."""
    key = a.astype(np.uint64) << np.uint64(32) | b.astype(np.uint64)
    order = np.argsort(key, kind="stable")
    key = key[order]
    return order, np.flatnonzero(np.r_[True, key[1:] != key[:-1]])


def merge_pairs(parts: Sequence[tuple[U32, U32, I64]]) -> tuple[U32, U32, I64]:
    """Sum the time together that several parts hold of the same pair.

    Parameters
    ----------
    parts : sequence of (smaller person, larger person, overlap)   arrays of one length, in any order

    Returns
    -------
    (smaller person, larger person, overlap)   one row for each pair, sorted
    """
    if not parts or not sum(part[0].size for part in parts):
        return np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.int64)
    a, b, overlap = (np.concatenate(column) for column in zip(*parts, strict=True))
    order, begin = _same_pairs(a, b)
    rows = order[begin]
    return a[rows], b[rows], np.add.reduceat(overlap[order], begin)


def no_found() -> Found:
    """Nobody.

    Returns
    -------
    Found   no rows
    """
    names, figures = np.empty(0, np.uint32), np.empty(0, np.int64)
    return Found(names, names, *[figures] * 4)


@njit(cache=True, nogil=True)
def _sum_rows(bounds, person, hits, window, shortest):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum the rows of each case, those between two bounds; window > 0 = by their total within a window."""
    n_rows = person.shape[0]
    names, out = np.empty(n_rows, np.uint32), np.empty((n_rows, 4), np.int64)
    row = np.empty(n_rows, np.uint32)
    keys, spare = np.empty(1024, np.uint64), np.empty(1024, np.uint64)
    n_out = 0
    for c in range(bounds.shape[0] - 1):
        a, n = bounds[c], bounds[c + 1] - bounds[c]
        who, met = person[a : a + n].copy(), hits[a : a + n].copy()
        if window > 0:
            keys, spare = _sorted_names(who, n, keys, spare)
            n = _ripened(keys, who, met, n, window, shortest)
        keys, spare = _sorted_names(who, n, keys, spare)
        begin = n_out
        n_out = _summed(keys, n, who, met, names, out, n_out)
        row[begin:n_out] = c
    return row[:n_out].copy(), names[:n_out].copy(), out[:n_out].copy()


def sum_episodes(parts: Sequence[Met], *, min_overlap_s: int, within_s: int) -> Found:
    """Sum episodes by case and person; those of a pair must all be in one of the parts given.

    Parameters
    ----------
    parts : sequence of Met   episodes of a second or more, in any order
    min_overlap_s : int, seconds, >= 1
    within_s : int, seconds   0 = every episode given counts; else see contact_search.find_contacts

    Returns
    -------
    Found   sorted by (case_i, person_i)
    """
    if not parts:
        return no_found()
    case, person, _, start, end = (np.concatenate(c) for c in zip(*parts, strict=True))
    order = np.argsort(case, kind="stable")
    cases: U32 = np.unique(case)
    hits: I64 = np.column_stack([start[order], end[order], np.zeros(order.size, np.int64)])
    bounds = np.searchsorted(case[order], cases)
    bounds = np.append(bounds, case.size).astype(np.int64)
    row, names, out = _sum_rows(bounds, person[order].astype(np.uint32), hits, within_s, min_overlap_s)
    return Found(cases[row].astype(np.uint32), names, *(np.ascontiguousarray(c) for c in out.T))
