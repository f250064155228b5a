"""Says what R, the trend and the nowcast are, what they assume, and when they are not to be trusted.

Chapter 5: read by rt, nowcast, assess and the report.
"""

from __future__ import annotations

import math
from datetime import date

from fireline.signals.renewal.model import SerialInterval
from fireline.words import Words

BASES = {
    "onset": Words("按发病日", "by day of onset"),
    "reported": Words("按报告日", "by day of report"),
    "sampled": Words("按采样日", "by day of sampling"),
}
_CORRECTED = Words("，已按报告延迟校正；", ", corrected for reports still to come; ")
TREND_WORDS = {
    "rising": Words("上升", "rising"),
    "stable": Words("平稳", "stable"),
    "falling": Words("下降", "falling"),
    "unclear": Words("尚不明确", "unclear"),
}


def _number(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def words_of_imprecise(n_least: int, aimed: float) -> Words:
    """Warning: a window has too few cases for the precision aimed at."""
    return Words(
        f"部分时间窗的本地病例少于 {n_least} 例，再生数的变异系数超过 {aimed:g}：只作参考，先看病例本身。",
        f"Some windows hold fewer than {n_least} local cases, so that the coefficient of variation of "
        "R exceeds "
        f"{aimed:g}: look at the cases first.",
    )


def words_of_early(si_mean: float) -> Words:
    """Warning: a window ends before one mean serial interval has passed since the first case."""
    return Words(
        f"部分时间窗距首例不足一个平均代间距（{_number(si_mean)} 天）：此时的再生数偏高且不可靠。",
        f"Some windows end within one mean serial interval ({_number(si_mean)} days) of the first "
        "case: too early, "
        "R is not reliable there.",
    )


def words_of_early_report(n: int, row: int) -> Words:
    """Fault: reports before onset."""
    return Words(
        f"发病与报告日期：有 {n} 例报告早于发病（第一处为第 {row} 行，从 0 计）；允许：报告日不早于发病日；"
        "请更正日期，或先剔除这些病例",
        f"onset and report: {n} case(s) were reported before their onset (the first in row {row}, "
        "counted from 0); "
        "allowed: a report on the day of onset or later; correct the dates or leave these cases out",
    )


def words_of_interval(interval: SerialInterval) -> Words:
    """The serial interval an estimate assumes and where it stands."""
    mean, sd = f"{interval.mean_days:g}", f"{interval.sd_days:g}"
    zh = f"代间距按平均 {mean} 天、标准差 {sd} 天（来源：{interval.source}"
    en = f"a serial interval of {mean} days (sd {sd}; source: {interval.source}"
    if not interval.is_sd_verified:
        zh, en = f"{zh}；标准差未核实", f"{en}; the sd is not verified"
    return Words(f"{zh}）", f"{en})")


def words_of_rt(
    *,
    first_day: date,
    last_day: date,
    median: float,
    low: float,
    high: float,
    n_cases: int,
    basis: str,
    interval: SerialInterval,
    is_corrected: bool = False,
) -> Words:
    """The effective reproduction number of one window, its interval, its assumptions and its limits.

    Parameters
    ----------
    first_day, last_day : date   of the window
    median, low, high : float   of the posterior; low and high bound 90 %
    n_cases : int   cases of the window
    basis : one of BASES
    interval : SerialInterval
    is_corrected : bool   whether cases still to be reported were allowed for
    """
    n_days = (last_day - first_day).days + 1
    by, assumed = BASES[basis], words_of_interval(interval)
    late = _CORRECTED if is_corrected else Words("；", "; ")
    doubt = (
        Words("报告快慢刚有变化", "reports have just become faster or slower")
        if is_corrected
        else Words("最近几天尚未报齐", "the last days are not all reported")
    )
    return Words(
        f"截至 {last_day} 的 {n_days} 天（{by.zh}，{n_cases} 例）：有效再生数 R 约 {_number(median)}"
        f"（90% 可信区间 {_number(low)}～{_number(high)}）{late.zh}{assumed.zh}。"
        f"如检测或报告方式改变、多人由同一来源感染、输入病例未标明或{doubt.zh}，则此数不可靠。",
        f"R about {_number(median)} (90 %: {_number(low)}-{_number(high)}) over the {n_days} days to "
        f"{last_day}, {by.en}, {n_cases} cases{late.en}assumes {assumed.en}. Not reliable when testing or "
        "reporting changed, many were infected by one common source, imported cases are not marked, "
        f"or {doubt.en}.",
    )


def words_of_trend(
    *,
    label: str,
    probability: float,
    rate: float,
    low: float,
    high: float,
    n_days: int,
    last_day: date,
    band: float,
    is_corrected: bool = False,
) -> Words:
    """Trend of the last days with its probability and the time to double or to halve.

    Parameters
    ----------
    label : one of model.TRENDS
    probability : float   of that class; of the likeliest class where the trend is unclear
    rate, low, high : float   growth per day and the bounds of 90 %
    n_days : int   days looked at
    last_day : date
    band : float   growth per day that counts as stable
    is_corrected : bool   whether cases still to be reported were allowed for
    """
    name = TREND_WORDS[label]
    change = [math.expm1(r) for r in (rate, low, high)]
    zh = (
        f"截至 {last_day} 的 {n_days} 天趋势：{name.zh}（概率 {_percent(probability)}）；"
        f"每天变化 {change[0]:+.0%}（90% 区间 {change[1]:+.0%}～{change[2]:+.0%}）"
    )
    en = (
        f"Trend of the {n_days} days to {last_day}: {name.en} (probability {_percent(probability)}); "
        f"{change[0]:+.0%} a day (90 %: {change[1]:+.0%} to {change[2]:+.0%})"
    )
    if label == "unclear":
        zh = f"{zh}，三类中最可能的一类也只有这一概率"
        en = f"{en}: no class is likelier than that"
    elif label == "stable":
        days = math.log(2) / band if band > 0 else math.inf
        zh, en = (
            f"{zh}，即倍增或减半至少需 {days:.0f} 天",
            f"{en}: {days:.0f} days or more to double or to halve",
        )
    else:
        said = _doubling(rate, low, high)
        zh, en = f"{zh}，{said.zh}", f"{en}, {said.en}"
    if is_corrected:
        zh, en = zh + _CORRECTED.zh.rstrip("；"), en + _CORRECTED.en.rstrip("; ")
    return Words(f"{zh}。", f"{en}.")


def _doubling(rate: float, low: float, high: float) -> Words:
    """Days to double or halve; one-sided where the interval of the rate holds zero."""
    what = Words("倍增", "doubling") if rate > 0 else Words("减半", "halving")
    near, far = (high, low) if rate > 0 else (-low, -high)
    days, soonest = math.log(2) / abs(rate), math.log(2) / near
    if far > 0:
        latest = math.log(2) / far
        return Words(
            f"约 {days:.0f} 天{what.zh}（{soonest:.0f}～{latest:.0f} 天）",
            f"{what.en} in about {days:.0f} days ({soonest:.0f} to {latest:.0f})",
        )
    return Words(
        f"约 {days:.0f} 天{what.zh}（最快 {soonest:.0f} 天）",
        f"{what.en} in about {days:.0f} days, at the soonest in {soonest:.0f}",
    )


def words_of_silence(*, from_day: date, last_day: date, n_least: int) -> Words:
    """Since when there are too few cases for an R and a trend.

    Parameters
    ----------
    from_day, last_day : date   the days without
    n_least : int   cases that a window would need
    """
    return Words(
        f"{from_day} 至 {last_day}，时间窗内病例少于 {n_least} 例，不给出再生数和趋势。",
        f"From {from_day} to {last_day} the windows hold fewer than {n_least} cases: no R and no trend.",
    )


def words_of_nowcast(
    *,
    from_day: date,
    last_day: date,
    reported: float,
    expected: float,
    newest: tuple[float, float, float, float],
    max_delay: int,
    n_beyond: int,
) -> Words:
    """What is still to be reported of the newest days of onset.

    Parameters
    ----------
    from_day, last_day : date   days that are not yet reported in full
    reported, expected : float   cases of these days so far, and once all reports are in
    newest : (reported, expected, low, high) of the last day
    max_delay : int   longest delay expected, in days
    n_beyond : int   cases that took longer
    """
    share = _percent(min(1.0, reported / expected)) if expected > 0 else "100%"
    now, later, low, high = newest
    zh = (
        f"{from_day} 至 {last_day} 发病者尚未报齐：已报 {reported:.0f} 例，约占最终的 {share}。"
        f"{last_day} 已报 {now:.0f} 例，最终约 {later:.0f} 例（90% 区间 {low:.0f}～{high:.0f}）；"
        f"延迟按不超过 {max_delay} 天计"
    )
    en = (
        f"Cases with onset from {from_day} to {last_day} are not all reported: {reported:.0f} so far, "
        f"about {share} "
        f"of the final number. {last_day}: {now:.0f} so far, about {later:.0f} in the end (90 %: "
        f"{low:.0f}-{high:.0f}); "
        f"delays of up to {max_delay} days are expected"
    )
    if n_beyond:
        zh, en = f"{zh}，另有 {n_beyond} 例更迟", f"{en}, {n_beyond} case(s) took longer"
    return Words(
        f"{zh}。如报告速度近日突然改变，则此估计不成立。",
        f"{en}. It would be wrong if reporting has just become faster or slower.",
    )
