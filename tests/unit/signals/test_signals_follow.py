"""The same event in a later run, and what is new of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.factories.triggers import moved, ruled, trigger
from tests.factories.worlds import TOWN_A, TOWN_B

from fireline.signals.follow import QUIET_DAYS, Known, News, known, news_of, same_events
from fireline.signals.model import LEVELS

DAY = date(2022, 6, 10)


def event(name="A", *, kind="fusion", level="low", first=0, last=2, areas="x", rules=""):
    days = (DAY + timedelta(days=first), DAY + timedelta(days=last))
    return Known(name, kind, level, *days, frozenset(areas), frozenset(rules))


def test_what_is_known_of_a_trigger():
    one = trigger(touched=(TOWN_A, TOWN_B), rule_ids=("r/1",))
    found = known(one)
    assert (found.trigger_id, found.kind, found.level) == ("T1", "fusion", "high")
    assert (found.raised, found.until) == (one.raised, one.until)
    assert found.touched == {TOWN_A, TOWN_B} and found.rule_ids == {"r/1"}
    assert known(replace(one, touched=())).touched == {TOWN_A}, (
        "a trigger that names no more touches its areas"
    )


def test_the_same_id_is_the_same_event_whatever_else_moved():
    before, now = event("A", areas="x"), event("A", areas="y", first=90, last=91)
    assert same_events([before], [now]) == {"A": "A"}


def test_late_figures_move_the_id_and_not_the_event():
    before = known(trigger("OLD"))
    now = known(moved(trigger("NEW"), -2))
    assert same_events([before], [now]) == {"NEW": "OLD"}
    assert same_events([before], [known(moved(trigger("NEW", areas=(TOWN_B,), touched=(TOWN_B,)), -2))]) == {}


def test_another_kind_another_place_or_a_week_between_is_another_event():
    before = event("A", last=2)
    assert same_events([before], [event("B", kind="rule", rules="r")]) == {}
    assert same_events([before], [event("B", areas="y")]) == {}
    assert same_events([before], [event("B", first=2 + QUIET_DAYS, last=20)]) == {"B": "A"}
    assert same_events([before], [event("B", first=3 + QUIET_DAYS, last=20)]) == {}


def test_rules_are_the_same_event_only_by_the_same_rule():
    before = event("A", kind="rule", rules="r")
    assert same_events([before], [event("B", kind="rule", rules="s")]) == {}
    assert same_events([before], [event("B", kind="rule", rules="rs")]) == {"B": "A"}
    assert same_events([known(ruled("OLD"))], [known(moved(ruled("NEW"), 1))]) == {"NEW": "OLD"}


def test_each_event_goes_on_at_most_once_and_the_most_shared_days_win():
    before = [event("A", first=0, last=9), event("B", first=8, last=12)]
    now = [event("N", first=1, last=9), event("M", first=9, last=12)]
    assert same_events(before, now) == {"N": "A", "M": "B"}
    assert same_events(before[:1], now) == {"N": "A"}


def test_of_equals_the_one_with_more_areas_then_the_first_id():
    before = [event("A", areas="x"), event("B", areas="xy")]
    assert same_events(before, [event("N", areas="xy")]) == {"N": "B"}
    assert same_events([event("B"), event("A")], [event("N")]) == {"N": "A"}


_EVENTS = st.lists(
    st.builds(
        event,
        st.sampled_from("ABCDEF"),
        kind=st.sampled_from(("fusion", "rule")),
        first=st.integers(0, 30),
        last=st.integers(30, 60),
        areas=st.sampled_from(("x", "y", "xy")),
        rules=st.sampled_from(("r", "s")),
    ),
    max_size=5,
    unique_by=lambda k: k.trigger_id,
)


@given(_EVENTS, _EVENTS)
def test_matching_is_one_to_one_and_forgets_no_id(before, now):
    found = same_events(before, now)
    assert len(set(found.values())) == len(found)
    ids = {b.trigger_id for b in before}
    for k in now:
        assert found.get(k.trigger_id, "") in ({k.trigger_id} if k.trigger_id in ids else {"", *ids})
    assert same_events(list(reversed(before)), list(reversed(now))) == found


def test_a_higher_level_another_rule_and_another_area_are_news():
    before = event(level="low", areas="x", rules="r")
    assert news_of(before, before) == ()
    assert news_of(before, event(level="high", areas="yx", rules="tsr")) == (
        News("level", was="low", now="high"),
        News("rule", added=("s", "t")),
        News("area", added=("y",)),
    )


def test_a_lower_level_or_less_of_anything_is_no_news():
    assert (
        news_of(event(level="high", areas="xy", rules="rs"), event(level="low", areas="x", rules="r")) == ()
    )


def test_only_a_level_or_a_rule_makes_it_worse():
    found = news_of(event(areas="x"), event(level="medium", areas="xy", rules="r"))
    assert [n.is_worse for n in found] == [True, True, False]


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_levels_rise_along_the_ladder(was, now):
    found = news_of(event(level=was), event(level=now))
    assert bool(found) == (LEVELS.index(now) > LEVELS.index(was))
