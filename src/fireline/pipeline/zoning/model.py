"""What a study of zones is: one question in arrays, its candidates with figures, and the curve.

Pipeline, zoning: kept with the results of a run, read by the report, the command line and the console.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fireline.errors import InputError
from fireline.words import Words
from fireline.zones.candidates import Candidate, Capacity, Effect, Figures, Limits
from fireline.zones.course import Spread
from fireline.zones.ground import Ground, Situation
from fireline.zones.risk import Risk

I8 = NDArray[np.int8]
F64 = NDArray[np.float64]

DEFAULT = "two_tier"
"""The candidate that is proposed unless a person chooses another (decision 13)."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Assumptions that a person may turn; None = as the study has them.

    Attributes
    ----------
    recall : float or None, share of stays that cases recall, 0.1 to 1
    delay : float or None, mean days from onset until an unseen case is found, 0.5 to 10
    compliance : float or None, share of people that keep to what their level asks, 0.2 to 1
    staff, supply : float or None, people there are for gates and households, and sealed households that can
        be served a day; with them every candidate says whether it can be kept
    """

    recall: float | None = None
    delay: float | None = None
    compliance: float | None = None
    staff: float | None = None
    supply: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(
                    Words(
                        f"假设 {ASSUMPTIONS[name].zh}：允许 {low:g} 至 {high:g}，实为 {value:g}",
                        f"what-if {name}: found {value:g}; allowed: {low:g} to {high:g}",
                    )
                )

    @property
    def is_asked(self) -> bool:
        """Whether anything differs from the study."""
        return any(getattr(self, name) is not None for name in BOUNDS)

    def spread(self, base: Spread) -> Spread:
        """Assumptions of the risk with the change in them; the width of recall stays where it can."""
        changes: dict[str, object] = {}
        if self.recall is not None:
            half = (base.recall[1] - base.recall[0]) / 2
            changes["recall"] = (max(0.0, self.recall - half), min(1.0, self.recall + half))
        if self.delay is not None:
            changes["found_after"] = self.delay
        return replace(base, **changes) if changes else base  # type: ignore[arg-type]

    def capacity(self, base: Capacity) -> Capacity:
        """What there is, where it is stated."""
        return replace(
            base,
            staff=base.staff if self.staff is None else self.staff,
            households=base.households if self.supply is None else self.supply,
        )

    def effect(self, base: Effect) -> Effect:
        """Effects of the levels where only some keep to them."""
        if self.compliance is None:
            return base
        return replace(base, sealed=base.sealed * self.compliance, managed=base.managed * self.compliance)


BOUNDS = {
    "recall": (0.1, 1.0),
    "delay": (0.5, 10.0),
    "compliance": (0.2, 1.0),
    "staff": (0.0, 1e6),
    "supply": (0.0, 1e6),
}
"""Assumption -> least and largest value."""

ASSUMPTIONS = {
    "recall": Words("病例能回忆的行程比例", "share of stays that cases recall"),
    "delay": Words("未发现病例从发病到被发现的天数", "days from onset until an unseen case is found"),
    "compliance": Words("居民遵守管控的比例", "share of people that keep to the level"),
    "staff": Words("可用人手（各班合计）", "staff there is, all shifts together"),
    "supply": Words("每日可上门保障的封控户数", "sealed households that can be served a day"),
}


@dataclass(frozen=True, slots=True)
class Needs:
    """Residents who cannot do without a service, counted by unit; nobody is named.

    Attributes
    ----------
    dialysis, pregnant, alone : float64 (n_units,), people marked so in the persons table
    listed : float64 (n_units,), residents of the unit that the persons table lists
    is_known : bool, the persons table marks anybody at all; False = the counts say nothing
    """

    dialysis: F64
    pregnant: F64
    alone: F64
    listed: F64
    is_known: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that candidates are made from.

    Attributes
    ----------
    ground, situation : Ground, Situation
    spread, effect, limits, capacity : assumptions and what the rules allow
    rule_level : int8 (n_units,), the ring that the rules in force draw (zones.delimit), with precaution
    anchors : bool (n_units,), where a case lives or was inside the rule's window: a zone may stand there
    needs : Needs
    seed : int, of the draws: the same study gives the same figures
    """

    ground: Ground
    situation: Situation
    spread: Spread
    effect: Effect
    limits: Limits
    capacity: Capacity
    rule_level: I8
    anchors: NDArray[np.bool_]
    needs: Needs
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """One candidate with its figures.

    Attributes
    ----------
    candidate : Candidate
    figures : Figures
    low, high : float or None, modelled coverage, 5th and 95th percentile of the draws
    """

    candidate: Candidate
    figures: Figures
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the curve: the threshold rule at one coverage."""

    weighted_person_days: float
    people: float
    coverage: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Study:
    """A question with its answers.

    Attributes
    ----------
    question : Question or None, None where nothing may be or can be drawn
    options : tuple of Option, the rule's own zone first
    curve : tuple of Point, from little to much
    notes : tuple of Words, what was assumed and what could not be told
    risk : Risk or None, not kept in a packed study
    """

    question: Question | None = None
    options: tuple[Option, ...] = ()
    curve: tuple[Point, ...] = ()
    notes: tuple[Words, ...] = ()
    risk: Risk | None = field(default=None, compare=False)

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.options)

    def option(self, name: str) -> Option:
        """One candidate by name.

        Raises
        ------
        InputError   no candidate has that name
        """
        for one in self.options:
            if one.candidate.name == name:
                return one
        known = ", ".join(one.candidate.name for one in self.options)
        raise InputError(
            Words(f"方案 {name!r} 不存在；可选：{known}", f"candidate {name!r}: not there; allowed: {known}")
        )
