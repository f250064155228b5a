"""Columns of the gap tables and the thirty checks by number.

Chapter 10: the one place where the shape of its tables stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fireline.words import Words

READS = (
    "cases",
    "contacts",
    "persons",
    "places",
    "visits",
    "positions",
    "tests",
    "arrivals",
    "lots",
    "risk_areas",
)
"""Canonical tables that check reads."""

CHECKS: dict[str, pl.DataType] = {
    "no": pl.Int64(),
    "kind": pl.String(),  # T timeliness, C completeness, P precision, O over-reach
    "title_zh": pl.String(),
    "title_en": pl.String(),
    "status": pl.String(),  # ok, found, not_computable, no_rule or not_checked
    "n_checked": pl.Int64(),
    "n_found": pl.Int64(),
    "note_zh": pl.String(),
    "note_en": pl.String(),
}

FINDINGS: dict[str, pl.DataType] = {
    "no": pl.Int64(),
    "side": pl.String(),  # too_little or too_much
    "subject_kind": pl.String(),
    "subject_id": pl.String(),
    "rule_id": pl.String(),
    "what_zh": pl.String(),
    "what_en": pl.String(),
}

TIMELINESS: dict[str, pl.DataType] = {
    "step": pl.String(),  # detect, notify or respond
    "start": pl.Date(),
    "stop": pl.Date(),
    "days": pl.Int64(),
    "target_days": pl.Float64(),
    "is_met": pl.Boolean(),
    "is_bottleneck": pl.Boolean(),
    "rule_id": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Title:
    """Kind and name of one check.

    Attributes
    ----------
    kind : T, C, P or O, or two of them joined by "/"
    words : Words
    """

    kind: str
    words: Words


TITLES: dict[int, Title] = {
    1: Title("T", Words("病例按时网络直报", "cases reported in time")),
    2: Title("T", Words("突发事件逐级报告", "event report passed up the chain in time")),
    3: Title("T", Words("基层发热患者按时报告", "fever patients of primary care reported in time")),
    4: Title(
        "T", Words("发热门诊按时出结果，未出结果不离开", "fever-clinic results in time, nobody left before")
    ),
    5: Title("T", Words("轨迹与初步报告按时完成", "trajectory and first report in time")),
    6: Title("T", Words("密接、次密接按时管控到位", "contacts placed in time")),
    7: Title(
        "T", Words("封控、管控区首轮检测按时完成", "first full round in sealed and managed areas in time")
    ),
    8: Title("T", Words("区域检测按时完成", "mass testing in time")),
    9: Title(
        "T", Words("区域已公布，并与首份报告核对", "zone published and checked against the first report")
    ),
    10: Title("T", Words("7-1-7 与瓶颈", "7-1-7 computed, bottleneck named")),
    11: Title("C", Words("追溯期轨迹完整", "look-back window fully covered")),
    12: Title("C", Words("每例病例有接触者或签字“无”", "each case has contacts, or a signed none")),
    13: Title("C", Words("接触者信息齐全", "each contact has class, last exposure, case and place")),
    14: Title("C/O", Words("应检尽检，不多检", "tests on every due day, not more than allowed")),
    15: Title("C/O", Words("管理期限不短不长，且有依据", "measures long enough, not longer, and by a rule")),
    16: Title("P", Words("解除条件齐备", "release conditions met")),
    17: Title("C", Words("解除后健康监测", "monitoring after release")),
    18: Title(
        "P", Words("密接转阳后次密接升级", "secondary contacts upgraded when their contact turns positive")
    ),
    19: Title("C/O", Words("时空伴随者：告知检测，不隔离", "companions told and tested, not quarantined")),
    20: Title("C", Words("来人员交接不断档", "every arrival handed over")),
    21: Title(
        "C/O",
        Words(
            "风险地区来人员有措施，其他人无措施", "arrivals from risk areas have their measure, others none"
        ),
    ),
    22: Title("C", Words("货物申报、检测、消毒、登记", "goods declared, tested, disinfected, traced")),
    23: Title("C", Words("重点岗位按频次检测", "key occupations inside their test interval")),
    24: Title(
        "C/O",
        Words(
            "发热门诊应检尽检；药店登记仅限应急",
            "fever clinics test all; pharmacy register only in emergency",
        ),
    ),
    25: Title(
        "P/O", Words("区域有病例依据且不超规定单位", "zones rest on cases and are not larger than allowed")
    ),
    26: Title("P/O", Words("区域不早解不晚解", "zones lifted neither early nor late")),
    27: Title("C", Words("场所限流与活动备案", "venues under their cap, events with a plan")),
    28: Title("C", Words("队伍、演练、床位、平急转换", "rosters, drills, beds, switch to emergency")),
    29: Title("O", Words("数据：目的、期限、公开文本", "data: purpose, retention, public text")),
    30: Title("O/P", Words("所引规则有效且可作依据", "cited rules in force and fit to act on")),
}
"""The thirty checks: number -> kind and title."""


def empty_findings() -> pl.DataFrame:
    """A findings table without rows."""
    return pl.DataFrame(schema=FINDINGS)


ORDERS: dict[str, pl.DataType] = {
    "zone_id": pl.String(),
    "level": pl.String(),
    "unit_ids": pl.List(pl.String()),  # units of the order at this level
    "ring": pl.List(pl.String()),  # units of the order at every level
    "population": pl.Int64(),
    "signed_at": pl.Datetime("us", time_zone="UTC"),
    "lifted_at": pl.Datetime("us", time_zone="UTC"),  # null while it stands
    "reason": pl.String(),  # signed reason for lifting before the rule's conditions hold; "" = none
}
"""Zones that people ordered, one row per zone and level: what check 26 judges beside the drawn ones."""


def empty_orders() -> pl.DataFrame:
    """An order table without rows."""
    return pl.DataFrame(schema=ORDERS)
