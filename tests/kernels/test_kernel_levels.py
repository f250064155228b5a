"""kernels.levels equals its twin, and leans on the days before where a day has no reports yet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_levels import naive_levels

from fireline.kernels.levels import filter_levels

SETTINGS = {"discount": 0.8, "growth": 0.03, "dispersion": 1.4, "burst": 2.0, "half_life": 14.0}


def followed(reported, seen=None, doubt=0.0, **changed):
    reported = np.array(reported, float)
    seen = np.ones(reported.size) if seen is None else np.array(seen, float)
    return filter_levels(reported, seen, log_variance=np.full(reported.size, doubt), **(SETTINGS | changed))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 60), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.sampled_from([0.0, 0.02, 0.5])
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([0.5, 0.9, 1.0]),
    st.sampled_from([-0.1, 0.0, 0.1]),
    st.sampled_from([1.0, 2.5]),
    st.sampled_from([1.0, 5.0]),
)
def test_equals_twin(days, discount, growth, dispersion, burst):
    reported = [float(n) if share else 0.0 for n, share, _ in days]
    seen, doubt = [share for _, share, _ in days], [d for _, _, d in days]
    said = {
        "discount": discount, "growth": growth, "dispersion": dispersion, "burst": burst, "half_life": 10.0,
    }  # fmt: skip
    found = filter_levels(np.array(reported), np.array(seen), log_variance=np.array(doubt), **said)
    rows, likelihood = naive_levels(reported, seen, doubt, **said)
    for array, column in zip(found[:3], zip(*rows, strict=True), strict=True):
        np.testing.assert_allclose(array, column, rtol=1e-9)
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-8, abs=1e-8)


def test_a_day_without_reports_leans_on_the_days_before():
    reported, seen = [20.0] * 29 + [0.0], [1.0] * 29 + [0.0]
    found = followed(reported, seen, growth=0.0)
    assert found.mean[-1] == pytest.approx(20, rel=0.01) and found.gain[-1] == 0
    assert found.variance[-1] > found.variance[-2]


def test_the_more_is_reported_the_more_the_day_speaks_for_itself():
    found = [followed([20.0] * 20 + [40.0 * s], [1.0] * 20 + [s], growth=0.0) for s in (0.1, 0.5, 1.0)]
    means, gains = [f.mean[-1] for f in found], [f.gain[-1] for f in found]
    assert 20 < means[0] < means[1] < means[2] < 40 and gains[0] < gains[1] < gains[2] < 1


def test_where_days_are_bursty_a_day_says_more_of_itself_and_less_of_the_level():
    calm, bursty = (
        followed([20.0] * 20 + [60.0, 0.0], [1.0] * 21 + [0.0], growth=0.0, burst=b) for b in (1, 8)
    )
    assert bursty.mean[-2] > calm.mean[-2]
    assert bursty.mean[-1] < calm.mean[-1]
    assert bursty.variance[-1] > calm.variance[-1]


def test_a_share_that_is_hardly_known_says_less():
    sure, unsure = (
        followed([20.0] * 20 + [20.0], [1.0] * 20 + [0.3], doubt, growth=0.0) for doubt in (0.0, 0.3)
    )
    assert unsure.gain[-1] < 0.9 * sure.gain[-1] and 20 < unsure.mean[-1] < sure.mean[-1]


def test_growth_that_is_there_is_likelier():
    reported = np.random.default_rng(6).poisson(10 * np.exp(0.06 * np.arange(40)))
    likely = {
        g: followed(reported, growth=g, dispersion=1.0, burst=1.0).log_likelihood for g in (-0.06, 0.0, 0.06)
    }
    assert likely[0.06] > likely[0.0] > likely[-0.06]


def test_bursts_that_are_there_are_likelier():
    rng = np.random.default_rng(7)
    plain, bursty = rng.poisson(20, 60), rng.poisson(20 * rng.gamma(3, 1 / 3, 60))
    more = [followed(n, growth=0.0, dispersion=1.0, burst=8.0).log_likelihood for n in (plain, bursty)]
    less = [followed(n, growth=0.0, dispersion=1.0, burst=1.0).log_likelihood for n in (plain, bursty)]
    assert less[0] > more[0] and more[1] > less[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seen": np.zeros(3)}, "reported, seen"),
        ({"log_variance": np.zeros(3)}, "reported, seen"),
        ({"reported": np.zeros((5, 1)), "seen": np.zeros((5, 1))}, "reported, seen"),
        ({"discount": 0.0}, "discount"),
        ({"discount": 1.1}, "discount"),
        ({"dispersion": 0.9}, "discount"),
        ({"burst": 0.9}, "discount"),
        ({"half_life": 0.0}, "half_life"),
    ],
)
def test_refuses_wrong_input(change, message):
    given_ = {"reported": np.zeros(5), "seen": np.ones(5), "log_variance": np.zeros(5), **SETTINGS} | change
    with pytest.raises(ValueError, match=message):
        filter_levels(given_.pop("reported"), given_.pop("seen"), **given_)
