"""Case definitions: versions, three-valued facts, scope by person, place and time."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from tests.unit.investigations.inv_factory import BASE, case, records

from fireline.errors import InputError
from fireline.investigations.define import classify, compare, facts_of, from_rules
from fireline.investigations.line_list import line_list
from fireline.investigations.model import Definition, Scope
from fireline.policy.model import Answer, Confidence, PackKind, Question, Rule, Source, Status
from fireline.words import Words

VOMITING = {"fact": "symptom:vomiting", "eq": True}
POSITIVE = {"fact": "lab_positive", "eq": True}


def definition(version=1, scope=None, **classes):
    return Definition(
        "school",
        version,
        date(2026, 6, 12),
        "norovirus",
        Words("定义", "definition"),
        Words("县疾控", "county CDC"),
        scope or Scope(),
        classes or {"confirmed": {"all": [VOMITING, POSITIVE]}, "suspected": VOMITING},
    )


def data():
    told = [("P001", "yes"), ("P002", "yes"), ("P003", "no"), ("P004", "unknown")]
    return records(
        cases=[case(i, i, classification=None, area_code="CN-41162401") for i in range(1, 6)],
        persons=[{"person_key": f"P{i:03d}", "age": 6.0 + i, "group": "class 1"} for i in range(1, 5)],
        exposures=[{"person_key": p, "item": "symptom:vomiting", "value": v} for p, v in told],
        tests=[
            {
                "sample_id": "S1",
                "subject_kind": "person",
                "subject_id": "P001",
                "kind": "pcr",
                "result": "positive",
            },
            {
                "sample_id": "S2",
                "subject_kind": "person",
                "subject_id": "P002",
                "kind": "pcr",
                "result": "negative",
            },
            {
                "sample_id": "S3",
                "subject_kind": "lot",
                "subject_id": "P003",
                "kind": "pcr",
                "result": "positive",
            },
        ],
        links=[{"from_case": "C001", "to_person": "P002", "kind": "contact"}],
    )


def classes(d, given=None):
    given = given or data()
    return dict(classify(given, line_list(given), d).select("case_id", "classification").iter_rows())


def test_strongest_class_wins_and_missing_facts_leave_it_open():
    assert classes(definition()) == {
        "C001": "confirmed",
        "C002": "suspected",
        "C003": "not_a_case",
        "C004": "unknown",
        "C005": "unknown",
    }


def test_facts_hold_only_what_is_known():
    found = facts_of(data(), line_list(data()))
    assert found["C001"]["lab_positive"] is True
    assert found["C002"]["lab_positive"] is False
    assert "lab_positive" not in found["C003"]  # a positive lot says nothing about a person
    assert found["C002"]["is_linked"] is True
    assert "is_linked" not in found["C001"]
    assert "symptom:vomiting" not in found["C004"]
    assert found["C001"]["n_symptoms"] == 1
    assert found["C004"]["n_symptoms"] is None


def test_numbers_told_are_facts():
    given = records(
        cases=[case(1)], exposures=[{"person_key": "P001", "item": "symptom:n_vomits_24h", "value": "3"}]
    )
    d = definition(suspected={"fact": "n_vomits_24h", "ge": 2})
    assert classes(d, given) == {"C001": "suspected"}


@pytest.mark.parametrize(
    ("scope", "met"),
    [
        (Scope(), True),
        (Scope(groups=("class 1",)), True),
        (Scope(groups=("class 2",)), False),
        (Scope(min_age=7), True),
        (Scope(min_age=8), False),
        (Scope(area_codes=("CN-4116",)), True),
        (Scope(area_codes=("CN-42",)), False),
        (Scope(onset_from=BASE), True),
        (Scope(onset_from=BASE, onset_to=BASE + timedelta(hours=1)), False),  # half-open
        (Scope(place_ids=("canteen",)), None),  # a stay nobody wrote down proves nothing
        (Scope(occupations=("cook",)), None),
    ],
)
def test_scope_by_person_place_and_time(scope, met):
    wanted = {True: "confirmed", False: "not_a_case", None: "unknown"}[met]
    assert classes(definition(scope=scope))["C001"] == wanted


def test_scope_by_a_place_that_was_visited():
    given = data()
    visits = records(visits=[{"person_key": "P001", "place_id": "canteen", "enter": BASE}]).table("visits")
    tables = {**given.tables, "visits": visits}
    given = type(given)(tables, given.tz, given.area)
    assert classes(definition(scope=Scope(place_ids=("canteen",))), given)["C001"] == "confirmed"


def test_second_version_gives_a_difference():
    given = data()
    lines = line_list(given)
    one = classify(given, lines, definition())
    two = classify(
        given, lines, definition(2, suspected={"any": [VOMITING, {"fact": "has_onset", "eq": True}]})
    )
    found = compare(one, two)
    assert found.to_dicts() == [
        {"case_id": "C001", "before": "confirmed", "after": "suspected"},
        {"case_id": "C003", "before": "not_a_case", "after": "suspected"},
        {"case_id": "C004", "before": "unknown", "after": "suspected"},
        {"case_id": "C005", "before": "unknown", "after": "suspected"},
    ]
    assert compare(one, one).is_empty()


def test_case_seen_by_one_version_only():
    given = data()
    one = classify(given, line_list(given), definition())
    found = compare(one.filter(pl.col("case_id") != "C001"), one)
    assert found.to_dicts() == [{"case_id": "C001", "before": None, "after": "confirmed"}]


@pytest.mark.parametrize("wrong", [{"certain": VOMITING}, {"certain": VOMITING, "suspected": VOMITING}])
def test_unknown_class_is_refused(wrong):
    with pytest.raises(InputError, match=r"certain.*confirmed, probable, suspected"):
        classes(definition(**wrong))


def answer(status, value):
    rule = Rule(
        "cn-x/case.definition/suspected/CN",
        "cn-x",
        PackKind.LIVING,
        "case.definition",
        "suspected",
        "x",
        "CN",
        date(2026, 1, 1),
        None,
        value,
        Confidence.V1,
        Source("t"),
    )
    return Answer(
        status,
        rule,
        value,
        Question("case.definition", "suspected", "x", "CN", date(2026, 6, 1), None, "any"),
    )


def test_definition_from_rules_in_force():
    found = from_rules("x", {"suspected": answer(Status.RULE, VOMITING)})
    assert found.id == "cn-x"
    assert found.classes == {"suspected": VOMITING}
    assert from_rules("x", {"suspected": answer(Status.ADVICE, VOMITING)}) is None
    assert from_rules("x", {}) is None
