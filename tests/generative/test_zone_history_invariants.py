"""Replaying a zone's history: any hour gives what the steps up to it say, and the last hour what stands now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fireline.store.zone_history import IN_FORCE, replay

START = datetime(2026, 6, 1, tzinfo=UTC)
LEVELS = {"U1": "sealed", "U2": "sealed", "U3": "managed"}
DOWN = {"sealed": "managed", "managed": "precaution", "precaution": ""}


@st.composite
def histories(draw):
    """Steps in the order a zone can take them, some of them at the same hour."""
    at, steps, levels = START, [], dict(LEVELS)

    def add(what, **detail):
        nonlocal at
        at += timedelta(minutes=draw(st.integers(0, 90)))
        steps.append({"at": at, "what": what, "detail": detail, "by": "x"})

    add("proposed")
    if draw(st.booleans()):
        add("withdrawn")
        return steps, {}
    for what in ("signed", "published", "staffed")[: draw(st.integers(0, 3))]:
        add(what)
    if len(steps) == 1:
        return steps, levels
    for _ in range(draw(st.integers(0, 5))):
        standing = sorted(levels)
        if not standing:
            break
        units = draw(st.lists(st.sampled_from(standing), min_size=1, unique=True))
        level = levels[units[0]]
        units = [u for u in units if levels[u] == level]
        to = draw(st.sampled_from([DOWN[level], ""]))
        add("lowered", units=units, **{"from": level, "to": to})
        for unit in units:
            levels.pop(unit)
            if to:
                levels[unit] = to
    if not levels:
        add("lifted", units=[])
    return steps, levels


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_last_hour_is_what_stands(made):
    steps, levels = made
    now = replay(steps, LEVELS)
    assert now.levels == levels
    assert now.is_in_force == (now.state in IN_FORCE)
    assert (now.state == "lifted") == (not levels and steps[-1]["what"] == "lifted")


@settings(max_examples=100, deadline=None)
@given(histories(), st.integers(-60, 1_500))
def test_an_hour_is_the_replay_of_the_steps_until_then(made, minutes):
    steps, _ = made
    at = START + timedelta(minutes=minutes)
    then = replay(steps, LEVELS, at=at)
    again = replay([s for s in steps if s["at"] <= at], LEVELS)
    assert (then.state, then.levels, then.lowered, then.lifted) == (
        again.state,
        again.levels,
        again.lowered,
        again.lifted,
    )
    assert [s["at"] for s in then.steps] == [s["at"] for s in steps if s["at"] <= at]


@settings(max_examples=50, deadline=None)
@given(histories())
def test_no_unit_becomes_stricter_and_each_is_lifted_once(made):
    steps, _ = made
    rank = {"sealed": 3, "managed": 2, "precaution": 1}
    before = dict(LEVELS)
    for n in range(1, len(steps) + 1):
        now = replay(steps[:n], LEVELS)
        for unit, level in now.levels.items():
            assert rank[level] <= rank[before[unit]]
        assert not set(now.lifted) & set(now.levels)
        before = {**before, **now.levels}


def test_gates_follow_their_hand_overs():
    steps = [
        {"at": START, "what": "proposed", "detail": {}},
        {"at": START, "what": "signed", "detail": {}},
        {"at": START, "what": "gate_assigned", "detail": {"gate": 5, "to": "bob", "unit": "town"}},
        {"at": START, "what": "gate_accepted", "detail": {"gate": 5}},
        {"at": START, "what": "staffed", "detail": {}},
        {"at": START, "what": "gate_handed_back", "detail": {"gate": 5}},
        {"at": START, "what": "unstaffed", "detail": {}},
    ]
    assert replay(steps[:3], LEVELS).gates["5"]["accepted_at"] is None
    assert replay(steps[:5], LEVELS).gates["5"] == {"to": "bob", "unit": "town", "accepted_at": START}
    assert replay(steps, LEVELS).gates == {} and replay(steps, LEVELS).state == "published"
