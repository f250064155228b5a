"""Section of the report on zones that are not about people: areas of a vector, and sources.

Pipeline: takes the story in one language and returns safe HTML; the same rows as the console's page.
"""

from __future__ import annotations

from typing import Any

from fireline.pipeline.report.parts import Markup, Tongue, element, table
from fireline.pipeline.report.sections import Story

_AREAS = {"core": ("核心区", "core"), "warning": ("警戒区", "warning area")}
_KINDS = {
    "lot": ("货物批次", "lot"),
    "food": ("食品", "food"),
    "water_supply": ("供水", "water supply"),
    "animal_holding": ("养殖场所", "animal holding"),
}
MOST_ROWS = 60


def other_zones(s: Story) -> Markup:
    """Areas of a vector with their surveys and lifting, and sources; nothing where there are none."""
    found = s.results.other_zones
    if not found.areas.height and not found.sources.height:
        return Markup("")
    notes = [element("p", note.get(s.t.code)) for note in found.notes]
    return Markup("".join([*notes, _vector(s), _sources(s)]))


def _either(row: dict[str, Any], name: str, t: Tongue) -> str:
    return str(row[f"{name}_{t.code}"] or "–")


def _vector(s: Story) -> Markup:
    t, found = s.t, s.results.other_zones
    if not found.areas.height:
        return Markup("")
    rows = [
        (
            row["zone_id"],
            t.say(*_AREAS[row["area"]]) + (t.say("（仅供参考）", " (advice)") if row["is_advice"] else ""),
            element("span", row["unit_id"], class_="id"),
            t.number(row["index"], 1),
            t.when(row["surveyed_on"]),
            t.number(row["n_houses"]),
            t.when(row["next_survey"]),
            _either(row, "measure", t),
        )
        for row in found.areas.head(MOST_ROWS).to_dicts()
    ]
    heads = (
        t.say("编号", "Zone"), t.say("范围", "Area"), t.say("单元", "Unit"),
        t.say("布雷图指数", "Breteau index"), t.say("调查日", "Surveyed"), t.say("户数", "Houses"),
        t.say("下次调查", "Next survey"), t.say("措施", "Measure"),
    )  # fmt: skip
    caption = t.say(
        f"媒介区：{found.areas.height:,} 行，列出 {len(rows)} 行；指数为每百户阳性容器数",
        f"Areas of the vector: {found.areas.height:,} rows, {len(rows)} shown; containers in 100 houses",
    )
    lifting = [
        (
            row["zone_id"], t.number(row["n_cases"]), t.when(row["last_case_day"]),
            t.number(row["worst_index"], 1), t.when(row["next_survey"]), _either(row, "missing", t),
            element("span", row["rule_id"] or "–", class_="id"),
        )
        for row in found.lifting.to_dicts()
    ]  # fmt: skip
    lift_heads = (
        t.say("编号", "Zone"), t.say("病例", "Cases"), t.say("末例日", "Last case"),
        t.say("最高指数", "Highest index"), t.say("下次调查", "Next survey"), t.say("解除尚缺", "Lifting"),
        t.say("规则", "Rule"),
    )  # fmt: skip
    return Markup(
        table(heads, rows, caption=caption, numeric=(3, 5))
        + table(lift_heads, lifting, caption=t.say("媒介区的解除", "Lifting of the areas"), numeric=(1, 3))
    )


def _sources(s: Story) -> Markup:
    t, found = s.t, s.results.other_zones
    if not found.sources.height:
        return Markup("")
    rows = [
        (
            element("span", row["source_id"], class_="id"),
            t.say(*_KINDS[row["kind"]]),
            t.number(row["n_cases"]),
            f"{row['n_samples']} ({row['n_positive']})",
            t.number(row["n_clean"]),
            _either(row, "measure", t) + (t.say("（仅供参考）", " (advice)") if row["is_advice"] else ""),
            _either(row, "missing", t),
        )
        for row in found.sources.head(MOST_ROWS).to_dicts()
    ]
    heads = (
        t.say("源头", "Source"), t.say("类别", "Kind"), t.say("关联病例", "Cases"),
        t.say("样本（阳性）", "Samples (positive)"), t.say("连续阴性", "Negative in a row"),
        t.say("措施", "Measure"), t.say("解除尚缺", "Lifting"),
    )  # fmt: skip
    caption = t.say(
        f"可能源头：{found.sources.height:,} 个，列出 {len(rows)} 个；有关联不等于已证明",
        f"Possible sources: {found.sources.height:,}, {len(rows)} shown; a link is no proof",
    )
    return table(heads, rows, caption=caption, numeric=(2, 4))
