"""Why some of the thirty checks are not made: what they need that no table holds.

Chapter 10: said in the table, so that silence is never taken for "in order".
"""

from __future__ import annotations

from fireline.words import Words

NOT_CHECKED: dict[int, Words] = {
    2: Words(
        "数据表中没有逐级上报的时间；时限见任务（无完成记录）。",
        "Not checked: no table holds when a report was passed up the chain; the tasks hold when it is due.",
    ),
    3: Words("数据表中没有基层发热患者就诊。", "Not checked: no table holds visits of fever patients."),
    4: Words("数据表中没有发热门诊就诊与离开时间。", "Not checked: no table holds fever-clinic stays."),
    8: Words("数据表中没有区域检测轮次。", "Not checked: no table holds rounds of mass testing."),
    9: Words(
        "数据表中没有区域公布时间与首份报告的对照。", "Not checked: no table holds when a zone was published."
    ),
    24: Words(
        "数据表中没有发热门诊逐人检测和药店登记。",
        "Not checked: no table holds fever-clinic tests or pharmacy registers.",
    ),
    28: Words("数据表中没有队伍、演练和床位。", "Not checked: no table holds rosters, drills or beds."),
}
"""Numbers of the checks that are not made, each with its reason."""
