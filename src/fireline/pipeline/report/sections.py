"""Sections of the report on what happened: summary, map, curve, chain, signals, rules and files.

Pipeline: each takes the story in one language and returns safe HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from fireline.bulletins.drawing import CLASS_NAMES
from fireline.bulletins.figures import epidemic_curve, signal_series
from fireline.bulletins.figures_chain import chain_figure
from fireline.bulletins.publish import TABLES
from fireline.contacts.chain_summary import figures
from fireline.contacts.chain_words import chain_words
from fireline.pipeline.chapters import Results
from fireline.pipeline.intake import Intake
from fireline.pipeline.report.parts import (
    Markup,
    Tongue,
    element,
    figure,
    key_figure,
    listing,
    nothing,
    table,
)
from fireline.policy import Answer, Status
from fireline.signals.clusters.explain import BASELINES, span_words
from fireline.signals.clusters.model import ScanBaseline

MOST_ALARMS = 20
MOST_SERIES = 3
MOST_CLUSTERS = 12
MOST_CHAIN_CASES = 160
MOST_CROSS_ROWS = 30
MOST_CROSS_COLUMNS = 10  # what a printed page holds
_LEVELS = {
    "high": ("⬣", "高", "high"),
    "medium": ("▲", "中", "medium"),
    "low": ("◆", "低", "low"),
    "very_low": ("●", "很低", "very low"),
}
_LEVEL_ORDER = {"high": 0, "medium": 1, "low": 2, "very_low": 3}
STREAMS = {
    "cases": ("病例", "cases"),
    "fever_clinic": ("发热门诊", "fever clinic"),
    "antipyretic_sales": ("退热药销售", "antipyretic sales"),
    "school_absence": ("学生缺课", "school absence"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """What a section draws from, in one language.

    Attributes
    ----------
    intake, results : of the run
    summary : mapping, content of run.json
    t : Tongue
    """

    intake: Intake
    results: Results
    summary: Mapping[str, Any]
    t: Tongue

    def anchor(self, name: str) -> str:
        """Id of a section in this language."""
        return f"{self.t.code}-{name}"

    @property
    def disease_name(self) -> str:
        """Name of the disease in this language, else its id."""
        profile = self.results.rules.profile
        found = (profile.name_zh if self.t.code == "zh" else profile.name_en) if profile else ""
        return found or self.results.disease

    def area_name(self, code: str | None) -> str:
        """Name of an area in the input, else its code."""
        if not code:
            return "–"
        areas = self.intake.records.table("areas")
        rows = areas.filter(pl.col("area_code") == code)
        return str(rows["name"][0]) if rows.height else code


def class_name(value: str | None, t: Tongue) -> str:
    """Word for a classification."""
    return t.say(*CLASS_NAMES.get(value or "unclassified", (value or "–", value or "–")))


def summary(s: Story) -> Markup:
    """Key figures, each a link to its section."""
    t, r = s.t, s.results
    lines = r.investigation.line_list
    ill = lines.filter(pl.col("classification").fill_null("") != "discarded").height
    imported = lines.filter(pl.col("origin") == "imported").height if "origin" in lines.columns else 0
    found, levels, owed = r.contacts.found, r.zones.levels, r.tasks.table
    close = found.filter(pl.col("class") == "close")["person_key"].n_unique()
    late = owed.filter(pl.col("state") == "overdue").height
    ring = levels.filter(pl.col("level").is_in(["sealed", "managed"]))
    findings = r.gaps.findings
    too_much = findings.filter(pl.col("side") == "too_much").height
    strong = sum(a.level in ("high", "medium") for a in r.signals.alarms)
    has = s.results.records.has
    ways = (
        # number, note and whether the input could show any; a 0 is said only where something was looked at
        ("curve", "病例", "Cases", ill, f"输入性 {imported}", f"{imported} imported", has("cases")),
        (
            "contacts", "接触者", "Contacts", found["person_key"].n_unique(),
            f"密接 {close:,}", f"{close:,} close", found.height or has("links") or has("visits"),
        ),
        (
            "signals", "信号", "Signals", len(r.signals.alarms),
            f"中高级别 {strong}", f"{strong} medium or high", r.signals.series.height,
        ),
        (
            "zones", "封控、管控区人口", "People in the ring", int(ring["population"].sum() or 0),
            f"{ring.height} 个单元", f"{ring.height} units", levels.height,
        ),
        (
            "tasks", "逾期任务", "Overdue tasks", late,
            f"共 {owed.height:,} 项", f"of {owed.height:,}", owed.height,
        ),
        (
            "gaps", "核查发现", "Gap findings", findings.height,
            f"其中过度 {too_much}", f"{too_much} too much", r.gaps.checks["n_checked"].sum(),
        ),
    )  # fmt: skip
    keys = [
        key_figure(
            t.number(n) if is_known else "–",
            t.say(zh, en),
            t.say(note_zh, note_en) if is_known else t.say("数据不含或无规则", "no data or no rule"),
            href=s.anchor(anchor),
            tone="bad" if anchor == "tasks" and n else "",
        )
        for anchor, zh, en, n, note_zh, note_en, is_known in ways
    ]
    rows = s.summary["rows"]
    said = t.say(
        f"读入 {rows['rows']:,} 行：保留 {rows['kept']:,}，合并 {rows['merged']:,}，"
        f"剔除 {rows['rejected']:,}。",
        f"{rows['rows']:,} rows read: {rows['kept']:,} kept, {rows['merged']:,} merged, "
        f"{rows['rejected']:,} rejected.",
    )
    came = [element("p", line, class_="lead") for line in _came_in(s)]
    return Markup("".join([element("div", *keys, class_="keys"), element("p", said, class_="lead"), *came]))


def _came_in(s: Story) -> list[Markup]:
    """Arrivals and places in a sentence each, only where the input holds them."""
    t, lines = s.t, []
    ways, busiest = s.results.arrivals.importation, s.results.places.busiest
    if ways["n_arrivals"].sum():
        lots = int(ways.filter(pl.col("pocket") == "cold_chain")["n_arrivals"].sum())
        people = int(ways["n_arrivals"].sum()) - lots
        text = t.say(
            f"到达 {people:,} 人次、货物 {lots:,} 批", f"{people:,} arrivals and {lots:,} lots of goods"
        )
        lines.append(element("a", text, href=f"#{s.anchor('arrivals')}"))
    if busiest.height:
        text = t.say(
            f"病例去过 {busiest.height:,} 处公共场所", f"Cases were at {busiest.height:,} public places"
        )
        if s.results.places.occupancy.height:  # without hours nobody knows how full a place was
            over = s.results.places.exceeded["place_id"].n_unique()
            text += t.say(f"；{over:,} 处场所超过人数上限", f"; {over:,} places passed their limit")
        lines.append(element("a", text, href=f"#{s.anchor('places')}"))
    return lines


def missing(s: Story) -> Markup:
    """What the data do not hold, what was not computed, and which questions are open."""
    t = s.t
    i = 0 if t.code == "zh" else 1
    label = s.summary["label"][t.code]  # stands above the report already
    told = [m[i] for m in s.intake.records.missing] + [t.words(n) for n in s.results.notes]
    said = [text for text in dict.fromkeys(told) if text != label]
    parts = (
        [listing(said, class_="missing")] if said else [nothing(t.say("没有缺项。", "Nothing is missing."))]
    )
    without = [a for a in s.results.answers if a.status in (Status.NO_RULE, Status.OFF)]
    if without:
        names = _by_concept(without)
        head = t.say(
            "没有有效规则，相应功能未执行（NO_RULE）", "No rule in force: these were not done (NO_RULE)"
        )
        parts += [element("h3", head), listing([element("span", n, class_="id") for n in names])]
    n = s.summary["questions"]
    if n:
        parts.append(
            element(
                "p",
                t.say(
                    f"有 {n} 个问题需要人来判定，见 questions.csv。",
                    f"{n} questions need a person: questions.csv.",
                ),
            )
        )
    return Markup("".join(parts))


def _by_concept(answers: list[Answer]) -> list[str]:
    """One line for each concept and status with the subjects asked about."""
    found: dict[tuple[str, str], set[str]] = {}
    for a in answers:
        found.setdefault((a.asked.concept, str(a.status)), set()).add(a.asked.subject)
    return [f"{concept}/{', '.join(sorted(found[concept, s]))} · {s}" for concept, s in sorted(found)]


def curve(s: Story) -> Markup:
    """Epidemic curve and cases by class."""
    t, described = s.t, s.results.investigation
    if not described.line_list.height:
        return nothing(t.say("数据没有病例。", "The data hold no cases."))
    svg = epidemic_curve(
        described.curve, tz=t.tz, lang=t.code, width=960, height=320, figure_id=f"{t.code}-curve"
    )
    by = (
        described.line_list.group_by(pl.col("classification").fill_null("unclassified"))
        .len()
        .sort("len", descending=True)
    )
    rows = [(class_name(name, t), t.number(n)) for name, n in by.iter_rows()]
    n_undated = described.summary.get("n_undated") or 0
    note = (
        t.say(
            f"{n_undated} 例没有可用日期，未上图。",
            f"{n_undated} cases have no usable date and are not drawn.",
        )
        if n_undated
        else t.say("全部病例都在图上。", "Every case is drawn.")
    )
    counts = table(
        (t.say("分类", "Class"), t.say("例数", "Cases")),
        rows,
        caption=t.say("按分类", "By class"),
        numeric=(1,),
    )
    return Markup(figure(svg, note) + counts + _discarded(t, dict(by.iter_rows()).get("discarded", 0)))


def _discarded(t: Tongue, n: int) -> Markup:
    """Why the sums of other parts are smaller than the line list."""
    if not n:
        return Markup("")
    return element(
        "p",
        t.say(
            f"{n:,} 例已排除：留在名单中，不计入病例数、传播链（chain_cases）和公布表。",
            f"{n:,} discarded: they stay in the line list and are not counted as cases, in the chain "
            "(chain_cases) or in published tables.",
        ),
    )


def chain(s: Story) -> Markup:
    """The stated chain, largest components first where it is too long for a page."""
    t, found = s.t, s.results.contacts.chain
    if not found.edges.height:
        return nothing(t.say("数据没有病例之间的联系。", "The data hold no links between cases."))
    sizes = found.nodes.group_by("component").len().sort(["len", "component"], descending=[True, False])
    kept = sizes.filter((pl.col("len").cum_sum() <= MOST_CHAIN_CASES) | (pl.int_range(pl.len()) == 0))
    nodes = found.nodes.filter(pl.col("component").is_in(kept["component"].implode()))
    ids = nodes["case_id"].implode()
    edges = found.edges.filter(pl.col("from_case").is_in(ids) & pl.col("to_case").is_in(ids))
    lines = s.results.investigation.line_list
    svg = chain_figure(nodes, edges, cases=lines, lang=t.code, width=960, figure_id=f"{t.code}-chain")
    facts = found.summary
    left = found.nodes["component"].n_unique() - kept.height
    told = "".join(element("p", w.get(t.code)) for w in chain_words(_figures(facts)))
    words = t.say(
        f"共 {facts.get('n_links', found.edges.height)} 条联系，最长 {facts.get('max_generation') or 0} 代。"
        + (f"另有 {left} 个较小的组或孤立病例未画，见 chain_cases.csv。" if left else ""),
        f"{facts.get('n_links', found.edges.height)} links, "
        f"up to generation {facts.get('max_generation') or 0}."
        + (f" {left} smaller groups or single cases are not drawn: chain_cases.csv." if left else ""),
    )
    return Markup(told + figure(svg, words))


def _figures(facts: Mapping[str, Any]) -> dict[str, str]:
    return dict(figures(facts).iter_rows()) if "reproduction" in facts else {}


def stream_name(value: str, t: Tongue) -> str:
    """Word for a stream, else its name in the input."""
    kind = value.partition("/")[0]
    return t.say(*STREAMS.get(kind, (value, value)))


def signals(s: Story) -> Markup:
    """Alarms, strongest and newest first, with the series of the first few."""
    t = s.t
    alarms = sorted(
        s.results.signals.alarms, key=lambda a: (_LEVEL_ORDER.get(a.level, 9), -a.day.toordinal(), a.alarm_id)
    )
    if not alarms:
        return Markup(nothing(t.say("没有报警。", "No alarm.")) + _clusters(s))
    rows = []
    for a in alarms[:MOST_ALARMS]:
        glyph, zh, en = _LEVELS.get(a.level, ("●", a.level, a.level))
        rows.append(
            (
                element("span", t.say(zh, en), class_="level", data_glyph=glyph),
                element("span", t.when(a.day), class_="day"),
                s.area_name(a.area_code),
                stream_name(a.stream, t),
                t.number(a.observed),
                t.number(a.expected, 1),
                t.number(a.upper, 1),
                element("span", t.words(a.why), class_="why"),
            )
        )
    heads = (
        t.say("级别", "Level"), t.say("日期", "Day"), t.say("地区", "Area"), t.say("监测流", "Stream"),
        t.say("实际", "Observed"), t.say("预期", "Expected"), t.say("阈值", "Limit"), t.say("原因", "Why"),
    )  # fmt: skip
    caption = t.say(
        f"共 {len(alarms)} 个报警，列出前 {len(rows)} 个",
        f"{len(alarms)} alarms, the first {len(rows)} shown",
    )
    alarms_table = table(heads, rows, caption=caption, numeric=(4, 5, 6))
    return Markup(_clusters(s) + _series(s, alarms) + alarms_table)


def _clusters(s: Story) -> Markup:
    """Areas that were high together over the last days, rarest first; a sentence where none was."""
    t = s.t
    found = s.results.signals.clusters
    if found.is_empty():
        return Markup("")
    unusual = found.filter("is_unusual").head(MOST_CLUSTERS)
    if unusual.is_empty():
        return nothing(
            t.say(
                f"时空扫描 {found['stream'].n_unique()} 路：没有异常聚集。",
                f"{found['stream'].n_unique()} streams scanned in space and time: no unusual cluster.",
            )
        )
    rows = [
        (
            stream_name(row["stream"], t),
            ("、" if t.code == "zh" else ", ").join(s.area_name(code) for code in row["areas"]),
            element("span", t.when(row["first_day"]), class_="day"),
            t.number(row["observed"]),
            t.number(row["expected"], 1),
            f"{row['p']:.3f}",
            t.words(span_words(row["recurrence_d"])).strip(),
            element("span", t.words(BASELINES[ScanBaseline(row["baseline"])]), class_="why"),
        )
        for row in unusual.iter_rows(named=True)
    ]
    heads = (
        t.say("监测流", "Stream"), t.say("聚集地区", "Cluster of areas"), t.say("自", "Since"),
        t.say("实际", "Observed"), t.say("预期", "Expected"), "p",
        t.say("随机约每隔", "By chance once in"), t.say("预期的依据", "Expected from"),
    )  # fmt: skip
    caption = t.say("时空聚集（扫描统计）", "Clusters in space and time (scan statistic)")
    return table(heads, rows, caption=caption, numeric=(3, 4, 5))


def _series(s: Story, alarms: list) -> str:
    """Figures of the series behind the first alarms, one for each stream and area."""
    drawn: dict[tuple[str, str], Markup] = {}
    series = s.results.signals.series
    for a in alarms:
        key = (a.stream, a.area_code or "")
        if len(drawn) == MOST_SERIES:
            break
        rows = series.filter((pl.col("stream") == a.stream) & (pl.col("area_code") == (a.area_code or "")))
        if key in drawn or not rows.height:
            continue
        if rows["method"].n_unique() > 1:
            rows = rows.filter(pl.col("method") == rows["method"].sort()[0])
        name = f"{stream_name(a.stream, s.t)} · {s.area_name(a.area_code)}"
        svg = signal_series(
            rows, tz=s.t.tz, lang=s.t.code, name=name, width=960, figure_id=f"{s.t.code}-series-{len(drawn)}"
        )
        drawn[key] = figure(svg, name)
    return "".join(drawn.values())


def public(s: Story) -> Markup:
    """The public text and its tables after suppression."""
    t, bulletin = s.t, s.results.bulletin
    parts = [element("div", t.words(bulletin.text), class_="quote")]
    parts += [_cross_table(name, frame, t) for name, frame in sorted(bulletin.tables.items()) if frame.height]
    return Markup("".join(parts))


def _cross_table(name: str, frame: pl.DataFrame, t: Tongue) -> Markup:
    """A bulletin table with its rows and columns; hidden cells show their mark."""
    rows = list(dict.fromkeys(frame["row"].to_list()))
    all_columns = list(dict.fromkeys(frame["column"].to_list()))
    columns = all_columns[-MOST_CROSS_COLUMNS:]  # the newest weeks and the total
    cell = {(r, c): shown for r, c, shown in frame.select("row", "column", "shown").iter_rows()}
    said_of = {
        key: dict(frame.select(key, f"{key}_{t.code}").unique().iter_rows()) for key in ("row", "column")
    }
    said = t.say("；* 为不公开的小数", "; * = small number, hidden")
    lines = [(said_of["row"][r], *(cell.get((r, c), "") for c in columns)) for r in rows[:MOST_CROSS_ROWS]]
    if len(rows) > len(lines):
        said += t.say(
            f"；共 {len(rows)} 行，列出前 {len(lines)} 行，其余见 bulletin_{name}.csv",
            f"; the first {len(lines)} of {len(rows)} rows, all in bulletin_{name}.csv",
        )
    if len(all_columns) > len(columns):
        said += t.say(f"；只列最后 {len(columns)} 列", f"; the last {len(columns)} columns")
    return table(
        [t.say("组别", "Group"), *(said_of["column"][c] for c in columns)],
        lines,
        caption=t.words(TABLES[name]) + said,
        numeric=range(1, len(columns) + 1),
    )


def rules(s: Story) -> Markup:
    """Every rule that was used, with edition and source."""
    t = s.t
    used = s.summary["rules"]
    if not used:
        return nothing(t.say("没有使用任何规则。", "No rule was used."))
    rows = [
        (element("span", u["id"], class_="id"), u["edition"], u["confidence"], u["source"] or "–")
        for u in used
    ]
    heads = (
        t.say("规则", "Rule"),
        t.say("版本", "Edition"),
        t.say("可信度", "Confidence"),
        t.say("来源", "Source"),
    )
    return table(
        heads, rows, caption=t.say("按本次日期与地区解析", "Resolved for the day and area of this run")
    )


def files(s: Story) -> Markup:
    """Files read with sums that add up, and files nobody asked for."""
    t = s.t
    rows = [
        (
            f["file"], *(t.number(f[name]) for name in ("rows", "kept", "merged", "rejected")),
            f["encoding"] or "–", f["note"] or "",
        )
        for f in s.summary["files"]
    ]  # fmt: skip
    heads = (
        t.say("文件", "File"), t.say("行", "Rows"), t.say("保留", "Kept"), t.say("合并", "Merged"),
        t.say("剔除", "Rejected"), t.say("编码", "Encoding"), t.say("说明", "Note"),
    )  # fmt: skip
    shown = table(
        heads,
        rows,
        caption=t.say("行数 = 保留 + 合并 + 剔除", "rows = kept + merged + rejected"),
        numeric=(1, 2, 3, 4),
    )
    ignored = s.summary["ignored"]
    if not ignored:
        return shown
    names = "、".join(ignored[:40]) if t.code == "zh" else ", ".join(ignored[:40])
    more = t.say(f" 等 {len(ignored)} 个", f" and more, {len(ignored)} in all") if len(ignored) > 40 else ""
    return Markup(
        shown + element("p", t.say("未使用的文件：", "Files not used: ") + names + more, class_="lead")
    )
