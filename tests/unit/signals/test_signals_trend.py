"""signals.renewal.trend: rising, stable or falling, with probabilities that come true."""

import math

import numpy as np
import pytest
from tests.factories.epidemics import growing_series

from fireline.signals import classify_trend
from fireline.signals.renewal.trend import MIN_PROBABILITY, RATE_SDS, STABLE_BAND

RISE = np.round(5 * np.exp(0.15 * np.arange(14)))


def one(counts, **said):
    found = classify_trend(counts, **said)
    return {
        name: getattr(found, name)[0, 0]
        for name in ("label", "probability", "rising", "stable", "falling", "growing", "rate", "low", "high", "doubling_days", "cases")
    }  # fmt: skip


def test_it_works():
    up, down = one(RISE), one(RISE[::-1])
    assert up["label"] == "rising" and up["probability"] == up["rising"] > 0.99 and up["growing"] > 0.99
    assert up["low"] < 0.15 < up["high"] and up["rate"] == pytest.approx(0.15, abs=0.03)
    assert up["doubling_days"] == pytest.approx(math.log(2) / up["rate"])
    assert down["label"] == "falling" and down["doubling_days"] < 0
    assert up["cases"] == RISE.sum()


def test_many_equal_days_are_stable():
    found = one(np.full(14, 400.0))
    assert found["label"] == "stable" and found["probability"] == found["stable"] > 0.9
    assert abs(found["rate"]) < STABLE_BAND


def test_few_cases_are_unclear():
    found = one([0, 1, 0, 0, 2, 0, 1, 0, 1, 0, 0, 1, 1, 0.0])
    assert found["label"] == "unclear" and found["probability"] < MIN_PROBABILITY
    assert one([0, 1, 0, 0, 2, 0, 1, 0, 1, 0, 0, 1, 1, 0.0], min_probability=0.1)["label"] != "unclear"


def test_the_three_probabilities_sum_to_one():
    rng = np.random.default_rng(1)
    found = classify_trend(rng.poisson(rng.uniform(1, 40, 50), (14, 50)))
    np.testing.assert_allclose(found.rising + found.stable + found.falling, 1, atol=1e-12)
    assert (found.growing >= found.rising - 1e-12).all() and (
        found.growing <= 1 - found.falling + 1e-12
    ).all()


def test_a_wider_band_calls_more_stable():
    narrow, wide = one(RISE, band=0.0), one(RISE, band=0.3)
    assert narrow["stable"] == pytest.approx(0, abs=1e-12) and narrow["rising"] == narrow["growing"]
    assert wide["label"] == "stable"


def test_rows_asked_for():
    counts = np.concatenate([np.full(20, 30.0), np.round(30 * np.exp(0.2 * np.arange(14)))])
    found = classify_trend(counts, at=[19, 33])
    assert found.label[:, 0].tolist() == ["stable", "rising"] and found.at.tolist() == [19, 33]
    assert classify_trend(counts[:34]).label[0, 0] == "rising"  # the last row by default


def test_rows_with_too_few_days_before_have_no_label():
    found = classify_trend(RISE, at=[5, 13])
    assert found.label[:, 0].tolist() == ["", "rising"]
    assert np.isnan(found.probability[0, 0]) and np.isnan(found.doubling_days[0, 0])


def test_missing_days_are_left_out():
    holes = RISE.copy()
    holes[[3, 9]] = np.nan
    assert one(holes)["label"] == "rising"
    zeros = np.nan_to_num(holes)
    assert one(holes)["probability"] > one(zeros)["probability"]
    holes[[0, 1, 2]] = np.nan
    assert one(holes)["label"] == "" and one(holes, min_reported=5)["label"] == "rising"


def test_weekends_do_not_hide_a_rise():
    weekend = np.where(np.arange(21) % 7 >= 5, 0.25, 1.0)
    counts = np.round(20 * np.exp(0.06 * np.arange(21)) * weekend)
    with_week, without = one(counts, n_days=21), one(counts, n_days=21, first_weekday=None)
    assert with_week["label"] == "rising"
    assert with_week["high"] - with_week["low"] < 0.6 * (without["high"] - without["low"])


def test_the_weekday_of_the_first_row_changes_nothing_but_names():
    counts = np.random.default_rng(2).poisson(9, 14).astype(float)
    found = [one(counts, first_weekday=w)["rate"] for w in range(7)]
    np.testing.assert_allclose(found, found[0], atol=1e-9)


def test_scatter_makes_less_sure():
    rng = np.random.default_rng(3)
    even = np.round(20 * np.exp(0.06 * np.arange(14)))
    scattered = np.round(even * rng.lognormal(0, 0.6, 14))
    assert one(scattered)["high"] - one(scattered)["low"] > 1.5 * (one(even)["high"] - one(even)["low"])


def test_late_reports_are_no_fall():
    seen = np.array([*([1.0] * 9), 0.9, 0.75, 0.5, 0.3, 0.12])
    told = np.round(40 * np.exp(0.07 * np.arange(14)) * seen)
    assert one(told)["label"] != "rising"
    found = one(told, seen=seen)
    assert found["label"] == "rising" and found["rate"] == pytest.approx(0.07, abs=0.01)
    seen[-1] = 0.02  # too little to count: left out
    assert one(told, seen=seen)["rate"] == pytest.approx(found["rate"], abs=0.02)
    assert one(RISE, seen=np.ones(14))["rate"] == one(RISE)["rate"]


# --- honest probabilities ----------------------------------------------------------------------------


def reliability(probability, is_so, edges=(0, 0.2, 0.4, 0.6, 0.8, 1.0001)):
    """Mean probability, share that came true and number, for each bin."""
    bins = np.digitize(probability, edges[1:-1])
    return [
        (probability[bins == b].mean(), is_so[bins == b].mean(), int((bins == b).sum()))
        for b in range(len(edges) - 1)
    ]


@pytest.mark.slow
def test_a_probability_of_growth_comes_true_that_often():
    """Worlds as the prior has them: calm, moving and violent series with scatter and weekdays."""
    rng = np.random.default_rng(20)
    parts = [growing_series(rng, 1500, rate_sd=sd) for sd in RATE_SDS]
    rate, counts = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts], axis=1)
    found = classify_trend(counts)
    enough = found.cases[0] >= 11
    for said, true, n in reliability(found.growing[0][enough], (rate > 0)[enough]):
        assert n > 200
        assert true == pytest.approx(said, abs=0.05)
    inside = (found.low[0] <= rate) & (rate <= found.high[0])
    assert 0.87 <= inside[enough].mean() <= 0.93


@pytest.mark.slow
def test_a_class_is_right_as_often_as_it_says():
    rng = np.random.default_rng(21)
    parts = [growing_series(rng, 1500, rate_sd=sd) for sd in RATE_SDS]
    rate, counts = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts], axis=1)
    found = classify_trend(counts)
    truth = np.where(rate > STABLE_BAND, "rising", np.where(rate < -STABLE_BAND, "falling", "stable"))
    for name in ("rising", "stable", "falling"):
        named = (found.label[0] == name) & (found.cases[0] >= 11)
        assert named.sum() > 300
        assert (truth[named] == name).mean() == pytest.approx(found.probability[0][named].mean(), abs=0.06)


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [
        {"level": (0.5, 2)},
        {"level": (50, 500)},
        {"dispersion": (0.5, 1)},
        {"weekday_sd": (0, 0)},
        {"rate_sd": 0.05},
    ],
    ids=["few cases", "many cases", "much scatter", "no weekdays", "moderate growth"],
)
def test_other_worlds_than_the_prior_stay_near_the_truth(world):
    """Not exact, since no prior fits every world: the documented bound is a tenth."""
    rng = np.random.default_rng(22)
    rate, counts = growing_series(rng, 1500, **({"rate_sd": 0.1} | world))
    found = classify_trend(counts)
    enough = found.cases[0] >= 11
    for said, true, n in reliability(
        found.growing[0][enough], (rate > 0)[enough], edges=(0, 0.25, 0.75, 1.0001)
    ):
        assert n > 50
        assert true == pytest.approx(said, abs=0.1)


@pytest.mark.parametrize(
    ("counts", "said", "message"),
    [
        (np.zeros((2, 2, 2)), {}, "counts: expected shape"),
        ([1.0, 2, -3, 4], {"n_days": 4}, "row 2"),
        ([1.0, 2.5, 3, 4], {"n_days": 4}, "row 1"),
        (np.ones(14), {"n_days": 2}, "n_days"),
        (np.ones(14), {"at": [14]}, "at: rows"),
        (np.ones(14), {"band": -0.1}, "band"),
        (np.ones(14), {"min_probability": 0}, "min_probability"),
        (np.ones(14), {"min_reported": 2}, "min_reported"),
        (np.ones(14), {"seen": np.ones(13)}, "seen"),
        (np.ones(14), {"seen": np.full(14, 1.5)}, "seen"),
    ],
)
def test_refuses_wrong_input(counts, said, message):
    with pytest.raises(ValueError, match=message):
        classify_trend(counts, **said)


def test_an_empty_series_has_no_trend():
    assert classify_trend(np.zeros((0, 3))).label.shape == (0, 3)
