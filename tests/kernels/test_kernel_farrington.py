"""The flexible Farrington method equals its plain-loop twin: windows, weights, trend, bounds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_farrington import naive_farrington, naive_seasons

from fireline.signals.detectors.farrington import baseline, farrington_flexible

RTOL = 1e-8
METHODS = ("delta", "nb_plugin", "mu_an")
POWER_NAMES = {"2/3": 2 / 3, "1/2": 0.5, "none": 1.0}


def detect(series, row, **options):
    return farrington_flexible(np.array(series, float).reshape(-1, 1), [row], **options)


def assert_same(found, expected):
    mu0, phi, upper, p_value, alarm, enough, trend = expected
    assert bool(found.trend[0, 0]) == trend
    assert bool(found.enough[0, 0]) == enough
    np.testing.assert_allclose(found.mu0[0, 0], mu0, rtol=RTOL)
    np.testing.assert_allclose(found.phi[0, 0], phi, rtol=RTOL)
    np.testing.assert_allclose(found.upper[0, 0], upper, rtol=RTOL)
    np.testing.assert_allclose(found.p_value[0, 0], p_value, rtol=1e-7, atol=1e-13)
    assert bool(found.alarm[0, 0]) == alarm


def renamed(options):
    """Options of the detector as the twin calls them."""
    names = {
        "weeks_excluded": "excluded", "threshold_method": "method", "weights_threshold": "threshold",
        "power": "power",
    }  # fmt: skip
    return {names.get(k, k): POWER_NAMES.get(v, v) if k == "power" else v for k, v in options.items()}


@st.composite
def asked(draw):
    w = draw(st.integers(0, 2))
    b = draw(st.integers(2, 4))
    return {
        "b": b,
        "w": w,
        "freq": 10,
        "n_periods": draw(st.integers(1, min(4, 10 - 2 * w))),
        "weeks_excluded": draw(st.integers(0, 6)),
        "threshold_method": draw(st.sampled_from(METHODS)),
        "power": draw(st.sampled_from(sorted(POWER_NAMES))),
        "weights_threshold": draw(st.sampled_from([None, 1.0, 2.58])),
        "trend_p": draw(st.sampled_from([0.05, 1.0])),
        "with_trend": draw(st.booleans()),
        "limit54": (draw(st.integers(0, 12)), draw(st.integers(1, 5))),
        "alpha": draw(st.sampled_from([0.05, 0.005])),
        "definition": draw(st.sampled_from(["surveillance", "published"])),
    }


@settings(max_examples=70, deadline=None)
@given(asked(), st.integers(0, 10_000), st.floats(0.5, 4), st.sampled_from([0.0, 0.0, 0.1]))
def test_equals_twin(options, seed, log_mean, holes):
    rng = np.random.default_rng(seed)
    week = np.arange(48)
    mean = np.exp(log_mean + 0.5 * np.sin(week / 10 * 2 * np.pi) + rng.normal(0, 0.01) * week)
    series = rng.negative_binomial(mean / 0.8, 1 / 1.8).astype(float)
    series[rng.integers(0, 48, 2)] += rng.integers(0, 60, 2)
    series[rng.random(48) < holes] = np.nan
    row = int(rng.integers(options["b"] * 10 + options["w"], 48))
    if is_delicate(series, row, options):
        return
    assert_same(detect(series, row, **options), naive_farrington(series.tolist(), row, **renamed(options)))


def is_delicate(series, row, options):
    """Seasons of one reported row: their residual is 0 / 0 but for rounding."""
    centres = [row - 10 * j for j in range(1, options["b"] + 1)]
    seasons = naive_seasons(
        row, centres, w=options["w"], n_periods=options["n_periods"], excluded=options["weeks_excluded"]
    )
    known = [s for t, s in seasons.items() if not np.isnan(series[t])]
    return any(known.count(s) == 1 for s in set(known)) or len(known) < 8


@pytest.mark.parametrize("definition", ["surveillance", "published"])
@pytest.mark.parametrize("method", METHODS)
def test_people_at_risk_equal_twin(method, definition):
    rng = np.random.default_rng(4)
    people = np.exp(rng.normal(8, 0.3, 48))
    series = rng.poisson(people / 400).astype(float)
    people[13] = np.nan
    options = {
        "b": 3,
        "w": 2,
        "freq": 12,
        "n_periods": 3,
        "threshold_method": method,
        "definition": definition,
    }
    found = detect(series, 46, population=people.reshape(-1, 1), **options)
    assert_same(found, naive_farrington(series.tolist(), 46, population=people.tolist(), **renamed(options)))


def test_series_side_by_side_do_not_mix():
    rng = np.random.default_rng(7)
    counts = rng.negative_binomial(3.0, 0.4, (60, 75)).astype(float)  # more than two blocks of series
    counts[30, 40] = np.nan
    counts[20:25, 3] = 60
    options = {"b": 4, "w": 1, "freq": 12, "n_periods": 4, "trend_p": 1.0}
    found = farrington_flexible(counts, [55, 59], **options)
    for s in (0, 3, 31, 32, 40, 63, 64, 74):
        for k, row in enumerate((55, 59)):
            alone = detect(counts[:, s], row, **options)
            for name in ("mu0", "phi", "upper", "statistic", "p_value", "alarm", "enough", "trend"):
                np.testing.assert_array_equal(getattr(found, name)[k, s], getattr(alone, name)[0, 0])


SPLITS = [
    (52, 3, 10, [5] * 9),
    (52, 3, 5, [12, 11, 11, 11]),
    (52, 3, 7, [8, 8, 8, 7, 7, 7]),
    (12, 1, 3, [5, 4]),
    (365, 3, 10, [40] * 7 + [39] * 2),
]


@pytest.mark.parametrize(("freq", "w", "n_periods", "lengths"), SPLITS)
def test_seasons_are_as_even_as_can_be(freq, w, n_periods, lengths):
    row = 3 * freq + w
    made = baseline(row, row - freq * np.arange(1, 3), w=w, n_periods=n_periods, excluded=w)
    sizes = np.diff(made.layout.run_first)
    assert sizes.tolist() == [2 * w + 1, *lengths] * 2
    assert made.layout.run_group.tolist() == list(range(n_periods)) * 2
    assert made.row[0] == row - 2 * freq - w and made.row[-1] == row - w - 1


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 3),
    st.integers(1, 6),
    st.integers(0, 30),
    st.lists(st.integers(11, 16), min_size=1, max_size=4),
)
def test_seasons_equal_twin(w, n_periods, excluded, gaps):
    row = 80
    centres = (row - np.cumsum(gaps)).astype(np.int64)
    expected = naive_seasons(row, centres.tolist(), w=w, n_periods=n_periods, excluded=excluded)
    made = baseline(row, centres, w=w, n_periods=n_periods, excluded=excluded)
    groups = np.repeat(made.layout.run_group, np.diff(made.layout.run_first))
    assert dict(zip(made.row.tolist(), groups.tolist(), strict=True)) == expected
    assert made.layout.time.tolist() == [float(t - row) for t in expected]
    for first, last in zip(made.layout.run_first[:-1], made.layout.run_first[1:], strict=True):
        assert (np.diff(made.layout.time[first:last]) == 1).all()


def test_silence_before_and_cases_now_alarm():
    series = np.zeros(320)
    series[-1] = 6
    for options in (
        {},
        {"n_periods": 10, "weeks_excluded": 26, "threshold_method": "nb_plugin", "trend_p": 1.0},
    ):
        found = detect(series, 319, **options)
        assert found.alarm[0, 0] and found.mu0[0, 0] < 1e-9 and found.upper[0, 0] < 0.01


def test_too_few_cases_never_alarm():
    series = np.zeros(320)
    series[-1] = 4
    found = detect(series, 319)
    assert not found.alarm[0, 0] and not found.enough[0, 0] and math.isnan(found.upper[0, 0])
    assert detect(series, 319, limit54=(4, 4)).alarm[0, 0]
    series[-3] = 1
    assert detect(series, 319).enough[0, 0]


def test_past_outbreak_hides_the_next_one_unless_weighed_down():
    rng = np.random.default_rng(3)
    series = rng.poisson(10, 320).astype(float)
    series[[319 - 52, 319 - 53]] = 90
    series[-1] = 26
    options = {"n_periods": 10, "weeks_excluded": 26, "threshold_method": "nb_plugin", "trend_p": 1.0}
    hidden, seen = detect(series, 319, weights_threshold=None, **options), detect(series, 319, **options)
    assert not hidden.alarm[0, 0] and seen.alarm[0, 0]
    assert seen.phi[0, 0] < hidden.phi[0, 0]
