"""Lifting to the hour: imprecise times, kinds of case that do not count, restarts, and the steps down."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.unit.zones.test_zones_lift import MET, WORLD, negative, swap
from tests.unit.zones.zones_world import (
    AT,
    ZONE_RULES,
    case,
    contacts,
    line_of_units,
    records,
    rule,
    utc,
    written,
)

from fireline.policy import At, load_library
from fireline.policy.model import Confidence
from fireline.zones.delimit import delimit
from fireline.zones.lift import judge_parts, lift, lift_steps
from fireline.zones.lifting.clock import known_end, known_start, runs_out, whole_days
from fireline.zones.lifting.facts import Part
from fireline.zones.lifting.judge import conditions, wanted_day
from fireline.zones.tables import SCHEMAS

SEVEN = {"all": [{"fact": "days_no_new_infection", "ge": 7}]}
EXCLUDE = rule("zone.exclude", "new_infection", {"found_as": ["central_isolation", "re_positive"]})


def judged(*rules, found=None, at=AT, **tables):
    rec = records(**(WORLD | tables))
    people = found if found is not None else contacts(MET)
    asked = written(*(rules or ZONE_RULES))
    zones = delimit(rec, people, asked, at=at)
    table = lift(rec, people, zones, asked, at=at)
    return {(r["zone_id"], r["level"]): r for r in table.iter_rows(named=True)}


def sealed(*rules, **more):
    return judged(*rules, **more)["Z-U0", "sealed"]


@pytest.mark.parametrize(
    ("precision", "end", "start"),
    [
        ("minute", utc(19, 10), utc(19, 9, 10)),
        ("hour", utc(19, 10), utc(19, 9)),
        ("day", utc(20), utc(19)),
    ],
)
def test_a_coarser_time_ends_later_and_starts_earlier(precision, end, start):
    frame = pl.DataFrame({"t": [utc(19, 9, 10)], "p": [precision]})
    assert frame.select(known_end("t", "p", tz="Asia/Shanghai")).item() == end
    assert frame.select(known_start("t", "p", tz="Asia/Shanghai")).item() == start


def test_days_are_24_hours_and_a_day_across_the_change_of_clocks_is_not_shortened():
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert runs_out(start, 14) - start == timedelta(hours=336)
    assert whole_days(start, start + timedelta(hours=47)) == 1
    assert whole_days(start, start - timedelta(hours=1)) == -1


def test_the_earliest_hour_counts_from_the_minute_where_it_is_known():
    row = sealed(*swap(SEVEN))  # reported 19 June 09:00
    assert row["earliest_at"] == utc(26, 9) and row["earliest"] == date(2026, 6, 26)
    assert "5 more days 21 more hours" in row["missing_en"] and "5 天 21 小时" in row["missing_zh"]


def test_a_date_counts_to_the_end_of_its_day():
    cases = [case("C1", utc(18), onset_precision="day", reported_at=utc(19), reported_at_precision="day")]
    row = sealed(*swap(SEVEN), cases=cases)
    assert row["earliest_at"] == utc(27) and row["earliest"] == date(2026, 6, 27)


@pytest.mark.parametrize(("minutes", "due"), [(-1, False), (0, True)])
def test_due_at_the_hour_and_not_a_minute_before(minutes, due):
    rules = swap({"all": [{"fact": "days_since_last_contact_exposure", "ge": 1}]})
    assert sealed(*rules, at=utc(19, 20) + timedelta(minutes=minutes))["is_due"] is due


def test_two_printed_readings_both_have_to_hold():
    other = {"all": [{"fact": "days_since_last_contact_transfer", "ge": 7}]}
    moved = {"person_key": "PA", "case_id": "C1", "managed_at": utc(20, 8)}
    row = sealed(*swap(SEVEN | {"other_reading": other}), contacts=[moved])
    assert row["earliest_at"] == utc(27, 8)


# the kinds of case that do not count


def test_a_case_found_in_isolation_does_not_start_the_clock_again_where_a_rule_says_so():
    cases = [*WORLD["cases"], case("C2", utc(20, 8), found_as="central_isolation")]
    people = [*WORLD["persons"], {"person_key": "PC2", "home_place_id": "U1"}]
    with_rule = sealed(*swap(SEVEN), EXCLUDE, cases=cases, persons=people)
    assert with_rule["earliest_at"] == utc(26, 9) and with_rule["n_not_counted"] == 1
    assert (
        "ex-pack/zone.exclude" in with_rule["not_counted_en"] and "(ex-pack)" in with_rule["not_counted_en"]
    )
    without = sealed(*swap(SEVEN), cases=cases, persons=people)
    assert without["earliest_at"] == utc(27, 8) and without["n_not_counted"] == 0


@pytest.mark.parametrize("kind", [None, "community", "closed_loop"])
def test_a_kind_that_the_rule_does_not_name_counts(kind):
    cases = [*WORLD["cases"], case("C2", utc(20, 8), found_as=kind)]
    people = [*WORLD["persons"], {"person_key": "PC2", "home_place_id": "U1"}]
    assert sealed(*swap(SEVEN), EXCLUDE, cases=cases, persons=people)["earliest_at"] == utc(27, 8)


def test_advice_excludes_nobody():
    cases = [*WORLD["cases"], case("C2", utc(20, 8), found_as="re_positive")]
    people = [*WORLD["persons"], {"person_key": "PC2", "home_place_id": "U1"}]
    advice = rule("zone.exclude", "new_infection", EXCLUDE.value, confidence=Confidence.K)
    assert sealed(*swap(SEVEN), advice, cases=cases, persons=people)["earliest_at"] == utc(27, 8)


def test_where_no_case_counts_the_zone_waits_for_the_last_of_them():
    cases = [case("C1", utc(18, 8), reported_at=utc(19, 9), found_as="re_positive")]
    assert sealed(*swap(SEVEN), EXCLUDE, cases=cases)["earliest_at"] == utc(26, 9)


def test_the_five_kinds_are_in_the_pack_from_their_day_on():
    library = load_library()
    for day, kinds in ((date(2022, 11, 20), None), (date(2022, 11, 21), 5), (date(2022, 12, 8), 5)):
        answer = At(library, "covid-19", "CN-41", day).find("zone.exclude", "new_infection")
        assert (len(answer.value["found_as"]) if answer.in_force else None) == kinds, day
    ended = At(library, "covid-19", "CN-41", date(2023, 2, 1)).find("zone.exclude", "new_infection")
    assert (
        not ended.in_force
        or not At(library, "covid-19", "CN-41", date(2023, 2, 1)).find("zone.lift", "high").in_force
    )


# restarts


def test_a_later_case_of_the_zone_says_that_it_started_the_clock_again():
    assert sealed(*swap(SEVEN))["restart_en"] == ""
    cases = [*WORLD["cases"], case("C2", utc(20, 8))]
    people = [*WORLD["persons"], {"person_key": "PC2", "home_place_id": "U1"}]
    row = sealed(*swap(SEVEN), cases=cases, persons=people)
    assert row["restarted_at"] == utc(20, 8) and "new case C2" in row["restart_en"]


def test_a_contact_who_became_a_case_elsewhere_restarts_the_contacts_clock_with_new_contacts():
    value = {"all": [{"fact": "days_since_last_contact_exposure", "ge": 7}]}
    cases = [*WORLD["cases"], case("C2", utc(19, 8))]  # lives nowhere that is known
    turned = MET | {"person_key": "PC2"}
    row = sealed(*swap(value), cases=cases, found=contacts(turned))
    assert row["earliest_at"] == utc(25, 20) and row["restart_en"] == ""
    after = contacts(turned, {"case_id": "C2", "person_key": "PX", "last_exposure": utc(19, 22)})
    row = sealed(*swap(value), cases=cases, found=after)
    assert row["earliest_at"] == utc(26, 22) and "became case C2" in row["restart_en"]


def test_the_contacts_of_a_stranger_s_case_move_nothing():
    value = {"all": [{"fact": "days_since_last_contact_exposure", "ge": 7}]}
    cases = [*WORLD["cases"], case("C9", utc(19, 8))]
    other = {"case_id": "C9", "person_key": "PX", "last_exposure": utc(19, 22)}
    row = sealed(*swap(value), cases=cases, found=contacts(MET, other))
    assert row["earliest_at"] == utc(25, 20)


# full rounds


def tiny():
    world = line_of_units()
    for unit in world["units"]:
        unit["population"] = 1
    return world


def test_a_round_within_two_days_is_48_hours_old_at_most():
    rules = swap({"all": [{"fact": "full_round_negative_within_days", "le": 2}]})
    for hour, due in ((9, True), (10, False)):
        row = sealed(*rules, **tiny(), tests=[negative("PC1", 20)], at=utc(22, hour))
        assert row["is_due"] is due


def test_a_sample_counts_when_its_result_is_known():
    rules = swap({"all": [{"fact": "full_round_negative_within_days", "le": 2}]})
    late = negative("PC1", 20) | {"result_at": utc(21, 15)}
    assert sealed(*rules, **tiny(), tests=[late], at=utc(21, 12))["is_due"] is None
    assert sealed(*rules, **tiny(), tests=[late], at=utc(21, 16))["is_due"] is True


@pytest.mark.parametrize(("day", "due"), [(25, None), (26, True), (27, True)])
def test_the_round_of_day_seven_may_come_late_but_not_early(day, due):
    value = {"all": [{"fact": "full_round_negative_on_day", "eq": 7}]}
    row = sealed(*swap(value), **tiny(), tests=[negative("PC1", day)], at=utc(27, 20))
    assert (row["is_due"] or None) is due


def test_a_second_round_does_not_spoil_the_round_of_day_seven():
    value = {"all": [{"fact": "full_round_negative_on_day", "eq": 7}]}
    tests = [negative("PC1", 26), negative("PC1", 27) | {"sample_id": "again"}]
    assert sealed(*swap(value), **tiny(), tests=tests, at=utc(27, 20))["is_due"] is True


def test_contacts_all_released():
    rules = swap({"all": [{"fact": "contacts_all_released", "eq": True}]})
    held = {"person_key": "PA", "case_id": "C1", "managed_at": utc(19, 8)}
    assert sealed(*rules)["is_due"] is None
    assert sealed(*rules, contacts=[held])["is_due"] is False
    assert "not all close contacts are released" in sealed(*rules, contacts=[held])["missing_en"]
    assert sealed(*rules, contacts=[held | {"released_at": utc(20, 8)}])["is_due"] is True


# the steps down


def steps(*rules, at=AT, **tables):
    rec = records(**(WORLD | tables))
    asked = written(*rules)
    table = lift_steps(rec, contacts(MET), delimit(rec, contacts(MET), asked, at=at), asked, at=at)
    assert dict(table.schema) == SCHEMAS["zone_steps"]
    return table


V9 = (
    rule("zone.define", "high", {"of": "case_units"}),
    rule("zone.lift", "high", {**SEVEN, "to": "medium"}),
    rule("zone.lift", "medium", {**SEVEN, "to": "low"}),
)
FROM_HIGH = rule(
    "zone.lift", "medium_from_high", {"all": [{"fact": "days_no_new_infection", "ge": 3}], "to": "low"}
)


def test_seven_clean_days_then_three_more():
    rows = steps(*V9, FROM_HIGH).rows(named=True)
    assert [(r["step"], r["from_level"], r["to_level"]) for r in rows] == [
        (1, "sealed", "managed"),
        (2, "managed", "precaution"),
    ]
    assert [r["earliest_at"] for r in rows] == [utc(26, 9), utc(29, 9)]
    assert rows[1]["rule_id"].endswith("medium_from_high/EX") and rows[1]["is_due"] is False


def test_without_a_rule_for_the_second_step_the_levels_own_rule_counts():
    rows = steps(*V9).rows(named=True)
    assert [r["earliest_at"] for r in rows] == [utc(26, 9), utc(26, 9)]


def test_a_rule_that_names_no_next_level_lifts():
    rows = steps(*ZONE_RULES).filter(pl.col("from_level") == "sealed").rows(named=True)
    assert [(r["step"], r["to_level"]) for r in rows] == [(1, "")]


def test_no_zone_no_steps():
    assert steps().is_empty()


def test_the_precaution_area_may_be_lifted_when_the_last_stricter_zone_may():
    own = {"all": [{"fact": "all_sealed_and_managed_lifted", "eq": True}]}
    rules = (
        *swap(SEVEN),
        rule("zone.lift", "managed", {"all": [{"fact": "days_no_new_infection", "ge": 9}]}),
        rule("zone.lift", "precaution", own),
    )
    assert judged(*rules)["Z-county", "precaution"]["earliest_at"] == utc(28, 9)


def test_the_conditions_of_both_readings_are_listed():
    value = {
        "all": [{"fact": "full_round_negative_on_day", "eq": 7}],
        "other_reading": {"fact": "breteau_index", "lt": 5},
    }
    assert [c["fact"] for c in conditions(value)] == ["full_round_negative_on_day", "breteau_index"]
    assert wanted_day(value) == 7 and wanted_day({"all": []}) is None


# zones that an order lowered


def lowered(*rules, lowered_at, at=AT, came_from="sealed"):
    rec, people = records(**WORLD), contacts(MET)
    asked = written(*rules)
    zones = delimit(rec, people, asked, at=at)
    part = Part("9", "managed", ("U1",), ("U1",), 200, came_from=came_from, lowered_at=lowered_at)
    return judge_parts(rec, people.found, zones.placements, [part], asked, at=at)[0]


def test_after_a_step_down_the_rule_of_that_step_counts_from_its_hour():
    one = lowered(*V9, FROM_HIGH, lowered_at=utc(26, 9, 30), at=utc(27))
    assert one.answer.rule_id.endswith("medium_from_high/EX")
    assert one.verdict.earliest_at == utc(29, 10) and one.verdict.is_due is False  # the next full hour
    assert lowered(*V9, FROM_HIGH, lowered_at=utc(26, 9, 30), at=utc(29, 10)).verdict.is_due is True


def test_without_such_a_rule_the_levels_own_rule_counts_from_the_step():
    assert lowered(*V9, lowered_at=utc(26, 9), at=utc(27)).verdict.earliest_at == utc(33 - 30, 9, month=7)


def test_a_zone_lowered_before_the_last_case_counts_from_the_case():
    assert lowered(*V9, FROM_HIGH, lowered_at=utc(18, 9)).verdict.earliest_at == utc(22, 9)
