"""What is owed for every case: report, trajectory, investigation report, isolation, exclusion.

Chapter 9: one draft row per case and clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from fireline.policy.terms import term
from fireline.records.model import Records
from fireline.tasks.registers import NONE
from fireline.tasks.rulings import Rulings
from fireline.tasks.schedule import phases, place_words
from fireline.tasks.tables import KINDS
from fireline.tasks.timing import draft, due_after_hours, due_on_day, known_by, local_date
from fireline.words import Words

DEADLINES = ("case_report", "trajectory", "prelim_report")

MOMENT_COLUMNS = {
    "onset": "onset",
    "rash_onset": "onset",
    "sampling": "sampled_at",
    "sample_taken": "sampled_at",
    "diagnosis": "diagnosed_at",
    "result": "diagnosed_at",
    "finding": "diagnosed_at",
    "report": "reported_at",
    "received": "reported_at",
    "notified": "reported_at",
    "onset_or_sampling": "onset_or_sampled_at",
    "admission": "isolated_at",
    "symptom_end": "recovered_at",
    "discharge": "recovered_at",
}
"""Moment named by a rule -> column of the case frame. Rash onset is taken as onset: no rash date is held."""


@dataclass(slots=True)
class Missing:
    """Counts what could not be owed because a start was not in the data."""

    counts: dict[tuple[str, str], int]

    def add(self, kind: str, moment: str, n: int) -> None:
        """Count n rows of a kind without the moment its clock starts from."""
        if n:
            self.counts[(kind, moment)] = self.counts.get((kind, moment), 0) + n

    def notes(self) -> tuple[Words, ...]:
        """One sentence per kind and moment."""
        return tuple(
            _without_start(*_kind_words(kind), term("rule_word", moment), n)
            for (kind, moment), n in sorted(self.counts.items())
        )


def _kind_words(kind: str) -> tuple[Words, Words | None]:
    """Name of a kind of task, and whom it is for where that is said ("measure/close")."""
    name, _, subject = kind.partition("/")
    of_task = {"measure": "phase"}.get(name, name)
    words = KINDS[of_task].name if of_task in KINDS else term("rule_subject", name)
    return words, term("rule_subject", subject) if subject else None


def _without_start(kind: Words, subject: Words | None, moment: Words, n: int) -> Words:
    zh, en = (f"（{subject.zh}）", f" ({subject.en})") if subject else ("", "")
    return Words(
        f"{n} 项“{kind.zh}”{zh}缺少起算时间（{moment.zh}），无法计算时限，未生成任务。",
        f"{n} × {kind.en}{en}: the data lack the moment its clock starts from ({moment.en}); "
        "no task is made.",
    )


def case_frame(records: Records, *, area: str, at: datetime) -> pl.DataFrame:
    """Cases with every moment a clock may start from, as known at ``at``; discarded cases are left out.

    ``diagnosed_at`` is the earliest positive result of the person: a sampling time is not a diagnosis.
    """
    tests = (
        records.table("tests")
        .filter(
            (pl.col("subject_kind") == "person")
            & (pl.col("result") == "positive")
            & (pl.col("result_at") <= at)
        )
        .sort("result_at")
        .unique("subject_id", keep="first", maintain_order=True)
        .select("subject_id", diagnosed_at="result_at", diagnosed_at_precision="result_at_precision")
    )
    persons = (
        records.table("persons")
        .select("person_key", person_area="area_code")
        .unique("person_key", keep="first")
    )
    instants = ("onset", "sampled_at", "reported_at", "isolated_at", "outcome_at")
    frame = (
        records.table("cases")
        .filter(pl.col("classification").is_null() | (pl.col("classification") != "discarded"))
        .with_columns(known_by(c, at) for c in instants)
        .join(tests, left_on="person_key", right_on="subject_id", how="left")
        .join(persons, on="person_key", how="left")
    )
    is_well = pl.col("outcome") == "recovered"
    return frame.with_columns(
        area_code=pl.coalesce("area_code", "person_area", pl.lit(area)),
        recovered_at=pl.when(is_well).then(pl.col("outcome_at")),
        recovered_at_precision=pl.when(is_well).then(pl.col("outcome_at_precision")),
        onset_or_sampled_at=pl.coalesce("onset", "sampled_at"),
        onset_or_sampled_at_precision=pl.when(pl.col("onset").is_not_null())
        .then(pl.col("onset_precision"))
        .otherwise(pl.col("sampled_at_precision")),
    ).sort("case_id")


def first_seen(records: Records, *, at: datetime) -> pl.DataFrame:
    """Person -> earliest moment from which the person is a case (case_since)."""
    columns = ("sampled_at", "reported_at", "isolated_at")
    return (
        records.table("cases")
        .filter(
            pl.col("classification").is_null() | ~pl.col("classification").is_in(["discarded", "suspected"])
        )
        .select("person_key", case_since=pl.min_horizontal([known_by(c, at) for c in columns]))
        .drop_nulls()
        .group_by("person_key")
        .agg(pl.col("case_since").min())
    )


def with_start(frame: pl.DataFrame, moment: str, columns: dict[str, str]) -> tuple[pl.DataFrame, int]:
    """Rows that have the moment (as start_at, start_precision), and how many have not."""
    column = columns.get(moment)
    if column is None or column not in frame.columns:
        return frame.clear().with_columns(
            start_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
            start_precision=pl.lit(None, dtype=pl.String),
        ), frame.height
    started = frame.with_columns(
        start_at=pl.col(column), start_precision=pl.col(f"{column}_precision").fill_null("minute")
    ).filter(pl.col("start_at").is_not_null())
    return started, frame.height - started.height


def _rule_day(frame: pl.DataFrame, tz: str) -> pl.DataFrame:
    """Day whose rule counts for a case: the first day anything of it is known."""
    seen = ["onset", "sampled_at", "diagnosed_at", "reported_at", "isolated_at"]
    latest = pl.coalesce("reported_at", "diagnosed_at", "sampled_at", pl.max_horizontal(seen))
    return frame.with_columns(rule_day=local_date(latest, tz))


def case_drafts(
    records: Records, rulings: Rulings, *, area: str, at: datetime, missing: Missing
) -> Iterator[pl.DataFrame]:
    """Draft tasks of all cases.

    Parameters
    ----------
    area : owner unit where neither case nor person states one
    missing : collects what could not be computed
    """
    tz = str(records.tz)
    frame = _rule_day(case_frame(records, area=area, at=at), tz).with_columns(
        subject_kind=pl.lit("case"), subject_id=pl.col("case_id")
    )
    yield from _deadlines(frame, records, rulings, missing)
    yield from _exclusions(frame, tz, rulings, missing)
    yield from _measures(frame, tz, rulings, missing, at=at)


def _deadlines(
    frame: pl.DataFrame, records: Records, rulings: Rulings, missing: Missing
) -> Iterator[pl.DataFrame]:
    tz = str(records.tz)
    told = records.table("visits").select("person_key").unique().with_columns(has_visits=pl.lit(True))
    for kind in DEADLINES:
        for answer, part in rulings.in_force(frame, "deadline", kind, day="rule_day"):
            value = answer.value or {}
            started, n_lost = with_start(part, str(value["start"]), MOMENT_COLUMNS)
            missing.add(kind, str(value["start"]), n_lost)
            stop = MOMENT_COLUMNS.get(str(value["stop"]))
            started = due_after_hours(started, float(value["hours"]), tz=tz).join(
                told, on="person_key", how="left"
            )
            is_told = pl.col("has_visits").fill_null(False) if kind == "trajectory" else pl.lit(False)
            words = _DEADLINE_WORDS[kind]
            yield draft(
                started,
                answer,
                kind=kind,
                start_event=str(value["start"]),
                done_at=pl.col(stop) if stop else None,
                done_precision=pl.col(f"{stop}_precision") if stop else None,
                is_done=is_told,
                register=_REGISTERS[kind],
                what_zh=f"{words.zh}，{value['hours']:g} 小时内",
                what_en=f"{words.en} within {value['hours']:g} h",
            )


_REGISTERS = {"case_report": "cases.reported_at", "trajectory": "visits", "prelim_report": NONE}

_DEADLINE_WORDS = {
    "case_report": Words("病例网络直报", "report the case"),
    "trajectory": Words("查清核心轨迹", "write the case's trajectory"),
    "prelim_report": Words("提交初步流调报告", "file the preliminary investigation report"),
}


def _exclusions(frame: pl.DataFrame, tz: str, rulings: Rulings, missing: Missing) -> Iterator[pl.DataFrame]:
    for answer, part in rulings.in_force(frame, "exclusion", "case", day="rule_day"):
        value = answer.value or {}
        anchor = str(value["anchor"])
        started, n_lost = with_start(part, anchor, MOMENT_COLUMNS)
        missing.add("exclusion", anchor, n_lost)
        since = term("rule_word", anchor)
        if "hours" in value:
            timed = due_after_hours(started, float(value["hours"]), tz=tz)
            zh, en = f"{value['hours']:g} 小时", f"{value['hours']:g} h"
        else:
            timed = due_on_day(
                started, local_date("start_at", tz).dt.offset_by(f"{int(value['days'])}d"), tz=tz
            )
            zh, en = f"{value['days']:g} 天", f"{value['days']:g} days"
        yield draft(
            timed,
            answer,
            kind="exclusion",
            start_event=anchor,
            register=NONE,
            what_zh=f"停课或停工至{since.zh}后 {zh}",
            what_en=f"keep away from school or work until {en} after {since.en}",
        )


def _measures(
    frame: pl.DataFrame, tz: str, rulings: Rulings, missing: Missing, *, at: datetime
) -> Iterator[pl.DataFrame]:
    for answer, part in rulings.in_force(frame, "measure", "case", day="rule_day"):
        value = answer.value or {}
        anchor = str(value["anchor"])
        started, n_lost = with_start(part, anchor, MOMENT_COLUMNS)
        missing.add("case_measure", anchor, n_lost)
        for phase in phases(value):
            day = local_date("start_at", tz).dt.offset_by(f"{phase.last_day}d")
            where = place_words(phase.place)
            yield draft(
                due_on_day(started, day, tz=tz),
                answer,
                kind="case_measure",
                part=f"{phase.number}",
                start_event=anchor,
                is_done=pl.col("isolated_at").is_not_null() & (pl.col("latest_at") <= at),
                register="cases.isolated_at",
                place=phase.place,
                what_zh=f"病例{where.zh}，至第 {phase.last_day} 天",
                what_en=f"{where.en} of the case, to day {phase.last_day}",
            )
