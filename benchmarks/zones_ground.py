"""Random counties for the zone benchmarks: unit centres clustered in townships, borders by triangulation."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from fireline.zones.graph import Neighbours
from fireline.zones.ground import Ground, Situation


def make_ground(n: int, rng: np.random.Generator, *, people: float = 1e6, townships: int = 22) -> Ground:
    """A county of ``n`` units around ``townships`` centres, one gate or more on every border."""
    side = np.sqrt(n) * 0.35  # km: about 350 m between units
    centre = rng.uniform(0, side, (townships, 2))
    weight = rng.pareto(1.5, townships) + 0.3
    home = rng.choice(townships, n, p=weight / weight.sum())
    xy = np.where(
        rng.random((n, 1)) < 0.6,
        centre[home] + rng.normal(0, 0.05 * side, (n, 2)),
        rng.uniform(0, side, (n, 2)),
    )
    township = np.argmin(((xy[:, None] - centre) ** 2).sum(axis=2), axis=1)
    simplices = Delaunay(xy).simplices
    pairs = np.unique(
        np.sort(np.vstack([simplices[:, [0, 1]], simplices[:, [1, 2]], simplices[:, [0, 2]]]), axis=1), axis=0
    )
    length = np.linalg.norm(xy[pairs[:, 0]] - xy[pairs[:, 1]], axis=1)
    pairs = pairs[length < 6 * np.median(length)]
    size = rng.lognormal(0, 0.8, n)
    population = np.round(size / size.sum() * people)
    return Ground(
        tuple(f"U{i:05d}" for i in range(n)), population, population / 2.62,
        104 + xy[:, 0] / 96.0, 30 + xy[:, 1] / 111.0, township.astype(np.int64),
        np.full(n, 4, dtype=np.int8),
        Neighbours(n, pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64), rng.integers(1, 4, len(pairs)).tolist()),
        rng.random(n) < 0.005,
    )  # fmt: skip


def make_travel(
    ground: Ground, rng: np.random.Generator, *, links: int = 30
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gravity rows: the nearest units by distance and a few large ones anywhere."""
    from scipy.spatial import cKDTree

    n = ground.n
    xy = np.column_stack([ground.lon * 96, ground.lat * 111])
    distance, near = cKDTree(xy).query(xy, k=links - 5)
    far = rng.choice(n, (n, 6), p=ground.population / ground.population.sum())
    unit = np.column_stack([near[:, 1:], far])
    apart = np.column_stack([distance[:, 1:], np.linalg.norm(xy[far] - xy[:, None], axis=2)])
    pull = ground.population[unit] / (0.3 + apart) ** 2 * (unit != np.arange(n)[:, None])
    share = pull / pull.sum(axis=1, keepdims=True)
    return np.arange(n + 1) * unit.shape[1], unit.ravel().astype(np.int64), share.ravel()


def make_situation(
    ground: Ground, travel, n_cases: int, rng: np.random.Generator, *, day: float = 20.0
) -> Situation:
    """Cases that infected each other along the travel rows, with three to six recalled stays each."""
    row, unit, share = travel
    home = [int(rng.choice(ground.n, p=ground.population / ground.population.sum()))]
    while len(home) < n_cases:
        u = home[rng.integers(len(home))]
        away = int(rng.choice(unit[row[u] : row[u + 1]], p=share[row[u] : row[u + 1]]))
        home.append(u if rng.random() < 0.4 else away)
    home = np.array(home, dtype=np.int64)
    onset = day - np.floor(rng.uniform(0, 12, n_cases))
    stays = rng.integers(3, 7, n_cases)
    case = np.repeat(np.arange(n_cases), stays)
    seen = np.array(
        [rng.choice(unit[row[u] : row[u + 1]], p=share[row[u] : row[u + 1]]) for u in home[case]],
        dtype=np.int64,
    )
    return Situation(
        day, home, onset, np.where(rng.random(n_cases) < 0.7, onset + 3, np.nan), rng.random(n_cases) < 0.6,
        case, seen, np.floor(onset[case] + rng.uniform(-3, 3, len(case))), rng.uniform(0.5, 8, len(case)),
        rng.uniform(0.2, 0.8, n_cases), row.astype(np.int64), unit, share,
    )  # fmt: skip
