"""kernels.scan_draws draws what its twin draws: the same counts of the same random numbers, or the same law."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.reference import naive_scan_draws as naive

from fireline.kernels.scan_draws import fixed, independent, permuted, sample, swapped

MEAN = st.sampled_from([0.0, 0.02, 0.7, 1.0, 3.5, 12.0, 90.0])
PHI = st.sampled_from([1.0, 1.2, 2.0, 6.0])


def close(counts, pmf, *, least=5.0):
    """p value of the counts' agreement with their law, small cells together."""
    counts = np.asarray(counts, int)
    top = int(counts.max()) + 2
    expected = pmf(np.arange(top)) * counts.size
    expected[-1] += counts.size - expected.sum()
    found = np.bincount(counts, minlength=top)
    group = np.cumsum(expected) // least
    sums = [(found[group == g].sum(), expected[group == g].sum()) for g in np.unique(group)]
    observed, wanted = np.array(sums).T
    return stats.chisquare(observed, wanted * observed.sum() / wanted.sum()).pvalue if len(sums) > 1 else 1.0


@settings(max_examples=40, deadline=None)
@given(st.lists(MEAN, min_size=4, max_size=4), st.lists(PHI, min_size=4, max_size=4), st.integers(0, 10**6))
def test_the_same_random_numbers_give_the_same_counts(mean, phi, seed):
    m, f = np.array(mean).reshape(2, 2), np.array([2.0, *phi[1:]]).reshape(2, 2)
    drawn = sample(independent(m, f), n_replicates=3, rng=np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    for i in range(3):
        assert drawn[i].tolist() == naive.independent(m.tolist(), f.tolist(), rng)


@pytest.mark.parametrize(
    ("mean", "phi"), [(0.3, 1.0), (4.0, 1.0), (4.0, 3.0), (700.0, 1.0), (9000.0, 1.0), (9000.0, 2.0)]
)
def test_independent_cells_follow_their_law(mean, phi):
    null = independent(np.full((1, 4), mean), np.full((1, 4), phi))
    drawn = sample(null, n_replicates=2_000, rng=np.random.default_rng(3)).ravel()
    law = stats.poisson(mean) if phi == 1 else stats.nbinom(mean / (phi - 1), 1 / phi)
    assert close(drawn, law.pmf) > 1e-3
    assert drawn.mean() == pytest.approx(mean, abs=4 * np.sqrt(phi * mean / drawn.size))


def test_narrow_and_wide_cells_side_by_side():
    mean, phi = np.array([[3.0, 9_000.0], [8_000.0, 0.0]]), np.array([[1.0, 2.0], [1.0, 1.0]])
    drawn = sample(independent(mean, phi), n_replicates=3_000, rng=np.random.default_rng(8))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, rtol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), mean * phi, rtol=0.15)


def test_few_cases_are_scattered_and_still_poisson():
    mean = np.array([[0.02, 0.3], [0.0, 0.1]])
    drawn = sample(independent(mean, np.ones((2, 2))), n_replicates=8_000, rng=np.random.default_rng(5))
    for a, t in np.ndindex(2, 2):
        assert close(drawn[:, a, t], stats.poisson(mean[a, t]).pmf) > 1e-3
    together = np.corrcoef(drawn[:, 0, 1], drawn[:, 1, 1])[0, 1]
    assert abs(together) < 0.04
    assert not drawn[:, 1, 0].any()


WEIGHT, OUTSIDE = np.array([[1.0, 0.0], [3.0, 0.5]]), 2.0


@pytest.mark.parametrize("n_cases", [0, 3, 40, 5_000, 40_000])
def test_a_fixed_total_is_shared_out_in_proportion(n_cases):
    """Thrown one by one, by tables and thrown, by NumPy."""
    drawn = sample(
        fixed(WEIGHT, outside=OUTSIDE, n_cases=n_cases), n_replicates=1_500, rng=np.random.default_rng(6)
    )
    assert not drawn[:, 0, 1].any()
    for a, t in ((0, 0), (1, 0), (1, 1)):
        assert close(drawn[:, a, t], stats.binom(n_cases, WEIGHT[a, t] / 6.5).pmf) > 1e-3
    assert close(drawn.sum(axis=(1, 2)), stats.binom(n_cases, 4.5 / 6.5).pmf) > 1e-3
    if n_cases:
        shares = np.cov(drawn[:, 0, 0], drawn[:, 1, 0])
        assert shares[0, 1] == pytest.approx(-n_cases * (1 / 6.5) * (3 / 6.5), rel=0.3)


@pytest.mark.parametrize("n_cases", [2, 70, 900, 40_000])
def test_without_anything_outside_every_case_is_inside(n_cases):
    drawn = sample(
        fixed(WEIGHT, outside=0.0, n_cases=n_cases), n_replicates=200, rng=np.random.default_rng(2)
    )
    assert (drawn.sum(axis=(1, 2)) == n_cases).all()


def test_the_twin_of_a_fixed_total_has_the_same_moments():
    weight, rng = [2.0, 1.0, 0.0, 5.0], np.random.default_rng(2)
    slow = np.array([naive.fixed(weight, 12, rng) for _ in range(1_500)])[:, :3]
    null = fixed(np.array(weight[:3])[:, None], outside=5.0, n_cases=12)
    fast = sample(null, n_replicates=1_500, rng=rng)[:, :, 0]
    np.testing.assert_allclose(slow.mean(axis=0), fast.mean(axis=0), atol=0.25)
    np.testing.assert_allclose(slow.var(axis=0), fast.var(axis=0), atol=0.5)


AREA, STEP = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3]), np.array([0, 1, 2, 0, 2, 1, 1, 2, 3, 0])


def test_a_permutation_keeps_the_cases_of_every_area_and_step():
    null = permuted(AREA, STEP, n_areas=4, n_steps=4)
    drawn = sample(null, n_replicates=400, rng=np.random.default_rng(7))
    assert (drawn.sum(axis=2) == np.bincount(AREA)).all()
    assert (drawn.sum(axis=1) == np.bincount(STEP)).all()
    short = sample(permuted(AREA, STEP, n_areas=4, n_steps=2), n_replicates=400, rng=np.random.default_rng(7))
    assert (short.sum(axis=1) == np.bincount(STEP)[:2]).all()
    assert (drawn[0, :, :2] == short[0]).all()  # the same shuffle, stopped earlier


def test_a_permuted_cell_is_hypergeometric():
    null = permuted(AREA, STEP, n_areas=4, n_steps=1)
    drawn = sample(null, n_replicates=6_000, rng=np.random.default_rng(9))[:, 2, 0]
    assert close(drawn, stats.hypergeom(10, 4, 3).pmf) > 1e-3
    rng = np.random.default_rng(9)
    slow = [naive.permuted(AREA.tolist(), STEP.tolist(), 4, 1, rng)[2][0] for _ in range(3_000)]
    assert np.mean(slow) == pytest.approx(drawn.mean(), abs=0.06)


def test_swaps_reach_every_allowed_arrangement_equally_often():
    area, step = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 2])
    is_open = np.ones((3, 3), bool)
    is_open[0, 2] = is_open[2, 0] = False
    null = swapped(area, step, is_open, n_steps=3)
    allowed = naive.arrangements(area.tolist(), step.tolist(), is_open.tolist())
    drawn = sample(null, n_replicates=6_000, rng=np.random.default_rng(1))
    keys = {}
    for table in drawn.astype(int):
        key = tuple(
            sorted(itertools.chain.from_iterable([(a, t)] * table[a, t] for a, t in np.ndindex(3, 3)))
        )
        keys[key] = keys.get(key, 0) + 1
    assert set(keys) == set(allowed)
    share = np.array([allowed[k] for k in keys]) / sum(allowed.values())
    found = np.array(list(keys.values())) / 6_000
    np.testing.assert_allclose(found, share, atol=0.03)
    assert (step == [0, 1, 1, 2, 2]).all()  # what was given is left alone


def test_nothing_to_draw():
    empty = np.empty(0, np.int64)
    for null in (
        permuted(empty, empty, n_areas=2, n_steps=2), swapped(empty, empty, np.ones((2, 3), bool), n_steps=2),
        fixed(np.zeros((2, 2)), outside=0.0, n_cases=0), independent(np.zeros((2, 2)), np.ones((2, 2))),
    ):  # fmt: skip
        assert not sample(null, n_replicates=2, rng=np.random.default_rng(0)).any()


def test_a_null_can_be_used_again():
    """What one scan draws does not depend on what was drawn before."""
    null = permuted(AREA, STEP, n_areas=4, n_steps=3)
    gap = swapped(AREA, STEP, np.ones((4, 4), bool), n_steps=3)
    for one in (null, gap):
        a, b = (sample(one, n_replicates=40, rng=np.random.default_rng(3)) for _ in range(2))
        assert (a == b).all()
