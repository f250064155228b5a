"""What is owed for every contact: placement, phases, tests, release, follow-up, prophylaxis.

Chapter 9: one person is owed one measure, by the strictest class, from the last exposure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from fireline.arrivals.owed import FREE
from fireline.policy.model import Answer, Status
from fireline.policy.terms import term
from fireline.records.model import Records
from fireline.tasks.cases import Missing, with_start
from fireline.tasks.identified import CLASSES, contact_frames
from fireline.tasks.registers import NONE
from fireline.tasks.rulings import Rulings
from fireline.tasks.schedule import day_offset, phases, place_words
from fireline.tasks.timing import draft, due_after_hours, due_on_day, local_date, midnight

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts

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

FOUND_BY_RUN = "found_by_run"
"""Start event of clocks that run from identification where this run was the first to identify the person."""


def contact_drafts(
    records: Records, contacts: Contacts, rulings: Rulings, *, area: str, at: datetime, missing: Missing
) -> Iterator[pl.DataFrame]:
    """Draft tasks of all contacts; what falls due after the person became a case is not owed as a contact.

    Notes
    -----
    What was owed is judged by what the source had recorded; what is owed from now on, by all that is known
    now: a contact found by this run, or found by it in a stricter class or exposed later than the source
    says, is identified by the run. Nothing is owed whose time was over when the person was identified:
    nobody could have done it.
    """
    tz = str(records.tz)
    known, fresh = contact_frames(records, contacts, area=area, at=at)
    fresh_keys = fresh["person_key"].implode()
    is_over = pl.col("latest_at") <= at
    is_replaced = pl.col("subject_id").is_in(fresh_keys) & pl.col("kind").is_in(_LASTING)
    for drafts in _frame_drafts(known, tz, rulings, missing, at=at):
        yield drafts.filter(is_over | ~is_replaced)
    for drafts in _frame_drafts(fresh, tz, rulings, missing, at=at):
        yield drafts.with_columns(is_new=pl.lit(True))


_LASTING = ("phase", "test", "release", "followup")
"""Kinds that follow the newest knowledge of a contact from the run on."""


_STILL = (pl.col("case_since").is_null() | (pl.col("due_at") < pl.col("case_since"))) & (
    pl.col("identified_at").is_null() | (pl.col("latest_at") > pl.col("identified_at"))
)
"""Owed as a contact: due before the person became a case, and not over before the person was identified."""

_ONCE_MANAGED = pl.col("managed_at").is_null() | (pl.col("latest_at") > pl.col("managed_at"))
"""A sample of a day before the person was placed is not missed besides: the late placement is."""


def _frame_drafts(
    frame: pl.DataFrame, tz: str, rulings: Rulings, missing: Missing, *, at: datetime
) -> Iterator[pl.DataFrame]:
    frame = frame.with_columns(
        rule_day=local_date(pl.coalesce("identified_at", "last_exposure", "first_exposure"), tz)
    )
    for name in CLASSES:
        people = frame.filter(pl.col("class") == name)
        if people.is_empty():
            continue
        yield from _placements(people, name, tz, rulings, missing, at=at)
        for answer, members in rulings.in_force(people, "measure", name, day="rule_day"):
            value = answer.value or {}
            started, n_lost = with_start(members, str(value["anchor"]), MOMENT_COLUMNS)
            missing.add(f"measure/{name}", str(value["anchor"]), n_lost)
            yield from _measure_drafts(started, answer, value, tz, at=at)
        yield from _followups(people, name, tz, rulings, missing, at=at)
        yield from _retests(people, name, tz, rulings, missing)
        if name == "close":
            yield from _prophylaxis(people.filter(~pl.col("is_known")), tz, rulings, missing)


def _placements(
    people: pl.DataFrame, name: str, tz: str, rulings: Rulings, missing: Missing, *, at: datetime
) -> Iterator[pl.DataFrame]:
    """Placement clocks; nobody found by this run is placed when the measure would be over already."""
    kind = f"{name}_placed"
    if name not in ("close", "secondary"):
        return
    people = people.filter(~pl.col("is_known") & ~_is_measure_over(people, name, tz, rulings, at=at))
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
            start_event=_event(str(value["start"])),
            done_at=pl.col("managed_at"),
            done_precision=pl.col("managed_at_precision"),
            register="contacts.managed_at",
            what_zh=f"{zh}管控到位，判定后 {value['hours']:g} 小时内",
            what_en=f"place the {en} within {value['hours']:g} h of being identified",
        )


def _is_measure_over(
    people: pl.DataFrame, name: str, tz: str, rulings: Rulings, *, at: datetime
) -> pl.Series:
    """Whether the last day of the measure in force has passed for people whom this run found."""
    over = people.with_columns(is_over=pl.lit(False)).clear().select("person_key", "is_over")
    for answer, part in rulings.in_force(people.filter("is_new"), "measure", name, day="rule_day"):
        value = answer.value or {}
        started, _ = with_start(part, str(value["anchor"]), MOMENT_COLUMNS)
        last = local_date("start_at", tz).dt.offset_by(f"{phases(value)[-1].last_day}d")
        is_over = last < local_date(pl.lit(at), tz)
        over = pl.concat([over, started.select("person_key", is_over=is_over)])
    return people.join(over, on="person_key", how="left", maintain_order="left")["is_over"].fill_null(False)


def _event(moment: str) -> pl.Expr:
    """Name of the moment a clock runs from; identification by this run is named as such."""
    if MOMENT_COLUMNS.get(moment) != "identified_at":
        return pl.lit(moment)
    return pl.when(pl.col("is_new")).then(pl.lit(FOUND_BY_RUN)).otherwise(pl.lit(moment))


def _measure_drafts(
    started: pl.DataFrame, answer: Answer, value: Mapping[str, Any], tz: str, *, at: datetime
) -> Iterator[pl.DataFrame]:
    """Phases, tests and release of one measure for rows of contact_frames with start_at, start_precision."""
    anchor = str(value["anchor"])
    start_day = local_date("start_at", tz)
    steps = phases(value)
    is_managed = pl.col("managed_at").is_not_null()

    def part(name: str) -> pl.Expr:  # a measure begun anew keeps its tasks apart from those of the old one
        return pl.concat_str(pl.lit(name), pl.when("is_revised").then(pl.lit("+")).otherwise(pl.lit("")))

    for phase in steps:
        where = place_words(phase.place)
        timed = due_on_day(started, start_day.dt.offset_by(f"{phase.last_day}d"), tz=tz).filter(_STILL)
        is_elapsed = is_managed & (pl.col("latest_at") <= at)
        yield draft(
            timed,
            answer,
            kind="phase",
            place=phase.place,
            part=part(f"{phase.number}"),
            start_event=_event(anchor),
            is_done=is_elapsed,
            register="contacts.managed_at",
            what_zh=f"{where.zh}至第 {phase.last_day} 天",
            what_en=f"{where.en} to day {phase.last_day}",
        )
        for n in phase.test_days:
            timed = due_on_day(started, start_day.dt.offset_by(f"{n}d"), tz=tz).filter(_STILL & _ONCE_MANAGED)
            yield draft(
                timed,
                answer,
                kind="test",
                part=part(f"d{n:03d}"),
                start_event=_event(anchor),
                register="tests.person",
                place=phase.place,
                what_zh=f"第 {n} 天采样",
                what_en=f"sample on day {n}",
            )
        for k, n in enumerate(phase.latest_days, start=1):
            timed = due_on_day(started, start_day.dt.offset_by(f"{n}d"), tz=tz).filter(_STILL & _ONCE_MANAGED)
            yield draft(
                timed,
                answer,
                kind="test",
                part=part(f"{FREE}{phase.number}-{k}"),
                start_event=_event(anchor),
                from_at=midnight(start_day.dt.offset_by(f"{phase.first_day}d"), tz),
                register="tests.person",
                place=phase.place,
                what_zh=f"第 {k} 次采样，不晚于第 {n} 天",
                what_en=f"sample {k}, not after day {n}",
            )
    timed = due_on_day(started.filter(is_managed), start_day.dt.offset_by(f"{steps[-1].last_day}d"), tz=tz)
    yield draft(
        timed.filter(_STILL),
        answer,
        kind="release",
        part=part("end"),
        start_event=_event(anchor),
        done_at=pl.col("released_at"),
        done_precision=pl.col("released_at_precision"),
        register=pl.when("is_release_clear").then(pl.lit("contacts.released_at")).otherwise(pl.lit(NONE)),
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
        who = term("rule_word", str(value.get("who", "")))
        who_zh, who_en = (f"（{who.zh}）", f" ({who.en})") if "who" in value else ("", "")
        yield draft(
            timed.filter(_STILL),
            answer,
            kind="followup",
            part=pl.when("is_revised").then(pl.lit("+")).otherwise(pl.lit("")),
            start_event=_event(anchor),
            is_done=pl.col("managed_at").is_not_null() & (pl.col("latest_at") <= at),
            register="contacts.managed_at",
            what_zh=f"随访{who_zh}至第 {n} 天",
            what_en=f"follow up{who_en} to day {n}",
        )


def _retests(
    people: pl.DataFrame, name: str, tz: str, rulings: Rulings, missing: Missing
) -> Iterator[pl.DataFrame]:
    """Tests on days of their own, where no measure has test days (tuberculosis: now and after 8-10 weeks).

    A schedule that only advises makes a reminder and says so: taking a sample restricts nobody.
    """
    for answer, part in rulings.split(people, "test.schedule", name, day="rule_day"):
        value = answer.value or {}
        if answer.status not in (Status.RULE, Status.ADVICE) or not {"days", "anchor"} <= set(value):
            continue
        day: date = part["rule_day"][0]
        if rulings.find("measure", name, day).in_force:
            continue
        anchor = str(value["anchor"])
        started, n_lost = with_start(part, anchor, MOMENT_COLUMNS)
        missing.add(f"retest/{name}", anchor, n_lost)
        is_advice = answer.status is Status.ADVICE
        zh, en = ("（建议）", " (advice)") if is_advice else ("", "")
        for n in value["days"]:
            offset = day_offset(int(n), day_zero=str(value.get("day_zero", "next_day")))
            timed = due_on_day(started, local_date("start_at", tz).dt.offset_by(f"{offset}d"), tz=tz)
            yield draft(
                timed.filter(_STILL),
                answer,
                kind="retest",
                part=f"d{int(n):03d}",
                start_event=_event(anchor),
                register="tests.person",
                what_zh=f"第 {n} 天复查{zh}",
                what_en=f"test again on day {n}{en}",
            )


def _prophylaxis(people: pl.DataFrame, tz: str, rulings: Rulings, missing: Missing) -> Iterator[pl.DataFrame]:
    for subject in sorted({r.subject for r in rulings.rules.library.by_concept.get("prophylaxis", ())}):
        for answer, part in rulings.in_force(people, "prophylaxis", subject, day="rule_day"):
            value = answer.value or {}
            anchor = str(value["anchor"])
            started, n_lost = with_start(part, anchor, MOMENT_COLUMNS)
            missing.add(f"prophylaxis/{subject}", anchor, n_lost)
            timed = due_after_hours(started, float(value["hours"]), tz=tz)
            what = term("rule_subject", str(value.get("product", subject)))
            since, who = term("rule_word", anchor), term("rule_word", str(value.get("who", "")))
            who_zh, who_en = (f"，对象：{who.zh}", f", for {who.en}") if "who" in value else ("", "")
            yield draft(
                timed.filter(_STILL),
                answer,
                kind="prophylaxis",
                part=subject,
                start_event=_event(anchor),
                register=NONE,
                what_zh=f"{what.zh}，{since.zh}后 {value['hours']:g} 小时内有效{who_zh}",
                what_en=f"{what.en} helps until {value['hours']:g} h after {since.en}{who_en}",
            )
