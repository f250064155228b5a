"""Dates and the year each belongs to: stated, carried on, turned, given, or unknown and said so."""

from __future__ import annotations

import pytest

from fireline.investigations.narrative.days import find_days


def days(text, **more):
    return [m.value for m in find_days(text, **more)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021年1月5日到超市", ["2021-01-05"]),
        ("7月20日-21日", ["--07-20/--07-21"]),
        ("7月20日至7月22日", ["--07-20/--07-22"]),
        ("1月7-14日", ["--01-07/--01-14"]),
        ("1月6日到8日", ["--01-06/--01-08"]),
        ("1月5日—16日", ["--01-05/--01-16"]),
        ("2020年12月26至2021年1月10日", ["2020-12-26/2021-01-10"]),
        ("1月16诊断", ["--01-16"]),
        ("1月23 日", ["--01-23"]),
        ("1月9日、10日和12日", ["--01-09", "--01-10", "--01-12"]),
        ("1月5、7、9日", ["--01-05", "--01-07", "--01-09"]),
        ("2021-01-05 至 2021/1/6", ["2021-01-05", "2021-01-06"]),
        ("1月9日。10号上午9时", ["--01-09", "--01-10"]),
        ("1月9日，次日返回", ["--01-09", "--01-10"]),
        ("2021年1月31日，次日返回", ["2021-01-31", "2021-02-01"]),
        ("2月28日，次日返回", ["--02-28"]),  # 29 February or 1 March: the year decides
        ("12月30日至1月2日", ["--12-30/--01-02"]),
        ("每月1次，3日内，第2日，10号楼", []),
        ("１月５日", ["--01-05"]),
    ],
)
def test_dates_are_found_as_far_as_stated(text, expected):
    assert days(text) == expected


def test_a_stated_year_goes_on_and_turns_at_new_year():
    found, _ = find_days("2020年12月30日居家。12月31日外出。1月2日返回。2021年1月5日。12月20日")
    assert [m.value for m in found] == ["2020-12-30", "2020-12-31", "2021-01-02", "2021-01-05", "2020-12-20"]
    assert [m.item.first.basis for m in found] == ["stated", "carried", "turned", "stated", "turned"]


def test_dates_before_the_first_stated_year_stay_without_one():
    assert days("12月30日居家。2021年1月2日外出。") == ["--12-30", "2021-01-02"]


def test_the_year_of_the_caller_is_used_where_the_text_has_none():
    found, _ = find_days("12月30日居家。1月2日外出。", year=2020)
    assert [m.value for m in found] == ["2020-12-30", "2021-01-02"]
    assert [m.item.first.basis for m in found] == ["argument", "turned"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2月30日", "bad_date"),
        ("13月5日", "bad_date"),
        ("2021年2月29日", "bad_date"),
        ("1月9日至5日", "bad_date"),
        ("17日隔离", "no_month"),
    ],
)
def test_days_that_cannot_be_are_named(text, reason):
    found, unread = find_days(text)
    assert found == [] and [u.reason for u in unread] == [reason]


def test_a_leap_day_without_a_year_is_a_day():
    assert days("2月29日") == ["--02-29"]


def test_a_day_that_cannot_be_leaves_month_and_year_as_they_were():
    assert days("2021年3月1日。4月31日。2日") == ["2021-03-01", "2021-03-02"]


def test_an_unknown_year_is_none_as_a_calendar_day():
    known, unknown = find_days("3月1日。2021年3月2日")[0]
    assert known.item.first.date is None and unknown.item.first.date.isoformat() == "2021-03-02"
