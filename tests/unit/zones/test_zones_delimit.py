"""The two-tier zone: who is in, who is out, why, and nothing without a rule."""

from __future__ import annotations

import polars as pl
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

from fireline.errors import PolicyError
from fireline.policy.model import Confidence, Status
from fireline.zones.delimit import delimit
from fireline.zones.tables import SCHEMAS

PEOPLE = [{"person_key": "PC1", "home_place_id": "U1"}]
ONE = [case("C1", utc(18, 8), reported_at=utc(19, 9))]


def levels_of(zones) -> dict[str, str]:
    return dict(zones.levels.select("unit_id", "level").iter_rows())


def draw(rules=ZONE_RULES, found=None, at=AT, **tables):
    base = line_of_units() | {"cases": ONE, "persons": PEOPLE}
    answered = rules if not isinstance(rules, tuple) else written(*rules)
    return delimit(records(**(base | tables)), found or contacts(), answered, at=at)


def without(concept: str, *subjects: str):
    return tuple(
        r for r in ZONE_RULES if not (r.concept == concept and (not subjects or r.subject in subjects))
    )


def test_home_is_sealed_neighbours_managed_rest_precaution():
    zones = draw()
    assert levels_of(zones) == {
        "U1": "sealed",
        "U0": "managed",
        "U2": "managed",
        "U3": "precaution",
        "U4": "precaution",
        "U5": "precaution",
    }


def test_people_and_gates_are_counted_per_level():
    totals = {r["level"]: r for r in draw().totals.iter_rows(named=True)}
    assert totals["sealed"]["population"] == 200
    assert totals["managed"]["population"] == 100 + 300
    assert totals["precaution"]["population"] == 400 + 500 + 600
    assert totals["sealed"]["n_gates"] == 1 + 2  # borders U0-U1 and U1-U2
    assert totals["managed"]["n_gates"] == 3  # border U2-U3
    assert totals["precaution"]["n_gates"] == 0


def test_an_unstated_number_of_gates_is_counted_apart():
    adjacency = [
        {"unit_a": "U0", "unit_b": "U1", "gates": None},
        {"unit_a": "U1", "unit_b": "U2", "gates": 2},
    ]
    sealed = draw(adjacency=adjacency).totals.row(0, named=True)
    assert (sealed["n_borders"], sealed["n_gates"], sealed["n_borders_unknown_gates"]) == (2, 2, 1)


def test_columns_are_the_documented_ones():
    zones = draw()
    for name, frame in zones.tables().items():
        assert dict(frame.schema) == SCHEMAS[name], name


def test_a_place_visited_while_infectious_is_managed():
    visits = [{"person_key": "PC1", "place_id": "U4", "enter": utc(17, 9), "leave": utc(17, 10)}]
    zones = draw(visits=visits)
    assert levels_of(zones)["U4"] == "managed"
    row = zones.levels.filter(pl.col("unit_id") == "U4").row(0, named=True)
    assert "C1" in row["why_en"] and "infectious" in row["why_en"]


@pytest.mark.parametrize(
    ("enter", "leave", "counts"),
    [
        (utc(15, 22), utc(15, 23, 59), False),  # the day before the two-day look-back
        (utc(15, 22), utc(16, 0, 30), True),  # ends inside it
        (utc(16, 0), utc(16, 0, 10), True),
        (utc(19, 12), utc(19, 13), False),  # after isolation
        (utc(19, 9, 0), utc(19, 13), True),  # begins before isolation
    ],
)
def test_the_window_runs_from_look_back_to_isolation(enter, leave, counts):
    visits = [{"person_key": "PC1", "place_id": "U4", "enter": enter, "leave": leave}]
    cases = [case("C1", utc(18, 8), isolated_at=utc(19, 10))]
    assert (levels_of(draw(visits=visits, cases=cases))["U4"] == "managed") is counts


def test_a_visit_known_to_the_day_counts_on_its_day():
    visit = {
        "person_key": "PC1",
        "place_id": "U4",
        "enter": utc(19),
        "enter_precision": "day",
        "leave": None,
    }
    cases = [case("C1", utc(18, 8), isolated_at=utc(19), isolated_at_precision="day")]
    assert levels_of(draw(visits=[visit], cases=cases))["U4"] == "managed"


def test_without_a_look_back_rule_visits_do_not_count_and_it_is_said():
    visits = [{"person_key": "PC1", "place_id": "U4", "enter": utc(17, 9), "leave": utc(17, 10)}]
    zones = draw(without("contact.lookback"), visits=visits)
    assert levels_of(zones)["U4"] == "precaution"
    assert any("look-back" in note.en for note in zones.notes)


def test_other_peoples_visits_do_not_count():
    visits = [{"person_key": "Pother", "place_id": "U4", "enter": utc(17, 9), "leave": utc(17, 10)}]
    assert levels_of(draw(visits=visits))["U4"] == "precaution"


def test_no_rule_means_no_zone_and_names_what_is_allowed():
    zones = draw(
        (rule("followup", "close", {"days": 21, "anchor": "last_exposure", "day_zero": "next_day"}),)
    )
    assert zones.levels.is_empty() and zones.totals.is_empty() and zones.candidates.is_empty()
    text = " ".join(n.en for n in zones.notes)
    assert "nothing is drawn" in text and "follow-up of contacts" in text
    assert all(a.status is Status.NO_RULE for a in zones.answers[:3])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": None}, "switches it off"),
        ({"confidence": Confidence.K, "value": {"of": "case_units"}}, "advice"),
    ],
)
def test_off_and_advice_draw_nothing(change, words):
    only = rule("zone.define", "sealed", change.pop("value"), **change)
    zones = draw((only,))
    assert zones.levels.is_empty()
    assert any(words in n.en for n in zones.notes)


def test_a_conflict_is_a_question_for_a_person():
    doubtful = rule("zone.define", "sealed", {"of": "case_units"}, confidence=Confidence.C)
    zones = draw((*without("zone.define", "sealed"), doubtful))
    assert "sealed" not in set(zones.levels["level"])
    assert zones.answers[0].status is Status.ASK
    assert any("a person decides" in n.en for n in zones.notes)


def test_only_the_levels_with_a_rule_are_drawn():
    zones = draw(without("zone.define", "precaution"))
    assert set(zones.levels["level"]) == {"sealed", "managed"}
    assert set(zones.outside["unit_id"]) == {"U3", "U4", "U5"}
    assert zones.outside["why_en"].str.contains("Not in a zone").all()


def test_a_rule_that_has_ended_draws_nothing():
    ended = tuple(rule(r.concept, r.subject, r.value, valid_to=AT.date().replace(day=19)) for r in ZONE_RULES)
    assert draw(ended).levels.is_empty()


def test_radius_rule_reaches_as_far_as_it_says():
    rules = (rule("zone.define", "sealed", {"of": "radius", "radius_m": 400}), *ZONE_RULES[1:])
    sealed = {u for u, level in levels_of(draw(rules)).items() if level == "sealed"}
    assert sealed == {"U0", "U1", "U2"}  # centres are about 306 m apart


def test_an_unknown_set_is_a_fault_of_the_pack():
    with pytest.raises(PolicyError, match="of = 'everything'"):
        draw((rule("zone.define", "sealed", {"of": "everything"}),))


def test_a_unit_larger_than_the_rule_is_reported():
    zones = draw(**line_of_units(kind="street block"))
    assert zones.levels.filter(pl.col("level") == "sealed")["is_larger_than_rule"].to_list() == [True]
    assert any("larger than" in n.en for n in zones.notes)
    assert not zones.levels.filter(pl.col("level") != "sealed")["is_larger_than_rule"].any()


def test_largest_of_the_unit_rule_counts():
    rules = (*without("zone.unit"), rule("zone.unit", "high", {"unit": "building", "largest": "street"}))
    zones = draw(rules, **line_of_units(kind="village"))
    assert not zones.levels["is_larger_than_rule"].any()


def test_discarded_and_future_cases_draw_nothing():
    zones = draw(cases=[case("C1", utc(18, 8), classification="discarded"), case("C2", utc(25, 8))])
    assert zones.levels.is_empty()
    assert any("No case counts" in n.en for n in zones.notes)


def test_a_case_older_than_the_lifting_days_draws_no_new_zone():
    zones = draw(cases=[case("C1", utc(10, 8))])
    assert zones.levels.is_empty()
    sentence = zones.outside.filter(pl.col("unit_id") == "U1")["why_en"].item()
    assert "10 days old" in sentence and "asks for 7" in sentence


def test_a_case_without_a_home_is_said_and_not_guessed():
    zones = draw(persons=[])
    assert zones.levels.is_empty()
    assert any("1 cases have no home" in n.en for n in zones.notes)
    assert zones.placements.row(0, named=True)["how"] == "not_found"


def test_no_units_table_is_said():
    zones = delimit(records(cases=ONE, persons=PEOPLE), contacts(), written(*ZONE_RULES), at=AT)
    assert zones.levels.is_empty()
    assert any("no units table" in n.en for n in zones.notes)


def test_contacts_living_in_a_unit_are_counted():
    people = [
        *PEOPLE,
        {"person_key": "PA", "home_place_id": "U2"},
        {"person_key": "PB", "home_place_id": "U2"},
    ]
    found = contacts({"case_id": "C1", "person_key": "PA"}, {"case_id": "C1", "person_key": "PB"})
    zones = draw(found=found, persons=people)
    assert dict(zones.levels.select("unit_id", "n_contacts").iter_rows())["U2"] == 2


def test_the_rest_stays_inside_the_county():
    units = line_of_units()["units"]
    foreign = {
        "unit_id": "X1",
        "area_code": "EX-02-0",
        "kind": "village",
        "population": 9,
        "lon": 115.0,
        "lat": 33.0,
    }
    zones = draw(units=[*units, foreign])
    assert "X1" not in levels_of(zones)
    assert "X1" in set(zones.outside["unit_id"])


def test_county_follows_the_areas_table():
    units = [
        {"unit_id": f"V{i}", "area_code": f"t{i}", "kind": "village", "population": 10} for i in range(3)
    ]
    areas = [
        {"area_code": "t0", "parent_code": "k1", "level": "township", "name": "a"},
        {"area_code": "t1", "parent_code": "k1", "level": "township", "name": "b"},
        {"area_code": "t2", "parent_code": "k2", "level": "township", "name": "c"},
        {"area_code": "k1", "parent_code": None, "level": "county", "name": "d"},
        {"area_code": "k2", "parent_code": None, "level": "county", "name": "e"},
    ]
    people = [{"person_key": "PC1", "home_place_id": "V0"}]
    zones = draw(units=units, areas=areas, persons=people, adjacency=[])
    assert levels_of(zones) == {"V0": "sealed", "V1": "precaution"}


def test_zone_ids_follow_connected_rings():
    visits = [{"person_key": "PC1", "place_id": "U5", "enter": utc(17, 9), "leave": utc(17, 10)}]
    ids = dict(draw(visits=visits).levels.select("unit_id", "zone_id").iter_rows())
    assert ids["U0"] == ids["U1"] == ids["U2"] == "Z-U0"
    assert ids["U5"] == "Z-U5"
    assert ids["U3"] == "Z-county"


def test_every_row_has_a_sentence_in_both_languages_and_its_rule():
    zones = draw()
    for row in zones.levels.iter_rows(named=True):
        assert row["rule_id"] in row["why_en"] and row["rule_id"] in row["why_zh"]
        assert row["edition"] == "ex-pack"


def test_same_input_same_bytes_whatever_the_row_order():
    first = draw()
    tables = line_of_units()
    second = draw(units=tables["units"][::-1], adjacency=tables["adjacency"][::-1])
    for name, frame in first.tables().items():
        assert frame.equals(second.tables()[name]), name
