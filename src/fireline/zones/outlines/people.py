"""Population of units from the tree of areas: what is stated stays, the rest of an area is shared out.

Chapter 8: the grid tree gives people to units that state none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.outlines.tables import as_findings, finding


def largest_remainder(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers in proportion to weights that add up to the total (Hamilton's method).

    Parameters
    ----------
    total : int, >= 0
    weights : float64 (n,), >= 0, n >= 1; all zero counts as all equal

    Returns
    -------
    int64 (n,)   ties go to the earlier one

    Raises
    ------
    ValueError   total or a weight is negative, or there is no weight
    """
    if total < 0 or not len(weights) or (weights < 0).any():
        raise ValueError("total and weights must be >= 0, with at least one weight")
    mass = weights if weights.sum() > 0 else np.ones(len(weights))
    quota = total * mass / mass.sum()
    share = np.floor(quota).astype(np.int64)
    rest = total - int(share.sum())
    order = np.argsort(-(quota - share), kind="stable")
    share[order[:rest]] += 1
    return share


def share_population(
    units: pl.DataFrame, areas: pl.DataFrame, *, weights: NDArray[np.float64] | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give people to units without a stated population.

    Parameters
    ----------
    units : unit_id, area_code, population (null where not stated)
    areas : area_code, parent_code, population (null where not stated)
    weights : float64 (n_units,), >= 0, in which proportion units of one area share; None for equal parts

    Returns
    -------
    (units, findings)   the same rows with ``population`` filled; 0 where no area above states any, which
        is a finding

    Notes
    -----
    A unit draws on its nearest area upwards that states a population; of that, what other areas below it
    state and what its own units state is taken off first. Where these are more than the area has, nothing is
    left to share, and that is a finding. Nothing that was stated is changed.
    """
    stated = {a: p for a, p in areas.select("area_code", "population").iter_rows() if p is not None}
    parent = dict(areas.select("area_code", "parent_code").iter_rows())
    source = [_nearest(code, parent, stated) for code in units["area_code"].to_list()]
    given = units["population"].to_list()
    left = _left(stated, parent, source, given)
    mass = np.ones(units.height) if weights is None else weights
    rows: list[dict[str, object]] = []
    open_of: dict[str | None, list[int]] = defaultdict(list)
    for i, p in enumerate(given):
        if p is None:
            open_of[source[i]].append(i)
    for code, members in sorted(open_of.items(), key=lambda item: item[0] or ""):
        if code is None:
            rows.append(_unknown(units, members))
            parts = np.zeros(len(members), dtype=np.int64)
        else:
            parts = largest_remainder(max(0, left[code]), mass[members])
            rows.append(_shared(code, len(members), max(0, left[code])))
        for i, n in zip(members, parts.tolist(), strict=True):
            given[i] = n
    rows += [_too_many(code, -n) for code, n in sorted(left.items()) if n < 0]
    return units.with_columns(pl.Series("population", given, dtype=pl.Int64)), as_findings(rows)


def _nearest(code: str | None, parent: Mapping[str, str | None], stated: Mapping[str, int]) -> str | None:
    """The area itself or the nearest one above it that states a population."""
    seen: set[str] = set()
    while code is not None and code not in seen:
        if code in stated:
            return code
        seen.add(code)
        code = parent.get(code)
    return None


def _left(
    stated: Mapping[str, int],
    parent: Mapping[str, str | None],
    source: Sequence[str | None],
    given: Sequence[int | None],
) -> dict[str, int]:
    """People of each stated area that neither an area below it nor one of its units states."""
    left = dict(stated)
    for code, people in stated.items():
        above = _nearest(parent.get(code), parent, stated)
        if above is not None and above != code:
            left[above] -= people
    for home, n in zip(source, given, strict=True):
        if home is not None and n is not None:
            left[home] -= n
    return left


def _unknown(units: pl.DataFrame, members: Sequence[int]) -> dict[str, object]:
    n, first = len(members), units["unit_id"][members[0]]
    return finding(
        "no_population",
        unit_id=first if n == 1 else None,
        size=float(n),
        size_unit="units",
        what=Words(
            f"{n:,} 个单元没有人口数，上级区域也没有（如 {first}）",
            f"{n:,} units state no population, nor does an area above them (such as {first})",
        ),
        assumed=Words(
            "按 0 人计：区域人数偏少，不是没有人", "counted as 0 people: zones look too small, not empty"
        ),
        todo=Words(
            "请在 units 中填写 population，或提供有人口数的 areas 表",
            "state population in units, or give a table areas with population",
        ),
    )


def _shared(code: str, n: int, people: int) -> dict[str, object]:
    return finding(
        "shared_population",
        other_id=code,
        size=float(people),
        size_unit="people",
        what=Words(
            f"区域 {code} 的 {n:,} 个单元没有人口数", f"{n:,} units of area {code} state no population"
        ),
        assumed=Words(
            f"该区域未落到单元的 {people:,} 人分摊到这些单元",
            f"the {people:,} people of the area that no unit states are shared out among them",
        ),
        todo=Words("有实有人口数时请填写", "state their populations where they are known"),
    )


def _too_many(code: str, excess: int) -> dict[str, object]:
    return finding(
        "too_many_people",
        other_id=code,
        size=float(excess),
        size_unit="people",
        what=Words(
            f"区域 {code} 的单元和下级区域合计比该区域多 {excess:,} 人",
            f"units and areas of {code} state {excess:,} people more than the area itself",
        ),
        assumed=Words("各自保留所写的数", "each keeps what it states"),
        todo=Words("请核对两者的统计口径和日期", "check what both count, and when"),
    )
