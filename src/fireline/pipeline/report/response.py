"""Sections of the report on the response: contacts, zones, tasks and the two-sided gap check.

Pipeline: each takes the story in one language and returns safe HTML.
"""

from __future__ import annotations

import polars as pl

from fireline.pipeline.report.parts import Markup, Tongue, element, listing, nothing, table
from fireline.pipeline.report.sections import Story
from fireline.pipeline.report.zoning import ways
from fireline.tasks.tables import KINDS

MOST_TASKS = 30
MOST_FINDINGS = 30
_CLASSES = {
    "close": ("密切接触者", "close"),
    "secondary": ("次密接", "secondary"),
    "general": ("一般接触者", "general"),
    "companion": ("时空伴随", "companion"),
    "unclassified": ("未判定", "unclassified"),
}
_BASES = {
    "stated": ("本人陈述", "stated"),
    "manifest": ("同行名单", "manifest"),
    "household": ("同住", "household"),
    "co_presence": ("同时空", "co-presence"),
}
_ZONES = {
    "sealed": ("封控区", "⊞", "sealed"),
    "managed": ("管控区", "▨", "managed"),
    "precaution": ("防范区", "⠿", "precaution"),
}
_STATES = {
    "open": ("待办（未逾期）", "open, not overdue"),
    "overdue": ("逾期", "overdue"),
    "no_record": ("无完成记录", "no record"),
    "done": ("已完成", "done"),
}
_STATUS = {
    "ok": ("✓ 无问题", "✓ ok"),
    "found": ("▲ 有发现", "▲ found"),
    "not_computable": ("– 数据不足", "– not computable"),
    "no_rule": ("– 无规则", "– no rule"),
    "not_checked": ("– 未查", "– not checked"),
}
_ROLES = {
    "epidemiologist": ("流调", "epidemiologist"),
    "commander": ("指挥", "commander"),
    "grid_worker": ("网格员", "grid worker"),
    "supervisor": ("督查", "supervisor"),
}


def _name(names: dict[str, tuple[str, str]], value: str | None, t: Tongue) -> str:
    return t.say(*names.get(value or "", (value or "–", value or "–")))


def contacts(s: Story) -> Markup:
    """People by class and by how they are known; nobody is listed."""
    t, found = s.t, s.results.contacts.found
    if not found.height:
        return nothing(
            t.say(
                "没有接触者：数据没有联系、名单或停留，或没有有效规则。",
                "No contacts: the data hold no links, lists or stays, or no rule is in force.",
            )
        )
    bases = [b for b in _BASES if b in set(found["basis"].to_list())]
    rows = []
    for cls in _CLASSES:
        own = found.filter(pl.col("class") == cls)
        if own.height:
            by = dict(own.group_by("basis").len().iter_rows())
            rows.append(
                (
                    _name(_CLASSES, cls, t),
                    t.number(own["person_key"].n_unique()),
                    *(t.number(by.get(b, 0)) for b in bases),
                )
            )
    heads = (t.say("类别", "Class"), t.say("人数", "People"), *(_name(_BASES, b, t) for b in bases))
    caption = t.say(
        f"{found['case_id'].n_unique()} 例病例的接触者；后几列为病例-接触者对数",
        f"Contacts of {found['case_id'].n_unique()} cases; the later columns count case-contact pairs",
    )
    return table(heads, rows, caption=caption, numeric=tuple(range(1, len(heads))))


def zones(s: Story) -> Markup:
    """Units and people by level, and when each can be lifted."""
    t, found = s.t, s.results.zones
    if not found.totals.height:
        none = nothing(
            t.say(
                "没有划定区域：数据没有单元，或没有有效规则。",
                "No zones: the data hold no units, or no rule is in force.",
            )
        )
        return Markup(none + listing(t.words(n) for n in found.notes)) if found.notes else none
    rows = []
    for level, n, people in found.totals.select("level", "n_units", "population").iter_rows():
        zh, glyph, en = _ZONES.get(level, (level, "", level))
        rows.append((f"{glyph} {t.say(zh, en)}", t.number(n), t.number(people)))
    heads = (t.say("级别", "Level"), t.say("单元", "Units"), t.say("人口", "People"))
    totals = table(
        heads,
        rows,
        caption=t.say("建议方案，未经批准不生效", "A proposal: nothing holds before it is approved"),
        numeric=(1, 2),
    )
    return Markup(totals + ways(s))


def tasks(s: Story) -> Markup:
    """Tasks by kind and state, then what is overdue for longest."""
    t, owed = s.t, s.results.tasks.table
    if not owed.height:
        return nothing(
            t.say(
                "没有任务：没有有效规则要求，或没有所需日期。",
                "No tasks: no rule in force asks for any, or dates are missing.",
            )
        )
    states = [x for x in _STATES if x in set(owed["state"].to_list())]
    rows = []
    for kind in sorted(
        owed["kind"].unique().to_list(), key=list(KINDS).index if set(owed["kind"]) <= set(KINDS) else None
    ):
        own = owed.filter(pl.col("kind") == kind)
        by = dict(own.group_by("state").len().iter_rows())
        name = t.words(KINDS[kind].name) if kind in KINDS else kind
        rows.append((name, t.number(own.height), *(t.number(by.get(x, 0)) for x in states)))
    heads = (t.say("任务", "Task"), t.say("合计", "All"), *(_name(_STATES, x, t) for x in states))
    counts = table(
        heads, rows, caption=t.say("按种类和状态", "By kind and state"), numeric=tuple(range(1, len(heads)))
    )
    return Markup(counts + _overdue(s, owed))


def _overdue(s: Story, owed: pl.DataFrame) -> Markup:
    t = s.t
    late = owed.filter(pl.col("state") == "overdue").sort("due_at", "task_id")
    silent = owed.filter(pl.col("state") == "no_record").height
    if silent and not late.height:
        return nothing(
            t.say(
                f"{silent:,} 项期限已过，数据中没有完成记录，不能说逾期。",
                f"{silent:,} are past due and the data do not record whether they were done: "
                "nothing can be called overdue.",
            )
        )
    if not late.height:
        return nothing(t.say("没有逾期。", "Nothing is overdue."))
    what = "what_zh" if t.code == "zh" else "what_en"
    rows = [
        (
            element("span", t.when(row["due_at"], row["precision"]), class_="day"),
            row[what],
            element("span", row["subject_id"], class_="id"),
            s.area_name(row["owner_unit"]),
            _name(_ROLES, row["owner_role"], t),
        )
        for row in late.head(MOST_TASKS).iter_rows(named=True)
    ]
    heads = (
        t.say("应完成", "Due"),
        t.say("要做什么", "What"),
        t.say("对象", "About"),
        t.say("责任单位", "Unit"),
        t.say("角色", "Role"),
    )
    caption = t.say(
        f"逾期 {late.height:,} 项，最早的 {len(rows)} 项",
        f"{late.height:,} overdue, the earliest {len(rows)}",
    )
    return table(heads, rows, caption=caption, row_classes=["late"] * len(rows))


def gaps(s: Story) -> Markup:
    """All checks with their result, then the first findings, too much before too little."""
    t, found = s.t, s.results.gaps
    if not found.checks.height:
        return nothing(t.say("没有可做的核查。", "No check could be made."))
    title, what = ("title_zh", "what_zh") if t.code == "zh" else ("title_en", "what_en")
    ordered = found.checks.sort("no")
    rows = [
        (
            row["no"],
            row[title],
            element("span", _name(_STATUS, row["status"], t), class_="state"),
            t.number(row["n_checked"]),
            t.number(row["n_found"]),
        )
        for row in ordered.iter_rows(named=True)
    ]
    heads = (
        t.say("号", "No"),
        t.say("核查", "Check"),
        t.say("结果", "Result"),
        t.say("查了", "Checked"),
        t.say("发现", "Found"),
    )
    checks = table(
        heads, rows, numeric=(3, 4),
        caption=t.say("不足与过度都是问题", "Too little and too much are both findings"),
        row_classes=[{"found": "found", "ok": "ok"}.get(v, "") for v in ordered["status"].to_list()],
    )  # fmt: skip
    if not found.findings.height:
        return checks
    sides = {"too_much": t.say("过度", "too much"), "too_little": t.say("不足", "too little")}
    sample = found.findings.sort(["side", "no", "subject_id"], descending=[True, False, False])
    sample = sample.group_by("no", maintain_order=True).head(5).head(MOST_FINDINGS)
    lines = [
        (
            sides.get(row["side"], row["side"]),
            row["no"],
            row[what],
            element("span", row["subject_id"] or "–", class_="id"),
        )
        for row in sample.iter_rows(named=True)
    ]
    caption = t.say(
        f"{found.findings.height:,} 条发现，每项至多列 5 条",
        f"{found.findings.height:,} findings, at most 5 of each check",
    )
    return Markup(
        checks
        + table(
            (t.say("方向", "Side"), t.say("号", "No"), t.say("发现", "Finding"), t.say("对象", "About")),
            lines,
            caption=caption,
        )
    )
