"""What changed between editions, and the words and reference that say it."""

from __future__ import annotations

import pytest
from policy_texts import days, library, pack, rule

from fireline.policy import load_library
from fireline.policy.compare import compare
from fireline.policy.concepts import CONCEPTS
from fireline.policy.render import render_policy
from fireline.policy.values import say_value

LIBRARY = load_library()


def test_added_removed_changed_and_same() -> None:
    old = library(pack("a", rule(), rule("source"), rule("travel"))).pack("a")
    new = library(pack("b", rule(value=days(4)), rule("source"), rule("general"))).pack("b")
    found = compare(old, new)
    assert [r.subject for r in found.added] == ["general"]
    assert [r.subject for r in found.removed] == ["travel"]
    assert [(c.new.subject, dict(c.fields)) for c in found.changed] == [("close", {"value.days": (2, 4)})]
    assert found.same == 1 and not found.is_amendment


def test_a_switch_off_and_a_confidence_are_changes() -> None:
    old = library(pack("a", rule(), rule("source"))).pack("a")
    new = library(pack("b", rule(value=None), rule("source", confidence="K"))).pack("b")
    first, second = compare(old, new).changed
    assert first.fields["modality"] == ("must", "must_not") and first.fields["value"][1] is None
    assert dict(second.fields) == {"confidence": ("V2", "K")}


def test_comparing_the_other_way_swaps_sides() -> None:
    for a, b in (("cn-covid-v8", "cn-covid-v9"), ("cn-covid-v9", "cn-covid-20"), ("cn-nat-v2", "cn-nat-v3")):
        there, back = (compare(LIBRARY.pack(x), LIBRARY.pack(y)) for x, y in ((a, b), (b, a)))
        assert [r.id for r in there.added] == [r.id for r in back.removed]
        assert there.same == back.same
        assert [{k: v[::-1] for k, v in c.fields.items()} for c in there.changed] == [
            c.fields for c in back.changed
        ]


def test_an_edition_against_itself_is_the_same() -> None:
    for p in LIBRARY.packs:
        found = compare(p, p)
        assert not found.added and not found.removed and not found.changed


def test_of_a_corrected_rule_the_correction_is_compared() -> None:
    old = library(pack("a")).pack("a")
    new = library(
        pack(
            "b",
            rule(superseded_by='"b/contact.lookback/close/CN@2"'),
            rule(value=days(9), id='"b/contact.lookback/close/CN@2"'),
        )
    ).pack("b")
    assert compare(old, new).changed[0].fields["value.days"] == (2, 9)


def test_the_eighth_against_the_ninth() -> None:
    found = compare(LIBRARY.pack("cn-covid-v8"), LIBRARY.pack("cn-covid-v9"))
    changed = {c.new.subject: c for c in found.changed if c.new.concept == "measure"}
    assert set(changed["close"].fields) >= {"value.anchor", "value.phases"}
    assert compare(LIBRARY.pack("cn-covid-v9"), LIBRARY.pack("cn-covid-20")).is_amendment


@pytest.mark.parametrize(
    ("concept", "value", "zh", "en"),
    [
        ("measure", None, "停用", "switched off"),
        (
            "followup",
            {"days": 21, "anchor": "last_exposure"},
            "末次暴露后 21 天",
            "21 days after last exposure",
        ),
        (
            "exclusion",
            {"hours": 72, "anchor": "symptom_end"},
            "症状消失后 72 小时",
            "72 hours after end of symptoms",
        ),
        (
            "contact.class",
            {"not": {"fact": "is_care", "eq": True}},
            "非(is_care = yes)",
            "not (is_care = yes)",
        ),
        (
            "threshold",
            {"count": 5, "or": [{"deaths": 1}]},
            "count: 5; or: (deaths: 1)",
            "count: 5; or: (deaths: 1)",
        ),
        ("goods", {"test": False, "years": 2.5}, "test: no; years: 2.5", "test: no; years: 2.5"),
    ],
)
def test_values_in_words(concept: str, value: dict | None, zh: str, en: str) -> None:
    said = say_value(concept, value)
    assert (said.zh, said.en) == (zh, en)


def test_every_built_in_value_can_be_said() -> None:
    for r in LIBRARY.rules:
        said = say_value(r.concept, r.value)
        assert said.zh and said.en and "{" not in said.en, r.id


def test_the_reference_holds_every_pack_rule_concept_and_profile() -> None:
    text = render_policy(LIBRARY)
    assert text == render_policy(LIBRARY)
    assert text.endswith("\n") and not text.endswith("\n\n")
    for p in LIBRARY.packs:
        assert f"### {p.id}\n" in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(LIBRARY.rules) + len(CONCEPTS)
    for profile in LIBRARY.profiles.values():
        assert f"| {profile.disease} ({profile.name_zh}" in text


def test_the_references_tables_are_even() -> None:
    width = 0
    for line in render_policy(LIBRARY).splitlines():
        cells = line.replace("\\|", "").count("|")
        if line.startswith("|---"):
            width = cells
        elif line.startswith("|") and width:
            assert cells == width, line
        elif not line.startswith("|"):
            width = 0
