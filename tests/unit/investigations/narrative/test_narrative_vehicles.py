"""Vehicles with number, carriage and seat."""

from __future__ import annotations

import pytest

from fireline.investigations.narrative.model import Vehicle
from fireline.investigations.narrative.vehicles import find_vehicles


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("乘坐G8087次列车", Vehicle("train", "G8087")),
        ("乘坐g771列车3车厢05F", Vehicle("train", "G771", "3", "05F")),
        ("乘坐z157次列车11车7号下铺，16:55到达", Vehicle("train", "Z157", "11", "7")),
        ("乘坐K1278次火车到哈尔滨（2车厢004A号）", Vehicle("train", "K1278", "2", "004A")),
        ("乘高铁G6275次（11车厢06F座位）", Vehicle("train", "G6275", "11", "06F")),
        ("乘坐K7113L列车1车厢", Vehicle("train", "K7113L", "1")),
        ("乘坐1461次列车", Vehicle("train", "1461")),
        ("乘坐CA1234航班", Vehicle("flight", "CA1234")),
        ("乘坐3U8392次航班", Vehicle("flight", "3U8392")),
        ("乘坐SU6281由莫斯科", Vehicle("flight", "SU6281")),
        ("航班号为MU5101，座位号12C", Vehicle("flight", "MU5101", "", "12C")),
        ("乘511路公交车", Vehicle("bus", "511")),
        ("乘231公交车", Vehicle("bus", "231")),
        ("乘公交车12路", Vehicle("bus", "12")),
        ("换乘68路到", Vehicle("bus", "68")),
        ("乘坐公交车到", Vehicle("bus")),
        ("乘地铁3号线", Vehicle("metro", "3")),
        ("乘2号线地铁", Vehicle("metro", "2")),
        ("打车到", Vehicle("taxi")),
        ("乘出租车", Vehicle("taxi")),
        ("自驾车到", Vehicle("car")),
        ("自驾前往", Vehicle("car")),
        ("乘私家车", Vehicle("car")),
        ("由120负压救护车转运", Vehicle("ambulance")),
        ("骑电动车", Vehicle("ebike")),
        ("骑电动三轮车", Vehicle("tricycle")),
        ("骑车上班", Vehicle("bicycle")),
        ("乘坐大巴", Vehicle("coach")),
        ("乘单位通勤车", Vehicle("shuttle")),
        ("自驾货车", Vehicle("truck")),
        ("乘客轮", Vehicle("ship")),
    ],
)
def test_vehicles_are_found(text, expected):
    assert [m.item for m in find_vehicles(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "到火车站",
        "到汽车站",
        "在停车场",
        "公交站",
        "地铁站口",
        "B17栋",
        "未乘坐公共交通工具",
        "12路口",
        "出租车公司",
        "IgM弱阳性",
        "T2航站楼",
    ],
)
def test_places_and_other_words_are_no_vehicles(text):
    assert find_vehicles(text) == []
