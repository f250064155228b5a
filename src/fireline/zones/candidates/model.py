"""What a candidate is: one level per unit, how it was found, and what it costs.

Chapter 8: made by each rule or optimiser, compared by compare, read by the page and by drills.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Effect:
    """What a level does; estimates that stand in the open and can be changed.

    Attributes
    ----------
    sealed, managed : float, share of a unit's onward infections that the level prevents, 0 to 1
    managed_weight : float, weight of a managed person-day beside a sealed one
    days : float, days a zone is expected to stand (person-days = people x weight x days)
    """

    sealed: float = 0.9
    managed: float = 0.55
    managed_weight: float = 0.5
    days: float = 14.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rule in force allows.

    Attributes
    ----------
    largest_rank : int or None, largest unit kind that may be sealed (zones.model.UNIT_KINDS); None = no limit
    may_seal, may_manage : bool, whether a rule in force allows the level at all
    needs_case : bool, every connected zone holds a unit where a case lives or was
    """

    largest_rank: int | None = None
    may_seal: bool = True
    may_manage: bool = True
    needs_case: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to draw the ring.

    Attributes
    ----------
    name : str, "two_tier", "threshold", "optimum", "radius_800_m", "township", ...
    level : int8 (n_units,), zones.ground.LEVEL_CODES
    words : Words, how it was found
    gap : float or None, proven distance to the best objective, relative; None where nothing was proven
    seconds : float, time it took
    notes : tuple of Words, what was assumed, what could not be reached
    """

    name: str
    level: NDArray[np.int8]
    words: Words
    gap: float | None = None
    seconds: float = 0.0
    notes: tuple[Words, ...] = ()
