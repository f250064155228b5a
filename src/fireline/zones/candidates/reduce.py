"""Leave out what no zone better than a known one can hold: by a bound and the way to the nearest anchor.

Chapter 8: makes the optimiser's model small before it is built.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from fireline.zones.candidates.terms import Terms
from fireline.zones.candidates.threshold import Ladder

F64 = NDArray[np.float64]

_SLACK = 1e-9
"""Relative: nothing is left out for a difference that is rounding."""


def reduced(t: Terms, *, need: float | None, budget: float | None, known: float) -> tuple[Terms, float]:
    """The same question with fewer units, and a bound that holds for the whole question.

    Parameters
    ----------
    t : Terms
    need : float or None   infections to be prevented; the goal is least cost
    budget : float or None   weighted person-days at most; the goal is most infections prevented
    known : float   value of a zone that fits: its cost, or minus its gain

    Returns
    -------
    terms : Terms   levels that only worse zones could hold are not allowed any more
    bound : float   no zone has a smaller cost (or minus gain) than this

    Notes
    -----
    With a price on the constraint, every zone's value is at least base + sum of its units' terms, gates and
    contiguity left out; the bound takes the best term of each unit (0 for being free). A zone that holds
    unit i also holds a chain of units from an anchor to i, so its value is at least the bound plus the
    smallest sum of surpluses along such a chain. Where that is more than ``known``, i can be left out [1]_.

    References
    ----------
    .. [1] Variable fixing by Lagrangian reduced costs is standard (Wolsey, Integer Programming, 2nd ed.,
       section 10); the chain to an anchor is added here.
    """
    ladder = Ladder.of(t)
    worths = ladder.worths()
    if not len(worths):
        return t, -np.inf
    worth = float(worths[_critical(t, ladder, worths, need=need, budget=budget)])
    if not np.isfinite(worth):
        return t, -np.inf
    if need is not None:
        base, on_cost, on_gain = need / worth, 1.0, 1.0 / worth
    else:
        base, on_cost, on_gain = -worth * float(budget or 0.0), worth, 1.0
    managed = np.where(t.may_manage, on_cost * t.cost_managed - on_gain * t.gain_managed, np.inf)
    sealed = np.where(t.may_seal, on_cost * t.cost_sealed - on_gain * t.gain_sealed, np.inf)
    inside = np.minimum(managed, sealed)
    best = np.minimum(inside, 0.0)
    bound = base + float(best.sum())
    surplus = np.where(np.isfinite(inside), inside - best, np.inf)
    way = _way(t, surplus) if t.needs_case else surplus
    limit = known - bound + _SLACK * max(abs(known), abs(bound))
    keep_managed = t.may_manage & (way + managed - np.where(np.isfinite(inside), inside, 0.0) <= limit)
    keep_sealed = t.may_seal & (way + sealed - np.where(np.isfinite(inside), inside, 0.0) <= limit)
    return replace(t, may_manage=keep_managed, may_seal=keep_sealed), bound


def _critical(t: Terms, ladder: Ladder, worths: F64, *, need: float | None, budget: float | None) -> int:
    """Place of the worth at which the constraint is met, contiguity and gates left out."""
    low, high = 0, len(worths) - 1
    while low < high:
        middle = (low + high) // 2
        level = ladder.at(float(worths[middle]))
        if need is not None:
            is_met = t.gain(level) >= need
        else:
            people = t.cost_sealed[level == 3].sum() + t.cost_managed[level == 2].sum()
            is_met = people > float(budget or 0.0)
        if is_met:
            high = middle
        else:
            low = middle + 1
    return low


def _way(t: Terms, surplus: F64) -> F64:
    """Smallest sum of surpluses over the units of a chain from an anchor to each unit, both included."""
    n = len(surplus)
    ok = np.isfinite(surplus)
    start = np.flatnonzero(t.is_anchor & ok)
    if not len(start):
        return np.full(n, np.inf)
    both = ok[t.a] & ok[t.b]
    a, b = t.a[both], t.b[both]
    # a border in each direction weighs what the unit at its end adds; anchors hang from a root n
    tiny = 1e-15 * max(float(surplus[ok].max()), 1e-300)  # a stored zero would be no border at all
    weight = np.concatenate((surplus[b], surplus[a], surplus[start])) + tiny
    rows = np.concatenate((a, b, np.full(len(start), n)))
    columns = np.concatenate((b, a, start))
    graph = coo_array((weight, (rows, columns)), shape=(n + 1, n + 1)).tocsr()
    found: F64 = dijkstra(graph, indices=n)[:n]
    return found
