"""What should follow: monitoring after release, and a stricter class when a close contact turns positive.

Chapter 10: checks 17 and 18.
"""

from __future__ import annotations

import polars as pl

from fireline.oversight.context import Context, findings
from fireline.oversight.model import Outcome, judged, not_judged
from fireline.tasks.cases import first_seen
from fireline.tasks.timing import known_by, local_date
from fireline.words import Words

MONITORING = ("home_monitoring", "self_monitoring")
"""Places of a phase in which somebody is free again and only watched."""


def monitored_after(context: Context) -> frozenset[str]:
    """Ids of measures that go on with monitoring after a phase of quarantine or isolation."""
    found = set()
    for rule in context.rules.library.by_concept.get("measure", ()):
        places = [str(phase["place"]) for phase in (rule.value or {}).get("phases", ())]
        if places and places[0] not in MONITORING and any(place in MONITORING for place in places[1:]):
            found.add(rule.id)
    return frozenset(found)


def is_monitoring(context: Context) -> pl.Expr:
    """Whether a task is a test of the monitoring that follows quarantine."""
    return (
        (pl.col("kind") == "test")
        & pl.col("place").is_in(MONITORING).fill_null(False)
        & pl.col("rule_id").is_in(sorted(monitored_after(context)))
    )


def monitoring(context: Context) -> Outcome:
    """Check 17: whoever left quarantine gave the samples of the monitoring that follows.

    One finding per person; the samples of quarantine itself are judged by check 14.
    """
    tests = context.tasks.table.filter(is_monitoring(context))
    if tests.is_empty():
        subjects = {r.subject for r in context.rules.library.by_concept.get("measure", ())}
        after = monitored_after(context)
        is_ruled = any(context.rules.find("measure", s).rule_id in after for s in sorted(subjects))
        if not is_ruled:
            words = Words(
                "没有规定解除后健康监测。", "No rule in force asks for monitoring after quarantine."
            )
            return not_judged(17, "no_rule", words)
        return not_judged(17, "not_computable", Words("没有人进入监测。", "Nobody owes monitoring."))
    known = tests.filter(pl.col("state") != "no_record")
    if known.is_empty():
        words = Words("数据中没有采样记录。", "The data hold no samples to judge by.")
        return not_judged(17, "not_computable", words)
    is_missed = pl.col("state") == "overdue"
    people = known.group_by("subject_id").agg(
        n=is_missed.sum(),
        n_due=(pl.col("state") != "open").sum(),
        rule_id=pl.col("rule_id").sort_by("due_at", "task_id").last(),
        first=local_date(pl.col("due_at").filter(is_missed).min(), context.tz),
    )
    missed = people.filter(pl.col("n") > 0).sort("subject_id")
    found = findings(
        missed,
        17,
        "too_little",
        subject_kind="person",
        subject_id="subject_id",
        rule_id=pl.col("rule_id"),
        zh=pl.format("隔离后健康监测缺采样 {}/{} 次，最早应在 {}", "n", "n_due", "first"),
        en=pl.format(
            "monitoring after quarantine: {} of {} samples missing, the first due {}", "n", "n_due", "first"
        ),
    )
    n = people.height
    return judged(
        17, n, [found], Words(f"检查 {n} 名进入监测的人员。", f"{n} people in monitoring looked at.")
    )


def upgrades(context: Context) -> Outcome:
    """Check 18: secondary contacts are recorded as close once the close contact they live with is a case.

    A secondary contact is tied to a close contact of the same case by their household. Released before that
    positive, a case by now, or without a household in the data: not judged.
    """
    linked = _linked(context)
    if linked.is_empty():
        has_rule = "upgrade" in (context.rules.find("measure", "secondary").value or {})
        words = (
            Words(
                "没有次密接与转阳的密接同住的记录。",
                "Nobody on record as secondary lives with a close contact who became a case.",
            )
            if has_rule
            else Words("没有规定次密接升级。", "No rule in force asks for upgrading secondary contacts.")
        )
        return not_judged(18, "not_computable" if has_rule else "no_rule", words)
    parts, n_checked = [], 0
    for answer, part in context.rulings.in_force(linked, "measure", "secondary", day="day"):
        if "upgrade" not in (answer.value or {}):
            continue
        n_checked += part.height
        parts.append(
            findings(
                part.filter(~pl.col("is_upgraded")),
                18,
                "too_little",
                subject_kind="person",
                subject_id="person_key",
                rule_id=answer.rule_id,
                zh=pl.format("同住密接 {} 转阳（病例 {}），仍登记为次密接", "day", "positive_case"),
                en=pl.format(
                    "lives with a close contact positive on {} (case {}), still recorded as secondary",
                    "day",
                    "positive_case",
                ),
            )
        )
    if not n_checked:
        words = Words("没有规定次密接升级。", "No rule in force asks for upgrading secondary contacts.")
        return not_judged(18, "no_rule", words)
    note = Words(
        f"按同住关系检查 {n_checked} 名次密接。",
        f"{n_checked} secondary contacts tied by household looked at.",
    )
    return judged(18, n_checked, parts, note)


def _linked(context: Context) -> pl.DataFrame:
    """Recorded secondary contacts with the first case among the close contacts they live with.

    Returns
    -------
    DataFrame   person_key, positive_case, day (local day of the positive), is_upgraded
    """
    recorded = context.records.table("contacts").with_columns(known_by("released_at", context.at))
    homes = context.records.table("persons").select("person_key", "household_id").drop_nulls()
    homes = homes.unique("person_key", keep="first")
    since = first_seen(context.records, at=context.at)
    cases = (
        context.records.table("cases")
        .select("person_key", positive_case="case_id")
        .sort("positive_case")
        .unique("person_key", keep="first", maintain_order=True)
    )
    close = recorded.filter(pl.col("class") == "close")
    positive = (
        close.select("person_key", "case_id")
        .join(homes, on="person_key")
        .join(since, on="person_key")
        .join(cases, on="person_key")
        .select("case_id", "household_id", "case_since", "positive_case", close_person="person_key")
    )
    return (
        recorded.filter(pl.col("class") == "secondary")
        .select("person_key", "case_id", "released_at")
        .join(homes, on="person_key")
        .join(positive, on=["case_id", "household_id"])
        .join(since.select("person_key"), on="person_key", how="anti")
        .filter(
            (pl.col("person_key") != pl.col("close_person"))
            & (pl.col("released_at").is_null() | (pl.col("released_at") > pl.col("case_since")))
        )
        .sort("person_key", "case_since", "positive_case")
        .unique("person_key", keep="first", maintain_order=True)
        .join(
            close.select("person_key").unique().with_columns(is_upgraded=pl.lit(True)),
            on="person_key",
            how="left",
        )
        .select(
            "person_key",
            "positive_case",
            day=local_date("case_since", context.tz),
            is_upgraded=pl.col("is_upgraded").fill_null(False),
        )
    )
