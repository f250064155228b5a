"""kernels.count_glm equals a dense fit written in plain loops, step by step."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_count_glm import naive_fit

from fireline.kernels.count_glm import N_TABLE, TABLE, Layout, fit, prepare, room_for

RTOL = 1e-9  # both stop at the same step; sums are made in another order


def layout_of(times, groups):
    breaks = [
        0,
        *(i for i in range(1, len(times)) if groups[i] != groups[i - 1] or times[i] - times[i - 1] != 1),
    ]
    return Layout(
        np.array(times, float), np.array([*breaks, len(times)], np.int64), np.array([groups[i] for i in breaks], np.int64)
    )  # fmt: skip


def run(y, times, groups, *, with_trend, weights=None, people=None):
    room = room_for(len(y), max(groups) + 1)
    for i, count in enumerate(y):
        missing = math.isnan(count)
        room.cases[i] = 0.0 if missing else count
        room.weight[i] = 0.0 if missing else (1.0 if weights is None else weights[i])
        room.rel[i] = 1.0 if people is None else people[i]
        room.log_rel[i] = math.log(room.rel[i])
        prepare(room.cases[i], i, room.powers)
    return fit(layout_of(times, groups), room, with_trend), room


def twin(y, times, groups, *, with_trend, weights=None, people=None):
    used = [i for i in range(len(y)) if not math.isnan(y[i])]
    names = sorted({groups[i] for i in used})
    design = [[float(groups[i] == g) for g in names] + ([times[i]] if with_trend else []) for i in used]
    w = [1.0 if weights is None else weights[i] for i in used]
    offset = [0.0 if people is None else math.log(people[i]) for i in used]
    return naive_fit([y[i] for i in used], design, w, offset), names


def assert_same(found, expected, with_trend):
    (made, room), (dense, names) = found, expected
    assert made.has_converged == dense["has_converged"]
    levels = [room.level[g] for g in names]
    n = len(names)
    np.testing.assert_allclose(levels, dense["coefficients"][:n], rtol=RTOL, atol=1e-9)
    if with_trend:
        assert made.slope == pytest.approx(dense["coefficients"][-1], rel=RTOL, abs=1e-11)
        assert 1 / made.spread == pytest.approx(dense["inverse"][-1][-1], rel=1e-7)
    for k, g in enumerate(names):
        variance = 1 / room.info[g] + (room.centre[g] ** 2 / made.spread if with_trend else 0.0)
        assert variance == pytest.approx(dense["inverse"][k][k], rel=1e-7)


@st.composite
def worlds(draw):
    n_groups = draw(st.integers(1, 4))
    runs = draw(
        st.lists(
            st.tuples(st.integers(0, n_groups - 1), st.integers(1, 5), st.integers(1, 3)),
            min_size=3,
            max_size=8,
        )
    )
    times, groups, t = [], [], -60
    for group, length, gap in runs:
        t += gap
        for _ in range(length):
            times.append(float(t))
            groups.append(group)
            t += 1
    y = draw(st.lists(st.integers(1, 40).map(float), min_size=len(times), max_size=len(times)))
    holes = draw(st.sets(st.integers(0, len(times) - 1), max_size=2))
    return [math.nan if i in holes else v for i, v in enumerate(y)], times, groups


@settings(max_examples=60, deadline=None)
@given(worlds(), st.booleans())
def test_equals_twin(world, with_trend):
    y, times, groups = world
    if len({t for t, v in zip(times, y, strict=True) if not math.isnan(v)}) < 5:
        return
    assert_same(
        run(y, times, groups, with_trend=with_trend),
        twin(y, times, groups, with_trend=with_trend),
        with_trend,
    )


@settings(max_examples=30, deadline=None)
@given(worlds(), st.integers(0, 9))
def test_weights_and_people_equal_twin(world, seed):
    y, times, groups = world
    rng = np.random.default_rng(seed)
    options = {
        "weights": rng.uniform(0.2, 1.1, len(y)).tolist(),
        "people": rng.uniform(50, 5_000, len(y)).tolist(),
    }
    if len({t for t, v in zip(times, y, strict=True) if not math.isnan(v)}) < 5:
        return
    assert_same(
        run(y, times, groups, with_trend=True, **options),
        twin(y, times, groups, with_trend=True, **options),
        True,
    )


def test_without_trend_levels_are_logs_of_group_means():
    y, groups = [3.0, 5.0, 4.0, 10.0, 12.0, 0.0], [0, 0, 0, 1, 1, 1]
    made, room = run(y, list(range(6)), groups, with_trend=False)
    assert made.has_converged and made.n_free == 4
    np.testing.assert_allclose(np.exp(room.level), [4.0, 22 / 3], rtol=1e-7)


def test_silence_is_not_reached_within_the_steps_but_its_mean_is_next_to_nothing():
    made, room = run([0.0] * 237, list(range(237)), [0] * 237, with_trend=False)
    assert not made.has_converged and math.exp(room.level[0]) < 1e-10
    short, _ = run([0.0] * 30, list(range(30)), [0] * 30, with_trend=False)
    assert short.has_converged


def test_one_moment_has_no_trend():
    made, _ = run([4.0, math.nan, math.nan], [0.0, 1.0, 2.0], [0, 0, 0], with_trend=True)
    assert not made.has_converged and made.n_used == 1


def test_all_equal_counts():
    made, room = run([5.0] * 12, list(range(12)), [0] * 12, with_trend=True)
    assert made.has_converged and abs(made.slope) < 1e-9
    assert math.exp(room.level[0]) == pytest.approx(5.0)


@pytest.mark.parametrize("count", [0.0, 1.0, 7.0, N_TABLE - 1.0, float(N_TABLE), 2.5, 1e7])
def test_table_and_formula_agree(count):
    powers = np.empty((3, 1))
    prepare(count, 0, powers)
    by_hand = (
        math.log(count + 0.1) - 0.1 / (count + 0.1),
        (count * math.log(count) if count else 0.0) - count,
        count ** (2 / 3),
    )
    np.testing.assert_allclose(powers[:, 0], by_hand, rtol=1e-14, atol=1e-14)
    assert TABLE.shape == (3, N_TABLE)
