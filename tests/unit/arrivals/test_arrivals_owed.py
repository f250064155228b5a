"""arrivals.owed: what is owed on landing under the rule of the day, and importation by pocket."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.contacts.contact_worlds import at_rules, case, pack, records, rule

from fireline.arrivals import owed
from fireline.arrivals.tables import IMPORTATION, OWED, POCKETS

AT = datetime(2021, 12, 20, tzinfo=UTC)
MEASURE = (
    'anchor = "arrival", day_zero = "next_day", phases = [{ place = "central", days = 14, tests = [1, 4] }, '
    '{ place = "home_monitoring", days = 7, n_tests = 2 }]'
)
HIGH = rule("measure", "arrival_high", MEASURE)
INBOUND = rule("measure", "arrival_inbound", MEASURE)
ACCEPT = rule("deadline", "arrival_accept", 'hours = 2, start = "arrival", stop = "acceptance"')
LISTED = [
    {
        "area": "某镇",
        "area_code": "CN-410102",
        "level": "high",
        "valid_from": "2021-12-05",
        "valid_to": "2021-12-15",
        "listed_at": "2021-12-05 00:00",
    }
]


def arrival(arrival_id, *, pocket="cross_region", origin="CN-410102", at="2021-12-10 15:30", **more):
    row = {"arrival_id": arrival_id, "person_key": f"P{arrival_id}", "pocket": pocket, "origin_area": origin}
    return row | {"arrives_at": at} | more


def run(*rules, **tables):
    return owed(records(**tables), at_rules(pack(*(rules or (HIGH, INBOUND, ACCEPT)))), at=AT)


def duties(found, *columns):
    return found.owed.select(columns or ("subject_id", "duty", "n", "status")).rows()


def test_it_works():
    found = run(arrivals=[arrival("A1")], risk_areas=LISTED)
    assert duties(found, "duty", "n", "level") == [
        ("accept", 1, "high"),
        ("test", 1, "high"),
        ("test", 1, "high"),
        ("phase", 1, "high"),
        ("test", 1, "high"),  # two free tests one day apart, the last on the last day
        ("phase", 2, "high"),
        ("test", 2, "high"),
    ]
    assert set(found.owed["rule_id"]) == {"t-1/measure/arrival_high/CN", "t-1/deadline/arrival_accept/CN"}
    assert dict(found.owed.schema) == OWED


def test_due_times_count_from_the_day_of_arrival():
    found = run(arrivals=[arrival("A1")], risk_areas=LISTED).owed
    accept = found.filter(found["duty"] == "accept")
    assert accept["due_by"].item() == datetime(2021, 12, 10, 9, 30, tzinfo=UTC)  # two hours after 15:30 local
    tests = found.filter((found["duty"] == "test") & (found["what_en"].str.contains("test on")))
    assert [w[:18] for w in tests["what_en"]] == ["test on 2021-12-11", "test on 2021-12-14"]
    assert tests["due_by"].to_list()[0] == datetime(2021, 12, 11, 16, tzinfo=UTC)  # end of that local day
    phase = found.filter((found["duty"] == "phase") & (found["n"] == 1))
    assert phase["what_en"].item() == "central quarantine, 14 day(s), 2021-12-11 to 2021-12-24"
    assert phase["what_zh"].item() == "集中隔离 14 天，2021-12-11 至 2021-12-24"


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "high"),
        ({"origin": "CN-410102003"}, "high"),  # lies in the listed area
        ({"origin": "某镇"}, "high"),  # by the written name
        ({"origin": "CN-4101"}, None),
        ({"at": "2021-12-04 23:00"}, None),  # before it was listed
        ({"at": "2021-12-15 23:00"}, "high"),  # the last day counts
        ({"at": "2021-12-16 00:30"}, None),
    ],
)
def test_level_is_that_of_the_day_of_arrival(change, level):
    found = run(arrivals=[arrival("A1", **change)], risk_areas=LISTED)
    assert set(found.owed["level"]) == {level}
    expected = {"RULE"} if level else {"NO_RULE"}
    assert set(found.owed["status"]) == expected


def test_the_higher_of_two_levels_counts():
    lists = [LISTED[0] | {"level": "low"}, *LISTED]
    assert set(run(arrivals=[arrival("A1")], risk_areas=lists).owed["level"]) == {"high"}


def test_inbound_needs_no_list_and_others_say_when_there_is_none():
    found = run(arrivals=[arrival("A1", pocket="flight", origin="KR"), arrival("A2")])
    assert {(r[0], r[1]) for r in duties(found, "subject_id", "status")} == {
        ("A1", "RULE"),
        ("A2", "NO_RULE"),
    }
    assert any("no list of risk areas" in n.en for n in found.notes)
    none = found.owed.filter(found.owed["duty"] == "none")
    assert "nothing is owed" in none["what_en"].item()


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ((ACCEPT,), "NO_RULE"),
        ((rule("measure", "arrival_high", MEASURE, "K"),), "ADVICE"),
        ((rule("measure", "arrival_high", MEASURE, "C"),), "ASK"),
        ((rule("measure", "arrival_high", None, modality="must_not"),), "OFF"),
    ],
)
def test_without_a_rule_in_force_nothing_is_owed(rules, status):
    found = run(*[r.replace("'", '"') for r in rules], arrivals=[arrival("A1")], risk_areas=LISTED)
    assert duties(found) == [("A1", "none", 1, status)]
    assert any("conflict" in n.en for n in found.notes) is (status == "ASK")


def test_later_arrivals_are_left_out():
    assert run(arrivals=[arrival("A1", at="2021-12-21 10:00")], risk_areas=LISTED).owed.height == 0


GOODS = (
    rule("goods", "declare", "hours_before = 48"),
    rule("goods", "lot", "test = true, disinfect = true, trace = true"),
    rule("goods", "records", "years = 2"),
)
LOT = {"lot_id": "L1", "product": "fish", "origin": "NO", "arrives_at": "2021-12-10 08:00", "store_id": "S"}


def test_lots_owe_declaration_test_disinfection_trace_and_records():
    found = run(*GOODS, lots=[LOT])
    assert [d for (d,) in duties(found, "duty")] == [
        "declare",
        "disinfect",
        "lot_test",
        "trace",
        "keep_records",
    ]
    declare = found.owed["due_by"][0]
    assert declare == datetime(2021, 12, 10, tzinfo=UTC) - timedelta(hours=48)
    assert found.owed["due_by"][4].year == 2023
    assert set(found.owed["pocket"]) == {"cold_chain"}


def test_lots_without_rules_say_so():
    assert duties(run(HIGH, lots=[LOT])) == [("L1", "none", 1, "NO_RULE")]


def test_importation_by_pocket():
    found = run(
        *GOODS,
        arrivals=[arrival("A1"), *(arrival(k, pocket="flight", origin="KR") for k in ("A2", "A3"))],
        risk_areas=LISTED,
        lots=[LOT, LOT | {"lot_id": "L2"}],
        cases=[case("C1", person="PA2"), case("C2", person="PA1", classification="discarded")],
        tests=[
            {
                "sample_id": "T",
                "subject_kind": "lot",
                "subject_id": "L2",
                "kind": "pcr",
                "taken_at": "2021-12-10 09:00",
                "result": "positive",
            }
        ],
    )
    assert dict(found.importation.schema) == IMPORTATION
    assert found.importation.rows() == [
        ("flight", 2, 0, 0, 1),
        ("land_port", 0, 0, 0, 0),
        ("cold_chain", 2, 0, 0, 1),
        ("cross_region", 1, 1, 0, 0),
    ]
    assert tuple(found.importation["pocket"]) == POCKETS


def test_no_arrivals_give_empty_tables():
    found = run()
    assert found.owed.height == 0 and found.importation["n_arrivals"].sum() == 0
    assert set(found.tables()) == {"arrivals_owed", "importation"}
