"""Which zones are allowed today and on past days, and which measures stand where none is."""

from __future__ import annotations

from datetime import date

import pytest

from fireline.policy import At, load_library
from fireline.zones.allowed import allowed, measures_in_force

LIBRARY = load_library()
TODAY = date(2026, 6, 20)


def asked(disease, on=TODAY, area="CN-411624"):
    return allowed(At(LIBRARY, disease, area, on))


def kinds(found):
    return {k.name: k.is_allowed for k in found.kinds}


@pytest.mark.parametrize(
    ("disease", "on", "area", "people"),
    [
        ("covid-19", date(2022, 4, 1), "CN-411624", {"sealed": True, "managed": True, "precaution": True}),
        ("covid-19", date(2022, 11, 15), "CN-411624", {"sealed": True, "managed": False, "precaution": True}),
        ("covid-19", TODAY, "CN-411624", {"sealed": False, "managed": False, "precaution": False}),
        ("measles", TODAY, "CN-411624", {"sealed": False, "managed": False, "precaution": False}),
        ("exercise-x", TODAY, "EX-01", {"sealed": False, "managed": False, "precaution": False}),
    ],
)
def test_zones_for_people(disease, on, area, people):
    found = asked(disease, on, area)
    assert {name: ok for name, ok in kinds(found).items() if name in people} == people
    assert found.may_restrict_people is any(people.values())


def test_where_none_is_allowed_the_measures_that_are_stand_there():
    found = asked("measles")
    assert not found.may_restrict_people and len(found.notes) >= 3
    assert "What the rules in force do allow" in found.notes[-1].en
    assert found.measures and any("cn-measles" in m.en and "cn-measles" in m.zh for m in found.measures)
    assert all("；依据 cn-" in m.zh and "; by cn-" in m.en for m in found.measures)
    assert len(measures_in_force(At(LIBRARY, "measles", "CN-411624", TODAY))) >= 1


def test_where_one_is_allowed_nothing_is_excused():
    assert asked("covid-19", date(2022, 4, 1)).notes == ()


def test_zones_that_are_not_about_people_are_listed_and_marked():
    found = asked("dengue")
    core = next(k for k in found.kinds if k.name == "vector_core")
    assert not core.is_about_people and not core.is_allowed and "only advice" in core.words.en
    assert {"vector_warning"} <= set(kinds(found))
    assert "source_water" in kinds(asked("cholera")) and "source_animal" in kinds(asked("h5n1"))


@pytest.mark.parametrize("disease", sorted({p for p in LIBRARY.profiles if p != "exercise-x"}))
def test_no_disease_of_today_restricts_people_by_a_zone(disease):
    found = asked(disease)
    assert not found.may_restrict_people
    assert all(k.words.zh and k.words.en for k in found.kinds)


def test_a_look_back_rule_says_that_no_order_rests_on_it():
    found = asked("exercise-x", area="EX-01")
    sealed = found.kinds[0]
    assert sealed.name == "sealed" and "no order may rest on it" in sealed.words.en
