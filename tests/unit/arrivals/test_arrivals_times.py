"""arrivals.owed: hand-over, precision, anchors other than the arrival, free tests, and goods by the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.unit.zones.zones_world import AT, records, rule, utc, written

from fireline.arrivals.owed import free_test_days, owed
from fireline.arrivals.tables import OWED
from fireline.policy.schedule import schedule

HIGH = {"area": "CN-99", "level": "high", "valid_from": date(2026, 6, 1), "listed_at": utc(1, 8)}
VALUE = {
    "anchor": "arrival",
    "day_zero": "next_day",
    "phases": [
        {"place": "central", "days": 3, "tests": [1, 3]},
        {"place": "self_monitoring", "days": 4, "n_tests": 2, "min_gap_hours": 48},
    ],
}
FROM_HIGH = rule("measure", "arrival_high", VALUE)
HAND_OVER = rule("deadline", "arrival_accept", {"hours": 30, "start": "arrival", "stop": "acceptance"})


def arrival(**more):
    return {
        "arrival_id": "A1",
        "person_key": "P1",
        "pocket": "cross_region",
        "origin_area": "CN-99",
        "arrives_at": utc(12, 10),
    } | more


def run(*rules, at=AT, **tables) -> pl.DataFrame:
    found = owed(records(**({"risk_areas": [HIGH]} | tables)), written(*rules), at=at).owed
    assert dict(found.schema) == OWED
    return found


def duty(table: pl.DataFrame, name: str) -> list[dict]:
    return table.filter(pl.col("duty") == name).sort("due_by", "part").rows(named=True)


def test_hand_over_by_the_deadline_in_force():
    (accept,) = duty(run(FROM_HIGH, HAND_OVER, arrivals=[arrival()]), "accept")
    assert (accept["due_by"], accept["precision"]) == (utc(13, 16), "minute")
    assert accept["rule_id"] == HAND_OVER.id


def test_hand_over_on_the_day_of_arrival_where_no_deadline_is_in_force():
    (accept,) = duty(run(FROM_HIGH, arrivals=[arrival()]), "accept")
    assert (accept["due_by"], accept["precision"], accept["rule_id"]) == (utc(13), "day", FROM_HIGH.id)


@pytest.mark.parametrize(("hours", "due"), [(2, 14), (24, 14), (30, 15), (48, 15), (49, 16)])
def test_an_arrival_known_to_the_day_is_never_owed_by_the_hour(hours, due):
    clock = rule("deadline", "arrival_accept", {"hours": hours, "start": "arrival", "stop": "acceptance"})
    day = arrival(arrives_at=utc(12), arrives_at_precision="day")
    (accept,) = duty(run(FROM_HIGH, clock, arrivals=[day]), "accept")
    assert (accept["due_by"], accept["precision"]) == (utc(due), "day")


def test_a_deadline_from_another_moment_is_not_taken_for_the_arrival():
    clock = rule("deadline", "arrival_accept", {"hours": 2, "start": "notified", "stop": "acceptance"})
    (accept,) = duty(run(FROM_HIGH, clock, arrivals=[arrival()]), "accept")
    assert accept["rule_id"] == FROM_HIGH.id


def test_phases_and_tests_carry_place_and_part():
    table = run(FROM_HIGH, arrivals=[arrival()])
    phases = [(r["part"], r["place"], r["due_by"]) for r in duty(table, "phase")]
    assert phases == [("1", "central", utc(16)), ("2", "self_monitoring", utc(20))]
    tests = [(r["part"], r["place"], r["due_by"]) for r in duty(table, "test")]
    assert tests == [
        ("d001", "central", utc(14)),
        ("d003", "central", utc(16)),
        ("free2-1", "self_monitoring", utc(18)),
        ("free2-2", "self_monitoring", utc(20)),
    ]


@pytest.mark.parametrize(
    ("n", "gap", "days"), [(1, 24, [19]), (2, 24, [18, 19]), (2, 25, [17, 19]), (0, 24, [])]
)
def test_free_tests_are_due_one_gap_apart(n, gap, days):
    value = VALUE | {"phases": [{"place": "home", "days": 7, "n_tests": n, "min_gap_hours": gap}]}
    phase = schedule(value, date(2026, 6, 12)).phases[0]
    assert [d.day for d in free_test_days(phase)] == days


@pytest.mark.parametrize(
    ("accepted", "first"),
    [(utc(14, 9), date(2026, 6, 15)), (None, date(2026, 6, 13)), (utc(25, 9), date(2026, 6, 13))],
)
def test_a_measure_from_acceptance_counts_from_it_once_it_is_on_record(accepted, first):
    inside = rule("measure", "arrival_high", VALUE | {"anchor": "admission"})
    test = duty(run(inside, arrivals=[arrival(accepted_at=accepted)]), "test")[0]
    assert test["due_from"].astimezone(UTC) == datetime.combine(first, datetime.min.time(), UTC) - timedelta(
        hours=8
    )
    assert test["part"] == "d001"


@pytest.mark.parametrize("anchor", ["arrival", "departure"])
def test_leaving_the_origin_is_taken_as_the_arrival(anchor):
    other = rule("measure", "arrival_high", VALUE | {"anchor": anchor})
    first = duty(run(other, arrivals=[arrival(accepted_at=utc(14, 9))]), "test")[0]
    assert first["due_by"] == utc(14)


GOODS = (rule("goods", "declare", {"hours_before": 48}), rule("goods", "lot", {"test": True, "trace": True}))
LOT = {"lot_id": "L1", "product": "fish", "origin": "x", "arrives_at": utc(12, 10), "store_id": "S"}


def test_goods_are_declared_by_the_hour_and_handled_by_the_day():
    table = run(*GOODS, lots=[LOT])
    assert [(r["due_by"], r["precision"]) for r in duty(table, "declare")] == [(utc(10, 10), "minute")]
    assert [(r["due_by"], r["precision"]) for r in duty(table, "lot_test")] == [(utc(13), "day")]
    assert [(r["due_by"], r["precision"]) for r in duty(table, "trace")] == [(utc(13), "day")]


@pytest.mark.parametrize(("hours", "due"), [(48, 11), (36, 12), (24, 12), (12, 13)])
def test_goods_whose_arrival_is_known_to_the_day_are_declared_by_a_day(hours, due):
    clock = rule("goods", "declare", {"hours_before": hours})
    (declare,) = duty(
        run(clock, lots=[LOT | {"arrives_at": utc(12), "arrives_at_precision": "day"}]), "declare"
    )
    assert (declare["due_by"], declare["precision"]) == (utc(due), "day")


def test_what_is_not_owed_has_no_due_time():
    table = run(arrivals=[arrival()], lots=[LOT])
    assert table["duty"].to_list() == ["none", "none"]
    assert table["due_by"].null_count() == table["precision"].null_count() == 2
