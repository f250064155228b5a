"""Dates and times as people write them: what is read, with which precision, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.records.instants import find_order, read_moment, read_moments, read_week

SHANGHAI = ZoneInfo("Asia/Shanghai")

READ = [
    # written, order, wall clock, precision
    ("2020-02-03", "", "2020-02-03 00:00", "day"),
    ("2020-2-3", "", "2020-02-03 00:00", "day"),
    ("2020/02/03", "", "2020-02-03 00:00", "day"),
    ("2020.02.03", "", "2020-02-03 00:00", "day"),
    ("20200203", "", "2020-02-03 00:00", "day"),
    ("202002031405", "", "2020-02-03 14:05", "minute"),
    ("20200203T1405", "", "2020-02-03 14:05", "minute"),
    ("20200203140507", "", "2020-02-03 14:05:07", "minute"),
    ("2020-02-03 14", "", "2020-02-03 14:00", "hour"),
    ("2020-02-03T14", "", "2020-02-03 14:00", "hour"),
    ("2020-02-03 14:05", "", "2020-02-03 14:05", "minute"),
    ("2020-02-03T14:05:07", "", "2020-02-03 14:05:07", "minute"),
    ("2020-02-03T14:05:07.123456", "", "2020-02-03 14:05:07", "minute"),
    ("2020-02-03 2:05 pm", "", "2020-02-03 14:05", "minute"),
    ("2020-02-03 12:05 am", "", "2020-02-03 00:05", "minute"),
    ("2020-02-03 12:05 PM", "", "2020-02-03 12:05", "minute"),
    ("2020-02-03 24:00", "", "2020-02-04 00:00", "minute"),
    ("2020年2月3日", "", "2020-02-03 00:00", "day"),
    ("2020年2月3日 14时", "", "2020-02-03 14:00", "hour"),
    ("2020年2月3日 14时5分", "", "2020-02-03 14:05", "minute"),
    ("2022-04-15 11时", "", "2022-04-15 11:00", "hour"),
    ("2022-06-27 6时", "", "2022-06-27 06:00", "hour"),
    ("２０２０－０２－０３", "", "2020-02-03 00:00", "day"),
    ("3 Feb 2020", "", "2020-02-03 00:00", "day"),
    ("03-Feb-2020", "", "2020-02-03 00:00", "day"),
    ("3 February 2020", "", "2020-02-03 00:00", "day"),
    ("Feb 3, 2020", "", "2020-02-03 00:00", "day"),
    ("February 3rd, 2020", "", "2020-02-03 00:00", "day"),
    ("3/2/2020", "day_first", "2020-02-03 00:00", "day"),
    ("3/2/2020", "month_first", "2020-03-02 00:00", "day"),
    ("3/2/2020 14:05", "month_first", "2020-03-02 14:05", "minute"),
    ("03.02.2020", "day_first", "2020-02-03 00:00", "day"),
    ("03-02-2020", "day_first", "2020-02-03 00:00", "day"),
    ("23/01/2020", "", "2020-01-23 00:00", "day"),
    ("1/29/2020", "", "2020-01-29 00:00", "day"),
    ("2/2/2020", "", "2020-02-02 00:00", "day"),
    ("3/2/20", "day_first", "2020-02-03 00:00", "day"),
    ("2020-02-29", "", "2020-02-29 00:00", "day"),
    (" 2020-02-03 ", "", "2020-02-03 00:00", "day"),
]

OFFSETS = [
    ("2020-02-03T14:05:00+08:00", "2020-02-03T06:05:00"),
    ("2020-02-03T14:05:00+0800", "2020-02-03T06:05:00"),
    ("2020-02-03T14:05:00+08", "2020-02-03T06:05:00"),
    ("2020-02-03T14:05:00Z", "2020-02-03T14:05:00"),
    ("2020-02-03 14:05 UTC", "2020-02-03T14:05:00"),
    ("2020-02-03T14:05:00-05:00", "2020-02-03T19:05:00"),
    ("2020-02-03T23:30:00-02:30", "2020-02-04T02:00:00"),
    ("2020-02-03T14:05:00+05:45", "2020-02-03T08:20:00"),
    ("2020-02-03T00:00:00+14:00", "2020-02-02T10:00:00"),
]

REFUSED = [
    "",
    "x",
    "unknown",
    "2020",
    "2020-13-01",
    "2020-02-30",
    "2021-02-29",
    "0000-00-00",
    "1899-12-31",
    "2101-01-01",
    "2020-02",
    "3/2/2020",
    "03/02/01",
    "13/13/2020",
    "2020-02-03T14:05+99:00",
    "2020-02-03 13:05 pm",
    "44000",
    "1580700000",
    "-1",
    "32/01/2020",
    "2020-02-03 14:05 Mars",
    "Smarch 3, 2020",
    "2020--02-03",
    "2020-02-03" + "0" * 100,
    "2020-02-03; DROP TABLE cases",
    "٢٠٢٠-٠٢-٣٥",
    "3 2 2020",
    "next Tuesday",
    "NaT",
]


@pytest.mark.parametrize(("text", "order", "wall", "precision"), READ, ids=[f"{r[0]}-{r[1]}" for r in READ])
def test_a_written_time_is_read_with_its_precision(text: str, order: str, wall: str, precision: str) -> None:
    moment = read_moment(text, order=order)
    assert moment is not None
    assert (moment.wall.isoformat(sep=" ")[:19].removesuffix(":00"), moment.precision) == (wall, precision)
    assert moment.offset is None
    assert moment.is_whole


@pytest.mark.parametrize(("text", "expected"), OFFSETS)
def test_an_offset_is_kept_to_the_minute(text: str, expected: str) -> None:
    moment = read_moment(text)
    assert moment is not None
    # the zone of the jurisdiction must not matter where an offset is written
    assert moment.instant(SHANGHAI) == moment.instant(ZoneInfo("America/New_York"))
    assert moment.instant(SHANGHAI).replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_time_or_ambiguous_is_not_guessed(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    "text", ["2014-05-22 12:60", "2014-09-23 24:14", "2014-09-23 25:00", "2014-09-23 10:10:75"]
)
def test_an_impossible_time_of_day_leaves_the_day_and_says_so(text: str) -> None:
    moment = read_moment(text)
    assert moment is not None
    assert (moment.wall.date().isoformat(), moment.precision, moment.is_whole) == (text[:10], "day", False)


def test_local_time_becomes_utc_by_the_zone_of_the_jurisdiction() -> None:
    moment = read_moment("2026-06-12 14:00")
    assert moment is not None
    assert moment.instant(SHANGHAI) == datetime(2026, 6, 12, 6, tzinfo=UTC)
    assert moment.instant(ZoneInfo("Asia/Seoul")) == datetime(2026, 6, 12, 5, tzinfo=UTC)
    assert moment.day(SHANGHAI) == date(2026, 6, 12)


def test_the_day_of_an_instant_with_offset_is_the_local_one() -> None:
    moment = read_moment("2026-06-12T23:30:00Z")
    assert moment is not None
    assert moment.day(SHANGHAI) == date(2026, 6, 13)


@pytest.mark.parametrize(
    ("serial", "wall", "precision"),
    [
        ("43864", "2020-02-03T00:00:00", "day"),
        ("43864.5", "2020-02-03T12:00:00", "minute"),
        ("43864.586805556", "2020-02-03T14:05:00", "minute"),
    ],
)
def test_excel_serials_count_only_where_they_may_occur(serial: str, wall: str, precision: str) -> None:
    assert read_moment(serial) is None
    moment = read_moment(serial, serials=True)
    assert moment is not None
    assert (moment.wall.isoformat(), moment.precision) == (wall, precision)


@pytest.mark.parametrize("serial", ["99999", "01234", "09999"])
def test_excel_serials_outside_1927_to_2119_are_no_dates(serial: str) -> None:
    assert read_moment(serial, serials=True) is None


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["3/2/2020", "23/2/2020"], "day_first"),
        (["3/2/2020", "2/23/2020"], "month_first"),
        (["3/2/2020", "2/3/2020"], ""),
        (["23/2/2020", "2/23/2020"], ""),  # they contradict each other: nobody may guess
        (["2020-02-03"], ""),
        ([], ""),
    ],
)
def test_a_column_proves_its_order_or_nothing_does(values: list[str], order: str) -> None:
    assert find_order(values) == order


def test_the_order_that_a_column_proves_is_used_for_all_of_it() -> None:
    read = read_moments(["3/2/2020", "23/2/2020"])
    assert read["3/2/2020"] is not None
    assert read["3/2/2020"].wall.month == 2


def test_a_column_of_midnights_is_a_column_of_days() -> None:
    read = read_moments(["2020-02-03 00:00:00", "2020-02-04 00:00:00"])
    assert {m.precision for m in read.values() if m} == {"day"}


@pytest.mark.parametrize("other", ["2020-02-03 14:00", "2020-02-03T00:00:00+08:00"])
def test_one_time_of_day_or_offset_makes_midnights_count(other: str) -> None:
    read = read_moments(["2020-02-03 00:00:00", other])
    midnight = read["2020-02-03 00:00:00"]
    assert midnight is not None
    assert midnight.precision == "minute"


@given(st.datetimes(min_value=datetime(1901, 1, 1), max_value=datetime(2099, 12, 31)), st.integers(-12, 14))
def test_iso_text_with_offset_reads_back_exactly(at: datetime, hours: int) -> None:
    at = at.replace(microsecond=0)
    sign = "-" if hours < 0 else "+"
    moment = read_moment(f"{at.isoformat()}{sign}{abs(hours):02d}:00")
    assert moment is not None
    assert moment.instant(SHANGHAI) == at.replace(tzinfo=UTC) - timedelta(hours=hours)


@given(st.text(max_size=80))
def test_no_text_at_all_can_stop_the_reader(text: str) -> None:
    for order in ("", "day_first", "month_first"):
        moment = read_moment(text, order=order, serials=True)
        assert moment is None or 1900 <= moment.wall.year <= 2120


def test_the_end_of_a_day_written_as_24_00_is_an_hour_even_where_every_other_time_is_midnight() -> None:
    read = read_moments(["2020-02-03 24:00", "2020-02-05 00:00"])
    assert [(m.wall.isoformat(), m.precision) for m in read.values() if m] == [
        ("2020-02-04T00:00:00", "minute"),
        ("2020-02-05T00:00:00", "minute"),
    ]


def test_a_year_of_four_digits_below_the_first_year_is_refused_not_moved_into_this_century():
    assert read_moment("0001-01-01") is None
    assert read_moment("12/06/0026", order="day_first") is None
    assert read_moment("12/06/26", order="day_first").wall.year == 2026


@pytest.mark.parametrize(
    ("written", "monday"),
    [
        ("2012-W40", date(2012, 10, 1)),
        ("2012W1", date(2012, 1, 2)),
        ("２０１２－W40", date(2012, 10, 1)),
        ("2020-W53", date(2020, 12, 28)),
        ("2012年第40周", date(2012, 10, 1)),
        ("2012 - w 40", date(2012, 10, 1)),
        ("2019-W53", None),  # that year has 52
        ("2012-W0", None),
        ("2012-W54", None),
        ("1899-W10", None),
        ("2101-W10", None),
        ("2012-40", None),
        ("W40", None),
        ("", None),
    ],
)
def test_a_week_is_read_as_its_monday(written: str, monday: date | None) -> None:
    assert read_week(written) == monday


def test_a_week_is_no_day_of_a_person() -> None:
    assert read_moment("2012-W40") is None
