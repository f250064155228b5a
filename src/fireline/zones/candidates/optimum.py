"""The optimum: fewest weighted person-days and gates for a coverage, as an integer program with proven gap.

Chapter 8: contiguous by lazy cuts, three levels in one model; starts from the threshold rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.reduce import reduced
from fireline.zones.candidates.terms import MANAGED, SEALED, Terms, components, terms
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
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

_ROUNDS = 12
"""Rounds of contiguity cuts; on county-sized ground two are the most that was seen."""


class _Rows:
    """Rows of a sparse model while it is built."""

    def __init__(self) -> None:
        self.low: list[F64] = []
        self.high: list[F64] = []
        self.length: list[I64] = []
        self.index: list[I64] = []
        self.value: list[F64] = []

    def add(self, low: float, high: float, columns: NDArray[np.int64], values: tuple[float, ...]) -> None:
        """Rows of one kind: ``columns`` (n_rows, k), the same k values in each row."""
        n, k = columns.shape
        self.low.append(np.full(n, low))
        self.high.append(np.full(n, high))
        self.length.append(np.full(n, k, dtype=np.int64))
        self.index.append(columns.ravel())
        self.value.append(np.tile(np.array(values, dtype=np.float64), n))

    def add_one(self, low: float, high: float, columns: I64, values: F64) -> None:
        """One row."""
        self.low.append(np.array([low]))
        self.high.append(np.array([high]))
        self.length.append(np.array([len(columns)]))
        self.index.append(columns)
        self.value.append(values)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of each unit and border stand; -1 where there is none.

    ``managed`` and ``sealed`` are (n_units,), ``gate`` is (n_borders,).
    """

    managed: I64
    sealed: I64
    gate: I64
    n: int

    @classmethod
    def of(cls, t: Terms) -> _Columns:
        managed = np.full(len(t.value), -1, dtype=np.int64)
        managed[t.may_manage] = np.arange(t.may_manage.sum())
        n = int(t.may_manage.sum())
        sealed = np.full(len(t.value), -1, dtype=np.int64)
        sealed[t.may_seal] = n + np.arange(t.may_seal.sum())
        n += int(t.may_seal.sum())
        is_ring = ((managed >= 0) | (sealed >= 0))[t.a] | ((managed >= 0) | (sealed >= 0))[t.b]
        has_gate = is_ring & (t.gate_cost > 0)
        gate = np.full(len(t.a), -1, dtype=np.int64)
        gate[has_gate] = n + np.arange(has_gate.sum())
        return cls(managed, sealed, gate, n + int(has_gate.sum()))

    def of_unit(self, i: int) -> list[int]:
        """Columns that put a unit into a zone."""
        return [int(c) for c in (self.managed[i], self.sealed[i]) if c >= 0]


def _gate_rows(rows: _Rows, t: Terms, columns: _Columns) -> None:
    """A gate stands where in-zone differs across the border, or where sealed differs."""
    for group in ("zone", "sealed"):
        for inner, outer in ((t.a, t.b), (t.b, t.a)):
            pick = columns.gate >= 0
            plus = [columns.sealed[inner]] + ([columns.managed[inner]] if group == "zone" else [])
            minus = [columns.sealed[outer]] + ([columns.managed[outer]] if group == "zone" else [])
            # without a column on the inner side the row says nothing
            pick &= np.any([c >= 0 for c in plus], axis=0)
            signs = [-1.0] * len(plus) + [1.0] * len(minus)
            table = np.column_stack([*plus, *minus])
            kinds = (table >= 0) @ (1 << np.arange(table.shape[1]))
            for kind in np.unique(kinds[pick]).tolist():
                here = pick & (kinds == kind)
                used = [k for k in range(table.shape[1]) if kind >> k & 1]
                chosen = np.column_stack([columns.gate[here], table[here][:, used]])
                rows.add(0.0, np.inf, chosen, (1.0, *(signs[k] for k in used)))


def _neighbour_rows(rows: _Rows, t: Terms, columns: _Columns) -> None:
    """A unit without an anchor needs a neighbour in the zone: contiguity of one, known beforehand."""
    near: dict[int, list[int]] = {}
    for a, b in zip(t.a.tolist(), t.b.tolist(), strict=True):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    for i in np.flatnonzero((t.may_manage | t.may_seal) & ~t.is_anchor).tolist():
        _cut(rows, columns, [i], near.get(i, []))


def _cut(rows: _Rows, columns: _Columns, inside: list[int], around: list[int]) -> None:
    """Each unit inside is in the zone only if some unit around is."""
    outer = [c for j in around for c in columns.of_unit(j)]
    for i in inside:
        inner = columns.of_unit(i)
        if inner:
            rows.add_one(
                0.0, np.inf, np.array(outer + inner, dtype=np.int64),
                np.array([1.0] * len(outer) + [-1.0] * len(inner)),
            )  # fmt: skip


def _goal(t: Terms, columns: _Columns) -> tuple[F64, F64]:
    """Cost and gain of every column."""
    cost, gain = np.zeros(columns.n), np.zeros(columns.n)
    for where, c, g in (
        (columns.managed, t.cost_managed, t.gain_managed),
        (columns.sealed, t.cost_sealed, t.gain_sealed),
    ):
        cost[where[where >= 0]], gain[where[where >= 0]] = c[where >= 0], g[where >= 0]
    is_gate = columns.gate >= 0
    cost[columns.gate[is_gate]] = t.gate_cost[is_gate]
    return cost, gain


def _quiet() -> Any:
    """A solver that prints nothing: with callbacks enabled its constructor writes a banner to stdout."""
    import highspy  # only an optimum pays for the import

    class Quiet(highspy.Highs):
        def enableCallbacks(self) -> None:  # noqa: N802
            return

    model = Quiet()
    model.setOptionValue("output_flag", False)
    return model


def _solver(t: Terms, columns: _Columns, *, need: float | None, budget: float | None) -> Any:
    """A HiGHS model: cost under a coverage, or gain under a budget (as minus gain)."""
    import highspy  # as above

    cost, gain = _goal(t, columns)
    rows = _Rows()
    both = (columns.managed >= 0) & (columns.sealed >= 0)
    rows.add(-np.inf, 1.0, np.column_stack([columns.managed[both], columns.sealed[both]]), (1.0, 1.0))
    if need is not None:
        used, scale = np.flatnonzero(gain > 0), max(need, 1e-300)
        rows.add_one(1.0, np.inf, used, gain[used] / scale)
    if budget is not None:
        used = np.flatnonzero(cost > 0)
        rows.add_one(-np.inf, 1.0, used, cost[used] / max(budget, 1e-9))
    _gate_rows(rows, t, columns)
    if t.needs_case:
        _neighbour_rows(rows, t, columns)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns.n, sum(len(x) for x in rows.low)
    goal = cost if need is not None else -gain
    top = float(np.abs(goal).max()) if len(goal) else 1.0
    lp.col_cost_ = goal / (top or 1.0) * 1e3
    lp.col_lower_, lp.col_upper_ = np.zeros(columns.n), np.ones(columns.n)
    lp.row_lower_, lp.row_upper_ = np.concatenate(rows.low), np.concatenate(rows.high)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.concatenate(rows.length)))).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate(rows.index).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate(rows.value)
    n_free = int((columns.gate >= 0).sum())  # gates are whole by themselves once units are
    kinds = [highspy.HighsVarType.kInteger] * (columns.n - n_free)
    lp.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * n_free
    model = _quiet()
    model.setOptionValue("threads", 1)
    model.passModel(lp)
    return model


def _start(model: Any, t: Terms, columns: _Columns, level: I8) -> None:
    """Hand a known zone to the solver."""
    import highspy  # as above

    x = np.zeros(columns.n)
    for code, where in ((MANAGED, columns.managed), (SEALED, columns.sealed)):
        x[where[(level == code) & (where >= 0)]] = 1.0
    is_gate = columns.gate >= 0
    x[columns.gate[is_gate]] = (level[t.a] != level[t.b])[is_gate]
    solution = highspy.HighsSolution()
    solution.col_value = x.tolist()
    model.setSolution(solution)


def _read(model: Any, columns: _Columns) -> I8:
    x = np.asarray(model.getSolution().col_value, np.float64)
    level = np.zeros(len(columns.managed), dtype=np.int8)
    for code, where in ((MANAGED, columns.managed), (SEALED, columns.sealed)):
        level[(where >= 0) & (x[np.maximum(where, 0)] > 0.5)] = code
    return level


def _loose(t: Terms, level: I8) -> list[tuple[list[int], list[int]]]:
    """Parts of a zone without an anchor, each with the units around it."""
    count, part = components(len(level), t.a, t.b, level > 0)
    held = np.zeros(count, dtype=bool)
    held[part[(level > 0) & t.is_anchor]] = True
    found = []
    for k in np.flatnonzero(~held).tolist():
        inside = part == k
        around = np.unique(np.concatenate((t.b[inside[t.a] & ~inside[t.b]], t.a[inside[t.b] & ~inside[t.a]])))
        found.append((np.flatnonzero(inside).tolist(), around.tolist()))
    return found


def _add_cuts(model: Any, columns: _Columns, loose: list[tuple[list[int], list[int]]]) -> None:
    rows = _Rows()
    for inside, around in loose:
        _cut(rows, columns, inside, around)
    start = np.concatenate(([0], np.cumsum(np.concatenate(rows.length))))[:-1]
    index, value = np.concatenate(rows.index), np.concatenate(rows.value)
    model.addRows(
        len(rows.low), np.concatenate(rows.low), np.concatenate(rows.high), len(index),
        start.astype(np.int32), index.astype(np.int32), value,
    )  # fmt: skip


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
    columns = _Columns.of(small)
    model = _solver(small, columns, need=need, budget=budget)
    cost, gain = _goal(small, columns)
    scale = float(np.abs(cost if need is not None else gain).max()) / 1e3 or 1.0
    model.setOptionValue("mip_rel_gap", gap)

    def is_fit(level: I8) -> bool:
        if need is not None:
            return t.gain(level) >= need * (1 - 1e-9)
        return budget is None or t.cost(level) <= budget * (1 + 1e-9)

    best, spent = start, 0.0
    for _ in range(_ROUNDS):
        model.setOptionValue("time_limit", model.getRunTime() + max(seconds - spent, 0.05))
        _start(model, t, columns, best)
        before = model.getRunTime()
        model.run()
        spent += model.getRunTime() - before
        info = model.getInfo()
        if np.isfinite(info.mip_dual_bound):  # cuts only raise it: every round's bound stays true
            bound = max(bound, float(info.mip_dual_bound) * scale)
        if info.primal_solution_status != 2:
            break
        level = _read(model, columns)
        loose = _loose(t, level) if t.needs_case else []
        kept = t.anchored(level)
        if is_fit(kept):
            kept = prune(t, kept, coverage=need / t.total) if need is not None else kept
            if worth(kept) < worth(best):
                best = kept
        if not loose or spent >= seconds:
            break
        _add_cuts(model, columns, loose)
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
    if abs(reached) < 1e-12:
        return 0.0
    return max(0.0, (reached - bound) / abs(reached))
