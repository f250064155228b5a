"""What a candidate is: one level per unit, how it was found, and what it costs.

Chapter 8: made by each rule or optimiser, compared by compare, read by the page and by drills.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fireline.errors import InputError
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Effect:
    """What a level does; estimates that stand in the open and can be changed.

    Attributes
    ----------
    sealed, managed : float, share of a unit's onward infections that the level prevents, 0 to 1
    managed_weight : float, weight of a managed person-day beside a sealed one
    days : float, days a zone is expected to stand (person-days = people x weight x days)
    gate_people : float, people needed to staff one gate round the clock (three shifts of two; an estimate):
        a gate costs as much as restricting them would
    """

    sealed: float = 0.9
    managed: float = 0.55
    managed_weight: float = 0.5
    days: float = 14.0
    gate_people: float = 6.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.managed <= self.sealed <= 1.0 and 0.0 <= self.managed_weight <= 1.0):
            raise InputError(
                "zone effect: expected 0 <= managed <= sealed <= 1 and managed_weight from 0 to 1; found "
                f"{self.managed}, {self.sealed}, {self.managed_weight}; mend the assumptions"
            )
        if self.days <= 0 or self.gate_people < 0:
            raise InputError(
                f"zone effect: days must be above 0 and gate_people at least 0; found {self.days}, "
                f"{self.gate_people}; mend the assumptions"
            )


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rule in force allows.

    Attributes
    ----------
    largest_rank : int or None, largest unit kind that may be sealed (zones.model.UNIT_KINDS); None = no limit
    may_seal, may_manage : bool, whether a rule in force allows the level at all
    needs_case : bool, every connected zone holds a unit where a case lives or was
    sealed_rule, managed_rule, unit_rule : str, ids of the rules that say so; "" where none does
    """

    largest_rank: int | None = None
    may_seal: bool = True
    may_manage: bool = True
    needs_case: bool = True
    sealed_rule: str = ""
    managed_rule: str = ""
    unit_rule: str = ""


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
