"""The public notice of a zone: plain, by unit, strict to mild, and without anybody in it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fireline.bulletins.zone_notice import MEANS, notice_of
from fireline.errors import UserError

AT = datetime(2026, 6, 20, 4, tzinfo=UTC)  # 12:00 in the county
LEVELS = {"U3": "precaution", "U2": "sealed", "U10": "managed", "U1": "sealed"}


def notice(**more):
    given = {
        "number": 7,
        "levels": LEVELS,
        "starts_at": AT,
        "earliest": {"sealed": AT.replace(day=27), "managed": None},
        "exceptions": [],
        "rule_id": "ex/zone.define/sealed/EX",
        "edition": "ex",
        "tz": ZoneInfo("Asia/Shanghai"),
    }
    return notice_of(**(given | more))


def test_every_unit_stands_once_strict_to_mild_with_what_it_means():
    rows = notice().rows
    assert [(u, level) for u, level, _ in rows] == [
        ("U1", "sealed"),
        ("U2", "sealed"),
        ("U10", "managed"),
        ("U3", "precaution"),
    ]
    assert all(means == MEANS[level] for _, level, means in rows)


def test_hours_are_local_and_an_unknown_end_is_not_promised():
    text = notice().text
    assert "From 2026-06-20 12:00:" in text.en and "自 2026-06-20 12:00 起" in text.zh
    assert text.en.count("may end or be eased") == 1 and "2026-06-27 12:00" in text.en


def test_the_rule_and_who_is_not_restricted_close_it():
    text = notice().text
    assert "ex/zone.define/sealed/EX (ex)" in text.en and "is not restricted by it" in text.en
    assert text.zh.endswith("不在上列单元内的居民不受此通告限制。")


def test_an_exception_says_what_kind_where_and_how():
    text = notice(exceptions=[("water", "North works", "U2", "own shift, closed loop")]).text
    assert "North works (water works, U2) keeps working: own shift, closed loop" in text.en
    assert "供水" in text.zh


def test_a_level_without_units_is_not_named():
    text = notice(levels={"U1": "managed"}).text
    assert "Sealed" not in text.en and "封控区" not in text.zh


@pytest.mark.parametrize("name", ["请电 13800001111", "411624199001011234"])
def test_a_name_with_a_number_of_a_person_is_refused_and_not_repeated(name):
    with pytest.raises(UserError) as error:
        notice(exceptions=[("hospital", name, "U2", "x")])
    assert name not in str(error.value)
