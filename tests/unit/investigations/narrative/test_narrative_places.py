"""Places: led to by a verb, ending like a place, in a list, in brackets; homes apart; offices that only tested."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fireline.investigations.narrative.read import find_mentions


def places(text):
    return [m.value for m in find_mentions(text)[0] if m.kind == "place"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("到东关幸福超市购物。", ["东关幸福超市"]),
        ("到幸福洗浴中心洗澡。", ["幸福洗浴中心"]),
        ("在幸福路附近的小饭店就餐。", ["幸福路附近的小饭店"]),
        ("乘私家车到幸福火锅（东关店）就餐后回家。", ["幸福火锅（东关店）"]),
        ("先后到东关超市、西关药店和南关饭店。", ["东关超市", "西关药店", "南关饭店"]),
        ("在东关路与西关街交叉口的小摊买菜。", ["东关路与西关街交叉口的小摊"]),
        ("乘坐8路公交车（东关站-西关站）上班。", ["东关站", "西关站"]),
        ("从东关站乘8路公交车到西关站下车。", ["东关站", "西关站"]),
        ("乘坐G1次列车甲城至乙城。", ["甲城", "乙城"]),
        ("9时，东关超市购物。", ["东关超市"]),
        ("回友谊。", ["友谊"]),
        ("转运至集中医学隔离观察点。", ["集中医学隔离观察点"]),
        ("到市第一医院发热门诊就诊。", ["市第一医院发热门诊"]),
        ("到乘风医院就诊。", ["乘风医院"]),
        ("到父母家聚餐。", ["父母家"]),
        ("在“一路，8时店”购物。", ["一路，8时店"]),
        ("在“一路，8时店”。", ["一路，8时店"]),
        ("到佳城(座位号、车厢号不详)。", ["佳城"]),
    ],
)
def test_places_are_found(text, expected):
    assert places(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "居家未外出。", "居村无外出。", "返回家中。", "在家休息。", "步行回家。", "返回住处。", "到东关村家中。",
        "经市疾控中心实验室复核，核酸检测结果呈阳性。", "诊断为确诊病例。", "对密切接触者进行隔离。",
        "核酸检测呈阳性。", "由其丈夫照顾。", "接到通知。",
    ],
)  # fmt: skip
def test_homes_and_offices_that_only_tested_are_no_places(text):
    assert places(text) == []


@pytest.mark.parametrize(
    "text", ["居家。", "在家。", "回家。", "返回家中。", "居村无外出。", "返回住处。", "到东关村家中。"]
)
def test_own_homes_are_told_apart(text):
    assert [m.kind for m in find_mentions(text)[0]] == ["home"]


def test_no_mention_crosses_another():
    text = "1月5日8时乘8路公交车（东关站-西关站）到东关超市、西关药店，9时30分至10时回家。"
    found, _ = find_mentions(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert [m.kind for m in found] == ["date", "time", "vehicle", *["place"] * 4, "time", "home"]
