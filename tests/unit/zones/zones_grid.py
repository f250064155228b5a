"""Small grounds for tests of candidates: a grid or random graph of units, and a risk written down by hand."""

from __future__ import annotations

import numpy as np

from fireline.zones.candidates.terms import MANAGED, SEALED
from fireline.zones.graph import Neighbours
from fireline.zones.ground import Ground, Situation
from fireline.zones.risk import Risk


def ground(pairs, n, *, people=None, gates=1, kind=4, exceptions=(), township=None) -> Ground:
    """Units 0 to n - 1 with borders ``pairs``; gates one number or one per border (None = not stated)."""
    pairs = sorted((min(p), max(p)) for p in pairs)
    each = list(gates) if isinstance(gates, (list, tuple)) else [gates] * len(pairs)
    a, b = np.array([p[0] for p in pairs], np.int64), np.array([p[1] for p in pairs], np.int64)
    people = np.full(n, 100.0) if people is None else np.asarray(people, np.float64)
    is_exception = np.zeros(n, bool)
    is_exception[list(exceptions)] = True
    return Ground(
        tuple(f"U{i:02d}" for i in range(n)), people, people / 2.5, 104 + np.arange(n) * 0.004,
        np.full(n, 30.0), np.zeros(n, np.int64) if township is None else np.asarray(township, np.int64),
        np.broadcast_to(np.asarray(kind, np.int8), n).copy(), Neighbours(n, a, b, each), is_exception,
    )  # fmt: skip


def line(n, **more) -> Ground:
    return ground([(i, i + 1) for i in range(n - 1)], n, **more)


def grid(rows, columns, **more) -> Ground:
    at = np.arange(rows * columns).reshape(rows, columns)
    right = zip(at[:, :-1].ravel().tolist(), at[:, 1:].ravel().tolist(), strict=True)
    down = zip(at[:-1].ravel().tolist(), at[1:].ravel().tolist(), strict=True)
    return ground([*right, *down], rows * columns, **more)


def risk(mean, *, cases=(0,), visited=(), draws=None, parts=None) -> Risk:
    mean = np.asarray(mean, np.float64)
    home, there = np.zeros(len(mean), bool), np.zeros(len(mean), bool)
    home[list(cases)], there[list(visited)] = True, True
    draws = np.stack([mean * 0.5, mean, mean * 1.5]) if draws is None else np.asarray(draws, np.float64)
    named = {k: np.zeros(len(mean)) for k in ("home", "visited", "clientele", "unknown", "next")}
    named |= {k: np.asarray(v, np.float64) for k, v in (parts or {}).items()}
    if not parts:
        named["home"] = mean
    return Risk(
        mean, draws.min(axis=0), draws.max(axis=0), **named, draws=draws, case_units=home, visited_units=there
    )


def situation(
    ground,
    *,
    home=(0,),
    onset=(8.0,),
    isolated=None,
    known=None,
    visits=(),
    traced=None,
    travel=None,
    day=10.0,
):
    """Cases by home unit; visits are (case, unit, day, hours); travel is {unit: {unit: share}}."""
    n, c = ground.n, len(home)
    travel = travel or {}
    links = [sorted(travel.get(u, {}).items()) for u in range(n)]
    columns = list(zip(*visits, strict=True)) or [()] * 4
    return Situation(
        day, np.array(home, np.int64), np.array(onset, np.float64),
        np.full(c, np.nan) if isolated is None else np.array(isolated, np.float64),
        np.ones(c, bool) if known is None else np.array(known, bool),
        np.array(columns[0], np.int64), np.array(columns[1], np.int64),
        np.array(columns[2], np.float64), np.array(columns[3], np.float64),
        np.zeros(c) if traced is None else np.array(traced, np.float64),
        np.cumsum([0] + [len(x) for x in links]).astype(np.int64),
        np.array([v for x in links for v, _ in x], np.int64),
        np.array([s for x in links for _, s in x], np.float64),
    )  # fmt: skip


def every_zone(t):
    """All levels of all units, int8 (3 ** n, n), that limits and anchors allow: for grounds of few units."""
    n = len(t.value)
    codes = np.array([0, MANAGED, SEALED], np.int8)
    allowed = [
        [c for c in codes if c == 0 or (c == MANAGED and t.may_manage[i]) or (c == SEALED and t.may_seal[i])]
        for i in range(n)
    ]
    table = np.array(np.meshgrid(*allowed, indexing="ij"), np.int8).reshape(n, -1).T
    return table[anchored(t, table > 0)] if t.needs_case else table


def anchored(t, inside):
    """Which rows of masks (n_zones, n) hold an anchor in every part: flood from the anchors inside."""
    reached = inside & t.is_anchor
    for _ in range(inside.shape[1]):
        grown = reached.copy()
        for a, b in zip(t.a, t.b, strict=True):
            grown[:, a] |= reached[:, b] & inside[:, a]
            grown[:, b] |= reached[:, a] & inside[:, b]
        reached = grown
    return (reached == inside).all(axis=1)


def costs_and_gains(t, table):
    """Cost with gates and gain of each zone of a table, straight from the definition."""
    cost = np.where(table == SEALED, t.cost_sealed, 0).sum(1) + np.where(
        table == MANAGED, t.cost_managed, 0
    ).sum(1)
    gain = np.where(table == SEALED, t.gain_sealed, 0).sum(1) + np.where(
        table == MANAGED, t.gain_managed, 0
    ).sum(1)
    for k in range(len(t.a)):
        cost = cost + t.gate_cost[k] * (table[:, t.a[k]] != table[:, t.b[k]])
    return cost, gain
