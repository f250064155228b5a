"""Was it in time: reports, trajectories, placement, first rounds, and the outbreak's own 7-1-7.

Chapter 10: checks 1, 5, 6, 7 and 10.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from fireline.oversight.context import Context, findings, late_tasks
from fireline.oversight.model import Outcome, judged, not_judged
from fireline.oversight.tables import TIMELINESS
from fireline.policy.model import Answer
from fireline.words import Words

STEPS = ("detect", "notify", "respond")

_STEP_WORDS = {
    "detect": Words("发现", "detection"),
    "notify": Words("报告", "notification"),
    "respond": Words("早期处置", "early response"),
}


_ROUNDS = Words("首轮检测", "first rounds of tests")


def case_reports(context: Context) -> Outcome:
    """Check 1: every case reported within its hours."""
    return late_tasks(
        context,
        1,
        ("case_report",),
        deadlines=(("deadline", "case_report"),),
        what=Words("病例报告", "case reports"),
    )


def investigations(context: Context) -> Outcome:
    """Check 5: trajectory and first report within their hours."""
    return late_tasks(
        context,
        5,
        ("trajectory", "prelim_report"),
        deadlines=(("deadline", "trajectory"), ("deadline", "prelim_report")),
        what=Words("轨迹与初步报告", "trajectories and first reports"),
    )


def placements(context: Context) -> Outcome:
    """Check 6: close and secondary contacts placed within their hours."""
    return late_tasks(
        context,
        6,
        ("close_placed", "secondary_placed"),
        deadlines=(("deadline", "close_placed"), ("deadline", "secondary_placed")),
        what=Words("接触者管控到位", "placements of contacts"),
    )


def first_rounds(context: Context) -> Outcome:
    """Check 7: first full round of sealed and managed areas within its hours.

    The tables hold samples, not rounds. A round is surely not complete when fewer people were sampled in the
    whole county in time than live in the zone; more is not claimed.
    """
    rounds = context.of_kind("first_round")
    subjects = ("first_round_sealed", "first_round_managed")
    if rounds.is_empty():
        return late_tasks(
            context, 7, ("first_round",), deadlines=tuple(("deadline", s) for s in subjects), what=_ROUNDS
        )
    people = context.zones.levels.group_by("zone_id", "level").agg(pl.col("population").sum())
    due = rounds.filter(pl.col("state") == "no_record").join(
        people.with_columns(subject_id=pl.concat_str("zone_id", pl.lit("/"), "level")), on="subject_id"
    )
    sampled = context.records.table("tests").filter(pl.col("subject_kind") == "person")
    if due.is_empty() or sampled.is_empty():
        return not_judged(
            7,
            "not_computable",
            Words("没有采样数据或尚未到期。", "No samples, or nothing is due yet."),
        )
    counts = [
        sampled.filter(pl.col("taken_at").is_between(start, end))["subject_id"].n_unique()
        for start, end in due.select("start_at", "due_at").iter_rows()
    ]
    short = due.with_columns(n_sampled=pl.Series(counts, dtype=pl.Int64)).filter(
        pl.col("n_sampled") < pl.col("population")
    )
    found = findings(
        short,
        7,
        "too_little",
        subject_kind="zone",
        subject_id="subject_id",
        rule_id=pl.col("rule_id"),
        zh=pl.format("首轮未完成：时限内全县只采样 {} 人，本区 {} 人", "n_sampled", "population"),
        en=pl.format(
            "not complete: {} people sampled in time anywhere, {} live here", "n_sampled", "population"
        ),
    )
    if not short.height:
        return not_judged(
            7,
            "not_computable",
            Words("采样数据不能证明是否完成。", "The samples do not show whether it was complete."),
        )
    return judged(7, due.height, [found], Words(f"检查 {due.height} 个区域。", f"{due.height} zones seen."))


def _first_day(frame: pl.DataFrame, column: str, tz: str) -> date | None:
    if frame.is_empty():
        return None
    return frame.select(pl.col(column).min().dt.convert_time_zone(tz).dt.date()).item()


def milestones(context: Context) -> dict[str, date | None]:
    """Days of the outbreak's milestones as far as the data tell.

    Returns
    -------
    dict   emergence (earliest onset), detected (earliest sampling, report or alarm on or after it), notified
        (earliest report), response_complete (always None: no table holds the seven early-response actions)

    References
    ----------
    .. [1] 7-1-7 Alliance, 7-1-7 targets: definitions of emergence, detection, notification. Emergence is
        taken as the first case's onset, as the alliance does for diseases that are not endemic.
    """
    at, tz = context.at, context.tz
    cases = context.records.table("cases").filter(pl.col("classification").fill_null("") != "discarded")
    known = {
        c: _first_day(cases.filter(pl.col(c) <= at), c, tz) for c in ("onset", "sampled_at", "reported_at")
    }
    emergence = known["onset"]
    alarms = [a.day for a in context.signals.alarms if emergence is None or a.day >= emergence]
    seen = [d for d in (known["sampled_at"], known["reported_at"], *alarms) if d is not None]
    return {
        "emergence": emergence,
        "detected": min(seen, default=None),
        "notified": known["reported_at"],
        "response_complete": None,
    }


def intervals(context: Context) -> pl.DataFrame:
    """7-1-7 of the outbreak: days per step, target by the rule in force, and the step that is most over.

    Returns
    -------
    DataFrame   ``oversight.tables.TIMELINESS``, three rows; days are whole days between calendar days
    """
    days = milestones(context)
    rows = []
    for step, (start, stop) in zip(
        STEPS,
        (("emergence", "detected"), ("detected", "notified"), ("notified", "response_complete")),
        strict=True,
    ):
        answer = context.rules.find("deadline", step)
        first, last = days[start], days[stop]
        taken = None if first is None or last is None else max(0, (last - first).days)
        rows.append(_interval(step, first, last, taken, answer))
    over = [(r["days"] - r["target_days"], -i) for i, r in enumerate(rows) if r["is_met"] is False]
    if over:
        rows[-max(over)[1]]["is_bottleneck"] = True
    return pl.DataFrame(rows, schema=TIMELINESS)


def _interval(
    step: str, first: date | None, last: date | None, taken: int | None, answer: Answer
) -> dict[str, Any]:
    is_known = answer.value is not None and answer.status.value in ("RULE", "ADVICE")
    target = float(answer.value["hours"]) / 24 if is_known and answer.value is not None else None
    name = _STEP_WORDS[step]
    if taken is None:
        words = Words(
            f"{name.zh}：数据中没有所需日期，无法计算", f"{name.en}: the data lack the days; not computable"
        )
    elif target is None:
        words = Words(
            f"{name.zh}：用时 {taken} 天，无有效目标", f"{name.en}: {taken} days; no target in force"
        )
    else:
        words = Words(
            f"{name.zh}：用时 {taken} 天，目标 {target:g} 天", f"{name.en}: {taken} days, target {target:g}"
        )
    return {
        "step": step,
        "start": first,
        "stop": last,
        "days": taken,
        "target_days": target,
        "is_met": None if taken is None or target is None else taken <= target,
        "is_bottleneck": False,
        "rule_id": answer.rule_id,
        "why_zh": words.zh,
        "why_en": words.en,
    }


def seven_one_seven(table: pl.DataFrame) -> Outcome:
    """Check 10: every 7-1-7 interval that can be computed meets its target; the bottleneck is named."""
    if table["target_days"].is_null().all():
        return not_judged(10, "no_rule", Words("没有 7-1-7 目标规则。", "No rule gives 7-1-7 targets."))
    judgeable = table.filter(pl.col("is_met").is_not_null())
    if judgeable.is_empty():
        return not_judged(
            10, "not_computable", Words("缺少发病、发现或报告日期。", "No onset, detection or report days.")
        )
    missed = findings(
        judgeable.filter(~pl.col("is_met")),
        10,
        "too_little",
        subject_kind="outbreak",
        subject_id="step",
        rule_id=pl.col("rule_id"),
        zh=pl.col("why_zh"),
        en=pl.col("why_en"),
    )
    worst = table.filter(pl.col("is_bottleneck"))
    zh = f"瓶颈：{_STEP_WORDS[worst['step'][0]].zh}。" if worst.height else "可计算的环节均达标。"
    en = (
        f"Bottleneck: {_STEP_WORDS[worst['step'][0]].en}."
        if worst.height
        else "Every computable step met its target."
    )
    n_unknown = table.height - judgeable.height
    return judged(
        10,
        judgeable.height,
        [missed],
        Words(f"{zh}{n_unknown} 个环节无法计算。", f"{en} {n_unknown} steps not computable."),
    )
