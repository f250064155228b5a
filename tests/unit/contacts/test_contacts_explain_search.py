"""Every hit of a search says what, where, when, by which rule, and what would change it, in both languages."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.unit.contacts.contact_worlds import at_rules, pack, rule

from fireline.contacts.backward import common_places
from fireline.contacts.cells import CellIndex
from fireline.contacts.companions import companions
from fireline.contacts.explain_search import why_common_place, why_companion, why_near
from fireline.contacts.grid import Grid
from fireline.contacts.index import VisitIndex
from fireline.contacts.near import Positions, near
from fireline.policy import At, load_library

TZ = ZoneInfo("Asia/Shanghai")
GRID = Grid(edge_m=800, origin_lon=104, origin_lat=30)
CELL = int(GRID.cells(np.array([104.1]), np.array([30.1])).cell_i[0])
START = int(datetime(2021, 11, 8, 9, tzinfo=TZ).timestamp())
CHENGDU = At(load_library(), "covid-19", "CN-510104", date(2021, 11, 8)).find("contact.companion", "phone")


def found(answer, **more):
    stays = [(0, CELL, START, START + 660), (1, CELL, START - 2 * 86_400, START + 660)]
    cells = CellIndex.from_segments(VisitIndex.from_arrays(*np.array(stays).T), grid=GRID)
    hits = companions(cells, [0], START, START + 3_600, answer, **more)
    return why_companion(hits, 0, case="C1", cell=GRID.name(CELL), tz=TZ)


def test_a_companion_in_words():
    words = found(CHENGDU)
    assert words.en == (
        "2021-11-08 09:00 to 2021-11-08 09:11: in grid cell E12N13 (edge 800 m) together with case C1 for 11 min "
        "(1 time(s), the longest 11 min); stay in that cell in the 14 days before: case 0.2 h, this person 48.2 h. "
        "Spatio-temporal companion by rule cn-covid-v8/contact.companion/phone/CN-51 (cn-covid-v8): together for "
        "more than 10 min at a time, and a stay of either of more than 30 h. No longer if they were together for "
        "10 min or less or neither stayed more than 30 h. Companions are advice: for a person to check; no "
        "restriction may rest on them."
    )
    assert words.zh == (
        "2021-11-08 09:00 至 2021-11-08 09:11 与病例 C1 在网格 E12N13（边长 800 米）同处 11 分钟（1 次，最长 11 分钟）；"
        "此前 14 天在该网格停留：病例 0.2 小时，本人 48.2 小时。按规则 cn-covid-v8/contact.companion/phone/CN-51"
        "（cn-covid-v8）为时空伴随者：一次同处超过 10 分钟，且任一方停留超过 30 小时。若同处不超过 10 分钟，"
        "或双方停留都不超过 30 小时，则不是。时空伴随只是提示：供人工核实，不能据此下达任何限制措施。"
    )


@pytest.mark.parametrize(
    ("value", "more", "en", "zh"),
    [
        (
            'grid_m = 800, min_minutes = 10, min_stay_hours = 30, stay_window_days = 14, join = "or"',
            {"stay_in": "area", "minutes_of": "total"},
            ("in all, or a stay", "min or less and neither", "stay in the area"),
            ("累计同处", "，或任一方", "，且双方", "全区域"),
        ),
        (
            'grid_m = 800, min_minutes = 10, join = "or"', {}, ("at a time. No longer if", "10 min or less. Comp"),
            ("一次同处超过 10 分钟。若同处不超过 10 分钟，则不是。",),
        ),
    ],
)  # fmt: skip
def test_other_rules_in_words(value, more, en, zh):
    words = found(
        at_rules(pack(rule("contact.companion", "phone", value))).find("contact.companion", "phone"), **more
    )
    assert [part for part in en if part not in words.en] == []
    assert [part for part in zh if part not in words.zh] == []


def test_somebody_near_in_words():
    at = START + np.array([0, 90, 0, 90])
    positions = Positions.from_metres(
        np.array([0, 0, 1, 1]), at, np.array([0, 0, 0.5, 0.5]), np.zeros(4), max_gap_s=90
    )
    hits = near(positions, [0], START, START + 99, metres=1, seconds=60)
    words = why_near(hits, 0, case="C1", metres=1, seconds=60, tz=TZ, rule=CHENGDU.rule)
    assert (
        "2021-11-08 09:00 to 2021-11-08 09:01: less than 1 m from case C1 for 90 s (1 time(s), nearest 0.5 m)"
        in words.en
    )
    assert (
        "By rule cn-covid-v8/contact.companion/phone/CN-51 (cn-covid-v8): less than 1 m for more than 60 s"
        in words.en
    )
    assert (
        "相距不足 1 米共 90 秒（1 次，最近 0.5 米）" in words.zh
        and "若每次距离达到 1 米或不超过 60 秒，则不是" in words.zh
    )
    bare = why_near(hits, 0, case="C1", metres=1, seconds=60, tz=TZ, rule=None)
    assert "No rule in force gives these numbers" in bare.en and "没有生效的规则" in bare.zh


def test_a_common_place_in_words():
    stays = [(p, 5, START, START + 3_600) for p in (0, 1, 7)] + [(p, 6, START, START + 9) for p in range(20)]
    hits = common_places(VisitIndex.from_arrays(*np.array(stays).T), [0, 1, 2], START - 99, START + 86_400)
    words = why_common_place(hits, 0, cases=["C1", "C2", "C3"], place="茶馆", tz=TZ, rule=None)
    assert words.en.startswith(
        "2 of 3 cases (C1, C2) were at place 茶馆 before onset, 2021-11-08 09:00 to 2021-11-08 10:00, 2 h together; "
        "1 other people were there meanwhile. 0.45 cases would be expected"
    )
    assert "rank 1. No rule in force" in words.en and "not a finding that this is the source" in words.en
    assert "3 例病例中有 2 例（C1、C2）发病前到过场所 茶馆" in words.zh and "不能认定为传染来源" in words.zh
    second = why_common_place(hits, 1, cases=["C1", "C2", "C3"], place="x", tz=TZ, rule=CHENGDU.rule)
    assert "3 of 3 cases" in second.en and "log likelihood ratio 0.0, rank 2. By rule" in second.en
