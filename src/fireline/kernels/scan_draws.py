"""Draws counts of the last steps as chance alone would give them: independent, of a fixed total, or permuted.

Kernels: called by kernels.scan. A replicate costs one random number for each cell, or for each case where
cases are fewer than cells.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.count_law import log_mass, step_up

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

INDEPENDENT, SCATTERED, FIXED, PERMUTED, SWAPPED = range(5)
_WIDEST = 60.0  # deviations above this are drawn by rejection: their tables would not fit a cache
_TAIL = 1e-18  # probability below which a table ends


class Null(NamedTuple):
    """One way of drawing a replicate; cell = area * n_steps + steps back (0 = the last step).

    Attributes
    ----------
    kind : int   INDEPENDENT: every cell by itself. SCATTERED: a Poisson number of cases, each into a cell.
        FIXED: ``n_cases`` in all, each into a cell or, last, outside. PERMUTED: cases keep their areas and
        exchange their steps. SWAPPED: the same where some cells cannot hold a case
    n_steps : int
    n_cases : int   of FIXED
    mean, dispersion : float64 arrays, shape (n_cells,)   of INDEPENDENT and FIXED
    start, low, cdf, guide : tables of these, see _tables
    share, other : float64, int64 arrays, shape (n_cells,)   alias table of SCATTERED and FIXED
    n_scattered : float   mean number of cases of SCATTERED
    case_area, case_step : int64 arrays, shape (n_cases,)   step = steps back; of PERMUTED and SWAPPED
    per_step : int64 array, shape (n_steps,)   cases of each step of PERMUTED
    is_open : bool array, shape (n_areas, n_time)   cells of SWAPPED that can hold a case, by steps back
    """

    kind: int
    n_steps: int
    n_cases: int = 0
    mean: F64 = np.empty(0)
    dispersion: F64 = np.empty(0)
    start: I64 = np.zeros(1, np.int64)
    low: I64 = np.empty(0, np.int64)
    cdf: F64 = np.empty(0)
    guide: I64 = np.empty(0, np.int64)
    share: F64 = np.empty(0)
    other: I64 = np.empty(0, np.int64)
    n_scattered: float = 0.0
    case_area: I64 = np.empty(0, np.int64)
    case_step: I64 = np.empty(0, np.int64)
    per_step: I64 = np.empty(0, np.int64)
    is_open: NDArray[np.bool_] = np.zeros((0, 0), np.bool_)


@njit(cache=True, nogil=True)
def _span(mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Counts whose probability is not below _TAIL of the most probable one; (0, -1) = no table."""
    if mean <= 0.0:
        return 0, 0
    if mean * phi > _WIDEST * _WIDEST:
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
def _tables(mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
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
        mass = math.exp(log_mass(float(low[k]), mean[k], phi[k]))
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
def _aliases(weight):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
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


def independent(mean: F64, dispersion: F64, *, n_steps: int) -> Null:
    """Cells by themselves: Poisson, or negative binomial with variance dispersion * mean.

    Parameters
    ----------
    mean, dispersion : float64 arrays, shape (n_areas, n_steps)   by steps back; dispersion 1 = Poisson
    n_steps : int

    Returns
    -------
    Null   where all is Poisson and cases are fewer than cells: SCATTERED, the same law
    """
    mean, dispersion = mean.ravel(), dispersion.ravel()
    if mean.size and mean.sum() < mean.size and (dispersion <= 1.0).all() and mean.sum() > 0:
        share, other = _aliases(mean)
        return Null(SCATTERED, n_steps, share=share, other=other, n_scattered=float(mean.sum()))
    start, low, cdf, guide = _tables(mean, dispersion)
    return Null(
        INDEPENDENT, n_steps, mean=mean, dispersion=dispersion, start=start, low=low, cdf=cdf, guide=guide
    )


def fixed(weight: F64, *, n_cases: int, n_steps: int) -> Null:
    """A multinomial: each case into a cell with a probability in proportion to its weight.

    Parameters
    ----------
    weight : float64 array, shape (n_areas * n_steps + 1,)   the last one: outside of the windows
    n_cases, n_steps : int

    Returns
    -------
    Null

    Notes
    -----
    Where cases are many, Poisson counts with a slightly smaller mean are drawn and the cases still missing
    are thrown one by one; given its sum, a set of Poisson counts is multinomial, so is that with more cases
    thrown. A draw with too many cases is drawn again, which looks at the sum alone and changes no law.
    """
    share, other = _aliases(weight)
    first = max(0.0, n_cases - 3.0 * math.sqrt(n_cases)) if n_cases > weight.size else 0.0
    mean = weight / weight.sum() * first if first else np.empty(0)
    phi = np.ones(mean.size)
    start, low, cdf, guide = _tables(mean, phi)
    return Null(
        FIXED, n_steps, n_cases, mean=mean, dispersion=phi, start=start, low=low, cdf=cdf, guide=guide,
        share=share, other=other,
    )  # fmt: skip


def permuted(case_area: I64, case_step: I64, *, n_steps: int) -> Null:
    """Cases keep their areas and exchange their steps.

    Parameters
    ----------
    case_area, case_step : int64 arrays, shape (n_cases,)   step = steps back
    n_steps : int   only these last steps are drawn: the cases of the others need not be dealt out

    Returns
    -------
    Null
    """
    per_step = np.bincount(case_step[case_step < n_steps], minlength=n_steps)
    return Null(PERMUTED, n_steps, case_area.size, case_area=case_area, per_step=per_step.astype(np.int64))


def swapped(case_area: I64, case_step: I64, is_open: NDArray[np.bool_], *, n_steps: int) -> Null:
    """The same where some cells cannot hold a case.

    Parameters
    ----------
    case_area, case_step : int64 arrays, shape (n_cases,)   as observed
    is_open : bool array, shape (n_areas, n_time)   by steps back
    n_steps : int

    Returns
    -------
    Null

    Notes
    -----
    A chain of exchanges between two random cases, refused where one would land in a closed cell, is
    reversible and leaves every allowed arrangement equally likely. Replicates are its states, as many
    exchanges apart as there are cases, before and after the observed one, whose place among them is
    drawn: then p is exact however well the chain mixes [1]_.

    References
    ----------
    .. [1] Besag J., Clifford P. (1989), Generalized Monte Carlo significance tests, Biometrika 76:633-642.
    """
    return Null(
        SWAPPED, n_steps, case_area.size, case_area=case_area, case_step=case_step,
        is_open=np.ascontiguousarray(is_open),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _swap(rng, area, step, is_open):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = area.shape[0]
    for _ in range(n):
        i, j = int(rng.random() * n), int(rng.random() * n)
        if is_open[area[i], step[j]] and is_open[area[j], step[i]]:
            step[i], step[j] = step[j], step[i]


@njit(cache=True, nogil=True)
def begin(rng, null, n_replicates):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """What draws carry from one to the next: areas and steps of the cases, and at which replicate a chain
    of exchanges starts from the observed steps once more.
    """
    state = np.empty((2, null.case_area.shape[0]), np.int64)
    state[0] = null.case_area
    turn = 0
    if null.kind == SWAPPED:
        state[1] = null.case_step
        turn = int(rng.random() * (n_replicates + 1))
    return state, turn


@njit(cache=True, nogil=True)
def _wide(rng, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return rng.poisson(rng.gamma(mean / (phi - 1.0), phi - 1.0) if phi > 1.0 else mean)


@njit(cache=True, nogil=True)
def _counts(rng, null, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Every cell from its table; returns the sum."""
    # taken out of the tuple: handing a tuple of arrays on costs more than a draw
    start, low, cdf, guide = null.start, null.low, null.cdf, null.guide
    n_steps, total, k = null.n_steps, 0, 0
    while k < null.mean.shape[0]:
        a = k // n_steps
        for back in range(min(n_steps, null.mean.shape[0] - k)):
            n = start[k + 1] - start[k]
            count = low[k]
            if n > 1:
                u = rng.random()
                i = guide[start[k] + int(u * n)]
                while cdf[start[k] + i] <= u:
                    i += 1
                count += i
            elif n == 0:
                count = _wide(rng, null.mean[k], null.dispersion[k])
            total += count
            out[a, back] = count
            k += 1
    return total


@njit(cache=True, nogil=True)
def _throw(rng, null, n_cases, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    share, other, n_steps = null.share, null.other, null.n_steps
    n = share.shape[0]
    for _ in range(n_cases):
        u = rng.random() * n
        k = int(u)
        if u - k >= share[k]:
            k = other[k]
        out[k // n_steps, k % n_steps] += 1


@njit(cache=True, nogil=True)
def _deal(rng, area, per_step, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """As many steps of a shuffle as there are cases to deal; a shuffle of a shuffled pack is as fair."""
    n, i = area.shape[0], 0
    for back in range(per_step.shape[0]):
        for _ in range(per_step[back]):
            j = i + int(rng.random() * (n - i))
            area[i], area[j] = area[j], area[i]
            out[area[i], back] += 1
            i += 1


@njit(cache=True, nogil=True)
def draw(rng, null, state, is_turn, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Write one replicate: out[area, steps back], its last row for what falls outside of the windows."""
    out[:] = 0.0
    if null.kind == INDEPENDENT:
        _counts(rng, null, out)
    elif null.kind == SCATTERED:
        _throw(rng, null, rng.poisson(null.n_scattered), out)
    elif null.kind == FIXED:
        total = _counts(rng, null, out)
        while total > null.n_cases:
            total = _counts(rng, null, out)
        _throw(rng, null, null.n_cases - total, out)
    elif null.kind == PERMUTED:
        _deal(rng, state[0], null.per_step, out)
    else:
        if is_turn:
            state[1] = null.case_step
        _swap(rng, state[0], state[1], null.is_open)
        for i in range(null.n_cases):
            if state[1, i] < null.n_steps:
                out[state[0, i], state[1, i]] += 1


@njit(cache=True, nogil=True)
def _sample(rng, null, n_areas, n_replicates):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    cells = np.empty((n_replicates, n_areas + 1, null.n_steps))
    state, turn = begin(rng, null, n_replicates)
    for i in range(n_replicates):
        draw(rng, null, state, i == turn, cells[i])
    return cells


def sample(null: Null, *, n_areas: int, n_replicates: int, rng: np.random.Generator) -> F64:
    """Replicates themselves: what a scan sees with the same seed.

    Parameters
    ----------
    null : Null
    n_areas, n_replicates : int
    rng : Generator

    Returns
    -------
    float64 array, shape (n_replicates, n_areas + 1, n_steps)   by steps back; the last row holds, of FIXED,
        the cases outside of the windows in its first cell
    """
    return _sample(rng, null, n_areas, n_replicates)
