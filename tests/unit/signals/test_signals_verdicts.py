"""signals.verdicts: a decided event is not raised again while its verdict lasts; elsewhere and later it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from tests.factories import watched
from tests.unit.signals.test_signals_events import ROW, at, flat, quiet

from fireline.policy import At, load_library
from fireline.signals.baselines import expect
from fireline.signals.events import QUIET_DAYS, find_events
from fireline.signals.streams import default_streams
from fireline.signals.verdicts import WINDOW_DAYS, Held, Verdict, held, verified_days, window_end
from fireline.signals.watch import watch

DAY = date(2026, 6, 10)


def events_of(scores, *windows):
    return find_events(scores, ROW, rates=flat(ROW, len(scores)), held=windows)[0]


def two_bouts(second, area=2):
    scores = quiet(ROW)
    scores[5, at(ROW, 2)] = 7
    scores[second, at(ROW, area)] = 7
    return scores


@pytest.mark.parametrize(("day", "area", "n"), [(25, 2, 1), (25, 3, 1), (25, 4, 2), (30, 2, 1), (31, 2, 2)])
def test_inside_the_window_and_beside_it_is_the_same_event(day, area, n):
    window = Held(5, 30, frozenset({2}))
    assert len(events_of(two_bouts(day, area))) == 2
    found = events_of(two_bouts(day, area), window)
    assert len(found) == n and (n == 2 or found[0].last_row == day)


def test_a_verdict_about_another_event_holds_nothing():
    scores = two_bouts(25)
    assert len(events_of(scores, Held(20, 30, frozenset({2})))) == 2  # the event of day 5 is not its event
    assert len(events_of(scores, Held(5 + QUIET_DAYS, 30, frozenset({2})))) == 1  # figures moved it a week
    assert len(events_of(scores, Held(5, 30, frozenset({4})))) == 2


def test_without_its_event_a_verdict_raises_nothing_and_hides_nothing():
    scores = quiet(ROW)
    assert events_of(scores, Held(5, 30, frozenset({2}))) == []
    scores[20, at(ROW, 2)] = 7
    assert len(events_of(scores, Held(5, 30, frozenset({2})))) == 1


def test_a_level_that_rises_in_the_window_is_reached():
    scores = two_bouts(25)
    scores[25, at(ROW, 2)] = 12
    (event,) = events_of(scores, Held(5, 30, frozenset({2})))
    assert event.reached["high"] == 25 and event.peak_row == 25


@pytest.mark.parametrize("state", ["verified", "escalated", "discarded"])
def test_a_window_lasts_from_the_verdict(state):
    days = timedelta(days=WINDOW_DAYS[state])
    assert window_end(state, until=DAY, decided=DAY) == DAY + days
    assert window_end(state, until=DAY + timedelta(days=60), decided=DAY) == DAY + timedelta(days=60)
    assert window_end("observing", until=DAY, decided=DAY) == DAY


def expected(rows=None):
    return expect(watched.records(count_rows=rows), default_streams(), last=watched.LAST)


def verdict(state="verified", areas=(watched.TOWNS[2],), first=DAY, until=DAY):
    return Verdict(state, frozenset(areas), first, until, until)


def test_verdicts_on_the_calendar_of_the_figures():
    seen = expected()
    row = (DAY - seen.first).days
    (window,) = held([verdict(), verdict(areas=("elsewhere",))], seen)
    assert window == Held(row, row + 28, frozenset({2}))
    days = verified_days(
        [verdict(until=DAY + timedelta(days=2)), verdict("discarded", first=seen.first)], seen
    )
    assert np.flatnonzero(days).tolist() == [row, row + 1, row + 2]
    early = verified_days([verdict(first=seen.first - timedelta(days=9), until=seen.first)], seen)
    assert np.flatnonzero(early).tolist() == [0]
    assert not verified_days(
        [verdict(first=DAY - timedelta(days=999), until=DAY - timedelta(days=998))], seen
    ).any()


def again():
    """Two bouts in one township, three weeks apart."""
    rows = watched.counts(lift=(0.0, 0.0))
    bouts = {watched.LAST - timedelta(days=back) for back in (0, 1, 2, 24, 25, 26)}
    for row in rows:
        if row["area_code"] == watched.TOWNS[2] and row["date"] in bouts:
            row["count"] *= 3
    return rows


def test_watch_does_not_raise_a_decided_event_again():
    rules = At(load_library(), "covid-19", watched.COUNTY, watched.LAST)
    moment = datetime(2026, 6, 30, 10, tzinfo=UTC)
    found = watched.records(count_rows=again())

    def raised(*verdicts):
        said = watch(found, rules, at=moment, verdicts=verdicts)
        return [t for t in said.triggers if watched.TOWNS[2] in t.touched and t.until >= watched.LAST - timedelta(days=30)]  # fmt: skip

    before = raised()
    assert len(before) == 2
    first = min(before, key=lambda t: t.raised)
    said = verdict("verified", first=first.raised, until=first.until)
    (after,) = raised(said)
    assert after.trigger_id == first.trigger_id and after.until == watched.LAST
    long_ago = replace(said, decided=first.until - timedelta(days=28))
    assert len(raised(long_ago)) == 2
