"""Why a person is a contact, in words: where, when, how long, by which rule, and what would change it.

Chapter 7: read by find for every row and by the faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fireline.contacts.classify import Verdict
from fireline.policy.terms import term
from fireline.words import Words

CLASS_WORDS = {
    "close": Words("密切接触者", "close contact"),
    "secondary": Words("密接的密接", "secondary contact"),
    "companion": Words("时空伴随者", "spatio-temporal companion"),
    "general": Words("一般接触者", "general contact"),
    "unclassified": Words("未判定", "not classified"),
}

_FACTS = {
    "overlap_minutes": Words("同处时间（分钟）", "minutes together"),
    "is_household": Words("同住", "lives in the same household"),
    "is_stated": Words("有人指认", "named as a contact"),
    "is_manifest": Words("同乘名单", "on the same manifest"),
    "place_kind": Words("场所类别", "kind of place"),
    "same_seat_zone": Words("同一座位区", "same seat zone"),
    "same_day_place": Words("同日同地", "same place on the same day"),
    "distance_m": Words("距离（米）", "distance in metres"),
    "seat_rows_apart": Words("座位相隔排数", "seat rows apart"),
    "same_carriage": Words("同一车厢", "same carriage"),
    "is_care": Words("诊治或护理", "care or treatment"),
    "is_physical": Words("身体接触", "physical contact"),
    "is_unprotected": Words("无有效防护", "without effective protection"),
    "is_shared_air": Words("共用空气的密闭空间", "shared air in a closed space"),
    "is_susceptible": Words("无免疫力", "not immune"),
    "flight_hours": Words("飞行小时数", "hours of flight"),
    "cumulative_hours_week": Words("一周累计小时数", "hours together in a week"),
    "days_after_case_left": Words("病例离开后的天数", "days after the case left"),
    "minutes_after_case_left": Words("病例离开后的分钟数", "minutes after the case left"),
    "grid_overlap_minutes": Words("同网格停留分钟数", "minutes together in a grid cell"),
    "grid_m": Words("网格边长（米）", "edge of a grid cell in metres"),
    "stay_hours_14d": Words("14 天内停留小时数", "hours of stay in 14 days"),
    "contact_of": Words("接触对象", "contact of"),
}
_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "eq": "=", "ne": "≠", "in": "∈"}


def condition(tree: Mapping[str, Any]) -> Words:
    """A predicate tree as one phrase in both languages."""
    if "fact" in tree:
        name = _FACTS.get(str(tree["fact"]), Words(str(tree["fact"]), str(tree["fact"]).replace("_", " ")))
        tests = [(sign, tree[key]) for key, sign in _SIGNS.items() if key in tree]
        if tests == [("=", True)]:
            return name
        if tests == [("=", False)]:
            return Words(f"非{name.zh}", f"not: {name.en}")
        shown = [(sign, _value(str(tree["fact"]), value)) for sign, value in tests]
        zh = " ".join(f"{sign} {value.zh}" for sign, value in shown)
        en = " ".join(f"{sign} {value.en}" for sign, value in shown)
        return Words(f"{name.zh} {zh}", f"{name.en} {en}")
    for join, zh, en in (("any", " 或 ", " or "), ("all", " 且 ", " and ")):
        if join in tree:
            parts = [condition(node) for node in tree[join]]
            if len(parts) == 1:
                return parts[0]
            return Words(f"（{zh.join(p.zh for p in parts)}）", f"({en.join(p.en for p in parts)})")
    below = tree["not"]
    inner = condition(below[0] if isinstance(below, list | tuple) else below)
    return Words(f"非{inner.zh}", f"not {inner.en}")


def _value(fact: str, found: Any) -> Words:
    if isinstance(found, list | tuple):
        each = [_value(fact, one) for one in found]
        return Words("/".join(w.zh for w in each), "/".join(w.en for w in each))
    if isinstance(found, str):
        return CLASS_WORDS[found] if fact == "contact_of" and found in CLASS_WORDS else term(fact, found)
    return Words.same(f"{found:g}" if isinstance(found, float) else str(found))


def local(at: datetime | None, tz: ZoneInfo, precision: str | None) -> str:
    """A moment as people of the jurisdiction write it; a date when only the date is known."""
    if at is None:
        return "?"
    text = at.astimezone(tz).isoformat(" ")
    return text[:10] if precision in ("day", None) else text[:16]


def _seen(row: Mapping[str, Any], tz: ZoneInfo) -> Words:
    """What the data say of the pair."""
    case = row["case_id"]
    first, last = (local(row[c], tz, row["precision"]) for c in ("first_exposure", "last_exposure"))
    parts: list[Words] = []
    if row["is_stated"]:
        parts.append(Words(f"被指认为病例 {case} 的接触者", f"named as a contact of case {case}"))
    if row["is_household"]:
        parts.append(Words(f"与病例 {case} 同住", f"same household as case {case}"))
    if row["is_manifest"]:
        rows = row["seat_rows_apart"]
        zh = f"与病例 {case} 同乘" + ("" if rows is None else f"，相隔 {rows} 排")
        en = f"same conveyance as case {case}" + ("" if rows is None else f", {rows} rows apart")
        parts.append(Words(zh, en))
    if row["place_id"] is not None:
        where = row["place_id"]
        if row["overlap_s"] is None:
            parts.append(
                Words(
                    f"与病例 {case} 在同一天到过场所 {where}"
                    f"（共 {row['episodes']} 天；只有日期，无法计算时长）",
                    f"at place {where} on the same day as case {case} "
                    f"({row['episodes']} day(s); minutes not computable, dates only)",
                )
            )
        else:
            minutes = f"{row['overlap_s'] / 60:.0f}"
            hourly = row["precision"] == "hour"
            parts.append(
                Words(
                    f"与病例 {case} 同处 {minutes} 分钟（{row['episodes']} 次，主要在场所 {where}"
                    + ("；时间精确到小时）" if hourly else "）"),
                    f"together with case {case} for {minutes} min "
                    f"({row['episodes']} meeting(s), mostly at place {where}"
                    + ("; times to the hour)" if hourly else ")"),
                )
            )
    if row["first_exposure"] is not None:
        parts.append(Words(f"暴露 {first} 至 {last}", f"exposed {first} to {last}"))
    return Words("；".join(p.zh for p in parts), "; ".join(p.en for p in parts))


def why(
    row: Mapping[str, Any],
    verdict: Verdict,
    *,
    tz: ZoneInfo,
    stated_class: str | None,
    rest: Words | None = None,
) -> Words:
    """The whole reason for one row: what was seen, by which rule, and what would change the class.

    Parameters
    ----------
    row : mapping   one row of merged evidence
    verdict : Verdict
    tz : time zone in which times are told
    stated_class : str or None   the class the source wrote
    rest : Words or None   the rule's condition, where the caller has it already
    """
    seen = _seen(row, tz)
    cls = CLASS_WORDS[verdict.cls]
    if stated_class is not None and verdict.answer is None:
        return Words(f"{seen.zh}。来源写明为{cls.zh}。", f"{seen.en}. The source states: {cls.en}.")
    if verdict.answer is None or verdict.answer.rule is None:
        return Words(
            f"{seen.zh}。没有生效的判定规则，未判定。",
            f"{seen.en}. No class rule is in force that decides it: not classified.",
        )
    rule = verdict.answer.rule
    rest = rest or condition(verdict.answer.value or {})
    if verdict.is_open:
        return Words(
            f"{seen.zh}。按规则 {rule.id} 需知：{rest.zh}；现有事实不足，未判定。",
            f"{seen.en}. Rule {rule.id} asks: {rest.en}; the facts at hand do not decide: not classified.",
        )
    return Words(
        f"{seen.zh}。按规则 {rule.id}（{rule.edition}）为{cls.zh}。若不再满足“{rest.zh}”，类别即改变。",
        f"{seen.en}. {cls.en.capitalize()} by rule {rule.id} ({rule.edition}). "
        f"The class changes if this no longer holds: {rest.en}.",
    )


def why_secondary(
    row: Mapping[str, Any], verdict: Verdict, *, tz: ZoneInfo, close_person: str, rest: Words | None = None
) -> Words:
    """Reason for a secondary contact: as why, with the close contact between."""
    inner = why({**row, "case_id": close_person}, verdict, tz=tz, stated_class=None, rest=rest)
    return Words(
        f"经病例 {row['case_id']} 的密切接触者 {close_person}："
        + inner.zh.replace(f"病例 {close_person}", close_person),
        f"through close contact {close_person} of case {row['case_id']}: "
        + inner.en.replace(f"case {close_person}", close_person),
    )
