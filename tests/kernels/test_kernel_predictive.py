"""kernels.predictive equals sums of whole counts and integrals of the density; decimals lie between."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_predictive import naive_count, naive_rate

from fireline.kernels.predictive import upper_and_point

RTOL = 1e-8  # log-gamma of large arguments costs some digits


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 300), st.floats(0.01, 200), st.one_of(st.just(1.0), st.floats(1.001, 20)))
def test_whole_counts_equal_twin(y, mean, phi):
    upper, point = upper_and_point(float(y), mean, phi, False)
    expected_upper, expected_point = naive_count(y, mean, phi)
    assert upper == pytest.approx(expected_upper, rel=RTOL, abs=1e-13)
    assert point == pytest.approx(expected_point, rel=RTOL, abs=1e-290)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 60), st.floats(0.5, 30), st.floats(0.05, 5))
def test_rates_equal_twin(y, mean, phi):
    upper, point = upper_and_point(y, mean, phi, True)
    assert point == 0.0
    assert upper == pytest.approx(naive_rate(y, mean, phi), abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 60), st.floats(0.01, 0.99), st.floats(0.1, 60), st.floats(1.0, 8))
def test_decimals_lie_between_whole_counts(y, part, mean, phi):
    low, high = upper_and_point(y + 1.0, mean, phi, False)[0], upper_and_point(float(y), mean, phi, False)[0]
    between = upper_and_point(y + part, mean, phi, False)[0]
    assert low - 1e-12 <= between <= high + 1e-12


def test_a_poisson_count_by_hand():
    upper, point = upper_and_point(2.0, 3.0, 1.0, False)
    assert point == pytest.approx(4.5 * math.exp(-3), rel=1e-12)
    assert upper == pytest.approx(1 - 4 * math.exp(-3), rel=1e-12)


@pytest.mark.parametrize(
    ("y", "mean", "phi", "is_rate", "expected"),
    [
        (0.0, 0.0, 1.0, False, (1.0, 1.0)),
        (1.0, 0.0, 1.0, False, (0.0, 0.0)),
        (0.0, 4.0, 2.0, False, (1.0, 2.0**-4)),  # size 4, chance of none 2^-4
        (0.0, 4.0, 1.0, False, (1.0, math.exp(-4))),
        (0.0, 4.0, 0.2, True, (1.0, 0.0)),
    ],
)
def test_edges(y, mean, phi, is_rate, expected):
    assert upper_and_point(y, mean, phi, is_rate) == pytest.approx(expected, rel=1e-12)


def test_large_counts_stay_accurate():
    # skewed to the right, its mean lies above its median: the middle tail is 1/2 - 1/(6 sqrt(2 pi mean))
    upper, point = upper_and_point(10_000.0, 10_000.0, 1.0, False)
    assert upper - 0.5 * point == pytest.approx(0.5 - 1 / (6 * math.sqrt(2 * math.pi * 10_000)), abs=1e-5)
