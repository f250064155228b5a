"""The space-time scan as a whole: what it finds, what must not move it, and p that is what it says."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.reference import naive_scan as naive

from fireline.signals import (
    ScanBaseline,
    ScanModel,
    circular_zones,
    connected_zones,
    listed_zones,
    scan_many,
    space_time_scan,
)

NAN = np.nan
SEEDS = st.integers(0, 10**6)


def world(seed, *, n_areas=9, n_time=8, mean=2.0):
    rng = np.random.default_rng(seed)
    lon, lat = rng.random((2, n_areas)) * 3
    population = rng.gamma(2.0, 5_000, n_areas)
    counts = rng.poisson(population / population.mean() * mean, (n_time, n_areas)).astype(float)
    return counts, population, lon, lat


def scan(counts, zones, *, seed=1, n_replicates=39, max_duration=3, **more):
    return space_time_scan(
        counts,
        zones=zones,
        max_duration=max_duration,
        rng=np.random.default_rng(seed),
        n_replicates=n_replicates,
        **more,
    )


def figures(found):
    return [
        (c.areas, c.first_step, c.observed, round(c.expected, 9), round(c.score, 9)) for c in found.clusters
    ]


def test_a_planted_outbreak_is_the_most_likely_cluster():
    counts, population, lon, lat = world(4)
    zones = circular_zones(lon, lat)
    inside = list(next(s for s in zones.sets() if len(s) == 3))
    expected = np.tile(population / population.mean() * 2.0, (8, 1))
    counts[-2:, inside] += 7
    for model in ScanModel:
        more = {"expected": expected} if model is ScanModel.POISSON else {}
        best = scan(counts, zones, model=model, n_replicates=199, **more).clusters[0]
        assert list(best.areas) == inside and best.duration == 2 and best.last_step == 7
        assert best.p_monte_carlo == 1 / 200 and best.p_gumbel < 1e-3
        assert best.relative_risk > 1.5
    found = scan(counts, zones, expected=expected, n_replicates=199, cadence_d=7.0)
    best = found.clusters[0]
    assert best.recurrence_d == 1400 and best.recurrence_gumbel_d == pytest.approx(7 / best.p_gumbel)
    assert best.relative_risk == pytest.approx(best.observed / best.expected)
    assert found.baseline is ScanBaseline.SUPPLIED and found.n_zones == zones.n_zones


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(1, 4), st.sampled_from(list(ScanModel)), st.booleans())
def test_clusters_are_those_of_the_loops(seed, duration, model, has_gap):
    counts, population, lon, lat = world(seed, mean=1.0)
    if has_gap:
        counts[-2, 1] = counts[3, 4] = NAN
    zones = circular_zones(lon, lat, max_areas=4)
    more = {} if model is ScanModel.PERMUTATION else {"population": population}
    found = scan(counts, zones, model=model, max_duration=duration, n_replicates=3, **more)
    is_open = ~np.isnan(counts)
    total = np.nansum(counts)
    if model is ScanModel.PERMUTATION:
        expected = is_open * 1.0
        for _ in range(500):
            expected *= (np.nansum(counts, axis=1) / np.maximum(expected.sum(axis=1), 1e-300))[:, None]
            expected *= np.nansum(counts, axis=0) / np.maximum(expected.sum(axis=0), 1e-300)
    else:
        expected = np.where(is_open, population, 0.0) * total / np.where(is_open, population, 0.0).sum()
    loops = naive.clusters(
        counts.tolist(),
        expected.tolist(),
        zones.sets(),
        duration,
        0.0 if model is ScanModel.POISSON else total,
    )
    assert len(found.clusters) == len(loops)
    for ours, (score, _, _, c, b) in zip(found.clusters, loops, strict=True):
        assert ours.score == pytest.approx(score, rel=1e-6, abs=1e-7)
        if score > 1e-6:
            assert ours.observed == c and ours.expected == pytest.approx(b, rel=1e-6)
            if model is ScanModel.POISSON or c < total:
                outside = 1.0 if model is ScanModel.POISSON else (total - c) / (total - b)
                assert ours.relative_risk == pytest.approx(c / b / outside, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.sampled_from(list(ScanModel)))
def test_the_order_of_areas_changes_nothing(seed, model):
    counts, population, lon, lat = world(seed)
    order = np.random.default_rng(seed).permutation(9)
    more = (
        [{}, {}]
        if model is ScanModel.PERMUTATION
        else [{"population": population}, {"population": population[order]}]
    )
    one = scan(counts, circular_zones(lon, lat), model=model, n_replicates=2, **more[0])
    other = scan(
        counts[:, order], circular_zones(lon[order], lat[order]), model=model, n_replicates=2, **more[1]
    )
    assert other.n_zones == one.n_zones
    if one.clusters:
        assert other.clusters[0].score == pytest.approx(one.clusters[0].score, rel=1e-9, abs=1e-9)
        again = sorted(int(order[a]) for a in other.clusters[0].areas)
        if again != list(one.clusters[0].areas):  # two zones of the same score: either is right
            alone = scan(counts, listed_zones([again], n_areas=9), model=model, n_replicates=2, **more[0])
            assert alone.clusters[0].score == pytest.approx(one.clusters[0].score, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.sampled_from(list(ScanModel)), st.integers(2, 6))
def test_scores_grow_with_the_size_of_the_data(seed, model, times):
    """k times the cases and k times the expectation: k times the score, the same clusters."""
    counts, population, lon, lat = world(seed)
    zones = circular_zones(lon, lat)
    one, many = (scan(counts * k, zones, model=model, n_replicates=2) for k in (1, times))
    assert [c.areas for c in one.clusters] == [c.areas for c in many.clusters]
    for a, b in zip(one.clusters, many.clusters, strict=True):
        assert b.score == pytest.approx(times * a.score, rel=1e-9, abs=1e-9)
        assert b.relative_risk == pytest.approx(a.relative_risk, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_unit_of_population_changes_nothing(seed):
    counts, population, lon, lat = world(seed)
    zones = circular_zones(lon, lat)
    one, thousands = (scan(counts, zones, population=population / k) for k in (1, 1_000))
    assert figures(one) == figures(thousands)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(1, 9), st.integers(0, 2))
def test_more_cases_inside_never_lower_the_score(seed, more, steps_back):
    counts, population, lon, lat = world(seed)
    zones = circular_zones(lon, lat)
    expected = np.tile(population / population.mean() * 2.0, (8, 1))
    one = scan(counts, zones, expected=expected, n_replicates=2)
    if not one.clusters:
        return
    best = one.clusters[0]
    grown = counts.copy()
    grown[max(best.first_step, 7 - steps_back), best.areas[0]] += more
    two = scan(grown, zones, expected=expected, n_replicates=2)
    assert two.clusters[0].score > best.score
    assert scan(grown, zones, population=population, model="conditional", n_replicates=2).clusters


def test_what_was_not_reported_stands_on_neither_side():
    counts, _, lon, lat = world(9)
    zones = listed_zones([[0], [0, 1], [2]], n_areas=9)
    expected = np.full((8, 9), 2.0)
    counts[-1, 0], counts[-2, 0] = NAN, 9
    counts[:, 1:] = 2
    best = scan(counts, zones, expected=expected).clusters[0]
    assert (best.areas, best.duration, best.observed, best.expected) == ((0,), 2, 9.0, 2.0)
    zero = np.where(np.isnan(counts), 0.0, counts)
    assert scan(zero, zones, expected=expected).clusters[0].expected == 4.0
    assert scan(counts, zones, expected=expected).n_unreported == 1


def test_nothing_above_expectation_is_no_cluster():
    zones = listed_zones([[0], [1], [0, 1]], n_areas=2)
    assert scan(np.full((3, 2), 4.0), zones).clusters == ()
    assert scan(np.zeros((3, 2)), zones).clusters == ()
    assert scan(np.zeros((3, 2)), zones, model="permutation").clusters == ()
    quiet = scan(np.full((3, 2), 4.0), zones, expected=np.full((3, 2), 9.0))
    assert quiet.clusters == () and quiet.maxima.shape == (39,)


def test_clusters_share_no_area_and_are_as_many_as_asked():
    counts, _, lon, lat = world(12)
    counts[-1, [0, 4, 7]] += [30, 20, 10]
    found = scan(
        counts, listed_zones([[a] for a in range(9)], n_areas=9), n_clusters=2, expected=np.full((8, 9), 2.0)
    )
    assert [c.areas for c in found.clusters] == [(0,), (4,)]
    assert found.clusters[0].score > found.clusters[1].score


def test_of_equal_zones_the_smallest_is_named():
    """An area without a case and without an expectation does not belong to a cluster."""
    counts = np.array([[1.0, 0, 3], [5.0, 0, 2]])
    for sets in ([[0, 1], [0]], [[0], [0, 1]]):
        best = scan(counts, listed_zones(sets, n_areas=3), model="permutation", max_duration=1).clusters[0]
        assert best.areas == (0,) and best.observed == 5


def test_a_zone_that_holds_every_case_has_no_outside():
    counts = np.array([[0.0, 0.0], [6.0, 0.0]])
    best = scan(counts, listed_zones([[0]], n_areas=2), model="conditional", max_duration=1).clusters[0]
    assert math.isinf(best.relative_risk) and best.score == pytest.approx(6 * math.log(4))


def test_the_same_seed_gives_the_same_p():
    counts, population, lon, lat = world(2)
    zones = circular_zones(lon, lat)
    one, two, other = (scan(counts, zones, seed=s, population=population).maxima.tolist() for s in (5, 5, 6))
    assert one == two != other


def p_under_the_null(draw, n=240, **more):
    """p of the most likely cluster in worlds in which nothing happens."""
    rng = np.random.default_rng(77)
    _, _, lon, lat = world(1)
    zones = circular_zones(lon, lat, max_areas=4)
    found = []
    for _ in range(n):
        result = space_time_scan(draw(rng), zones=zones, max_duration=2, rng=rng, n_replicates=99, **more)
        found.append(result.clusters[0].p_monte_carlo if result.clusters else 1.0)
    return np.array(found)


MEAN = np.linspace(4.0, 12.0, 9) * np.ones((5, 1))


def with_gaps(rng):
    counts = rng.poisson(MEAN).astype(float)
    counts[4, 2] = counts[3, 7] = counts[0, 0] = NAN
    return counts


@pytest.mark.parametrize(
    ("draw", "more"),
    [
        (lambda rng: rng.poisson(MEAN).astype(float), {"expected": MEAN}),
        (
            lambda rng: rng.negative_binomial(MEAN / 2, 1 / 3).astype(float),
            {"expected": MEAN, "dispersion": 3.0},
        ),
        (lambda rng: rng.poisson(MEAN).astype(float), {"population": MEAN}),
        (lambda rng: rng.poisson(MEAN).astype(float), {"population": MEAN, "model": "conditional"}),
        (lambda rng: rng.poisson(MEAN).astype(float), {"model": "permutation"}),
        (with_gaps, {"population": MEAN}),
        (with_gaps, {"model": "permutation"}),
    ],
    ids=["expected", "dispersed", "rate", "conditional", "permutation", "rate, gaps", "permutation, gaps"],
)
def test_p_is_uniform_when_nothing_happens(draw, more):
    p = p_under_the_null(draw, **more)
    # p takes 100 values: the distance a uniform law has to their grid is a hundredth
    distance = stats.kstest(p, stats.uniform.cdf).statistic
    assert distance < 1.63 / math.sqrt(p.size) + 0.01
    assert (p <= 0.05).mean() <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / p.size)


def test_overdispersed_counts_taken_for_poisson_alarm_too_often():
    """Why dispersion is an argument."""

    def draw(rng):
        return rng.negative_binomial(MEAN / 2, 1 / 3).astype(float)

    p = p_under_the_null(draw, n=60, expected=MEAN)
    assert (p <= 0.05).mean() > 0.3


def test_streams_side_by_side_are_the_scans_one_by_one():
    counts, population, lon, lat = world(6)
    zones = circular_zones(lon, lat)
    streams = {"clinic": counts, "drugs": counts[::-1].copy()}
    found = scan_many(
        streams, zones=zones, max_duration=2, rng=np.random.default_rng(4), n_replicates=29,
        options={"drugs": {"model": "permutation"}},
    )  # fmt: skip
    assert list(found) == ["clinic", "drugs"] and found["drugs"].model is ScanModel.PERMUTATION
    children = np.random.default_rng(4).spawn(2)
    alone = space_time_scan(counts, zones=zones, max_duration=2, rng=children[0], n_replicates=29)
    assert figures(alone) == figures(found["clinic"]) and (alone.maxima == found["clinic"].maxima).all()
    with pytest.raises(ValueError, match="options: no stream 'sales'"):
        scan_many(streams, zones=zones, max_duration=2, rng=np.random.default_rng(4), options={"sales": {}})


def test_connected_zones_find_what_no_circle_holds():
    """A river: areas in a row far from round."""
    n = 24
    border = [(a, a + 1) for a in range(n - 1)]
    zones = connected_zones(border, n_areas=n, max_areas=8, exhaustive=6)
    counts = np.full((4, n), 3.0)
    counts[-1, 5:11] = 12
    found = scan(counts, zones, expected=np.full((4, n), 3.0), n_replicates=99)
    assert found.clusters[0].areas == (5, 6, 7, 8, 9, 10) and found.kind == "connected"


COUNTS = np.ones((3, 2))
ZONES = listed_zones([[0]], n_areas=2)


@pytest.mark.parametrize(
    ("counts", "more", "message"),
    [
        (COUNTS, {"zones": listed_zones([[0]], n_areas=3)}, "zones: made for 3 areas"),
        (COUNTS, {"max_duration": 4}, "max_duration"),
        (COUNTS, {"n_replicates": 0}, "n_replicates"),
        (COUNTS, {"cadence_d": 0.0}, "cadence_d"),
        (COUNTS, {"model": "bayes"}, "bayes"),
        (COUNTS, {"baseline": "margins"}, "baseline margins does not go with model poisson"),
        (COUNTS, {"model": "permutation", "baseline": "uniform_rate"}, "does not go with model permutation"),
        (COUNTS, {"baseline": "supplied"}, "expected is given for supplied"),
        (COUNTS, {"baseline": "uniform_rate", "expected": COUNTS}, "expected is given for supplied"),
        (COUNTS, {"expected": COUNTS, "population": [1, 1]}, "takes no population"),
        (COUNTS, {"model": "permutation", "population": [1, 1]}, "takes no population"),
        (COUNTS, {"baseline": "population_by_step"}, "population: needed"),
        (COUNTS, {"dispersion": 2.0}, "dispersion: above 1 only"),
        (COUNTS, {"expected": COUNTS, "dispersion": 0.5}, "dispersion: every number"),
        (COUNTS, {"expected": COUNTS, "dispersion": [1.0, 2.0]}, "dispersion: expected one number"),
        (COUNTS, {"tail": "eyes"}, "tail"),
    ],
)
def test_refuses_wrong_input(counts, more, message):
    with pytest.raises(ValueError, match=message):
        scan(counts, **{"zones": ZONES, "max_duration": 2, **more})


def test_the_same_number_in_every_step_takes_the_total_as_given():
    """A step with more cases everywhere is no news to this baseline once it stands in all steps alike."""
    counts, population, lon, lat = world(8)
    zones = circular_zones(lon, lat)
    found = scan(counts, zones, model="conditional", baseline="population_by_step", population=population)
    assert found.baseline is ScanBaseline.POPULATION_BY_STEP
    same = scan(counts, zones, model="conditional", population=population)
    assert figures(found) == figures(same)  # people who do not change: both baselines agree
    growing = population * np.linspace(1, 3, 8)[:, None]
    by_step = scan(counts, zones, model="conditional", baseline="population_by_step", population=growing)
    assert (
        figures(by_step)
        == figures(found)
        != figures(scan(counts, zones, model="conditional", population=growing))
    )


@pytest.mark.parametrize("model", list(ScanModel))
def test_a_longer_look_back_never_lowers_the_best_score(model):
    counts, _, lon, lat = world(15)
    zones = circular_zones(lon, lat)
    best = [scan(counts, zones, model=model, max_duration=d, n_replicates=2).clusters for d in range(1, 9)]
    scores = [c[0].score if c else 0.0 for c in best]
    assert scores == sorted(scores) and scores[-1] > 0


def test_more_zones_never_lower_the_best_score():
    counts, _, lon, lat = world(16)
    few, many = circular_zones(lon, lat, max_areas=2), circular_zones(lon, lat, max_share=1.0)
    assert set(few.sets()) < set(many.sets())
    expected = np.full((8, 9), 2.0)
    one, other = (scan(counts, z, expected=expected, n_replicates=199) for z in (few, many))
    assert other.clusters[0].score >= one.clusters[0].score
    # the same draws: chance has more to choose from, too
    assert (other.maxima >= one.maxima).all() and (other.maxima > one.maxima).any()


def test_what_happened_before_the_windows_does_not_move_a_supplied_expectation():
    counts, _, lon, lat = world(17)
    zones = circular_zones(lon, lat)
    expected = np.full((8, 9), 2.0)
    other = counts.copy()
    other[:5] = 40
    one, two = (scan(c, zones, expected=expected) for c in (counts, other))
    assert figures(one) == figures(two) and (one.maxima == two.maxima).all()


def test_both_tails_of_the_law_are_near_the_rank():
    counts, population, lon, lat = world(21)
    zones = circular_zones(lon, lat)
    for tail in ("moments", "likelihood"):
        found = scan(counts, zones, population=population, n_replicates=1_999, tail=tail)
        for cluster in found.clusters[:2]:
            assert cluster.p_gumbel == pytest.approx(cluster.p_monte_carlo, abs=0.04)
            assert cluster.recurrence_d == pytest.approx(1 / cluster.p_monte_carlo)
            assert cluster.recurrence_gumbel_d == pytest.approx(1 / cluster.p_gumbel)


def test_later_clusters_are_never_rarer_than_the_first():
    counts, population, lon, lat = world(23)
    counts[-1, [0, 5]] += 12
    found = scan(
        counts, circular_zones(lon, lat, max_areas=2), population=population, n_replicates=99
    ).clusters
    p = [c.p_monte_carlo for c in found]
    assert len(p) > 1 and p == sorted(p)
    assert all(c.last_step == 7 and c.first_step == 8 - c.duration for c in found)
    assert all(c.observed > c.expected for c in found)
