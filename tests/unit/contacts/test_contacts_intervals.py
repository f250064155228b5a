"""contacts.intervals: weights by days, what the profile allows, isolation and stand-in days."""

import numpy as np
import pytest
from scipy import stats

from fireline.contacts.intervals import allowed_days, incubation_beyond, intervals_of
from fireline.policy import Profile, load_library

MEAN_TOLERANCE = 0.02  # days; the tables are cut at the 9,999th of ten thousand


def profile(serial=(5.0, 2.0), infectious=(-2.0, 10.0), fit=None):
    facts = {"incubation_fit": {"value": fit}} if fit else {}
    return Profile("x", "某", "X", (1, 5, 14), infectious, "onset", serial, "person", facts)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        (profile(), -1.0, 11.0),
        (profile(infectious=None), -1.0, 11.0),
        (profile((15.3, 9.6), (0.0, 21.0)), 0.0, 44.1),  # nobody infects before onset: nothing negative
        (profile((12.6, 2.8)), 0.0, 21.0),  # mean - 3 sd is positive: equal onsets stay allowed
        (profile(None), 0.0, float("inf")),
        (None, 0.0, float("inf")),
    ],
)
def test_allowed_days(asked, least, most):
    assert allowed_days(asked) == (pytest.approx(least), pytest.approx(most))


@pytest.mark.parametrize("asked", [profile(), profile((15.3, 9.6), (0.0, 21.0)), profile((2.5, 1.6))])
def test_weights_have_the_profile_s_mean_and_sum_to_one(asked):
    found = intervals_of(asked)
    days = found.low + np.arange(found.table.shape[2])
    plain = found.table[0, 0]
    assert found.table.sum(axis=2) == pytest.approx(np.ones(found.table.shape[:2]))
    assert (plain * days).sum() == pytest.approx(asked.serial_interval_days[0], rel=MEAN_TOLERANCE)
    assert found.typical == pytest.approx((plain**2).sum())
    assert found.is_known


def test_negative_intervals_have_weight_only_where_the_profile_allows_them():
    early = intervals_of(profile())
    assert early.low < 0 and early.table[0, 0, : -early.low].sum() > 0
    late = intervals_of(profile((15.3, 9.6), (0.0, 21.0)))
    assert late.table[0, 0, : 1 - late.low].sum() == 0, "the infector fell ill first"


def test_without_a_serial_interval_a_flat_one_stands_in():
    for asked in (None, profile(None)):
        found = intervals_of(asked)
        assert not found.is_known and found.table[0, 0].max() < 0.2


def test_an_isolated_infector_infected_before_isolation():
    fit = {"family": "gamma", "a": 4.0, "b": 1.0}
    found = intervals_of(profile((8.0, 5.0), (0.0, 10.0), fit))
    days = found.low + np.arange(found.table.shape[2])
    means = (found.table[:, 0] * days).sum(axis=1)
    assert found.first_day == 0 and found.table.shape[0] == 1 + 11
    assert (np.diff(means[1:]) > 0).all(), "the later the isolation, the longer the intervals"
    assert means[1] < means[0]


@pytest.mark.parametrize(
    ("fit", "spread"),
    [
        ({"family": "lognormal", "a": 1.6, "b": 0.5}, stats.lognorm(0.5, scale=np.exp(1.6))),
        ({"family": "gamma", "a": 1.58, "b": 6.53}, stats.gamma(1.58, scale=6.53)),
        ({"family": "weibull", "a": 2.2, "b": 6.5, "offset": 4.0}, stats.weibull_min(2.2, loc=4, scale=6.5)),
    ],
)
def test_incubation_as_fitted(fit, spread):
    found = incubation_beyond(profile(fit=fit), 30)
    assert found[0] == 1.0 and (np.diff(found) <= 0).all()
    assert found[7] == pytest.approx(spread.sf(6.5))


def test_incubation_by_mean_and_sd():
    found = incubation_beyond(profile(fit={"family": "lognormal_mean_sd", "a": 12.7, "b": 4.31}), 200)
    assert found[1:].sum() == pytest.approx(12.7, rel=0.01), "the sum of the tail is the mean"


@pytest.mark.parametrize("fit", [None, {"family": "unheard of", "a": 1, "b": 1}])
def test_no_fit_no_isolation(fit):
    assert incubation_beyond(profile(fit=fit), 9) is None
    assert intervals_of(profile(fit=fit)).table.shape[0] == 1


def test_stand_in_days_widen_the_interval():
    found = intervals_of(profile(), delay_sd_d=4.0)
    days = found.low + np.arange(found.table.shape[2])
    variance = [(row * days**2).sum() - (row * days).sum() ** 2 for row in found.table[0]]
    assert variance[0] < variance[1] < variance[2]
    assert variance[1] == pytest.approx(variance[0] + 16, rel=0.1)


def test_every_profile_of_the_packs_gives_weights():
    for asked in load_library().profiles.values():
        found = intervals_of(asked)
        assert np.isfinite(found.table).all() and found.typical > 0
