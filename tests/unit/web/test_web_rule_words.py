"""Rules in words: no code of a built-in pack is left as a code on a Chinese page."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from fireline.web.console.rule_words import SAID, subject_text, value_text
from fireline.web.shared.strings import catalogue

LEFT = re.compile(r"[a-z]{2,}_[a-z]|[a-z]{3,}: |\{|\}")


def test_no_value_of_a_built_in_pack_keeps_a_code(library):
    with translation.override("zh-hans"):
        left = {
            r.id: text
            for r in library.rules
            if r.concept not in SAID and LEFT.search(text := value_text(r.concept, r.value))
        }
    assert left == {}


def test_every_subject_of_a_built_in_pack_has_a_chinese_name(library):
    with translation.override("zh-hans"):
        left = {r.subject for r in library.rules if subject_text(r.subject) == r.subject.replace("_", " ")}
    assert left <= {"h5n1", "h7n9"}


@pytest.mark.parametrize(
    ("concept", "value", "zh", "en"),
    [
        ("deadline", {"hours": 2, "start": "diagnosis", "stop": "report"}, "2 小时内：自诊断至报告",
         "within 2 hours: diagnosis to report"),
        ("contact.class", {"any": [{"fact": "is_household", "eq": True}, {"fact": "overlap_minutes", "ge": 15}]},
         "同住 或 同处分钟数 ≥ 15", "lives in the same household or minutes together ≥ 15"),
        ("threshold", {"count": 10, "window_days": 7, "unit": "school"}, "7 天内同一学校 10 例及以上",
         "10 or more cases in 7 days in one school"),
        ("contact.lookback", {"days": 4, "anchor": "onset"}, "发病前 4 天", "4 days before onset"),
        ("disclosure", None, "停用", "switched off"),
    ],
)  # fmt: skip
def test_values_are_said_in_both_languages(concept, value, zh, en):
    with translation.override("zh-hans"):
        assert value_text(concept, value) == zh
    with translation.override("en"):
        assert value_text(concept, value) == en


def test_occupations_and_places_have_labels_in_both_languages():
    for kind in ("occupation", "place_kind", "rule_fact", "rule_key", "rule_word", "rule_subject"):
        keys = [k for k in catalogue("zh") if k.startswith(f"code.{kind}.")]
        assert len(keys) > 15
        assert all(
            re.search(r"[㐀-鿿]|H[57]N|HO$", catalogue("zh")[k]) or k.endswith(("sars",)) for k in keys
        )
