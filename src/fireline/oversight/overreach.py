"""Is it too much: companions held, venues over their cap, data kept too long, rules that may not be acted on.

Chapter 10: checks 19, 27, 29 and 30.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from fireline.oversight.context import Context, findings
from fireline.oversight.model import Outcome, judged, not_judged
from fireline.oversight.precision import held_without_rule
from fireline.places.occupancy import VENUES, survey
from fireline.policy.model import Confidence, Rule
from fireline.words import Words

WIDE_CLASSES = ("companion", "general")


def companions(context: Context) -> Outcome:
    """Check 19: companions and general contacts are not held without a rule; their tests are done."""
    held, n_people, _ = held_without_rule(context, 19, WIDE_CLASSES)
    found = context.contacts.found.filter(pl.col("class").is_in(WIDE_CLASSES))["person_key"].n_unique()
    if not found and not n_people:
        return not_judged(
            19, "not_computable", Words("没有时空伴随者或一般接触者。", "No companions or general contacts.")
        )
    people = (
        context.contacts.found.filter(pl.col("class") == "companion").select(subject_id="person_key").unique()
    )
    untested = (
        context.of_kind("test").filter(pl.col("state") == "overdue").join(people, on="subject_id", how="semi")
    )
    tests = findings(
        untested,
        19,
        "too_little",
        subject_kind="person",
        subject_id="subject_id",
        rule_id=pl.col("rule_id"),
        zh=pl.format("伴随者{}未做", "what_zh"),
        en=pl.format("companion: {} not done", "what_en"),
    )
    note = Words(f"检查 {max(found, n_people)} 人。", f"{max(found, n_people)} people looked at.")
    return judged(19, max(found, n_people), [held, tests], note)


def venue_caps(context: Context) -> Outcome:
    """Check 27: people at a venue at one time within the cap of its kind; events are not in the data."""
    subjects = sorted({r.subject for r in context.rules.library.by_concept.get("capacity", ())})
    kinds = {s for s in subjects if context.rules.find("capacity", s).in_force}
    if not kinds:
        return not_judged(27, "no_rule", Words("没有限流的有效规定。", "No cap on venues is in force."))
    covered = kinds | (set(VENUES) if "venue" in kinds else set())
    places = context.records.table("places").filter(
        pl.col("kind").is_in(sorted(covered)) & pl.col("capacity").is_not_null()
    )
    stays = (
        context.records.table("visits")
        .join(places.select("place_id"), on="place_id", how="semi")
        .filter(
            (pl.col("enter") <= context.at)
            & (pl.col("enter_precision") != "day")
            & (pl.col("leave_precision") != "day")
            & (pl.col("leave") > pl.col("enter"))
        )
    )
    n_checked = stays["place_id"].n_unique()
    tables = {**context.records.tables, "visits": stays}
    seen = survey(replace(context.records, tables=tables), context.rules, at=context.at)
    if not n_checked:
        return not_judged(27, "not_computable", Words("没有可判断的场所。", "No venue can be judged."))
    over = (
        seen.exceeded.filter(pl.col("status") == "RULE")
        .sort("place_id", "peak", "hour")
        .unique("place_id", keep="last", maintain_order=True)
    )
    found = findings(
        over,
        27,
        "too_little",
        subject_kind="place",
        subject_id="place_id",
        rule_id=pl.col("rule_id"),
        zh=pl.format("同时在场至少 {} 人，上限 {} 人", "peak", "limit"),
        en=pl.format("at least {} people at one time, the cap is {}", "peak", "limit"),
    )
    return judged(27, n_checked, [found], Words(f"检查 {n_checked} 处场所。", f"{n_checked} venues seen."))


def data_kept(context: Context) -> Outcome:
    """Check 29: no stays or positions older than the retention rule; a disclosure rule with k is in force."""
    keep = context.rules.find("retention", "visits")
    public = context.rules.find("disclosure", "public")
    if not keep.in_force and not public.in_force:
        return not_judged(
            29,
            "no_rule",
            Words("没有保存期限或公布规定。", "No rule on retention or disclosure is in force."),
        )
    parts, n_checked = [], 0
    if keep.in_force and keep.value is not None and "days" in keep.value:
        limit = context.at - timedelta(days=float(keep.value["days"]))
        for table, column in (("visits", pl.coalesce("leave", "enter")), ("positions", pl.col("at"))):
            rows = context.records.table(table)
            n_checked += rows.height
            old = rows.filter(column < limit).select(n=pl.len(), table=pl.lit(table)).filter(pl.col("n") > 0)
            parts.append(
                findings(
                    old,
                    29,
                    "too_much",
                    subject_kind="table",
                    subject_id="table",
                    rule_id=keep.rule_id,
                    zh=pl.format(f"有 {{}} 行超过 {keep.value['days']:g} 天的保存期限", "n"),
                    en=pl.format(
                        f"{{}} rows are older than the {keep.value['days']:g} days they may be kept", "n"
                    ),
                )
            )
    k = (public.value or {}).get("k") if public.in_force else None
    note = Words(
        f"检查 {n_checked} 行；公开文本的小数保护 k = {k if k is not None else '无规定'}。"
        "用途和访问记录由审计日志另查。",
        f"{n_checked} rows looked at; public tables use k = {k if k is not None else 'no rule'}. "
        "Purpose and access are kept by the audit log, not by these tables.",
    )
    return judged(29, n_checked, parts, note)


def cited_rules(context: Context) -> Outcome:
    """Check 30: every rule that rows rest on is known, in force and fit to act on."""
    cited = _citations(context)
    if cited.is_empty():
        return not_judged(30, "not_computable", Words("没有引用任何规则。", "No rule is cited."))
    rows = []
    for rule_id, where, n in cited.iter_rows():
        for zh, en in _faults(context, context.rules.library.by_rule.get(rule_id)):
            rows.append(
                {"rule_id": rule_id, "zh": f"{where} 表 {n} 行：{zh}", "en": f"{n} rows of {where}: {en}"}
            )
    answers = [*context.zones.answers, *context.contacts.answers]
    for refused in sorted({r.id for a in answers for r in a.refused}):
        rows.append(
            {
                "rule_id": refused,
                "zh": "地方规定未获允许，未采用",
                "en": "a local override that is not allowed; it was not applied",
            }
        )
    frame = pl.DataFrame(rows, schema={"rule_id": pl.String, "zh": pl.String, "en": pl.String})
    found = findings(
        frame,
        30,
        "too_much",
        subject_kind="rule",
        subject_id="rule_id",
        rule_id=pl.col("rule_id"),
        zh=pl.col("zh"),
        en=pl.col("en"),
    )
    n_rules = cited["rule_id"].n_unique()
    return judged(
        30, n_rules, [found], Words(f"检查所引 {n_rules} 条规则。", f"{n_rules} cited rules looked at.")
    )


def _citations(context: Context) -> pl.DataFrame:
    """Rules cited in result tables: rule_id, table, rows."""
    tables = {"contacts": context.contacts.found, "zones": context.zones.levels, "tasks": context.tasks.table}
    parts = [
        frame.filter(pl.col("rule_id").fill_null("") != "")
        .group_by("rule_id")
        .agg(pl.len().cast(pl.Int64).alias("n"))
        .select("rule_id", pl.lit(name).alias("where"), "n")
        for name, frame in tables.items()
    ]
    return pl.concat(parts).sort("rule_id", "where")


def _faults(context: Context, rule: Rule | None) -> list[tuple[str, str]]:
    """What is wrong with acting on a cited rule."""
    if rule is None:
        return [("所引规则不在规则库中", "the cited rule is not in the library")]
    found = []
    if rule.confidence in (Confidence.K, Confidence.C):
        found.append(
            (
                "依据未核实或有冲突，不得自动作为依据",
                "its ground is not verified or conflicts; not to be acted on",
            )
        )
    if rule.valid_from > context.rules.on:
        found.append((f"规则 {rule.valid_from} 才生效", f"the rule is in force only from {rule.valid_from}"))
    if (
        rule.expires_at is not None
        and rule.expires_at < context.rules.on
        and not _was_used_before(context, rule)
    ):
        found.append((f"规则已于 {rule.expires_at} 失效", f"the rule expired on {rule.expires_at}"))
    if rule.expires_at is not None and not rule.legal_basis:
        found.append(("地方规定缺少依据", "a local override without a legal basis"))
    return found


def _was_used_before(context: Context, rule: Rule) -> bool:
    """Whether only clocks that started while the rule was in force rest on it."""
    cited = context.tasks.table.filter(pl.col("rule_id") == rule.id)
    started = pl.col("start_at").dt.convert_time_zone(context.tz).dt.date()
    latest: date | None = cited.select(started.max()).item()
    return latest is not None and rule.expires_at is not None and latest <= rule.expires_at
