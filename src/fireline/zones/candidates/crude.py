"""The cruder zones beside the two-tier one: circles around the cases, and their whole townships.

Chapter 8: numbers for the person who decides; nothing here is drawn or ordered.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.locate import UnitMap, within
from fireline.zones.tables import SCHEMAS, empty

RADII_M = (200, 500, 800, 1_000)
"""Radii shown beside the rule's zone, metres between unit centres."""


def _row(
    name: str,
    radius_m: int | None,
    *,
    mask: NDArray[np.bool_],
    people: NDArray[np.int64],
    case_units: NDArray[np.bool_],
    what: Words,
) -> tuple[str, int | None, int, int, int, str, str]:
    return (
        name,
        radius_m,
        int(mask.sum()),
        int(people[mask].sum()),
        int((mask & case_units).sum()),
        what.zh,
        what.en,
    )


def compare(
    units: pl.DataFrame,
    unit_map: UnitMap,
    levels: pl.DataFrame,
    *,
    case_units: NDArray[np.bool_],
) -> pl.DataFrame:
    """People restricted by the two-tier zone, by circles of RADII_M and by sealing whole townships.

    Parameters
    ----------
    units : units table sorted by unit_id
    unit_map : the same units as arrays
    levels : the two-tier rows (unit_id, level)
    case_units : bool (n_units,), units where cases live (the centres of the circles)

    Returns
    -------
    DataFrame   ``SCHEMAS["zone_candidates"]``, two-tier rows first
    """
    if levels.is_empty():
        return empty("zone_candidates")
    people = units["population"].fill_null(0).to_numpy()
    rows = []
    for level, zh, en in (("sealed", "封控", "sealed"), ("managed", "管控", "managed")):
        inside = (
            units["unit_id"].is_in(levels.filter(pl.col("level") == level)["unit_id"].to_list()).to_numpy()
        )
        words = Words(f"双层规则：{zh}部分", f"two-tier rule: the {en} part")
        rows.append(
            _row(f"two_tier_{level}", None, mask=inside, people=people, case_units=case_units, what=words)
        )
    for radius_m in RADII_M:
        mask = within(unit_map, unit_map.xyz[case_units], radius_m)
        if not mask.any():
            continue
        words = Words(
            f"以病例单元为中心 {radius_m} 米内全部封控",
            f"everything within {radius_m} m of the cases' units sealed",
        )
        rows.append(
            _row(
                f"radius_{radius_m}_m", radius_m, mask=mask, people=people, case_units=case_units, what=words
            )
        )
    area = units["area_code"].to_numpy()
    mask = np.isin(area, np.unique(area[case_units])) if case_units.any() else np.zeros(len(area), dtype=bool)
    if mask.any():
        words = Words("病例所在乡镇整体封控", "the cases' whole townships sealed")
        rows.append(_row("township", None, mask=mask, people=people, case_units=case_units, what=words))
    return pl.DataFrame(rows, schema=SCHEMAS["zone_candidates"], orient="row")
