"""Lifting on generated zones: never early, only later with more cases, the same however rows are ordered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.zones.zones_world import (
    ZONE_RULES,
    case,
    contacts,
    line_of_units,
    records,
    rule,
    utc,
    written,
)

from fireline.zones.delimit import delimit
from fireline.zones.lift import judge_parts, lift
from fireline.zones.lifting.facts import Part
from fireline.zones.lifting.judge import is_met, judge

AT = utc(20, 12)
PRECISIONS = st.sampled_from(["minute", "hour", "day"])
HOURS = st.integers(-14 * 24, 0).map(lambda h: AT + timedelta(hours=h, minutes=h % 60))


@st.composite
def worlds(draw):
    """Up to five cases in three units, contacts of theirs and some negative samples."""
    n = draw(st.integers(1, 5))
    cases, people, met, tests = [], [], [], []
    for i in range(n):
        onset = draw(HOURS)
        cases.append(
            case(
                f"C{i}",
                onset,
                onset_precision=draw(PRECISIONS),
                found_as=draw(st.sampled_from([None, "community", "central_isolation"])),
            )
        )
        people.append({"person_key": f"PC{i}", "home_place_id": f"U{draw(st.integers(0, 2))}"})
        for j in range(draw(st.integers(0, 2))):
            met.append(
                {
                    "case_id": f"C{i}",
                    "person_key": draw(st.sampled_from([f"PC{(i + 1) % n}", f"PX{i}{j}"])),
                    "last_exposure": draw(HOURS),
                    "precision": draw(PRECISIONS),
                }
            )
        if draw(st.booleans()):
            tests.append(
                {
                    "sample_id": f"S{i}",
                    "subject_kind": "person",
                    "subject_id": f"PC{i}",
                    "kind": "pcr",
                    "taken_at": draw(HOURS),
                    "result": "negative",
                }
            )
    units = line_of_units(3)
    for unit in units["units"]:
        unit["population"] = 1
    return {"cases": cases, "persons": people, "tests": tests, **units}, met


def rules(days: int, contact_days: int):
    value = {
        "all": [
            {"fact": "days_no_new_infection", "ge": days},
            {"fact": "days_since_last_contact_exposure", "gt": contact_days},
            {"fact": "full_round_negative_within_days", "le": 2},
        ]
    }
    kept = [r for r in ZONE_RULES if r.concept != "zone.lift"]
    return written(
        *kept,
        rule("zone.lift", "sealed", value),
        rule("zone.exclude", "new_infection", {"found_as": ["central_isolation"]}),
    )


def judged(world, met, asked, units=("U0", "U1", "U2"), at=AT):
    rec, people = records(**world), contacts(*met)
    zones = delimit(rec, people, asked, at=at)
    part = Part("Z", "sealed", tuple(units), tuple(units), len(units))
    return judge_parts(rec, people.found, zones.placements, [part], asked, at=at)[0]


@settings(max_examples=25, deadline=None)
@given(worlds(), st.integers(1, 14), st.integers(1, 14))
def test_never_before_all_conditions_hold(made, days, contact_days):
    asked = rules(days, contact_days)
    one = judged(*made, asked)
    earliest, value = one.verdict.earliest_at, one.answer.value
    if earliest is None:
        assert one.verdict.is_due is not True  # a clock that nobody can start never runs out
        return
    assert earliest.minute == earliest.second == 0
    for hours in (1, 24, 24 * 30):
        assert is_met(value, one.facts, earliest - timedelta(hours=hours)) is not True
    clocks = {"all": value["all"][:2]}
    assert is_met(clocks, one.facts, earliest) is True
    assert is_met(clocks, one.facts, earliest - timedelta(seconds=1)) is False
    # each clock by hand, from what the world says and nothing else
    lone = [c for c in made[0]["cases"] if c["found_as"] != "central_isolation"] or made[0]["cases"]
    assert earliest >= max(c["onset"] for c in lone) + timedelta(days=days)
    assert earliest >= max(m["last_exposure"] for m in made[1]) + timedelta(days=contact_days + 1)


@settings(max_examples=15, deadline=None)
@given(worlds(), HOURS, st.sampled_from([None, "community", "central_isolation"]))
def test_one_more_case_never_brings_the_hour_forward(made, onset, kind):
    world, met = made
    asked = rules(7, 7)
    before = judged(world, met, asked).verdict.earliest_at
    lived = [c for c in world["cases"] if c["found_as"] != "central_isolation"]
    more = {
        **world,
        "cases": [*world["cases"], case("C9", onset, found_as=kind)],
        "persons": [*world["persons"], {"person_key": "PC9", "home_place_id": "U1"}],
    }
    after = judged(more, met, asked).verdict.earliest_at
    if before is None:
        return
    if lived:  # where no case counted before, the first one that does takes the place of all of them
        assert after is not None and after >= before


@settings(max_examples=15, deadline=None)
@given(worlds(), HOURS)
def test_one_more_contact_never_brings_the_hour_forward(made, exposure):
    world, met = made
    asked = rules(7, 7)
    before = judged(world, met, asked).verdict.earliest_at
    more = [*met, {"case_id": "C0", "person_key": "PNEW", "last_exposure": exposure}]
    after = judged(world, more, asked).verdict.earliest_at
    assert before is None or after >= before


@settings(max_examples=10, deadline=None)
@given(worlds())
def test_the_order_of_rows_changes_nothing(made):
    world, met = made
    asked = rules(7, 7)
    turned = {name: rows[::-1] for name, rows in world.items()}
    first, second = judged(world, met, asked), judged(turned, met[::-1], asked)
    assert first.verdict == second.verdict and first.facts.clocks == second.facts.clocks


@settings(max_examples=10, deadline=None)
@given(worlds(), st.integers(-400, 400))
def test_shifting_all_hours_shifts_the_hour(made, days):
    world, met = made
    shift, asked = timedelta(days=days), rules(7, 7)
    moved = {
        **world,
        "cases": [{**c, "onset": c["onset"] + shift} for c in world["cases"]],
        "tests": [{**t, "taken_at": t["taken_at"] + shift} for t in world["tests"]],
    }
    later = [{**m, "last_exposure": m["last_exposure"] + shift} for m in met]
    first, second = judged(world, met, asked), judged(moved, later, asked, at=AT + shift)
    assert second.verdict.is_due == first.verdict.is_due
    if first.verdict.earliest_at is not None:
        assert second.verdict.earliest_at == first.verdict.earliest_at + shift


@pytest.mark.parametrize("level", ["sealed", "managed", "precaution"])
def test_every_drawn_zone_has_its_row_at_every_level(level):
    world = line_of_units(3) | {
        "cases": [case("C0", utc(18, 8))],
        "persons": [{"person_key": "PC0", "home_place_id": "U0"}],
    }
    rec, people, asked = records(**world), contacts(), rules(7, 7)
    zones = delimit(rec, people, asked, at=AT)
    table = lift(rec, people, zones, asked, at=AT)
    wanted = zones.levels.filter(zones.levels["level"] == level)["zone_id"].unique().to_list()
    assert table.filter(table["level"] == level)["zone_id"].to_list() == sorted(wanted)


def test_a_judgement_needs_a_rule_in_force():
    one = judged({"cases": [case("C0", utc(18))], **line_of_units(3)}, [], written())
    assert judge(one.answer, one.facts, AT).is_due is None and one.steps[0].to_level == ""
