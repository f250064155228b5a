"""The rule's own zone: cases' units sealed; neighbours and visited units, or the township, managed.

Chapter 8: the zone to beat; drawn as the rule says, and what the limits forbid is said, not hidden.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Limits
from fireline.zones.candidates.terms import MANAGED, SEALED
from fireline.zones.ground import Ground
from fireline.zones.risk import Risk

Bool = NDArray[np.bool_]


def drawn(ground: Ground, *, sealed: Bool, managed: Bool, limits: Limits) -> NDArray[np.int8]:
    """Levels of a zone that a rule describes.

    Parameters
    ----------
    sealed, managed : bool (n_units,)   the stricter level wins
    limits : Limits   a level that no rule in force allows is lowered to managed, or not drawn at all

    Returns
    -------
    int8 (n_units,)   exceptions stay free; units larger than the rule allows are drawn and counted as such
    """
    level = np.zeros(ground.n, dtype=np.int8)
    if limits.may_manage:
        level[managed | sealed] = MANAGED
    if limits.may_seal:
        level[sealed] = SEALED
    level[ground.is_exception] = 0
    return level


def two_tier(ground: Ground, risk: Risk, limits: Limits, *, whole_township: bool = False) -> Candidate:
    """The two-tier rule.

    Parameters
    ----------
    whole_township : bool   manage the cases' townships instead of neighbours and visited units

    Returns
    -------
    Candidate   "two_tier" or "two_tier_township"
    """
    if whole_township:
        managed = np.isin(ground.township, np.unique(ground.township[risk.case_units]))
        words = Words("病例单元封控，所在乡镇管控", "cases' units sealed, their townships managed")
    else:
        managed = ground.neighbours.around(risk.case_units) | risk.visited_units
        words = Words(
            "病例单元封控，相邻和到访单元管控", "cases' units sealed, adjacent and visited units managed"
        )
    notes = []
    if not limits.may_seal and risk.case_units.any():
        notes.append(
            Words("没有规定允许封控，病例单元按管控计。", "No rule allows sealing: cases' units are managed.")
            if limits.may_manage
            else Words("没有规定允许划区。", "No rule allows a zone.")
        )
    level = drawn(ground, sealed=risk.case_units, managed=managed, limits=limits)
    name = "two_tier_township" if whole_township else "two_tier"
    return Candidate(name, level, words, notes=tuple(notes))
