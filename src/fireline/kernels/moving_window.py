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
def _ripened(who, hits, n, window, least):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Hits that qualify by their total within a moving window; the others are dropped, in place."""
    order = np.argsort(hits[:n, 0], kind="mergesort")
    order = order[np.argsort(who[:n][order], kind="mergesort")]
    start, end = np.empty(n, np.int64), np.empty(n, np.int64)
    keep, is_kept = np.empty(n, np.bool_), np.zeros(n, np.bool_)
    k = 0
    while k < n:
        m = 0
        while k + m < n and who[order[k + m]] == who[order[k]]:
            start[m], end[m] = hits[order[k + m], 0], hits[order[k + m], 1]
            m += 1
        _ripe(start, end, m, window, least, keep)
        for i in range(m):
            is_kept[order[k + i]] = keep[i]
        k += m
    left = 0
    for i in range(n):
        if is_kept[i]:
            who[left] = who[i]
            hits[left] = hits[i]
            left += 1
    return left
