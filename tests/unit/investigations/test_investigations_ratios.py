"""Figures of one table and of strata, against published examples and other roads to the same number."""

from __future__ import annotations

from math import exp, inf, isinf, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, contingency

from fireline.investigations.ratios import exact_odds, mantel_haenszel, share, two_by_two

OSWEGO_VANILLA = (43, 11, 3, 18)  # church supper, Oswego 1940: vanilla ice cream
COUNT = st.integers(0, 30)


def test_oswego_vanilla_ice_cream():
    found = two_by_two(*OSWEGO_VANILLA)
    assert found.exposed.rate == pytest.approx(43 / 54)
    assert found.unexposed.rate == pytest.approx(3 / 21)
    assert found.risk_ratio == pytest.approx(5.57, abs=0.005)
    assert found.risk_low == pytest.approx(1.94, abs=0.005)
    assert found.risk_high == pytest.approx(16.03, abs=0.005)
    assert found.risk_method == "katz"
    assert found.sample_odds_ratio == pytest.approx(23.45, abs=0.005)
    assert found.p < 0.0001
    assert found.note is None


def test_oswego_mints_are_no_risk():
    found = two_by_two(22, 18, 24, 11)  # mints: 22 of 40 eaters, 24 of 35 others
    assert found.risk_ratio == pytest.approx(0.80, abs=0.01)
    assert found.risk_low < 1 < found.risk_high


def test_lady_tasting_tea():
    found = two_by_two(3, 1, 1, 3)  # Fisher 1935
    assert found.odds_ratio == pytest.approx(6.408309, abs=1e-4)
    assert found.p == pytest.approx(34 / 70)


def test_twins_convictions():
    found = two_by_two(2, 10, 15, 3)  # Fisher 1962: convictions of dizygotic and monozygotic twins
    assert found.odds_ratio == pytest.approx(0.04693661, abs=1e-6)
    assert found.p == pytest.approx(0.0005367, abs=1e-7)
    assert found.odds_low == pytest.approx(0.0033, abs=1e-4)
    assert found.odds_high == pytest.approx(0.3632, abs=1e-4)


def test_clopper_pearson_of_none_in_ten():
    found = share(0, 10)
    assert found.low == 0
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 10))  # 0.3085


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=60, deadline=None)
def test_clopper_pearson_limits_are_where_the_tails_are(pair):
    ill, total = pair
    found = share(ill, total)
    if ill:
        assert binom.sf(ill - 1, total, found.low) == pytest.approx(0.025, abs=1e-9)
    if ill < total:
        assert binom.cdf(ill, total, found.high) == pytest.approx(0.025, abs=1e-9)
    assert found.low <= found.rate <= found.high


def test_share_of_nobody_is_not_computable():
    found = share(0, 0)
    assert (found.rate, found.low, found.high) == (None, None, None)


@pytest.mark.parametrize(("ill", "total"), [(-1, 4), (5, 4)])
def test_share_refuses_impossible_counts(ill, total):
    with pytest.raises(ValueError, match="between 0 and total"):
        share(ill, total)


@pytest.mark.parametrize(
    "table", [OSWEGO_VANILLA, (2, 10, 15, 3), (3, 1, 1, 3), (1, 9, 11, 3), (30, 2, 4, 50)]
)
def test_exact_odds_agrees_with_scipy(table):
    a, b, c, d = table
    theirs = contingency.odds_ratio([[a, b], [c, d]], kind="conditional")
    interval = theirs.confidence_interval(0.95)
    assert exact_odds(a, b, c, d) == pytest.approx((theirs.statistic, interval.low, interval.high), rel=1e-6)


def test_zero_among_the_unexposed_gives_infinity_and_an_exact_lower_limit():
    found = two_by_two(12, 8, 0, 20)
    assert isinf(found.risk_ratio)
    assert found.risk_method == "exact"
    assert found.risk_low > 1
    assert found.risk_high == inf
    assert isinf(found.odds_ratio)
    assert "Nobody unexposed is ill" in found.note.en


def test_zero_among_the_exposed_gives_zero_and_an_exact_upper_limit():
    found = two_by_two(0, 20, 12, 8)
    assert found.risk_ratio == 0
    assert found.risk_low == 0
    assert 0 < found.risk_high < 1
    assert found.odds_ratio == 0


def test_exact_interval_is_wider_than_what_a_correction_would_give():
    found = two_by_two(5, 0, 0, 5)
    assert found.risk_low == pytest.approx(
        share(5, 5, level=sqrt(0.95)).low / share(0, 5, level=sqrt(0.95)).high
    )


def test_everybody_ill_has_ratio_one_and_no_odds():
    found = two_by_two(6, 0, 4, 0)
    assert found.risk_ratio == 1
    assert found.odds_ratio is None
    assert found.p is None
    assert "Nobody is well" in found.note.en


@pytest.mark.parametrize("table", [(5, 5, 0, 0), (0, 0, 5, 5), (0, 5, 0, 5)])
def test_no_group_to_compare_gives_no_ratio(table):
    found = two_by_two(*table)
    assert found.risk_ratio is None
    assert found.odds_ratio is None
    assert found.note is not None


def test_well_cell_of_zero_is_said():
    assert "odds ratio is infinite" in two_by_two(8, 0, 4, 6).note.en


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match="negative"):
        two_by_two(1, 2, -1, 4)
    with pytest.raises(ValueError, match="negative"):
        mantel_haenszel([(1, 2, 3, -4)])


@given(COUNT, COUNT, COUNT, COUNT)
@settings(max_examples=80, deadline=None)
def test_swapping_the_groups_turns_the_ratios_over(a, b, c, d):
    one, other = two_by_two(a, b, c, d), two_by_two(c, d, a, b)
    assert one.p == pytest.approx(other.p) if one.p is not None else other.p is None
    if one.odds_ratio and not isinf(one.odds_ratio):
        assert one.odds_ratio * other.odds_ratio == pytest.approx(1, rel=1e-6)
    if one.risk_ratio and not isinf(one.risk_ratio):
        assert one.risk_ratio * other.risk_ratio == pytest.approx(1)
        assert one.risk_low * other.risk_high == pytest.approx(1)


@given(COUNT, COUNT, COUNT, COUNT)
@settings(max_examples=80, deadline=None)
def test_estimates_lie_inside_their_intervals(a, b, c, d):
    found = two_by_two(a, b, c, d)
    if found.risk_ratio is not None:
        assert found.risk_low <= found.risk_ratio <= found.risk_high
    if found.odds_ratio is not None:
        assert found.odds_low <= found.odds_ratio <= found.odds_high


UGDP = [(8, 98, 5, 115), (22, 76, 16, 69)]  # tolbutamide and deaths, under 55 and 55 or older


def test_university_group_diabetes_program():
    found = mantel_haenszel(UGDP)
    assert found.risk_ratio == pytest.approx(1.33, abs=0.01)
    assert found.odds_ratio == pytest.approx(1.40, abs=0.01)
    crude = two_by_two(*(sum(s[i] for s in UGDP) for i in range(4)))
    assert crude.risk_ratio == pytest.approx(1.44, abs=0.01)  # age confounds
    assert found.n_strata == 2
    assert found.n_left_out == 0


def test_one_stratum_is_the_table_itself():
    a, b, c, d = OSWEGO_VANILLA
    found = mantel_haenszel([OSWEGO_VANILLA])
    crude = two_by_two(*OSWEGO_VANILLA)
    assert found.risk_ratio == pytest.approx(crude.risk_ratio)
    assert found.risk_low == pytest.approx(crude.risk_low)  # Greenland-Robins becomes Katz
    assert found.odds_ratio == pytest.approx(crude.sample_odds_ratio)
    woolf = 1.959963985 * sqrt(1 / a + 1 / b + 1 / c + 1 / d)  # Robins-Breslow-Greenland becomes Woolf
    assert found.odds_low == pytest.approx(exp(log(found.odds_ratio) - woolf))


def test_empty_strata_carry_nothing():
    assert mantel_haenszel([*UGDP, (0, 0, 3, 4), (5, 5, 0, 0)]).risk_ratio == pytest.approx(
        mantel_haenszel(UGDP).risk_ratio
    )
    assert mantel_haenszel([*UGDP, (0, 0, 3, 4)]).n_left_out == 1


def test_no_strata_give_nothing():
    found = mantel_haenszel([])
    assert (found.risk_ratio, found.odds_ratio, found.p) == (None, None, None)


def test_nobody_unexposed_ill_in_any_stratum_is_infinite_without_interval():
    found = mantel_haenszel([(4, 4, 0, 9), (2, 5, 0, 7)])
    assert isinf(found.risk_ratio)
    assert found.risk_low is None
    assert isinf(found.odds_ratio)
