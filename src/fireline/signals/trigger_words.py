"""Sentences of a trigger: why it was raised, who verifies it by when, and what would make it false.

Chapter 5: read by trigger.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from fireline.signals.model import Alarm, Evidence
from fireline.words import Words, join_words

SPEAKS = 1.0
"""A stream speaks for an event whose evidence alone is e times likelier with one."""
WHO = Words("县（区）流行病学调查人员", "the county's epidemiologist")
GENERAL_DOUBTS = (
    Words(
        "如有补报、集中上报、重复上报或单位换算错误",
        "if figures came late or in a batch, were counted twice, or changed their unit",
    ),
    Words(
        "如已知其他原因可以解释：促销或囤药、体检或筛查、学校活动、定义或检测量改变",
        "if something else explains them: a sale or hoarding of drugs, a screening, a school event, "
        "a changed definition or more testing",
    ),
)


def number(value: float) -> str:
    """A figure as people read it: whole where it is large, else with one decimal."""
    return f"{value:.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.1f}"


def rate_words(per_month: float) -> Words:
    """How often something comes by chance."""
    if per_month >= 1.0:
        return Words(f"每月约 {number(per_month)} 次", f"about {number(per_month)} a month")
    years = 1.0 / (12.0 * per_month) if per_month > 0 else math.inf
    if years < 1.0:
        months = number(1.0 / per_month)
        return Words(f"约每 {months} 个月 1 次", f"about one in {months} months")
    if years < 100.0:
        return Words(f"约每 {number(years)} 年 1 次", f"about one in {number(years)} years")
    return Words("百年不足 1 次", "less than one in a hundred years")


def _one_stream(e: Evidence) -> Words:
    span_zh = f"{e.first_day}" if e.first_day == e.last_day else f"{e.first_day} 至 {e.last_day}"
    span_en = f"on {e.first_day}" if e.first_day == e.last_day else f"from {e.first_day} to {e.last_day}"
    found, level = number(e.observed), number(e.expected)
    return Words(
        f"{e.words.zh} {span_zh} 计 {found}，预期约 {level}",
        f"{e.words.en} {found} {span_en}, about {level} expected",
    )


def why_of_fusion(
    *,
    areas: Sequence[str],
    kind: tuple[str, Words, float],
    began: date,
    first_day: date,
    per_month: float,
    evidence: Sequence[Evidence],
    rules: Sequence[Alarm],
) -> Words:
    """Reason of a statistical trigger.

    Parameters
    ----------
    areas : codes of its clearest alarm
    kind : likeliest kind of event, its words and probability
    began, first_day : first infections, first day of the excess
    per_month : false alarms a month as rare
    evidence : of all streams, weightiest first
    rules : thresholds that were met as well
    """
    loud = [e for e in evidence if e.weight >= SPEAKS and e.first_day is not None] or list(evidence[:1])
    said = join_words(_one_stream(e) for e in loud)
    assert said is not None
    silent = [e for e in evidence if e.weight < 0 and e.first_day is not None]
    against = (
        Words(
            "；未见异常：" + "、".join(e.words.zh for e in silent),
            "; not raised: " + ", ".join(e.words.en for e in silent),
        )
        if silent
        else None
    )
    chance, share = rate_words(per_month), f"{100 * kind[2]:.0f}%"
    where = ", ".join(areas[:5]) + (f" (+{len(areas) - 5})" if len(areas) > 5 else "")
    text = Words(
        f"{where} 自 {first_day} 起多数据源升高：{said.zh}{against.zh if against else ''}。"
        f"最可能为{kind[1].zh}（{share}），首批感染约在 {began}。这样的组合在平时出现：{chance.zh}。",
        f"Several streams rose in {where} from {first_day}: {said.en}{against.en if against else ''}. "
        f"Most likely {kind[1].en.lower()} ({share}), first infections about {began}. "
        f"Such a combination comes by chance {chance.en}.",
    )
    met = join_words((a.why for a in rules), zh="", en=" ")
    return Words(text.zh + met.zh, f"{text.en} {met.en}") if met else text


def doubts(evidence: Sequence[Evidence], rules: Sequence[Alarm]) -> tuple[Words, ...]:
    """What would have to be true for a statistical trigger to be false, the most telling first."""
    found = []
    for e in [e for e in evidence if e.weight >= SPEAKS][:2]:
        if e.rate_without is not None:
            chance = rate_words(e.rate_without)
            found.append(
                Words(
                    f"如{e.words.zh}的数字有误：没有它，这样的组合在平时出现：{chance.zh}",
                    f"if the figures of {e.words.en} are wrong: without them it comes by chance {chance.en}",
                )
            )
    found += [
        Words(f"{e.words.zh}：{e.note.zh}", f"{e.words.en}: {e.note.en}")
        for e in evidence
        if e.note is not None and e.weight >= SPEAKS
    ]
    if rules:
        found.append(
            Words(
                "如达到阈值的病例有重复报告、被排除或不属同一单位",
                "if cases that met a threshold were reported twice, are discarded or not of one unit",
            )
        )
    return (*found, *GENERAL_DOUBTS)


def who_by(verify_by: date | None, within_h: float | None, rule_id: str) -> Words:
    """Who verifies, and by when under which rule."""
    if verify_by is None or within_h is None:
        return Words(
            f"{WHO.zh}核实；现行规则没有规定时限",
            f"{WHO.en} verifies; no rule in force sets a limit of time",
        )
    hours = f"{within_h:g}"
    return Words(
        f"{WHO.zh}于 {verify_by} 前核实（{hours} 小时内，规则 {rule_id}）",
        f"{WHO.en} verifies by {verify_by} (within {hours} h, rule {rule_id})",
    )
