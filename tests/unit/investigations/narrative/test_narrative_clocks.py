"""Times of day, each as exact as it is stated."""

from __future__ import annotations

import pytest

from fireline.investigations.narrative.clocks import find_times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10时23分到", ["10:23"]),
        ("18:00 18：05分", ["18:00", "18:05"]),
        ("9时30分至10时50分", ["09:30/10:50"]),
        ("17时50分至18时", ["17:50/18"]),
        ("9时-10时许", ["09/10"]),
        ("15-17时", ["15/17"]),
        ("22时至次日8时", ["22/08"]),
        ("8:45-8:48", ["08:45/08:48"]),
        ("9时47离开", ["09:47"]),
        ("下午2时许", ["14"]),
        ("晚8点半", ["20:30"]),
        ("中午1点", ["13"]),
        ("中午12时10分", ["12:10"]),
        ("凌晨12时", ["00"]),
        ("晚12点", ["24"]),
        ("下午14点30分", ["14:30"]),
        ("24时", ["24"]),
        ("1月13日晚采样", ["evening"]),
        ("当晚返回", ["evening"]),
        ("上午、下午各去一次", ["forenoon", "afternoon"]),
        ("6时53分和12时03分", ["06:53", "12:03"]),
        ("10时、17时", ["10", "17"]),
        ("晚餐、早餐、晚宴、早市、1小时后、2时间、三点位", []),
    ],
)
def test_times_are_found(text, expected):
    assert [m.value for m in find_times(text)[0]] == expected


def test_precision_is_never_finer_than_stated():
    minute, hour, part = find_times("10时23分，11时，下午")[0]
    assert [m.item.start.precision for m in (minute, hour, part)] == ["minute", "hour", "part"]


def test_about_is_kept():
    first, second = find_times("8时许出门，9时返回")[0]
    assert first.item.start.is_about and not second.item.start.is_about
    (both,) = find_times("8时至9时左右")[0]
    assert both.item.start.is_about and both.item.end.is_about


@pytest.mark.parametrize("text", ["25时", "9时75分", "24时30分", "99:10", "8时至26时"])
def test_times_that_no_clock_shows_are_named(text):
    found, unread = find_times(text)
    assert found == [] and {u.reason for u in unread} == {"bad_time"}
