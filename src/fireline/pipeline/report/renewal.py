"""Beside the epidemic curve: reproduction number, trend, and how much of the last days is still to be
reported.

Pipeline: read by the curve's section; takes the story in one language and returns safe HTML, or nothing
where no disease had enough cases.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from fireline.pipeline.report.parts import Markup, Tongue, element, table
from fireline.pipeline.report.sections import Story
from fireline.signals.renewal.explain import BASES, TREND_WORDS

MOST_DAYS = 8


def renewal(s: Story) -> Markup:
    """Sentences, then the newest days with R and trend of all cases together."""
    found = s.results.signals.renewal
    said = found.said.get(s.results.disease, ())
    rows = found.rt.filter(pl.col("stream") == f"cases/{s.results.disease}")
    if not said and not rows.height:
        return Markup("")
    told = "".join(element("p", s.t.words(words)) for words in said)
    head = element("h3", s.t.say("再生数与趋势", "Reproduction number and trend"))
    return Markup(head + told + _days(s, rows))


def _days(s: Story, rows: pl.DataFrame) -> Markup:
    """The newest days; those whose cases are not all reported are marked."""
    t = s.t
    own = rows.filter(pl.col("area_code") == (s.results.records.area or ""))
    newest = own.sort("last_day").tail(MOST_DAYS)
    if not newest.height:
        return Markup("")
    heads = (
        t.say("截至", "Until"), t.say("7 天病例", "Cases in 7 days"), t.say("R 中位数", "R, median"),
        t.say("R 90% 区间", "R, 90 %"), t.say("14 天趋势", "Trend of 14 days"), t.say("概率", "Probability"),
        t.say("已报齐", "All reported"),
    )  # fmt: skip
    lines = [_line(row, t) for row in newest.reverse().iter_rows(named=True)]
    by = BASES[newest["basis"][0]]
    caption = t.say(
        f"全部病例，{by.zh}；“否”者最近几天尚未报齐，R 和趋势已按报告延迟校正。各地区见 rt.csv",
        f"All cases, {by.en}; where it says no, the last days are not all reported, and R and trend are "
        "corrected for that. By area: rt.csv",
    )
    return table(heads, lines, caption=caption, numeric=(1, 2, 3, 5))


def _line(row: dict[str, Any], t: Tongue) -> tuple[object, ...]:
    span = "–" if row["r_q05"] is None else f"{t.number(row['r_q05'], 1)}–{t.number(row['r_q95'], 1)}"
    trend = TREND_WORDS.get(row["trend"] or "")
    share = row["trend_probability"]
    whole = {None: t.say("未知", "not known"), True: t.say("是", "yes"), False: t.say("否", "no")}
    return (
        element("span", t.when(row["last_day"]), class_="day"),
        t.number(row["cases"]),
        t.number(row["r_median"], 2),
        span,
        "–" if trend is None else t.words(trend),
        "–" if share is None else f"{share:.0%}",
        whole[row["is_complete"]],
    )
