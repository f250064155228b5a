"""The public text: place-time lists in both languages, none of the five identifiers, read back as written."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from fireline.errors import InputError
from fireline.investigations import read_narrative, write_narrative
from fireline.investigations.narrative.model import Clock, Day, Days, Part, Times, Vehicle
from fireline.investigations.trajectory import TRAJECTORY_SCHEMA
from fireline.privacy.identifiers import lint_public_text

DAY = Days(Day(1, 2, 2021, "stated"), Day(1, 2, 2021, "stated"))
NINE = (Times(Clock(9, 30), Clock(10)),)


def stay(place, kind="place", **more):
    return Part("stay", (DAY,), place=place, place_kind=kind, **more)


def test_one_sentence_a_part_in_both_languages():
    public = write_narrative([stay("东关超市", times=NINE), stay("住处", "home")])
    assert public.text.zh == "2021年1月2日9时30分至10时，在东关超市。2021年1月2日，在住处。"
    assert public.text.en == "2 January 2021, 9:30 to 10h: at 东关超市. 2 January 2021: at home."


def test_a_leg_names_number_carriage_and_stops_and_no_seat():
    ride = Vehicle("train", "G8087", "3", "05F")
    public = write_narrative([Part("leg", (DAY,), NINE, vehicle=ride, origin="甲城站", destination="乙城站")])
    assert public.text.zh == "2021年1月2日9时30分至10时，乘坐G8087次列车3车厢（甲城站至乙城站）。"
    assert public.text.en == "2 January 2021, 9:30 to 10h: by train G8087, carriage 3 from 甲城站 to 乙城站."


@pytest.mark.parametrize(
    "place",
    [
        "东关路12号某某批发部（王某，电话13812345678）",
        "东关小区3号楼2单元501室",
        "患者张三家",
        "王女士诊所",
        "68岁老人活动室",
    ],
)
def test_places_that_identify_a_person_are_not_named(place):
    public = write_narrative([stay(place)])
    assert lint_public_text(public.text.zh) == () == lint_public_text(public.text.en)
    assert (
        "13812345678" not in public.text.zh and "501" not in public.text.zh and "张三" not in public.text.zh
    )
    assert public.withheld or public.parts[0].place != place


def test_a_bracket_with_an_address_is_left_out_and_the_name_stays():
    public = write_narrative([stay("东关照相馆（东关路171号）")])
    assert "东关照相馆" in public.text.zh and "171" not in public.text.zh and public.withheld == ()


def test_homes_are_only_called_homes():
    reading = read_narrative(
        "2021年1月2日在东关小区3号楼家中。9时到东关小区亲属家聚餐，乘私家车到姐姐家（西关小区）。"
    )
    text = write_narrative(reading).text
    assert "东关" not in text.zh + text.en and "西关" not in text.zh + text.en
    assert "住处" in text.zh and "亲友家" in text.zh and "at home" in text.en


def test_names_that_the_caller_knows_do_not_occur():
    public = write_narrative([stay("欧阳修文超市")], names=["欧阳修文"])
    assert "欧阳修文" not in public.text.zh + public.text.en
    assert [w.reason for w in public.withheld] == ["name"] and "某处" in public.withheld[0].words.zh


def test_refused_parts_and_parts_without_a_date_are_not_written():
    reading = read_narrative("目前在定点医院。2021年1月2日到东关超市、西关药店。")
    public = write_narrative(reading.refuse(1))
    assert public.text.zh == "2021年1月2日，在西关药店。"
    assert [(w.index, w.reason) for w in public.withheld] == [(0, "no_date")]


def test_corrected_parts_are_written_as_corrected():
    reading = read_narrative("2021年1月2日到东关超市。").correct(0, place="西关超市")
    assert write_narrative(reading).text.zh == "2021年1月2日，在西关超市。"


def test_names_that_would_be_misread_are_quoted():
    public = write_narrative([stay("8时到家便利"), stay("一路，公交车1路站")])
    assert "“8时到家便利”" in public.text.zh and "“" not in public.text.en
    assert [p.place for p in read_narrative(public.text.zh).parts] == ["8时到家便利", "一路，公交车1路站"]


def test_years_are_all_known_or_none():
    bare = Days(Day(1, 3), Day(1, 3))
    with pytest.raises(InputError, match="give the year"):
        write_narrative([stay("东关超市"), Part("stay", (bare,), place="西关超市", place_kind="place")])
    assert (
        write_narrative([Part("stay", (bare,), place="西关超市", place_kind="place")]).text.zh
        == "1月3日，在西关超市。"
    )


def test_nothing_is_said_in_words():
    assert write_narrative([]).text.zh == "没有可公布的行程。"


def rows(*stays):
    empty = dict.fromkeys(TRAJECTORY_SCHEMA)
    return pl.DataFrame([{**empty, "case_id": "C1", **s} for s in stays], schema=TRAJECTORY_SCHEMA)


def at(day, hour, minute=0):
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


def test_a_trajectory_table_in_local_days_and_hours():
    table = rows(
        {
            "enter": at(11, 22, 15),
            "leave": at(11, 23, 40),
            "precision": "minute",
            "place_name": "东关超市",
            "place_kind": "shop",
        },
        {
            "enter": at(12, 2),
            "leave": at(12, 4),
            "precision": "hour",
            "place_name": "G8087次列车",
            "place_kind": "train",
        },
        {
            "enter": at(12, 16),
            "leave": at(14, 3),
            "precision": "minute",
            "place_name": "东关小区3号楼",
            "place_kind": "home",
        },
        {
            "enter": at(14, 2),
            "leave": None,
            "precision": "day",
            "place_name": "市第一医院",
            "place_kind": "hospital",
        },
        {"enter": at(14, 3), "leave": at(14, 3), "precision": "minute", "lon": 1.0, "lat": 1.0},
    )
    assert write_narrative(table).text.zh.replace("\n", "") == (
        "2026年6月12日6时15分至7时40分，在东关超市。"
        "2026年6月12日10时至12时，乘坐G8087次列车。"
        "2026年6月13日至2026年6月14日，在住处。"
        "2026年6月14日，在市第一医院。"
    )


def test_a_table_is_of_one_case_and_the_zone_is_known():
    two = pl.concat(
        [rows({"enter": at(1, 1), "precision": "day", "place_name": "甲", "case_id": c}) for c in "AB"]
    )
    with pytest.raises(InputError, match="2 cases"):
        write_narrative(two)
    with pytest.raises(InputError, match="time zone"):
        write_narrative(rows(), time_zone="Mars/Base")
