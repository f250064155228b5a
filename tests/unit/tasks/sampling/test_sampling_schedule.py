"""Units to sites, teams to sites: lanes kept, brute force on tiny towns, exact never worse than the rule."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.unit.tasks.sampling.round_worlds import ways

from fireline.tasks.sampling.schedule import (
    Ways,
    assign_exact,
    assign_greedy,
    people_per_team,
    rotate_teams,
    shortest_hours,
    spread_teams,
    ways_between,
)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def brute(people: np.ndarray, w: Ways, lanes: np.ndarray, each: int) -> tuple[int, int]:
    """Fewest units left out, then fewest teams, over all assignments."""
    best = (len(people) + 1, 0)
    for choice in itertools.product(*([-1, *w.of(i)[0].tolist()] for i in range(len(people)))):
        load = np.zeros(len(lanes), dtype=np.int64)
        for i, s in enumerate(choice):
            if s >= 0:
                load[s] += people[i]
        teams = -(-load // each)
        if (teams <= lanes).all():
            best = min(best, (choice.count(-1), int(teams.sum())))
    return best


def is_kept(found, people, w, lanes, each) -> bool:
    load = np.zeros(w.n_sites, dtype=np.int64)
    for i, s in enumerate(found.site_of.tolist()):
        if s >= 0:
            assert s in w.of(i)[0]
            load[s] += people[i]
    return bool((found.teams <= lanes).all() and (load <= found.teams * each).all())


@pytest.mark.parametrize("seed", range(40))
def test_tiny_towns_against_every_assignment(seed):
    rng = np.random.default_rng(seed)
    n_units, n_sites = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    links = [(i, s) for i in range(n_units) for s in range(n_sites) if rng.random() < 0.7]
    w = ways(*links, n_units=n_units, n_sites=n_sites)
    people = rng.integers(0, 120, n_units)
    lanes = rng.integers(0, 4, n_sites)
    known = brute(people, w, lanes, 50)
    greedy = assign_greedy(people, w, lanes, rate_h=10.0, hours=5.0)
    exact = assign_exact(people, w, lanes, rate_h=10.0, hours=5.0)
    for found in (greedy, exact):
        assert is_kept(found, people, w, lanes, 50)
    assert (exact.n_out, exact.n_teams) == known
    assert (greedy.n_out, greedy.n_teams) >= known
    assert exact.bound <= exact.n_teams


def test_the_exact_answer_saves_a_team_where_the_rule_does_not():
    # two sites, teams of 100: the rule packs 60 and 50 apart, the solver 60+40 and 50+50
    w = ways(*[(i, s) for i in range(4) for s in range(2)], n_units=4, n_sites=2)
    people, lanes = ints(60, 50, 50, 40), ints(1, 1)
    exact = assign_exact(people, w, lanes, rate_h=100.0, hours=1.0)
    greedy = assign_greedy(people, w, lanes, rate_h=100.0, hours=1.0)
    assert (exact.n_out, exact.n_teams) == (0, 2)
    assert (greedy.n_out, greedy.n_teams) >= (0, 2)


@pytest.mark.parametrize("seed", range(4))
def test_middle_towns_exact_is_never_worse_and_the_bound_holds(seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 3000, (60, 2))
    w = ways_between(xy, xy[:12] + 30, reach_m=2_000, most=4)
    people, lanes = rng.integers(50, 900, 60), np.full(12, 5)
    greedy = assign_greedy(people, w, lanes, rate_h=100.0, hours=8.0)
    exact = assign_exact(people, w, lanes, rate_h=100.0, hours=8.0, limit_s=1.0)
    assert (exact.n_out, exact.n_teams) <= (greedy.n_out, greedy.n_teams)
    assert is_kept(exact, people, w, lanes, 800)
    assert max(greedy.bound, exact.bound) <= exact.n_teams


def test_ways_are_nearest_first_and_within_reach():
    w = ways_between(
        np.array([[0.0, 0.0], [9e6, 0.0]]), np.array([[300.0, 0.0], [100.0, 0.0], [0.0, 900.0]]), reach_m=500
    )
    assert w.of(0)[0].tolist() == [1, 0] and w.of(0)[1].tolist() == [100.0, 300.0]
    assert w.of(1)[0].tolist() == []
    assert len(ways_between(np.empty((0, 2)), np.zeros((1, 2)), reach_m=1).unit) == 0
    assert ways_between(np.zeros((1, 2)), np.empty((0, 2)), reach_m=1).n_sites == 0


def test_the_shortest_time_is_enough_and_a_little_less_is_not():
    w = ways(*[(i, s) for i in range(4) for s in range(2)], n_units=4, n_sites=2)
    people, lanes = ints(300, 300, 200, 200), ints(3, 3)
    hours = shortest_hours(people, w, lanes, rate_h=100.0, teams=4)
    assert 2.5 <= hours <= 3.1
    assert assign_greedy(people, w, lanes, rate_h=100.0, hours=hours).n_teams <= 4
    assert shortest_hours(people, w, lanes, rate_h=100.0, teams=1) >= 10.0
    assert shortest_hours(people, w, ints(0, 0), rate_h=100.0, teams=4) == np.inf


def test_spare_teams_go_where_it_takes_longest():
    assert spread_teams(ints(100, 300, 0), ints(1, 1, 0), ints(5, 5, 5), spare=2).tolist() == [1, 3, 0]
    assert spread_teams(ints(100, 300), ints(1, 1), ints(1, 2), spare=9).tolist() == [1, 2]


def test_few_teams_go_round_and_nobody_is_in_two_places():
    rota = rotate_teams(ints(300, 200, 100, 0), ints(1, 1, 1, 0), rate_h=100.0, teams=2)
    assert rota.end_h.tolist() == [3.0, 2.0, 3.0, 0.0]
    assert rota.start_h.tolist() == [0.0, 0.0, 2.0, 0.0]
    alone = rotate_teams(ints(300, 200), ints(2, 1), rate_h=100.0, teams=1)
    assert alone.end_h.max() == pytest.approx(5.0)


def test_nobody_can_do_nothing():
    w = ways((0, 0), n_units=1, n_sites=1)
    none = assign_greedy(ints(10), w, ints(1), rate_h=1.0, hours=0.5)
    assert (none.n_out, none.n_teams) == (1, 0)
    assert people_per_team(100.0, 0.1) == 10
    for wrong in ({"rate_h": 0.0}, {"hours": -1.0}):
        with pytest.raises(ValueError):
            assign_greedy(ints(10), w, ints(1), **({"rate_h": 1.0, "hours": 1.0} | wrong))
    with pytest.raises(ValueError):
        assign_greedy(ints(10, 20), w, ints(1), rate_h=1.0, hours=1.0)
    with pytest.raises(ValueError):
        shortest_hours(ints(10), w, ints(1), rate_h=1.0, teams=0)
