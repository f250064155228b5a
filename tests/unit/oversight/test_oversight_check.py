"""The gap check: thirty rows, two sides, and nothing claimed that the data cannot tell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from tests.unit.oversight.gap_worlds import (
    CASES,
    LOOKBACK,
    MEASURE,
    MET,
    PLACED,
    PRELIM,
    REPORT,
    TARGETS,
    found,
    gaps_of,
    managed,
    sample,
    status,
    words,
)
from tests.unit.zones.zones_world import (
    ZONE_RULES,
    alarm,
    case,
    contacts,
    line_of_units,
    rule,
    utc,
)

from fireline.oversight.explain import NOT_CHECKED
from fireline.oversight.tables import CHECKS, FINDINGS, TIMELINESS, TITLES
from fireline.policy.model import Confidence

# ---- the shape


def test_every_check_has_its_row_in_both_languages():
    gaps = gaps_of()
    assert gaps.checks["no"].to_list() == list(range(1, 31))
    assert dict(gaps.checks.schema) == CHECKS
    assert dict(gaps.findings.schema) == FINDINGS
    assert dict(gaps.timeliness.schema) == TIMELINESS
    for column in ("title_zh", "title_en", "note_zh", "note_en"):
        assert (gaps.checks[column] != "").all()


def test_without_rules_and_data_nothing_is_found_and_nothing_is_called_ok():
    gaps = gaps_of()
    assert gaps.findings.is_empty()
    assert set(gaps.checks["status"]) <= {"no_rule", "not_computable", "not_checked"}


def test_what_is_not_checked_says_so():
    gaps = gaps_of()
    assert set(gaps.checks.filter(pl.col("status") == "not_checked")["no"]) == set(NOT_CHECKED)
    assert len(TITLES) == 30 and len(NOT_CHECKED) <= 16


def test_counts_agree_with_the_findings():
    gaps = gaps_of(PRELIM, PLACED, MEASURE, LOOKBACK, cases=CASES, found=contacts(MET))
    counted = dict(gaps.findings.group_by("no").len().rows())
    for no, n in gaps.checks.select("no", "n_found").rows():
        assert counted.get(no, 0) == n
    assert gaps.checks.filter(pl.col("n_found") > 0)["status"].eq("found").all()


# ---- timeliness


@pytest.mark.parametrize(("reported", "expected"), [(utc(18, 21), "ok"), (utc(19, 9), "found")])
def test_1_late_reports(reported, expected):
    tests = [sample("PC1", 18, 8, "positive", result_at=utc(18, 20))]
    gaps = gaps_of(
        REPORT, cases=[case("C1", utc(17), sampled_at=utc(18, 8), reported_at=reported)], tests=tests
    )
    assert status(gaps, 1) == expected
    assert found(gaps, 1) == ([("too_little", "C1")] if expected == "found" else [])


def test_1_dates_only_cannot_be_judged_by_the_hour():
    tests = [sample("PC1", 18, 8, "positive", result_at=utc(18, 20))]
    cases = [case("C1", utc(17), reported_at=utc(18), reported_at_precision="day")]
    gaps = gaps_of(REPORT, cases=cases, tests=tests)
    assert status(gaps, 1) == "not_computable" and found(gaps, 1) == []


def test_1_no_rule_is_not_no_data():
    assert status(gaps_of(cases=CASES), 1) == "no_rule"
    assert status(gaps_of(REPORT, cases=CASES), 1) == "not_computable"


TRAJECTORY = rule("deadline", "trajectory", {"hours": 4, "start": "report", "stop": "trajectory"})


def test_5_a_case_without_a_trajectory_where_others_have_one():
    cases = [*CASES, case("C2", utc(9), reported_at=utc(10, 8))]
    gaps = gaps_of(TRAJECTORY, cases=cases, visits=[stay(9, person="PC2")])
    assert found(gaps, 5) == [("too_little", "C1")]
    assert "not done" in words(gaps, 5)


def test_5_what_no_table_records_is_not_called_missing():
    gaps = gaps_of(PRELIM, TRAJECTORY, cases=CASES)
    assert status(gaps, 5) == "not_computable" and found(gaps, 5) == []
    assert "2 cannot be judged" in gaps.checks.filter(pl.col("no") == 5)["note_en"].item()


def test_6_contacts_not_placed_and_placed_late():
    people = contacts(MET, MET | {"person_key": "PB"}, MET | {"person_key": "PC"})
    placed = [managed(utc(10, 15)), managed(utc(10, 20), person="PB")]
    gaps = gaps_of(PLACED, cases=CASES, found=people, contacts=placed)
    assert found(gaps, 6) == [("too_little", "PB"), ("too_little", "PC")]


def test_7_first_round_needs_samples_to_be_judged():
    clock = rule("deadline", "first_round_sealed", {"hours": 24, "start": "zone_set", "stop": "round_done"})
    world = line_of_units() | {
        "cases": [case("C1", utc(18, 8), reported_at=utc(19, 9))],
        "persons": [{"person_key": "PC1", "home_place_id": "U1"}],
    }
    assert status(gaps_of(*ZONE_RULES, clock, **world), 7) == "not_computable"
    gaps = gaps_of(*ZONE_RULES, clock, tests=[sample("PQ", 19, 12)], **world)
    assert found(gaps, 7) == [("too_little", "Z-U0/sealed")] and "1 people sampled" in words(gaps, 7)
    many = [sample(f"Q{i}", 19, 12) for i in range(200)]  # as many as live in U1: nothing is proved
    assert status(gaps_of(*ZONE_RULES, clock, tests=many, **world), 7) == "not_computable"


def test_10_names_the_bottleneck():
    cases = [case("C1", utc(1), sampled_at=utc(5), reported_at=utc(9))]
    gaps = gaps_of(*TARGETS, cases=cases)
    steps = {r["step"]: r for r in gaps.timeliness.iter_rows(named=True)}
    assert (steps["detect"]["days"], steps["detect"]["is_met"]) == (4, True)
    assert (steps["notify"]["days"], steps["notify"]["is_met"]) == (4, False)
    assert steps["respond"]["days"] is None and steps["respond"]["is_met"] is None
    assert [s for s, r in steps.items() if r["is_bottleneck"]] == ["notify"]
    assert found(gaps, 10) == [("too_little", "notify")]


def test_10_an_alarm_can_be_the_detection():
    alarms = [alarm("a", date(2026, 6, 3)), alarm("b", date(2026, 5, 1))]
    cases = [case("C1", utc(1), sampled_at=utc(5), reported_at=utc(5))]
    gaps = gaps_of(*TARGETS, cases=cases, alarms=alarms)
    assert gaps.timeliness["days"].to_list() == [2, 2, None]


# ---- completeness


def stay(day: int, hour: int = 9, hours: int = 1, place: str = "U0", person: str = "PC1") -> dict[str, Any]:
    enter = utc(day, hour)
    return {"person_key": person, "place_id": place, "enter": enter, "leave": enter + timedelta(hours=hours)}


AT_HOME = [{"person_key": "PC1", "home_place_id": "U0"}]


def test_11_every_day_of_the_window_needs_a_stay():
    cases = [case("C1", utc(9, 8), isolated_at=utc(10, 8))]  # window 7, 8, 9, 10 June
    whole = gaps_of(LOOKBACK, cases=cases, persons=AT_HOME, visits=[stay(d) for d in (7, 8, 9, 10)])
    assert status(whole, 11) == "ok"
    holed = gaps_of(LOOKBACK, cases=cases, persons=AT_HOME, visits=[stay(7), stay(10)])
    assert found(holed, 11) == [("too_little", "C1")] and "2 days" in words(holed, 11)


def test_11_a_long_stay_covers_its_days_but_not_the_day_it_ends_at_midnight():
    cases = [case("C1", utc(9, 8), isolated_at=utc(10, 8))]
    assert status(gaps_of(LOOKBACK, cases=cases, persons=AT_HOME, visits=[stay(7, 0, hours=80)]), 11) == "ok"
    ends = gaps_of(LOOKBACK, cases=cases, persons=AT_HOME, visits=[stay(7, 0, hours=72)])
    assert "1 days" in words(ends, 11) and "2026-06-10" in words(ends, 11)


def test_11_where_nobody_is_recorded_at_home_only_an_empty_window_is_a_finding():
    cases = [case("C1", utc(9, 8), isolated_at=utc(10, 8)), case("C2", utc(9, 8), isolated_at=utc(10, 8))]
    gaps = gaps_of(LOOKBACK, cases=cases, visits=[stay(8)])
    assert found(gaps, 11) == [("too_little", "C2")]
    assert "no stays at home" in gaps.checks.filter(pl.col("no") == 11)["note_en"].item()


def test_11_needs_stays_and_a_rule():
    assert status(gaps_of(LOOKBACK, cases=CASES), 11) == "not_computable"
    assert status(gaps_of(cases=CASES, visits=[stay(9)]), 11) == "no_rule"


def test_12_cases_without_contacts():
    cases = [*CASES, case("C2", utc(9))]
    gaps = gaps_of(LOOKBACK, cases=cases, found=contacts(MET))
    assert found(gaps, 12) == [("too_little", "C2")]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"class": "unclassified"}, "no class"),
        ({"last_exposure": None}, "no last exposure"),
        ({"place_id": None, "basis": "co_presence"}, "no place"),
        ({"place_id": None}, ""),
        ({}, ""),
    ],
)
def test_13_fields_of_contacts(change, text):
    gaps = gaps_of(LOOKBACK, cases=CASES, found=contacts(MET | change))
    assert status(gaps, 13) == ("found" if text else "ok")
    assert text in words(gaps, 13)


def test_14_missed_tests_and_too_many():
    limit = rule("test.schedule", "area_rounds", {"max_per_day": 1})
    tests = [sample("PA", 10), sample("PQ", 12, 8), sample("PQ", 12, 18)]
    gaps = gaps_of(MEASURE, limit, cases=CASES, found=contacts(MET), tests=tests)
    assert found(gaps, 14) == [("too_little", "PA"), ("too_much", "PQ")]


def test_14_two_samples_are_fine_where_no_rule_limits_them():
    tests = [sample("PA", 10), sample("PA", 10, 18), sample("PA", 12)]
    assert status(gaps_of(MEASURE, cases=CASES, found=contacts(MET), tests=tests), 14) == "ok"


HIGH = {"area": "CN-99", "level": "high", "valid_from": date(2026, 6, 1), "listed_at": utc(1, 8)}
FROM_HIGH = rule(
    "measure",
    "arrival_high",
    {"anchor": "arrival", "day_zero": "next_day", "phases": [{"place": "central", "days": 2, "tests": [1]}]},
)


def arrival(arrival_id: str, person: str, origin: str = "CN-99", **more: Any) -> dict[str, Any]:
    return {
        "arrival_id": arrival_id,
        "person_key": person,
        "pocket": "cross_region",
        "origin_area": origin,
        "arrives_at": utc(12, 10),
        "destination_area": "EX-01-2",
    } | more


def test_20_arrivals_nobody_accepted():
    arrivals = [arrival("A1", "P1", accepted_at=utc(12, 12)), arrival("A2", "P2")]
    gaps = gaps_of(FROM_HIGH, arrivals=arrivals, risk_areas=[HIGH])
    assert found(gaps, 20) == [("too_little", "A2")]


def test_21_both_sides_of_arrivals():
    arrivals = [
        arrival("A1", "P1"),
        arrival("A2", "P2"),
        arrival("A3", "P3", "CN-01"),
        arrival("A4", "P4", "CN-01"),
    ]
    gaps = gaps_of(
        FROM_HIGH,
        arrivals=arrivals,
        risk_areas=[HIGH],
        tests=[sample("P2", 13)],
        contacts=[managed(utc(12, 15), person="P3")],
    )
    assert found(gaps, 21) == [("too_little", "A1"), ("too_much", "A3")]


def test_22_goods():
    lot = {"lot_id": "L1", "product": "fish", "origin": "x", "arrives_at": utc(12, 10), "store_id": "S"}
    told = lot | {"lot_id": "L2", "declared_at": utc(10, 9)}
    rules = (rule("goods", "declare", {"hours_before": 48}), rule("goods", "lot", {"trace": True}))
    handlers = [{"lot_id": x, "person_key": "PH", "from": utc(12, 10)} for x in ("L1", "L2")]
    gaps = gaps_of(*rules, lots=[lot, told], lot_handlers=handlers)
    assert found(gaps, 22) == [("too_little", "L1")] and "declare" in words(gaps, 22)


def test_23_key_occupations():
    weekly = rule("occupation.test", "cold_chain", {"per_days": 5})
    people = [
        {"person_key": p, "occupation": o}
        for p, o in (("P1", "cold_chain"), ("P2", "cold_chain"), ("P3", "baker"))
    ]
    gaps = gaps_of(weekly, persons=people, tests=[sample("P1", 16), sample("P2", 14)])
    assert found(gaps, 23) == [("too_little", "P2")]


# ---- precision


@pytest.mark.parametrize(
    ("released", "expected"),
    [(utc(11, 9), "too_little"), (utc(12, 9), None), (utc(13, 9), "too_much"), (None, "too_much")],
)
def test_15_released_early_in_time_late_or_never(released, expected):
    other = managed(utc(10, 9), utc(12, 9), person="PZ")
    people = contacts(MET, MET | {"person_key": "PZ"})
    gaps = gaps_of(MEASURE, cases=CASES, found=people, contacts=[managed(utc(10, 9), released), other])
    assert found(gaps, 15) == ([(expected, "PA")] if expected else [])


def test_15_a_source_without_releases_cannot_show_who_is_still_held():
    gaps = gaps_of(MEASURE, cases=CASES, found=contacts(MET), contacts=[managed(utc(10, 9))])
    assert found(gaps, 15) == []
    note = gaps.checks.filter(pl.col("no") == 15)["note_en"].item()
    assert "no releases" in note


def test_15_held_although_the_rule_is_off_or_absent():
    off = rule("measure", "secondary", None)
    people = contacts(MET | {"class": "secondary"})
    gaps = gaps_of(off, cases=CASES, found=people, contacts=[managed(utc(10, 9))])
    assert found(gaps, 15) == [("too_much", "PA")] and "switches the measure off" in words(gaps, 15)
    absent = gaps_of(cases=CASES, found=people, contacts=[managed(utc(10, 9))])
    assert found(absent, 15) == [("too_much", "PA")]


def test_15_held_though_nobodys_contact():
    gaps = gaps_of(MEASURE, cases=CASES, contacts=[managed(utc(10, 9), person="PX")])
    assert found(gaps, 15) == [("too_much", "PX")]


def test_15_follow_up_in_force_is_no_holding():
    follow = rule("followup", "close", {"days": 21, "anchor": "last_exposure", "day_zero": "next_day"})
    gaps = gaps_of(follow, cases=CASES, found=contacts(MET), contacts=[managed(utc(10, 9))])
    assert found(gaps, 15) == []


def test_15_the_rule_of_the_day_counts():
    ended = rule("measure", "close", MEASURE.value, edition="ed-1", valid_to=date(2026, 6, 11))
    before = gaps_of(ended, cases=CASES, found=contacts(MET), contacts=[managed(utc(10, 9), utc(12, 9))])
    assert found(before, 15) == []
    after = gaps_of(ended, cases=CASES, found=contacts(MET), contacts=[managed(utc(13, 9), utc(14, 9))])
    assert ("too_much", "PA") in found(after, 15)


def test_16_released_without_its_tests_or_with_a_doubtful_last_one():
    people = contacts(MET, MET | {"person_key": "PB"}, MET | {"person_key": "PD"})
    held = [managed(utc(10, 9), utc(12, 18), person=p) for p in ("PA", "PB", "PD")]
    tests = [
        sample("PA", 10),
        sample("PB", 10),
        sample("PB", 12, result="pending"),
        sample("PD", 10),
        sample("PD", 12),
    ]
    gaps = gaps_of(MEASURE, cases=CASES, found=people, contacts=held, tests=tests)
    assert found(gaps, 16) == [("too_little", "PA"), ("too_little", "PB")]


def world(**more: Any) -> dict[str, Any]:
    return (
        line_of_units()
        | {
            "cases": [case("C1", utc(18, 8), reported_at=utc(19, 9)), case("C2", utc(18, 8))],
            "persons": [
                {"person_key": "PC1", "home_place_id": "U1"},
                {"person_key": "PC2", "home_place_id": "U2"},
            ],
        }
        | more
    )


def test_25_good_zone_is_ok():
    assert status(gaps_of(*ZONE_RULES, **world()), 25) == "ok"


def test_25_larger_than_allowed_is_too_much_and_an_unplaced_case_too_little():
    units = line_of_units(kind="street")["units"]
    gaps = gaps_of(*ZONE_RULES, **world(units=units, persons=[{"person_key": "PC1", "home_place_id": "U1"}]))
    assert found(gaps, 25) == [("too_little", "C2"), ("too_much", "U1")]


def test_25_a_sealed_radius_is_not_blamed_for_units_without_a_case():
    rules = (rule("zone.define", "sealed", {"of": "radius", "radius_m": 400}), *ZONE_RULES[1:])
    assert status(gaps_of(*rules, **world()), 25) == "ok"


def test_26_a_zone_whose_conditions_are_met_is_due():
    easy = rule("zone.lift", "managed", {"all": [{"fact": "days_no_new_infection", "ge": 1}]})
    gaps = gaps_of(*ZONE_RULES, easy, **world())
    assert found(gaps, 26) == [("too_much", "Z-U0")]


@pytest.mark.parametrize(
    ("valid_to", "expected"),
    [
        (date(2026, 6, 12), "too_little"),
        (date(2026, 6, 17), None),
        (date(2026, 6, 19), "too_much"),
        (None, "too_much"),
    ],
)
def test_26_listed_areas(valid_to, expected):
    cases = [case("C1", utc(10), area_code="EX-01-7")]
    listed = {
        "area": "x",
        "area_code": "EX-01-7",
        "level": "high",
        "listed_at": utc(10, 9),
        "valid_to": valid_to,
    }
    gaps = gaps_of(*ZONE_RULES, cases=cases, risk_areas=[listed])
    assert found(gaps, 26) == ([(expected, "EX-01-7")] if expected else [])


# ---- over-reach


def test_19_companions_held():
    people = contacts(MET | {"class": "companion"})
    gaps = gaps_of(cases=CASES, found=people, contacts=[managed(utc(10, 9))])
    assert found(gaps, 19) == [("too_much", "PA")] and found(gaps, 15) == []


def test_27_peak_over_the_cap():
    cap = rule("capacity", "scenic", {"percent": 50, "of": "approved_maximum"})
    places = [
        {"place_id": "S1", "kind": "scenic", "capacity": 4},
        {"place_id": "S2", "kind": "scenic", "capacity": 8},
    ]
    crowd = [stay(9, 9, 2, place, f"P{i}") for place in ("S1", "S2") for i in range(3)]
    gaps = gaps_of(cap, places=places, visits=crowd)
    assert found(gaps, 27) == [("too_little", "S1")]


def test_27_those_who_leave_at_nine_do_not_meet_those_who_come_at_nine():
    cap = rule("capacity", "scenic", {"persons": 1})
    places = [{"place_id": "S1", "kind": "scenic", "capacity": 9}]
    visits = [stay(9, 8, 1, "S1", "P1"), stay(9, 9, 1, "S1", "P2")]
    assert status(gaps_of(cap, places=places, visits=visits), 27) == "ok"


def test_29_rows_older_than_allowed():
    keep = rule("retention", "visits", {"days": 5})
    gaps = gaps_of(keep, visits=[stay(9), stay(18)])
    assert found(gaps, 29) == [("too_much", "visits")] and words(gaps, 29).startswith("1 rows")


def test_30_a_rule_that_is_not_in_the_library_or_may_not_be_acted_on():
    doubtful = rule(
        "contact.class", "close", {"fact": "is_stated", "eq": True}, confidence=Confidence.K, edition="ed-k"
    )
    people = contacts(
        MET | {"rule_id": "gone/contact.class/close/EX"},
        MET | {"person_key": "PB", "rule_id": doubtful.id},
        MET | {"person_key": "PC", "rule_id": LOOKBACK.id},
    )
    gaps = gaps_of(doubtful, LOOKBACK, cases=CASES, found=people)
    assert [s for _, s in found(gaps, 30)] == [doubtful.id, "gone/contact.class/close/EX"]


def test_30_a_rule_of_the_future():
    late = rule(
        "contact.class",
        "close",
        {"fact": "is_stated", "eq": True},
        edition="ed-f",
        valid_from=date(2027, 1, 1),
    )
    gaps = gaps_of(late, cases=CASES, found=contacts(MET | {"rule_id": late.id}))
    assert "only from 2027-01-01" in words(gaps, 30)


def test_findings_never_hold_more_than_ids():
    gaps = gaps_of(PRELIM, PLACED, MEASURE, LOOKBACK, cases=CASES, found=contacts(MET))
    assert set(gaps.findings["side"]) <= {"too_little", "too_much"}
    assert gaps.findings["subject_id"].null_count() == 0


def test_same_input_same_bytes():
    first = gaps_of(
        PRELIM, PLACED, MEASURE, LOOKBACK, cases=CASES, found=contacts(MET, MET | {"person_key": "PB"})
    )
    second = gaps_of(
        PRELIM, PLACED, MEASURE, LOOKBACK, cases=CASES, found=contacts(MET | {"person_key": "PB"}, MET)
    )
    assert first.findings.equals(second.findings) and first.checks.equals(second.checks)
