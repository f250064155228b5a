"""contacts and signals under the built-in packs: every shape of rule is understood, power is gated."""

from datetime import UTC, date, datetime

import pytest
from tests.unit.contacts.contact_worlds import case, records, visit

from fireline.contacts import find
from fireline.policy import At, Status, load_library
from fireline.signals import watch

LIBRARY = load_library()
DISEASES = sorted({r.disease for r in LIBRARY.rules} - {"*"})


def canteen(disease, day, *, onset):
    seats = [visit(p, "canteen", f"{onset} 12:00", f"{onset} 13:00") for p in ("PC1", "PA")]
    ill = {"disease": disease, "reported_at": f"{day} 08:00", "isolated_at": f"{day} 10:00"}
    return records(
        cases=[case("C1", onset, **ill), *(case(f"D{k}", onset, **ill) for k in range(35))],
        persons=[{"person_key": p, "household_id": "H"} for p in ("PC1", "PH")]
        + [{"person_key": f"PD{k}", "group": "School 1"} for k in range(35)],
        visits=seats,
        links=[{"from_case": "C1", "to_person": "PN", "kind": "contact"}],
        places=[{"place_id": "canteen", "name": "x", "kind": "canteen"}],
    )


@pytest.mark.parametrize("area", ["CN-411624", "KR-11", "EX-01"])
@pytest.mark.parametrize("disease", DISEASES)
def test_every_disease_runs_and_obeys_its_gate(disease, area):
    world, on = canteen(disease, "2026-06-13", onset="2026-06-10"), date(2026, 6, 14)
    at = datetime(2026, 6, 14, tzinfo=UTC)
    rules = At(LIBRARY, disease, area, on)
    contacts = find(world, rules, at=at)
    named = contacts.found.filter(contacts.found["person_key"].is_in(["PN", "PH"]))
    assert named.height == 2, "named people and the household are always shown"
    day = rules.on_date(date(2026, 6, 13))
    may_search = day.find("contact.lookback", "close").status is Status.RULE and any(
        day.find("contact.class", s).status is Status.RULE for s in ("close", "companion", "general")
    )
    if not may_search:
        assert "co_presence" not in contacts.found["basis"].to_list()
        assert any("Co-presence was not searched" in n.en for n in contacts.notes)
    for alarm in watch(world, rules, at=at).alarms:
        assert alarm.kind != "threshold" or alarm.rule_id


@pytest.mark.parametrize(
    ("day", "onset", "earliest"),
    [
        ("2021-12-13", "2021-12-10", date(2021, 12, 6)),  # 8th edition: four days
        ("2020-12-13", "2020-12-10", date(2020, 12, 8)),  # 7th edition: two days
    ],
)
def test_look_back_of_the_editions(day, onset, earliest):
    from fireline.contacts.windows import RuleBook, case_windows, cases_of

    world = canteen("covid-19", day, onset=onset)
    rules = At(LIBRARY, "covid-19", "CN-411624", date.fromisoformat(day))
    at = datetime.fromisoformat(f"{day}T12:00+00:00")
    windows = case_windows(cases_of(world, rules), RuleBook(rules), tz=world.tz, at=at)
    start = windows.filter(windows["case_id"] == "C1")["from"].item()
    assert start.astimezone(world.tz).date() == earliest


def test_ninth_edition_conflict_is_not_searched_but_asked():
    world = canteen("covid-19", "2022-07-15", onset="2022-07-12")
    contacts = find(
        world, At(LIBRARY, "covid-19", "CN-411624", date(2022, 7, 15)), at=datetime(2022, 7, 16, tzinfo=UTC)
    )
    assert "PA" not in contacts.found["person_key"].to_list()
    assert any(a.status is Status.ASK for a in contacts.answers)
    assert any("a person decides" in n.en for n in contacts.notes)


def test_class_b_switches_the_search_off():
    world = canteen("covid-19", "2023-02-01", onset="2023-01-29")
    contacts = find(
        world, At(LIBRARY, "covid-19", "CN-411624", date(2023, 2, 1)), at=datetime(2023, 2, 2, tzinfo=UTC)
    )
    assert "co_presence" not in contacts.found["basis"].to_list()
    assert any("switched off" in n.en for n in contacts.notes)


def test_measles_in_a_school_today_meets_the_event_threshold():
    world = canteen("measles", "2026-06-13", onset="2026-06-10")
    rules = At(LIBRARY, "measles", "CN-411624", date(2026, 6, 14))
    found = [
        a for a in watch(world, rules, at=datetime(2026, 6, 14, tzinfo=UTC)).alarms if a.kind == "threshold"
    ]
    assert [(a.unit, a.observed, a.level) for a in found] == [("School 1", 35.0, "high")]
