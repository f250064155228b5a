"""The streams that units report and those that early warning knows are the same, by name."""

from __future__ import annotations

from fireline.drill.streams import RESPIRATORY
from fireline.feeds.reporting import STREAMS
from fireline.policy.terms import stream_words
from fireline.signals.streams import default_streams


def test_every_stream_that_a_unit_can_owe_is_described_and_named() -> None:
    book = default_streams()
    undescribed = [code for code in STREAMS if not book.of(code).is_described]
    assert undescribed == []
    unnamed = [code for code in STREAMS if stream_words(code).en == code]
    assert unnamed == []


def test_every_stream_that_is_described_has_a_name_in_both_languages() -> None:
    book = default_streams()
    for name in book.streams:
        words = stream_words(name)
        assert words.en != name and words.zh != words.en, name


def test_every_stream_that_an_event_lifts_is_described() -> None:
    book = default_streams()
    known = {*book.streams, "other"}
    for event in book.events:
        assert set(event.lift) <= known, event.name


def test_the_generated_county_reports_streams_that_are_described() -> None:
    book = default_streams()
    assert all(book.of(model.stream).is_described for model in RESPIRATORY)
