"""Every pack Fireline comes with holds what a pack must hold."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import resources
from itertools import pairwise

import pytest

from fireline.policy import At, Confidence, PackKind, Status, load_library, resolve
from fireline.policy.concepts import CONCEPTS

LIBRARY = load_library()
TODAY = date(2026, 11, 23)
LIVING = (
    "measles", "dengue", "norovirus", "food-borne", "influenza", "tuberculosis", "mpox", "h5n1", "cholera",
    "meningococcal",
)  # fmt: skip


def test_all_editions_are_there() -> None:
    ids = {p.id for p in LIBRARY.packs}
    assert {
        "cn-covid-v7", "cn-covid-v8", "cn-covid-v8-zones", "cn-covid-v9", "cn-covid-20", "cn-covid-10",
        "cn-covid-bb", "cn-nat-v2", "cn-nat-v3", "cn-holiday-2022", "cn-general", "cn-law-2025",
        "cn-alert-2025", "ex-county", "who-covid-2020", "who-ebola-2014",
    } <= ids  # fmt: skip
    for disease in LIVING:
        assert {f"cn-{disease}", f"who-{disease}"} <= ids


def test_one_file_per_edition() -> None:
    folder = resources.files("fireline.policy") / "packs"
    names = {e.name.removesuffix(".toml") for e in folder.iterdir() if e.name.endswith(".toml")}
    assert names == {p.id for p in LIBRARY.packs} | {"profiles"}


def test_every_rule_has_a_source_and_a_known_shape() -> None:
    for rule in LIBRARY.rules:
        assert rule.source.title.strip(), rule.id
        if rule.value is not None:
            assert CONCEPTS[rule.concept].check(rule.value, "value") == [], rule.id


def test_every_duration_says_from_when_and_from_which_day() -> None:
    for rule in LIBRARY.rules:
        if rule.value is not None and rule.concept in ("measure", "followup"):
            assert rule.value["anchor"] and rule.value["day_zero"] in ("anchor_day", "next_day"), rule.id


def test_unverified_or_conflicting_rules_never_answer_as_rules() -> None:
    for rule in LIBRARY.rules:
        answer = resolve(
            LIBRARY,
            concept=rule.concept,
            subject=rule.subject,
            disease="measles" if rule.disease == "*" else rule.disease,
            area=rule.jurisdiction,
            on=max(rule.valid_from, TODAY) if rule.valid_to is None else rule.valid_from,
            state=rule.state,
        )
        if answer.status is Status.RULE:
            assert answer.rule is not None
            assert answer.rule.confidence in (Confidence.V1, Confidence.V2, Confidence.L), rule.id
        if rule.confidence in (Confidence.K, Confidence.C) and answer.rule is rule:
            assert answer.status in (Status.ADVICE, Status.OFF), rule.id
            assert not rule.can_order


def test_known_facts_name_no_document_as_if_read() -> None:
    for rule in LIBRARY.rules:
        if rule.source.title.startswith("Known, not verified"):
            assert rule.confidence is Confidence.K, rule.id


def test_no_living_covid_rule_restricts_anybody_today() -> None:
    rules = At(LIBRARY, "covid-19", "CN-411624", TODAY)
    for concept in (c for c in CONCEPTS.values() if c.is_intrusive):
        for subject in {r.subject for r in LIBRARY.by_concept.get(concept.name, ())}:
            assert not rules.find(concept.name, subject).in_force, (concept.name, subject)


@pytest.mark.parametrize("edge", [date(2023, 1, 7), date(2023, 1, 8)])
def test_class_b_switches_off_in_one_day(edge: date) -> None:
    find = At(LIBRARY, "covid-19", "CN-41", edge).find
    expected = Status.RULE if edge.day == 7 else Status.OFF
    assert find("measure", "close").status is expected
    assert find("zone.define", "high").status is expected
    assert find("contact.class", "close").status is expected


def test_the_exercise_has_a_rule_for_every_chapter() -> None:
    rules = At(LIBRARY, "exercise-x", "EX-01", TODAY)
    for concept in CONCEPTS:
        assert any(rules.find(concept, s).in_force for s in rules.subjects(concept)), concept


def test_living_diseases_answer_in_china_and_for_who() -> None:
    for disease in LIVING:
        for area in ("CN-411624", "SG"):
            rules = At(LIBRARY, disease, area, TODAY)
            assert rules.find("case.definition", "confirmed").status in (Status.RULE, Status.ADVICE)
            assert rules.profile is not None and rules.profile.disease == disease


def test_labels_stand_where_no_order_can_be_given() -> None:
    label = At(LIBRARY, "covid-19", "KR", date(2020, 3, 1)).pack_label
    assert label is not None and label[0].startswith("回顾") and label[1].startswith("RETROSPECTIVE")
    label = At(LIBRARY, "exercise-x", "EX-0101", TODAY).pack_label
    assert label is not None and label[1].startswith("EXERCISE")
    assert At(LIBRARY, "covid-19", "CN-41", date(2021, 12, 13)).pack_label is None
    assert At(LIBRARY, "measles", "KR", TODAY).pack_label is None


def test_look_back_packs_end_and_are_for_no_chinese_place() -> None:
    for pack in LIBRARY.packs:
        if pack.kind is PackKind.RETROSPECTIVE:
            assert pack.valid_to is not None and not pack.jurisdiction.startswith("CN")
            assert all(not r.can_order for r in pack.rules)


def test_editions_follow_one_another_without_a_gap() -> None:
    spine = ["cn-covid-v7", "cn-covid-v8", "cn-covid-v9", "cn-covid-20", "cn-covid-10", "cn-covid-bb"]
    for older, newer in pairwise(spine):
        end = LIBRARY.pack(older).valid_to
        assert end is not None and LIBRARY.pack(newer).valid_from == end + timedelta(days=1)


def test_profiles_hold_what_the_model_promises() -> None:
    assert len(LIBRARY.profiles) >= 25
    measles = LIBRARY.profile("measles")
    assert measles is not None
    assert measles.incubation_days == (7.0, 12.5, 21.0) and measles.infectious_anchor == "rash_onset"
    assert LIBRARY.profile("sars-cov-2") is LIBRARY.profile("covid-19")
    assert LIBRARY.profile("dengue").spread == "vector"
    for profile in LIBRARY.profiles.values():
        assert all(f["confidence"] in set(Confidence) for f in profile.facts.values())
