"""The short temporal scan: how often it alarms on quiet data, what it accepts, what it refuses."""

import math

import numpy as np
import pytest
from scipy import stats

from fireline.signals import temporal_scan
from fireline.signals.detectors.temporal import level_for_rate, level_of_windows


def quiet(seed, *, n_time=40, n_series=250, phi=1.0, mean=None):
    rng = np.random.default_rng(seed)
    mu = np.tile(
        np.random.default_rng(0).gamma(1.5, 8, n_series) if mean is None else np.full(n_series, mean),
        (n_time, 1),
    )
    rate = mu if phi == 1 else rng.gamma(mu / (phi - 1)) * (phi - 1)
    return rng.poisson(rate).astype(float), mu


def test_the_level_of_several_windows_is_that_of_normal_sums():
    level = level_of_windows(0.01, windows=(1, 2, 3))
    assert 0.01 / 3 < level < 0.01
    steps = np.random.default_rng(1).normal(size=(400_000, 3))
    z = np.cumsum(steps, axis=1) / np.sqrt([1, 2, 3])
    rate = (z > stats.norm.isf(level)).any(axis=1).mean()
    assert rate == pytest.approx(0.01, abs=4 * math.sqrt(0.01 / 400_000))
    assert level_of_windows(0.05, windows=(2,)) == 0.05
    assert level_of_windows(0.05, windows=(3, 1)) == level_of_windows(0.05, windows=(1, 3))


@pytest.mark.parametrize(("phi", "alpha"), [(1.0, 0.01), (3.0, 0.05)])
def test_quiet_series_alarm_as_often_as_asked(phi, alpha):
    counts, mu = quiet(7, phi=phi)
    at = np.arange(2, 40)
    found = temporal_scan(
        counts, at, mu0=mu, phi=phi, alpha=alpha, rng=np.random.default_rng(2), n_simulated=40_000
    )
    again, _ = quiet(8, phi=phi)
    for alarm in (found.alarm, temporal_scan(again, at, mu0=mu, phi=phi, level=found.level).alarm):
        assert alarm.mean() == pytest.approx(alpha, rel=0.25)


def test_without_a_generator_small_counts_alarm_less_often_never_more():
    for mean in (0.3, 2.0, 400.0):
        counts, mu = quiet(3, mean=mean, n_series=400)
        rate = temporal_scan(counts, np.arange(2, 40), mu0=mu, phi=1.0, alpha=0.02).alarm.mean()
        assert rate <= 0.02 * 1.2
        assert mean < 100 or rate >= 0.02 * 0.8


def test_three_weeks_together_alarm_where_none_does():
    counts = np.array([[4.0], [8], [8], [9]])
    mu = np.full((4, 1), 4.0)
    one = temporal_scan(counts, mu0=mu, phi=1.0, windows=(1,), level=0.005)
    three = temporal_scan(counts, mu0=mu, phi=1.0, level=0.005)
    assert not one.alarm.any()
    assert three.alarm[:, 0].tolist() == [False, False, False, True]
    assert three.window[3, 0] == 3
    assert three.mu0[3, 0] == 4.0 and three.phi[3, 0] == 1.0


def test_alarm_score_and_upper_say_the_same():
    counts, mu = quiet(11, n_series=60, phi=2.0)
    found = temporal_scan(counts, mu0=mu, phi=2.0, alpha=0.1)
    np.testing.assert_array_equal(found.alarm, found.score >= -math.log10(found.level) - 1e-12)
    np.testing.assert_array_equal(found.alarm, counts > found.upper)
    assert found.alarm.any() and not found.alarm.all()


def test_expectations_of_the_asked_rows_alone():
    counts, mu = quiet(5, n_series=5)
    at = np.array([10, 11, 12, 30])
    whole = temporal_scan(counts, at, mu0=mu, phi=1.0, level=0.01)
    rows = temporal_scan(counts, at, mu0=mu[at], phi=np.ones((4, 5)), level=0.01)
    np.testing.assert_array_equal(rows.score[2], whole.score[2])  # 10, 11 and 12 are all there
    alone = temporal_scan(counts, at, mu0=mu, phi=1.0, windows=(1,), level=0.01)
    np.testing.assert_array_equal(rows.score[3], alone.score[3])  # of 30 only itself is
    assert rows.upper.shape == (4, 5)


def test_too_few_cases_never_alarm():
    counts, mu = np.array([[0.0], [3.0]]), np.full((2, 1), 0.05)
    assert temporal_scan(counts, mu0=mu, phi=1.0).alarm[1, 0]
    found = temporal_scan(counts, mu0=mu, phi=1.0, least=(5, 4))
    assert not found.alarm.any() and not found.enough.any() and found.score[1, 0] > 2


def test_few_cases_are_known_to_the_calibration():
    counts, mu = quiet(2, mean=0.8)
    found = temporal_scan(
        counts, np.arange(4, 40), mu0=mu, phi=1.0, alpha=0.03, least=(5, 4), rng=np.random.default_rng(1),
        n_simulated=30_000,
    )  # fmt: skip
    assert found.alarm.mean() == pytest.approx(0.03, rel=0.35)


def test_unreported_weeks_never_alarm_and_are_no_zeros():
    counts = np.array([[4.0], [math.nan], [20.0], [math.nan]])
    found = temporal_scan(
        counts, mu0=np.full((4, 1), 4.0), phi=1.0, rng=np.random.default_rng(3), n_simulated=3_000
    )
    assert found.alarm[:, 0].tolist() == [False, False, True, False]
    assert np.isnan(found.score[[1, 3], 0]).all()


def test_the_same_seed_gives_the_same_level():
    counts, mu = quiet(1, n_series=20)
    levels = [
        temporal_scan(counts, mu0=mu, phi=1.0, rng=np.random.default_rng(s), n_simulated=5_000).level
        for s in (4, 4, 5)
    ]
    assert levels[0] == levels[1] != levels[2]


def test_a_level_from_quiet_history():
    score = np.array([3.0, 2.0, 2.0, 1.0, np.nan, 0.5, 0.2, 0.1, 0.1, 0.0, 0.0])
    assert level_for_rate(score, rate=0.1) == pytest.approx(1e-3)
    assert level_for_rate(score, rate=0.2) == pytest.approx(1e-3)  # both 2.0 or neither
    assert level_for_rate(score, rate=0.3) == pytest.approx(1e-2)
    assert level_for_rate(score, rate=0.05) == 0.0
    assert level_for_rate(np.array([1.0, 1.0]), rate=0.5) == 0.0
    assert level_for_rate(np.array([1.0, 0.0]), rate=0.99) == pytest.approx(0.1)
    with pytest.raises(ValueError, match="score"):
        level_for_rate(np.array([np.nan]), rate=0.1)


def test_a_level_that_nothing_reaches_never_alarms():
    counts = np.array([[0.0], [0.0], [50.0]])
    found = temporal_scan(
        counts, mu0=np.full((3, 1), 1e-9), phi=1.0, alpha=0.001, rng=np.random.default_rng(0), n_simulated=30
    )
    assert found.level == 0.0 and not found.alarm.any() and np.isinf(found.upper).all()


ONE = np.ones((3, 2))


@pytest.mark.parametrize(
    ("counts", "at", "options", "message"),
    [
        (np.ones(3), None, {"mu0": ONE}, "counts: expected shape"),
        (ONE, [1, 0], {"mu0": ONE}, "at: rows must be ascending"),
        (ONE, [0, 3], {"mu0": ONE}, r"at: rows must lie in \[0, 3\)"),
        (ONE, None, {"mu0": ONE[:2]}, "mu0: expected shape"),
        (ONE, [0], {"mu0": -ONE}, "mu0: every number must be >= 0"),
        (ONE, None, {"mu0": ONE, "windows": (0,)}, "windows"),
        (ONE, None, {"mu0": ONE, "windows": ()}, "windows"),
        (ONE, None, {"mu0": ONE, "alpha": 0.6}, "alpha"),
        (ONE, None, {"mu0": ONE, "level": 1.0}, "level"),
    ],
)
def test_refuses_wrong_input(counts, at, options, message):
    with pytest.raises(ValueError, match=message):
        temporal_scan(counts, at, phi=1.0, **options)
