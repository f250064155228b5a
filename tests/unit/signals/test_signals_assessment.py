"""A judgement: closed lists, a level that may be moved with a reason, and a seal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.errors import InputError
from fireline.signals.assessment import CONFIDENCES, IMPACTS, LIKELIHOODS, digest_of, judge, level_of
from fireline.signals.model import LEVELS

SAID = {"likelihood": "likely", "impact": "moderate", "confidence": "low"}


def test_the_level_of_the_matrix_counts_where_nobody_says_another():
    for level in ("", "medium"):
        found = judge(**SAID, level=level, reason="kept out")
        assert (found.computed, found.level, found.reason, found.is_overridden) == (
            "medium",
            "medium",
            "",
            False,
        )


def test_another_level_needs_a_reason_and_keeps_it():
    found = judge(**SAID, level="high", reason=" two deaths of unknown cause ")
    assert (found.computed, found.level, found.reason) == ("medium", "high", "two deaths of unknown cause")
    assert found.is_overridden
    with pytest.raises(InputError, match="the matrix gives medium"):
        judge(**SAID, level="high", reason="  ")


def test_every_fault_is_said_at_once():
    with pytest.raises(InputError) as error:
        judge(likelihood="certain", impact="", confidence="total", level="extreme")
    text = error.value.words
    assert all(word in text.en for word in ("likelihood", "impact", "confidence", "level"))
    assert all(word in text.zh for word in ("可能性", "影响", "把握", "等级"))
    assert "total" not in text.en and "extreme" not in text.en, "what was typed is not repeated"


@given(
    st.sampled_from(sorted(LIKELIHOODS)),
    st.sampled_from(sorted(IMPACTS)),
    st.sampled_from(sorted(CONFIDENCES)),
    st.sampled_from(("", *LEVELS)),
)
def test_confidence_never_moves_the_level(likelihood, impact, confidence, level):
    found = judge(likelihood=likelihood, impact=impact, confidence=confidence, level=level, reason="because")
    assert found.computed == level_of(likelihood, impact)
    assert found.level == (level or found.computed)
    assert bool(found.reason) == found.is_overridden


def test_the_seal_hangs_on_the_values_and_on_nothing_else():
    one = digest_of({"a": 1, "b": ["中", None]})
    assert one == digest_of({"b": ["中", None], "a": 1}) and len(one) == 64
    assert one != digest_of({"a": 1, "b": ["中", ""]})
    # the seal of a small statement, so that a changed form of it cannot pass unseen
    assert digest_of({"x": "级"}) == "ca9a3ba96cc8cefeecc8b49225ea55147b3077fbbc1de7a86d8d6d361dfc3630"
