"""Says what an alarm saw, what was expected, by which rule, what would make it false, and how grave it is.

Chapter 5: read by aberrations and thresholds.
"""

from __future__ import annotations

import hashlib
from datetime import date

from fireline.policy.terms import stream_words
from fireline.words import Words

STRONG = 5.0
"""Standard deviations above the baseline from which a statistical alarm is "medium"."""

UNITS = {
    "collective": Words("同一集体单位", "one collective unit"),
    "school": Words("同一学校", "one school"),
    "household": Words("同一家庭", "one household"),
    "community": Words("同一社区", "one community"),
    "township": Words("同一乡镇", "one township"),
    "county": Words("同一县", "one county"),
    "any": Words("全部数据", "all data"),
}


def alarm_id(*parts: str) -> str:
    """Id of an alarm, the same for the same event in every run."""
    return "S" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:12].upper()


def level_of_statistic(methods: tuple[str, ...], *, peak: float, n_steps: int) -> str:
    """Level of a statistical alarm.

    Parameters
    ----------
    methods : tuple of str   methods that alarmed during the event
    peak : float   largest C1 or C2 statistic during the event
    n_steps : int   steps of the event on which C1 or C2 alarmed

    Returns
    -------
    str   "very_low": only C3, which sums small excesses; "low": C1 or C2 on one step; "medium": C1 or C2 on
    two steps or more, or STRONG deviations above. A statistic alone is never "high": somebody has to look.
    """
    if set(methods) == {"C3"}:
        return "very_low"
    return "medium" if n_steps >= 2 or peak >= STRONG else "low"


def level_of_threshold(*, is_advice: bool, is_first_only: bool) -> str:
    """Level of a fixed threshold: "high" when a rule in force is met, "medium" for a first case of the year
    alone, "low" when the threshold is only advice.
    """
    if is_advice:
        return "low"
    return "medium" if is_first_only else "high"


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def words_of_statistic(
    *,
    stream: str,
    area_code: str,
    day: date,
    until: date,
    observed: float,
    expected: float,
    upper: float,
    methods: tuple[str, ...],
    shown: str,
    step_days: int,
) -> Words:
    """Reason of a statistical alarm in both languages."""
    step_zh, step_en = ("周", "weeks") if step_days == 7 else ("天", "days")
    span_zh = "" if until == day else f"，持续至 {until}"
    span_en = "" if until == day else f", going on until {until}"
    where_zh, where_en = (f"（{area_code}）", f" in {area_code}") if area_code else ("", "")
    all_methods = "+".join(methods)
    name = stream_words(stream)
    return Words(
        f"{day}{where_zh} {name.zh}计 {_number(observed)}；按此前 7 {step_zh}推算约 {_number(expected)}，"
        f"上限 {_number(upper)}（EARS {shown}；触发 {all_methods}）{span_zh}。"
        "如系补报、集中上报、检测增加、漏报日或定义变化所致，则此信号不成立。",
        f"{name.en}{where_en}: {_number(observed)} on {day}; about {_number(expected)} expected from the 7 "
        f"{step_en} before, limit {_number(upper)} (EARS {shown}; alarmed: {all_methods}){span_en}. "
        "It would be false if late or batched reports, more testing, unreported days or a changed definition "
        "explain it.",
    )


def words_of_threshold(
    *,
    where: str,
    unit: str,
    day: date,
    until: date,
    observed: int,
    limit: int,
    window_days: int,
    what: Words,
    rule_id: str,
    is_advice: bool,
) -> Words:
    """Reason of a threshold alarm in both languages."""
    unit_words = UNITS[unit]
    span_zh = "" if until == day else f"，至 {until} 仍满足"
    span_en = "" if until == day else f", still met on {until}"
    advice_zh = "（仅供参考）" if is_advice else ""
    advice_en = " (advice only)" if is_advice else ""
    return Words(
        f"{day}：{unit_words.zh}（{where}）{window_days} 天内{what.zh} {observed}，"
        f"达到规则 {rule_id}{advice_zh} 的 {limit}{span_zh}。"
        "若有重复报告、病例被排除或并非同一单位，则此信号不成立。",
        f"{day}: {observed} {what.en} within {window_days} day(s) in {unit_words.en} ({where}); "
        f"rule {rule_id}{advice_en} asks for {limit}{span_en}. "
        "It would be false if a report was counted twice, a case is discarded, "
        "or they do not belong to the same unit.",
    )


def words_of_first(*, where: str, unit: str, day: date, rule_id: str, is_advice: bool) -> Words:
    """Reason of a first case of the year in both languages."""
    unit_words = UNITS[unit]
    advice_zh = "（仅供参考）" if is_advice else ""
    advice_en = " (advice only)" if is_advice else ""
    return Words(
        f"{day}：{unit_words.zh}（{where}）{day.year} 年首例（规则 {rule_id}{advice_zh}）。"
        "若本年更早的病例不在数据中，则此信号不成立。",
        f"{day}: first case of {day.year} in {unit_words.en} ({where}), rule {rule_id}{advice_en}. "
        "It would be false if an earlier case of the year is not in the data.",
    )
