"""kernels.sources equals its twin, and its shares are a probability."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_sources import naive_rank, naive_scores

from fireline.kernels.sources import Cases, Factors, Named, places_of, rank_sources

LOW, TYPICAL, ODDS = -2, 0.1, 0.25
TABLE = np.array(
    [
        [[0.0, 0.1, 0.2, 0.4, 0.2, 0.1], [0.1, 0.1, 0.2, 0.3, 0.2, 0.1], [0.1, 0.2, 0.2, 0.2, 0.2, 0.1]],
        [[0.0, 0.3, 0.4, 0.3, 0.0, 0.0], [0.1, 0.3, 0.3, 0.2, 0.1, 0.0], [0.2, 0.2, 0.2, 0.2, 0.1, 0.1]],
    ]
)
AGE_EDGES, KM_EDGES = [5.0, 20.0], [1.0]


@st.composite
def worlds(draw):
    n = draw(st.integers(1, 9))
    code = st.integers(-1, 2)
    number = st.sampled_from([float("nan"), 0.0, 3.0, 5.0, 30.0])
    cases = [
        {
            "day": draw(st.integers(0, 7)), "end": draw(st.sampled_from([-1, 0, 0, 0, 1])),
            "shape": draw(st.integers(0, 1)), "area": draw(code), "parent": draw(code), "group": draw(code),
            "age": draw(number), "x": draw(number), "y": 0.0,
        }
        for _ in range(n)
    ]  # fmt: skip
    ratio = st.sampled_from([0.25, 0.5, 1.0, 2.0, 8.0])
    factors = {
        "area": [[draw(ratio) for _ in range(3)] for _ in range(n)],
        "group": [[draw(ratio) for _ in range(2)] for _ in range(n)],
        "age_edges": AGE_EDGES, "age": [draw(ratio) for _ in range(3)],
        "km_edges": KM_EDGES, "km": [draw(ratio) for _ in range(2)],
    }  # fmt: skip
    others = [[j for j in range(n) if j != i] for i in range(n)]
    named = [
        sorted((j, draw(ratio)) for j in draw(st.sets(st.sampled_from(o), max_size=2))) if o else []
        for o in others
    ]
    return cases, factors, named


def arrays(cases, factors, named):
    def column(name, dtype):
        return np.array([c[name] for c in cases], dtype)

    whole = [column(c, np.int64) for c in ("day", "end", "shape", "area", "parent", "group")]
    return {
        "cases": Cases(*whole, *(column(c, np.float64) for c in ("age", "x", "y"))),
        "factors": Factors(*(np.array(factors[name], float) for name in ("area", "group", "age_edges", "age", "km_edges", "km"))),
        "named": Named(
            np.cumsum([0, *map(len, named)]),
            np.array([j for row in named for j, _ in row], np.int64),
            np.array([f for row in named for _, f in row], np.float64),
        ),
        "table": TABLE, "low": LOW, "typical": TYPICAL,
    }  # fmt: skip


def rank(world, k_most=3, **more):
    given_ = arrays(*world)
    return rank_sources(given_.pop("cases"), **given_, odds_unknown=ODDS, k_most=k_most, **more)


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_ranks_equal_the_twin(world):
    found = rank(world, k_most=10)
    for i, (shares, unknown) in enumerate(naive_rank(*world, TABLE, LOW, TYPICAL, ODDS)):
        n = len(shares)
        assert found.n_candidates[i] == n
        assert found.unknown[i] == pytest.approx(unknown)
        assert found.share[i, :n] == pytest.approx([share for _, share in shares])
        assert (found.source[i, n:] == -1).all() and (found.share[i, n:] == 0).all()
        by_case = dict(shares)
        assert [by_case[j] for j in found.source[i, :n].tolist()] == pytest.approx([s for _, s in shares])


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_shares_and_the_unknown_sum_to_one(world):
    found = rank(world, k_most=10)
    assert found.share.sum(axis=1) + found.unknown == pytest.approx(np.ones(len(world[0])))
    assert (np.diff(found.share, axis=1) <= 1e-15).all()


@settings(max_examples=30, deadline=None)
@given(worlds(), st.integers(-1_000, 1_000))
def test_shifting_all_days_changes_nothing(world, shift):
    cases, factors, named = world
    moved = [c | {"day": c["day"] + shift} for c in cases]
    before, after = rank(world), rank((moved, factors, named))
    assert (before.source == after.source).all() and (before.share == after.share).all()


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_places_count_what_is_better_and_level(world):
    cases = world[0]
    pairs = [(i, j) for i in range(len(cases)) for j in range(len(cases))]
    case, source = (np.array(c, np.int64) for c in zip(*pairs, strict=True))
    given_ = arrays(*world)
    above, level = places_of(given_.pop("cases"), **given_, case=case, source=source)
    for row, (i, j) in enumerate(pairs):
        scores, _ = naive_scores(i, *world, TABLE, LOW, TYPICAL)
        if j not in scores:
            assert (above[row], level[row]) == (-1, 0)
            continue
        n_above = sum(s > scores[j] * (1 + 1e-12) for s in scores.values())
        n_level = sum(abs(s - scores[j]) <= 1e-12 * scores[j] for s in scores.values())
        assert (above[row], above[row] + level[row]) == (n_above, n_above + n_level)


def plain(*days):
    cases = [
        {"day": d, "end": 0, "shape": 0, "area": -1, "parent": -1, "group": -1, "age": np.nan, "x": np.nan, "y": 0.0}
        for d in days
    ]  # fmt: skip
    n = len(days)
    factors = {
        "area": np.ones((n, 3)), "group": np.ones((n, 2)), "age_edges": AGE_EDGES, "age": np.ones(3),
        "km_edges": KM_EDGES, "km": np.ones(2),
    }  # fmt: skip
    return cases, factors, [[] for _ in range(n)]


def test_by_hand():
    found = rank(plain(0, 1))
    # one day after: weight 0.4; unknown 0.25 x max(0.4, 0.1) = 0.1
    assert found.source[1].tolist() == [0, -1, -1]
    assert found.share[1, 0] == pytest.approx(0.8) and found.unknown[1] == pytest.approx(0.2)
    # one day before is allowed here: weight 0.1, unknown 0.25 x 0.1
    assert found.share[0, 0] == pytest.approx(0.8)


def test_nobody_else_leaves_the_unknown():
    found = rank(plain(3))
    assert found.unknown.tolist() == [1.0] and found.source[0].tolist() == [-1, -1, -1]


def test_a_named_pair_outside_the_table_stays_a_faint_candidate():
    cases, factors, _ = plain(0, 40)
    found = rank((cases, factors, [[], [(0, 2.0)]]))
    assert found.source[1, 0] == 0
    assert 0 < found.share[1, 0] < 1e-6


def test_only_some_are_ranked_when_only_some_are_asked_for():
    world = plain(0, 1, 2, 2)
    some = rank(world, only=np.array([3, 1]))
    every = rank(world)
    assert (some.source == every.source[[3, 1]]).all() and (some.unknown == every.unknown[[3, 1]]).all()


def test_refuses_what_does_not_fit():
    given_ = arrays(*plain(0, 1))
    cases = given_.pop("cases")
    with pytest.raises(ValueError, match="shape: expected 0 to 1"):
        rank_sources(cases._replace(shape=np.array([0, 2])), **given_, odds_unknown=ODDS, k_most=1)
    with pytest.raises(ValueError, match="table: expected shape"):
        rank_sources(cases, **given_ | {"table": TABLE[:, :2]}, odds_unknown=ODDS, k_most=1)
    with pytest.raises(ValueError, match=r"factors\.area: expected shape"):
        wrong = given_["factors"]._replace(area=np.ones((2, 2)))
        rank_sources(cases, **given_ | {"factors": wrong}, odds_unknown=ODDS, k_most=1)
    with pytest.raises(ValueError, match="source: expected shape"):
        places_of(cases, **given_, case=np.array([0]), source=np.array([], np.int64))
