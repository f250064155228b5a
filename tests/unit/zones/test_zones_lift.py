"""When a zone may be lifted, and what is still missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
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

from fireline.policy.model import Confidence
from fireline.zones.delimit import delimit
from fireline.zones.lift import lift
from fireline.zones.tables import SCHEMAS

WORLD = line_of_units() | {
    "cases": [case("C1", utc(18, 8), reported_at=utc(19, 9))],
    "persons": [{"person_key": "PC1", "home_place_id": "U1"}],
}
MET = {"case_id": "C1", "person_key": "PA", "last_exposure": utc(18, 20)}


def lifted(*rules, found=None, at=AT, **tables) -> dict[tuple[str, str], dict[str, Any]]:
    rec = records(**(WORLD | tables))
    people = found if found is not None else contacts(MET)
    asked = written(*(rules or ZONE_RULES))
    table = lift(rec, people, delimit(rec, people, asked, at=at), asked, at=at)
    assert dict(table.schema) == SCHEMAS["zone_lifting"]
    return {(r["zone_id"], r["level"]): r for r in table.iter_rows(named=True)}


def swap(value) -> tuple:
    kept = tuple(r for r in ZONE_RULES if r.concept != "zone.lift")
    return (*kept, rule("zone.lift", "sealed", value))


def negative(person: str, day: int) -> dict[str, Any]:
    return {
        "sample_id": f"{person}-{day}",
        "subject_kind": "person",
        "subject_id": person,
        "kind": "pcr",
        "taken_at": utc(day, 9),
        "result": "negative",
    }


def test_earliest_is_the_latest_of_the_counted_days():
    row = lifted()["Z-U0", "sealed"]
    assert row["earliest"] == date(2026, 6, 26)  # 19 June + 7; last exposure 18 June, more than 7 days
    assert row["is_due"] is False
    for text in ("6 more days", "full negative round: 0 of 200"):
        assert text in row["missing_en"]
    assert "还差 6 天" in row["missing_zh"]


def test_a_later_contact_moves_the_date():
    row = lifted(found=contacts(MET | {"last_exposure": utc(19, 20)}))["Z-U0", "sealed"]
    assert row["earliest"] == date(2026, 6, 27)


def test_a_new_case_in_the_ring_moves_the_date():
    cases = [*WORLD["cases"], case("C2", utc(20, 8))]
    people = [*WORLD["persons"], {"person_key": "PC2", "home_place_id": "U1"}]
    assert lifted(cases=cases, persons=people)["Z-U0", "sealed"]["earliest"] == date(2026, 6, 27)


def test_without_contacts_the_date_cannot_be_told():
    row = lifted(found=contacts())["Z-U0", "sealed"]
    assert row["earliest"] is None and "no day to count from" in row["missing_en"]


def test_every_level_has_its_row_and_levels_without_a_rule_say_so():
    rows = lifted()
    assert set(rows) == {("Z-U0", "sealed"), ("Z-U0", "managed"), ("Z-county", "precaution")}
    assert "No rule for lifting" in rows["Z-U0", "managed"]["missing_en"]


@pytest.mark.parametrize(("days", "due"), [(1, True), (2, False)])
def test_due_when_every_condition_is_met_today(days, due):
    milder = rule("zone.lift", "managed", {"all": [{"fact": "days_no_new_infection", "ge": days}]})
    rows = lifted(*ZONE_RULES, milder, at=utc(20, 12))
    assert rows["Z-U0", "managed"]["is_due"] is due
    assert rows["Z-U0", "sealed"]["is_due"] is False


def test_a_full_negative_round_needs_everybody():
    tiny = line_of_units()
    for unit in tiny["units"]:
        unit["population"] = 2
    people = [*WORLD["persons"], {"person_key": "PB", "home_place_id": "U1"}]
    rules = swap({"all": [{"fact": "full_round_negative_within_days", "le": 2}]})
    one = lifted(*rules, **tiny, persons=people, tests=[negative("PC1", 20)], at=utc(21, 12))
    assert one["Z-U0", "sealed"]["is_due"] is None and "1 of 2" in one["Z-U0", "sealed"]["missing_en"]
    both = lifted(
        *rules, **tiny, persons=people, tests=[negative("PC1", 20), negative("PB", 21)], at=utc(21, 12)
    )
    assert both["Z-U0", "sealed"]["is_due"] is True
    early = lifted(
        *rules, **tiny, persons=people, tests=[negative("PC1", 19), negative("PB", 21)], at=utc(21, 12)
    )
    assert early["Z-U0", "sealed"]["is_due"] is None  # a sample on the day of the last case is not after it


def test_sources_that_conflict_are_a_question():
    kept = tuple(r for r in ZONE_RULES if r.concept != "zone.lift")
    doubt = rule(
        "zone.lift", "sealed", {"all": [{"fact": "days_no_new_infection", "ge": 7}]}, confidence=Confidence.C
    )
    assert "a person decides" in lifted(*kept, doubt)["Z-U0", "sealed"]["missing_en"]


def test_unknown_facts_are_named():
    row = lifted(*swap({"all": [{"fact": "breteau_index", "le": 5}]}))["Z-U0", "sealed"]
    assert row["earliest"] is None and "breteau_index" in row["missing_en"]


def test_the_precaution_area_waits_for_the_others():
    rules = (
        *ZONE_RULES,
        rule("zone.lift", "precaution", {"all": [{"fact": "all_sealed_and_managed_lifted", "eq": True}]}),
    )
    row = lifted(*rules)["Z-county", "precaution"]
    assert row["is_due"] is False and "not all lifted" in row["missing_en"]


def test_no_zone_no_row():
    rec = records(**WORLD)
    rules = written()
    zones = delimit(rec, contacts(), rules, at=AT)
    assert lift(rec, contacts(), zones, rules, at=AT).is_empty()


def test_shifting_all_hours_shifts_the_date():
    shift = timedelta(days=30)
    moved = [case("C1", utc(18, 8) + shift, reported_at=utc(19, 9) + shift)]
    row = lifted(
        cases=moved, found=contacts(MET | {"last_exposure": MET["last_exposure"] + shift}), at=AT + shift
    )
    assert row["Z-U0", "sealed"]["earliest"] == date(2026, 7, 26)
