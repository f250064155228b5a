"""What rules in force require: who owes what by when, and whether it is done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from tests.unit.zones.zones_world import (
    AT,
    ZONE_RULES,
    alarm,
    case,
    contacts,
    line_of_units,
    records,
    rule,
    signals,
    utc,
    written,
)

from fireline.clock import days_after
from fireline.policy.model import Confidence, PackKind
from fireline.tasks.owed import owed
from fireline.tasks.tables import KINDS, SCHEMA, STATES
from fireline.words import Words
from fireline.zones.delimit import delimit

REPORT = rule("deadline", "case_report", {"hours": 2, "start": "diagnosis", "stop": "report"})
TRAJECTORY = rule("deadline", "trajectory", {"hours": 4, "start": "report", "stop": "trajectory"})
PRELIM = rule("deadline", "prelim_report", {"hours": 24, "start": "report", "stop": "report_filed"})
PLACED = rule("deadline", "close_placed", {"hours": 8, "start": "identified", "stop": "admitted"})
MEASURE_VALUE = {
    "anchor": "last_exposure",
    "day_zero": "next_day",
    "phases": [
        {"place": "central", "days": 3, "tests": [1, 3]},
        {"place": "home_monitoring", "days": 2, "tests": [2]},
    ],
}
MEASURE = rule("measure", "close", MEASURE_VALUE)


def positive(person: str, taken, result, **more: Any) -> dict[str, Any]:
    return {
        "sample_id": f"s-{person}-{taken:%d%H}",
        "subject_kind": "person",
        "subject_id": person,
        "kind": "pcr",
        "taken_at": taken,
        "result_at": result,
        "result": "positive",
    } | more


def work(*rules, found=None, at=AT, alarms=(), **tables):
    rec = records(**tables)
    people = found or contacts()
    asked = written(*rules)
    zones = delimit(rec, people, asked, at=at)
    return owed(rec, people, zones, signals(*alarms), asked, at=at)


def only(tasks, kind: str) -> dict[str, Any]:
    found = tasks.table.filter(pl.col("kind") == kind)
    assert found.height == 1, found
    return found.row(0, named=True)


def dates(tasks, kind: str) -> list[date]:
    local = pl.col("due_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
    return tasks.table.filter(pl.col("kind") == kind).select(local).to_series().to_list()


# ---- cases


def test_report_clock_runs_from_the_positive_result():
    tests = [positive("PC1", utc(18, 8), utc(18, 20))]
    task = only(
        work(REPORT, cases=[case("C1", None, sampled_at=utc(18, 8), reported_at=utc(18, 21))], tests=tests),
        "case_report",
    )
    assert task["start_at"] == utc(18, 20) and task["due_at"] == utc(18, 22)
    assert (task["state"], task["is_late"]) == ("done", False)


def test_a_sampling_time_is_not_a_diagnosis():
    tasks = work(REPORT, cases=[case("C1", None, sampled_at=utc(18, 8), reported_at=utc(18, 21))])
    assert tasks.table.is_empty()
    assert any("report the case" in n.en and "diagnosis" in n.en for n in tasks.notes)


@pytest.mark.parametrize(
    ("reported", "late"), [(utc(18, 22), False), (utc(18, 22, 1), True), (utc(19, 9), True)]
)
def test_late_is_after_the_due_minute(reported, late):
    tests = [positive("PC1", utc(18, 8), utc(18, 20))]
    cases = [case("C1", None, sampled_at=utc(18, 8), reported_at=reported)]
    assert only(work(REPORT, cases=cases, tests=tests), "case_report")["is_late"] is late


def of_case(tasks, kind: str, case_id: str = "C1") -> dict[str, Any]:
    rows = tasks.table.filter((pl.col("kind") == kind) & (pl.col("subject_id") == case_id))
    assert rows.height == 1, rows
    return rows.row(0, named=True)


TOLD = {"visits": [{"person_key": "PZ", "place_id": "U0", "enter": utc(1, 9), "leave": utc(1, 10)}]}
"""The source writes trajectories down, though not this case's."""


def test_open_then_overdue_by_the_minute():
    cases = [case("C1", None, reported_at=utc(20, 9))]
    assert only(work(TRAJECTORY, cases=cases, at=utc(20, 13), **TOLD), "trajectory")["state"] == "open"
    assert only(work(TRAJECTORY, cases=cases, at=utc(20, 13, 1), **TOLD), "trajectory")["state"] == "overdue"


@pytest.mark.parametrize(("at", "state"), [(utc(21, 9), "open"), (utc(21, 9, 1), "no_record")])
def test_what_no_table_records_is_never_called_overdue(at, state):
    cases = [case("C1", None, reported_at=utc(20, 9))]
    assert only(work(PRELIM, cases=cases, at=at, **TOLD), "prelim_report")["state"] == state


def test_a_day_precise_start_gives_a_due_date_and_is_never_overdue_the_same_day():
    cases = [case("C1", None, reported_at=utc(18), reported_at_precision="day")]
    for at, state in ((utc(18, 23), "open"), (utc(19, 23, 59), "open"), (utc(20, 0), "overdue")):
        task = only(work(TRAJECTORY, cases=cases, at=at, **TOLD), "trajectory")
        assert (task["precision"], task["state"]) == ("day", state), at
        assert task["due_at"] == utc(19)


@pytest.mark.parametrize(("hours", "due"), [(2, 19), (24, 19), (25, 20), (48, 20), (72, 21)])
def test_due_dates_of_day_precise_starts(hours, due):
    clock = rule("deadline", "prelim_report", {"hours": hours, "start": "report", "stop": "report_filed"})
    cases = [case("C1", None, reported_at=utc(18), reported_at_precision="day")]
    assert only(work(clock, cases=cases), "prelim_report")["due_at"] == utc(due)


def test_an_hour_precise_start_leaves_an_hour_of_doubt():
    cases = [case("C1", None, reported_at=utc(20, 7), reported_at_precision="hour")]
    assert only(work(TRAJECTORY, cases=cases, at=utc(20, 11, 59), **TOLD), "trajectory")["state"] == "open"
    assert only(work(TRAJECTORY, cases=cases, at=utc(20, 12, 1), **TOLD), "trajectory")["state"] == "overdue"


def test_visits_of_the_case_are_its_trajectory():
    visits = [{"person_key": "PC1", "place_id": "U0", "enter": utc(17, 9), "leave": utc(17, 10)}]
    task = only(
        work(TRAJECTORY, cases=[case("C1", None, reported_at=utc(18, 9))], visits=visits), "trajectory"
    )
    assert (task["state"], task["done_at"], task["is_late"]) == ("done", None, None)


def test_a_report_known_to_the_day_cannot_be_judged_by_the_hour():
    tests = [positive("PC1", utc(18, 8), utc(18, 9))]
    cases = [case("C1", None, sampled_at=utc(18, 8), reported_at=utc(18), reported_at_precision="day")]
    assert only(work(REPORT, cases=cases, tests=tests), "case_report")["is_late"] is None


def test_events_after_at_are_not_known():
    tests = [positive("PC1", utc(18, 8), utc(18, 20))]
    cases = [case("C1", None, sampled_at=utc(18, 8), reported_at=utc(18, 21))]
    task = only(work(REPORT, cases=cases, tests=tests, at=utc(18, 20, 30)), "case_report")
    assert (task["state"], task["done_at"]) == ("open", None)


def test_discarded_cases_owe_nothing():
    assert work(
        PRELIM, cases=[case("C1", None, reported_at=utc(18), classification="discarded")]
    ).table.is_empty()


def test_exclusion_counts_from_recovery():
    away = rule("exclusion", "case", {"hours": 72, "anchor": "symptom_end"})
    tasks = work(
        away, cases=[case("C1", utc(15), reported_at=utc(16), outcome="recovered", outcome_at=utc(18, 6))]
    )
    assert only(tasks, "exclusion")["due_at"] == utc(21, 6)


def test_exclusion_without_a_recovery_is_noted_not_invented():
    away = rule("exclusion", "case", {"hours": 72, "anchor": "symptom_end"})
    tasks = work(away, cases=[case("C1", utc(15), reported_at=utc(16))])
    assert tasks.table.is_empty() and any(
        "the end of symptoms" in n.en and "症状消失" in n.zh for n in tasks.notes
    )


def test_case_measure_in_hospital():
    stay = rule(
        "measure",
        "case",
        {"anchor": "diagnosis", "day_zero": "next_day", "phases": [{"place": "hospital", "days": 10}]},
    )
    tests = [positive("PC1", utc(8), utc(8, 12))]
    tasks = work(stay, cases=[case("C1", None, sampled_at=utc(8), isolated_at=utc(8, 13))], tests=tests)
    task = only(tasks, "case_measure")
    assert task["due_at"] == utc(18) and task["state"] == "done" and task["owner_role"] == "commander"


# ---- contacts

CASES = [case("C1", utc(9), reported_at=utc(10, 8))]
MET = {"case_id": "C1", "person_key": "PA", "first_exposure": utc(9, 8), "last_exposure": utc(9, 18)}


def managed(at=None, released=None, person="PA", case_id="C1"):
    return [{"person_key": person, "case_id": case_id, "managed_at": at, "released_at": released}]


def test_placement_is_due_eight_hours_after_the_case_was_reported():
    others = managed(utc(10, 9), person="PZ")
    task = only(work(PLACED, cases=CASES, found=contacts(MET), contacts=others), "close_placed")
    assert (task["start_at"], task["due_at"], task["state"]) == (utc(10, 8), utc(10, 16), "overdue")
    assert task["start_event"] == "identified" and task["case_id"] == "C1"


@pytest.mark.parametrize(("at", "late"), [(utc(10, 15), False), (utc(10, 16), False), (utc(10, 17), True)])
def test_management_closes_placement(at, late):
    task = only(work(PLACED, cases=CASES, found=contacts(MET), contacts=managed(at)), "close_placed")
    assert (task["state"], task["done_at"], task["is_late"]) == ("done", at, late)


def test_nobody_is_identified_before_being_exposed():
    later = MET | {"first_exposure": utc(11, 8), "last_exposure": utc(11, 9)}
    assert only(work(PLACED, cases=CASES, found=contacts(later)), "close_placed")["start_at"] == utc(11, 8)


@pytest.mark.parametrize("day_zero", ["next_day", "anchor_day"])
def test_test_days_agree_with_the_clock(day_zero):
    cases = [case("C1", utc(9), reported_at=utc(9, 8))]
    tasks = work(
        rule("measure", "close", MEASURE_VALUE | {"day_zero": day_zero}), cases=cases, found=contacts(MET)
    )
    expected = [days_after(date(2026, 6, 9), n, day_zero=day_zero) for n in (1, 3, 5)]
    assert dates(tasks, "test") == expected
    assert dates(tasks, "phase") == [days_after(date(2026, 6, 9), n, day_zero=day_zero) for n in (3, 5)]


def test_eighth_edition_dates_of_the_worked_example():
    value = {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [
            {"place": "central", "days": 14, "tests": [1, 4, 7, 14], "double_last": True},
            {"place": "home_monitoring", "days": 7, "tests": [2, 7]},
        ],
    }
    met = MET | {"first_exposure": utc(10, 8), "last_exposure": utc(10, 9)}
    tasks = work(rule("measure", "close", value), cases=CASES, found=contacts(met))
    assert [d.day for d in dates(tasks, "test")] == [11, 14, 17, 24, 26, 1]


def sample(day: int, hour: int = 9, person: str = "PA"):
    return positive(person, utc(day, hour), None) | {"result": "negative"}


def test_samples_pay_for_their_days():
    tasks = work(MEASURE, cases=CASES, found=contacts(MET), tests=[sample(10), sample(13), sample(14)])
    rows = tasks.table.filter(pl.col("kind") == "test").select("state", "is_late", "done_at").rows()
    assert rows == [("done", False, utc(10, 9)), ("done", True, utc(13, 9)), ("done", False, utc(14, 9))]


def test_one_sample_never_pays_twice_and_an_early_one_pays_nothing():
    tasks = work(MEASURE, cases=CASES, found=contacts(MET), tests=[sample(14), sample(9)])
    states = tasks.table.filter(pl.col("kind") == "test")["state"].to_list()
    assert states == ["overdue", "overdue", "done"]


def test_another_persons_sample_pays_nothing():
    tasks = work(MEASURE, cases=CASES, found=contacts(MET), tests=[sample(10, person="PB")])
    assert set(tasks.table.filter(pl.col("kind") == "test")["state"]) == {"overdue"}


def test_release_is_owed_only_by_people_who_were_managed():
    free = work(MEASURE, cases=CASES, found=contacts(MET))
    assert "release" not in set(free.table["kind"])
    held = work(MEASURE, cases=CASES, found=contacts(MET), contacts=managed(utc(10, 9), utc(16, 9)))
    task = only(held, "release")
    assert (task["due_at"], task["state"], task["is_late"]) == (utc(14), "done", True)


def test_a_measure_from_admission_begins_with_admission():
    value = MEASURE_VALUE | {"anchor": "admission"}
    waiting = work(rule("measure", "close", value), cases=CASES, found=contacts(MET))
    assert waiting.table.is_empty() and any("admission" in n.en for n in waiting.notes)
    inside = work(
        rule("measure", "close", value), cases=CASES, found=contacts(MET), contacts=managed(utc(12, 9))
    )
    assert [d.day for d in dates(inside, "test")] == [13, 15, 17]


def test_one_person_owes_one_measure_from_the_last_exposure_by_the_strictest_class():
    more = [
        MET,
        MET | {"case_id": "C2", "last_exposure": utc(11, 9)},
        MET | {"case_id": "C3", "class": "general", "last_exposure": utc(15, 9)},
    ]
    cases = [*CASES, case("C2", utc(9), reported_at=utc(12, 8)), case("C3", utc(9), reported_at=utc(12, 8))]
    tasks = work(MEASURE, PLACED, cases=cases, found=contacts(*more))
    assert [d.day for d in dates(tasks, "test")] == [12, 14, 16]
    placed = only(tasks, "close_placed")
    assert (placed["case_id"], placed["start_at"]) == ("C2", utc(10, 8))


def test_a_contact_who_became_a_case_owes_nothing_more_as_a_contact():
    cases = [*CASES, case("C9", utc(12), person_key="PA", sampled_at=utc(12, 9))]
    tasks = work(MEASURE, cases=cases, found=contacts(MET))
    assert [d.day for d in dates(tasks, "test")] == [10, 12]


def test_a_person_who_was_a_case_before_the_exposure_is_no_contact():
    cases = [*CASES, case("C9", utc(7), person_key="PA", sampled_at=utc(8, 9))]
    assert work(MEASURE, PLACED, cases=cases, found=contacts(MET)).table.is_empty()


def test_follow_up_and_prophylaxis():
    rules = (
        rule("followup", "close", {"days": 21, "anchor": "last_exposure", "day_zero": "next_day"}),
        rule(
            "prophylaxis",
            "mmr",
            {"hours": 72, "anchor": "first_exposure", "who": "susceptible", "product": "MMR"},
        ),
    )
    tasks = work(*rules, cases=CASES, found=contacts(MET))
    assert only(tasks, "followup")["due_at"] == utc(30)
    jab = only(tasks, "prophylaxis")
    assert jab["due_at"] == utc(12, 8) and jab["state"] == "no_record"
    assert "MMR" in jab["what_en"] and "易感者" in jab["what_zh"]


def test_each_task_keeps_the_rule_of_its_own_day():
    old = rule("measure", "close", MEASURE_VALUE, edition="ed-1", valid_to=date(2026, 6, 11))
    new = rule(
        "measure",
        "close",
        MEASURE_VALUE | {"phases": [{"place": "home", "days": 1, "tests": [1]}]},
        edition="ed-2",
        valid_from=date(2026, 6, 12),
    )
    cases = [*CASES, case("C2", utc(11), reported_at=utc(12, 8))]
    later = MET | {
        "case_id": "C2",
        "person_key": "PB",
        "first_exposure": utc(11, 8),
        "last_exposure": utc(11, 9),
    }
    tasks = work(old, new, cases=cases, found=contacts(MET, later))
    by_person = (
        tasks.table.filter(pl.col("kind") == "test")
        .group_by("subject_id")
        .agg(pl.len(), pl.col("edition").unique().sort())
    )
    assert {r[0]: (r[1], r[2]) for r in by_person.rows()} == {"PA": (3, ["ed-1"]), "PB": (1, ["ed-2"])}


@pytest.mark.parametrize("confidence", [Confidence.K, Confidence.C])
def test_advice_and_conflicts_make_no_task(confidence):
    doubtful = rule("measure", "close", MEASURE_VALUE, confidence=confidence)
    assert work(doubtful, cases=CASES, found=contacts(MET)).table.is_empty()


def test_a_rule_switched_off_makes_no_task():
    assert work(rule("measure", "close", None), cases=CASES, found=contacts(MET)).table.is_empty()


@pytest.mark.parametrize(
    ("kind", "may", "label"),
    [
        (PackKind.LIVING, True, ""),
        (PackKind.ARCHIVE, True, ""),
        (PackKind.EXERCISE, False, "exercise, not an order"),
        (PackKind.RETROSPECTIVE, False, "for replay only, not an order"),
    ],
)
def test_order_like_tasks_of_packs_that_cannot_order_are_flagged(kind, may, label):
    rules = (
        rule("measure", "close", MEASURE_VALUE, kind=kind),
        rule("deadline", "close_placed", PLACED.value, kind=kind),
    )
    tasks = work(*rules, cases=CASES, found=contacts(MET))
    placed = only(tasks, "close_placed")
    assert (placed["may_order"], placed["label_en"]) == (may, label)
    assert not tasks.table.filter(pl.col("kind") == "test")["may_order"].any()  # a test day is no order


FREE = rule(
    "measure",
    "companion",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [{"place": "stay_until_negative", "days": 3, "n_tests": 2, "min_gap_hours": 24}],
    },
)


@pytest.mark.parametrize(
    ("days", "states"),
    [
        ([], ["overdue", "overdue"]),
        ([10], ["done", "overdue"]),
        ([10, 10], ["done", "overdue"]),
        ([10, 11], ["done", "done"]),
        ([12, 12, 14], ["done", "done"]),
        ([8], ["overdue", "overdue"]),
    ],
)
def test_free_tests_are_paid_by_days_with_a_sample(days, states):
    tests = [sample(day, hour) | {"sample_id": f"s{hour}"} for hour, day in enumerate(days, start=8)]
    tests.append(sample(10, person="PZ"))
    tasks = work(FREE, cases=CASES, found=contacts(MET | {"class": "companion"}), tests=tests)
    rows = tasks.table.filter(pl.col("kind") == "test").sort("due_at")
    assert rows["state"].to_list() == states
    assert [d.day for d in dates(tasks, "test")] == [11, 12]


# ---- arrivals, goods


def arrival(**more: Any) -> dict[str, Any]:
    return {
        "arrival_id": "A1",
        "person_key": "PT",
        "pocket": "cross_region",
        "origin_area": "CN-99",
        "arrives_at": utc(12, 10),
        "destination_area": "EX-01-2",
    } | more


HIGH = {"area": "CN-99", "level": "high", "valid_from": date(2026, 6, 1), "listed_at": utc(1, 8)}
FROM_HIGH = rule(
    "measure",
    "arrival_high",
    {"anchor": "arrival", "day_zero": "next_day", "phases": [{"place": "central", "days": 2, "tests": [1]}]},
)


def test_an_arrival_from_a_high_risk_area_is_accepted_and_tested():
    tasks = work(FROM_HIGH, arrivals=[arrival(accepted_at=utc(12, 12))], risk_areas=[HIGH])
    accept = only(tasks, "arrival_accept")
    assert (accept["state"], accept["due_at"], accept["owner_unit"]) == ("done", utc(12), "EX-01-2")
    assert dates(tasks, "test") == [date(2026, 6, 13)]
    assert only(tasks, "release")["due_at"] == utc(14)


@pytest.mark.parametrize(
    "change",
    [
        {"level": "low"},
        {"valid_to": date(2026, 6, 11)},
        {"valid_from": date(2026, 6, 13)},
        {"listed_at": utc(12, 11)},
        {"area": "CN-98"},
    ],
)
def test_an_area_not_listed_at_that_level_then_owes_nothing(change):
    assert work(FROM_HIGH, arrivals=[arrival()], risk_areas=[HIGH | change]).table.is_empty()


def test_whoever_arrives_twice_owes_for_each_arrival():
    twice = [arrival(accepted_at=utc(12, 12)), arrival(arrival_id="A2", arrives_at=utc(15, 9))]
    tasks = work(FROM_HIGH, arrivals=twice, risk_areas=[HIGH])
    assert [d.day for d in dates(tasks, "test")] == [13, 16]
    assert tasks.table["task_id"].is_unique().all()


def test_flights_are_inbound_whatever_the_list_says():
    inbound = rule("measure", "arrival_inbound", FROM_HIGH.value)
    tasks = work(inbound, FROM_HIGH, arrivals=[arrival(pocket="flight")], risk_areas=[HIGH])
    assert set(tasks.table["rule_id"]) == {inbound.id}


def test_acceptance_follows_its_own_deadline_where_one_is_in_force():
    clock = rule("deadline", "arrival_accept", {"hours": 3, "start": "arrival", "stop": "acceptance"})
    other = arrival(arrival_id="A2", origin_area="CN-01", accepted_at=utc(12, 11))
    tasks = work(FROM_HIGH, clock, arrivals=[arrival(), other], risk_areas=[HIGH])
    accept = only(tasks, "arrival_accept")
    assert (accept["due_at"], accept["state"], accept["rule_id"]) == (utc(12, 13), "overdue", clock.id)


def test_lots_are_declared_sampled_and_traced():
    rules = (
        rule("goods", "declare", {"hours_before": 48}),
        rule("goods", "lot", {"test": True, "disinfect": True, "trace": True}),
        rule("goods", "disinfect", {"disinfect": True}),
    )
    lot = {
        "lot_id": "L1",
        "product": "fish",
        "origin": "x",
        "arrives_at": utc(12, 10),
        "store_id": "S",
        "declared_at": utc(11, 10),
    }
    tests = [
        {"sample_id": "s", "subject_kind": "lot", "subject_id": "L1", "kind": "swab", "taken_at": utc(12, 15)}
    ]
    handlers = [{"lot_id": "L1", "person_key": "PH", "from": utc(12, 10)}]
    places = [{"place_id": "S", "area_code": "EX-01-9"}]
    tasks = work(*rules, lots=[lot], tests=tests, lot_handlers=handlers, places=places)
    declare = only(tasks, "lot_declare")
    assert (declare["due_at"], declare["is_late"], declare["owner_unit"]) == (utc(10, 10), True, "EX-01-9")
    assert only(tasks, "lot_test")["state"] == "done"
    assert only(tasks, "lot_trace")["state"] == "done"
    assert only(tasks, "lot_disinfect")["state"] == "no_record"


# ---- signals and zones


def test_signals_are_verified_by_a_date():
    clock = rule("deadline", "signal_verify", {"hours": 24, "start": "detected", "stop": "assessed"})
    tasks = work(clock, alarms=[alarm("a1", date(2026, 6, 19))])
    task = only(tasks, "signal_verify")
    assert (task["due_at"], task["precision"], task["state"]) == (utc(20), "day", "open")
    assert task["owner_unit"] == "EX-01-1"


def test_notify_stands_in_for_verification_where_no_rule_names_it():
    notify = rule("deadline", "notify", {"hours": 24, "start": "detected", "stop": "notified"})
    alarms = [alarm("a1", date(2026, 6, 19))]
    assert only(work(notify, alarms=alarms), "signal_verify")["rule_id"] == notify.id
    verify = rule("deadline", "signal_verify", {"hours": 8, "start": "detected", "stop": "assessed"})
    assert only(work(notify, verify, alarms=alarms), "signal_verify")["rule_id"] == verify.id


def test_alarms_after_at_owe_nothing_yet():
    notify = rule("deadline", "notify", {"hours": 24, "start": "detected", "stop": "notified"})
    assert work(notify, alarms=[alarm("a1", date(2026, 6, 21))]).table.is_empty()


def test_only_thresholds_are_reported_as_events():
    clock = rule("deadline", "event_report", {"hours": 2, "start": "detected", "stop": "report"})
    alarms = [
        alarm("a1", date(2026, 6, 19)),
        alarm("a2", date(2026, 6, 19), kind="threshold"),
    ]
    assert only(work(clock, alarms=alarms), "event_report")["subject_id"] == "a2"


def test_zones_owe_a_first_round_and_a_lifting_review():
    clock = rule("deadline", "first_round_sealed", {"hours": 24, "start": "zone_set", "stop": "round_done"})
    people = [{"person_key": "PC1", "home_place_id": "U1"}]
    tasks = work(
        *ZONE_RULES,
        clock,
        **line_of_units(),
        cases=[case("C1", utc(18, 8), reported_at=utc(19, 9))],
        persons=people,
        found=contacts(MET | {"first_exposure": utc(17), "last_exposure": utc(18, 9)}),
    )
    first = only(tasks, "first_round")
    assert (first["due_at"], first["state"], first["owner_role"]) == (utc(20, 9), "no_record", "commander")
    review = only(tasks, "lift_review")
    assert review["due_at"] == utc(26) and review["rule_id"] == "ex-pack/zone.lift/sealed/EX"


# ---- the whole table


def everything():
    return work(
        REPORT,
        TRAJECTORY,
        PRELIM,
        PLACED,
        MEASURE,
        FROM_HIGH,
        *ZONE_RULES,
        **line_of_units(),
        cases=CASES,
        persons=[{"person_key": "PC1", "home_place_id": "U1"}],
        found=contacts(MET),
        arrivals=[arrival()],
        risk_areas=[HIGH],
    )


def test_no_task_without_owner_due_rule_and_words():
    table = everything().table
    assert dict(table.schema) == SCHEMA
    for name in (
        "owner_role",
        "owner_unit",
        "due_at",
        "rule_id",
        "edition",
        "what_zh",
        "what_en",
        "task_id",
        "state",
    ):
        assert table[name].null_count() == 0, name
        if table.schema[name] == pl.String:
            assert (table[name] != "").all(), name
    assert table["task_id"].is_unique().all()
    assert set(table["kind"]) <= set(KINDS)
    assert set(table["state"]) <= set(STATES)


def test_owner_unit_prefers_the_persons_township():
    tasks = work(
        PLACED, cases=CASES, found=contacts(MET), persons=[{"person_key": "PA", "area_code": "EX-01-7"}]
    )
    assert only(tasks, "close_placed")["owner_unit"] == "EX-01-7"


def test_deadlines_without_events_in_the_tables_are_named():
    clock = rule("deadline", "fever_report", {"hours": 1, "start": "arrival", "stop": "report"})
    assert any("report" in n.en and "报告发热病人" in n.zh for n in work(clock).notes)


def test_shifting_every_hour_shifts_every_due_time_and_changes_nothing_else():
    shift = timedelta(days=3)
    first = work(PLACED, MEASURE, cases=CASES, found=contacts(MET), at=AT)
    moved_case = case("C1", utc(9) + shift, reported_at=utc(10, 8) + shift)
    moved = MET | {k: MET[k] + shift for k in ("first_exposure", "last_exposure")}
    second = work(PLACED, MEASURE, cases=[moved_case], found=contacts(moved), at=AT + shift)
    assert (first.table["due_at"] + shift).to_list() == second.table["due_at"].to_list()
    same = ["task_id", "kind", "state", "what_en", "owner_role"]
    assert first.table.select(same).equals(second.table.select(same))


def test_every_kind_has_words_and_a_known_role():
    for kind in KINDS.values():
        assert isinstance(kind.name, Words)
        assert kind.owner_role in {"epidemiologist", "commander", "grid_worker", "supervisor"}


RETEST = rule("test.schedule", "close", {"days": [1, 56], "anchor": "last_exposure", "day_zero": "next_day"})


@pytest.mark.parametrize(("confidence", "is_advice"), [("V2", False), ("K", True)])
def test_a_contact_is_tested_again_after_the_window(confidence, is_advice):
    again = rule("test.schedule", "close", RETEST.value, confidence=Confidence(confidence))
    tasks = work(again, found=contacts(MET), cases=CASES).table.filter(pl.col("kind") == "retest")
    assert tasks["what_en"].str.contains("advice").to_list() == [is_advice] * 2
    days = (tasks.sort("due_at")["due_at"].dt.convert_time_zone("Asia/Shanghai").dt.date()).to_list()
    assert (days[1] - days[0]).days == 55


def test_a_measure_with_test_days_needs_no_schedule_beside_it():
    assert "retest" not in work(MEASURE, RETEST, found=contacts(MET), cases=CASES).table["kind"].to_list()
