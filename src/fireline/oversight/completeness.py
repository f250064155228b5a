"""Is anything missing: trajectories, contacts, tests, hand-overs, goods, key occupations.

Chapter 10: checks 11, 12, 13, 14, 20, 21, 22 and 23.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from fireline.oversight.context import Context, findings, late_tasks
from fireline.oversight.following import is_monitoring
from fireline.oversight.model import Outcome, judged, not_judged
from fireline.policy.model import Status
from fireline.tasks.timing import known_by, local_date
from fireline.words import Words
from fireline.zones.cases import anchor_expr, counted_cases

ARRIVAL_CLASSES = ("arrival_inbound", "arrival_high", "arrival_medium", "arrival_low")

_NO_LOOKBACK = Words("没有有效的追溯期规定。", "No look-back rule is in force.")


def lookback_cover(context: Context) -> Outcome:
    """Check 11: every day of each case's look-back window has at least one stay.

    The window runs from the rule's days before the anchor to isolation, report or ``at``, whichever is
    first. Where the source records no stay of a case at home, a day without a stay may be a day at home:
    then only a window without any stay is a finding.
    """
    answer = context.rules.find("contact.lookback", "close")
    if not answer.in_force or answer.value is None:
        return not_judged(11, "no_rule", _NO_LOOKBACK)
    if not context.records.has("visits"):
        return not_judged(11, "not_computable", Words("数据中没有行程。", "The data hold no stays."))
    tz, days = context.tz, int(answer.value["days"])
    cases = counted_cases(context.records, at=context.at)
    anchor = anchor_expr(str(answer.value["anchor"]), cases.columns)
    windows = (
        cases.select(
            "case_id",
            "person_key",
            first=local_date(anchor, tz).dt.offset_by(f"-{days}d"),
            last=pl.min_horizontal(
                local_date(
                    pl.coalesce("isolated_at", "reported_at", pl.lit(context.at).dt.cast_time_unit("us")), tz
                ),
                pl.lit(context.today),
            ),
        )
        .drop_nulls()
        .filter(pl.col("first") <= pl.col("last"))
    )
    if windows.is_empty():
        return not_judged(
            11, "not_computable", Words("病例缺少起算日期。", "The cases lack the date to count from.")
        )
    owed = windows.with_columns(day=pl.date_ranges("first", "last")).explode("day", empty_as_null=True)
    missing = owed.join(_days_told(context, windows), on=["person_key", "day"], how="anti")
    gaps = missing.group_by("case_id").agg(pl.len().alias("n"), pl.col("day").min()).sort("case_id")
    has_home = _records_home(context, windows)
    if not has_home:
        sizes = windows.select("case_id", size=(pl.col("last") - pl.col("first")).dt.total_days() + 1)
        gaps = gaps.join(sizes, on="case_id").filter(pl.col("n") == pl.col("size"))
    found = findings(
        gaps,
        11,
        "too_little",
        subject_kind="case",
        subject_id="case_id",
        rule_id=answer.rule_id,
        zh=pl.format("追溯期内有 {} 天没有行程，最早为 {}", "n", "day"),
        en=pl.format("{} days of the look-back window have no stay, the first is {}", "n", "day"),
    )
    zh, en = f"检查 {windows.height} 例病例的追溯期。", f"Windows of {windows.height} cases looked at."
    if not has_home:
        zh += "数据不记录在家停留，只报告全无行程的病例。"
        en += " The data record no stays at home, so only windows without any stay are reported."
    note = Words(zh, en)
    return judged(11, windows.height, [found], note)


def _records_home(context: Context, windows: pl.DataFrame) -> bool:
    """Whether the source records stays of cases at their home place."""
    homes = context.records.table("persons").select("person_key", place_id="home_place_id").drop_nulls()
    stays = context.records.table("visits").select("person_key", "place_id")
    return (
        stays.join(windows.select("person_key").unique(), on="person_key", how="semi")
        .join(homes, on=["person_key", "place_id"], how="semi")
        .height
        > 0
    )


def _days_told(context: Context, windows: pl.DataFrame) -> pl.DataFrame:
    """(person_key, day) with at least one stay, for the people of the windows."""
    tz = context.tz
    end = pl.coalesce("leave", "enter")
    last = pl.max_horizontal(
        pl.col("enter"),
        pl.when(pl.col("leave_precision") == "day").then(end).otherwise(end.dt.offset_by("-1us")),
    )
    spans = (
        context.records.table("visits")
        .join(windows.select("person_key").unique(), on="person_key", how="semi")
        .filter(pl.col("enter") <= context.at)
        .select("person_key", first=local_date("enter", tz), last=local_date(last, tz))
        .filter(pl.col("last") - pl.col("first") < timedelta(days=400))
    )
    return (
        spans.with_columns(day=pl.date_ranges("first", "last"))
        .explode("day", empty_as_null=True)
        .select("person_key", "day")
        .unique()
    )


def cases_with_contacts(context: Context) -> Outcome:
    """Check 12: every case has at least one contact; the tables hold no signed "none"."""
    answer = context.rules.find("contact.lookback", "close")
    if not answer.in_force:
        return not_judged(12, "no_rule", _NO_LOOKBACK)
    cases = counted_cases(context.records, at=context.at)
    if cases.is_empty():
        return not_judged(12, "not_computable", Words("没有计入的病例。", "No case counts."))
    without = cases.join(context.contacts.found.select("case_id").unique(), on="case_id", how="anti").sort(
        "case_id"
    )
    found = findings(
        without,
        12,
        "too_little",
        subject_kind="case",
        subject_id="case_id",
        rule_id=answer.rule_id,
        zh="没有任何接触者，也没有签字的“无”",
        en="no contact at all, and no signed none",
    )
    return judged(
        12, cases.height, [found], Words(f"检查 {cases.height} 例病例。", f"{cases.height} cases looked at.")
    )


def contact_fields(context: Context) -> Outcome:
    """Check 13: every contact has a class, a last exposure, a case, and a place where it was met."""
    people = context.contacts.found
    if people.is_empty():
        status = "not_computable" if context.rules.find("contact.lookback", "close").in_force else "no_rule"
        return not_judged(13, status, Words("没有接触者。", "There are no contacts."))
    gaps = (
        people.with_columns(
            gap_zh=pl.concat_str(
                pl.when(pl.col("class") == "unclassified").then(pl.lit("未定类别；")),
                pl.when(pl.col("last_exposure").is_null()).then(pl.lit("无末次暴露时间；")),
                pl.when((pl.col("basis") == "co_presence") & pl.col("place_id").is_null()).then(
                    pl.lit("无地点；")
                ),
                ignore_nulls=True,
            ),
            gap_en=pl.concat_str(
                pl.when(pl.col("class") == "unclassified").then(pl.lit("no class; ")),
                pl.when(pl.col("last_exposure").is_null()).then(pl.lit("no last exposure; ")),
                pl.when((pl.col("basis") == "co_presence") & pl.col("place_id").is_null()).then(
                    pl.lit("no place; ")
                ),
                ignore_nulls=True,
            ),
        )
        .filter(pl.col("gap_en") != "")
        .sort("person_key", "case_id")
    )
    found = findings(
        gaps,
        13,
        "too_little",
        subject_kind="person",
        subject_id="person_key",
        rule_id=pl.col("rule_id").fill_null(""),
        zh=pl.format("病例 {} 的接触者：{}", "case_id", pl.col("gap_zh").str.strip_chars("；")),
        en=pl.format("contact of case {}: {}", "case_id", pl.col("gap_en").str.strip_chars("; ")),
    )
    return judged(
        13,
        people.height,
        [found],
        Words(f"检查 {people.height} 名接触者。", f"{people.height} contacts seen."),
    )


def due_tests(context: Context) -> Outcome:
    """Check 14: a sample on every due day; and not more samples a day than a rule in force allows."""
    outcome = late_tasks(
        context,
        14,
        ("test",),
        deadlines=tuple(("measure", c) for c in ("close", "secondary", "companion", *ARRIVAL_CLASSES)),
        what=Words("应检日", "test days"),
        without=is_monitoring(context),
    )
    too_many = _samples_over_the_limit(context)
    if too_many is None or not too_many.height:
        return outcome
    return judged(14, outcome.n_checked + too_many.height, [outcome.findings, too_many], outcome.note)


def _samples_over_the_limit(context: Context) -> pl.DataFrame | None:
    """People sampled more often in a day than a schedule in force allows; None without such a rule."""
    for subject in sorted({r.subject for r in context.rules.library.by_concept.get("test.schedule", ())}):
        answer = context.rules.find("test.schedule", subject)
        if answer.in_force and answer.value is not None and "max_per_day" in answer.value:
            limit = int(answer.value["max_per_day"])
            counted = (
                context.records.table("tests")
                .filter((pl.col("subject_kind") == "person") & (pl.col("taken_at") <= context.at))
                .group_by("subject_id", day=local_date("taken_at", context.tz))
                .len()
                .filter(pl.col("len") > limit)
                .sort("subject_id", "day")
            )
            return findings(
                counted,
                14,
                "too_much",
                subject_kind="person",
                subject_id="subject_id",
                rule_id=answer.rule_id,
                zh=pl.format(f"{{}} 当日采样 {{}} 次，规则至多 {limit} 次", "day", "len"),
                en=pl.format(f"{{}}: {{}} samples in a day, the rule allows {limit}", "day", "len"),
            )
    return None


def hand_overs(context: Context) -> Outcome:
    """Check 20: every arrival accepted in time."""
    if not context.records.has("arrivals"):
        return not_judged(20, "not_computable", Words("数据中没有来人员。", "The data hold no arrivals."))
    return late_tasks(
        context,
        20,
        ("arrival_accept",),
        deadlines=tuple(("measure", c) for c in ARRIVAL_CLASSES),
        what=Words("来人员交接", "hand-overs of arrivals"),
    )


def risk_arrivals(context: Context) -> Outcome:
    """Check 21: arrivals from risk areas have their measure; nobody is held for an area that has none."""
    if context.tasks.arrivals is None or not context.records.has("arrivals"):
        return not_judged(21, "not_computable", Words("数据中没有来人员。", "The data hold no arrivals."))
    owed = context.tasks.arrivals.owed.filter(pl.col("subject_kind") == "person")
    asked = owed.filter(pl.col("duty") != "accept").sort("subject_id", "due_by", "duty", "n")
    ruled = asked.unique("subject_id", keep="first", maintain_order=True).select(
        "status", "rule_id", arrival_id="subject_id", is_owed=pl.col("duty") != "none"
    )
    arrivals = _with_evidence(context).join(ruled, on="arrival_id").sort("arrival_id")
    is_ruled = pl.col("is_owed") & (pl.col("status") == Status.RULE.value)
    n_ruled = arrivals.filter(is_ruled).height
    has_nothing = (
        pl.col("accepted_at").is_null() & pl.col("managed_at").is_null() & pl.col("is_sampled").is_null()
    )
    is_unasked = pl.col("status").is_in([Status.OFF.value, Status.NO_RULE.value])
    parts = [
        findings(
            arrivals.filter(mask),
            21,
            side,
            subject_kind="arrival",
            subject_id="arrival_id",
            rule_id=pl.col("rule_id"),
            zh=zh,
            en=en,
        )
        for mask, side, zh, en in (
            (
                is_ruled & has_nothing,
                "too_little",
                "来自风险地区，没有任何措施记录",
                "came from a risk area; no measure is on record",
            ),
            (
                is_unasked & pl.col("managed_at").is_not_null(),
                "too_much",
                "没有规定要求管理此类来人员，却已被管理",
                "managed, though no rule in force asks for it",
            ),
        )
    ]
    if not n_ruled and not any(p.height for p in parts):
        return not_judged(
            21, "no_rule", Words("没有针对来人员的有效措施。", "No measure for arrivals is in force.")
        )
    n_checked = arrivals.height
    return judged(
        21, n_checked, parts, Words(f"检查 {n_checked} 名来人员。", f"{n_checked} arrivals looked at.")
    )


def _with_evidence(context: Context) -> pl.DataFrame:
    """Arrivals with what shows a measure: managed_at (people nobody named as contacts only), is_sampled."""
    held = (
        context.records.table("contacts")
        .filter(pl.col("managed_at") <= context.at)
        .select("person_key", "managed_at")
        .join(context.contacts.found.select("person_key").unique(), on="person_key", how="anti")
        .sort("managed_at")
        .unique("person_key", keep="first", maintain_order=True)
    )
    sampled = (
        context.records.table("tests")
        .filter((pl.col("subject_kind") == "person") & (pl.col("taken_at") <= context.at))
        .select("subject_id")
        .unique()
        .with_columns(is_sampled=pl.lit(True))
    )
    return (
        context.records.table("arrivals")
        .select("arrival_id", "person_key", known_by("accepted_at", context.at))
        .join(held, on="person_key", how="left")
        .join(sampled, left_on="person_key", right_on="subject_id", how="left")
    )


def goods(context: Context) -> Outcome:
    """Check 22: lots declared, sampled, disinfected and traced."""
    if not context.records.has("lots"):
        return not_judged(22, "not_computable", Words("数据中没有货物。", "The data hold no goods."))
    return late_tasks(
        context,
        22,
        ("lot_declare", "lot_test", "lot_disinfect", "lot_trace"),
        deadlines=(("goods", "declare"), ("goods", "lot")),
        what=Words("货物管理事项", "duties on goods"),
    )


def key_occupations(context: Context) -> Outcome:
    """Check 23: people of key occupations sampled within their interval before ``at``."""
    subjects = sorted({r.subject for r in context.rules.library.by_concept.get("occupation.test", ())})
    live = [(s, a) for s in subjects if (a := context.rules.find("occupation.test", s)).in_force and a.value]
    if not live:
        return not_judged(
            23,
            "no_rule",
            Words("没有重点岗位检测的有效规定。", "No rule on testing occupations is in force."),
        )
    last = (
        context.records.table("tests")
        .filter((pl.col("subject_kind") == "person") & (pl.col("taken_at") <= context.at))
        .group_by("subject_id")
        .agg(last=pl.col("taken_at").max())
    )
    parts, n_checked = [], 0
    for subject, answer in live:
        per_days = float((answer.value or {})["per_days"])
        people = context.records.table("persons").filter(pl.col("occupation") == subject)
        n_checked += people.height
        limit = context.at - timedelta(days=per_days)
        due = people.join(last, left_on="person_key", right_on="subject_id", how="left").filter(
            pl.col("last").is_null() | (pl.col("last") < limit)
        )
        parts.append(
            findings(
                due.sort("person_key"),
                23,
                "too_little",
                subject_kind="person",
                subject_id="person_key",
                rule_id=answer.rule_id,
                zh=f"{subject}：超过 {per_days:g} 天未检测",
                en=f"{subject}: no sample within {per_days:g} days",
            )
        )
    if not n_checked:
        return not_judged(
            23, "not_computable", Words("人员表没有这些岗位。", "Nobody in the data has such an occupation.")
        )
    return judged(
        23,
        n_checked,
        parts,
        Words(f"检查 {n_checked} 名重点岗位人员。", f"{n_checked} people of key occupations."),
    )
