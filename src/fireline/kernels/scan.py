"""Where and when counts exceed most what was expected of them, and how high chance alone reaches.

Kernels: called by signals.clusters. Zones stand in one tree whose every node adds one area to its parent, so
that a zone costs one addition; replicates run side by side in lanes of one vector.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.scan_draws import LANES, Null

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_CHUNK_BYTES = 1 << 24  # replicates drawn before they are scanned
_EXACT_IN_F32 = 1 << 24
_TYPICAL = 6.0  # log-likelihood ratio near which the limits are tightest: about what chance reaches
_EVEN = 1.0 + 1e-12  # an expectation summed in another order is no excess
_SLACK = 1e-6  # more than what rounding to 32-bit floats can move a limit


class Tree(NamedTuple):
    """Zones in depth-first order: node z is its parent's set of areas and one more.

    Attributes
    ----------
    area : int64 array, shape (n_nodes,)   the area that the node adds
    depth : int64 array, shape (n_nodes,)   areas of the node; its parent is the last before with one less
    is_zone : bool array, shape (n_nodes,)   False = only a step on the way (the same set stands elsewhere)
    """

    area: I64
    depth: I64
    is_zone: NDArray[np.bool_]


class Scores(NamedTuple):
    """The best window of every node.

    Attributes
    ----------
    score : float64 array, shape (n_nodes,)   log-likelihood ratio; 0 where nothing is above expectation
    duration : int64 array, shape (n_nodes,)   steps of the best window (the shorter of equals), >= 1
    """

    score: F64
    duration: I64


class Limits(NamedTuple):
    """Counts that a window must exceed to score above s^2: base + slope * s, never too high.

    Attributes
    ----------
    base, slope : float32 or float64 arrays, shape (n_nodes, n_durations)
    half : the same type   counts above it are always scored
    expected : float64 array, shape (n_nodes, n_durations)
    total : float64   all counts, 0 = the expectation is not tied to them
    """

    base: NDArray[np.floating]
    slope: NDArray[np.floating]
    half: np.floating
    expected: F64
    total: float


@njit(cache=True, nogil=True, error_model="numpy")
def _score(observed, expected, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Log-likelihood ratio of one window; total > 0 compares inside with outside (Kulldorff)."""
    if observed <= expected * _EVEN:
        return 0.0
    inside = observed * math.log(observed / expected)
    if total <= 0.0:
        return inside + expected - observed
    if observed >= total:
        return inside
    return inside + (total - observed) * math.log((total - observed) / (total - expected))


@njit(cache=True, nogil=True)
def _zone_sums(area, depth, cells):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    sums = np.empty((area.shape[0], cells.shape[1]))
    path = np.zeros((depth.max() + 1 if depth.shape[0] else 1, cells.shape[1]))
    for z in range(area.shape[0]):
        k = depth[z]
        for d in range(cells.shape[1]):
            path[k, d] = path[k - 1, d] + cells[area[z], d]
            sums[z, d] = path[k, d]
    return sums


def zone_sums(tree: Tree, cells: F64) -> F64:
    """Sum cells over the areas of every node.

    Parameters
    ----------
    tree : Tree
    cells : float64 array, shape (n_areas, n_durations)   sums over the last 1, 2, ... steps

    Returns
    -------
    float64 array, shape (n_nodes, n_durations)   areas added in the order of the path
    """
    return _zone_sums(tree.area, tree.depth, np.ascontiguousarray(cells, np.float64))


@njit(cache=True, nogil=True, error_model="numpy")
def _zone_scores(observed, expected, is_zone, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    score, duration = np.zeros(is_zone.shape[0]), np.ones(is_zone.shape[0], np.int64)
    for z in range(is_zone.shape[0]):
        if is_zone[z]:
            for d in range(observed.shape[1]):
                here = _score(observed[z, d], expected[z, d], total)
                if here > score[z]:
                    score[z], duration[z] = here, d + 1
    return score, duration


def zone_scores(tree: Tree, observed: F64, expected: F64, *, total: float) -> Scores:
    """Score every node on the sums of its areas.

    Parameters
    ----------
    tree : Tree
    observed, expected : float64 arrays, shape (n_nodes, n_durations)   as zone_sums gives them
    total : float   0: c ln(c/b) + b - c, the expectation-based score. Above 0: the sum of all counts (and of
        all expectations), and the score is c ln(c/b) + (total-c) ln((total-c)/(total-b))

    Returns
    -------
    Scores
    """
    return Scores(*_zone_scores(observed, expected, tree.is_zone, float(total)))


@njit(cache=True, nogil=True)
def _apart(area, depth, score, n_areas, n_most):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    used = np.zeros(n_areas, np.bool_)
    touches = np.zeros(depth.max() + 1 if depth.shape[0] else 1, np.bool_)
    picked = np.empty(n_most, np.int64)
    for n in range(n_most):
        best = -1
        for z in range(area.shape[0]):
            touches[depth[z]] = touches[depth[z] - 1] or used[area[z]]
            if touches[depth[z]] or score[z] <= 0.0:
                continue
            if best < 0 or score[z] > score[best] * _EVEN:
                best = z
            elif score[z] * _EVEN >= score[best] and depth[z] < depth[best]:
                best = z  # an area with nothing seen and nothing expected adds nothing
        if best < 0:
            return picked[:n]
        picked[n] = best
        left = depth[best]
        for z in range(best, -1, -1):
            if depth[z] == left:  # the path to the root, backwards
                used[area[z]] = True
                left -= 1
                if left == 0:
                    break
    return picked


def best_apart(tree: Tree, score: F64, *, n_areas: int, n_most: int) -> I64:
    """Nodes of highest score that share no area: the best, the best of those apart from it, and so on.

    Parameters
    ----------
    tree : Tree
    score : float64 array, shape (n_nodes,)   0 = never picked
    n_areas, n_most : int

    Returns
    -------
    int64 array, shape (<= n_most,)   of equals the one of fewest areas, of these the first in the tree
    """
    return _apart(tree.area, tree.depth, score, n_areas, n_most)


@njit(cache=True, nogil=True)
def _limits(expected, is_zone, total, base, slope):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tangents to the count as a function of s = sqrt(score), which is convex up to half of the total."""
    for z in range(expected.shape[0]):
        for d in range(expected.shape[1]):
            b = expected[z, d]
            base[z, d], slope[z, d] = b, 0.0
            if not is_zone[z] or b <= 0.0:
                base[z, d] = np.inf
                continue
            c = b + math.sqrt(2.0 * b * _TYPICAL) + _TYPICAL / 3.0
            if total > 0.0:
                if b >= 0.45 * total:
                    continue
                c = min(c, 0.5 * (b + 0.5 * total))
            steep = math.log(c / b)
            if total > 0.0:
                steep -= math.log((total - c) / (total - b))
            s = math.sqrt(_score(c, b, total))
            base[z, d] = c - 2.0 * s * s / steep
            base[z, d] -= _SLACK * abs(base[z, d])
            slope[z, d] = 2.0 * s / steep * (1.0 - _SLACK)


def limits(tree: Tree, expected: F64, *, total: float, largest: float) -> Limits:
    """Counts below which no window of a replicate needs a logarithm.

    Parameters
    ----------
    tree : Tree
    expected : float64 array, shape (n_nodes, n_durations)
    total : float   as in zone_scores
    largest : float   no sum of a replicate is larger; 32-bit floats are used where they hold it exactly

    Returns
    -------
    Limits

    Notes
    -----
    With c the count, b the expectation and h(u) = (1+u) ln(1+u) - u, the score is b h(c/b - 1) and the square
    root of h is concave (2 h h'' <= h'^2), hence c is a convex function of s = sqrt(score) and lies above its
    tangents. The score that compares with the outside has the same property while c <= total / 2, since its
    third derivative is negative there; above that every count is scored.
    """
    kind = np.float32 if largest < _EXACT_IN_F32 else np.float64
    base, slope = np.empty(expected.shape, kind), np.empty(expected.shape, kind)
    _limits(expected, tree.is_zone, float(total), base, slope)
    return Limits(base, slope, kind(total / 2 if total > 0 else np.inf), expected, float(total))


@njit(cache=True, nogil=True, error_model="numpy")
def _scan_lanes(area, depth, given, cells, path, root, best):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Largest score of each lane; only windows above their limit take a logarithm."""
    base, slope, half, expected, total = given
    for z in range(area.shape[0]):
        before, here, more = path[depth[z] - 1], path[depth[z]], cells[area[z]]
        for d in range(base.shape[1]):
            low, steep, first = base[z, d], slope[z, d], d * LANES
            is_above = np.int32(0)
            for r in range(first, first + LANES):
                count = before[r] + more[r]
                here[r] = count
                is_above |= np.int32(count > low + steep * root[r - first]) | np.int32(count > half)
            if is_above and low != np.inf:
                for r in range(LANES):
                    count = here[first + r]
                    if count > low + steep * root[r] or count > half:
                        score = _score(np.float64(count), expected[z, d], total)
                        if score > best[r]:
                            best[r] = score
                            root[r] = math.sqrt(score)


@njit(cache=True, nogil=True)
def _maxima(area, depth, given, cells, path, maxima):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    root, best = np.zeros(LANES, cells.dtype), np.zeros(LANES)
    for first in range(0, maxima.shape[0], LANES):
        root[:] = 0
        best[:] = 0.0
        _scan_lanes(area, depth, given, cells[first // LANES], path, root, best)
        n = min(LANES, maxima.shape[0] - first)
        maxima[first : first + n] = best[:n]


def replicate_maxima(
    tree: Tree, given: Limits, null: Null, *, n_replicates: int, rng: np.random.Generator
) -> F64:
    """Largest score that each replicate of the null hypothesis reaches.

    Parameters
    ----------
    tree : Tree
    given : Limits
    null : Null   how a replicate is drawn
    n_replicates : int
    rng : Generator   the same seed gives the same maxima

    Returns
    -------
    float64 array, shape (n_replicates,)   bit for bit what zone_scores gives for the same counts
    """
    kind, width = given.base.dtype, null.n_steps * LANES
    n_blocks = max(1, _CHUNK_BYTES // max(1, null.n_areas * width * kind.itemsize))
    path = np.zeros((tree.depth.max(initial=0) + 1, width), kind)
    maxima = np.empty(n_replicates)
    fill = null.begin(rng, n_replicates)
    for first in range(0, n_replicates, n_blocks * LANES):
        n = min(n_blocks * LANES, n_replicates - first)
        cells = np.zeros((-(-n // LANES), null.n_areas, width), kind)
        fill(cells, n)
        _maxima(tree.area, tree.depth, given, cells, path, maxima[first : first + n])
    return maxima
