"""signals.renewal.nowcast: final counts to be expected, with intervals that hold."""

import numpy as np
import pytest
from scipy import stats
from tests.factories.epidemics import delays_like, late_reports

from fireline.errors import InputError
from fireline.signals import nowcast, reporting_triangle
from fireline.signals.renewal.nowcast import _count_quantile

DELAYS = delays_like(16)


def world(seed, *, n_days=70, level=30.0, growth=0.0, **late):
    rng = np.random.default_rng(seed)
    mean = level * np.exp(growth * (np.arange(n_days) - n_days + 1) + np.cumsum(rng.normal(0, 0.04, n_days)))
    return late_reports(rng, rng.poisson(mean), delays=DELAYS, **late)


def test_it_works():
    triangle, final = world(1)
    found = nowcast(triangle)
    assert found.max_delay == 15 and found.level == 0.9
    assert (found.expected >= found.reported).all() and (found.low >= found.reported).all()
    assert (found.low <= found.expected).all() and (found.expected <= found.high).all()
    np.testing.assert_array_equal(found.reported, triangle.sum(axis=1))
    assert found.expected[-15:].sum() == pytest.approx(final[-15:].sum(), rel=0.15)
    assert (np.diff(found.seen[-15:]) < 0).all()  # the younger the day, the less of it is in


def test_old_days_are_done():
    triangle, _ = world(2)
    found = nowcast(triangle)
    old = slice(None, -15)
    for bound in (found.expected, found.low, found.high):
        np.testing.assert_array_equal(bound[old], found.reported[old])
    assert (found.seen[old] == 1).all()


def test_two_runs_agree_to_the_last_digit():
    triangle, _ = world(3)
    one, two = nowcast(triangle), nowcast(triangle)
    np.testing.assert_array_equal(one.expected, two.expected)
    np.testing.assert_array_equal(one.high, two.high)


def test_a_higher_level_is_wider():
    triangle, _ = world(4)
    narrow, wide = nowcast(triangle, level=0.5), nowcast(triangle, level=0.98)
    assert (narrow.low >= wide.low).all() and (narrow.high <= wide.high).all()
    assert (wide.high - wide.low)[-1] > (narrow.high - narrow.low)[-1]


def coverage(n, *, most_seen=0.9, **said):
    """Share of days with less than ``most_seen`` reported whose final count lies in the interval."""
    holds = []
    for seed in range(n):
        triangle, final = world(1000 + seed, **({"n_days": 66 + seed % 7} | said))
        found = nowcast(triangle)
        open_days = found.seen < most_seen
        holds += ((found.low <= final) & (final <= found.high))[open_days].tolist()
    return np.mean(holds), len(holds)


WORLDS = {
    "steady": {"level": 60.0},
    "large": {"level": 120.0},
    "growing": {"level": 60.0, "growth": 0.07},
    "growing fast": {"level": 150.0, "growth": 0.15},
    "three weeks old": {"level": 40.0, "growth": 0.1, "n_days": 21},
    "falling": {"level": 30.0, "growth": -0.05},
    "weekends closed": {"level": 60.0, "weekend": "closed"},
    "weekends slow": {"level": 60.0, "weekend": "half"},
    "delays that differ from day to day": {"level": 60.0, "scatter": 0.02},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_the_interval_of_90_percent_holds_85_to_95_times_in_100(name):
    share, n = coverage(60, **WORLDS[name])
    assert n > 250
    assert 0.85 <= share <= 0.95, share


@pytest.mark.slow
def test_of_few_cases_the_interval_holds_at_least_as_often():
    """Counts are whole numbers: with two cases a day no interval is narrower than it may be."""
    share, _ = coverage(60, level=2.0)
    assert 0.88 <= share <= 1.0


@pytest.mark.slow
def test_it_leans_to_neither_side():
    for said in ({}, {"growth": 0.06, "level": 60.0}, {"weekend": "closed"}):
        off = []
        for seed in range(40):
            triangle, final = world(2000 + seed, **said)
            found = nowcast(triangle)
            off.append(found.expected[-15:].sum() / final[-15:].sum() - 1)
        assert abs(np.mean(off)) < 0.06


def test_it_beats_what_was_reported():
    worse = better = 0.0
    for seed in range(10):
        triangle, final = world(300 + seed)
        found = nowcast(triangle)
        worse += np.abs(found.reported - final)[-8:].sum()
        better += np.abs(found.expected - final)[-8:].sum()
    assert better < 0.4 * worse


# --- weekdays and closed days ------------------------------------------------------------------------


def test_closed_weekends_are_seen_by_themselves():
    triangle, _ = world(5, weekend="closed")
    found = nowcast(triangle)
    np.testing.assert_array_equal(found.is_closed, np.arange(70) % 7 >= 5)
    said = nowcast(triangle, is_closed=np.arange(70) % 7 >= 5)
    np.testing.assert_array_equal(found.expected, said.expected)


def test_on_a_sunday_the_weekend_is_still_to_come():
    triangle, final = world(6, weekend="closed")
    found = nowcast(triangle)  # row 69 is a Sunday
    assert found.reported[-2:].sum() == 0 and (found.seen[-2:] == 0).all()
    assert (found.low[-2:] <= final[-2:]).all() and (final[-2:] <= found.high[-2:]).all()


def test_a_quiet_week_is_not_closed():
    triangle, _ = world(7, level=0.5)
    assert not nowcast(triangle).is_closed.any()


def test_slow_weekdays_are_learned():
    triangle, _ = world(8, weekend="half", level=80)
    found = nowcast(triangle, first_weekday=0)
    assert found.weekday[5:].max() < 0.75 and found.weekday.mean() == pytest.approx(1)
    shifted = nowcast(triangle, first_weekday=3)  # the names of the days change, the answer does not
    np.testing.assert_allclose(shifted.expected, found.expected, rtol=1e-6)
    assert shifted.weekday[[1, 2]].max() < 0.75


def test_a_day_on_which_nobody_reported():
    triangle, _ = world(9, level=40)
    lost = 60
    for delay in range(16):  # what was due on row 60 comes a day later
        if lost - delay >= 0 and delay + 1 < 16:
            triangle[lost - delay, delay + 1] += triangle[lost - delay, delay]
            triangle[lost - delay, delay] = 0
    triangle[lost - 15, 15] = 0
    found = nowcast(triangle)
    assert np.flatnonzero(found.is_closed).tolist() == [lost]


# --- building the triangle ---------------------------------------------------------------------------


def test_triangle_by_hand():
    #         onset, report: delays 0 1 0 3 9; the last is longer than 3
    found = reporting_triangle([10, 10, 11, 11, 10], [10, 11, 11, 14, 19], first=10, last=20, max_delay=3)
    assert found.counts[:2].tolist() == [[1, 1, 0, 0], [1, 0, 0, 1]]
    assert found.counts.shape == (11, 4) and found.counts.sum() == 4 and found.n_beyond == 1


def test_what_is_reported_later_is_not_known_yet():
    onset, report = np.array([10, 11, 12, 9]), np.array([11, 15, 12, 10])
    found = reporting_triangle(onset, report, first=10, last=12, max_delay=5)
    assert (
        found.counts.sum() == 2 and found.n_beyond == 0
    )  # the report of day 15 and the onset of day 9 are out


def test_the_longest_delay_is_taken_from_the_data():
    rng = np.random.default_rng(1)
    onset = rng.integers(0, 60, 500)
    delay = rng.integers(0, 8, 500)
    delay[:3] = 80
    found = reporting_triangle(onset, onset + delay, first=0, last=200)
    assert found.counts.shape[1] == 8 and found.n_beyond == 3
    assert reporting_triangle([], [], first=0, last=5).counts.shape == (6, 1)
    capped = reporting_triangle(np.zeros(10), np.full(10, 90), first=0, last=100)
    assert capped.counts.shape[1] == 43 and capped.n_beyond == 10


def test_a_report_before_the_onset_is_refused_in_words():
    with pytest.raises(InputError) as caught:
        reporting_triangle([10, 12, 13], [11, 11, 12], first=10, last=20)
    assert "2 case(s)" in str(caught.value) and "row 1" in str(caught.value)
    assert "2 例" in caught.value.words.zh and "更正日期" in caught.value.words.zh


def test_cases_beyond_the_longest_delay_are_said():
    triangle = reporting_triangle([0, 0, 0], [0, 1, 30], first=0, last=40, max_delay=4)
    assert nowcast(triangle).n_beyond == 1 and nowcast(triangle.counts).n_beyond == 0


def test_delays_are_learned_from_the_days_asked_for():
    rng = np.random.default_rng(2)
    slow, _ = late_reports(rng, rng.poisson(40, 60), delays=DELAYS[::-1] / DELAYS.sum())
    fast, final = late_reports(rng, rng.poisson(40, 60), delays=DELAYS)
    both = np.vstack([slow, fast])
    recent, whole = nowcast(both, n_history=30), nowcast(both, n_history=500)
    days = slice(-10, None)
    assert (
        np.abs(recent.expected[days] - final[days]).sum() < np.abs(whole.expected[days] - final[days]).sum()
    )


@pytest.mark.parametrize(
    "triangle",
    [np.zeros((30, 5)), np.zeros((1, 1)), np.array([[3.0]]), np.eye(1, 4), np.zeros((3, 10))],
    ids=["no cases", "one day", "one cell", "one row", "shorter than the delays"],
)
def test_edges(triangle):
    found = nowcast(triangle)
    for array in (found.expected, found.low, found.high, found.seen):
        assert array.shape == triangle.shape[:1] and np.isfinite(array).all()


@pytest.mark.parametrize(
    ("reports", "said", "message"),
    [
        (np.zeros(5), {}, "reports: expected shape"),
        (np.zeros((0, 3)), {}, "reports: expected shape"),
        (np.zeros((5, 3)), {"level": 1.0}, "level"),
        (np.zeros((5, 3)), {"n_history": 0}, "n_history"),
        (np.zeros((5, 3)), {"first_weekday": 7}, "first_weekday"),
        (np.ones((5, 3)), {}, "after the last day"),
        (np.full((5, 3), -1.0), {}, "none negative"),
        (np.zeros((5, 3)), {"is_closed": np.zeros(4, bool)}, "is_closed"),
    ],
)
def test_refuses_wrong_input(reports, said, message):
    with pytest.raises(ValueError, match=message):
        nowcast(reports, **said)


@pytest.mark.parametrize(
    ("onset", "report", "said", "message"),
    [
        ([1, 2], [1], {}, "one length"),
        ([1], [1], {"last": -1}, "first <= last"),
        ([1], [1], {"max_delay": -1}, "delay >= 0"),
    ],
)
def test_triangle_refuses_wrong_input(onset, report, said, message):
    with pytest.raises(ValueError, match=message):
        reporting_triangle(onset, report, **({"first": 0, "last": 9} | said))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_quantiles_of_counts_are_those_of_the_distribution(share):
    mean = np.array([0.0, 0.02, 0.7, 4.0, 90.0, 5.0])
    variance = np.array([0.0, 0.03, 1.5, 4.0, 400.0, 5.0])
    found = _count_quantile(share, mean, variance)
    for k, (m, v) in enumerate(zip(mean, variance, strict=True)):
        if m == 0:
            expected = 0
        elif v <= m:
            expected = stats.poisson.ppf(share, m)
        else:
            expected = stats.nbinom.ppf(share, m**2 / (v - m), m / v)
        assert found[k] == expected
