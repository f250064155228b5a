"""Stays of a day: in order, without overlap of one person, weekends without school."""

from __future__ import annotations

import numpy as np
import pytest

from fireline.drill.county import build
from fireline.drill.schedule import DAY_MIN, Stays, errand_places, join, stays_of_day


@pytest.fixture(scope="module")
def county():
    return build(n_people=6_000, rng=np.random.default_rng(3))


@pytest.fixture(scope="module")
def monday(county):
    return stays_of_day(county, errand_places(county), day=7, weekday=0, rng=np.random.default_rng(1))


def test_stays_are_sorted_and_lie_in_their_day(monday):
    assert (np.diff(monday.place) >= 0).all()
    assert (monday.enter_min >= 7 * DAY_MIN).all()
    assert (monday.leave_min <= 8 * DAY_MIN).all()
    assert (monday.leave_min > monday.enter_min).all()


def test_nobody_is_at_two_places_at_once(monday):
    order = np.lexsort((monday.enter_min, monday.person))
    person, enter, leave = (a[order] for a in (monday.person, monday.enter_min, monday.leave_min))
    same = person[1:] == person[:-1]
    assert (enter[1:][same] >= leave[:-1][same]).all()


def test_school_on_monday_not_on_sunday(county, monday):
    kind = np.array(county.places.kind)
    sunday = stays_of_day(county, errand_places(county), day=6, weekday=6, rng=np.random.default_rng(1))
    pupils = county.people.age < 18
    assert ((kind[monday.place] == "classroom") & pupils[monday.person]).sum() > 500
    assert not ((kind[sunday.place] == "classroom") & pupils[sunday.person]).any()
    assert not (kind[sunday.place] == "workplace").any()
    assert len(sunday.person) > 500  # errands go on


def test_errand_slices_hold_the_kind_and_township_they_name(county):
    errands = errand_places(county)
    from fireline.drill.county import ERRAND_KINDS

    for k, kind in enumerate(ERRAND_KINDS):
        for t in (0, 1, 7, 21):
            part = errands.place[errands.first[k, t] : errands.first[k, t] + errands.count[k, t]]
            assert len(part)
            assert {county.places.kind[p] for p in part} == {kind}
            assert set(county.places.township[part].tolist()) == {t}


def test_take_and_join_keep_rows_together():
    one = Stays(*(np.array(a) for a in ([1, 2], [3, 4], [5, 6], [7, 8])))
    both = join([one, one.take(np.array([True, False]))])
    assert both.person.tolist() == [1, 2, 1]
    assert both.place.tolist() == [3, 4, 3]
    assert both.leave_min.tolist() == [7, 8, 7]
