"""What is owed for every contact: placement, phases, tests, release, follow-up, prophylaxis.

Chapter 9: one person is owed one measure, by the strictest class, from the last exposure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from fireline.policy.model import Answer
from fireline.records.model import Records
from fireline.tasks.cases import Missing, case_frame, first_seen, with_start
from fireline.tasks.rulings import Rulings
from fireline.tasks.sampling import FREE
from fireline.tasks.schedule import day_offset, phases, place_words
from fireline.tasks.timing import draft, due_after_hours, due_on_day, known_by, local_date

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts

CLASSES = ("close", "secondary", "companion", "general")
"""Classes that measures are written for, strictest first."""

MOMENT_COLUMNS = {
    "last_exposure": "last_exposure",
    "first_exposure": "first_exposure",
    "admission": "managed_at",
    "acceptance": "managed_at",
    "admitted": "managed_at",
    "identified": "identified_at",
    "notified": "identified_at",
    "finding": "identified_at",
    "report": "identified_at",
}
"""Moment named by a rule -> column of the contact frame."""


def contact_frame(records: Records, contacts: Contacts, *, area: str, at: datetime) -> pl.DataFrame:
    """One row per contact person: strictest class, latest exposure, when identified, managed and released.

    Notes
    -----
    The data hold no moment of identification; the report of the earliest case (else its isolation or
    sampling) stands for it, never earlier than the first exposure. People who are cases already by their last
    exposure owe nothing as contacts.
    """
    rank = {name: i for i, name in enumerate(CLASSES)}
    case_times = case_frame(records, area=area, at=at).select(
        "case_id",
        case_area="area_code",
        told_at=pl.coalesce("reported_at", "isolated_at", "sampled_at"),
        told_precision=pl.coalesce(
            pl.when(pl.col("reported_at").is_not_null()).then(pl.col("reported_at_precision")),
            pl.when(pl.col("isolated_at").is_not_null()).then(pl.col("isolated_at_precision")),
            pl.when(pl.col("sampled_at").is_not_null()).then(pl.col("sampled_at_precision")),
        ),
    )
    found = (
        contacts.found.filter(pl.col("class").is_in(CLASSES))
        .select("person_key", "case_id", "class", "first_exposure", "last_exposure", "precision")
        .with_columns(rank=pl.col("class").replace_strict(rank, return_dtype=pl.Int8))
        .join(case_times, on="case_id", how="left")
    )
    strictest = found.filter(pl.col("rank") == pl.col("rank").min().over("person_key"))
    by_last = ["last_exposure", "case_id"]
    latest = strictest.sort(by_last, nulls_last=False).unique("person_key", keep="last", maintain_order=True)
    first = strictest.group_by("person_key").agg(
        first_exposure=pl.col("first_exposure").min(),
        told_at=pl.col("told_at").min(),
        told_precision=pl.col("told_precision").sort_by("told_at", nulls_last=True).first(),
    )
    people = latest.drop("first_exposure", "told_at", "told_precision").join(first, on="person_key")
    return _with_people(people, records, area=area, at=at).sort("person_key")


def _with_people(people: pl.DataFrame, records: Records, *, area: str, at: datetime) -> pl.DataFrame:
    """Add area, management times, identification and the moment the person became a case."""
    persons = (
        records.table("persons")
        .select("person_key", person_area="area_code")
        .unique("person_key", keep="first")
    )
    managed = (
        records.table("contacts")
        .with_columns(known_by("managed_at", at), known_by("released_at", at))
        .sort("managed_at", nulls_last=True)
        .group_by("person_key", maintain_order=True)
        .agg(
            pl.col("managed_at").first(),
            pl.col("managed_at_precision").first(),
            pl.col("released_at").max(),
            released_at_precision=pl.col("released_at_precision")
            .sort_by("released_at", nulls_last=False)
            .last(),
        )
    )
    is_later = pl.col("first_exposure") > pl.col("told_at")
    return (
        people.join(persons, on="person_key", how="left")
        .join(managed, on="person_key", how="left")
        .join(first_seen(records, at=at), on="person_key", how="left")
        .filter(
            pl.col("case_since").is_null() | (pl.col("case_since") > pl.col("last_exposure")).fill_null(True)
        )
        .with_columns(
            identified_at=pl.when(is_later).then(pl.col("first_exposure")).otherwise(pl.col("told_at")),
            identified_at_precision=pl.when(is_later)
            .then(pl.col("precision"))
            .otherwise(pl.col("told_precision")),
            first_exposure_precision="precision",
            last_exposure_precision="precision",
            area_code=pl.coalesce("person_area", "case_area", pl.lit(area)),
            subject_kind=pl.lit("person"),
            subject_id=pl.col("person_key"),
        )
    )


def contact_drafts(
    records: Records, contacts: Contacts, rulings: Rulings, *, area: str, at: datetime, missing: Missing
) -> Iterator[pl.DataFrame]:
    """Draft tasks of all contacts; what falls due after the person became a case is not owed as a contact."""
    tz = str(records.tz)
    frame = contact_frame(records, contacts, area=area, at=at).with_columns(
        rule_day=local_date(pl.coalesce("identified_at", "last_exposure", "first_exposure"), tz)
    )
    still = pl.col("case_since").is_null() | (pl.col("due_at") < pl.col("case_since"))
    for name in CLASSES:
        people = frame.filter(pl.col("class") == name)
        if people.is_empty():
            continue
        yield from _placements(people, name, tz, rulings, missing)
        for answer, members in rulings.in_force(people, "measure", name, day="rule_day"):
            value = answer.value or {}
            started, n_lost = with_start(members, str(value["anchor"]), MOMENT_COLUMNS)
            missing.add(f"measure/{name}", str(value["anchor"]), n_lost)
            yield from measure_drafts(started, answer, value, tz, at=at, still=still)
        yield from _followups(people, name, tz, rulings, missing, at=at)
        if name == "close":
            yield from _prophylaxis(people, tz, rulings, missing)


def _placements(
    people: pl.DataFrame, name: str, tz: str, rulings: Rulings, missing: Missing
) -> Iterator[pl.DataFrame]:
    kind = f"{name}_placed"
    if name not in ("close", "secondary"):
        return
    for answer, part in rulings.in_force(people, "deadline", kind, day="rule_day"):
        value = answer.value or {}
        started, n_lost = with_start(part, str(value["start"]), MOMENT_COLUMNS)
        missing.add(kind, str(value["start"]), n_lost)
        timed = due_after_hours(started, float(value["hours"]), tz=tz)
        zh, en = ("密接", "close contact") if name == "close" else ("次密接", "secondary contact")
        yield draft(
            timed.filter(pl.col("case_since").is_null() | (pl.col("start_at") < pl.col("case_since"))),
            answer,
            kind=kind,
            start_event=str(value["start"]),
            done_at=pl.col("managed_at"),
            done_precision=pl.col("managed_at_precision"),
            is_done=False,
            what_zh=f"{zh}管控到位，判定后 {value['hours']:g} 小时内",
            what_en=f"place the {en} within {value['hours']:g} h of being identified",
        )


def measure_drafts(
    started: pl.DataFrame,
    answer: Answer,
    value: Mapping[str, Any],
    tz: str,
    *,
    at: datetime,
    still: pl.Expr,
) -> Iterator[pl.DataFrame]:
    """Phases, tests and release of one measure for many people.

    Parameters
    ----------
    started : rows with start_at, start_precision, managed_at, released_at and the subject's columns
    still : bool expression over due_at: whether the task is still owed
    """
    anchor = str(value["anchor"])
    start_day = local_date("start_at", tz)
    steps = phases(value)
    is_managed = pl.col("managed_at").is_not_null()

    def part(name: str) -> pl.Expr | str:  # somebody may arrive twice: each arrival has tasks of its own
        return pl.format(f"{name}@{{}}", "arrival_id") if "arrival_id" in started.columns else name

    for phase in steps:
        where = place_words(phase.place)
        timed = due_on_day(started, start_day.dt.offset_by(f"{phase.last_day}d"), tz=tz).filter(still)
        is_elapsed = is_managed & (pl.col("latest_at") <= at)
        yield draft(
            timed,
            answer,
            kind="phase",
            part=part(f"{phase.number}"),
            start_event=anchor,
            is_done=is_elapsed,
            what_zh=f"{where.zh}至第 {phase.last_day} 天",
            what_en=f"{where.en} to day {phase.last_day}",
        )
        for n in phase.test_days:
            timed = due_on_day(started, start_day.dt.offset_by(f"{n}d"), tz=tz).filter(still)
            yield draft(
                timed,
                answer,
                kind="test",
                part=part(f"d{n:03d}"),
                start_event=anchor,
                is_done=False,
                what_zh=f"第 {n} 天采样",
                what_en=f"sample on day {n}",
            )
        for k, n in enumerate(phase.latest_days, start=1):
            timed = due_on_day(started, start_day.dt.offset_by(f"{n}d"), tz=tz).filter(still)
            yield draft(
                timed,
                answer,
                kind="test",
                part=part(f"{FREE}{phase.number}-{k}"),
                start_event=anchor,
                is_done=False,
                what_zh=f"第 {k} 次采样，不晚于第 {n} 天",
                what_en=f"sample {k}, not after day {n}",
            )
    timed = due_on_day(started.filter(is_managed), start_day.dt.offset_by(f"{steps[-1].last_day}d"), tz=tz)
    yield draft(
        timed.filter(still),
        answer,
        kind="release",
        part=part("end"),
        start_event=anchor,
        done_at=pl.col("released_at"),
        done_precision=pl.col("released_at_precision"),
        is_done=False,
        what_zh=f"满 {steps[-1].last_day} 天且条件具备后解除",
        what_en=f"release after day {steps[-1].last_day} when the conditions are met",
    )


def _followups(
    people: pl.DataFrame, name: str, tz: str, rulings: Rulings, missing: Missing, *, at: datetime
) -> Iterator[pl.DataFrame]:
    for answer, part in rulings.in_force(people, "followup", name, day="rule_day"):
        value = answer.value or {}
        anchor = str(value["anchor"])
        started, n_lost = with_start(part, anchor, MOMENT_COLUMNS)
        missing.add(f"followup/{name}", anchor, n_lost)
        n = day_offset(int(value["days"]), day_zero=str(value.get("day_zero", "next_day")))
        timed = due_on_day(started, local_date("start_at", tz).dt.offset_by(f"{n}d"), tz=tz)
        who_zh = f"（{value['who']}）" if "who" in value else ""
        who_en = f" ({value['who']})" if "who" in value else ""
        yield draft(
            timed.filter(pl.col("case_since").is_null() | (pl.col("due_at") < pl.col("case_since"))),
            answer,
            kind="followup",
            start_event=anchor,
            is_done=pl.col("managed_at").is_not_null() & (pl.col("latest_at") <= at),
            what_zh=f"随访{who_zh}至第 {n} 天",
            what_en=f"follow up{who_en} to day {n}",
        )


def _prophylaxis(people: pl.DataFrame, tz: str, rulings: Rulings, missing: Missing) -> Iterator[pl.DataFrame]:
    for subject in sorted({r.subject for r in rulings.rules.library.by_concept.get("prophylaxis", ())}):
        for answer, part in rulings.in_force(people, "prophylaxis", subject, day="rule_day"):
            value = answer.value or {}
            anchor = str(value["anchor"])
            started, n_lost = with_start(part, anchor, MOMENT_COLUMNS)
            missing.add(f"prophylaxis/{subject}", anchor, n_lost)
            timed = due_after_hours(started, float(value["hours"]), tz=tz)
            what = str(value.get("product", subject))
            who_zh = f"，对象：{value['who']}" if "who" in value else ""
            who_en = f", for {value['who']}" if "who" in value else ""
            yield draft(
                timed,
                answer,
                kind="prophylaxis",
                part=subject,
                start_event=anchor,
                is_done=False,
                what_zh=f"{what}，{anchor} 后 {value['hours']:g} 小时内有效{who_zh}",
                what_en=f"{what} helps until {value['hours']:g} h after {anchor}{who_en}",
            )
