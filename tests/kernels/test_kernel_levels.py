"""kernels.levels equals its twin, and leans on the days before where a day has no reports yet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_levels import naive_levels

from fireline.kernels.levels import filter_levels

SETTINGS = {"discount": 0.8, "growth": 0.03, "dispersion": 1.4, "half_life": 14.0}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])), min_size=1, max_size=20
    ),
    st.sampled_from([0.5, 0.9, 1.0]),
    st.sampled_from([-0.1, 0.0, 0.1]),
    st.sampled_from([1.0, 2.5]),
)
def test_levels_equal_twin(days, discount, growth, dispersion):
    reported = [float(n) if share else 0.0 for n, share in days]
    seen = [share for _, share in days]
    said = {"discount": discount, "growth": growth, "dispersion": dispersion, "half_life": 10.0}
    found = filter_levels(np.array(reported), np.array(seen), **said)
    rows, likelihood = naive_levels(reported, seen, **said)
    for array, column in zip(found[:3], zip(*rows, strict=True), strict=True):
        np.testing.assert_allclose(array, column, rtol=1e-9)
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-8, abs=1e-8)


def test_a_day_without_reports_leans_on_the_days_before():
    reported, seen = np.full(30, 20.0), np.ones(30)
    reported[-1], seen[-1] = 0.0, 0.0
    found = filter_levels(reported, seen, **(SETTINGS | {"growth": 0.0}))
    assert found.mean[-1] == pytest.approx(20, rel=0.01) and found.gain[-1] == 0
    assert found.variance[-1] > found.variance[-2]


def test_growth_that_is_there_is_likelier():
    rng = np.random.default_rng(6)
    reported = rng.poisson(10 * np.exp(0.06 * np.arange(40))).astype(float)
    likely = {
        g: filter_levels(
            reported, np.ones(40), **(SETTINGS | {"growth": g, "dispersion": 1.0})
        ).log_likelihood
        for g in (-0.06, 0.0, 0.06)
    }
    assert likely[0.06] > likely[0.0] > likely[-0.06]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seen": np.zeros(3)}, "reported, seen"),
        ({"reported": np.zeros((5, 1)), "seen": np.zeros((5, 1))}, "reported, seen"),
        ({"discount": 0.0}, "discount"),
        ({"discount": 1.1}, "discount"),
        ({"dispersion": 0.9}, "discount"),
        ({"half_life": 0.0}, "half_life"),
    ],
)
def test_levels_refuse_wrong_input(change, message):
    given_ = {"reported": np.zeros(5), "seen": np.ones(5), **SETTINGS} | change
    with pytest.raises(ValueError, match=message):
        filter_levels(given_.pop("reported"), given_.pop("seen"), **given_)
