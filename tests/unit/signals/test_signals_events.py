"""signals.events: alarms become events, events have a rate, and an event is raised once."""

import numpy as np
import pytest
from tests.factories.streams import TZ, codes, squares

from fireline.records.model import Records
from fireline.signals.events import (
    LEVEL_RATES,
    LONGEST_DAYS,
    MONTH_DAYS,
    QUIET_DAYS,
    AlarmRate,
    alarms_of,
    bound,
    find_events,
    fit_rate,
)
from fireline.signals.fusion.areas import area_sets

ROW = area_sets(Records({"areas": squares(codes(5), columns=5)}, TZ), codes(5))  # five townships in a row
LONE = area_sets(Records({}, TZ), ["a", "b", "c"])


def at(sets, *areas):
    return next(z for z in range(sets.n) if sets.of(z) == areas)


def quiet(sets, n_days=40):
    return np.full((n_days, sets.n), -3.0)


def flat(sets, n_days, *, least=5.0):
    """A rate by which a score of ``least`` is as rare as four false alarms a month, whatever the class."""
    n = 4
    return [AlarmRate(np.full(n, least), np.full(n, 4.0), np.ones(n), np.ones(n), 12.0)] * n_days


def events_of(scores, sets=ROW):
    return find_events(scores, sets, rates=flat(sets, len(scores)))[0]


def test_it_works():
    scores = quiet(ROW)
    scores[10:14, at(ROW, 2)] = [6, 8, 7, 6]
    (event,) = events_of(scores)
    assert (event.first_row, event.last_row, event.peak_row, event.peak_score) == (10, 13, 11, 8.0)
    assert event.members == {2} and ROW.of(event.first_set) == ROW.of(event.peak_set) == (2,)
    assert event.per_month == pytest.approx(4 * np.exp(-3))
    assert event.reached == {"very_low": 10, "low": 11, "medium": 11}


def test_alarms_within_a_week_beside_each_other_are_one_event():
    scores = quiet(ROW)
    scores[10, at(ROW, 1)] = 6
    scores[10 + QUIET_DAYS, at(ROW, 2)] = 9
    (event,) = events_of(scores)
    assert event.members == {1, 2} and event.last_row == 17


@pytest.mark.parametrize(("day", "area"), [(10 + QUIET_DAYS + 1, 1), (12, 4)])
def test_later_or_far_away_it_is_another_event(day, area):
    scores = quiet(ROW)
    scores[10, at(ROW, 1)] = 6
    scores[day, at(ROW, area)] = 9
    assert len(events_of(scores)) == 2


def test_an_event_is_not_raised_again_within_its_window():
    scores = quiet(ROW, 60)
    scores[10:45:QUIET_DAYS, at(ROW, 0)] = 6
    (event,) = events_of(scores)
    assert (event.first_row, event.last_row) == (10, 38)


def test_of_sets_that_share_an_area_the_rarest_is_named():
    scores = quiet(ROW)
    scores[10, [at(ROW, 1), at(ROW, 1, 2), at(ROW, 4)]] = [6, 9, 7]
    events = events_of(scores)
    assert sorted(sorted(e.members) for e in events) == [[1, 2], [4]]


def test_alarms_of_one_day():
    scores = np.array([1.0, 5.0, 4.0, 2.0])  # a, b, c, all
    per_month = np.array([9.0, 0.5, 0.7, 0.6])
    assert alarms_of(scores, per_month, LONE, 4.0) == [1, 2]
    assert alarms_of(scores, per_month, LONE, 0.1) == []
    assert alarms_of(scores, np.array([9, 0.5, 0.7, 0.1]), LONE, 4.0) == [3]


def test_levels_are_reached_on_their_days():
    scores = quiet(ROW)
    scores[10:14, at(ROW, 2)] = [5.1, 6.5, 7.6, 9.0]
    (event,) = events_of(scores)
    assert event.reached == {"very_low": 10, "low": 11, "medium": 12, "high": 13}
    assert list(LEVEL_RATES) == ["very_low", "low", "medium", "high"]


def test_before_there_is_a_past_the_bound_speaks():
    """A Bayes factor of b comes on one day in b at most: e^score days, whatever the number of areas."""
    for sets in (ROW, LONE):
        rate = bound(sets)
        for kind in np.unique(sets.kind).tolist():
            assert float(rate.of(3.0, kind)) == pytest.approx(MONTH_DAYS * np.exp(-3))
            assert rate.score_at(1.0, kind) == pytest.approx(np.log(MONTH_DAYS))
    assert fit_rate(np.full((5, ROW.n), np.nan), ROW).per_month.tolist() == bound(ROW).per_month.tolist()


def chance_scores(n_days, sets, *, seed=1, scale=1.0):
    """Scores with exponential tails, as Bayes factors have without an event."""
    rng = np.random.default_rng(seed)
    return rng.exponential(scale, (n_days, sets.n)) - 3.0


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_stated_rates_hold_on_days_to_come(scale):
    """Judged by half of the days, as many events come in the other half as was said."""
    past, later = (chance_scores(3_000, LONE, seed=s, scale=scale) for s in (2, 3))
    rate = fit_rate(past, LONE)
    n = 0
    for level in ("low", "medium"):
        limit = LEVEL_RATES[level]
        events, _ = find_events(later, LONE, rates=[rate] * len(later))
        n = sum(level in e.reached for e in events)
        assert n / (len(later) / MONTH_DAYS) == pytest.approx(limit, rel=0.6)


def test_each_class_has_its_share_of_false_alarms():
    scores = chance_scores(2_000, ROW)
    scores[:, ROW.kind == 3] *= 3  # the whole county wanders
    rate = fit_rate(scores, ROW)
    events, _ = find_events(scores, ROW, rates=[rate] * len(scores))
    whole = [e for e in events if "low" in e.reached and ROW.kind[e.peak_set] == 3]
    assert len(whole) < 0.2 * sum("low" in e.reached for e in events)
    assert rate.score_at(1.0, 3) > rate.score_at(1.0, 0)


def test_one_true_outbreak_of_the_past_does_not_deafen():
    scores = chance_scores(400, LONE)
    calm = fit_rate(scores, LONE)
    scores[100:110, 1] = 40.0
    shaken = fit_rate(scores, LONE)
    assert shaken.score_at(1.0, 0) < calm.score_at(1.0, 0) + 1.5


def test_verified_events_are_no_false_alarms():
    scores = chance_scores(200, LONE)
    scores[50:80, 0] = 12.0
    verified = np.zeros(200, bool)
    verified[50:80] = True
    with_it, without = fit_rate(scores, LONE), fit_rate(scores, LONE, excluded=verified)
    assert without.score_at(1.0, 0) <= with_it.score_at(1.0, 0)
    assert without.months == pytest.approx(170 / MONTH_DAYS)


def test_an_endless_event_counts_more_than_once():
    n_days = 40 * LONGEST_DAYS
    scores = np.full((n_days, LONE.n), -3.0)
    long, short = scores.copy(), scores.copy()
    long[: LONGEST_DAYS * 2 + 1, 0] = 4.0  # the same number of days, once as one event, once as many
    short[: (LONGEST_DAYS * 2 + 1) * 10 : 10, 0] = 4.0
    one, many = fit_rate(long, LONE), fit_rate(short, LONE)
    assert one.per_month[0] * one.months == pytest.approx(3, abs=0.3)
    assert many.per_month[0] * many.months == pytest.approx(57, abs=2)


def test_each_day_is_judged_by_the_days_before():
    scores = chance_scores(120, ROW, seed=5)
    louder = scores.copy()
    louder[90:] += 9
    one, two = (find_events(s, ROW, first_row=20) for s in (scores, louder))
    before = [(e.first_row, e.first_set, e.peak_score) for e in one[0] if e.last_row < 80]
    assert before == [(e.first_row, e.first_set, e.peak_score) for e in two[0] if e.last_row < 80]
    assert len(one[1]) == 100
    for k in (0, 40, 69):
        np.testing.assert_array_equal(one[1][k].base, two[1][k].base)


def test_days_without_a_score_raise_nothing():
    scores = np.full((30, ROW.n), np.nan)
    events, rates = find_events(scores, ROW)
    assert events == [] and len(rates) == 30
