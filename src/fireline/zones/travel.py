"""Where residents of each unit go: from stays where they are known, else a gravity guess that is called one.

Chapter 8: read by situation; compressed rows, each sums to 1 or is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree

from fireline.words import Words
from fireline.zones.ground import Ground
from fireline.zones.locate import ground_m, sphere

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

NEAREST, LARGEST = 24, 8
"""Units that a gravity row names: the nearest, and the largest of the county."""

NEAR_M = 500.0
"""Added to every distance, so that the unit next door does not take everything."""

PRIOR_HOURS = 40.0
"""Hours of known stays that weigh as much as the gravity guess: one working week of one person."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Travel rows as in Situation: row (n_units + 1,), unit and share (n_links,)."""

    row: I64
    unit: I64
    share: F64
    notes: tuple[Words, ...] = ()


def gravity(ground: Ground) -> csr_array:
    """Shares by population / (distance + NEAR_M)^2, each row sums to 1 or is empty.

    Returns
    -------
    csr_array (n_units, n_units)   at most NEAREST + LARGEST units a row, never the own one

    Notes
    -----
    A guess, fitted to no county: the square of the distance is the plain textbook form. Units without
    coordinates have no row.
    """
    n = ground.n
    known = np.flatnonzero(np.isfinite(ground.lon) & np.isfinite(ground.lat))
    if len(known) < 2:
        return csr_array((n, n))
    xyz = sphere(ground.lon[known], ground.lat[known])
    _, near = cKDTree(xyz).query(xyz, k=min(NEAREST + 1, len(known)))
    large = np.argsort(-ground.population[known], kind="stable")[:LARGEST]
    rows = np.repeat(np.arange(len(known)), near.shape[1] + len(large))
    columns = np.column_stack([near, np.broadcast_to(large, (len(known), len(large)))]).ravel()
    pairs = np.unique(np.column_stack([rows, columns]), axis=0)
    rows, columns = pairs[pairs[:, 0] != pairs[:, 1]].T
    apart = ground_m(np.linalg.norm(xyz[rows] - xyz[columns], axis=1))
    pull = ground.population[known[columns]] / (apart + NEAR_M) ** 2
    return _scaled(csr_array(coo_array((pull, (known[rows], known[columns])), shape=(n, n))))


def _scaled(rows: csr_array) -> csr_array:
    """Rows divided by their sums; empty rows stay empty."""
    total = np.asarray(rows.sum(axis=1)).ravel()
    factor = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    found = csr_array(coo_array((factor, (np.arange(len(total)),) * 2), shape=(len(total),) * 2) @ rows)
    found.eliminate_zeros()
    return found


def travel_rows(ground: Ground, *, home: I64, unit: I64, hours: F64) -> Rows:
    """Travel rows from known stays away from home, filled up by gravity.

    Parameters
    ----------
    home, unit : int64 (n_stays,)   unit of residence and unit of the stay; stays in the own unit are left out
    hours : float64 (n_stays,)

    Returns
    -------
    Rows   share = (hours + PRIOR_HOURS x gravity) / (sum of hours + PRIOR_HOURS)
    """
    n = ground.n
    away = (home >= 0) & (unit >= 0) & (home != unit) & (hours > 0)
    seen = csr_array(coo_array((hours[away], (home[away], unit[away])), shape=(n, n)))
    guess = gravity(ground)
    rows = _scaled(csr_array(seen + PRIOR_HOURS * guess))
    rows.sort_indices()
    n_seen, n_empty = int((np.diff(seen.indptr) > 0).sum()), int((np.diff(rows.indptr) == 0).sum())
    notes = [
        Words(
            f"{n} 个单元中 {n_seen} 个有居民外出停留数据；其余往来按人口和距离推测（引力模型），不是实测。",
            f"Stays of residents are known for {n_seen} of {n} units; all else is guessed from population "
            "and distance (gravity), not measured.",
        )
    ]
    if n_empty:
        notes.append(
            Words(
                f"{n_empty} 个单元没有坐标也没有停留数据，其居民去向不明，按留在本单元计。",
                f"{n_empty} units have neither coordinates nor stays: where residents go is not known, they "
                "count as staying.",
            )
        )
    return Rows(
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int64),
        rows.data.astype(np.float64),
        tuple(notes),
    )
