"""The optimum: fewest weighted person-days and gates for a coverage, as an integer program with proven gap.

Chapter 8: contiguous by lazy cuts, three levels in one model; starts from the threshold rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.program import (
    Columns,
    add_cuts,
    add_flow,
    build,
    loose_parts,
    read,
    scale_of,
)
from fireline.zones.candidates.reduce import reduced
from fireline.zones.candidates.terms import Terms, terms
from fireline.zones.candidates.threshold import (
    not_reached,
    nothing_to_draw,
    prune,
    smallest,
    widest,
    within_budget,
)
from fireline.zones.ground import Ground
from fireline.zones.risk import Risk

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

_CUT_ROUNDS = 6
"""Rounds of contiguity cuts before contiguity is put into the model outright."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Best zone and what is proven: no zone is better than ``bound`` (a cost, or minus a gain)."""

    level: I8
    bound: float


def _solve(
    t: Terms, start: I8, *, need: float | None, budget: float | None, gap: float, seconds: float
) -> _Found:
    """Solve, cut loose parts off, solve again, until all parts hold an anchor or the time is up."""

    def worth(level: I8) -> float:
        return t.cost(level) if need is not None else -t.gain(level)

    small, bound = reduced(t, need=need, budget=budget, known=worth(start))
    if _distance(worth(start), bound) == 0.0 or not (small.may_manage | small.may_seal).any():
        return _Found(start, bound)
    columns = Columns.of(small)
    model = build(small, columns, need=need, budget=budget)
    scale = scale_of(small, columns, need=need)
    model.setOptionValue("mip_rel_gap", gap)

    def is_fit(level: I8) -> bool:
        if need is not None:
            return t.gain(level) >= need * (1 - 1e-9)
        return budget is None or t.cost(level) <= budget * (1 + 1e-9)

    best, spent = start, 0.0
    for n_rounds in range(1, _CUT_ROUNDS + 2):
        model.setOptionValue("time_limit", model.getRunTime() + max(seconds - spent, 0.05))
        # HiGHS 1.16 may take an earlier zone, handed over or its own, for one of no cost once presolve has
        # changed the model, and stop there: every round starts without one
        model.clearSolver()
        before = model.getRunTime()
        model.run()
        spent += model.getRunTime() - before
        info = model.getInfo()
        if np.isfinite(info.mip_dual_bound):  # cuts only raise it: every round's bound stays true
            bound = max(bound, float(info.mip_dual_bound) * scale)
        if info.primal_solution_status != 2:
            break
        level = read(model, columns)
        loose = loose_parts(small, level) if t.needs_case else []
        kept = t.anchored(level)
        if is_fit(kept):
            kept = prune(t, kept, coverage=need / t.total) if need is not None else kept
            if worth(kept) < worth(best):
                best = kept
        if not loose or spent >= seconds:
            break
        if n_rounds == _CUT_ROUNDS:
            add_flow(model, small, columns)
        add_cuts(model, small, columns, loose)
    return _Found(best, bound)


def optimum(
    ground: Ground,
    risk: Risk,
    effect: Effect,
    limits: Limits,
    *,
    coverage: float | None = None,
    budget: float | None = None,
    gap: float = 0.005,
    seconds: float = 5.0,
    value: F64 | None = None,
) -> Candidate:
    """Fewest weighted person-days and gates for a coverage, or most infections prevented for a budget.

    Parameters
    ----------
    coverage : share of the modelled risk to be prevented, 0 to 1; or
    budget : weighted person-days with gates, at most
    gap : relative gap at which the solver may stop
    seconds : time that the solver may take, over all rounds of cuts
    value : float64 (n_units,) or None   goal per unit; the mean of the risk where None

    Returns
    -------
    Candidate   "optimum"; ``gap`` is proven against a bound that leaves out contiguity cuts not yet needed

    Raises
    ------
    InputError   risk and ground do not belong together
    ValueError   not exactly one of coverage and budget is given

    Notes
    -----
    min sum_i c_i x_i + sum_e g_e y_e with x_i in {free, managed, sealed}, y_e >= differences across border e,
    sum of gains >= coverage x total risk. A part of the zone without an anchor is cut off: each of its units
    needs a unit around the part. Units beyond the rule's size may be managed, never sealed; exceptions are
    no columns at all.
    """
    if (coverage is None) == (budget is None):
        raise ValueError("optimum: give exactly one of coverage and budget")
    t = terms(ground, risk, effect, limits, value=value)
    words = Words("模型最优（有证明的差距）", "optimum of the model, with a proven gap")
    notes = nothing_to_draw(t)
    empty = np.zeros(ground.n, dtype=np.int8)
    if notes or (coverage is not None and coverage <= 0) or (budget is not None and budget <= 0):
        return Candidate("optimum", empty, words, 0.0 if not notes else None, notes=notes)
    if coverage is not None:
        most = t.reachable()
        notes = not_reached(t, coverage)
        if coverage >= most - 1e-9:  # everything that gains is needed: nothing to choose
            need = most * t.total * (1 - 1e-9)
            start = prune(t, widest(t), coverage=most * (1 - 1e-9))
        else:
            need = coverage * t.total
            start = smallest(t, coverage=coverage)
        found = _solve(t, start, need=need, budget=None, gap=gap, seconds=seconds)
        reached, best = t.cost(found.level), found.bound
    else:
        assert budget is not None
        start = within_budget(t, budget=budget)
        found = _solve(t, start, need=None, budget=budget, gap=gap, seconds=seconds)
        reached, best = -t.gain(found.level), found.bound
    distance = _distance(reached, best)
    return replace(Candidate("optimum", found.level, words, notes=notes), gap=distance)


def _distance(reached: float, bound: float) -> float | None:
    """Relative distance of a value from its bound, at least 0; None where there is no bound."""
    if not np.isfinite(bound):
        return None
    larger = max(abs(reached), abs(bound))
    return max(0.0, (reached - bound) / (abs(reached) or larger)) if larger > 0 else 0.0
