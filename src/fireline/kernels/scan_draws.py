"""Draws counts of the last steps as chance alone would give them: independent, of a fixed total, or permuted.

Kernels: called by kernels.scan. A replicate costs one random number for each cell, or for each case where
cases are fewer than cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.count_tables import WIDEST, aliases, count_tables

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LANES = 32
"""Replicates side by side; a multiple of the widest vector of 32-bit floats."""

Fill = Callable[[NDArray[Any], int], None]


@dataclass(frozen=True, slots=True)
class Null:
    """One way of drawing replicates of the last steps.

    Attributes
    ----------
    n_areas, n_steps : int
    begin : function of (rng, n_replicates) that gives a function of (cells, n), which writes the next n
        replicates into cells, shape (n_blocks, n_areas, n_steps * LANES), zero before: replicate i stands
        in block i // LANES and lane i % LANES, summed over the last 1, 2, ... steps
    """

    n_areas: int
    n_steps: int
    begin: Callable[[np.random.Generator, int], Fill]


@njit(cache=True, nogil=True)
def _lay(counts, cells, i):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Counts by steps back into lane i, cumulated."""
    lane, block = i % LANES, cells[i // LANES]
    for a in range(counts.shape[0]):
        total = 0.0
        for d in range(counts.shape[1]):
            total += counts[a, d]
            block[a, d * LANES + lane] = total


@njit(cache=True, nogil=True)
def _bycount_tables(rng, start, low, cdf, guide, wide, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Every cell once; those without a table take the next number of ``wide``. Returns the sum."""
    total, k, n_wide = 0.0, 0, 0
    for a in range(counts.shape[0]):
        for d in range(counts.shape[1]):
            n = start[k + 1] - start[k]
            count = low[k]
            if n > 1:
                u = rng.random()
                i = guide[start[k] + int(u * n)]
                while cdf[start[k] + i] <= u:
                    i += 1
                count += i
            elif n == 0:
                count = wide[n_wide]
                n_wide += 1
            counts[a, d] = count
            total += count
            k += 1
    return total


@njit(cache=True, nogil=True)
def _independent(rng, start, low, cdf, guide, wide, counts, cells):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for i in range(wide.shape[0]):
        _bycount_tables(rng, start, low, cdf, guide, wide[i], counts)
        _lay(counts, cells, i)


@njit(cache=True, nogil=True)
def _totalled(rng, start, low, cdf, guide, share, other, totals, counts, cells):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_cells, n_steps = share.shape[0], counts.shape[1]
    wide = np.empty(0, np.int64)
    for i in range(totals.shape[0]):
        counts[:] = 0.0
        drawn = 0.0
        if low.shape[0]:
            drawn = totals[i] + 1.0
            while drawn > totals[i]:
                drawn = _bycount_tables(rng, start, low, cdf, guide, wide, counts)
        for _ in range(totals[i] - int(drawn)):
            u = rng.random() * n_cells
            k = int(u)
            if u - k >= share[k]:
                k = other[k]
            counts[k // n_steps, k % n_steps] += 1.0
        _lay(counts, cells, i)


@njit(cache=True, nogil=True)
def _laid(drawn, cells):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for i in range(drawn.shape[0]):
        _lay(drawn[i], cells, i)


@njit(cache=True, nogil=True)
def _permuted(rng, case_area, per_step, counts, cells, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """As many steps of a shuffle as there are cases to deal; a shuffle of a shuffled pack is as fair."""
    n_cases = case_area.shape[0]
    for i in range(n):
        counts[:] = 0.0
        dealt = 0
        for back in range(per_step.shape[0]):
            for _ in range(per_step[back]):
                j = dealt + int(rng.random() * (n_cases - dealt))
                case_area[dealt], case_area[j] = case_area[j], case_area[dealt]
                counts[case_area[dealt], back] += 1.0
                dealt += 1
        _lay(counts, cells, i)


@njit(cache=True, nogil=True)
def _swapped(rng, area, step, observed, is_open, turn, counts, cells, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_cases = area.shape[0]
    for i in range(n):
        if i == turn:
            step[:] = observed
        for _ in range(n_cases):
            j, k = int(rng.random() * n_cases), int(rng.random() * n_cases)
            if is_open[area[j], step[k]] and is_open[area[k], step[j]]:
                step[j], step[k] = step[k], step[j]
        counts[:] = 0.0
        for j in range(n_cases):
            if step[j] < counts.shape[1]:
                counts[area[j], step[j]] += 1.0
        _lay(counts, cells, i)


def independent(mean: F64, dispersion: F64) -> Null:
    """Cells by themselves: Poisson, or negative binomial with variance dispersion * mean.

    Parameters
    ----------
    mean, dispersion : float64 arrays, shape (n_areas, n_steps)   by steps back; dispersion 1 = Poisson

    Returns
    -------
    Null   where all is Poisson and cases are fewer than cells, their number is drawn and shared out: the
        same law
    """
    total = float(mean.sum())
    if 0 < total < mean.size and (dispersion <= 1.0).all():
        return _shared_out(mean, np.zeros(0), lambda rng, n: rng.poisson(total, n))
    flat, phi = mean.ravel(), dispersion.ravel()
    start, low, cdf, guide = count_tables(flat, phi)
    wide = np.flatnonzero(start[1:] == start[:-1])
    counts = np.zeros(mean.shape)

    def begin(rng: np.random.Generator, n_replicates: int) -> Fill:  # noqa: ARG001
        def fill(cells: NDArray[Any], n: int) -> None:
            m, f = np.broadcast_to(flat[wide], (n, wide.size)), phi[wide] - 1.0
            rate = np.where(f > 0, rng.gamma(m / np.where(f > 0, f, 1.0)) * f, m) if (f > 0).any() else m
            _independent(rng, start, low, cdf, guide, rng.poisson(rate), counts, cells)

        return fill

    return Null(mean.shape[0], mean.shape[1], begin)


def fixed(weight: F64, *, outside: float, n_cases: int) -> Null:
    """A multinomial: each case into a cell, or outside of the windows, in proportion to the weights.

    Parameters
    ----------
    weight : float64 array, shape (n_areas, n_steps)   by steps back
    outside : float, >= 0   weight of all that lies before the windows
    n_cases : int   inside and outside together

    Returns
    -------
    Null

    Notes
    -----
    The number of cases inside is binomial. Where they are many, Poisson counts of a slightly smaller mean
    are drawn and the cases still missing are thrown one by one: given its sum a set of Poisson counts is
    multinomial, and so is one with more cases thrown. A draw with too many cases is drawn again, which looks
    at the sum alone and changes no law.
    """
    within = float(weight.sum())
    inside = min(1.0, within / (within + outside)) if within > 0 else 0.0
    expected = n_cases * inside
    if within > 0 and expected * weight.max() / within > WIDEST**2:
        share = np.append(weight.ravel(), outside) / (within + outside)

        def begin(rng: np.random.Generator, n_replicates: int) -> Fill:  # noqa: ARG001
            def fill(cells: NDArray[Any], n: int) -> None:
                drawn = rng.multinomial(n_cases, share, n)[:, :-1]
                _laid(drawn.reshape(n, *weight.shape).astype(np.float64), cells)

            return fill

        return Null(weight.shape[0], weight.shape[1], begin)
    # three deviations of the number inside and three of the counts' sum below what is expected
    spread = math.sqrt(expected) * (1.0 + math.sqrt(max(0.0, 1.0 - inside)))
    first = max(0.0, expected - 3.0 * spread) if expected > weight.size else 0.0
    mean = weight.ravel() / within * first if first > 0 else np.zeros(0)
    return _shared_out(weight, mean, lambda rng, n: rng.binomial(n_cases, inside, n))


def _shared_out(weight: F64, mean: F64, totals: Callable[[np.random.Generator, int], I64]) -> Null:
    start, low, cdf, guide = count_tables(mean, np.ones(mean.size))
    share, other = aliases(weight.ravel())
    counts = np.zeros(weight.shape)

    def begin(rng: np.random.Generator, n_replicates: int) -> Fill:  # noqa: ARG001
        def fill(cells: NDArray[Any], n: int) -> None:
            _totalled(rng, start, low, cdf, guide, share, other, totals(rng, n), counts, cells)

        return fill

    return Null(weight.shape[0], weight.shape[1], begin)


def permuted(case_area: I64, case_step: I64, *, n_areas: int, n_steps: int) -> Null:
    """Cases keep their areas and exchange their steps.

    Parameters
    ----------
    case_area, case_step : int64 arrays, shape (n_cases,)   step = steps back
    n_areas : int
    n_steps : int   only these last steps are drawn: the cases of the others need not be dealt out

    Returns
    -------
    Null
    """
    per_step = np.bincount(case_step[case_step < n_steps], minlength=n_steps).astype(np.int64)
    counts = np.zeros((n_areas, n_steps))

    def begin(rng: np.random.Generator, n_replicates: int) -> Fill:  # noqa: ARG001
        pack = case_area.astype(np.int64)

        def fill(cells: NDArray[Any], n: int) -> None:
            _permuted(rng, pack, per_step, counts, cells, n)

        return fill

    return Null(n_areas, n_steps, begin)


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
    exchanges apart as there are cases, before and after the observed one, whose place among them is drawn:
    then p is exact however well the chain mixes [1]_.

    References
    ----------
    .. [1] Besag J., Clifford P. (1989), Generalized Monte Carlo significance tests, Biometrika 76:633-642.
    """
    observed, area = case_step.astype(np.int64), case_area.astype(np.int64)
    cells_open, counts = np.ascontiguousarray(is_open), np.zeros((is_open.shape[0], n_steps))

    def begin(rng: np.random.Generator, n_replicates: int) -> Fill:
        step, done = observed.copy(), 0
        turn = int(rng.integers(n_replicates + 1))

        def fill(cells: NDArray[Any], n: int) -> None:
            nonlocal done
            _swapped(rng, area, step, observed, cells_open, turn - done, counts, cells, n)
            done += n

        return fill

    return Null(is_open.shape[0], n_steps, begin)


def sample(null: Null, *, n_replicates: int, rng: np.random.Generator) -> F64:
    """Replicates themselves: what a scan of as many sees with the same seed.

    Parameters
    ----------
    null : Null
    n_replicates : int
    rng : Generator

    Returns
    -------
    float64 array, shape (n_replicates, n_areas, n_steps)   by steps back
    """
    n_blocks = -(-n_replicates // LANES)
    cells = np.zeros((n_blocks, null.n_areas, null.n_steps * LANES))
    null.begin(rng, n_replicates)(cells, n_replicates)
    sums = cells.reshape(n_blocks, null.n_areas, null.n_steps, LANES)
    counts = np.diff(sums, axis=2, prepend=0.0)
    return np.moveaxis(counts, 3, 1).reshape(-1, null.n_areas, null.n_steps)[:n_replicates]
