"""The optimum against every zone there is on small grounds: exactly the best, contiguous, within the limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.zones.zones_grid import costs_and_gains, every_zone, grid, ground, line, risk

from fireline.zones.candidates import optimum as module
from fireline.zones.candidates.model import Effect, Limits
from fireline.zones.candidates.optimum import optimum
from fireline.zones.candidates.program import add_flow
from fireline.zones.candidates.reduce import reduced
from fireline.zones.candidates.terms import MANAGED, SEALED, is_anchored, terms
from fireline.zones.candidates.threshold import smallest, threshold


def question(seed, *, n=None):
    """A random connected or broken graph of 3 to 9 units with people, gates, sizes, exceptions and anchors."""
    rng = np.random.default_rng(seed)
    n = n or int(rng.integers(3, 10))
    pairs = {(int(rng.integers(0, i)), i) for i in range(1, n) if rng.random() < 0.9}
    pairs |= {tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(rng.integers(0, n))}
    pairs = sorted(pairs)
    gates = [None if rng.random() < 0.1 else int(rng.integers(0, 4)) for _ in pairs]
    g = ground(
        pairs, n, people=np.round(rng.lognormal(4, 1, n)) * (rng.random(n) < 0.9), gates=gates,
        kind=rng.integers(2, 7, n), exceptions=np.flatnonzero(rng.random(n) < 0.15),
    )  # fmt: skip
    anchors = rng.choice(n, int(rng.integers(1, 3)), replace=False)
    r = risk(rng.exponential(1, n) * (rng.random(n) < 0.8), cases=anchors[:1], visited=anchors[1:])
    effect = Effect(gate_people=float(rng.choice([0, 6, 60])), managed=float(rng.choice([0.2, 0.55])))
    limits = Limits(
        largest_rank=None if rng.random() < 0.5 else 4, needs_case=bool(rng.random() < 0.8),
        may_seal=bool(rng.random() < 0.9), may_manage=bool(rng.random() < 0.9),
    )  # fmt: skip
    return g, r, effect, limits


@pytest.mark.parametrize("seed", range(60))
def test_no_zone_is_cheaper(seed):
    g, r, effect, limits = question(seed)
    t = terms(g, r, effect, limits)
    cost, gain = costs_and_gains(t, every_zone(t))
    for share in (0.2, 0.6, 0.95):
        coverage = share * t.reachable()
        best = cost[gain >= coverage * t.total * (1 - 1e-9)].min()
        found = optimum(g, r, effect, limits, coverage=coverage, gap=0.0, seconds=20)
        assert t.gain(found.level) >= coverage * t.total * (1 - 1e-6)
        assert t.cost(found.level) == pytest.approx(best, rel=1e-6, abs=1e-6)
        fast = threshold(g, r, effect, limits, coverage=coverage)
        assert t.gain(fast.level) >= coverage * t.total * (1 - 1e-6)
        assert t.cost(fast.level) >= best * (1 - 1e-6)  # the rule of thumb is never better than the best


@pytest.mark.parametrize("seed", range(60, 100))
def test_no_zone_prevents_more_within_the_budget(seed):
    g, r, effect, limits = question(seed)
    t = terms(g, r, effect, limits)
    cost, gain = costs_and_gains(t, every_zone(t))
    for share in (0.1, 0.5):
        budget = share * float(cost.max()) + 1e-6
        best = gain[cost <= budget * (1 + 1e-12)].max()
        found = optimum(g, r, effect, limits, budget=budget, gap=0.0, seconds=20)
        assert t.cost(found.level) <= budget * (1 + 1e-6)
        assert t.gain(found.level) == pytest.approx(best, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("seed", range(100, 160))
def test_what_is_left_out_is_in_no_better_zone_and_the_bound_holds(seed):
    g, r, effect, limits = question(seed)
    t = terms(g, r, effect, limits)
    table = every_zone(t)
    cost, gain = costs_and_gains(t, table)
    if t.reachable() == 0:
        assert reduced(t, need=0.0, budget=None, known=0.0)[0] is t
        return
    need = 0.6 * t.reachable() * t.total
    known = t.cost(smallest(t, coverage=need / t.total))
    small, bound = reduced(t, need=need, budget=None, known=known)
    better = table[(gain >= need) & (cost < known * (1 - 1e-9))]
    assert (small.may_seal | (better != SEALED)).all()
    assert (small.may_manage | (better != MANAGED)).all()
    assert bound <= cost[gain >= need * (1 - 1e-9)].min() * (1 + 1e-9) + 1e-9


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0.05, 0.99), st.integers(1, 3), st.booleans())
def test_every_part_of_a_zone_holds_a_case(seed, share, n_anchors, is_scattered):
    rng = np.random.default_rng(seed)
    g = grid(
        4, 4, people=rng.lognormal(4, 1, 16), gates=int(rng.integers(0, 3)), exceptions=rng.choice(16, 2)
    )
    anchors = rng.choice(16, n_anchors, replace=False)
    mean = rng.exponential(1, 16)
    r = risk(mean * (rng.random(16) < 0.3) if is_scattered else mean, cases=anchors)
    effect, limits = Effect(), Limits()
    t = terms(g, r, effect, limits)
    coverage = share * t.reachable()
    found = optimum(g, r, effect, limits, coverage=coverage, seconds=5, gap=0.01)
    fast = threshold(g, r, effect, limits, coverage=coverage)
    for candidate in (found, fast):
        inside = candidate.level > 0
        assert (is_anchored(g, inside, r.is_anchor) == inside).all()
        assert not (inside & g.is_exception).any()
        assert t.coverage(candidate.level) >= coverage * (1 - 1e-6)
    assert t.cost(found.level) <= t.cost(fast.level) * (1 + 1e-9)
    if t.total > 0 and t.reachable() > 0:
        assert found.gap is not None and 0 <= found.gap <= 0.0101


def test_a_risky_unit_far_off_is_reached_by_a_chain():
    g = line(7, gates=0)
    r = risk([1, 0, 0, 0, 0, 0, 5.0])
    found = optimum(g, r, Effect(gate_people=0), Limits(), coverage=0.7, gap=0.0)
    assert (found.level[1:6] > 0).all() and found.level[6] > 0
    alone = optimum(g, r, Effect(gate_people=0), Limits(needs_case=False), coverage=0.7, gap=0.0)
    assert (alone.level[1:6] == 0).all() and alone.level[6] == SEALED


def test_gates_close_a_hole():
    """A free unit amid the zone costs four gates and is taken in when gates are dear."""
    g = grid(3, 3, gates=1)
    r = risk([1, 1, 1, 1, 0, 1, 1, 1, 1.0])
    cheap = optimum(g, r, Effect(gate_people=0), Limits(may_manage=False), coverage=0.9, gap=0.0)
    dear = optimum(g, r, Effect(gate_people=60), Limits(may_manage=False), coverage=0.9, gap=0.0)
    assert cheap.level[4] == 0 and dear.level[4] == SEALED


def test_a_unit_too_large_is_managed_not_sealed():
    g = line(3, kind=[4, 7, 4])
    found = optimum(g, risk([1, 9, 1.0]), Effect(), Limits(largest_rank=5), coverage=0.5, gap=0.0)
    assert found.level[1] == MANAGED
    out = optimum(g, risk([1, 9, 1.0]), Effect(), Limits(largest_rank=5, may_manage=False), coverage=0.9)
    assert out.level[1] == 0 and "at most" in out.notes[0].en


def test_an_answer_in_no_time_is_still_an_answer():
    rng = np.random.default_rng(5)
    g = grid(20, 20, people=rng.lognormal(4, 1, 400), gates=2)
    r = risk(rng.exponential(1, 400), cases=[210])
    found = optimum(g, r, Effect(), Limits(), coverage=0.5, seconds=0.0, gap=0.0)
    t = terms(g, r, Effect(), Limits())
    assert t.coverage(found.level) >= 0.5 * (1 - 1e-9)
    assert found.gap is not None and found.gap >= 0


@pytest.mark.parametrize("asked", [{}, {"coverage": 0.5, "budget": 9.0}])
def test_exactly_one_goal(asked):
    with pytest.raises(ValueError, match="exactly one"):
        optimum(line(3), risk([1, 1, 1.0]), Effect(), Limits(), **asked)


def test_the_solver_prints_nothing(capfd):
    optimum(line(5, gates=3), risk([1, 2, 3, 2, 5.0]), Effect(), Limits(), coverage=0.5, gap=0.0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("seed", range(160, 185))
def test_contiguity_by_flow_finds_the_same(seed, monkeypatch):
    monkeypatch.setattr(module, "_CUT_ROUNDS", 1)  # one round of cuts, then the flow must do
    g, r, effect, limits = question(seed)
    t = terms(g, r, effect, limits)
    cost, gain = costs_and_gains(t, every_zone(t))
    coverage = 0.8 * t.reachable()
    best = cost[gain >= coverage * t.total * (1 - 1e-9)].min()
    found = optimum(g, r, effect, limits, coverage=coverage, gap=0.0, seconds=20)
    assert t.cost(found.level) == pytest.approx(best, rel=1e-6, abs=1e-6)


def test_the_flow_is_needed_where_one_round_of_cuts_is_not_enough(monkeypatch):
    calls = []
    monkeypatch.setattr(module, "_CUT_ROUNDS", 1)
    monkeypatch.setattr(module, "add_flow", lambda *a: calls.append(1) or add_flow(*a))
    for seed in range(6):
        rng = np.random.default_rng(seed)
        g = grid(4, 4, people=rng.lognormal(4, 1, 16))
        r = risk(rng.exponential(1, 16) * (rng.random(16) < 0.3), cases=[0])
        found = optimum(g, r, Effect(), Limits(), coverage=0.5, seconds=10)
        inside = found.level > 0
        assert (is_anchored(g, inside, r.is_anchor) == inside).all() and found.gap <= 0.0051
    assert calls
