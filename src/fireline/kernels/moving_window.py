"""Which episodes of a pair count when a rule asks for a total within a moving window.

Kernels: called by kernels.contact_search.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _ripe(start, end, n, window, least, keep):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Mark episodes of one pair that share a moving window with enough time together in it."""
    for k in range(n):
        keep[k] = False
    for k in range(2 * n):  # the fullest window begins with an episode or ends with one
        x = start[k // 2] if k % 2 == 0 else end[k // 2] - window
        total = np.int64(0)
        for i in range(n):
            total += max(np.int64(0), min(end[i], x + window) - max(start[i], x))
        if total >= least:
            for i in range(n):
                if min(end[i], x + window) > max(start[i], x):
                    keep[i] = True


@njit(cache=True, nogil=True)
def _ripened(keys, who, hits, n, window, least):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Hits that qualify by their total within a moving window; the others are dropped, in place.

    keys = the hits in the order of persons, as (person << 32 | row).
    """
    start, end = np.empty(n, np.int64), np.empty(n, np.int64)
    keep, is_kept = np.empty(n, np.bool_), np.zeros(n, np.bool_)
    row = np.uint64(0xFFFFFFFF)
    k = 0
    while k < n:
        m = 0
        while k + m < n and keys[k + m] >> np.uint64(32) == keys[k] >> np.uint64(32):
            i = np.int64(keys[k + m] & row)
            start[m], end[m] = hits[i, 0], hits[i, 1]
            m += 1
        _ripe(start, end, m, window, least, keep)
        for j in range(m):
            is_kept[np.int64(keys[k + j] & row)] = keep[j]
        k += m
    left = 0
    for j in range(n):
        if is_kept[j]:
            who[left] = who[j]
            for c in range(hits.shape[1]):
                hits[left, c] = hits[j, c]
            left += 1
    return left
