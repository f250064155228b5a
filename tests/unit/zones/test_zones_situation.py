"""Ground, situation and limits from the canonical tables and the rules in force."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.unit.zones.zones_world import AT, contacts, records, rule, utc, written

from fireline.contacts.model import Chain, Contacts
from fireline.contacts.tables import EDGES
from fireline.errors import InputError, PolicyError
from fireline.zones.candidates import Effect, side_by_side
from fireline.zones.delimit import lift_days
from fireline.zones.limits import limits_of
from fireline.zones.model import UNIT_KINDS
from fireline.zones.situation import HOUSEHOLD_SIZE, build_ground, build_situation, day_number
from fireline.zones.travel import gravity, travel_rows

UNITS = [
    {"unit_id": f"U{i}", "area_code": "EX-01-1" if i < 3 else "EX-01-2", "kind": "compound" if i else "hospital",
     "population": 100 * i, "lon": 104.0 + 0.01 * i, "lat": 30.0}
    for i in range(5)
]  # fmt: skip
BORDERS = [{"unit_a": f"U{i}", "unit_b": f"U{i + 1}", "gates": i or None} for i in range(3)]
PLACES = [
    {"place_id": f"H{i}", "lon": 104.0 + 0.01 * i, "lat": 30.0, "area_code": "EX-01-1" if i < 3 else "EX-01-2"}
    for i in range(5)
]  # fmt: skip
PERSONS = [
    {"person_key": "a", "home_place_id": "H1", "household_id": "f1"},
    {"person_key": "b", "home_place_id": "H1", "household_id": "f1"},
    {"person_key": "c", "home_place_id": "H3", "household_id": "f2"},
]
CASES = [
    {"case_id": "c1", "person_key": "a", "disease": "exercise-x", "onset": utc(15), "onset_precision": "day",
     "isolated_at": utc(18, 9), "origin": "imported"},
    {"case_id": "c2", "person_key": "b", "disease": "exercise-x", "sampled_at": utc(17, 8)},
    {"case_id": "c3", "person_key": "z", "disease": "exercise-x", "onset": utc(19)},
    {"case_id": "c4", "person_key": "y", "disease": "exercise-x", "onset": utc(25)},  # after the moment asked
]  # fmt: skip
VISITS = [
    {"person_key": "a", "place_id": "H2", "enter": utc(15, 22), "leave": utc(16, 2)},  # over midnight
    {"person_key": "a", "place_id": "H1", "enter": utc(14, 0), "leave": utc(15, 0)},  # home is no visit
    {"person_key": "c", "place_id": "H2", "enter": utc(16, 8), "leave": utc(16, 18)},  # not a case
    {"person_key": "b", "place_id": "H4", "enter": utc(16), "enter_precision": "day"},  # no end: one hour
    {"person_key": "b", "place_id": "H4", "enter": utc(21), "leave": utc(21, 5)},  # after the moment asked
]


def world(**more):
    tables = {
        "units": UNITS, "adjacency": BORDERS, "places": PLACES, "persons": PERSONS, "cases": CASES, "visits": VISITS,
    }  # fmt: skip
    return records(**(tables | more))


def edges(*rows):
    full = [dict.fromkeys(EDGES) | {"directed": True, "kind": "infected_by"} | row for row in rows]
    return pl.DataFrame(full, schema=EDGES)


# ground
def test_units_become_arrays():
    ground, notes = build_ground(world(), exceptions=["U0"])
    assert ground.ids == ("U0", "U1", "U2", "U3", "U4") and ground.population.tolist() == [
        0,
        100,
        200,
        300,
        400,
    ]
    assert ground.township.tolist() == [0, 0, 0, 1, 1]
    assert ground.kind_rank.tolist() == [-1, *[UNIT_KINDS.index("compound")] * 4]
    assert ground.is_exception.tolist() == [True, False, False, False, False]
    assert list(zip(ground.neighbours.a, ground.neighbours.b, ground.neighbours.gates, strict=True)) == [
        (0, 1, None), (1, 2, 1), (2, 3, 2),
    ]  # fmt: skip
    assert ground.households.tolist() == pytest.approx((ground.population / HOUSEHOLD_SIZE).tolist())
    said = " ".join(n.en for n in notes)
    assert (
        "1 units border no other" in said
        and "1 units have no residents" in said
        and "estimated at 2.62" in said
    )


def test_households_are_counted_where_people_are_listed():
    units = [{"unit_id": "H1", "area_code": "x", "kind": "building", "population": 2}]
    ground, notes = build_ground(world(units=units, adjacency=[]))
    assert ground.households.tolist() == [1.0]  # a and b are one household and all of its people
    assert "No borders" in notes[0].en and not any("estimated" in n.en for n in notes)


def test_no_units_and_strange_exceptions_are_refused():
    with pytest.raises(InputError, match="no units table"):
        build_ground(world(units=[]))
    with pytest.raises(InputError, match="1 exceptions are no units"):
        build_ground(world(), exceptions=["U9", "U1"])


# situation
def built(found=None, *, clean_days=None, **more):
    r = world(**more)
    ground, _ = build_ground(r)
    return (*build_situation(r, found or contacts(), ground, at=AT, clean_days=clean_days), ground)


def test_cases_stand_where_they_live_on_their_local_days():
    s, _, _ = built()
    assert s.home.tolist() == [1, 1, -1] and s.n_cases == 3  # the fourth is not known yet
    today = int(day_number(AT, world()))
    assert day_number(AT, world()) == today + 0.5  # noon in the county
    assert s.day == today + 0.5 and (today - s.onset).tolist() == [
        5,
        3,
        1,
    ]  # sampling where there is no onset
    assert today - s.isolated[0] == 2 and np.isnan(s.isolated[1:]).all()
    assert s.has_known_source.tolist() == [True, False, False]


def test_a_case_as_old_as_the_lifting_rule_draws_no_zone():
    s, notes, _ = built(clean_days=3)  # last seen 2, 3 and 1 days ago
    assert (int(s.day) - s.onset).tolist() == [5, 1]
    assert "1 cases were last seen 3 days ago" in notes[-1].en
    rules = written(SEAL, rule("zone.lift", "sealed", {"all": [{"fact": "days_no_new_infection", "ge": 7}]}))
    assert lift_days(rules) == 7 and lift_days(RULES) is None


def test_stays_are_cut_at_midnight_and_home_is_left_out():
    s, _, _ = built()
    today = int(s.day)
    rows = list(zip(s.visit_case, s.visit_unit, today - s.visit_day, s.visit_hours, strict=True))
    assert rows == [(0, 2, 5, 2.0), (0, 2, 4, 2.0), (1, 4, 4, 1.0)]


def test_travel_mixes_stays_with_a_guess_and_says_so():
    s, notes, ground = built()
    shares = np.diff(s.travel_row) > 0
    assert shares.all()
    sums = np.add.reduceat(s.travel_share, s.travel_row[:-1])
    np.testing.assert_allclose(sums, 1)
    assert "known for 2 of 5 units" in notes[0].en and "gravity" in notes[0].en
    row = dict(
        zip(
            s.travel_unit[s.travel_row[3] : s.travel_row[4]],
            s.travel_share[s.travel_row[3] : s.travel_row[4]],
            strict=True,
        )
    )
    guess = gravity(ground)[[3], [2]][0]
    assert row[2] == pytest.approx((10 + 40 * guess) / 50)


def test_gravity_pulls_near_and_large_and_needs_coordinates():
    ground, _ = build_ground(world())
    g = gravity(ground).toarray()
    np.testing.assert_allclose(g.sum(axis=1), 1)
    assert (np.diag(g) == 0).all() and g[1, 2] > g[1, 3] and g[1, 0] == 0  # nobody lives in U0
    bare = [u | {"lon": None, "lat": None} for u in UNITS]
    ground, _ = build_ground(world(units=bare))
    rows = travel_rows(ground, home=np.array([1]), unit=np.array([2]), hours=np.array([3.0]))
    assert rows.unit.tolist() == [2] and rows.share.tolist() == [1.0]
    assert "4 units have neither" in rows.notes[1].en


def test_traced_is_the_share_under_management_now():
    found = contacts(*({"case_id": "c1", "person_key": key} for key in "bcde"))
    managed = [
        {"person_key": "c", "case_id": "c1", "managed_at": utc(18)},
        {"person_key": "d", "case_id": "c1", "managed_at": utc(16), "released_at": utc(19)},
        {"person_key": "e", "case_id": "c1", "managed_at": utc(21)},
    ]
    s, notes, _ = built(found, contacts=managed)
    assert s.traced.tolist() == [0.5, 0, 0]  # c is managed, b is a case; d was released, e comes later
    assert "2 cases have no close contacts" in notes[-1].en


def test_a_directed_link_names_the_source():
    found = Contacts(
        contacts().found, Chain(pl.DataFrame(), edges({"from_case": "c1", "to_case": "c2"}), {}), (), ()
    )
    s, _, _ = built(found)
    assert s.has_known_source.tolist() == [True, True, False]


def test_tables_lead_to_candidates():
    s, _, ground = built()
    found = side_by_side(ground, s, Effect(), limits_of(RULES), rng=np.random.default_rng(1))
    two_tier = found[0][0]
    assert two_tier.level.tolist() == [2, 3, 2, 0, 2]  # the visited unit borders nothing
    assert found[0][1].sealed_rule == "ex-pack/zone.define/sealed/EX" and found[0][1].is_allowed


def test_no_case_is_an_answer_too():
    s, _, ground = built(cases=[], visits=[], persons=[])
    assert s.n_cases == 0 and not any(c.level.any() for c, _ in side_by_side(
        ground, s, Effect(), limits_of(RULES), rng=np.random.default_rng(1)
    ))  # fmt: skip


# limits
SEAL = rule("zone.define", "sealed", {"of": "case_units", "unit": "compound"})
MANAGE = rule("zone.define", "managed", {"of": "adjacent_or_visited", "unit": "compound"})
RULES = written(SEAL, MANAGE, rule("zone.unit", "sealed", {"unit": "compound", "largest": "village"}))


def test_limits_come_from_the_rules():
    limits = limits_of(RULES)
    assert limits.largest_rank == UNIT_KINDS.index("village") and limits.may_seal and limits.may_manage
    assert limits.managed_rule == "ex-pack/zone.define/managed/EX" and limits.unit_rule
    only_high = limits_of(written(rule("zone.define", "high", {"of": "case_units"})))
    assert (only_high.may_seal, only_high.may_manage, only_high.largest_rank) == (True, False, None)
    nothing = limits_of(written(rule("measure", "close", {"x": 1})))
    assert not nothing.may_seal and not nothing.may_manage and nothing.sealed_rule == ""


def test_a_unit_kind_that_does_not_exist_is_refused():
    with pytest.raises(PolicyError, match="not known"):
        limits_of(written(rule("zone.unit", "sealed", {"unit": "galaxy"})))
