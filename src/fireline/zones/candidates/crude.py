"""The cruder zones beside the two-tier one: circles around the cases, and their whole townships.

Chapter 8: numbers for the person who decides; nothing here is drawn or ordered.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Limits
from fireline.zones.candidates.two_tier import drawn
from fireline.zones.ground import Ground
from fireline.zones.locate import UnitMap, sphere, within
from fireline.zones.risk import Risk
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
        words = _circle_words(radius_m)
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


def _circle_words(radius_m: int) -> Words:
    return Words(
        f"以病例单元为中心 {radius_m} 米内全部封控",
        f"everything within {radius_m} m of the cases' units sealed",
    )


def crude(ground: Ground, risk: Risk, limits: Limits) -> tuple[Candidate, ...]:
    """Circles of RADII_M around the cases' units and their whole townships, sealed, as candidates.

    Returns
    -------
    tuple of Candidate   "radius_200_m" ... and "township"; none of them where no case has a unit; a circle is
        left out where no case's unit has coordinates

    Notes
    -----
    Drawn whole, whatever is inside: these are what a zone is compared with. Exceptions stay free.
    """
    if not risk.case_units.any():
        return ()
    nobody = np.zeros(ground.n, dtype=bool)
    places = UnitMap(list(ground.ids), [], sphere(ground.lon, ground.lat), np.empty(0, dtype=object))
    found = []
    for radius_m in RADII_M:
        mask = within(places, places.xyz[risk.case_units], radius_m)
        if mask.any():
            level = drawn(ground, sealed=mask | risk.case_units, managed=nobody, limits=limits)
            found.append(Candidate(f"radius_{radius_m}_m", level, _circle_words(radius_m)))
    mask = np.isin(ground.township, np.unique(ground.township[risk.case_units]))
    words = Words("病例所在乡镇整体封控", "the cases' whole townships sealed")
    level = drawn(ground, sealed=mask, managed=nobody, limits=limits)
    return (*found, Candidate("township", level, words))
