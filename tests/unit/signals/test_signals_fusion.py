"""signals.fusion: the scan finds where, what and since when; combined probabilities hold what they promise."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy.special import ndtr
from tests.factories.streams import FIRST, STREAMS, TZ, codes, figures, known, raised, squares

from fireline.records.model import Records
from fireline.signals.calibration import distance_to_uniform
from fireline.signals.fusion.areas import area_sets
from fireline.signals.fusion.combined import combined
from fireline.signals.fusion.scan import (
    N_STARTS,
    RISK,
    SEVERITIES,
    calibrated_figures,
    effects,
    posterior,
    profile,
    scan,
    worth,
)
from fireline.signals.streams import default_streams

BOOK = default_streams()
THREE = [BOOK.of(n) for n in STREAMS]


def sets_of(n):
    return area_sets(Records({"areas": squares(codes(n))}, TZ), codes(n))


def found_in(figure, **more):
    expected, calibration = known(figure)
    return expected, calibration, scan(expected, calibration, sets_of(figure.shape[1]), BOOK.events, **more)


def test_it_works():
    """Three streams rise in one township from day 100: by day 108 it is found there, and dated."""
    _, _, found = found_in(raised(figures(), area=1, begun=100, more=0.8))
    row = 108
    best = int(np.argmax(found.scores[row]))
    assert found.sets.of(best) == (1,)
    assert found.scores[row, best] > 5
    assert np.nanmax(found.scores[60:95]) < 3
    said = posterior(found, row=row, z=best)
    assert said.score == pytest.approx(found.scores[row, best], abs=1e-9)
    assert said.probability > 0.99
    assert said.types.sum() == pytest.approx(1) and said.starts.sum() == pytest.approx(1)
    assert said.types.argmax() == 0  # respiratory: all three rise
    assert (said.streams > 1).all()
    assert (said.without < said.score).all()


def test_the_beginning_lies_before_the_figures_by_their_lag():
    """Figures that rise on day 100 speak of infections about five days before."""
    _, _, found = found_in(raised(figures(seed=3), area=2, begun=100, more=1.0))
    said = posterior(found, row=107, z=found.sets.of(2).index(2) + 2)
    began = 107 - int(np.argmax(said.starts))
    assert 93 <= began <= 98


def test_the_kind_of_event_is_told_by_which_streams_rise():
    _, _, found = found_in(raised(figures(seed=4), area=1, begun=100, more=0.8, streams=(2,)))
    said = posterior(found, row=108, z=1)
    assert BOOK.events[int(np.argmax(said.types))].name == "school"


def test_a_rise_in_neighbours_is_found_as_a_pair():
    figure = raised(raised(figures(seed=5), area=0, begun=100, more=0.6), area=1, begun=100, more=0.6)
    _, _, found = found_in(figure)
    assert found.sets.of(int(np.argmax(found.scores[110]))) == (0, 1)


def test_posterior_of_quiet_days_is_small():
    _, _, found = found_in(figures(seed=6))
    said = posterior(found, row=110, z=0)
    assert said.probability < 0.01


def test_rows_before_the_first_have_no_score():
    _, _, found = found_in(figures(), first_row=90)
    assert np.isnan(found.scores[:90]).all() and np.isfinite(found.scores[90:]).all()


def test_a_silent_stream_cannot_veto():
    """An event that two of three streams show is found, whatever the third says."""
    both = found_in(raised(figures(seed=7), begun=100, more=0.8, streams=(0, 1)))[2]
    low = figures(seed=7)
    low[100:, 1, 2] = 12.0
    vetoed = found_in(raised(low, begun=100, more=0.8, streams=(0, 1)))[2]
    assert vetoed.scores[108, 1] > 3
    assert both.scores[108, 1] - vetoed.scores[108, 1] < -np.log(1 - BOOK.of("school_absence").trust) + 0.7


def test_profile_is_the_share_of_infections_that_show():
    stream = BOOK.of("fever_clinic")
    found = profile([stream], steps=[1], n_starts=30)[0]
    k = np.arange(30)
    np.testing.assert_allclose(found, ndtr((k + 0.5 - stream.lag_d) / stream.lag_sd_d), atol=1e-12)
    assert (np.diff(found) >= 0).all() and found[-1] > 0.999


def test_profile_of_a_week_is_the_mean_of_its_days():
    stream = BOOK.of("fever_clinic")
    daily, weekly = (profile([stream], steps=[s], n_starts=30)[0] for s in (1, 7))
    assert weekly[20] == pytest.approx(daily[14:21].mean(), abs=1e-12)
    assert weekly[3] == pytest.approx(
        daily[:4].sum() / 7, abs=1e-12
    )  # days before the beginning hold nothing


def test_effects_are_the_nearest_risk_of_the_grid():
    shown = profile(THREE, steps=[1, 1, 1])
    index = effects(BOOK.events, THREE, shown)
    assert index.shape == (len(BOOK.events), len(SEVERITIES), 3, N_STARTS)
    event = BOOK.events[0]
    for q, severity in enumerate(SEVERITIES):
        for s, stream in enumerate(THREE):
            for k in (0, 5, 13):
                excess = severity * event.lift_of(stream) * shown[s, k]
                risk = RISK[index[0, q, s, k]]
                if excess < 0.0125 * 2**-0.25:
                    assert risk == 1.0
                else:
                    assert np.log2((risk - 1) / excess) == pytest.approx(0, abs=0.2501)


def test_streams_that_fall_with_an_event_have_risks_below_one():
    falls = [replace(THREE[0], direction="down")]
    index = effects(BOOK.events[:1], falls, profile(falls, steps=[1]))
    assert (RISK[index[0, 3, 0, 8:]] < 1).all()
    figure = figures(n_streams=1, seed=8)
    figure[100:, 1] = 5.0
    streams = tuple(falls)
    expected, calibration = known(figure, names=("antipyretic_sales",))
    from fireline.signals.baselines import expect_figures
    from fireline.signals.calibration import calibrate_streams

    expected = expect_figures(figure, streams, codes(6), first=FIRST)
    calibration = calibrate_streams(expected)
    found = scan(expected, calibration, sets_of(6), BOOK.events)
    assert found.sets.of(int(np.argmax(found.scores[107]))) == (1,)


def test_worth_of_evidence_falls_with_dependence():
    dependence = np.array([[1.0, 1.0], [1.0, 3.0]])
    np.testing.assert_allclose(worth(np.array([1, 3, 5]), 5, dependence), [[1, 1, 1], [1, 0.5, 1 / 3]])
    np.testing.assert_allclose(worth(np.array([1]), 1, np.array([[2.0, 2.0]])), [[0.5]])


def test_calibrated_figures_are_the_figures_where_the_model_is_right():
    expected, calibration = known(figures(n_days=300, n_areas=10, seed=9))
    found = calibrated_figures(expected, calibration.p, np.zeros(3, bool))[150:]
    off = found - expected.count[150:]
    assert np.nanmean(np.abs(off)) < 0.6 and abs(np.nanmean(off)) < 0.3


def test_calibrated_figures_shrink_what_a_restless_stream_says():
    expected, calibration = known(figures(seed=9))
    doubt = np.full_like(calibration.p, 0.3)
    high = expected.mean + 3 * np.sqrt(expected.phi * expected.mean)
    found = calibrated_figures(expected, doubt, np.zeros(3, bool))
    assert np.nanmax(found[60:] - high[60:]) < 0


@pytest.mark.parametrize("rng", [None, 5])
def test_combined_probabilities_are_uniform_on_quiet_days(rng):
    """With the dependence of windows and streams in the null, one day in twenty is rarer than 0.05."""
    expected, calibration = known(figures(n_days=400, n_areas=12, seed=10))
    chance = None if rng is None else np.random.default_rng(rng)
    found = combined(expected, calibration, first_row=60, rng=chance)
    p = found.p[60:]
    assert np.isnan(found.p[:60]).all() and (found.start[:60] == -1).all()
    assert distance_to_uniform(p) < 0.06
    for at in (0.01, 0.05, 0.2):
        assert np.mean(p < at) == pytest.approx(at, rel=0.35)
    assert found.n_windows >= 1_000


def test_streams_that_move_together_are_no_double_proof():
    """Three copies of one noise: were they taken for independent, one day in ten would pass for one in fifty."""
    rng = np.random.default_rng(11)
    noise = rng.poisson(30, (400, 12, 1)).astype(float)
    figure = np.repeat(noise, 3, axis=2)
    expected, calibration = known(figure)
    p = combined(expected, calibration, first_row=60, rng=np.random.default_rng(1)).p[60:]
    assert np.mean(p < 0.02) < 0.035


def test_several_small_surprises_are_a_large_one():
    figure = raised(figures(n_days=300, seed=12), area=3, begun=290, more=0.35)
    expected, calibration = known(figure)
    found = combined(expected, calibration, rng=np.random.default_rng(2))
    row = 297
    alone = [calibration.p[row - s.delay_d, 3, k] for k, s in enumerate(expected.streams)]
    assert found.p[row, 3] < 0.001 < min(alone)
    assert int(np.nanargmin(found.p[row])) == 3
    assert found.start[row, 3] >= 5


def test_too_short_a_past_gives_no_probability():
    expected, calibration = known(figures(n_days=45))
    found = combined(expected, calibration)
    assert np.isnan(found.p).all() and found.n_windows == 0


def test_no_streams_give_no_probability():
    expected, calibration = known(np.empty((30, 2, 0)), names=())
    assert np.isnan(combined(expected, calibration).p).all()


def test_combined_probabilities_far_out_keep_falling():
    expected, calibration = known(raised(figures(n_days=300, seed=13), area=0, begun=290, more=0.7))
    found = combined(expected, calibration)
    p = found.p[290:, 0]
    assert (np.diff(p[2:6]) < 0).all() and 0 < p.min() < 1e-6
    assert expected.day(290) == FIRST + timedelta(days=290)
