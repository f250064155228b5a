"""The investigation in plain words: counts, the curve's shape, what exposure stands out and how surely.

Chapter 6: reads describe's result, is read by the faces and by the initial report.
"""

from __future__ import annotations

from datetime import datetime
from math import isinf
from zoneinfo import ZoneInfo

from fireline.investigations.model import Investigation
from fireline.words import Words

CLASS_WORDS = {
    "confirmed": Words(zh="确诊", en="confirmed"),
    "probable": Words(zh="临床诊断", en="probable"),
    "suspected": Words(zh="疑似", en="suspected"),
    "asymptomatic": Words(zh="无症状", en="asymptomatic"),
    "discarded": Words(zh="排除", en="discarded"),
    "unclassified": Words(zh="未分类", en="unclassified"),
}

STEP_WORDS = {
    "1h": Words(zh="每小时", en="hour"),
    "3h": Words(zh="每3小时", en="3 hours"),
    "1d": Words(zh="每日", en="day"),
    "1w": Words(zh="每周", en="week"),
}


def moment(at: datetime, tz: ZoneInfo, *, has_hour: bool) -> Words:
    """A moment in local time, with its hour only where one is known."""
    local = at.astimezone(tz)
    if not has_hour:
        return Words(zh=f"{local.year}年{local.month}月{local.day}日", en=f"{local:%Y-%m-%d}")
    return Words(zh=f"{local.year}年{local.month}月{local.day}日{local:%H:%M}", en=f"{local:%Y-%m-%d %H:%M}")


def figure(value: float | None, digits: int = 2) -> str:
    """A number for a sentence: "∞" for infinity, "-" where not computable."""
    if value is None:
        return "-"
    return "∞" if isinf(value) else f"{value:.{digits}f}"


def rate(value: float | None) -> str:
    """A share in percent with one decimal, "-" where not computable."""
    return "-" if value is None else f"{100 * value:.1f}%"


def counts(found: Investigation) -> Words:
    """How many cases of which class."""
    summary = found.summary
    by_class = summary["n_by_class"]
    names = [n for n in CLASS_WORDS if n in by_class]
    zh = "、".join(f"{CLASS_WORDS[n].zh}{by_class[n]}例" for n in names)
    en = ", ".join(f"{by_class[n]} {CLASS_WORDS[n].en}" for n in names)
    if not names:
        return Words(zh="没有病例。", en="There are no cases.")
    return Words(zh=f"共{summary['n_cases']}例：{zh}。", en=f"{summary['n_cases']} cases: {en}.")


def time_course(found: Investigation, tz: ZoneInfo) -> Words:
    """First and last onset and the peak of the curve, with the precision the data have."""
    summary = found.summary
    if summary["peak_start"] is None:
        return Words(zh="没有可用的时间，无法描述时间分布。", en="No usable dates: no distribution in time.")
    hours = summary["curve_step"] in ("1h", "3h")
    basis = {"onset": ("发病", "onset"), "sampled": ("采样", "sampling"), "reported": ("报告", "report")}[
        summary["curve_basis"]
    ]
    top = moment(summary["peak_start"], tz, has_hour=hours)
    step = STEP_WORDS[summary["curve_step"]]
    zh = f"按{basis[0]}时间{step.zh}统计，高峰始于{top.zh}（{summary['peak_count']}例）。"
    en = f"By {basis[1]} per {step.en}, the peak starts at {top.en} ({summary['peak_count']} cases)."
    if summary["curve_basis"] == "onset":
        first = moment(summary["first_onset"], tz, has_hour=hours)
        last = moment(summary["last_onset"], tz, has_hour=hours)
        zh = f"首例{first.zh}发病，末例{last.zh}发病。{zh}"
        en = f"First onset {first.en}, last onset {last.en}. {en}"
    if summary["n_undated"]:
        zh += f"{summary['n_undated']}例没有{basis[0]}时间，未画入曲线。"
        en += f" {summary['n_undated']} cases have no {basis[1]} time and are not on the curve."
    return Words(zh=zh, en=en)


def exposure(found: Investigation) -> Words:
    """The exposure that stands out, with its interval, and what the table cannot say."""
    table = found.attack.filter(found.attack["risk_ratio"].is_not_null())
    if table.is_empty():
        return Words(
            zh="没有可比较的暴露资料，暂不能提出可疑暴露。",
            en="No exposure can be compared: no suspected exposure can be named.",
        )
    clear = table.filter((table["risk_low"] > 1) & (table["p"] < 0.05))
    if clear.is_empty():
        return Words(
            zh=f"比较了{table.height}项暴露，没有一项与发病有统计学关联。",
            en=f"{table.height} exposures were compared; none is clearly associated with illness.",
        )
    row = clear.sort(["risk_low", "item"], descending=[True, False]).row(0, named=True)
    unknown = row["unknown_ill"] + row["unknown_well"]
    zh = (
        f"“{row['item']}”最可疑：暴露者罹患率{rate(row['exposed_rate'])}"
        f"（{row['exposed_ill']}/{row['exposed_ill'] + row['exposed_well']}），"
        f"未暴露者{rate(row['unexposed_rate'])}"
        f"（{row['unexposed_ill']}/{row['unexposed_ill'] + row['unexposed_well']}），"
        f"相对危险度{figure(row['risk_ratio'])}（95%区间{figure(row['risk_low'])}至{figure(row['risk_high'])}）。"
    )
    en = (
        f"{row['item']} stands out: attack rate {rate(row['exposed_rate'])} among the exposed "
        f"({row['exposed_ill']}/{row['exposed_ill'] + row['exposed_well']}), {rate(row['unexposed_rate'])} "
        f"among the others ({row['unexposed_ill']}/{row['unexposed_ill'] + row['unexposed_well']}), "
        f"risk ratio {figure(row['risk_ratio'])} "
        f"(95% interval {figure(row['risk_low'])} to {figure(row['risk_high'])})."
    )
    if unknown:
        zh += f"{unknown}人该项不详，未计入。"
        en += f" {unknown} people's answer is not known; they are in neither group."
    if clear.height > 1:
        zh += f"另有{clear.height - 1}项也有关联，需分层分析以排除混杂。"
        en += f" {clear.height - 1} more are associated too: stratify before naming a cause."
    return Words(zh=zh, en=en)
