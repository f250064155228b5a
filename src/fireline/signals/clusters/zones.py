"""Which sets of areas a scan looks at: circles around every area, or areas that hang together on the map.

Chapter 5: read by clusters.scan. The sets never depend on the counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fireline.kernels.scan import Tree
from fireline.signals.clusters.model import ScanZones

F64 = NDArray[np.float64]
Node = tuple[int, int]


def circular_zones(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    max_areas: int | None = None,
    weight: ArrayLike | None = None,
    max_share: float = 0.5,
) -> ScanZones:
    """Every area with its nearest 0, 1, 2, ... others, by great-circle distance.

    Parameters
    ----------
    lon, lat : array-like, shape (n_areas,), degrees
    max_areas : int or None   most areas of a zone
    weight : array-like, shape (n_areas,), or None   population or expected cases; None = all alike
    max_share : float in (0, 1]   most of the total weight that a zone may hold; a single area is always one

    Returns
    -------
    ScanZones   equal sets once; of areas equally far the lower number is nearer

    Raises
    ------
    ValueError   shapes differ, a coordinate is missing or no such degree, a weight is negative, or a limit
        is out of its range
    """
    x, y = (np.asarray(v, np.float64) for v in (lon, lat))
    n = x.size
    if x.shape != (n,) or y.shape != (n,):
        raise ValueError(f"lon, lat: expected shape (n_areas,) of both, got {x.shape} and {y.shape}")
    wrong = np.flatnonzero(~((np.abs(x) <= 180) & (np.abs(y) <= 90)))
    if wrong.size:
        raise ValueError(
            f"lon, lat: area {int(wrong[0])} has no longitude in [-180, 180], latitude in [-90, 90]"
        )
    if not 0 < max_share <= 1 or (max_areas is not None and max_areas < 1):
        raise ValueError(f"max_share {max_share}, max_areas {max_areas}: expected (0, 1] and >= 1")
    held = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    if held.shape != (n,) or not (held >= 0).all():
        raise ValueError(f"weight: expected {n} numbers >= 0")
    order = np.argsort(_central_angle(np.radians(x), np.radians(y)), axis=1, kind="stable")
    order = order[:, : max_areas or n]
    # a share that is met exactly is inside, whatever the sums round to
    inside = np.cumsum(held[order], axis=1) <= max_share * held.sum() * (1 + 1e-12)
    return _zones(
        "circles", n, (node for row, ok in zip(order, inside, strict=True) for node in _chain(row, ok))
    )


def _central_angle(x: F64, y: F64) -> F64:
    """Haversine of every pair; the half chord orders as the angle does, an area is nearest to itself."""
    half = (
        np.sin((y[:, None] - y) / 2) ** 2 + np.cos(y)[:, None] * np.cos(y) * np.sin((x[:, None] - x) / 2) ** 2
    )
    np.fill_diagonal(half, -1.0)
    return np.round(half, 14)  # a metre: what rounding tells apart is equally far


def _chain(row: NDArray[np.int64], inside: NDArray[np.bool_]) -> Iterator[Node]:
    n = int(inside.size if inside.all() else np.argmin(inside))
    return zip(row[: max(1, n)].tolist(), range(1, n + 2), strict=False)


def connected_zones(
    neighbours: ArrayLike,
    *,
    n_areas: int,
    max_areas: int,
    exhaustive: int = 3,
    max_zones: int = 200_000,
) -> ScanZones:
    """Sets of areas that hang together through shared borders.

    Parameters
    ----------
    neighbours : int array-like, shape (n_pairs, 2)   areas that touch, in either order
    n_areas : int
    max_areas : int, >= 1   most areas of a zone
    exhaustive : int, >= 0   every connected set of up to so many areas is a zone
    max_zones : int   more connected sets than this are refused

    Returns
    -------
    ScanZones   all connected sets of up to ``exhaustive`` areas, and, up to ``max_areas``, those grown from
        every area by taking in the nearest by number of borders crossed, one at a time (of equally near
        ones first the one with most borders to what is inside, then the lowest number)

    Raises
    ------
    ValueError   a pair is no pair of areas, a limit is out of its range, or the sets are too many

    Notes
    -----
    Each connected set is listed once by extending it only with areas above its first one that border on the
    newest member and on no older one [1]_. Growth looks at borders only, never at counts: the same sets hold
    for the data and for every replicate.

    References
    ----------
    .. [1] Wernicke S. (2006), Efficient detection of network motifs, IEEE/ACM Trans Comput Biol Bioinform
       3:347-359: the enumeration.
    """
    pairs = np.asarray(neighbours, np.int64).reshape(-1, 2)
    wrong = np.flatnonzero(((pairs < 0) | (pairs >= n_areas)).any(axis=1))
    if wrong.size:
        raise ValueError(f"neighbours: row {int(wrong[0])} is outside [0, {n_areas})")
    if max_areas < 1 or exhaustive < 0:
        raise ValueError(f"max_areas {max_areas}, exhaustive {exhaustive}: expected >= 1 and >= 0")
    touching = [0] * n_areas
    for a, b in pairs.tolist():
        if a != b:
            touching[a] |= 1 << b
            touching[b] |= 1 << a
    return _zones(
        "connected", n_areas, _sets_and_balls(touching, max_areas, min(exhaustive, max_areas), max_zones)
    )


def _sets_and_balls(touching: list[int], max_areas: int, exhaustive: int, max_zones: int) -> Iterator[Node]:
    n = 0
    for root in range(len(touching)):
        if exhaustive:
            yield root, 1
            for node in _extended(touching, root, touching[root], 1 << root | touching[root], 2, exhaustive):
                n += 1
                if n > max_zones:
                    raise ValueError(
                        f"connected: more than {max_zones} sets of up to {exhaustive} areas; lower exhaustive"
                    )
                yield node
    if max_areas > exhaustive:
        for root in range(len(touching)):
            yield from _ball(touching, root, max_areas)


def _extended(
    touching: list[int], root: int, candidates: int, near: int, depth: int, deepest: int
) -> Iterator[Node]:
    """Sets that hold ``root`` as their lowest area; bits of an integer are areas."""
    if depth > deepest:
        return
    candidates = candidates >> (root + 1) << (root + 1)
    while candidates:
        lowest = candidates & -candidates
        candidates ^= lowest
        area = lowest.bit_length() - 1
        yield area, depth
        fresh = touching[area] & ~near
        yield from _extended(touching, root, candidates | fresh, near | fresh, depth + 1, deepest)


def _ball(touching: list[int], root: int, max_areas: int) -> Iterator[Node]:
    inside, front = 1 << root, touching[root]
    yield root, 1
    depth = 1
    while front and depth < max_areas:
        ring, front = front, 0
        while ring and depth < max_areas:
            area = max(_bits(ring), key=lambda a: ((touching[a] & inside).bit_count(), -a))
            ring ^= 1 << area
            inside |= 1 << area
            front |= touching[area]
            depth += 1
            yield area, depth
        front &= ~(inside | ring)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        mask ^= lowest
        yield lowest.bit_length() - 1


def listed_zones(sets: Iterable[Sequence[int]], *, n_areas: int) -> ScanZones:
    """Zones that somebody names: school districts, catchments, sets of a map.

    Parameters
    ----------
    sets : iterable of sequences of area numbers
    n_areas : int

    Returns
    -------
    ScanZones   equal sets once

    Raises
    ------
    ValueError   a set is empty, names an area twice, or one that does not exist
    """
    rows = sorted(sorted(int(a) for a in s) for s in sets)
    nodes: list[Node] = []
    before: list[int] = []
    for row in rows:
        if not row or len(set(row)) < len(row) or row[0] < 0 or row[-1] >= n_areas:
            raise ValueError(f"sets: each needs different areas in [0, {n_areas})")
        shared = next((k for k, (a, b) in enumerate(zip(row, before, strict=False)) if a != b), len(before))
        nodes += [(a, k) for k, a in enumerate(row[shared:], shared + 1)]
        before = row
    wanted = {sum(1 << a for a in row) for row in rows}
    return _zones("listed", n_areas, nodes, wanted=wanted)


def _zones(kind: str, n_areas: int, nodes: Iterable[Node], *, wanted: set[int] | None = None) -> ScanZones:
    """Nodes in depth-first order as a tree whose equal sets count once; ends that are no zone fall away."""
    area, depth, is_zone = [], [], []
    path = [0] * (n_areas + 1)
    seen: set[int] = set()
    for a, k in nodes:
        path[k] = path[k - 1] | 1 << a
        area.append(a)
        depth.append(k)
        is_zone.append(path[k] not in seen and (wanted is None or path[k] in wanted))
        seen.add(path[k])
    keep = [False] * len(area)
    deeper = 0  # depth of the next node kept: a node with a child stays
    for z in range(len(area) - 1, -1, -1):
        keep[z] = is_zone[z] or deeper > depth[z]
        deeper = depth[z] if keep[z] else deeper
    kept = np.array(keep, np.bool_)
    return ScanZones(
        kind,
        n_areas,
        Tree(
            np.array(area, np.int64)[kept], np.array(depth, np.int64)[kept], np.array(is_zone, np.bool_)[kept]
        ),
    )
