"""signals.calibration: each stream is measured on its own quiet past, and the measure is shown."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from tests.factories.streams import FIRST, figures, known, raised

from fireline.signals.baselines import expect_figures
from fireline.signals.calibration import (
    NOMINAL,
    calibrate_streams,
    distance_to_uniform,
    scores_of,
    uniforms,
)
from fireline.signals.streams import default_streams
from fireline.signals.tables import CALIBRATION

BOOK = default_streams()


def test_it_works():
    expected, found = known(figures())
    assert found.p.shape == expected.count.shape
    usable = np.isfinite(expected.upper)
    assert (np.isfinite(found.p) == usable).all() and (np.isfinite(found.p_random) == usable).all()
    assert dict(found.table.schema) == CALIBRATION
    assert found.table.height == 3 * len(NOMINAL)


def test_randomised_probabilities_are_uniform_on_quiet_figures():
    """The promise: at least 10,000 quiet figures, no further from uniform than 0.02."""
    _, found = known(figures(n_days=400, n_areas=20, seed=8))
    for s in range(3):
        p = found.p_random[40:, :, s]
        assert p.size >= 7_000
        assert distance_to_uniform(p) <= 0.02
    assert np.isfinite(found.p_random[40:]).sum() >= 20_000
    assert distance_to_uniform(found.p_random[40:]) <= 0.015


def test_the_table_says_what_share_was_rarer():
    _, found = known(figures(n_days=300, n_areas=12, seed=9))
    part = found.table.filter(pl.col("stream") == "fever_clinic")
    assert part["nominal"].to_list() == list(NOMINAL)
    for nominal, observed, n in part.select("nominal", "observed", "n").iter_rows():
        assert observed == pytest.approx(nominal, abs=4 * np.sqrt(nominal * (1 - nominal) / n) + 0.005)
    first, last = part["first"][0], part["last"][0]
    assert FIRST < first < last == FIRST + timedelta(days=299)


def test_a_stream_that_varies_more_than_modelled_is_set_right():
    """Figures that double on one day in ten: the model is wrong, the calibrated probabilities are not."""
    rng = np.random.default_rng(10)
    figure = figures(n_days=500, n_areas=10, n_streams=1, seed=11)
    figure[rng.random(figure.shape) < 0.1] *= 2
    expected, found = known(figure, names=("fever_clinic",))
    raw = (expected.upper - 0.5 * expected.point)[250:]
    assert np.nanmean(raw < 0.001) > 0.004
    late = found.p_random[250:]
    for nominal in (0.001, 0.01, 0.05, 0.5):
        assert np.nanmean(late < nominal) == pytest.approx(nominal, rel=0.5, abs=0.002)


def test_each_day_rests_on_the_days_before():
    figure = figures()
    louder = figure.copy()
    louder[90:] *= 3
    one, two = known(figure)[1], known(louder)[1]
    np.testing.assert_array_equal(one.p[:90], two.p[:90])
    np.testing.assert_array_equal(one.p_random[:90], two.p_random[:90])
    np.testing.assert_array_equal(one.inflation[:90], two.inflation[:90])
    np.testing.assert_array_equal(one.dependence[:90], two.dependence[:90])


def test_an_outbreak_is_no_reference():
    _, found = known(raised(figures(), begun=100, more=2.0))
    assert not found.is_quiet[100:110, 1].any()
    assert found.is_quiet[:95].mean() > 0.99


@pytest.mark.parametrize(("direction", "low_is_rare"), [("up", False), ("down", True), ("both", True)])
def test_direction(direction, low_is_rare):
    figure = figures()
    figure[110, 0, 0] = 1.0
    figure[111, 0, 0] = 80.0
    streams = [replace(BOOK.of("fever_clinic"), direction=direction)] * 3
    expected = expect_figures(figure, streams, [f"T{k}" for k in range(6)], first=FIRST)
    found = calibrate_streams(expected)
    assert (found.p[110, 0, 0] < 0.01) == low_is_rare
    assert (found.p[111, 0, 0] < 0.01) == (direction != "down")


def test_days_that_vary_together_inflate():
    """A level that wanders over days: sums over a week vary more than independent days would."""
    rng = np.random.default_rng(12)
    wander = np.zeros((400, 10, 1))
    for t in range(1, 400):
        wander[t] = 0.8 * wander[t - 1] + 0.6 * rng.standard_normal((10, 1))
    steady, restless = figures(400, 10, 1, seed=13), rng.poisson(40 * np.exp(0.12 * wander)).astype(float)
    assert known(steady)[1].inflation[-1, 0] < 1.3
    assert known(restless)[1].inflation[-1, 0] > 1.7


def test_streams_that_vary_together_are_seen():
    rng = np.random.default_rng(14)
    shared = np.exp(0.2 * rng.standard_normal((300, 1, 1)))
    apart = known(figures(300, 8, 3, seed=15))[1].dependence
    together = known(rng.poisson(60 * shared * np.ones((300, 8, 3))).astype(float))[1].dependence
    assert apart[-1, 0] < 1.3 and apart[-1, 1] < 1.6
    assert together[-1, 0] > 1.4 and together[-1, 1] > 3
    assert (together >= 1).all() and together[0].tolist() == [1.0, 1.0]


def test_uniforms_are_the_same_in_every_run_and_look_drawn():
    names = [("fever_clinic", f"A{k}") for k in range(50)]
    one = uniforms(names, first=FIRST, n_days=200)
    assert distance_to_uniform(one) < 0.02
    assert abs(np.corrcoef(one[:-1].ravel(), one[1:].ravel())[0, 1]) < 0.03
    assert abs(np.corrcoef(one[:, 0], one[:, 1])[0, 1]) < 0.25
    later = uniforms(names[3:5], first=FIRST + timedelta(days=10), n_days=5)
    np.testing.assert_array_equal(later, one[10:15, 3:5])
    assert 0 < one.min() and one.max() < 1


@pytest.mark.parametrize(
    ("values", "distance"),
    [
        ([0.5], 0.5),
        ([0.25, 0.75], 0.25),
        ([0.0, 0.0], 1.0),
        ([0.1, float("nan"), 0.9], 0.4),
    ],
)
def test_distance_to_uniform_by_hand(values, distance):
    assert distance_to_uniform(np.array(values)) == pytest.approx(distance)


def test_distance_of_nothing_is_unknown():
    assert np.isnan(distance_to_uniform(np.array([np.nan])))


def test_scores_of_probabilities():
    np.testing.assert_allclose(scores_of(np.array([0.5, 0.0228, 0.9772])), [0, 2, -2], atol=1e-3)
    assert np.isfinite(scores_of(np.array([0.0, 1.0]))).all()
    assert np.isnan(scores_of(np.array([np.nan]))).all()


def test_no_streams():
    expected = expect_figures(np.empty((10, 2, 0)), [], ["a", "b"], first=FIRST)
    found = calibrate_streams(expected)
    assert found.table.height == 0 and (found.dependence == 1.0).all()
