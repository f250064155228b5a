"""Accepted parts as rows: whose place, which hours, what is left out; and the corrections a person writes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fireline.errors import InputError
from fireline.investigations.narrative import read_narrative
from fireline.investigations.narrative.corrected import days_from, times_from, times_text
from fireline.investigations.narrative.stays import stays_of

TZ = ZoneInfo("Asia/Shanghai")


def rows(text, *, year=2022, known=None, person="P1", accept=True):
    reading = read_narrative(text, year=year)
    for i in range(len(reading.parts)):
        reading = reading.accept(i) if accept else reading
    return stays_of(reading.parts, person_key=person, tz=TZ, known=known or {})


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "enter", "leave", "precision"),
    [
        (
            "6月2日10:20-11:30到万达广场。",
            utc(2022, 6, 2, 2, 20),
            utc(2022, 6, 2, 3, 30),
            ("minute", "minute"),
        ),
        ("6月2日10时到万达广场。", utc(2022, 6, 2, 2), None, ("hour", None)),
        ("6月2日到万达广场。", utc(2022, 6, 1, 16), utc(2022, 6, 1, 16), ("day", "day")),
        ("6月2日下午到万达广场。", utc(2022, 6, 1, 16), utc(2022, 6, 1, 16), ("day", "day")),
        ("6月2日至4日在万达广场。", utc(2022, 6, 1, 16), utc(2022, 6, 3, 16), ("day", "day")),
        ("6月2日22:00-1:30在万达广场。", utc(2022, 6, 2, 14), utc(2022, 6, 2, 17, 30), ("minute", "minute")),
    ],
)
def test_a_stay_is_as_fine_as_it_was_said(text, enter, leave, precision):
    row = rows(text).visits.row(0, named=True)
    assert (row["enter"], row["leave"]) == (enter, leave)
    assert (row["enter_precision"], row["leave_precision"]) == precision


def test_only_what_was_accepted_gives_a_row():
    assert rows("6月2日到万达广场。", accept=False).visits.is_empty()


def test_a_part_without_a_year_is_left_out_and_named():
    found = rows("6月2日到万达广场。", year=None)
    assert found.visits.is_empty() and found.left_out == (0,)


def test_a_named_place_is_one_place_for_everybody_a_home_is_nobody_elses():
    mine, theirs = (
        rows("6月2日到万达广场，后返回家中，再到某超市、药店。", person=p).places for p in ("P1", "P2")
    )
    ids = [dict(zip(f["name"], f["place_id"], strict=True)) for f in (mine, theirs)]
    assert ids[0]["万达广场"] == ids[1]["万达广场"]
    own = [n for n in ids[0] if n != "万达广场"]
    assert len(own) >= 2 and all(ids[0][n] != ids[1][n] for n in own)


def test_a_known_place_keeps_its_id_and_a_train_is_its_number():
    found = rows(
        "6月2日到万达广场，乘坐G1234次列车3车5F座前往郑州。", known={"万达广场": "PL7", "G1234": "T9"}
    )
    assert {"PL7", "T9"} <= set(found.visits["place_id"])
    seat = found.visits.filter(found.visits["place_id"] == "T9")["seat"][0]
    assert "5F" in seat and not {"PL7", "T9"} & set(found.places["place_id"])


def test_corrections_are_read_in_the_form_in_which_they_are_shown():
    reading = read_narrative("2022年6月2日10:20-11:30到万达广场，6月3日至5日下午在某超市。")
    for part in reading.parts:
        assert [d.text for d in days_from("、".join(d.text for d in part.days))] == [
            d.text for d in part.days
        ]
        for shown in (times_text(part.times, language="zh"), times_text(part.times, language="en")):
            assert times_from(shown) == part.times
    assert days_from("") == () and times_from(" ") == ()


@pytest.mark.parametrize(
    "text",
    ["2022-13-01", "2022-02-30", "06-02", "x", "2022-06-05/2022-06-02", "2022-06-01/2022-06-02/2022-06-03"],
)
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="day 2"):
        days_from(f"2022-06-01, {text}")


@pytest.mark.parametrize("text", ["25", "10:60", "24:30", "noonish", "1/2/3", "10:2"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(InputError, match="time 1"):
        times_from(text)
