"""What every rule and optimiser reads: cost and gain of each level in each unit, gates, and what is allowed.

Chapter 8: made once from ground, risk, effect and limits, so that all candidates are judged alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fireline.errors import InputError
from fireline.zones.candidates.model import Effect, Limits
from fireline.zones.graph import component_labels
from fireline.zones.ground import LEVEL_CODES, Ground
from fireline.zones.risk import Risk

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]
Bool = NDArray[np.bool_]

MANAGED, SEALED = LEVEL_CODES["managed"], LEVEL_CODES["sealed"]


@dataclass(frozen=True, slots=True)
class Terms:
    """One question to all candidates.

    Attributes
    ----------
    ground : Ground
    value : float64 (n_units,), what a unit adds to the goal when all its onward infections are prevented
    cost_managed, cost_sealed : float64 (n_units,), weighted person-days
    gain_managed, gain_sealed : float64 (n_units,), infections prevented
    may_manage, may_seal : bool (n_units,), allowed and of use: no exception, within the rule's size, and in a
        part of the ground that holds an anchor where one is needed
    is_anchor : bool (n_units,)
    needs_case : bool
    a, b : int64 (n_borders,); gate_cost : float64 (n_borders,), weighted person-days of a staffed border
    """

    ground: Ground
    value: F64
    cost_managed: F64
    cost_sealed: F64
    gain_managed: F64
    gain_sealed: F64
    may_manage: Bool
    may_seal: Bool
    is_anchor: Bool
    needs_case: bool
    a: I64
    b: I64
    gate_cost: F64

    @property
    def total(self) -> float:
        """Sum of the values: the whole modelled risk."""
        return float(self.value.sum())

    def gain(self, level: I8) -> float:
        """Infections that a zone prevents, modelled."""
        return float(self.gain_sealed[level == SEALED].sum() + self.gain_managed[level == MANAGED].sum())

    def cost(self, level: I8) -> float:
        """Weighted person-days of a zone with its gates."""
        people = self.cost_sealed[level == SEALED].sum() + self.cost_managed[level == MANAGED].sum()
        return float(people + self.gate_cost[level[self.a] != level[self.b]].sum())

    def coverage(self, level: I8) -> float:
        """Share of the modelled risk that a zone prevents; 0 where there is no risk."""
        return self.gain(level) / self.total if self.total > 0 else 0.0

    def best_gain(self) -> F64:
        """Most that each unit can prevent within the limits."""
        return np.maximum(
            np.where(self.may_seal, self.gain_sealed, 0.0), np.where(self.may_manage, self.gain_managed, 0.0)
        )

    def reachable(self) -> float:
        """Largest coverage within the limits: everything that is allowed, restricted."""
        return float(self.best_gain().sum() / self.total) if self.total > 0 else 0.0

    def anchored(self, level: I8) -> I8:
        """The same zone without the parts that hold no anchor, where one is needed."""
        if not self.needs_case:
            return level
        return np.where(is_anchored(self.ground, level > 0, self.is_anchor), level, 0).astype(np.int8)


def is_anchored(ground: Ground, mask: Bool, is_anchor: Bool) -> Bool:
    """Units of the mask whose connected part of the mask holds an anchor."""
    label = component_labels(ground.neighbours, mask)
    found = np.zeros(ground.n + 1, dtype=bool)
    found[label[mask & is_anchor]] = True
    return mask & found[label]


def gates_of(ground: Ground) -> tuple[F64, int]:
    """Gates on each border, and on how many borders they are not stated (one is assumed there)."""
    known = [g is not None for g in ground.neighbours.gates]
    gates = np.array([1 if g is None else g for g in ground.neighbours.gates], dtype=np.float64)
    return gates, len(known) - sum(known)


def terms(ground: Ground, risk: Risk, effect: Effect, limits: Limits, *, value: F64 | None = None) -> Terms:
    """Costs and gains of every unit.

    Parameters
    ----------
    ground, risk, effect, limits : of one question
    value : float64 (n_units,) or None   goal per unit; the mean of the risk where None

    Returns
    -------
    Terms

    Raises
    ------
    InputError   risk and ground do not belong together, or a number is negative or not known

    Notes
    -----
    A unit whose kind is not known cannot be told to be too large: it may be sealed, as the rule's own zone
    does. A unit that no anchor can reach over allowed units is not allowed where a case is needed.
    """
    n = ground.n
    value = risk.mean if value is None else value
    for name, array in (("risk", value), ("population", ground.population)):
        if array.shape != (n,) or not np.isfinite(array).all() or (array < 0).any():
            raise InputError(
                f"zone candidates: {name} must be {n} numbers of at least 0, one per unit; build risk and "
                "ground from the same units"
            )
    is_small = np.ones(n, dtype=bool)
    if limits.largest_rank is not None:
        is_small = ground.kind_rank <= limits.largest_rank
    may_seal = ~ground.is_exception & is_small & limits.may_seal
    may_manage = ~ground.is_exception & limits.may_manage
    if limits.needs_case:
        near = is_anchored(ground, may_seal | may_manage, risk.is_anchor)
        may_seal, may_manage = may_seal & near, may_manage & near
    gates, _ = gates_of(ground)
    people = ground.population * effect.days
    return Terms(
        ground, value,
        people * effect.managed_weight, people, value * effect.managed, value * effect.sealed,
        may_manage, may_seal, risk.is_anchor, limits.needs_case,
        ground.neighbours.a, ground.neighbours.b, gates * effect.gate_people * effect.days,
    )  # fmt: skip


def components(n: int, a: I64, b: I64, mask: Bool) -> tuple[int, I64]:
    """Connected parts of a mask: their number and the part of each unit, -1 outside."""
    keep = mask[a] & mask[b]
    rows = np.flatnonzero(mask)
    place = np.full(n, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    edges = (np.ones(int(keep.sum())), (place[a[keep]], place[b[keep]]))
    count, part = connected_components(coo_array(edges, shape=(len(rows), len(rows))), directed=False)
    label = np.full(n, -1, dtype=np.int64)
    label[rows] = part
    return int(count), label
