"""contacts.explain: every fact a rule may ask for has words in both languages."""

import pytest

from fireline.contacts.explain import condition
from fireline.policy.concepts import CONTACT_FACTS


@pytest.mark.parametrize("fact", CONTACT_FACTS)
def test_every_fact_has_words(fact):
    words = condition({"fact": fact, "eq": True})
    assert fact not in words.zh and any("一" <= c <= "鿿" for c in words.zh)
    assert "_" not in words.en


@pytest.mark.parametrize(
    ("tree", "en", "zh"),
    [
        ({"fact": "overlap_minutes", "ge": 15}, "minutes together ≥ 15", "同处时间（分钟） ≥ 15"),
        ({"fact": "is_household", "eq": False}, "not: lives in the same household", "非同住"),
        ({"fact": "place_kind", "in": ["a", "b"]}, "kind of place ∈ a/b", "场所类别 ∈ a/b"),
        ({"fact": "place_kind", "in": ["bar", "ship"]}, "kind of place ∈ bar/ship", "场所类别 ∈ 酒吧/船"),
        ({"fact": "contact_of", "eq": "close"}, "contact of = close contact", "接触对象 = 密切接触者"),
        (
            {"fact": "distance_m", "gt": 0.5, "le": 2.0},
            "distance in metres > 0.5 ≤ 2",
            "距离（米） > 0.5 ≤ 2",
        ),
        (
            {"any": [{"fact": "is_stated", "eq": True}, {"not": {"fact": "is_care", "eq": True}}]},
            "(named as a contact or not care or treatment)",
            "（有人指认 或 非诊治或护理）",
        ),
        ({"all": [{"fact": "is_stated", "eq": True}]}, "named as a contact", "有人指认"),
        ({"not": [{"fact": "is_stated", "eq": True}]}, "not named as a contact", "非有人指认"),
    ],
)
def test_conditions_in_words(tree, en, zh):
    assert condition(tree).en == en
    assert condition(tree).zh == zh
