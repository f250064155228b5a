"""Sets of areas to look for an event in: each alone, with a neighbour, with all neighbours, the whole.

Chapter 5: reads areas, units and their adjacency; read by fusion.scan and events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from fireline.records.model import Records

I64 = NDArray[np.int64]

_TOUCH = 1e-4
"""Degrees (about ten metres) within which two borders count as one."""
_MOST_UP = 8  # a ring of parents must not hang
_TOWNSHIPS = ("township", "town", "street", "subdistrict")
SHARES = {"alone": 0.6, "pair": 0.2, "around": 0.15, "whole": 0.05}
"""Where an event is looked for: most begin in one area. Each class has this share of the chance, and of the
false alarms; the shares of classes that are absent go to the others."""


@dataclass(frozen=True, slots=True)
class AreaSets:
    """Sets of areas as index arrays, each set once.

    Attributes
    ----------
    areas : tuple of area codes
    begin, member : int64 arrays   set z is the areas member[begin[z] : begin[z + 1]], ascending
    kind : int64 array, shape (n_sets,)   class of the set, position in SHARES
    prior : float64 array, shape (n_sets,)   chance that an event is in this set, given one; sums to 1
    neighbours : tuple, for each area the indices of the areas beside it, above it and below it, ascending
    """

    areas: tuple[str, ...]
    begin: I64
    member: I64
    kind: I64
    prior: NDArray[np.float64]
    neighbours: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        """Number of sets."""
        return self.begin.size - 1

    def of(self, z: int) -> tuple[int, ...]:
        """Areas of one set."""
        return tuple(self.member[self.begin[z] : self.begin[z + 1]].tolist())


def area_sets(records: Records, areas: Sequence[str]) -> AreaSets:
    """Sets to look for an event in.

    Parameters
    ----------
    records : Records   areas (parents, shapes), units and their adjacency; any of them may be missing
    areas : codes for which there are figures

    Returns
    -------
    AreaSets   areas below a township (a school, a pharmacy) are in its township's sets; an area above others
        (a county with figures of its own) is a set alone and joins its parts only in the set of the whole
    """
    table = records.table("areas")
    known = table.drop_nulls("parent_code")
    parents = dict(zip(known["area_code"], known["parent_code"], strict=True))
    level = dict(zip(table["area_code"], table["level"], strict=True))
    home = [_home(a, parents, level) for a in areas]
    upper = {a for a in areas if any(a in _above(h, parents) for h in home)}
    parts: dict[str, list[int]] = {}
    for i, area in enumerate(areas):
        if area not in upper:
            parts.setdefault(home[i], []).append(i)
    beside = _beside(records, parts)
    kind = {tuple(members): "alone" for members in parts.values()}
    kind |= {(i,): "alone" for i, area in enumerate(areas) if area in upper}
    for here, others in beside.items():
        for other in others:
            kind.setdefault(tuple(sorted(parts[here] + parts[other])), "pair")
    for here, others in beside.items():
        kind.setdefault(tuple(sorted(parts[here] + [i for o in others for i in parts[o]])), "around")
    if areas:
        kind.setdefault(tuple(range(len(areas))), "whole")
    ordered = sorted(kind, key=lambda z: (len(z), z))
    begin = np.concatenate([[0], np.cumsum([len(z) for z in ordered])]).astype(np.int64)
    member = np.array([i for z in ordered for i in z], np.int64)
    kinds = np.array([list(SHARES).index(kind[z]) for z in ordered], np.int64)
    near = _neighbours(areas, home, upper, parts, beside, parents)
    return AreaSets(tuple(areas), begin, member, kinds, prior_of(kinds), near)


def prior_of(kinds: I64) -> NDArray[np.float64]:
    """Prior of each set: its class's share, spread evenly over the class.

    Parameters
    ----------
    kinds : int64 array, shape (n_sets,)
    """
    found = np.array(list(SHARES.values()))[kinds] / np.bincount(kinds, minlength=len(SHARES))[kinds]
    return found / found.sum() if found.size else found


def _neighbours(
    areas: Sequence[str],
    home: Sequence[str],
    upper: set[str],
    parts: Mapping[str, list[int]],
    beside: Mapping[str, set[str]],
    parents: Mapping[str, str],
) -> tuple[tuple[int, ...], ...]:
    found: list[set[int]] = [set() for _ in areas]
    for i, area in enumerate(areas):
        if area in upper:
            below = {j for j, h in enumerate(home) if area in _above(h, parents)}
            found[i] |= below
            for j in below:
                found[j].add(i)
        else:
            for h in (home[i], *beside.get(home[i], ())):
                found[i] |= set(parts[h])
    return tuple(tuple(sorted(near - {i})) for i, near in enumerate(found))


def _above(area: str, parents: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for _ in range(_MOST_UP):
        up = parents.get(area)
        if up is None or up in found:
            break
        found.append(up)
        area = up
    return found


def _home(area: str, parents: Mapping[str, str], level: Mapping[str, str | None]) -> str:
    """The township an area stands in, itself where it is none or stands in none."""
    return next((a for a in (area, *_above(area, parents)) if level.get(a) in _TOWNSHIPS), area)


def _beside(records: Records, parts: Mapping[str, object]) -> dict[str, set[str]]:
    """Areas that border each other: from the adjacency of their units, else from their shapes."""
    found: dict[str, set[str]] = {}
    units = records.table("units")
    of = dict(zip(units["unit_id"], units["area_code"], strict=True))
    borders = [
        (of.get(a), of.get(b))
        for a, b in records.table("adjacency").select("unit_a", "unit_b").iter_rows()
    ]  # fmt: skip
    if not borders:
        borders = list(_touching(records, tuple(parts)))
    for a, b in borders:
        if a is not None and b is not None and a != b and a in parts and b in parts:
            found.setdefault(a, set()).add(b)
            found.setdefault(b, set()).add(a)
    return {a: found[a] for a in sorted(found)}


def _touching(records: Records, areas: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    table = records.table("areas").drop_nulls("geometry").filter(pl.col("area_code").is_in(areas))
    codes = table["area_code"].to_list()
    shapes = shapely.from_geojson(table["geometry"].to_numpy(), on_invalid="ignore")
    kept = [(c, s) for c, s in zip(codes, shapes, strict=True) if s is not None and not s.is_empty]
    if len(kept) < 2:
        return
    wide = [shapely.buffer(s, _TOUCH) for _, s in kept]
    a, b = shapely.STRtree(wide).query(wide, predicate="intersects")
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        if i < j:
            yield kept[i][0], kept[j][0]
