"""The standard simulation: its 42 scenarios, its outbreaks and their places, the same for one seed."""

from __future__ import annotations

import numpy as np
import pytest

from fireline.drill.series import N_WEEKS, SCENARIOS, Scenario, simulate

FEW = SCENARIOS[::9]


@pytest.fixture(scope="module")
def drawn():
    return simulate(rng=np.random.default_rng(5), scenarios=FEW)


def test_seven_bases_with_and_without_trend_and_up_to_two_harmonics():
    assert len(set(SCENARIOS)) == 42
    assert {s.n_harmonics for s in SCENARIOS} == {0, 1, 2}
    assert sum(s.beta == 0 for s in SCENARIOS) == 21
    assert sorted({s.phi for s in SCENARIOS}) == [1.0, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0]


def test_mean_by_hand():
    one = Scenario(0.1, 0.0025, 0.6, 0.6, 1, 1.5)
    week = 100
    angle = 2 * np.pi * week / 52
    by_hand = np.exp(0.1 + 0.0025 * week + 0.6 * np.cos(angle) + 0.6 * np.sin(angle))
    assert one.mean()[week - 1] == pytest.approx(by_hand, rel=1e-12)
    assert one.mean().shape == (N_WEEKS,)


def test_second_harmonic_goes_round_twice_a_year():
    flat, two = Scenario(1, 0, 0, 0, 0, 1), Scenario(1, 0, 0.5, 0.2, 2, 1)
    assert set(flat.mean()) == {np.e}
    np.testing.assert_allclose(two.mean()[:52], two.mean()[52:104], rtol=1e-9)
    assert two.mean()[51] == pytest.approx(np.exp(1 + 0.5 + 0.5))


def test_all_combinations_once(drawn):
    assert drawn.counts.shape == (N_WEEKS, len(FEW) * 50)
    seen = set(zip(drawn.scenario, drawn.past_size, drawn.current_size, strict=True))
    assert len(seen) == len(FEW) * 50
    np.testing.assert_array_equal(drawn.phi, [FEW[i].phi for i in drawn.scenario])


def test_same_seed_same_series(drawn):
    again = simulate(rng=np.random.default_rng(5), scenarios=FEW)
    np.testing.assert_array_equal(again.counts, drawn.counts)
    assert (simulate(rng=np.random.default_rng(6), scenarios=FEW).counts != drawn.counts).any()


def test_current_outbreak_starts_in_the_scored_weeks_and_nowhere_before(drawn):
    assert drawn.start.min() >= 575 and drawn.start.max() <= 623
    np.testing.assert_array_equal(drawn.scored_rows, np.arange(575, 624))
    first = drawn.is_current.argmax(axis=0)
    has_cases = drawn.is_current.any(axis=0)
    assert (first >= drawn.start)[has_cases].all()
    np.testing.assert_array_equal((drawn.counts - drawn.quiet) > 0, drawn.is_current)


def test_every_outbreak_has_a_case_and_loses_only_what_falls_after_the_end(drawn):
    assert drawn.size.min() >= 1
    counted = (drawn.counts - drawn.quiet).sum(axis=0)
    assert (counted <= drawn.size).all()
    np.testing.assert_array_equal(counted[drawn.start < 600], drawn.size[drawn.start < 600])


def test_past_outbreaks_stay_where_they_may_start(drawn):
    weeks = np.flatnonzero(drawn.is_past.any(axis=1))
    assert 312 <= weeks.min() <= 330 and 560 <= weeks.max() <= 590
    assert not drawn.is_past[:, drawn.past_size == 0].any()
    assert drawn.is_past[:, drawn.past_size > 0].any(axis=0).all()


def test_counts_have_the_mean_and_variance_that_are_stated():
    flat = tuple(s for s in SCENARIOS if s.beta == 0 and s.n_harmonics == 0)
    drawn = simulate(rng=np.random.default_rng(3), scenarios=flat, past_sizes=(0,), current_sizes=(0,))
    np.testing.assert_array_equal(drawn.counts, drawn.quiet)
    n = N_WEEKS
    for series, scenario in enumerate(flat):
        mean, counts = np.exp(scenario.theta), drawn.counts[:, series]
        assert counts.mean() == pytest.approx(mean, abs=4 * np.sqrt(scenario.phi * mean / n))
        # the sd of a sample variance is about sqrt((kurtosis - 1) / n) of it; negative binomials are heavy
        assert counts.var() == pytest.approx(scenario.phi * mean, rel=0.45)


def test_size_of_an_outbreak_follows_the_deviation_at_its_start():
    steady = (Scenario(4.0, 0, 0, 0, 0, 2.0),)
    drawn = simulate(
        rng=np.random.default_rng(8), scenarios=steady, past_sizes=(0,) * 400, current_sizes=(4,)
    )
    expected = 4 * np.sqrt(2 * np.exp(4))
    assert drawn.size.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / 400))
    assert drawn.is_current.sum(axis=0).max() <= 12


def test_sizes_are_not_negative():
    with pytest.raises(ValueError, match="sizes"):
        simulate(rng=np.random.default_rng(1), scenarios=FEW, past_sizes=(-1,))
