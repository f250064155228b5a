"""Check 26 for zones that people ordered: early, late, in time, excused, and not to be told."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from tests.unit.oversight.gap_worlds import found, note, status, words
from tests.unit.zones.zones_world import case, contacts, line_of_units, records, rule, signals, utc, written

from fireline.oversight.check import check
from fireline.oversight.tables import ORDERS
from fireline.tasks.owed import owed
from fireline.zones.delimit import delimit

SEVEN = rule("zone.lift", "sealed", {"all": [{"fact": "days_no_new_infection", "ge": 7}]})
RULES = (rule("zone.define", "sealed", {"of": "case_units"}), SEVEN)
WORLD = line_of_units() | {
    "cases": [case("C1", utc(9, 8), reported_at=utc(10, 9))],
    "persons": [{"person_key": "PC1", "home_place_id": "U1"}],
}
DUE = utc(17, 9)


def gaps(lifted_at, *, at=utc(25, 9), reason="", rules=RULES, signed_at=utc(10, 12), **tables):
    order = {
        "zone_id": "7/sealed",
        "level": "sealed",
        "unit_ids": ["U1"],
        "ring": ["U1"],
        "population": 200,
        "signed_at": signed_at,
        "lifted_at": lifted_at,
        "reason": reason,
    }
    rec, people, asked = records(**(WORLD | tables)), contacts(), written(*rules, on=at.date())
    zones = delimit(rec, people, asked, at=at)
    tasks = owed(rec, people, zones, signals(), asked, at=at)
    orders = pl.DataFrame([order], schema=ORDERS)
    return check(rec, people, zones, tasks, signals(), asked, at=at, orders=orders)


@pytest.mark.parametrize(
    ("hours", "side"),
    [(-1, "too_little"), (0, None), (24, None), (25, "too_much"), (72, "too_much")],
)
def test_neither_early_nor_late(hours, side):
    result = gaps(DUE + timedelta(hours=hours))
    assert found(result, 26) == ([(side, "7/sealed")] if side else [])
    if side == "too_little":
        assert "before the conditions were met: days without a new infection: 1 more hours" in words(
            result, 26
        )


def test_a_zone_that_still_stands_is_late_a_day_after_its_hour():
    assert found(gaps(None, at=DUE + timedelta(hours=24)), 26) == []
    result = gaps(None, at=DUE + timedelta(hours=26))
    assert found(result, 26) == [("too_much", "7/sealed")] and "2026-06-17 09:00" in words(result, 26)


def test_a_lifting_in_the_future_is_not_known_yet():
    assert found(gaps(utc(24, 9), at=DUE), 26) == []


def test_a_signed_reason_excuses_early_and_is_counted_and_never_late():
    early = gaps(utc(13, 9), reason="the only case was ruled out")
    assert found(early, 26) == [] and "1 lifted before" in note(early, 26)
    assert found(gaps(utc(20, 9), reason="forgotten"), 26) == [("too_much", "7/sealed")]


def test_a_later_case_makes_an_earlier_lifting_right_as_it_was_known():
    cases = [*WORLD["cases"], case("C2", utc(20, 8), reported_at=utc(20, 8))]
    people = [*WORLD["persons"], {"person_key": "PC2", "home_place_id": "U1"}]
    assert found(gaps(DUE, cases=cases, persons=people), 26) == []
    again = gaps(utc(21, 9), cases=cases, persons=people)
    assert found(again, 26) == [("too_little", "7/sealed")]


def test_where_the_facts_are_missing_nothing_is_claimed():
    value = {"all": [{"fact": "breteau_index", "lt": 5}]}
    rules = (RULES[0], rule("zone.lift", "sealed", value))
    result = gaps(utc(13, 9), rules=rules)
    assert found(result, 26) == [] and status(result, 26) in ("ok", "not_computable")


def test_orders_without_any_rule_are_not_computable_and_do_not_fail():
    assert status(gaps(utc(13, 9), rules=()), 26) == "not_computable"
