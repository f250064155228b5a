"""Checks 17 and 18: monitoring after quarantine, and upgrades when a close contact turns positive."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.oversight.gap_worlds import CASES, MET, found, gaps_of, managed, note, sample, status, words
from tests.unit.zones.zones_world import case, contacts, rule, utc

THEN_HOME = rule(
    "measure",
    "close",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [
            {"place": "central", "days": 3, "tests": [1, 3]},
            {"place": "home_monitoring", "days": 3, "tests": [1, 3]},
        ],
    },
)
ONLY_QUARANTINE = rule(
    "measure",
    "close",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [{"place": "central", "days": 3, "tests": [1, 3]}],
    },
)
ONLY_WATCHED = rule(
    "measure",
    "close",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [{"place": "self_monitoring", "days": 3, "tests": [1]}],
    },
)
SECOND_VALUE = {
    "anchor": "last_exposure",
    "day_zero": "next_day",
    "phases": [{"place": "home", "days": 7, "tests": [1]}],
}
UPGRADE = rule("measure", "secondary", SECOND_VALUE | {"upgrade": "close_if_linked_positive"})
PLAIN = rule("measure", "secondary", SECOND_VALUE)


def samples(*days: int, person: str = "PA") -> list[dict[str, Any]]:
    return [sample(person, day) for day in days]


# ---- 17; MET was exposed last on the 9th: quarantine to the 12th, monitoring samples on the 13th and 15th


def test_17_all_samples_given():
    gaps = gaps_of(THEN_HOME, cases=CASES, found=contacts(MET), tests=samples(10, 12, 13, 15))
    assert status(gaps, 17) == "ok" and status(gaps, 14) == "ok"
    assert "1 people" in note(gaps, 17)


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ((10, 12), "2 of 2 samples missing, the first due 2026-06-13"),
        ((10, 12, 15), "1 of 2 samples missing, the first due 2026-06-13"),
        ((10, 12, 13), "1 of 2 samples missing, the first due 2026-06-15"),
    ],
)
def test_17_one_finding_per_person_says_how_many_are_missing(days, text):
    gaps = gaps_of(THEN_HOME, cases=CASES, found=contacts(MET), tests=samples(*days))
    assert found(gaps, 17) == [("too_little", "PA")] and text in words(gaps, 17)
    assert found(gaps, 14) == []  # not said twice


def test_17_samples_of_quarantine_stay_with_check_14():
    gaps = gaps_of(THEN_HOME, cases=CASES, found=contacts(MET), tests=samples(13, 15))
    assert found(gaps, 17) == []
    assert [who for _, who in found(gaps, 14)] == ["PA", "PA"]


def test_17_an_extra_sample_harms_nobody():
    gaps = gaps_of(THEN_HOME, cases=CASES, found=contacts(MET), tests=samples(10, 12, 13, 14, 15, 16))
    assert status(gaps, 17) == "ok"


def test_17_days_to_come_are_open():
    gaps = gaps_of(THEN_HOME, cases=CASES, found=contacts(MET), tests=samples(10, 12), at=utc(13, 12))
    assert status(gaps, 17) == "ok"


@pytest.mark.parametrize("measure", [ONLY_QUARANTINE, ONLY_WATCHED])
def test_17_without_monitoring_after_quarantine_there_is_no_rule(measure):
    gaps = gaps_of(measure, cases=CASES, found=contacts(MET), tests=samples(1))
    assert status(gaps, 17) == "no_rule"


def test_17_needs_samples_and_people():
    assert status(gaps_of(THEN_HOME, cases=CASES, found=contacts(MET)), 17) == "not_computable"
    assert status(gaps_of(THEN_HOME, cases=CASES, tests=samples(1)), 17) == "not_computable"
    assert status(gaps_of(cases=CASES, tests=samples(1)), 17) == "no_rule"


# ---- 18; PK (close) and PS (secondary) of C1 live together, PK is case C2 since the 13th

PEOPLE = [{"person_key": p, "household_id": "H1"} for p in ("PK", "PS")]
POSITIVE = case("C2", utc(12), person_key="PK", sampled_at=utc(13, 9))


def told(person: str, cls: str, **more: Any) -> dict[str, Any]:
    return managed(utc(10, 12), person=person) | {"class": cls} | more


CLOSE, SECOND = told("PK", "close"), told("PS", "secondary")


def upgraded(*rows, cases=(), persons=PEOPLE, rules=(UPGRADE,), **more: Any):
    return gaps_of(
        *rules, cases=[*CASES, *(cases or [POSITIVE])], persons=persons, contacts=list(rows), **more
    )


def test_18_a_secondary_contact_left_as_such():
    gaps = upgraded(CLOSE, SECOND)
    assert found(gaps, 18) == [("too_little", "PS")]
    assert "positive on 2026-06-13 (case C2)" in words(gaps, 18)


def test_18_recorded_as_close_of_anybody_is_upgraded():
    gaps = upgraded(CLOSE, SECOND, told("PS", "close", case_id="C2"))
    assert status(gaps, 18) == "ok" and "1 secondary" in note(gaps, 18)


@pytest.mark.parametrize(
    "rows",
    [
        (CLOSE, told("PS", "secondary", released_at=utc(12, 9))),  # free before the positive
        (CLOSE, told("PS", "secondary", case_id="C9")),  # through another case
        (SECOND,),  # the close contact was never written down
        (CLOSE, told("PS", "general")),
    ],
)
def test_18_what_is_not_tied_is_not_judged(rows):
    gaps = upgraded(*rows)
    assert status(gaps, 18) == "not_computable" and found(gaps, 18) == []


def test_18_released_after_the_positive_is_judged():
    assert found(upgraded(CLOSE, told("PS", "secondary", released_at=utc(14, 9))), 18)


@pytest.mark.parametrize(
    "persons",
    [
        [],
        [{"person_key": "PK", "household_id": "H1"}, {"person_key": "PS", "household_id": "H2"}],
        [{"person_key": "PK"}, {"person_key": "PS"}],
    ],
)
def test_18_needs_one_household(persons):
    assert status(upgraded(CLOSE, SECOND, persons=persons), 18) == "not_computable"


@pytest.mark.parametrize(
    "ill",
    [
        case("C2", utc(12), person_key="PK", sampled_at=utc(25, 9)),  # positive after the run
        case("C2", utc(12), person_key="PK", sampled_at=utc(13, 9), classification="suspected"),
        case("C2", utc(12), person_key="PK", sampled_at=utc(13, 9), classification="discarded"),
    ],
)
def test_18_needs_a_known_positive(ill):
    assert status(upgraded(CLOSE, SECOND, cases=[ill]), 18) == "not_computable"


def test_18_secondary_contacts_who_are_cases_themselves_need_no_upgrade():
    own = case("C3", utc(13), person_key="PS", sampled_at=utc(14, 9))
    assert status(upgraded(CLOSE, SECOND, cases=[POSITIVE, own]), 18) == "not_computable"


@pytest.mark.parametrize("rules", [(), (PLAIN,)])
def test_18_without_a_rule_that_upgrades(rules):
    gaps = upgraded(CLOSE, SECOND, rules=rules)
    assert status(gaps, 18) == "no_rule" and found(gaps, 18) == []


def test_18_one_finding_for_two_positive_housemates():
    more = [*PEOPLE, {"person_key": "PL", "household_id": "H1"}]
    second = case("C4", utc(13), person_key="PL", sampled_at=utc(14, 9))
    gaps = upgraded(CLOSE, told("PL", "close"), SECOND, cases=[POSITIVE, second], persons=more)
    assert len(found(gaps, 18)) == 1 and "(case C2)" in words(gaps, 18)
