"""Neighbourhood of units: who borders whom, connected rings, gates on a border, and the county of a unit.

Chapter 8: small graph steps that delimit and lift share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fireline.zones.tables import SCHEMAS


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Borders between units, each once, as index pairs a < b.

    Attributes
    ----------
    n : int, units
    a, b : int64 (n_borders,)
    gates : list of int or None, gates on each border; None = not stated
    """

    n: int
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    gates: list[int | None]

    @classmethod
    def of(cls, adjacency: pl.DataFrame, index: Mapping[str, int]) -> Neighbours:
        """Read an adjacency table; borders of units that are not listed, and self-borders, are left out.

        The same border stated twice counts once with the larger number of gates.
        """
        known: dict[tuple[int, int], int | None] = {}
        for unit_a, unit_b, gates in adjacency.select("unit_a", "unit_b", "gates").iter_rows():
            i, j = index.get(unit_a), index.get(unit_b)
            if i is None or j is None or i == j:
                continue
            pair = (min(i, j), max(i, j))
            before = known.get(pair)
            known[pair] = gates if before is None else max(before, gates or 0)
        pairs = sorted(known)
        return cls(
            len(index),
            np.array([p[0] for p in pairs], dtype=np.int64),
            np.array([p[1] for p in pairs], dtype=np.int64),
            [known[p] for p in pairs],
        )

    def around(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Units that border a unit of the mask (units of the mask included where they border another)."""
        found = np.zeros(self.n, dtype=bool)
        found[self.b[mask[self.a]]] = True
        found[self.a[mask[self.b]]] = True
        return found

    def of_unit(self, i: int) -> list[int]:
        """Neighbours of one unit, ascending."""
        return sorted([*self.b[self.a == i].tolist(), *self.a[self.b == i].tolist()])


def component_labels(neighbours: Neighbours, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Smallest unit index of the connected part of the mask each unit is in; -1 outside the mask."""
    n = neighbours.n
    keep = mask[neighbours.a] & mask[neighbours.b]
    edges = (np.ones(int(keep.sum())), (neighbours.a[keep], neighbours.b[keep]))
    _, part = connected_components(coo_array(edges, shape=(n, n)), directed=False)
    first = np.full(n, n, dtype=np.int64)
    np.minimum.at(first, part, np.arange(n))
    return np.where(mask, first[part], -1)


def border_gates(
    neighbours: Neighbours, level: Sequence[str | None], unit_ids: Sequence[str]
) -> pl.DataFrame:
    """Borders of each level with what is milder or outside, with the gates to be staffed.

    Returns
    -------
    DataFrame   ``SCHEMAS["zone_gates"]``; a border between sealed and outside belongs to "sealed" only
    """
    rank = {"sealed": 2, "managed": 1}
    strict = [rank.get(name or "", 0) for name in level]
    rows = []
    for a, b, gates in zip(neighbours.a.tolist(), neighbours.b.tolist(), neighbours.gates, strict=True):
        if strict[a] == strict[b]:
            continue
        inner, outer = (a, b) if strict[a] > strict[b] else (b, a)
        rows.append((level[inner], unit_ids[inner], unit_ids[outer], gates))
    return pl.DataFrame(rows, schema=SCHEMAS["zone_gates"], orient="row").sort(
        pl.col("level").replace_strict({"sealed": 0, "managed": 1}, return_dtype=pl.Int8),
        "unit_inside",
        "unit_outside",
    )


def county_of(units: pl.DataFrame, areas: pl.DataFrame, area: str) -> NDArray[np.object_]:
    """County of each unit, shape (n_units,).

    Follows parent_code up to an area of level "county"; where the areas table does not know the unit's
    area, the jurisdiction asked for counts as the county when it starts the unit's code, else the unit's
    own area_code stands alone.
    """
    parent = dict(areas.select("area_code", "parent_code").iter_rows())
    level = dict(areas.select("area_code", "level").iter_rows())

    def county(code: str) -> str:
        seen: set[str] = set()
        at: str | None = code
        while at is not None and at not in seen:
            if str(level.get(at, "")).lower() in ("county", "district", "县", "区"):
                return at
            seen.add(at)
            at = parent.get(at)
        return area if area and code.startswith(area) else code

    names = {code: county(code) for code in units["area_code"].unique().to_list()}
    return np.array([names[code] for code in units["area_code"].to_list()], dtype=object)
