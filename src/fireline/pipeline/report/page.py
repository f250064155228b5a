"""Puts the report together: one HTML file, Chinese and English, light and dark, no script, no network.

Pipeline: reads the results of a run; ``pipeline.run`` writes the text it returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from fireline.bulletins.drawing import FIGURE_CSS
from fireline.pipeline.chapters import Results
from fireline.pipeline.intake import Intake
from fireline.pipeline.report.ground import place_map
from fireline.pipeline.report.inflow import arrivals, places, risk_areas
from fireline.pipeline.report.other_zones import other_zones
from fireline.pipeline.report.parts import Markup, Tongue, element, safe
from fireline.pipeline.report.renewal import renewal
from fireline.pipeline.report.response import contacts, gaps, tasks, zones
from fireline.pipeline.report.sections import (
    Story,
    chain,
    curve,
    files,
    missing,
    public,
    rules,
    signals,
    summary,
)


def curve_and_renewal(story: Story) -> Markup:
    """The epidemic curve with what it says of the spread."""
    return Markup(curve(story) + renewal(story))


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

SECTIONS = (
    ("summary", "概要", "Summary", summary),
    ("missing", "缺少什么", "What is missing", missing),
    ("map", "地图", "Map", place_map),
    ("curve", "流行曲线", "Epidemic curve", curve_and_renewal),
    ("chain", "传播链", "Transmission chain", chain),
    ("arrivals", "入境与到达", "Arrivals", arrivals),
    ("risk", "风险区名单", "Risk areas", risk_areas),
    ("places", "场所", "Places", places),
    ("signals", "信号", "Signals", signals),
    ("contacts", "接触者", "Contacts", contacts),
    ("zones", "区域", "Zones", zones),
    ("other-zones", "媒介与源头区域", "Zones of vectors and sources", other_zones),
    ("tasks", "任务", "Tasks", tasks),
    ("gaps", "双向核查", "Gap check", gaps),
    ("public", "公开通报", "Public bulletin", public),
    ("rules", "所用规则", "Rules used", rules),
    ("files", "输入文件", "Files read", files),
)
"""Anchor, title and drawing function of every section, in order; one that draws nothing is left out."""


def render(intake: Intake, results: Results, summary_of_run: Mapping[str, Any]) -> str:
    """The whole report as HTML text.

    Parameters
    ----------
    intake : what was read
    results : what the chapters found
    summary_of_run : content of run.json

    Returns
    -------
    str   the same for the same results: no time of the run and no random id stands in it
    """
    style = resources.files("fireline.pipeline.report").joinpath("report.css").read_text("utf-8")
    title = summary_of_run["title"]["zh"] or summary_of_run["title"]["en"] or summary_of_run["input"]
    blocks = []
    for code in ("zh", "en"):
        story = Story(intake, results, summary_of_run, Tongue(code, intake.records.tz))
        blocks.append(
            element("div", _language_block(story), class_=code, lang="zh-CN" if code == "zh" else "en")
        )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{safe(title)} · Fireline 火线</title><style>{style}{FIGURE_CSS}</style>"
    )
    radios = (
        '<div role="region" aria-label="语言 Language">'
        '<input class="choose" type="radio" name="lang" id="lang-zh" checked aria-label="中文">'
        '<input class="choose" type="radio" name="lang" id="lang-en" aria-label="English"></div>'
    )
    body = f"<body>{radios}{''.join(blocks)}</body>"
    return f'<!doctype html>\n<html lang="zh-CN"><head>{head}</head>{body}</html>\n'


def _language_block(story: Story) -> Markup:
    """Label, head, contents and sections in one language."""
    t = story.t
    label = story.summary["label"][t.code]
    said = t.say("演练或回顾标志", "Exercise or look-back label")
    band = element("aside", label, class_="label", aria_label=said) if label else Markup("")
    drawn = [(anchor, t.say(zh, en), draw(story)) for anchor, zh, en, draw in SECTIONS]
    shown = [section for section in drawn if section[2]]
    links = element(
        "ul",
        *(element("li", element("a", name, href=f"#{story.anchor(anchor)}")) for anchor, name, _ in shown),
    )
    body = [
        element("section", element("h2", name), content, id=story.anchor(anchor))
        for anchor, name, content in shown
    ]
    foot = t.say(
        "由火线 Fireline 生成。个人标识均为假名。规则不存在之处不作强制性计算；本报告不构成命令。",
        "Made by Fireline. People are pseudonyms throughout. Where no rule is in force nothing intrusive was "
        "computed; this report is not an order.",
    )
    page = element(
        "div",
        element("nav", links, aria_label=t.say("目录", "Contents")),
        element("main", *body),
        class_="page",
    )
    return Markup(band + _top(story) + page + element("footer", foot))


def _top(story: Story) -> Markup:
    t, found = story.t, story.summary
    title = found["title"][t.code] or found["input"]
    as_of = f"{t.when(story.results.at)} ({found['time_zone']})"
    facts = t.say(
        f"病种 {story.disease_name} · 地区 {found['area']} · 截至 {as_of}",
        f"{story.disease_name} · area {found['area']} · as of {as_of}",
    )
    switch = Markup(
        '<div class="switch"><label for="lang-zh">中文</label><label for="lang-en">English</label></div>'
    )
    return element("header", element("div", element("h1", title), element("p", facts)), switch, class_="top")
