"""Days as they are said on the telephone, written out; nothing is made more exact than it was said."""

from __future__ import annotations

from datetime import date

import pytest

from fireline.web.console.spoken import write_out

TODAY = date(2026, 6, 13)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("6月12日 14:30", "2026-06-12 14:30"),
        ("6月12日14时30分", "2026-06-12 14:30"),
        ("6月12日 下午2点半", "2026-06-12 14:30"),
        ("6月12号下午3点", "2026-06-12 15"),
        ("2026年6月12日 晚上8点", "2026-06-12 20"),
        ("６月１２日", "2026-06-12"),
        ("6月13日", "2026-06-13"),
        ("6月14日 08:00", "2025-06-14 08:00"),
        ("12月31日", "2025-12-31"),
        ("2月29日", "2024-02-29"),
        ("昨天 14:30", "2026-06-12 14:30"),
        ("今天上午9点", "2026-06-13 09"),
        ("前天", "2026-06-11"),
        ("中午12点", "中午12点"),
        ("昨天中午1点", "2026-06-12 13"),
        ("12 June 14:30", "2026-06-12 14:30"),
        ("June 12, 2 pm", "2026-06-12 14"),
        ("Yesterday at 12 am", "2026-06-12 00"),
    ],
)
def test_a_day_without_a_year_is_the_last_such_day(said, meant):
    assert write_out(said, today=TODAY) == meant


@pytest.mark.parametrize(
    "said",
    ["", "2026-06-12 14:30", "昨天下午", "6月31日", "13月1日", "6月12日 25点", "6月12日下午2pm", "6/12 14:30",
     "12 Juno", "6月12日 14:30 左右", "2026年2月30日"],
)  # fmt: skip
def test_what_is_not_understood_stays_as_it_was_written(said):
    assert write_out(said, today=TODAY) == said
