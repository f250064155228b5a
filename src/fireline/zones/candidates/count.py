"""Count any candidate the same way: people and households restricted, gates, modelled risk, staff, rules.

Chapter 8: the one place where a candidate's figures come from; none has figures of its own making.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fireline.errors import InputError
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.terms import MANAGED, SEALED, components, gates_of
from fireline.zones.ground import Ground
from fireline.zones.risk import Risk


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the county can staff and supply; None = not known. Needs per gate and per head are estimates.

    Attributes
    ----------
    staff : float or None, people available for gates and for households in zones, all shifts together
    households : float or None, sealed households that can be supplied at their doors each day
    staff_per_gate : float, three shifts of two
    staff_per_1000_sealed, staff_per_1000_managed : float, for meals, tests, medicines and calls
    """

    staff: float | None = None
    households: float | None = None
    staff_per_gate: float = 6.0
    staff_per_1000_sealed: float = 20.0
    staff_per_1000_managed: float = 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one candidate.

    Attributes
    ----------
    name : str
    sealed_units, managed_units : int
    sealed_people, managed_people, sealed_households, managed_households : float
    person_days, weighted_person_days : float, over the days of a zone; managed weighted in the second
    gates : float, where levels differ; one is assumed on a border without a stated number
    gates_unknown : int, borders where none was stated
    inside : float or None, share of the modelled risk in sealed or managed units; None without any risk
    coverage : float or None, share of the modelled risk prevented by the effect of the levels
    prevented : float, infections prevented, modelled
    left, left_low, left_high : float, infections not prevented, modelled: mean, 5th and 95th percentile
    staff : float, people needed; is_staffed : bool or None, within capacity; None = not known
    is_supplied : bool or None, sealed households within capacity; None = not known
    sealed_rule, managed_rule : str, rule that allows the level; "" where none was named
    is_allowed : bool, no level without a rule, no exception restricted, no zone without a case
    larger_units : tuple of int, sealed units larger than the rule allows: each needs a signed reason
    exception_units : tuple of int, exceptions that are restricted (never by a candidate of this package)
    zones : int, connected parts; zones_without_case : int, of these without an anchor
    """

    name: str
    sealed_units: int
    managed_units: int
    sealed_people: float
    managed_people: float
    sealed_households: float
    managed_households: float
    person_days: float
    weighted_person_days: float
    gates: float
    gates_unknown: int
    inside: float | None
    coverage: float | None
    prevented: float
    left: float
    left_low: float
    left_high: float
    staff: float
    is_staffed: bool | None
    is_supplied: bool | None
    sealed_rule: str
    managed_rule: str
    is_allowed: bool
    larger_units: tuple[int, ...]
    exception_units: tuple[int, ...]
    zones: int
    zones_without_case: int

    @property
    def needs_reason(self) -> bool:
        """A unit is larger than the rule allows: somebody has to sign why."""
        return bool(self.larger_units)

    @property
    def people(self) -> float:
        """People restricted, sealed and managed."""
        return self.sealed_people + self.managed_people


def figures(
    ground: Ground,
    risk: Risk,
    candidate: Candidate,
    effect: Effect,
    limits: Limits,
    *,
    capacity: Capacity | None = None,
) -> Figures:
    """Figures of one candidate.

    Parameters
    ----------
    capacity : Capacity or None   None = nothing is known

    Returns
    -------
    Figures

    Raises
    ------
    InputError   the candidate has another number of units than the ground, or a level that does not exist
    """
    level = candidate.level
    if level.shape != (ground.n,) or not np.isin(level, (0, 1, MANAGED, SEALED)).all():
        raise InputError(
            f"zone candidate {candidate.name}: expected {ground.n} levels of 0 to {SEALED}, found "
            f"{level.shape[0] if level.ndim == 1 else level.shape}; draw it anew on this ground"
        )
    capacity = capacity or Capacity()
    sealed, managed = level == SEALED, level == MANAGED
    ring = sealed | managed
    people, homes = ground.population, ground.households
    n_sealed, n_managed = float(people[sealed].sum()), float(people[managed].sum())
    near = ground.neighbours
    stated, _ = gates_of(ground)
    strict = np.where(ring, level, 0)
    differs = strict[near.a] != strict[near.b]
    gates = float(stated[differs].sum())
    prevents = np.where(sealed, effect.sealed, np.where(managed, effect.managed, 0.0))
    left = risk.draws @ (1.0 - prevents)
    low, high = np.quantile(left, (0.05, 0.95))
    total = risk.total
    prevented = float((risk.mean * prevents).sum())
    count, part = components(ground.n, near.a, near.b, ring)
    without = count - len(np.unique(part[ring & risk.is_anchor]))
    staff = (
        gates * capacity.staff_per_gate
        + n_sealed / 1000 * capacity.staff_per_1000_sealed
        + n_managed / 1000 * capacity.staff_per_1000_managed
    )
    larger = (
        sealed & (ground.kind_rank > limits.largest_rank) if limits.largest_rank is not None else ~ring & ring
    )
    exceptions = ring & ground.is_exception
    sealed_homes = float(homes[sealed].sum())
    return Figures(
        name=candidate.name,
        sealed_units=int(sealed.sum()),
        managed_units=int(managed.sum()),
        sealed_people=n_sealed,
        managed_people=n_managed,
        sealed_households=sealed_homes,
        managed_households=float(homes[managed].sum()),
        person_days=(n_sealed + n_managed) * effect.days,
        weighted_person_days=(n_sealed + effect.managed_weight * n_managed) * effect.days,
        gates=gates,
        gates_unknown=sum(near.gates[k] is None for k in np.flatnonzero(differs).tolist()),
        inside=float(risk.mean[ring].sum() / total) if total > 0 else None,
        coverage=prevented / total if total > 0 else None,
        prevented=prevented,
        left=total - prevented,
        left_low=float(low),
        left_high=float(high),
        staff=staff,
        is_staffed=None if capacity.staff is None else staff <= capacity.staff,
        is_supplied=None if capacity.households is None else sealed_homes <= capacity.households,
        sealed_rule=limits.sealed_rule if sealed.any() else "",
        managed_rule=limits.managed_rule if managed.any() else "",
        is_allowed=bool(
            (limits.may_seal or not sealed.any())
            and (limits.may_manage or not managed.any())
            and not exceptions.any()
            and not (limits.needs_case and without)
        ),
        larger_units=tuple(np.flatnonzero(larger).tolist()),
        exception_units=tuple(np.flatnonzero(exceptions).tolist()),
        zones=count,
        zones_without_case=without,
    )
