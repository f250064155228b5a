"""kernels.scan says what plain loops over all zones and windows say, for the data and for every replicate."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_scan as naive

from fireline.kernels import scan
from fireline.kernels.scan import (
    Tree,
    best_apart,
    limits,
    replicate_maxima,
    zone_scores,
    zone_sums,
)
from fireline.kernels.scan_draws import LANES, fixed, independent, permuted, sample
from fireline.signals.clusters.zones import listed_zones


def world(seed, *, n_areas=6, n_time=5, mean=1.5, n_zones=12):
    """Counts and expectations, time first, and zones drawn at random."""
    rng = np.random.default_rng(seed)
    expected = rng.gamma(2.0, mean / 2, (n_time, n_areas))
    counts = rng.poisson(expected).astype(float)
    sets = {
        tuple(sorted(rng.choice(n_areas, rng.integers(1, n_areas + 1), replace=False).tolist()))
        for _ in range(n_zones)
    }
    return counts, expected, listed_zones(sets, n_areas=n_areas)


def by_steps_back(cells, n):
    return np.cumsum(cells[: -n - 1 : -1].T, axis=1)


def scored(counts, expected, zones, duration, total=0.0):
    observed = zone_sums(zones.tree, by_steps_back(counts, duration))
    wanted = zone_sums(zones.tree, by_steps_back(expected, duration))
    return observed, wanted, zone_scores(zones.tree, observed, wanted, total=total)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.booleans(), st.sampled_from([0.1, 1.5, 40.0]))
def test_scores_and_clusters_equal_the_loops(seed, duration, is_conditional, mean):
    counts, expected, zones = world(seed, mean=mean)
    total = 0.0
    if is_conditional and counts.sum():
        total = counts.sum()
        expected *= total / expected.sum()
    _, _, best = scored(counts, expected, zones, duration, total)
    loops = {}
    for score, zone, d, _, _ in naive.windows(
        counts.tolist(), expected.tolist(), zones.sets(), duration, total
    ):
        if zone not in loops or score > loops[zone][0] + 1e-12:
            loops[zone] = (score, d)
    for z in np.flatnonzero(zones.tree.is_zone):
        score, d = loops[zones.members(int(z))]
        assert best.score[z] == pytest.approx(score, rel=1e-9, abs=1e-9)
        assert best.duration[z] == d or score < 1e-9
    picked = best_apart(zones.tree, best.score, n_areas=6, n_most=4)
    apart = naive.clusters(counts.tolist(), expected.tolist(), zones.sets(), duration, total, n_most=4)
    np.testing.assert_allclose(best.score[picked], [c[0] for c in apart], rtol=1e-9, atol=1e-9)
    used = [a for z in picked for a in zones.members(int(z))]
    assert len(used) == len(set(used))


NULLS = ["independent", "scattered", "dispersed", "fixed", "conditional", "permuted"]


def null_of(kind, counts, expected, duration):
    window = expected[: -duration - 1 : -1].T
    if kind in ("independent", "scattered"):
        return independent(window, np.ones_like(window)), 0.0
    if kind == "dispersed":
        return independent(window, np.full_like(window, 2.5)), 0.0
    n = int(counts.sum())
    if kind == "permuted":
        step, area = np.nonzero(counts[::-1])
        times = counts[::-1][step, area].astype(int)
        return permuted(np.repeat(area, times), np.repeat(step, times), n_areas=6, n_steps=duration), float(n)
    outside = max(0.0, expected.sum() - window.sum())
    return fixed(window, outside=outside, n_cases=n), float(n) * (kind == "conditional")


@pytest.mark.parametrize("kind", NULLS)
@pytest.mark.parametrize("duration", [1, 3])
def test_every_maximum_is_that_of_the_loops_on_the_same_draw(kind, duration):
    counts, expected, zones = world(5, mean=0.2 if kind == "scattered" else 2.0)
    null, total = null_of(kind, counts, expected, duration)
    if total:
        expected = expected * (total / expected.sum())
    _, wanted, _ = scored(counts, expected, zones, duration, total)
    given_limits = limits(zones.tree, wanted, total=total, largest=1e4)
    n = LANES + 7  # one full vector and a part of one
    maxima = replicate_maxima(zones.tree, given_limits, null, n_replicates=n, rng=np.random.default_rng(8))
    drawn = sample(null, n_replicates=n, rng=np.random.default_rng(8))
    for i in range(n):
        rows = np.zeros_like(counts)
        rows[: -duration - 1 : -1] = drawn[i].T
        loops = naive.largest(rows.tolist(), expected.tolist(), zones.sets(), duration, total)
        assert maxima[i] == pytest.approx(loops, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("largest", [1e4, 1e9])  # 32-bit and 64-bit floats
@pytest.mark.parametrize("total", [0.0, 400.0])
def test_limits_never_hide_a_score(largest, total):
    """Above its limit or not: a count that scores more than s^2 is above base + slope s, or above half."""
    expected = np.geomspace(1e-3, 390, 60)[:, None]
    tree = Tree(np.zeros(60, np.int64), np.ones(60, np.int64), np.ones(60, bool))
    found = limits(tree, expected, total=total, largest=largest)
    counts = np.concatenate([np.arange(0, 60), np.arange(60, 400, 7)]).astype(float)
    for z, b in enumerate(expected[:, 0]):
        for c in counts[counts <= (total or 1e9)]:
            s = found.base.dtype.type(math.sqrt(naive.score(c, b, total)) * (1 - 1e-6))
            if naive.score(c, b, total) > 0:
                assert c > found.base[z, 0] + found.slope[z, 0] * s or c > found.half


def test_limits_are_tight_where_chance_ends():
    """Of counts that do not beat a usual maximum few ask for a logarithm."""
    expected = np.array([[0.5], [5.0], [50.0], [500.0]])
    tree = Tree(np.zeros(4, np.int64), np.ones(4, np.int64), np.ones(4, bool))
    found = limits(tree, expected, total=0.0, largest=1e4)
    for z, b in enumerate(expected[:, 0]):
        needed = next(c for c in range(2_000) if naive.score(c, b) > 6.0)
        assert found.base[z, 0] + found.slope[z, 0] * math.sqrt(6.0) > needed - 2


def test_a_node_that_is_no_zone_never_scores():
    tree = Tree(np.array([0, 1]), np.array([1, 2]), np.array([False, True]))
    observed, expected = np.array([[9.0], [9.0]]), np.array([[1.0], [8.0]])
    best = zone_scores(tree, observed, expected, total=0.0)
    assert best.score[0] == 0 and best.score[1] == pytest.approx(naive.score(9, 8))
    found = limits(tree, expected, total=0.0, largest=1e3)
    assert np.isinf(found.base[0, 0]) and np.isfinite(found.base[1, 0])


def test_nothing_expected_and_nothing_drawn_scores_nothing():
    zones = listed_zones([[0], [0, 1]], n_areas=2)
    null = independent(np.zeros((2, 2)), np.ones((2, 2)))
    given_limits = limits(zones.tree, np.zeros((2, 2)), total=0.0, largest=10.0)
    maxima = replicate_maxima(zones.tree, given_limits, null, n_replicates=3, rng=np.random.default_rng(0))
    assert maxima.tolist() == [0, 0, 0]


def test_no_zone_at_all():
    zones = listed_zones([], n_areas=3)
    empty = zone_sums(zones.tree, np.ones((3, 2)))
    assert empty.shape == (0, 2)
    assert zone_scores(zones.tree, empty, empty, total=0.0).score.size == 0
    assert best_apart(zones.tree, np.empty(0), n_areas=3, n_most=2).size == 0
    null = independent(np.ones((3, 2)), np.ones((3, 2)))
    given_limits = limits(zones.tree, empty, total=0.0, largest=10.0)
    maxima = replicate_maxima(zones.tree, given_limits, null, n_replicates=5, rng=np.random.default_rng(0))
    assert maxima.tolist() == [0.0] * 5


def test_the_same_seed_gives_the_same_maxima():
    counts, expected, zones = world(3)
    null, _ = null_of("independent", counts, expected, 2)
    _, wanted, _ = scored(counts, expected, zones, 2)
    given_limits = limits(zones.tree, wanted, total=0.0, largest=1e4)

    def run(seed):
        return replicate_maxima(
            zones.tree, given_limits, null, n_replicates=70, rng=np.random.default_rng(seed)
        ).tolist()

    assert run(1) == run(1) != run(2)


def test_large_counts_are_summed_in_64_bits():
    """Beyond 2^24 a 32-bit float skips whole numbers."""
    zones = listed_zones([[0], [0, 1]], n_areas=2)
    mean = np.array([[3e7], [2e7]])
    null = independent(mean, np.ones((2, 1)))
    wanted = zone_sums(zones.tree, mean)
    given_limits = limits(zones.tree, wanted, total=0.0, largest=6e7)
    assert given_limits.base.dtype == np.float64
    maxima = replicate_maxima(zones.tree, given_limits, null, n_replicates=9, rng=np.random.default_rng(4))
    drawn = sample(null, n_replicates=9, rng=np.random.default_rng(4))
    for i in range(9):
        loops = max(naive.score(drawn[i, 0, 0], 3e7), naive.score(drawn[i, :, 0].sum(), 5e7))
        assert maxima[i] == pytest.approx(loops, rel=1e-9, abs=1e-9)


def test_replicates_come_in_chunks_when_they_are_many(monkeypatch):
    """The memory they are drawn into is bounded; with one number for each cell the chunks change nothing."""
    counts, expected, zones = world(3)
    null, _ = null_of("independent", counts, expected, 2)
    _, wanted, _ = scored(counts, expected, zones, 2)
    given_limits = limits(zones.tree, wanted, total=0.0, largest=1e4)
    runs = []
    for n_bytes in (1 << 24, 1):
        monkeypatch.setattr(scan, "_CHUNK_BYTES", n_bytes)
        rng = np.random.default_rng(1)
        runs.append(replicate_maxima(zones.tree, given_limits, null, n_replicates=150, rng=rng).tolist())
    assert runs[0] == runs[1]


def test_of_equals_the_one_of_fewest_areas_is_picked():
    zones = listed_zones([[0, 1], [1], [2]], n_areas=3)
    node = {zones.members(z): z for z in range(zones.tree.area.size)}
    score = np.zeros(zones.tree.area.size)
    score[node[(0, 1)]] = score[node[(1,)]] = 4.0
    score[node[(2,)]] = 3.0
    picked = best_apart(zones.tree, score, n_areas=3, n_most=5)
    assert [zones.members(int(z)) for z in picked] == [(1,), (2,)]


@pytest.mark.parametrize("share", [0.44, 0.46, 0.9])
def test_a_zone_that_expects_half_of_everything_is_always_scored(share):
    """Beyond half of the total the tangents hold no more."""
    total = 200.0
    expected = np.array([[share * total]])
    tree = Tree(np.zeros(1, np.int64), np.ones(1, np.int64), np.ones(1, bool))
    found = limits(tree, expected, total=total, largest=1e3)
    for c in range(int(expected[0, 0]) + 1, 201):
        s = math.sqrt(naive.score(c, expected[0, 0], total))
        assert c > found.base[0, 0] + found.slope[0, 0] * s * (1 - 1e-6) or c > found.half
