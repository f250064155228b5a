"""The initial report of an outbreak: what is known in the first hours, in the order the form asks for it.

Chapter 11: reads the investigation and the rules; every number comes from the data, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.bulletins.named import ANCHORS, GROUPS, SEXES, SUBJECTS, UNITS
from fireline.contacts.model import Contacts
from fireline.investigations import explain
from fireline.investigations.model import ILL, Investigation
from fireline.investigations.said import SYMPTOM_WORDS
from fireline.policy import At
from fireline.policy.concepts import CONCEPTS
from fireline.policy.model import Answer, Status
from fireline.policy.terms import term
from fireline.words import Words

MAX_LINES = 12
"""Rows of one list in the report; the rest is counted."""

_MEASURES = ("exclusion", "measure", "followup", "prophylaxis", "deadline", "threshold")


def initial_report(
    investigation: Investigation,
    rules: At,
    *,
    at: datetime,
    tz: ZoneInfo,
    place: str,
    reporter_unit: str,
    contacts: Contacts | None = None,
) -> Words:
    """Write the initial report.

    Parameters
    ----------
    investigation : what describe found
    rules : the rules in force; measures and deadlines are quoted with their rule ids
    at : aware datetime of the report
    tz : local time zone
    place : where the outbreak is, as the reporter names it
    reporter_unit : the unit that reports
    contacts : contacts found so far, or None

    Returns
    -------
    Words   plain text with numbered sections: basic situation, distribution in time, place and person, attack
        rates, hypothesis, measures by rule, next steps, what is missing. No case ids and no person keys.
    """
    zh: list[str] = []
    en: list[str] = []
    unit = Words(*UNITS.get(reporter_unit, (reporter_unit, reporter_unit)))
    parts = (
        (
            "基本情况",
            "Basic situation",
            _basics(investigation, rules, at=at, tz=tz, place=place, unit=unit),
        ),
        (
            "时间分布",
            "Distribution in time",
            [explain.time_course(investigation, tz), *_delays(investigation)],
        ),
        ("地区分布", "Distribution in place", _by(investigation, ("group", "area_code", "area_population"))),
        ("人群分布", "Distribution in persons", _persons(investigation)),
        ("暴露与罹患率", "Exposures and attack rates", _attack(investigation)),
        ("初步假设", "Hypothesis", [explain.exposure(investigation), _CAUTION]),
        ("按现行规则应采取的措施", "Measures by the rules in force", _measures(investigation, rules, tz=tz)),
        ("下一步工作", "Next steps", _next_steps(investigation, contacts)),
        ("资料缺失与说明", "What is missing", list(investigation.notes) or [_NOTHING_MISSING]),
    )
    profile = rules.profile
    name = (
        Words(zh=profile.name_zh, en=profile.name_en)
        if profile
        else Words(zh=rules.disease, en=rules.disease)
    )
    label = rules.pack_label
    if label is not None:
        zh.append(f"【{label[0]}】")
        en.append(f"[{label[1]}]")
    zh.append(f"关于{place}疑似{name.zh}疫情的初次报告")
    en.append(f"Initial report: suspected outbreak of {name.en}, {place}")
    for number, (title_zh, title_en, lines) in enumerate(parts, start=1):
        zh += ["", f"{_CHINESE[number]}、{title_zh}", *(line.zh for line in lines)]
        en += ["", f"{number}. {title_en}", *(line.en for line in lines)]
    when = explain.moment(at, tz, has_hour=True)
    zh += ["", f"报告单位：{unit.zh}", f"报告时间：{when.zh}"]
    en += ["", f"Reported by: {unit.en}", f"Time of report: {when.en}"]
    return Words(zh="\n".join(zh), en="\n".join(en))


_CHINESE = "〇一二三四五六七八九十"
_CAUTION = Words(
    zh="以上仅为现有资料的统计学关联，病因和来源须由实验室结果和现场调查证实。",
    en="This is association in the data at hand; cause and source need laboratory results and work on site.",
)
_NOTHING_MISSING = Words(zh="无。", en="Nothing noted.")


def _basics(
    found: Investigation, rules: At, *, at: datetime, tz: ZoneInfo, place: str, unit: Words
) -> list[Words]:
    when = explain.moment(at, tz, has_hour=True)
    counts = explain.counts(found)
    lines = [
        Words(
            zh=f"截至{when.zh}，{unit.zh}接到{place}报告。{counts.zh}",
            en=f"By {when.en}, {unit.en}, {place}: {counts.en}",
        )
    ]
    name, version = found.summary["definition"], found.summary["definition_version"]
    if name:
        lines.append(
            Words(zh=f"病例定义：{name}第{version}版。", en=f"Case definition: {name}, version {version}.")
        )
    profile = rules.profile
    if profile is not None and profile.incubation_days is not None:
        low, middle, high = profile.incubation_days
        lines.append(
            Words(
                zh=f"该病潜伏期约{low:g}至{high:g}天（中位{middle:g}天）。",
                en=f"Its incubation is about {low:g} to {high:g} days (median {middle:g}).",
            )
        )
    if found.symptoms.height:
        zh, en = [], []
        for row in found.symptoms.head(MAX_LINES).iter_rows(named=True):
            name = SYMPTOM_WORDS.get(row["symptom"], (row["symptom"], row["symptom"]))
            known = row["yes"] + row["no"]
            zh.append(
                f"{name[0]}{row['yes']}/{known}人" + (f"（{row['unknown']}人不详）" if row["unknown"] else "")
            )
            en.append(
                f"{name[1]} {row['yes']}/{known}" + (f" ({row['unknown']} unknown)" if row["unknown"] else "")
            )
        lines.append(Words(zh=f"主要症状：{'、'.join(zh)}。", en=f"Symptoms: {', '.join(en)}."))
    return lines


def _delays(found: Investigation) -> list[Words]:
    return [
        Words(
            zh=f"{row['label_zh']}中位{row['median_days']:g}天（{row['n']}例，最长{row['max_days']:g}天）。",
            en=f"{row['label_en'].capitalize()}: median {row['median_days']:g} days "
            f"({row['n']} cases, longest {row['max_days']:g}).",
        )
        for row in found.delays.iter_rows(named=True)
        if row["n"]
    ]


def _group_words(kind: str, group: str) -> Words:
    """A group as it is read: sexes and occupations in words, classes and areas as they are named."""
    if kind == "sex":
        return Words(SEXES.get(group, group), group)
    return term("occupation", group) if kind == "occupation" else Words.same(group)


def _by(found: Investigation, kinds: tuple[str, ...]) -> list[Words]:
    lines = []
    for kind in kinds:
        rows = found.groups.filter((pl.col("by") == kind) & (pl.col("ill") > 0)).sort(
            ["rate", "ill", "group"], descending=[True, True, False], nulls_last=True
        )
        if rows.is_empty():
            continue
        named = [(_group_words(kind, r["group"]), r) for r in _head(rows)]
        zh = [f"{g.zh} {r['ill']}/{r['total']}（{explain.rate(r['rate'])}）" for g, r in named]
        en = [f"{g.en} {r['ill']}/{r['total']} ({explain.rate(r['rate'])})" for g, r in named]
        more = rows.height - len(zh)
        name = GROUPS[kind]
        lines.append(
            Words(
                zh=f"按{name[0]}（发病/总数，罹患率）：{'；'.join(zh)}"
                + (f"；另{more}个。" if more else "。"),
                en=f"By {name[1]} (ill/all, attack rate): {'; '.join(en)}"
                + (f"; {more} more." if more else "."),
            )
        )
    if lines:
        return lines
    lines_of = found.line_list
    if "area_code" in lines_of.columns:
        counted = lines_of.group_by("area_code").agg(pl.len().alias("n")).drop_nulls()
        counted = counted.sort(["n", "area_code"], descending=[True, False])
        zh = [f"{r['area_code']} {r['n']}例" for r in _head(counted)]
        en = [f"{r['area_code']} {r['n']}" for r in _head(counted)]
        return [
            Words(
                zh=f"涉及{counted.height}个地区：{'；'.join(zh)}。没有人口数，罹患率无法计算。",
                en=f"{counted.height} areas: {'; '.join(en)}. Without populations no attack rates.",
            )
        ]
    return [Words(zh="资料中没有地区或班组信息。", en="The data hold no areas or groups.")]


def _head(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return rows.head(MAX_LINES).to_dicts()


def _persons(found: Investigation) -> list[Words]:
    lines = []
    rows = found.groups.filter(pl.col("by").is_in(["sex", "occupation"]) & (pl.col("ill") > 0))
    if rows.height:
        lines += _by(found, ("sex", "occupation"))
    if "age" in found.line_list.columns:
        ages = found.line_list.filter(pl.col("classification") != "discarded")["age"].drop_nulls()
        if ages.len():
            low, middle, high = (float(ages.quantile(q, "nearest") or 0) for q in (0.0, 0.5, 1.0))
            lines.append(
                Words(
                    zh=f"年龄{low:g}至{high:g}岁，中位{middle:g}岁（{ages.len()}例有年龄）。",
                    en=f"Ages {low:g} to {high:g} years, median {middle:g} ({ages.len()} cases with an age).",
                )
            )
    return lines or [
        Words(zh="资料中没有性别、年龄、职业信息。", en="The data hold no sex, age or occupation.")
    ]


def _attack(found: Investigation) -> list[Words]:
    if found.attack.is_empty():
        return [
            Words(zh="没有暴露资料或没有未发病者可比较。", en="No exposures, or nobody well to compare with.")
        ]
    lines = []
    for row in _head(found.attack):
        n1, n0 = row["exposed_ill"] + row["exposed_well"], row["unexposed_ill"] + row["unexposed_well"]
        unknown = row["unknown_ill"] + row["unknown_well"]
        ratio = [explain.figure(row[c]) for c in ("risk_ratio", "risk_low", "risk_high")]
        odds = [explain.figure(row[c]) for c in ("odds_ratio", "odds_low", "odds_high")]
        p = "-" if row["p"] is None else "<0.001" if row["p"] < 0.001 else f"{row['p']:.3f}"
        lines.append(
            Words(
                zh=f"{row['item']}：暴露{row['exposed_ill']}/{n1}（{explain.rate(row['exposed_rate'])}），"
                f"未暴露{row['unexposed_ill']}/{n0}（{explain.rate(row['unexposed_rate'])}），不详{unknown}人；"
                f"RR {ratio[0]}（{ratio[1]}至{ratio[2]}），OR {odds[0]}（{odds[1]}至{odds[2]}），P {p}。"
                + (row["note_zh"] or ""),
                en=f"{row['item']}: exposed {row['exposed_ill']}/{n1} ({explain.rate(row['exposed_rate'])}), "
                f"not exposed {row['unexposed_ill']}/{n0} ({explain.rate(row['unexposed_rate'])}), "
                f"unknown {unknown}; "
                f"RR {ratio[0]} ({ratio[1]} to {ratio[2]}), OR {odds[0]} ({odds[1]} to {odds[2]}), P {p}. "
                + (row["note_en"] or ""),
            )
        )
    if found.attack.height > MAX_LINES:
        more = found.attack.height - MAX_LINES
        lines.append(Words(zh=f"其余{more}项见附表。", en=f"{more} more items in the table."))
    return lines


def _measures(found: Investigation, rules: At, *, tz: ZoneInfo) -> list[Words]:
    """One sentence per rule that answers; advice says it only advises, a threshold how many cases."""
    lines = []
    for concept in _MEASURES:
        for subject in rules.subjects(concept):
            answer = rules.find(concept, subject)
            if answer.status in (Status.RULE, Status.ADVICE) and answer.value:
                lines.append(_measure(concept, subject, answer))
                if concept == "threshold" and "window_days" in answer.value:
                    lines.append(_against(found, int(answer.value["window_days"]), tz=tz))
    return lines or [
        Words(zh="没有现行规则规定本病措施（NO_RULE）。", en="No rule in force requires a measure (NO_RULE).")
    ]


def _against(found: Investigation, days: int, *, tz: ZoneInfo) -> Words:
    """The data beside a threshold of so many days; onsets that are not known are said, not left out."""
    ill = found.line_list.filter(pl.col("classification").is_in(ILL))
    n_unknown = ill["onset"].null_count()
    if not ill.height:
        return Words(zh="　现有资料：没有病例。", en="  In the data: no cases.")
    if n_unknown == ill.height:
        return Words(
            zh=f"　现有资料：{n_unknown}例均无发病时间，不能与此标准比较。",
            en=f"  In the data: {n_unknown} cases, none with an onset: they cannot be compared with this.",
        )
    n = _most_within(found, days, tz=tz)
    zh, en = (
        (f"；另{n_unknown}例无发病时间，未计入", f"; {n_unknown} without an onset not counted")
        if n_unknown
        else ("", "")
    )
    return Words(
        zh=f"　现有资料：同样天数内最多{n}例（按发病日，未按单位区分{zh}）。",
        en=f"  In the data: at most {n} cases in as many days (by onset, all units{en}).",
    )


def _most_within(found: Investigation, days: int, *, tz: ZoneInfo) -> int:
    """Most ill people with onset within any stretch of that many days."""
    ill = found.line_list.filter(pl.col("classification").is_in(ILL) & pl.col("onset").is_not_null())
    onset = sorted(d.toordinal() for d in ill["onset"].dt.convert_time_zone(tz.key).dt.date().to_list())
    most, first = 0, 0
    for i, day in enumerate(onset):
        while day - onset[first] >= days:
            first += 1
        most = max(most, i - first + 1)
    return most


def _measure(concept: str, subject: str, answer: Answer) -> Words:
    assert answer.value is not None
    title = CONCEPTS[concept].title
    own, known = SUBJECTS.get(subject), term("rule_subject", subject)
    who = own or (known.zh, known.en)
    value = _value(answer.value)
    advice = answer.status is Status.ADVICE
    return Words(
        zh=f"{title.zh}（{who[0]}）：{value.zh}［{answer.rule_id}{'，仅供参考' if advice else ''}］",
        en=f"{title.en} ({who[1]}): {value.en} [{answer.rule_id}{', advice only' if advice else ''}]",
    )


def _value(value: Mapping[str, Any]) -> Words:
    """A rule's value in words: span and anchor, count and window, phases; other keys are left to the rule."""
    zh: list[str] = []
    en: list[str] = []
    anchor = ANCHORS.get(str(value.get("anchor", "")))
    for key, unit_zh, unit_en in (("hours", "小时", "hours"), ("days", "天", "days")):
        if isinstance(value.get(key), int | float):
            zh.append(f"{value[key]:g}{unit_zh}")
            en.append(f"{value[key]:g} {unit_en}")
    if "count" in value:
        window = f"{value['window_days']:g}" if "window_days" in value else None
        zh.append((f"{window}天内" if window else "") + f"{value['count']:g}例及以上")
        en.append(f"{value['count']:g} cases or more" + (f" within {window} days" if window else ""))
    for phase in value.get("phases", ()):
        place = term("phase_place", phase["place"])
        zh.append(f"{phase['days']:g}天（{place.zh}）")
        en.append(f"{phase['days']:g} days ({place.en})")
    if anchor:
        zh.append(f"自{anchor[0]}起算")
        en.append(f"counted from {anchor[1]}")
    return Words(zh="，".join(zh) or "见规则原文", en=", ".join(en) or "see the rule")


def _next_steps(found: Investigation, contacts: Contacts | None) -> list[Words]:
    """Steps that follow from what the data lack, not a fixed list."""
    summary = found.summary
    steps = []
    if summary["n_without_onset"]:
        steps.append(
            Words(
                zh=f"补齐{summary['n_without_onset']}例的发病时间（精确到小时）。",
                en=f"Find the onset of {summary['n_without_onset']} cases, to the hour.",
            )
        )
    if found.attack.is_empty():
        steps.append(
            Words(
                zh="向发病者和未发病者询问共同暴露（餐次、食品、饮水、场所）。",
                en="Ask ill and well people about shared exposures (meals, foods, water, places).",
            )
        )
    else:
        unknown = int((found.attack["unknown_ill"] + found.attack["unknown_well"]).sum())
        if unknown:
            steps.append(
                Words(zh=f"补问{unknown}项“不详”的暴露。", en=f"Ask again about {unknown} unknown answers.")
            )
    by_class = summary["n_by_class"]
    if not by_class.get("confirmed"):
        steps.append(
            Words(
                zh="尚无实验室确诊：采集病例、从业人员、留样食品和环境标本送检。",
                en="Nothing is laboratory-confirmed: sample cases, food handlers, kept food and surfaces.",
            )
        )
    if not summary["n_stays"] and summary["n_cases"]:
        steps.append(Words(zh="补充病例活动轨迹。", en="Take the cases' trajectories."))
    if contacts is not None:
        n = contacts.found["person_key"].n_unique()
        steps.append(
            Words(
                zh=f"已找到接触者{n}人，逐人核实并随访。",
                en=f"{n} contacts found: verify and follow up each.",
            )
        )
    return steps or [Words(zh="继续监测，更新续报。", en="Keep watching; report progress.")]
