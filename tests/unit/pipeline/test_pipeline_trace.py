"""Tracing of named cases from records: cells from places and phones, whole days, windows, refusals."""

from __future__ import annotations

import pytest
from tests.unit.contacts.contact_worlds import LOOKBACK, at_rules, case, local, pack, records, rule, visit

from fireline.errors import InputError, PolicyError
from fireline.pipeline.trace.backward import trace_backward
from fireline.pipeline.trace.chain import trace_chain
from fireline.pipeline.trace.companions import grid_of, trace_companions
from fireline.pipeline.trace.people import trace_people

AT, _ = local("2021-12-20 12:00")
RULES = at_rules(
    pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule("contact.class", "close", 'fact = "overlap_minutes", ge = 15'),
        rule("contact.companion", "phone", 'grid_m = 800, min_minutes = 10, join = "or"'),
    )
)
SHOP = {"place_id": "shop", "name": "东店", "kind": "shop", "lon": 114.5, "lat": 33.5}
CAFE = {"place_id": "cafe", "name": "茶馆", "kind": "cafe", "lon": 114.5001, "lat": 33.5001}


def sample(person, at, *, lon=114.5, lat=33.5):
    return {"person_key": person, "lon": lon, "lat": lat, "at": at}


def world(**more):
    visits = [
        visit("PC1", "shop", "2021-12-08 10:00", "2021-12-08 11:00"),
        visit("near", "cafe", "2021-12-08 10:30", "2021-12-08 11:30"),
        visit("short", "cafe", "2021-12-08 10:00", "2021-12-08 10:10"),
    ]
    asked = {"cases": [case("C1", person="PC1")], "visits": visits, "places": [SHOP, CAFE]}
    return records(**(asked | more))


def found(traced, *columns):
    return traced.table.select("person_key", *columns).rows()


def test_companions_share_a_cell_not_a_place():
    assert found(trace_people(world(), RULES, at=AT, case_ids=["C1"])) == []
    traced = trace_companions(world(), RULES, at=AT, case_ids=["C1"])
    assert found(traced, "overlap_min", "class") == [("near", 30.0, "companion")]
    assert traced.advice is not None and traced.rules[0][0].startswith("t-1/contact.companion")


def test_phones_and_places_meet_in_the_same_cells():
    phones = [sample("phone", f"2021-12-08 10:{m:02}") for m in (0, 20, 40)]
    phones += [sample("silent", at) for at in ("2021-12-08 10:00", "2021-12-08 10:50")]
    phones += [sample("far", f"2021-12-08 10:{m:02}", lat=33.6) for m in (0, 20, 40)]
    traced = trace_companions(world(positions=phones), RULES, at=AT, case_ids=["C1"])
    assert found(traced, "overlap_min") == [("near", 30.0), ("phone", 40.0)]


def test_without_coordinates_there_are_no_cells_and_it_is_said():
    bare = [{**place, "lon": None, "lat": None} for place in (SHOP, CAFE)]
    traced = trace_companions(world(places=bare), RULES, at=AT, case_ids=["C1"])
    assert found(traced) == [] and any("no grid cells" in note.en for note in traced.notes)


def test_one_more_place_moves_no_cell():
    far = {**SHOP, "place_id": "far", "lon": 114.9, "lat": 33.9}
    assert grid_of(world(places=[SHOP, CAFE, far]), 800) == grid_of(world(), 800)


def test_common_places_count_whole_days_and_say_whose_days_were_used():
    def day(person, place, on):
        return visit(person, place, on, None, enter_precision="day", leave_precision=None)

    visits = [day("PC1", "shop", "2021-12-08"), day("PC2", "shop", "2021-12-09")]
    visits += [day(f"x{k}", "cafe", "2021-12-08") for k in range(20)]
    cases = [case("C1", person="PC1"), case("C2", person="PC2")]
    both = world(cases=cases, visits=visits)
    traced = trace_backward(both, RULES, at=AT, case_ids=["C1", "C2", "C1"])
    assert traced.table.select("place", "n_cases", "case_hours", "cases").rows() == [
        ("东店", 2, 48.0, "C1 C2")
    ]
    assert any("contact.lookback/source" in note.en for note in traced.notes)
    alone = trace_backward(both, RULES, at=AT, case_ids=["C1"])
    assert alone.table.is_empty() and any("Fewer than two" in note.en for note in alone.notes)


@pytest.mark.parametrize("trace", [trace_people, trace_companions, trace_backward])
def test_no_rule_no_search_and_no_such_case(trace):
    with pytest.raises(PolicyError, match=r"contact\.(lookback|companion)"):
        trace(world(), at_rules(), at=AT, case_ids=["C1"])
    with pytest.raises(InputError, match="case number 2") as refused:
        trace(world(), RULES, at=AT, case_ids=["C1", "C-SECRET"])
    assert "C-SECRET" not in refused.value.words.en + refused.value.words.zh


def test_secondary_needs_its_own_rule():
    with pytest.raises(PolicyError, match=r"contact\.class/secondary"):
        trace_people(world(), RULES, at=AT, case_ids=["C1"], kind="secondary")


def test_the_chain_is_that_of_the_component():
    cases = [case("C1", person="PC1"), case("C2", "2021-12-13", person="PC2"), case("C3", person="PC3")]
    links = [{"from_case": "C1", "to_person": "PC2", "kind": "infected_by", "directed": True}]
    traced = trace_chain(world(cases=cases, links=links), RULES, at=AT, case_ids=["C2"])
    stated = traced.table.filter(traced.table["kind"] == "infected_by")
    assert stated.select("from_case", "to_case", "serial_days").rows() == [("C1", "C2", 3)]
    assert traced.more["nodes"]["case_id"].to_list() == ["C1", "C2"]
    assert "3 days between onsets" in stated["why_en"][0] and "相隔 3 天" in stated["why_zh"][0]
    with pytest.raises(InputError):
        trace_chain(world(), RULES, at=AT, case_ids=["C9"])
