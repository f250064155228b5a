"""Every check in four worlds: too little was done, too much, all is well, and the data do not allow a verdict."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.unit.oversight.gap_worlds import (
    CASES,
    LOOKBACK,
    MEASURE,
    MET,
    PLACED,
    REPORT,
    TARGETS,
    found,
    gaps_of,
    managed,
    note,
    sample,
    status,
)
from tests.unit.zones.zones_world import ZONE_RULES, alarm, case, contacts, line_of_units, rule, utc

from fireline.oversight.explain import NOT_CHECKED
from fireline.oversight.tables import TITLES

HIGH = {"area": "CN-99", "level": "high", "valid_from": date(2026, 6, 1), "listed_at": utc(1, 8)}
FROM_HIGH = rule(
    "measure",
    "arrival_high",
    {"anchor": "arrival", "day_zero": "next_day", "phases": [{"place": "central", "days": 2, "tests": [1]}]},
)
HAND_OVER = rule("deadline", "arrival_accept", {"hours": 3, "start": "arrival", "stop": "acceptance"})
GOODS = (
    rule("goods", "declare", {"hours_before": 48}),
    rule("goods", "lot", {"test": True, "disinfect": True, "trace": True}),
)
CAP = rule("capacity", "scenic", {"percent": 50, "of": "approved_maximum"})
KEEP = rule("retention", "visits", {"days": 5})
WEEKLY = rule("occupation.test", "cold_chain", {"per_days": 5})
OFF_SECOND = rule("measure", "secondary", None)
COMPANION = rule(
    "measure",
    "companion",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [{"place": "stay_until_negative", "days": 3, "tests": [1, 3]}],
    },
)


def positive(day: int = 18, **more: Any) -> dict[str, Any]:
    return sample("PC1", day, 8, "positive", result_at=utc(day, 20)) | more


def stay(day: int, hour: int = 9, hours: int = 1, place: str = "U0", person: str = "PC1") -> dict[str, Any]:
    enter = utc(day, hour)
    return {"person_key": person, "place_id": place, "enter": enter, "leave": enter + timedelta(hours=hours)}


def reported(at, **more: Any) -> dict[str, Any]:
    return {
        "cases": [case("C1", utc(17), sampled_at=utc(18, 8), reported_at=at, **more)],
        "tests": [positive()],
    }


def traveller(arrival_id: str = "A1", person: str = "P1", **more: Any) -> dict[str, Any]:
    return {
        "arrival_id": arrival_id,
        "person_key": person,
        "pocket": "cross_region",
        "origin_area": "CN-99",
        "arrives_at": utc(12, 10),
    } | more


def lot(**more: Any) -> dict[str, Any]:
    return {
        "lot_id": "L1",
        "product": "fish",
        "origin": "x",
        "arrives_at": utc(12, 10),
        "store_id": "S",
    } | more


def swab(hour: int = 15, day: int = 12, lot_id: str = "L1") -> dict[str, Any]:
    return sample(lot_id, day, hour) | {"subject_kind": "lot"}


def zone_world(**more: Any) -> dict[str, Any]:
    world = line_of_units() | {
        "cases": [case("C1", utc(18, 8), reported_at=utc(19, 9))],
        "persons": [{"person_key": "PC1", "home_place_id": "U1"}],
    }
    return world | more


def listed(valid_to: date | None) -> dict[str, Any]:
    row = {
        "area": "x",
        "area_code": "EX-01-7",
        "level": "high",
        "listed_at": utc(10, 9),
        "valid_to": valid_to,
    }
    return {"cases": [case("C1", utc(10), area_code="EX-01-7")], "risk_areas": [row]}


def crowd(n: int, capacity: int | None = 4) -> dict[str, Any]:
    return {
        "places": [{"place_id": "S1", "kind": "scenic", "capacity": capacity}],
        "visits": [stay(9, 9, 2, "S1", f"P{i}") for i in range(n)],
    }


FREED = {"cases": CASES, "found": contacts(MET), "contacts": [managed(utc(10, 9), utc(12, 18))]}
TESTED = [sample("PA", 10), sample("PA", 12)]
PLACED_IN_TIME = [managed(utc(10, 12))]
WORKER = [{"person_key": "P1", "occupation": "cold_chain"}]
AT_HOME = [{"person_key": "PC1", "home_place_id": "U0"}]
WINDOW = {"cases": [case("C1", utc(9, 8), isolated_at=utc(10, 8))], "persons": AT_HOME}
ILL_IN_TIME = {"cases": [case("C1", utc(17), sampled_at=utc(18), reported_at=utc(18, 9))]}

# (check, what the world is): rules, tables
WORLDS: dict[tuple[int, str], tuple[tuple, dict[str, Any]]] = {
    (1, "too_little"): ((REPORT,), reported(utc(19, 9))),
    (1, "ok"): ((REPORT,), reported(utc(18, 21))),
    (1, "not_computable"): ((REPORT,), reported(utc(18), reported_at_precision="day")),
    (1, "no_rule"): ((), reported(utc(19, 9))),
    (6, "too_little"): ((PLACED,), {"cases": CASES, "found": contacts(MET), "contacts": [managed(utc(11))]}),
    (6, "ok"): ((PLACED,), {"cases": CASES, "found": contacts(MET), "contacts": PLACED_IN_TIME}),
    (6, "not_computable"): ((PLACED,), {"cases": CASES, "found": contacts(MET)}),
    (6, "no_rule"): ((), {"cases": CASES, "found": contacts(MET)}),
    (10, "too_little"): (TARGETS, {"cases": [case("C1", utc(1), sampled_at=utc(5), reported_at=utc(9))]}),
    (10, "ok"): (TARGETS, ILL_IN_TIME),
    (10, "not_computable"): (TARGETS, {"cases": [case("C1", None)]}),
    (10, "no_rule"): ((), ILL_IN_TIME),
    (11, "too_little"): ((LOOKBACK,), WINDOW | {"visits": [stay(7), stay(10)]}),
    (11, "ok"): ((LOOKBACK,), WINDOW | {"visits": [stay(d) for d in (7, 8, 9, 10)]}),
    (11, "not_computable"): ((LOOKBACK,), {"cases": [case("C1", None)], "visits": [stay(7)]}),
    (11, "no_rule"): ((), WINDOW | {"visits": [stay(7)]}),
    (12, "too_little"): ((LOOKBACK,), {"cases": CASES}),
    (12, "ok"): ((LOOKBACK,), {"cases": CASES, "found": contacts(MET)}),
    (12, "not_computable"): ((LOOKBACK,), {}),
    (12, "no_rule"): ((), {"cases": CASES}),
    (13, "too_little"): ((LOOKBACK,), {"cases": CASES, "found": contacts(MET | {"last_exposure": None})}),
    (13, "ok"): ((LOOKBACK,), {"cases": CASES, "found": contacts(MET)}),
    (13, "not_computable"): ((LOOKBACK,), {"cases": CASES}),
    (13, "no_rule"): ((), {"cases": CASES}),
    (14, "too_little"): ((MEASURE,), {"cases": CASES, "found": contacts(MET), "tests": TESTED[:1]}),
    (14, "too_much"): (
        (MEASURE, rule("test.schedule", "all", {"max_per_day": 1})),
        {"cases": CASES, "found": contacts(MET), "tests": [*TESTED, sample("PA", 12, 18)]},
    ),
    (14, "ok"): ((MEASURE,), {"cases": CASES, "found": contacts(MET), "tests": TESTED}),
    (14, "not_computable"): ((MEASURE,), {"cases": CASES, "found": contacts(MET)}),
    (14, "no_rule"): ((), {"cases": CASES, "found": contacts(MET)}),
    (15, "too_little"): ((MEASURE,), FREED | {"contacts": [managed(utc(10, 9), utc(11, 9))]}),
    (15, "too_much"): ((MEASURE,), FREED | {"contacts": [managed(utc(10, 9), utc(14, 9))]}),
    (15, "ok"): ((MEASURE,), FREED),
    (15, "not_computable"): ((MEASURE,), {"cases": CASES, "found": contacts(MET)}),
    (15, "no_rule"): ((), {"cases": CASES, "found": contacts(MET)}),
    (16, "too_little"): ((MEASURE,), FREED | {"tests": TESTED[1:]}),
    (16, "ok"): ((MEASURE,), FREED | {"tests": TESTED}),
    (16, "not_computable"): ((MEASURE,), {"cases": CASES, "found": contacts(MET)}),
    (16, "no_rule"): ((), FREED),
    (19, "too_little"): (
        (COMPANION,),
        {"cases": CASES, "found": contacts(MET | {"class": "companion"}), "tests": TESTED[:1]},
    ),
    (19, "too_much"): ((), FREED | {"found": contacts(MET | {"class": "companion"})}),
    (19, "ok"): (
        (COMPANION,),
        {"cases": CASES, "found": contacts(MET | {"class": "companion"}), "tests": TESTED},
    ),
    (19, "not_computable"): ((COMPANION,), {"cases": CASES, "found": contacts(MET)}),
    (20, "too_little"): (
        (FROM_HIGH, HAND_OVER),
        {"arrivals": [traveller(accepted_at=utc(12, 14))], "risk_areas": [HIGH]},
    ),
    (20, "ok"): (
        (FROM_HIGH, HAND_OVER),
        {"arrivals": [traveller(accepted_at=utc(12, 12))], "risk_areas": [HIGH]},
    ),
    (20, "not_computable"): ((FROM_HIGH,), {"arrivals": [traveller()], "risk_areas": [HIGH]}),
    (20, "no_rule"): ((), {"arrivals": [traveller()], "risk_areas": [HIGH]}),
    (21, "too_little"): ((FROM_HIGH,), {"arrivals": [traveller()], "risk_areas": [HIGH]}),
    (21, "too_much"): (
        (FROM_HIGH,),
        {"arrivals": [traveller(origin_area="CN-01")], "contacts": [managed(utc(12, 15), person="P1")]},
    ),
    (21, "ok"): ((FROM_HIGH,), {"arrivals": [traveller(accepted_at=utc(12, 12))], "risk_areas": [HIGH]}),
    (21, "not_computable"): ((FROM_HIGH,), {"risk_areas": [HIGH]}),
    (21, "no_rule"): ((), {"arrivals": [traveller()], "risk_areas": [HIGH]}),
    (22, "too_little"): (GOODS, {"lots": [lot(declared_at=utc(11, 10))]}),
    (22, "ok"): (GOODS, {"lots": [lot(declared_at=utc(10, 9))], "tests": [swab()],
                         "lot_handlers": [{"lot_id": "L1", "person_key": "PH"}]}),
    (22, "not_computable"): (GOODS, {"lots": [lot()]}),
    (22, "no_rule"): ((), {"lots": [lot()]}),
    (23, "too_little"): ((WEEKLY,), {"persons": WORKER, "tests": [sample("P1", 14)]}),
    (23, "ok"): ((WEEKLY,), {"persons": WORKER, "tests": [sample("P1", 16)]}),
    (23, "not_computable"): ((WEEKLY,), {"persons": [{"person_key": "P1", "occupation": "baker"}]}),
    (23, "no_rule"): ((), {"persons": WORKER}),
    (25, "too_little"): (ZONE_RULES, zone_world(cases=[case("C1", utc(18)), case("C2", utc(18))])),
    (25, "too_much"): (ZONE_RULES, zone_world(units=line_of_units(kind="street")["units"])),
    (25, "ok"): (ZONE_RULES, zone_world()),
    (25, "not_computable"): (ZONE_RULES, {"cases": [case("C1", utc(18))]}),
    (25, "no_rule"): ((), zone_world()),
    (26, "too_little"): (ZONE_RULES, listed(date(2026, 6, 12))),
    (26, "too_much"): (ZONE_RULES, listed(None)),
    (26, "ok"): (ZONE_RULES, listed(date(2026, 6, 17))),
    (26, "not_computable"): (ZONE_RULES, {"cases": [case("C1", utc(10))]}),
    (26, "no_rule"): ((), listed(None)),
    (27, "too_little"): ((CAP,), crowd(3)),
    (27, "ok"): ((CAP,), crowd(2)),
    (27, "not_computable"): ((CAP,), crowd(3, capacity=None)),
    (27, "no_rule"): ((), crowd(3)),
    (29, "too_much"): ((KEEP,), {"visits": [stay(9)]}),
    (29, "ok"): ((KEEP,), {"visits": [stay(18)]}),
    (29, "no_rule"): ((), {"visits": [stay(9)]}),
    (30, "too_much"): ((LOOKBACK,), {"cases": CASES, "found": contacts(MET | {"rule_id": "gone/x/y/EX"})}),
    (30, "ok"): ((LOOKBACK,), {"cases": CASES, "found": contacts(MET)}),
    (30, "not_computable"): ((LOOKBACK,), {"cases": CASES, "found": contacts(MET | {"rule_id": ""})}),
}  # fmt: skip
SIDES = ("too_little", "too_much")


@pytest.mark.parametrize(("no", "kind"), sorted(WORLDS))
def test_verdicts(no, kind):
    rules, tables = WORLDS[no, kind]
    gaps = gaps_of(*rules, **tables)
    sides = {side for side, _ in found(gaps, no)}
    if kind in SIDES:
        assert (status(gaps, no), sides) == ("found", {kind})
    else:
        assert (status(gaps, no), sides) == (kind, set())
    assert note(gaps, no)


def test_every_check_that_is_made_has_its_worlds():
    elsewhere = {5, 7, 17, 18}  # in test_oversight_check and test_oversight_following
    assert {no for no, _ in WORLDS} | elsewhere | set(NOT_CHECKED) == set(TITLES)


def test_a_finding_of_one_check_is_no_finding_of_another():
    rules, tables = WORLDS[6, "too_little"]
    assert set(gaps_of(*rules, LOOKBACK, **tables).findings["no"]) == {
        6,
        15,
    }  # held by a deadline alone: no measure


# ---- people whom the run found


def test_contacts_found_by_the_run_are_new_and_not_late():
    people = contacts(MET | {"basis": "co_presence"}, MET | {"person_key": "PB"})
    told = [managed(utc(10, 12), person="PB")]
    gaps = gaps_of(
        PLACED, MEASURE, cases=CASES, found=people, contacts=told, tests=[sample("PB", 10), sample("PB", 12)]
    )
    assert status(gaps, 6) == "ok" and status(gaps, 14) == "ok" and status(gaps, 15) == "ok"


def test_new_work_is_counted_in_the_note():
    met = {"first_exposure": utc(19, 8), "last_exposure": utc(19, 9), "basis": "co_presence"}
    gaps = gaps_of(PLACED, MEASURE, cases=CASES, found=contacts(MET | met), tests=[sample("PZ", 1)])
    assert status(gaps, 6) == "ok" and "1 are new" in note(gaps, 6)
    assert status(gaps, 14) == "ok" and "2 are new" in note(gaps, 14)


def test_the_same_person_named_by_the_source_is_late():
    told = [managed(utc(10, 12), person="PZ")]
    gaps = gaps_of(PLACED, cases=CASES, found=contacts(MET), contacts=told)
    assert found(gaps, 6) == [("too_little", "PA")] and "new" not in note(gaps, 6)


def test_a_companion_found_by_the_run_is_not_blamed_for_old_tests():
    people = contacts(MET | {"class": "companion", "basis": "co_presence"})
    gaps = gaps_of(COMPANION, cases=CASES, found=people, tests=[sample("PZ", 10)])
    assert status(gaps, 19) == "ok" and found(gaps, 14) == []


# ---- first rounds and the outbreak's own times


def test_7_no_rule_and_nothing_due_yet():
    clock = rule("deadline", "first_round_sealed", {"hours": 24, "start": "zone_set", "stop": "round_done"})
    assert status(gaps_of(*ZONE_RULES, **zone_world()), 7) == "no_rule"
    early = gaps_of(*ZONE_RULES, clock, **zone_world(tests=[sample("PQ", 19)]), at=utc(19, 12))
    assert status(early, 7) == "not_computable"


@pytest.mark.parametrize("day", [date(2026, 6, 16), date(2026, 6, 17), date(2026, 6, 30)])
def test_10_alarms_before_the_first_onset_detect_nothing(day):
    gaps = gaps_of(*TARGETS, **ILL_IN_TIME, alarms=[alarm("a", day)])
    days = gaps.timeliness["days"].to_list()
    assert days[0] == (0 if day == date(2026, 6, 17) else 1)  # else by the sample of the 18th


def test_10_the_largest_overrun_is_the_bottleneck():
    gaps = gaps_of(*TARGETS, cases=[case("C1", utc(1), sampled_at=utc(10), reported_at=utc(15))])
    over = {r["step"]: r["is_bottleneck"] for r in gaps.timeliness.iter_rows(named=True)}
    assert over == {"detect": False, "notify": True, "respond": False}


# ---- arrivals: held without a rule, advice, sampled only


def test_21_a_rule_switched_off_asks_for_nothing():
    off = rule("measure", "arrival_high", None)
    held = {"arrivals": [traveller()], "risk_areas": [HIGH], "contacts": [managed(utc(12, 15), person="P1")]}
    assert found(gaps_of(off, **held), 21) == [("too_much", "A1")]


def test_21_contacts_of_a_case_are_not_held_as_arrivals():
    held = {
        "arrivals": [traveller(person="PA", origin_area="CN-01")],
        "contacts": [managed(utc(12, 15))],
        "cases": CASES,
        "found": contacts(MET),
    }
    assert found(gaps_of(FROM_HIGH, **held), 21) == []


@pytest.mark.parametrize("change", [{"accepted_at": utc(12, 12)}, {"tests": True}, {"managed": True}])
def test_21_any_sign_of_the_measure_is_enough(change):
    tables: dict[str, Any] = {"arrivals": [traveller()], "risk_areas": [HIGH]}
    if "accepted_at" in change:
        tables["arrivals"] = [traveller(**change)]
    elif "tests" in change:
        tables["tests"] = [sample("P1", 13)]
    else:
        tables["contacts"] = [managed(utc(12, 15), person="P1")]
    assert status(gaps_of(FROM_HIGH, **tables), 21) == "ok"


def test_21_signs_after_at_are_not_known():
    gaps = gaps_of(
        FROM_HIGH, arrivals=[traveller(accepted_at=utc(25, 12))], risk_areas=[HIGH], tests=[sample("P1", 25)]
    )
    assert found(gaps, 21) == [("too_little", "A1")]
