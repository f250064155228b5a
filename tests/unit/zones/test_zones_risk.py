"""The risk surface: course of a disease, which part a unit's risk comes from, and what lowers it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.zones.zones_grid import line, situation

from fireline.errors import InputError
from fireline.policy import load_library
from fireline.policy.model import Profile
from fireline.zones.course import Spread, course_of
from fireline.zones.risk import surface

SURE = Spread(
    n_draws=1, mobility_sd=0, reproduction_sd=0, at_home_sd=0, recall=(0.8, 0.8), at_home=0.4, away=0.5
)


def profile(**more):
    base = {
        "disease": "x", "name_zh": "甲", "name_en": "X", "incubation_days": (1, 5.1, 14), "infectious_days": (-2, 10),
        "infectious_anchor": "onset", "serial_interval_days": (5.2, 2.8), "spread": "person",
    }  # fmt: skip
    return Profile(**(base | more))


def at(g, s, spread=SURE):
    return surface(g, s, spread, rng=np.random.default_rng(3))


# course
def test_a_course_sums_to_one_and_starts_on_the_first_infectious_day():
    course = course_of(profile())
    assert course.first == -2 and len(course.by_onset) == 13
    for curve in (course.by_onset, course.by_age, course.incubation):
        assert curve.sum() == pytest.approx(1) and (curve >= 0).all()
    ages = np.arange(len(course.by_age))
    assert (ages * course.by_age).sum() == pytest.approx(5.2, abs=0.4)
    assert course.by_age[0] == course.incubation[0] == 0
    assert ages[np.cumsum(course.incubation) >= 0.5][0] == 5  # the profile's median
    assert course.notes == ()


def test_infectiousness_looks_up_whole_days():
    course = course_of(profile(infectious_days=(-4, 4)))
    days = np.array([-4.0, -3.2, 4.9, 5.0, -4.1, np.nan])
    assert course.weight(days).tolist() == [*course.by_onset[[0, 0, 8]], 0, 0, 0]


def test_what_a_profile_lacks_is_said():
    assert len(course_of(None).notes) == 2
    assert "serial interval" in course_of(profile(serial_interval_days=None)).notes[0].en
    assert "incubation" in course_of(profile(infectious_days=None)).notes[0].en


@pytest.mark.parametrize("spread", ["vector", "food_water"])
def test_a_ring_of_residents_is_no_answer_to_mosquitoes(spread):
    with pytest.raises(InputError, match="not from person to person"):
        course_of(profile(spread=spread))


def test_every_profile_of_the_packs_gives_a_course():
    found = [course_of(p) for p in load_library().profiles.values() if p.spread in ("person", "mixed")]
    assert len(found) >= 8
    for course in found:
        assert course.by_onset.sum() == pytest.approx(1) and course.by_age.sum() == pytest.approx(1)


def test_people_are_found_in_time():
    unseen = SURE.unseen()
    assert unseen[0] == 1 and unseen[-1] < 0.05 and (np.diff(unseen) <= 1e-12).all()
    assert replace(SURE, found_after=10.0).unseen()[10] > unseen[10]
    ahead, made = SURE.to_come()
    assert ahead[0] > ahead[5] > ahead[15] and made[0] == 0 and (ahead + made <= 1 + 1e-9).all()
    assert replace(SURE, horizon=3).to_come()[0][0] < ahead[0]


@pytest.mark.parametrize(
    "wrong", [{"recall": (0.9, 0.6)}, {"at_home": 1.2}, {"reproduction": 0}, {"horizon": 0}, {"n_draws": 0}]
)
def test_assumptions_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError, match="zone risk"):
        Spread(**wrong)


# surface
def test_one_case_at_home_without_travel():
    r = at(line(4), situation(line(4), home=[1]))
    assert r.mean[1] == pytest.approx(r.total) and r.total > 0
    assert r.home[1] > 0 and r.visited[1] > 0 and r.unknown.sum() == 0 == r.clientele.sum()
    assert r.case_units.tolist() == [False, True, False, False] and not r.visited_units.any()
    assert any("No travel" in n.en for n in r.notes)


def test_a_stay_brings_risk_to_the_unit_and_to_those_who_go_there():
    g = line(5)
    travel = {0: {1: 1.0}, 4: {3: 1.0}}
    s = situation(g, home=[0], visits=[(0, 3, 8.0, 4.0)], travel=travel)
    r = at(g, s)
    assert r.visited[3] > 0 and r.clientele[4] > 0 and r.mean[2] == 0
    assert r.visited[1] > 0  # what the case does not recall goes where its neighbours go
    assert r.visited[3] > r.visited[1]
    assert r.visited_units.tolist() == [False, False, False, True, False]
    sure = at(g, s, replace(SURE, recall=(1.0, 1.0)))
    assert sure.visited[1] == 0


def test_hours_and_days_weigh():
    g = line(5)
    visits = [(0, 1, 8.0, 1.0), (0, 2, 8.0, 3.0), (0, 3, 3.0, 9.0)]  # the last before the infectious time
    r = at(g, situation(g, visits=visits))
    assert r.visited[2] == pytest.approx(3 * r.visited[1]) and r.visited[3] == 0


def test_tracing_isolation_and_time_lower_the_risk():
    g = line(3)
    base = at(g, situation(g, onset=[6])).total
    assert at(g, situation(g, onset=[6], traced=[0.75])).total == pytest.approx(base / 4)
    assert at(g, situation(g, onset=[6], traced=[1.0])).total == 0
    assert at(g, situation(g, onset=[6], isolated=[7])).total < base
    assert at(g, situation(g, onset=[-30])).total < 0.01 * base  # all who were infected then are found
    assert at(g, situation(g, onset=[12.5])).total == 0  # not infectious yet on day 10


def test_an_unknown_source_lives_near_the_case():
    g = line(4)
    travel = {0: {1: 1.0}}
    r = at(g, situation(g, known=[False], traced=[1.0], travel=travel))
    assert r.unknown[0] > 0 and r.unknown[1] > 0 and r.home.sum() == 0
    assert r.next.sum() > 0
    known = at(g, situation(g, known=[True], traced=[1.0], travel=travel))
    assert known.total == 0


def test_cases_that_cannot_be_placed_or_dated_are_said():
    g = line(3)
    r = at(g, situation(g, home=[-1, 0], onset=[8, np.nan]))
    assert r.total == 0 and r.case_units.tolist() == [True, False, False]
    assert "live in no unit" in r.notes[-3].en and "neither onset" in r.notes[-2].en


def test_no_case_no_risk():
    r = at(line(3), situation(line(3), home=[], onset=[]))
    assert r.total == 0 and r.draws.shape == (1, 3) and not r.is_anchor.any()


def test_draws_surround_the_mean_and_depend_on_the_seed_alone():
    g = line(6)
    travel = {u: {v: 0.5 for v in (u - 1, u + 1) if 0 <= v < 6} for u in range(6)}
    s = situation(g, home=[2, 3, 3], onset=[7, 8, 9], travel=travel)
    spread = Spread(n_draws=200)
    a, b = at(g, s, spread), at(g, s, spread)
    assert (a.draws == b.draws).all() and a.draws.shape == (200, 6)
    assert (a.low <= a.mean).all() and (a.mean <= a.high).all() and (a.low[2:4] < a.high[2:4]).all()
    np.testing.assert_allclose(a.draws.mean(axis=0), a.mean, rtol=1e-9)
    parts = a.home + a.visited + a.clientele + a.unknown + a.next
    np.testing.assert_allclose(parts, a.mean, rtol=1e-9)
    sure = at(
        g, s, replace(spread, n_draws=1, mobility_sd=0, reproduction_sd=0, at_home_sd=0, recall=(0.75, 0.75))
    )
    # noise adds little: the next generation goes with the square of the reproduction number
    assert sure.total < a.total < 1.3 * sure.total


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_renumbering_units_changes_nothing_else(seed):
    rng = np.random.default_rng(seed)
    g = line(6, people=rng.integers(1, 500, 6))
    travel = {
        u: dict(zip(rng.choice(6, 2, replace=False).tolist(), [0.3, 0.7], strict=True)) for u in range(6)
    }
    home, visits = (
        rng.integers(0, 6, 3),
        [(int(c), int(rng.integers(0, 6)), 8.0, 2.0) for c in rng.integers(0, 3, 5)],
    )
    new = rng.permutation(6)  # unit u becomes new[u]
    moved = replace(g, population=g.population[np.argsort(new)])
    known = [False, True, True]
    a = at(g, situation(g, home=home, onset=[7, 8, 9], visits=visits, travel=travel, known=known))
    b = at(
        moved,
        situation(
            moved, home=new[home], onset=[7, 8, 9], visits=[(c, int(new[v]), d, h) for c, v, d, h in visits],
            travel={int(new[u]): {int(new[v]): x for v, x in row.items()} for u, row in travel.items()}, known=known,
        ),
    )  # fmt: skip
    np.testing.assert_allclose(b.mean[new], a.mean, rtol=1e-9, atol=1e-12)
