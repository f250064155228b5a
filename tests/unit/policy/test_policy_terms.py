"""Codes of packs and tables in words of both languages."""

from __future__ import annotations

import pytest

from fireline.policy.terms import labels, stream_words, term, terms
from fireline.policy.vocabulary import ANCHORS, MOMENTS
from fireline.words import Words


def test_both_languages_name_the_same_codes():
    assert set(labels("zh")) == set(labels("en"))
    assert len(labels("zh")) > 300


@pytest.mark.parametrize("moment", sorted({*ANCHORS, *MOMENTS}))
def test_every_moment_of_a_rule_has_a_name(moment):
    assert not term("rule_word", moment).zh.isascii()


def test_products_and_people_of_the_built_in_packs_have_names(library):
    used = {
        str(rule.value[key])
        for rule in library.rules
        for key in ("product", "who")
        if rule.value and isinstance(rule.value.get(key), str)
    }
    assert used
    assert [word for word in used if term("rule_word", word).zh.isascii()] == []


def test_a_code_that_nobody_named_is_shown_without_underscores():
    assert term("rule_word", "my_own_moment") == Words.same("my own moment")
    assert term("rule_word", "") == Words.same("–")


def test_places_and_plain_words_are_found_under_every_kind():
    assert term("rule_subject", "railway_station").zh == "火车站"


def test_a_list_is_joined_as_each_language_does_it():
    found = terms("rule_word", ["onset", "report"])
    assert (found.zh, found.en) == ("发病、报告", "onset, report")
    assert terms("rule_word", []) == Words.same("–")


@pytest.mark.parametrize(
    ("stream", "zh", "en"),
    [
        ("fever_clinic", "发热门诊就诊", "Fever clinic"),
        ("cases/measles", "麻疹病例", "Cases (Measles)"),
        ("cases/exercise-x", "演练病原体 X 病例", "Cases (Exercise disease X)"),
        ("own_stream", "own stream", "own stream"),
    ],
)
def test_streams(stream, zh, en):
    assert stream_words(stream) == Words(zh, en)
