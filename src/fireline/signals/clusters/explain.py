"""Says of a space-time cluster where and since when, how many instead of how many, and how rare that is.

Chapter 5: read by whoever shows a cluster.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from fireline.signals.clusters.model import ScanBaseline, ScanModel, SpaceTimeCluster, SpaceTimeScan
from fireline.words import Words

SHOWN_AREAS = 8
"""A longer list of areas is cut, with the number of those left out."""

BASELINES = {
    ScanBaseline.UNIFORM_RATE: Words(
        "全部地区和时段同一发生率（由本数据估计）",
        "one rate for all areas and steps, estimated on these data",
    ),
    ScanBaseline.POPULATION_BY_STEP: Words(
        "每一时段预期例数相同，按人口分摊（由本数据估计）",
        "the same number in every step, shared out by population, estimated on these data",
    ),
    ScanBaseline.SUPPLIED: Words("由既往数据另行给出的预期值", "expectations supplied from earlier data"),
    ScanBaseline.MARGINS: Words(
        "地区合计×时段合计÷总数", "cases of the area times cases of the step over all cases"
    ),
}
MODELS = {
    ScanModel.POISSON: Words("与预期值比较", "compared with the expectation"),
    ScanModel.CONDITIONAL: Words("与同期其余地区比较", "compared with the rest of the data"),
    ScanModel.PERMUTATION: Words("时空置换", "space-time permutation"),
}
_FALSE = {
    ScanBaseline.UNIFORM_RATE: Words(
        "如各地发生率本来就不同（年龄、就诊习惯、检测能力）",
        "rates always differ between areas (age, access to care, testing)",
    ),
    ScanBaseline.POPULATION_BY_STEP: Words(
        "如各地发生率本来就不同或人口数有误",
        "rates always differ between areas, or the populations are wrong",
    ),
    ScanBaseline.SUPPLIED: Words(
        "如预期值未反映季节、假期或趋势", "the expectation misses a season, a holiday or a trend"
    ),
    ScanBaseline.MARGINS: Words(
        "如各地人口或检测量的变化快慢不同",
        "population or testing changed faster in some areas than in others",
    ),
}


def words_of_cluster(
    cluster: SpaceTimeCluster,
    scan: SpaceTimeScan,
    *,
    names: Sequence[str],
    days: Sequence[date],
    last_day: date,
    stream: Words | None = None,
) -> Words:
    """Reason of a cluster in both languages.

    Parameters
    ----------
    cluster, scan : SpaceTimeCluster of this SpaceTimeScan
    names : sequence of str   of all areas, by column
    days : sequence of date   first day of each step, by row of the counts
    last_day : date   last day of the last step
    stream : Words or None   what was counted; None = cases

    Returns
    -------
    Words   areas, since when, observed and expected, p by rank and by tail, how rarely chance gives it,
        the baseline, and what would make it false
    """
    since = days[cluster.first_step]
    base, model, false = BASELINES[scan.baseline], MODELS[scan.model], _FALSE[scan.baseline]
    counted = stream or Words("病例", "cases")
    observed, expected = _figure(cluster.observed), _figure(cluster.expected)
    where = _areas([names[a] for a in cluster.areas])
    rare = recurrence_words(cluster, scan)
    ratio = "∞" if math.isinf(cluster.relative_risk) else f"{cluster.relative_risk:.2f}"
    spread_zh = spread_en = missing_zh = missing_en = ""
    if scan.dispersion > 1:
        spread_zh, spread_en = (
            f"，方差为均值的 {scan.dispersion:.1f} 倍",
            f", with {scan.dispersion:.1f} times the variance of a Poisson count",
        )
    if scan.n_unreported:
        missing_zh = f"{scan.n_unreported} 个地区时段未报告，两侧均不计。"
        missing_en = f"{scan.n_unreported} cells were not reported and are left out of both sides. "
    return Words(
        f"{where.zh}：{since} 至 {last_day}，{counted.zh}计 {observed}，预期 {expected}"
        f"（相对危险度 {ratio}，得分 {cluster.score:.2f}）。"
        f"在 {scan.n_replicates} 次模拟中{rare.zh}"
        f"预期的依据：{base.zh}{spread_zh}；{model.zh}；"
        f"考察 {scan.n_zones} 个扫描区域、最长 {scan.max_duration} 个时段。"
        f"{missing_zh}{false.zh}，或有补报、集中上报、重复报告、检测增加，则此信号不成立。",
        f"{where.en}, since {since} until {last_day}: {observed} {counted.en}, {expected} expected "
        f"(relative risk {ratio}, score {cluster.score:.2f}). "
        f"Among {scan.n_replicates} simulations {rare.en} "
        f"Expected from: {base.en}{spread_en}; {model.en}; {scan.n_zones} scan zones and up to "
        f"{scan.max_duration} step(s) were looked at. {missing_en}"
        f"It would be false if {false.en}, or if late, batched or double reports or more testing explain it.",
    )


def recurrence_words(cluster: SpaceTimeCluster, scan: SpaceTimeScan) -> Words:
    """How rare such a score is: p by rank and tail, and once in how many days or years chance gives it."""
    p = f"{cluster.p_monte_carlo:.3g}"
    # the rank cannot say more than one in all draws; the tail of the fitted law can
    is_floor = cluster.p_monte_carlo * (scan.n_replicates + 1) < 1.5
    at_least = Words("至少", "at least ") if is_floor else Words(" ", " ")
    span = span_words(cluster.recurrence_d)
    tail_zh = tail_en = ""
    if is_floor and not math.isnan(cluster.p_gumbel):
        far = span_words(cluster.recurrence_gumbel_d)
        rare = f"={cluster.p_gumbel:.2g}" if cluster.p_gumbel >= 1e-6 else "<1e-6"
        tail_zh = f"；按极值分布推算 p{rare}，{far.zh.strip()}一次"
        tail_en = f"; by the fitted tail p{rare}, once in {far.en}"
    every = "每天" if scan.cadence_d == 1 else f"每 {_figure(scan.cadence_d)} 天"
    every_en = "every day" if scan.cadence_d == 1 else f"every {_figure(scan.cadence_d)} days"
    return Words(
        f"秩次 p={p}：若{every}分析一次，仅凭偶然{at_least.zh.strip()}约{span.zh}出现一次{tail_zh}。",
        f"its rank gives p={p}: looked at {every_en}, chance alone gives such a score once in "
        f"{at_least.en.lstrip()}{span.en}{tail_en}.",
    )


def span_words(days: float) -> Words:
    """A length of time as people say it: days up to a year, years above."""
    if days < 365:
        return Words(f" {_figure(days)} 天", f"{_figure(days)} days")
    years = days / 365.25
    if years >= 10_000:  # the tail of a fitted law says no more than that
        return Words("超过 1 万年", "more than 10,000 years")
    shown = f"{years:.1f}" if years < 10 else f"{years:,.0f}"
    return Words(f" {shown} 年", f"{shown} years")


def _areas(names: list[str]) -> Words:
    shown, left = names[:SHOWN_AREAS], len(names) - SHOWN_AREAS
    if left <= 0:
        return Words("、".join(shown), ", ".join(shown))
    return Words(f"{'、'.join(shown)}等 {len(names)} 个地区", f"{', '.join(shown)} and {left} more areas")


def _figure(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if value < 1e6 else f"{value:.3g}"
