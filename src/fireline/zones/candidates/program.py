"""The integer program behind the optimum: columns of levels and gates, rows of borders, goal and contiguity.

Chapter 8: built and read by optimum, solved by HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.zones.candidates.terms import MANAGED, SEALED, Terms, components

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]
Bool = NDArray[np.bool_]

_RINGS = 12
"""Rings around a loose part that are cut on in one round."""


class Rows:
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

    def arrays(self) -> tuple[F64, F64, NDArray[np.int32], NDArray[np.int32], F64]:
        """Lower and upper ends, starts (n_rows + 1,), columns and values, as the solver takes them."""
        start = np.concatenate(([0], *(np.asarray(x) for x in self.length))).cumsum()
        return (
            np.concatenate(self.low),
            np.concatenate(self.high),
            start.astype(np.int32),
            np.concatenate(self.index).astype(np.int32),
            np.concatenate(self.value),
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of each unit and border stand; -1 where there is none.

    ``managed`` and ``sealed`` are (n_units,), ``gate`` is (n_borders,).
    """

    managed: I64
    sealed: I64
    gate: I64
    n: int

    @classmethod
    def of(cls, t: Terms) -> Columns:
        """Columns of everything that is allowed; a border has one where it may cost something."""
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


def _gate_rows(rows: Rows, t: Terms, columns: Columns) -> None:
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


def _neighbour_rows(rows: Rows, t: Terms, columns: Columns) -> None:
    """A unit without an anchor needs a neighbour in the zone: contiguity of one, known beforehand."""
    near: dict[int, list[int]] = {}
    for a, b in zip(t.a.tolist(), t.b.tolist(), strict=True):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    for i in np.flatnonzero((t.may_manage | t.may_seal) & ~t.is_anchor).tolist():
        _cut(rows, columns, [i], near.get(i, []))


def _cut(rows: Rows, columns: Columns, inside: list[int], around: list[int]) -> None:
    """Each unit inside is in the zone only if some unit around is."""
    outer = [c for j in around for c in columns.of_unit(j)]
    for i in inside:
        inner = columns.of_unit(i)
        if inner:
            rows.add_one(
                0.0, np.inf, np.array(outer + inner, dtype=np.int64),
                np.array([1.0] * len(outer) + [-1.0] * len(inner)),
            )  # fmt: skip


def goal_of(t: Terms, columns: Columns) -> tuple[F64, F64]:
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


def scale_of(t: Terms, columns: Columns, *, need: float | None) -> float:
    """What one unit of the solver's goal is: the largest figure counts 1,000 there."""
    figures = goal_of(t, columns)[0 if need is not None else 1]
    return float(figures.max(initial=0.0)) / 1e3 or 1.0


def _quiet() -> Any:
    """A solver that prints nothing: with callbacks enabled its constructor writes a banner to stdout."""
    import highspy  # only an optimum pays for the import

    class Quiet(highspy.Highs):
        def enableCallbacks(self) -> None:  # noqa: N802
            return

    model = Quiet()
    model.setOptionValue("output_flag", False)
    return model


def build(t: Terms, columns: Columns, *, need: float | None, budget: float | None) -> Any:
    """A HiGHS model: cost under a coverage, or gain under a budget (as minus gain)."""
    import highspy  # as above

    cost, gain = goal_of(t, columns)
    rows = Rows()
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
    low, high, start, index, value = rows.arrays()
    lp.num_col_, lp.num_row_ = columns.n, len(low)
    lp.col_cost_ = (cost if need is not None else -gain) / scale_of(t, columns, need=need)
    lp.col_lower_, lp.col_upper_ = np.zeros(columns.n), np.ones(columns.n)
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, index, value
    n_free = int((columns.gate >= 0).sum())  # gates are whole by themselves once units are
    kinds = [highspy.HighsVarType.kInteger] * (columns.n - n_free)
    lp.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * n_free
    model = _quiet()
    model.setOptionValue("threads", 1)
    model.passModel(lp)
    return model


def read(model: Any, columns: Columns) -> I8:
    """Levels of the solver's zone, int8 (n_units,)."""
    x = np.asarray(model.getSolution().col_value, np.float64)
    level = np.zeros(len(columns.managed), dtype=np.int8)
    for code, where in ((MANAGED, columns.managed), (SEALED, columns.sealed)):
        level[(where >= 0) & (x[np.maximum(where, 0)] > 0.5)] = code
    return level


def loose_parts(t: Terms, level: I8) -> list[Bool]:
    """Parts of a zone without an anchor, as masks."""
    count, part = components(len(level), t.a, t.b, level > 0)
    held = np.zeros(count, dtype=bool)
    held[part[(level > 0) & t.is_anchor]] = True
    return [part == k for k in np.flatnonzero(~held).tolist()]


def _separators(t: Terms, inside: Bool) -> list[list[int]]:
    """Sets of units of which every chain from a part to an anchor holds one: rings around the part.

    Notes
    -----
    Ring k is everything k borders away, with the anchors that are nearer: a chain ends at one of these or
    goes on through the ring. Only units that may be in a zone count.
    """
    may = t.may_manage | t.may_seal
    reached = inside.copy()
    rings: list[list[int]] = []
    passed: list[int] = []
    while len(rings) < _RINGS:
        step = np.zeros(len(inside), dtype=bool)
        step[t.b[reached[t.a]]] = True
        step[t.a[reached[t.b]]] = True
        ring = np.flatnonzero(step & ~reached & may)
        rings.append([*ring.tolist(), *passed])
        if not len(ring):
            break
        reached[ring] = True
        passed += ring[t.is_anchor[ring]].tolist()
    return rings


def add_cuts(model: Any, t: Terms, columns: Columns, loose: list[Bool]) -> None:
    """Every unit of a loose part needs a unit of every ring around it."""
    rows = Rows()
    for inside in loose:
        for ring in _separators(t, inside):
            _cut(rows, columns, np.flatnonzero(inside).tolist(), ring)
    _append(model, rows)


def _append(model: Any, rows: Rows) -> None:
    low, high, start, index, value = rows.arrays()
    model.addRows(len(low), low, high, len(index), start[:-1], index, value)


def add_flow(model: Any, t: Terms, columns: Columns) -> None:
    """Contiguity outright: each unit of a zone takes its share of a flow that enters at anchors of the zone.

    Notes
    -----
    Columns for every border in both directions and for every anchor, at most 1 and no more than their unit
    is in the zone; in less out is 1/n in a unit of the zone. Slower than rings where these
    are enough, but it needs no further rounds.
    """
    may = t.may_manage | t.may_seal
    both = may[t.a] & may[t.b]
    tail, head = np.concatenate((t.a[both], t.b[both])), np.concatenate((t.b[both], t.a[both]))
    roots = np.flatnonzero(may & t.is_anchor)
    tail, head = np.concatenate((tail, np.full(len(roots), -1))), np.concatenate((head, roots))
    n, first = len(tail), model.getNumCol()
    none = np.zeros(n, dtype=np.int32)
    model.addCols(n, np.zeros(n), np.zeros(n), np.ones(n), 0, none, none[:0], np.zeros(0))
    rows = Rows()
    share = 1.0 / max(int(may.sum()), 1)
    for i in np.flatnonzero(may).tolist():
        inner = columns.of_unit(i)
        come, go = first + np.flatnonzero(head == i), first + np.flatnonzero(tail == i)
        index = np.array([*come.tolist(), *go.tolist(), *inner], dtype=np.int64)
        signs = [1.0] * len(come) + [-1.0] * len(go) + [-share] * len(inner)
        rows.add_one(0.0, 0.0, index, np.array(signs))
        for arc in (*come.tolist(), *go.tolist()):
            index = np.array([arc, *inner], dtype=np.int64)
            rows.add_one(-np.inf, 0.0, index, np.array([1.0] + [-1.0] * len(inner)))
    _append(model, rows)
