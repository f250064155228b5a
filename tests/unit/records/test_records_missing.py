"""What the data do not hold is said in sentences; positions become stays only as far as they were observed."""

from __future__ import annotations

import pytest
from tests.unit.contacts.contact_worlds import case, records, table, visit

from fireline.records.missing import state_missing
from fireline.records.positions import stays


def said(world):
    return [en for _, en in state_missing(world)]


LINK = {"from_case": "C1", "to_person": "PC2", "kind": "infected_by", "directed": True}
UNIT = {"unit_id": "U1", "area_code": "CN-411624", "kind": "compound", "population": 10}


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({}, "No visits: contacts cannot be found by place."),
        ({}, "No units (buildings, compounds, villages): no zones."),
        ({"units": [UNIT | {"population": None}]}, "Units without population: people in zones are not known."),
        (
            {"visits": [visit("P1", "x", "2021-12-10", None)]},
            "Visits have dates only: no overlaps in minutes, only the same place on the same day.",
        ),
        (
            {"visits": [visit("P1", "x", "2021-12-10 08:00", None), visit("P1", "x", "2021-12-11 08:00", "2021-12-11 09:00")]},
            "No leaving time for 1 of 2 visits.",
        ),
        (
            {"cases": [case("C1"), case("C2")], "links": [LINK, LINK | {"to_person": "PX"}]},
            "1 of 2 links name a case or person that is not in the list of cases.",
        ),
        (
            {"cases": [case("C1"), case("C2")], "links": [LINK | {"kind": "contact", "directed": False}]},
            "Links have no direction: who infected whom is not known.",
        ),
    ],
)  # fmt: skip
def test_it_is_said(tables, sentence):
    assert sentence in said(records(**tables))


def test_it_is_not_said_where_the_data_hold_it():
    world = records(
        cases=[case("C1"), case("C2")],
        links=[LINK],
        units=[UNIT],
        visits=[visit("P1", "x", "2021-12-10 08:00", "2021-12-10 09:00")],
    )
    for start in ("No visits", "No units", "Units without", "Visits have", "No leaving", "Links have"):
        assert not any(s.startswith(start) for s in said(world)), start


def test_both_languages_say_as_much():
    for zh, en in state_missing(records(cases=[case("C1")])):
        assert zh and en and zh != en


def sample(at, lon=114.6, lat=33.6, person="P1"):
    return {"person_key": person, "lon": lon, "lat": lat, "at": at}


def test_samples_in_one_cell_are_one_stay_from_the_first_to_the_last():
    positions = table(
        "positions", [sample("2021-12-10 08:00"), sample("2021-12-10 08:10"), sample("2021-12-10 08:20")]
    )
    visits, places = stays(positions)
    assert visits.height == places.height == 1
    assert (visits["leave"] - visits["enter"])[0].total_seconds() == 20 * 60
    assert places["kind"].to_list() == ["grid_cell"]
    assert places["lon"][0] == pytest.approx(114.6, abs=0.01)


def test_leaving_the_cell_ends_the_stay_and_coming_back_begins_another():
    times = [
        ("08:00", 114.6),
        ("08:20", 114.6),
        ("08:30", 115.6),
        ("08:50", 115.6),
        ("09:00", 114.6),
        ("09:20", 114.6),
    ]
    visits, places = stays(table("positions", [sample(f"2021-12-10 {t}", lon=x) for t, x in times]))
    assert visits.height == 3
    assert visits["place_id"].n_unique() == places.height == 2
    # ten minutes of the way between two cells belong to neither
    assert {(v["leave"] - v["enter"]).total_seconds() for v in visits.iter_rows(named=True)} == {20 * 60}


def test_a_single_sample_is_no_stay():
    visits, places = stays(
        table("positions", [sample("2021-12-10 08:00"), sample("2021-12-10 08:10", lon=115.6)])
    )
    assert visits.is_empty() and places.is_empty()


def test_positions_of_dates_only_make_no_stay():
    visits, places = stays(table("positions", [sample("2021-12-10"), sample("2021-12-11")]))
    assert visits.is_empty() and places.is_empty()
    assert "place_id" in visits.columns
