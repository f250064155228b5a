"""Why a unit is in or out of a zone, in words, in both languages.

Chapter 8: every row of every zone table carries one of these sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fireline.policy.model import Answer, Status
from fireline.words import Words

LEVEL_WORDS = {
    "sealed": Words("封控区", "sealed area"),
    "managed": Words("管控区", "managed area"),
    "precaution": Words("防范区", "precaution area"),
}

HOW_WORDS = {
    "same_id": Words("住址编号即单元编号", "the place's id is the unit's id"),
    "outline": Words("坐标落在单元边界内", "the point lies inside the unit's outline"),
    "nearest": Words("取同一乡镇内最近的单元中心", "nearest unit centre of the same township"),
    "not_found": Words("无法归入任何单元", "it cannot be given to any unit"),
}

_CONCEPT_WORDS = {
    "contact.lookback": Words("密接追溯", "look-back for contacts"),
    "contact.class": Words("接触者判定", "classes of contacts"),
    "measure": Words("人员管理措施", "measures for people"),
    "followup": Words("接触者随访", "follow-up of contacts"),
    "prophylaxis": Words("暴露后预防", "prophylaxis after exposure"),
    "exclusion": Words("停课停工隔离", "exclusion from school or work"),
    "deadline": Words("报告时限", "reporting deadlines"),
}


def how_words(how: str, distance_m: float | None) -> Words:
    """How a unit was found, with the distance where one was used."""
    base = HOW_WORDS[how]
    if distance_m is None:
        return base
    return Words(f"{base.zh}，相距 {distance_m:.0f} 米", f"{base.en}, {distance_m:.0f} m away")


def _list(ids: Sequence[str], limit: int = 3) -> Words:
    shown = list(ids[:limit])
    more = len(ids) - len(shown)
    zh = "、".join(shown) + (f" 等 {len(ids)} 个" if more else "")
    en = ", ".join(shown) + (f" and {more} more" if more else "")
    return Words(zh, en)


def inside(
    level: str,
    *,
    rule_id: str,
    home_of: Sequence[str] = (),
    visited_by: Sequence[str] = (),
    next_to: Sequence[str] = (),
    too_large: str = "",
) -> Words:
    """Sentence of a unit that is in a level: whose home, who visited, next to which unit, by which rule.

    Parameters
    ----------
    level : one of LEVEL_WORDS
    home_of, visited_by : case ids
    next_to : ids of neighbouring units where cases live
    too_large : the largest unit kind the rule allows, when this unit is larger
    """
    zh, en = [], []
    if home_of:
        who = _list(home_of)
        zh.append(f"病例 {who.zh} 住在本单元")
        en.append(f"home of case {who.en}")
    if visited_by:
        who = _list(visited_by)
        zh.append(f"病例 {who.zh} 在传染期内到过本单元")
        en.append(f"visited by case {who.en} while infectious")
    if next_to:
        who = _list(next_to)
        zh.append(f"与病例所在单元 {who.zh} 相邻")
        en.append(f"next to the cases' unit {who.en}")
    if not zh:
        zh.append("本县其余部分")
        en.append("rest of the county")
    name = LEVEL_WORDS[level]
    tail_zh = f"；本单元大于规则允许的最大单位（{too_large}），须说明理由" if too_large else ""
    tail_en = f"; larger than the rule allows ({too_large}): a signed reason is needed" if too_large else ""
    return Words(
        f"划入{name.zh}：{'，'.join(zh)}；依据 {rule_id}{tail_zh}。",
        f"In the {name.en}: {', '.join(en)}; by {rule_id}{tail_en}.",
    )


def outside(*, last_case_days: int | None = None, lift_days: int | None = None) -> Words:
    """Sentence of a unit that is in no level."""
    if last_case_days is not None and lift_days is not None:
        return Words(
            f"不划入：最近一例已过 {last_case_days} 天，达到规则的 {lift_days} 天；解除条件另表。",
            f"Not in a zone: the latest case here is {last_case_days} days old and the rule asks for "
            f"{lift_days}; see the lifting table.",
        )
    return Words(
        "不划入：没有病例居住，传染期内没有病例到过，也不与病例所在单元相邻。",
        "Not in a zone: no case lives here, none came while infectious, and no case's unit is next to it.",
    )


def no_rule(
    answers: Mapping[str, Answer], *, disease: str, area: str, allowed: Sequence[str]
) -> tuple[Words, ...]:
    """Why nothing is drawn, and which measures are allowed instead.

    Parameters
    ----------
    answers : level -> answer of zone.define
    allowed : concepts that do have a rule in force
    """
    notes = []
    for level, answer in answers.items():
        name = LEVEL_WORDS[level]
        if answer.status is Status.ASK:
            notes.append(
                Words(
                    f"{name.zh}：各来源的规定不一致，须由人决定，系统不划定。",
                    f"{name.en}: sources conflict; a person decides, nothing is drawn.",
                )
            )
        elif answer.status is Status.ADVICE:
            notes.append(
                Words(
                    f"{name.zh}：只有建议（{answer.rule_id}），没有可依据的规定，系统不划定。",
                    f"{name.en}: only advice ({answer.rule_id}), no rule to act on; nothing is drawn.",
                )
            )
        elif answer.status is Status.OFF:
            notes.append(
                Words(
                    f"{name.zh}：现行规定 {answer.rule_id} 停用此项措施，系统不划定。",
                    f"{name.en}: the rule in force, {answer.rule_id}, switches it off; nothing is drawn.",
                )
            )
        else:
            notes.append(
                Words(
                    f"{name.zh}：{area} 当日没有针对 {disease} 的有效规定，系统不划定。",
                    f"{name.en}: no rule for {disease} is in force in {area} on this date; nothing is drawn.",
                )
            )
    if allowed:
        zh = "、".join(_CONCEPT_WORDS[c].zh for c in allowed)
        en = ", ".join(_CONCEPT_WORDS[c].en for c in allowed)
        notes.append(Words(f"现行规定允许的措施：{zh}。", f"What the rules in force do allow: {en}."))
    return tuple(notes)


def concepts_with_words() -> tuple[str, ...]:
    """Concepts that ``no_rule`` can name as allowed, in reading order."""
    return tuple(_CONCEPT_WORDS)


def concept_words(concept: str) -> Words:
    """Name of a concept that ``no_rule`` can name as allowed."""
    return _CONCEPT_WORDS[concept]
