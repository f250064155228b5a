"""How much of a sum stands behind a day: units that are missing, begin, end, differ in size."""

from __future__ import annotations

import numpy as np
import pytest

from fireline.feeds.reporting.coverage import coverage, weights

NAN = np.nan


def town(n_days=60, rates=(40.0, 10.0, 5.0), seed=1):
    rng = np.random.default_rng(seed)
    return rng.poisson(np.array(rates), (n_days, len(rates))).astype(float)


def due(figure):
    return np.ones(figure.shape, bool)


def test_all_units_every_day_are_the_whole():
    figure = town()
    assert np.array_equal(coverage(figure, due(figure)), np.ones(60))


@pytest.mark.parametrize(("unit", "left"), [(0, 15 / 55), (1, 45 / 55), (2, 50 / 55)])
def test_a_missing_unit_counts_as_much_as_it_usually_gives(unit, left):
    figure = town()
    figure[40, unit] = NAN
    share = coverage(figure, due(figure), least=0.0)
    assert share[40] == pytest.approx(left, abs=0.02)
    assert np.allclose(np.delete(share, 40), 1.0)


def test_less_than_half_of_the_usual_is_a_gap_and_no_number():
    figure = town()
    figure[40, 0] = NAN  # 15 of 55
    figure[41, 1:] = NAN  # 40 of 55
    figure[42] = NAN
    share = coverage(figure, due(figure))
    assert np.isnan(share[[40, 42]]).all() and share[41] == pytest.approx(40 / 55, abs=0.02)


def test_a_unit_that_begins_makes_the_days_before_smaller_and_none_later_larger():
    figure = town()
    figure[:50, 1] = NAN
    owed = due(figure)
    owed[:50, 1] = False
    share = coverage(figure, owed)
    assert np.allclose(share[50:], 1.0) and share[:50] == pytest.approx(45 / 55, abs=0.03)


def test_a_unit_on_its_first_day_is_worth_what_it_brings():
    figure = town()
    figure[:59, 1] = NAN
    owed = due(figure)
    owed[:59, 1] = False
    share = coverage(figure, owed)
    whole, before = figure[59].sum() / share[59], np.nansum(figure[:59], axis=1).mean() / share[0]
    assert whole == pytest.approx(before, rel=0.35)
    assert share[0] < 1.0


def test_a_unit_that_ended_makes_the_days_before_larger():
    figure = town()
    figure[30:, 0] = NAN
    owed = due(figure)
    owed[30:, 0] = False
    share = coverage(figure, owed)
    assert np.allclose(share[30:], 1.0) and share[:30] == pytest.approx(55 / 15, rel=0.1)


def test_a_common_rise_moves_no_weight():
    figure = town()
    risen = figure.copy()
    risen[45:] = np.round(risen[45:] * 4)
    risen[50, 1] = figure[50, 1] = NAN
    calm, high = coverage(figure, due(figure)), coverage(risen, due(risen))
    assert high == pytest.approx(calm, abs=0.02)
    only_winter = figure.copy() * np.where(np.arange(60) < 30, 5.0, 1.0)[:, None]
    only_winter[30:, 2] = NAN  # a small unit seen in the high days only is still small
    found = weights(only_winter)
    assert found[2] / found[0] == pytest.approx(5 / 40, rel=0.25)


def test_a_day_that_is_not_due_is_whole_without_the_unit():
    figure = town()
    sunday = np.arange(60) % 7 == 6
    figure[sunday, 0] = NAN
    owed = due(figure)
    owed[sunday, 0] = False
    share = coverage(figure, owed)
    assert (
        share[sunday] == pytest.approx(np.full(sunday.sum(), share[sunday][0])) and not np.isnan(share).any()
    )


def test_edges():
    assert coverage(np.empty((0, 2)), np.empty((0, 2), bool)).size == 0
    empty = np.full((5, 2), NAN)
    assert np.isnan(coverage(empty, due(empty))).all() and not weights(empty).any()
    zeros = np.zeros((5, 2))
    assert np.array_equal(coverage(zeros, due(zeros)), np.ones(5))
    one = town(rates=(4.0,))
    one[3] = NAN
    assert np.isnan(coverage(one, due(one))[3])
    with pytest.raises(ValueError, match=r"expected shape \(5, 2\)"):
        coverage(zeros, np.ones((4, 2), bool))
    beside = coverage(zeros, np.zeros((5, 2), bool))  # nobody owed it, everybody came
    assert np.array_equal(beside, np.ones(5))
