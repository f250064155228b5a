"""Is it right, neither short nor long: measures, releases, zones and their lifting.

Chapter 10: checks 15, 16, 25 and 26.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from fireline.oversight.context import Context, findings, said
from fireline.oversight.lifting import ordered_zones
from fireline.oversight.model import Outcome, judged, not_judged
from fireline.policy.model import Status
from fireline.policy.terms import term
from fireline.tasks.people import CLASSES
from fireline.tasks.timing import known_by, local_date
from fireline.words import Words
from fireline.zones.cases import counted_cases
from fireline.zones.delimit import find_level_rule
from fireline.zones.lift import lift


def managed_people(context: Context) -> pl.DataFrame:
    """People under management with the class they were found in, and the day whose rule counts.

    Returns
    -------
    DataFrame   person_key, class ("none" where nobody's contact by the rules), managed_at, released_at, day

    Notes
    -----
    The class found by the rule in force counts; the class the source wrote only where nothing was found.
    """
    order = {name: i for i, name in enumerate((*CLASSES, "unclassified"))}
    rank = pl.col("class").replace_strict(order, default=len(order), return_dtype=pl.Int8)
    found = (
        context.contacts.found.select("person_key", "class")
        .with_columns(rank=rank)
        .sort("person_key", "rank")
        .unique("person_key", keep="first", maintain_order=True)
        .select("person_key", found_class="class")
    )
    return (
        context.records.table("contacts")
        .with_columns(known_by("managed_at", context.at), known_by("released_at", context.at))
        .filter(pl.col("managed_at").is_not_null())
        .sort("person_key", "managed_at", "case_id")
        .group_by("person_key", maintain_order=True)
        .agg(
            pl.col("managed_at").first(),
            pl.col("released_at").max(),
            stated=pl.col("class").drop_nulls().first(),
        )
        .join(found, on="person_key", how="left")
        .with_columns(
            **{"class": pl.coalesce("found_class", "stated", pl.lit("none"))},
            day=local_date("managed_at", context.tz),
        )
        .sort("person_key")
    )


def held_without_rule(context: Context, no: int, classes: tuple[str, ...]) -> tuple[pl.DataFrame, int, int]:
    """People managed although no rule for their class was in force on that day.

    Returns
    -------
    findings, n_checked, n_ruled   n_ruled counts those for whom a measure or follow-up rule was in force
    """
    people = managed_people(context).filter(pl.col("class").is_in(classes))
    parts, n_ruled = [], 0
    for name in classes:
        words = term("rule_subject", name)
        for answer, part in context.rulings.split(
            people.filter(pl.col("class") == name), "measure", name, day="day"
        ):
            follow = context.rulings.find("followup", name, part["day"][0])
            if answer.in_force or follow.in_force:
                n_ruled += part.height
                continue
            if answer.status not in (Status.OFF, Status.NO_RULE):
                continue  # advice or a conflict: check 30 speaks of it
            zh = (
                "没有针对其类别的有效规定"
                if answer.status is Status.NO_RULE
                else f"{answer.rule_id} 已停用此措施"
            )
            en = (
                "no rule for this class was in force"
                if answer.status is Status.NO_RULE
                else (f"{answer.rule_id} switches the measure off")
            )
            parts.append(
                findings(
                    part,
                    no,
                    "too_much",
                    subject_kind="person",
                    subject_id="person_key",
                    rule_id=answer.rule_id,
                    zh=pl.format(f"{{}} 起被管理，但{zh}（类别：{words.zh}）", "day"),
                    en=pl.format(f"managed since {{}}, but {en} (class: {words.en})", "day"),
                )
            )
    table = pl.concat(parts) if parts else people.clear().pipe(_none, no)
    return table, people.height, n_ruled


def _none(frame: pl.DataFrame, no: int) -> pl.DataFrame:
    return findings(
        frame, no, "too_much", subject_kind="person", subject_id="person_key", rule_id="", zh="", en=""
    )


def measure_lengths(context: Context) -> Outcome:
    """Check 15: released neither before nor after the last day, and held only by a rule in force."""
    releases = context.of_kind("release").filter(pl.col("subject_kind") == "person")
    done_day, due_day = local_date("done_at", context.tz), local_date("due_at", context.tz)
    early = releases.filter(pl.col("done_at").is_not_null() & (done_day < due_day))
    late = releases.filter(pl.col("is_late").fill_null(False))
    still = releases.filter((pl.col("state") == "overdue") & pl.lit(_records_releases(context)))
    ends = [
        (
            early,
            "too_little",
            "解除于 {}，早于规则的末日 {}",
            "released on {}, before the rule's last day {}",
        ),
        (late, "too_much", "解除于 {}，晚于规则的末日 {}", "released on {}, after the rule's last day {}"),
    ]
    parts = [
        findings(
            part,
            15,
            side,
            subject_kind="person",
            subject_id="subject_id",
            rule_id=pl.col("rule_id"),
            zh=pl.format(zh, done_day, due_day),
            en=pl.format(en, done_day, due_day),
        )
        for part, side, zh, en in ends
    ]
    parts.append(
        findings(
            still,
            15,
            "too_much",
            subject_kind="person",
            subject_id="subject_id",
            rule_id=pl.col("rule_id"),
            zh=pl.format("规则的末日 {} 已过，仍未解除", due_day),
            en=pl.format("the rule's last day {} has passed and there is no release", due_day),
        )
    )
    without, n_people, n_ruled = held_without_rule(
        context, 15, ("close", "secondary", "unclassified", "none")
    )
    if not releases.height and not n_people:
        has_rule = any(context.rules.find("measure", c).in_force for c in ("close", "secondary"))
        status = "not_computable" if has_rule else "no_rule"
        return not_judged(15, status, Words("没有被管理的人员记录。", "Nobody is on record as managed."))
    zh = f"检查 {n_people} 名被管理人员，其中 {n_ruled} 名有有效规定。"
    en = f"{n_people} managed people looked at; a rule was in force for {n_ruled}."
    if n_people and not _records_releases(context):
        zh += "数据不记录解除时间，无法判断是否超期。"
        en += " The data record no releases: whether anybody is held too long cannot be told."
    note = Words(zh, en)
    return judged(15, max(n_people, releases.height), [*parts, without], note)


def _records_releases(context: Context) -> bool:
    """Whether the source records releases at all; if not, nobody can be said to be held still."""
    return context.records.table("contacts")["released_at"].is_not_null().any()


def release_conditions(context: Context) -> Outcome:
    """Check 16: whoever was released had every test the measure asked for, the last one negative."""
    released = context.of_kind("release").filter(
        (pl.col("subject_kind") == "person") & pl.col("done_at").is_not_null()
    )
    if released.is_empty():
        has_rule = any(context.rules.find("measure", c).in_force for c in ("close", "secondary"))
        status = "not_computable" if has_rule else "no_rule"
        return not_judged(16, status, Words("没有已解除的人员。", "Nobody is on record as released."))
    ends = released.select("subject_id", "rule_id", ended="done_at")
    missed = (
        context.of_kind("test")
        .filter(pl.col("done_at").is_null())
        .join(ends.select("subject_id", "ended"), on="subject_id")
        .filter(pl.col("due_at") <= pl.col("ended"))
        .group_by("subject_id")
        .agg(pl.len().alias("n"))
    )
    last = (
        context.records.table("tests")
        .filter(pl.col("subject_kind") == "person")
        .join(ends, on="subject_id")
        .filter(pl.col("taken_at") <= pl.col("ended"))
        .sort("subject_id", "taken_at", "sample_id")
        .unique("subject_id", keep="last", maintain_order=True)
        .with_columns(pl.col("result").fill_null("pending"))
        .filter(pl.col("result") != "negative")
    )
    rule = ends.select("subject_id", "rule_id").unique("subject_id", keep="first")
    untested = findings(
        missed.join(rule, on="subject_id").sort("subject_id"),
        16,
        "too_little",
        subject_kind="person",
        subject_id="subject_id",
        rule_id=pl.col("rule_id"),
        zh=pl.format("解除时尚缺 {} 次应做检测", "n"),
        en=pl.format("released with {} tests of the measure not done", "n"),
    )
    doubtful = findings(
        last.sort("subject_id"),
        16,
        "too_little",
        subject_kind="person",
        subject_id="subject_id",
        rule_id=pl.col("rule_id"),
        zh=pl.format("解除前最后一次检测结果为{}", said("test_result", "result", "zh")),
        en=pl.format("the last test before release is {}", said("test_result", "result", "en")),
    )
    note = Words(
        f"检查 {released.height} 名已解除人员；双采双检和关联密接条件数据不足，未判断。",
        f"{released.height} released people looked at; double tests and linked contacts are not in the data.",
    )
    return judged(16, released.height, [untested, doubtful], note)


def zone_shape(context: Context) -> Outcome:
    """Check 25: sealed units hold a case and are not larger than allowed; every case has its unit."""
    levels = context.zones.levels
    answer = find_level_rule(context.rules, "zone.define", "sealed")
    if not answer.in_force and levels.is_empty():
        return not_judged(25, "no_rule", Words("没有有效的划区规定。", "No rule for zones is in force."))
    if levels.is_empty():
        return not_judged(25, "not_computable", Words("没有划定的区域。", "No zone is drawn."))
    sealed = levels.filter(pl.col("level") == "sealed")
    is_by_case = (answer.value or {}).get("of") == "case_units"
    homes = context.zones.placements.filter(pl.col("subject_kind") == "case")
    lost = homes.filter(pl.col("unit_id").is_null())
    parts = [
        findings(
            sealed.filter(pl.col("is_larger_than_rule")),
            25,
            "too_much",
            subject_kind="unit",
            subject_id="unit_id",
            rule_id=find_level_rule(context.rules, "zone.unit", "sealed").rule_id,
            zh=pl.format(
                "封控单元（{}，{} 人）大于规则允许的单位", said("rule_word", "kind", "zh"), "population"
            ),
            en=pl.format(
                "sealed unit ({}, {} people) is larger than the rule allows",
                said("rule_word", "kind", "en"),
                "population",
            ),
        ),
        findings(
            sealed.filter((pl.col("n_cases") == 0) & pl.lit(is_by_case)),
            25,
            "too_much",
            subject_kind="unit",
            subject_id="unit_id",
            rule_id=pl.col("rule_id"),
            zh="封控单元内没有病例",
            en="sealed although no case lives here",
        ),
        findings(
            lost,
            25,
            "too_little",
            subject_kind="case",
            subject_id="subject_id",
            rule_id=answer.rule_id,
            zh="病例住址无法归入单元，未据此划区",
            en="the case's home falls in no unit: no zone is drawn for it",
        ),
    ]
    note = Words(
        f"检查 {levels.height} 个单元、{homes.height} 例病例。",
        f"{levels.height} units and {homes.height} cases looked at.",
    )
    return judged(25, levels.height, parts, note)


def zone_lifting(context: Context) -> Outcome:
    """Check 26: listed areas and drawn zones are lifted neither before nor after the rule's clean days."""
    answer = find_level_rule(context.rules, "zone.lift", "sealed")
    if (not answer.in_force or answer.value is None) and context.orders.is_empty():
        return not_judged(26, "no_rule", Words("没有有效的解除规定。", "No rule for lifting is in force."))
    days = next(
        (
            int(c.get("ge", c.get("gt", 0) + 1))
            for c in (answer.value or {}).get("all", ())
            if c.get("fact") == "days_no_new_infection"
        ),
        None,
    )
    due = lift(context.records, context.contacts, context.zones, context.rules, at=context.at).filter(
        pl.col("is_due")
    )
    parts = [
        findings(
            due,
            26,
            "too_much",
            subject_kind="zone",
            subject_id="zone_id",
            rule_id=pl.col("rule_id"),
            zh=pl.format(
                "{}的解除条件自 {} 起已满足，应解除", said("rule_subject", "level", "zh"), "earliest"
            ),
            en=pl.format(
                "{}: the lifting conditions are met since {}; lift it",
                said("rule_subject", "level", "en"),
                "earliest",
            ),
        )
    ]
    listed = _listed_with_cases(context) if days is not None else None
    n_listed = 0
    if listed is not None and days is not None:
        n_listed = listed.height
        parts += _listed_findings(context, listed, days, answer.rule_id)
    ordered = ordered_zones(context)
    parts += ordered.findings
    n_checked = n_listed + context.zones.levels["zone_id"].n_unique() + ordered.n_checked
    if not n_checked:
        return not_judged(26, "not_computable", Words("没有区域可检查。", "There is no zone to look at."))
    zh = f"检查 {n_checked} 个区域（其中公布名单 {n_listed} 个）"
    en = f"{n_checked} zones, {n_listed} of them listed ones"
    if ordered.n_checked:
        zh += f"，其中指令 {ordered.n_checked} 个"
        en += f", {ordered.n_checked} ordered"
    if ordered.n_reasoned:
        zh += f"；{ordered.n_reasoned} 个附签字理由提前解除"
        en += f"; {ordered.n_reasoned} lifted before the conditions were met, with a signed reason"
    if ordered.n_unknown:
        zh += f"；{ordered.n_unknown} 个缺少数据，无法判断"
        en += f"; {ordered.n_unknown} cannot be judged for lack of data"
    return judged(
        26,
        n_checked,
        parts,
        Words(f"{zh}。", f"{en}."),
    )


def _listed_with_cases(context: Context) -> pl.DataFrame:
    """Listed high and medium areas with a code, and the last case known there."""
    cases = counted_cases(context.records, at=context.at).filter(pl.col("area_code").is_not_null())
    listed = context.records.table("risk_areas").filter(
        pl.col("area_code").is_not_null()
        & pl.col("level").is_in(["high", "medium"])
        & (pl.col("listed_at") <= context.at)
    )
    by_area = cases.group_by("area_code").agg(last_case=pl.col("last_day").max())
    return listed.join(by_area, on="area_code").drop_nulls("last_case").sort("area", "listed_at")


def _listed_findings(context: Context, listed: pl.DataFrame, days: int, rule_id: str) -> list[pl.DataFrame]:
    clean = listed.with_columns(may_lift=pl.col("last_case") + timedelta(days=days))
    early = clean.filter(
        (pl.col("valid_to") < pl.col("may_lift")) & (pl.col("last_case") <= pl.col("valid_to"))
    )
    late = clean.filter(
        pl.coalesce("valid_to", pl.lit(context.today)).clip(upper_bound=context.today) > pl.col("may_lift")
    )
    return [
        findings(
            part,
            26,
            side,
            subject_kind="area",
            subject_id="area_code",
            rule_id=rule_id,
            zh=pl.format(zh, "last_case", "may_lift"),
            en=pl.format(en, "last_case", "may_lift"),
        )
        for part, side, zh, en in (
            (
                early,
                "too_little",
                "末例 {}，按规则 {} 起方可解除，已提前解除",
                "last case {}; may be lifted from {}; lifted before",
            ),
            (
                late,
                "too_much",
                "末例 {}，按规则 {} 起可解除，逾期未解除",
                "last case {}; may be lifted from {}; still listed after",
            ),
        )
    ]
