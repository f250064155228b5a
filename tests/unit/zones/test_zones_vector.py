"""Areas of a vector: circles around homes and visits, surveys by the rule's interval, lifting by the index."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from tests.unit.zones.zones_world import AREA, AT, case, line_of_units, records, rule, utc, written

from fireline.policy import At, load_library
from fireline.policy.model import Confidence
from fireline.zones.tables import SCHEMAS
from fireline.zones.vector import STREAM, surveys, vector_zones

RULES = (
    rule("zone.define", "vector_core", {"of": "radius", "radius_m": 200, "measure": "vector control"}),
    rule("zone.define", "vector_warning", {"of": "radius", "radius_m": 400, "measure": "vector control"}),
    rule("zone.lift", "vector_core", {"all": [{"fact": "breteau_index", "lt": 5}]}),
    rule("test.schedule", "vector_core_survey", {"interval_days": 3}),
    rule("test.schedule", "vector_warning_survey", {"interval_days": 7}),
    rule("level", "low", {"all": [{"fact": "breteau_index", "ge": 5}, {"fact": "breteau_index", "lt": 10}]}),
    rule("level", "medium", {"all": [{"fact": "breteau_index", "ge": 10}, {"fact": "breteau_index", "lt": 20}]}),
    rule("level", "high", {"all": [{"fact": "breteau_index", "ge": 20}]}),
)  # fmt: skip
WORLD = line_of_units(8) | {  # 300 m apart
    "cases": [case("C1", utc(16, 8), reported_at=utc(17, 9))],
    "persons": [{"person_key": "PC1", "home_place_id": "U2"}],
}


def survey(area: str, day: int, positive: float, houses: float | None = 100) -> dict:
    return {
        "stream": STREAM,
        "area_code": area,
        "date": date(2026, 6, day),
        "count": positive,
        "denominator": houses,
    }


def drawn(*rules, at=AT, profile=(-2.0, 5.0), **tables):
    asked = written(*(rules or RULES), on=at.date())
    if profile is not None:
        model = replace(load_library().profile("dengue"), infectious_days=profile)
        asked = At(
            replace(asked.library, profiles={"exercise-x": model}), asked.disease, asked.area, asked.on
        )
    return vector_zones(records(**(WORLD | tables)), asked, at=at)


def units(found, area="core"):
    return found.areas.filter(pl.col("area") == area)["unit_id"].to_list()


def test_the_core_is_the_circle_and_the_warning_area_the_ring_around_it():
    found = drawn()
    assert dict(found.areas.schema) == SCHEMAS["vector_areas"]
    assert dict(found.lifting.schema) == SCHEMAS["vector_lifting"]
    assert units(found) == ["U2"] and units(found, "warning") == ["U1", "U3"]
    assert not found.areas["is_advice"].any()


@pytest.mark.parametrize(("day", "is_in"), [(13, False), (14, True), (16, True), (20, True)])
def test_places_visited_while_a_mosquito_could_take_the_virus_have_a_circle_too(day, is_in):
    visit = {"person_key": "PC1", "place_id": "M", "enter": utc(day, 9), "leave": utc(day, 10)}
    place = {"place_id": "M", "lon": 114.0 + 0.0033 * 6, "lat": 33.4, "area_code": f"{AREA}-3"}
    found = drawn(visits=[visit], places=[place])
    assert ("U6" in units(found)) is is_in


def test_after_the_viraemia_and_in_isolation_nothing_counts():
    place = {"place_id": "M", "lon": 114.0 + 0.0033 * 6, "lat": 33.4, "area_code": f"{AREA}-3"}
    late = {"person_key": "PC1", "place_id": "M", "enter": utc(25, 9), "leave": utc(25, 10)}
    assert "U6" not in units(drawn(at=utc(28), visits=[late], places=[place]))
    nets = [case("C1", utc(16, 8), isolated_at=utc(17, 9))]
    visit = {"person_key": "PC1", "place_id": "M", "enter": utc(18, 9), "leave": utc(18, 10)}
    assert "U6" not in units(drawn(cases=nets, visits=[visit], places=[place]))


def test_circles_that_touch_are_one_zone_and_others_are_not():
    cases = [*WORLD["cases"], case("C2", utc(15)), case("C3", utc(15))]
    people = [
        *WORLD["persons"],
        {"person_key": "PC2", "home_place_id": "U3"},
        {"person_key": "PC3", "home_place_id": "U7"},
    ]
    found = drawn(cases=cases, persons=people)
    assert found.lifting["zone_id"].to_list() == ["V-C1", "V-C3"]
    assert found.lifting["n_cases"].to_list() == [2, 1]


@pytest.mark.parametrize(
    ("surveyed", "due", "next_day", "level"),
    [
        ([], None, 20, ""),
        ([survey("U2", 18, 12)], False, 21, "medium"),
        ([survey("U2", 18, 5)], False, 21, "low"),
        ([survey("U2", 18, 25)], False, 21, "high"),
        ([survey("U2", 18, 12), survey("U2", 20, 4.9)], True, None, ""),
        ([survey("U2", 18, 4), survey("U2", 20, 6)], False, 23, "low"),
        ([survey("U2", 17, 0)], None, 20, ""),  # on the day of the last case: not after it
        ([survey("U2", 19, 0, None)], None, 20, ""),  # no houses, no index
        ([survey(f"{AREA}-1", 19, 2)], True, None, ""),  # reported for the township
        ([survey("U2", 25, 0)], None, 20, ""),  # later than now
    ],
)
def test_surveys_until_the_index_is_below_the_rule(surveyed, due, next_day, level):
    found = drawn(counts=surveyed)
    verdict = found.lifting.row(0, named=True)
    core = found.areas.filter(pl.col("area") == "core").row(0, named=True)
    assert verdict["is_due"] is due
    assert core["next_survey"] == (None if next_day is None else date(2026, 6, next_day))
    assert core["level"] == level and verdict["next_survey"] == core["next_survey"]


def test_a_unit_that_nobody_surveyed_keeps_the_zone():
    people = [{"person_key": "PC1", "home_place_id": "U2"}, {"person_key": "PC2", "home_place_id": "U3"}]
    cases = [*WORLD["cases"], case("C2", utc(16), reported_at=utc(17, 9))]
    one = drawn(cases=cases, persons=people, counts=[survey("U2", 19, 0)]).lifting.row(0, named=True)
    assert one["is_due"] is None and "1 were not surveyed" in one["missing_en"] and one["n_core"] == 2
    both = drawn(cases=cases, persons=people, counts=[survey("U2", 19, 0), survey("U3", 19, 1)])
    assert both.lifting["is_due"].to_list() == [True]


def test_the_warning_area_is_surveyed_weekly_and_goes_on():
    found = drawn(counts=[survey("U1", 18, 0)])
    row = found.areas.filter(pl.col("unit_id") == "U1").row(0, named=True)
    assert row["next_survey"] == date(2026, 6, 25) and row["survey_rule_id"].endswith("warning_survey/EX")


def test_the_index_is_containers_in_a_hundred_houses():
    found = surveys(records(counts=[survey("U2", 18, 6, 50), survey("U2", 19, 1, 50)]), at=AT)
    assert [(s.day.day, s.index, s.houses) for s in found["U2"]] == [(18, 12.0, 50), (19, 2.0, 50)]


def test_advice_draws_and_says_that_it_orders_nobody():
    advice = rule("zone.define", "vector_core", RULES[0].value, confidence=Confidence.K)
    found = drawn(advice, *RULES[1:])
    assert found.areas.filter(pl.col("area") == "core")["is_advice"].all()
    assert any("it orders nobody" in n.en for n in found.notes)


def test_without_a_rule_or_units_or_cases_nothing_is_drawn_and_it_says_why():
    nothing = drawn(*RULES[2:])
    assert nothing.areas.is_empty() and "No rule on vector areas" in nothing.notes[0].en
    assert "no units table" in drawn(units=[]).notes[-1].en
    assert "No case can be placed" in drawn(cases=[]).notes[-1].en
    lost = drawn(persons=[])
    assert lost.areas.is_empty() and any("1 cases have no home" in n.en for n in lost.notes)


def test_without_viraemic_days_visits_do_not_count_and_it_says_so():
    found = drawn(profile=None)
    assert units(found) == ["U2"] and any("viraemic" in n.en for n in found.notes)


def test_no_lifting_rule_no_verdict():
    found = drawn(*RULES[:2])
    assert (
        found.lifting["is_due"].to_list() == [None]
        and "No rule for lifting" in found.lifting["missing_en"][0]
    )


def test_dengue_today_is_drawn_by_advice_and_lifted_by_a_rule():
    rules = At(load_library(), "dengue", "CN-50", date(2026, 6, 20))
    found = vector_zones(records(**WORLD), rules, at=AT)
    assert units(found) == ["U2"] and found.areas["is_advice"].all()
    assert found.lifting["rule_id"].to_list() == ["cn-dengue/zone.lift/vector_core/CN"]


@pytest.mark.parametrize("hours", [0, 24, 240])
def test_one_more_case_never_makes_the_core_smaller(hours):
    before = set(units(drawn()))
    cases = [*WORLD["cases"], case("C2", utc(10) + timedelta(hours=hours))]
    people = [*WORLD["persons"], {"person_key": "PC2", "home_place_id": "U5"}]
    assert before <= set(units(drawn(cases=cases, persons=people)))
