"""From import to planning and on: what a planner sees, common random numbers, zones that stand and are lifted."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from fireline.drill.world.county import build
from fireline.drill.world.policies import PLAIN, nothing, radius_sealed, township_sealed, two_tier
from fireline.drill.world.sight import BELIEVED_TRACED, HOME_UNKNOWN, LOOK_BACK_D, situation_on
from fireline.drill.world.simulate import FOLLOW_D, STAND_D, begin, follow
from fireline.drill.world.terms import Terms
from fireline.errors import InputError
from fireline.kernels.spatial_outbreak import HOME, NEVER, errand_units

TERMS = Terms(r0=4.0, recall=0.8, report_d=2, n_reports=4)


@pytest.fixture(scope="module")
def world():
    return build(n_people=50_000, rng=np.random.default_rng(3))


@pytest.fixture(scope="module")
def begun(world):
    return begin(world, TERMS, seed=1_000, rng=np.random.default_rng(9))


def seen_on_planning(world, begun):
    changes = [(begun.day, np.zeros(world.ground.n, np.int8))]
    return situation_on(
        world, begun.terms, begun.disease, begun.cases,
        seed=begun.seed, day=begun.day, changes=changes, travel=begun.travel,
    )  # fmt: skip


def rows_of(followed):
    n = int(followed.cases.n[0])
    return np.column_stack(
        [
            getattr(followed.cases, c)[:n]
            for c in ("person", "infected", "source", "sampled", "removed", "traced")
        ]
    )


def test_planning_starts_when_enough_cases_are_reported(begun):
    n = int(begun.cases.n[0])
    reported = begun.cases.sampled[:n] + TERMS.report_d
    assert (reported <= begun.day).sum() >= TERMS.n_reports > (reported <= begun.day - 1).sum()
    assert begun.cases.infected[:n].max() < begun.day


def test_one_seed_one_outbreak(world, begun):
    again = begin(world, TERMS, seed=1_000, rng=np.random.default_rng(9))
    other = begin(world, TERMS, seed=2_000, rng=np.random.default_rng(9))
    assert again.day == begun.day and again.seed == begun.seed
    np.testing.assert_array_equal(
        rows_of(follow(world, begun, two_tier)), rows_of(follow(world, again, two_tier))
    )
    assert other.cases.person[0] != begun.cases.person[0]


def test_planner_sees_reported_cases_only(world, begun):
    seen = seen_on_planning(world, begun)
    n = int(begun.cases.n[0])
    known = np.flatnonzero(begun.cases.sampled[:n] + TERMS.report_d <= begun.day)
    assert seen.n_cases == len(known) < n
    homes = world.town.unit[begun.cases.person[known]]
    assert ((seen.home == homes) | (seen.home == -1)).all()
    isolated = begun.cases.removed[known]
    np.testing.assert_array_equal(np.isnan(seen.isolated), isolated > begun.day)
    assert (seen.onset <= begun.day).all() and (seen.onset >= 0).all()
    assert set(seen.traced.tolist()) <= {0.0, BELIEVED_TRACED}
    assert not seen.has_known_source[known == 0].any()  # the imported case has none


def test_visits_are_true_stays_within_the_look_back(world, begun):
    seen = seen_on_planning(world, begun)
    n = int(begun.cases.n[0])
    known = np.flatnonzero(begun.cases.sampled[:n] + TERMS.report_d <= begun.day)
    person = begun.cases.person[known][seen.visit_case].astype(np.int64)
    group = world.town.group[person]
    place = np.where(group >= 0, world.town.group_unit[group], -1)
    errand = errand_units(world.town, seed=begun.seed, person=person, day=seen.visit_day.astype(np.int64))
    is_place = seen.visit_hours > 4
    assert is_place.any() and (~is_place).any()
    assert (seen.visit_unit == np.where(is_place, place, errand)).all()
    assert (seen.visit_day >= seen.onset[seen.visit_case] - LOOK_BACK_D).all()
    assert (seen.visit_day < begun.day).all()
    assert (seen.visit_unit != world.town.unit[person]).all()


def test_recall_is_the_share_of_visits_told(world):
    told = {}
    for recall in (0.6, 0.9, 1.0):
        n_told = 0
        for seed in range(1_000, 26_000, 1_000):
            terms = dataclasses.replace(TERMS, recall=1.0)  # the same tree for all
            b = begin(world, terms, seed=seed, rng=np.random.default_rng(1))
            b = dataclasses.replace(b, terms=dataclasses.replace(terms, recall=recall))
            n_told += len(seen_on_planning(world, b).visit_unit)
        told[recall] = n_told
    assert told[1.0] > 400
    assert told[0.6] / told[1.0] == pytest.approx(0.6, abs=0.07)
    assert told[0.9] / told[1.0] == pytest.approx(0.9, abs=0.05)


def test_a_few_homes_are_not_known(world):
    homes = np.concatenate(
        [
            seen_on_planning(world, begin(world, TERMS, seed=s * 1_000, rng=np.random.default_rng(1))).home
            for s in range(1, 100)
        ]
    )
    assert 0.2 * HOME_UNKNOWN < (homes == -1).mean() < 2.5 * HOME_UNKNOWN


def test_planner_travel_is_not_the_truth(world, begun):
    seen = seen_on_planning(world, begun)
    assert not np.allclose(seen.travel_share, world.travel.share)
    np.testing.assert_array_equal(seen.travel_unit, world.travel.unit)


def test_policies_that_do_not_differ_give_the_same_run(world, begun):
    one, two = follow(world, begun, two_tier), follow(world, begun, lambda g, s: two_tier(g, s).copy())
    np.testing.assert_array_equal(rows_of(one), rows_of(two))
    assert one.changes[-1][0] == two.changes[-1][0]


def test_before_a_zone_stands_all_policies_share_their_luck(world, begun):
    free, shut = rows_of(follow(world, begun, nothing)), rows_of(follow(world, begun, township_sealed))
    upto = [r[r[:, 1] <= begun.day, :3] for r in (free, shut)]
    np.testing.assert_array_equal(*upto)
    n = int(begun.cases.n[0])
    np.testing.assert_array_equal(free[:n, 0], begun.cases.person[:n])


def test_following_leaves_the_beginning_alone(world, begun):
    before = [np.array(x) for x in begun.cases]
    follow(world, begun, two_tier)
    for old, new in zip(before, begun.cases, strict=True):
        np.testing.assert_array_equal(old, new)


def test_first_zone_is_in_force_on_the_next_day_and_for_fourteen(world, begun):
    first = two_tier(world.ground, seen_on_planning(world, begun))
    once = follow(world, begun, two_tier, every_days=0)
    assert once.plans == 1
    assert not once.levels_on(begun.day).any()
    for day in (1, 7, STAND_D):
        np.testing.assert_array_equal(once.levels_on(begun.day + day), first)
    assert not once.levels_on(begun.day + STAND_D + 1).any()


def test_planning_again_never_loosens_a_unit_within_its_time(world, begun):
    followed = follow(world, begun, two_tier, every_days=3)
    assert followed.plans == 5
    levels = [followed.levels_on(begun.day + d) for d in range(FOLLOW_D + 1)]
    for before, after in pairwise(levels[: STAND_D + 1]):
        assert (after >= before).all()
    assert (levels[STAND_D] > 0).sum() >= (levels[1] > 0).sum()
    assert not levels[FOLLOW_D].any()  # the last plan of day 12 ends after day 26


def test_level_of_a_case_is_that_of_the_home_unit_on_the_day(world, begun):
    followed = follow(world, begun, township_sealed)
    n = int(followed.cases.n[0])
    for person, day, level in zip(
        followed.cases.person[:n], followed.cases.infected[:n], followed.cases.level[:n], strict=True
    ):
        expected = followed.levels_on(int(day))[world.town.unit[person]] if day >= begun.day else 0
        assert level == expected


def test_exceptions_stay_free_and_are_counted(world, begun):
    followed = follow(world, begun, lambda g, s: np.full(g.n, 3, np.int8), every_days=0)
    assert followed.n_touched_exceptions == world.ground.is_exception.sum() > 0
    assert not followed.levels_on(begun.day + 1)[world.ground.is_exception].any()


def test_sealing_everything_ends_what_goes_on_outside_households(world):
    terms = dataclasses.replace(TERMS, obey_sealed=1.0, r0=5.0)
    later = {"free": 0, "shut": 0}
    for seed in range(1_000, 7_000, 1_000):
        begun = begin(world, terms, seed=seed, rng=np.random.default_rng(1))
        for name, followed in (
            ("free", follow(world, begun, nothing)),
            ("shut", follow(world, begun, lambda g, s: np.full(g.n, 3, np.int8))),
        ):
            n = int(followed.cases.n[0])
            outside = followed.cases.setting[:n] != HOME
            later[name] += int((outside & (followed.cases.infected[:n] > begun.day + 3)).sum())
    assert later["free"] > 500
    assert later["shut"] < 0.02 * later["free"]


def test_plain_policies_draw_what_they_say(world, begun):
    ground, seen = world.ground, seen_on_planning(world, begun)
    homes = np.unique(seen.home[seen.home >= 0])
    free = ~ground.is_exception
    drawn = {name: policy(ground, seen) for name, policy in PLAIN.items()}
    assert not drawn["nothing"].any()
    for name, levels in drawn.items():
        assert levels.dtype == np.int8 and levels.shape == (ground.n,)
        assert not levels[ground.is_exception].any()
        if name != "nothing":
            assert (levels[homes][free[homes]] == 3).all()
    inside = np.isin(ground.township, ground.township[homes]) & free
    np.testing.assert_array_equal(drawn["township_sealed"] == 3, inside)
    np.testing.assert_array_equal(drawn["unit_and_township"] >= 2, inside)
    beside = ground.neighbours.around(np.isin(np.arange(ground.n), homes)) & free
    assert (drawn["two_tier"][beside] >= 2).all()
    assert (drawn["two_tier"] == 3).sum() == free[homes].sum()
    counts = seen.visit_day >= seen.onset[seen.visit_case] - 2
    visited = np.unique(seen.visit_unit[counts])
    assert (drawn["two_tier"][visited][free[visited]] >= 2).all()
    assert (radius_sealed(ground, seen, radius_m=5_000) > 0).sum() > (drawn["radius_800_m"] > 0).sum()


@pytest.mark.parametrize(
    ("plan", "said"),
    [(lambda g, s: np.zeros(3, np.int8), "shape"), (lambda g, s: np.full(g.n, 7, np.int8), "level")],
)
def test_plans_that_are_none_are_refused(world, begun, plan, said):
    with pytest.raises(InputError, match=said):
        follow(world, begun, plan)


def test_terms_that_never_lead_to_reports_are_refused(world):
    silent = dataclasses.replace(TERMS, r0=0.01)
    with pytest.raises(InputError, match="raise r0"):
        begin(world, silent, seed=1, rng=np.random.default_rng(1))


def test_tracing_and_testing_take_cases_out(world):
    lax = dataclasses.replace(TERMS, recall=0.0, back=0.0, seek_after=0.0, screen_outside=0.0, precaution=1.0)
    keen = dataclasses.replace(TERMS, recall=0.9, seek_after=0.6, screen_outside=0.1, precaution=1.0)
    totals = []
    for terms in (lax, keen):
        total, traced = 0, 0
        for seed in range(1_000, 9_000, 1_000):
            b = begin(world, TERMS, seed=seed, rng=np.random.default_rng(1))
            f = follow(world, dataclasses.replace(b, terms=terms), nothing)
            total += int(f.cases.n[0])
            traced += int((f.cases.traced[: f.cases.n[0]] < NEVER).sum())
        totals.append((total, traced / total))
    assert totals[1][0] < 0.5 * totals[0][0]
    assert totals[1][1] > 2 * totals[0][1]
