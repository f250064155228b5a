"""What a unit owes: its text form, its days and its hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.errors import InputError
from fireline.feeds.reporting import STREAMS, Cadence, Owed, read_owed
from fireline.feeds.reporting.owed import MAX_DUE_MIN

TZ = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("text", "cadence", "due_min", "has_total"),
    [
        ("fever_clinic=daily@17:00", Cadence.DAILY, 1020, False),
        ("school_absence=weekdays@09:30", Cadence.WEEKDAYS, 570, False),
        ("lab_positive=weekly@10:00+1,total", Cadence.WEEKLY, 2040, True),
        (" wastewater=weekly@0:01 ", Cadence.WEEKLY, 1, False),
        ("antipyretic_sales=daily@23:59+6", Cadence.DAILY, 7 * 1440 - 1, False),
    ],
)
def test_texts_are_read(text, cadence, due_min, has_total):
    found = read_owed(text, since=MONDAY)
    assert (found.cadence, found.due_min, found.has_total, found.since) == (
        cadence,
        due_min,
        has_total,
        MONDAY,
    )
    assert read_owed(found.said(), since=MONDAY) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fever_clinic",
        "fever_clinic=daily",
        "fever_clinic=daily@24:00",
        "fever_clinic=daily@17:60",
        "fever_clinic=daily@00:00",
        "fever_clinic=hourly@17:00",
        "unknown_thing=daily@17:00",
        "antipyretic_sales=daily@17:00,total",
        "fever_clinic=daily@17:00+10",
        "fever_clinic=daily@17:00;drop",
    ],
)
def test_other_texts_are_refused_in_both_languages(text):
    with pytest.raises(InputError) as error:
        read_owed(text, since=MONDAY)
    assert "允许" in error.value.words.zh and "allowed" in error.value.words.en


def test_days_by_cadence():
    week = [MONDAY + timedelta(days=n) for n in range(7)]
    owed = {c: Owed("fever_clinic", c, 1020, since=MONDAY) for c in Cadence}
    assert [owed[Cadence.DAILY].is_owed_on(d) for d in week] == [True] * 7
    assert [owed[Cadence.WEEKDAYS].is_owed_on(d) for d in week] == [True] * 5 + [False] * 2
    assert [owed[Cadence.WEEKLY].is_owed_on(d) for d in week] == [False] * 6 + [True]


def test_the_promise_has_a_first_and_a_last_day():
    owed = Owed("fever_clinic", Cadence.DAILY, 1020, since=MONDAY, until=MONDAY + timedelta(days=1))
    assert [owed.holds_on(MONDAY + timedelta(days=n)) for n in (-1, 0, 1, 2)] == [False, True, True, False]
    assert [owed.is_owed_on(MONDAY + timedelta(days=n)) for n in (-1, 0, 1, 2)] == [False, True, True, False]


def test_the_hour_is_that_of_the_wall_clock_there():
    owed = read_owed("fever_clinic=daily@10:00+1", since=MONDAY)
    assert owed.due_at(MONDAY, TZ) == datetime(2026, 6, 2, 2, 0, tzinfo=UTC)


def test_the_hour_stays_the_same_hour_when_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    owed = read_owed("fever_clinic=daily@17:00", since=MONDAY)
    assert owed.due_at(date(2026, 3, 28), berlin).hour == 16
    assert owed.due_at(date(2026, 3, 29), berlin).hour == 15  # summer time began that night


@given(
    stream=st.sampled_from(sorted(STREAMS)),
    cadence=st.sampled_from(Cadence),
    due_min=st.integers(1, MAX_DUE_MIN - 1),
    wants_total=st.booleans(),
)
def test_every_promise_survives_its_text(stream, cadence, due_min, wants_total):
    owed = Owed(stream, cadence, due_min, wants_total and STREAMS[stream].total is not None, MONDAY)
    assert read_owed(owed.said(), since=MONDAY) == owed


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("fever_clinic=daily@17:00", "每日，当日 17:00 前", "daily, by 17:00 the same day"),
        ("school_absence=weekdays@09:30+1", "工作日，次日 09:30 前", "on weekdays, by 09:30 the next day"),
        ("lab_positive=weekly@10:00+2", "每周，2 天后 10:00 前", "weekly, by 10:00 2 days later"),
    ],
)
def test_a_promise_is_said_in_words(text, zh, en):
    words = read_owed(text, since=MONDAY).words
    assert (words.zh, words.en) == (zh, en)


def test_every_stream_has_a_name_in_both_languages():
    for stream in STREAMS.values():
        assert stream.name.zh != stream.code and stream.name.en != stream.code
