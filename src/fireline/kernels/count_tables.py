"""Tables from which one random number draws one count, or one cell.

Kernels: called by kernels.scan_draws.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from fireline.kernels.count_tail import log_probability, step_up

WIDEST = 60.0
"""Counts with a larger deviation have no table: it would not fit a cache."""
_TAIL = 1e-18  # probability, beside that of the most probable count, below which a table ends


@njit(cache=True, nogil=True)
def _span(mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Counts whose probability is not below _TAIL of the most probable one; (0, -1) = no table."""
    if mean <= 0.0:
        return 0, 0
    if mean * phi > WIDEST * WIDEST:
        return 0, -1
    mode = int(mean) if phi <= 1.0 else max(0, int(mean - phi + 1.0))
    high, here = mode, 1.0
    while here > _TAIL or high < mean:
        here *= step_up(high, mean, phi)
        high += 1
    low, here = mode, 1.0
    while low > 0 and here > _TAIL:
        low -= 1
        here /= step_up(low, mean, phi)
    return low, high


@njit(cache=True, nogil=True)
def count_tables(mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Cumulated probabilities of each cell from its smallest count on, and where to begin looking.

    start (n_cells + 1,) first entry of each cell; low (n_cells,) its count; cdf (n,); guide (n,): of
    the u in [g/n, (g+1)/n) the first entry that can be the answer.
    """
    n_cells = mean.shape[0]
    start, low = np.zeros(n_cells + 1, np.int64), np.zeros(n_cells, np.int64)
    for k in range(n_cells):
        first, last = _span(mean[k], phi[k])
        low[k] = first
        start[k + 1] = start[k] + last - first + 1
    cdf, guide = np.ones(start[n_cells]), np.zeros(start[n_cells], np.int64)
    for k in range(n_cells):
        n = start[k + 1] - start[k]
        if n <= 1:
            continue
        total = 0.0
        mass = math.exp(log_probability(float(low[k]), mean[k], phi[k]))
        for i in range(n):
            total += mass
            cdf[start[k] + i] = total
            mass *= step_up(low[k] + i, mean[k], phi[k])
        i = 0
        for g in range(n):
            while i < n - 1 and cdf[start[k] + i] <= g / n:
                i += 1
            guide[start[k] + g] = i
        cdf[start[k] + n - 1] = np.inf
    return start, low, cdf, guide


@njit(cache=True, nogil=True)
def aliases(weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Walker's table in Vose's way: cell k with probability share[k], else other[k]."""
    n, total = weight.shape[0], weight.sum()
    share, other = weight * (n / total if total > 0.0 else 0.0), np.arange(n)
    small, large = np.empty(n, np.int64), np.empty(n, np.int64)
    n_small, n_large = 0, 0
    for k in range(n):
        if share[k] < 1.0:
            small[n_small] = k
            n_small += 1
        else:
            large[n_large] = k
            n_large += 1
    while n_small and n_large:
        n_small -= 1
        k, big = small[n_small], large[n_large - 1]
        other[k] = big
        share[big] -= 1.0 - share[k]
        if share[big] < 1.0:
            n_large -= 1
            small[n_small] = big
            n_small += 1
    for i in range(n_small):  # what rounding left
        share[small[i]] = 1.0
    for i in range(n_large):
        share[large[i]] = 1.0
    return share, other
