"""What headquarters owes: verify signals, report events, first round of tests, publish and lift zones.

Chapter 9: one draft row per trigger, per alarm of no trigger, and per zone and clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.clock import local_day
from fireline.policy.terms import stream_words
from fireline.records.model import Records
from fireline.tasks.cases import Missing, case_frame
from fireline.tasks.registers import NONE
from fireline.tasks.rulings import Rulings
from fireline.tasks.tables import INSTANT
from fireline.tasks.timing import draft, due_after_hours, due_on_day, local_date
from fireline.zones.lift import lift

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts
    from fireline.signals.model import Signals
    from fireline.zones.model import Zones

SIGNAL_DEADLINES = ("signal_verify", "notify", "event_report")
"""Deadlines of an alarm. "notify" (detected to notified) stands in where no rule names signal_verify."""

ZONE_DEADLINES = {
    "first_round_sealed": ("sealed", "first_round"),
    "first_round_managed": ("managed", "first_round"),
    "zone_publish": ("sealed", "zone_publish"),
}
"""Deadline subject -> (level it is about, task kind)."""


def signal_drafts(
    signals: Signals, records: Records, rulings: Rulings, *, area: str, at: datetime
) -> Iterator[pl.DataFrame]:
    """Draft tasks of all events and of the alarms of none; they are known to the day, so their due time is a
    date. An alarm of an event is verified with it, and reported for itself.
    """
    tz = str(records.tz)
    frame = _signal_frame(signals, area=area, last=local_day(at, records.tz))
    if frame.is_empty():
        return
    frame = frame.sort("subject_id").with_columns(
        start_at=pl.col("day").cast(pl.Datetime("us")).dt.replace_time_zone(tz).dt.convert_time_zone("UTC"),
        start_precision=pl.lit("day"),
    )
    for subject in SIGNAL_DEADLINES:
        is_event = subject == "event_report"
        members = frame.filter(pl.col("is_event") if is_event else ~pl.col("is_part"))
        kind, zh, en = (
            ("event_report", "报告事件", "report the event")
            if is_event
            else ("signal_verify", "核实信号", "verify the signal")
        )
        for answer, part in rulings.in_force(members, "deadline", subject, day="day"):
            if subject == "notify" and rulings.find("deadline", "signal_verify", part["day"][0]).in_force:
                continue
            value = answer.value or {}
            yield draft(
                due_after_hours(part, float(value["hours"]), tz=tz),
                answer,
                kind=kind,
                start_event=str(value["start"]),
                register=NONE,
                what_zh=pl.format(f"{zh}（{{}}），{value['hours']:g} 小时内", "names_zh"),
                what_en=pl.format(f"{en} ({{}}) within {value['hours']:g} h", "names_en"),
            )


_SIGNAL_FRAME = {
    "subject_kind": pl.String,
    "subject_id": pl.String,
    "area_code": pl.String,
    "day": pl.Date,
    "names_zh": pl.String,
    "names_en": pl.String,
    "is_event": pl.Boolean,
    "is_part": pl.Boolean,
}


def _signal_frame(signals: Signals, *, area: str, last: date) -> pl.DataFrame:
    """Alarms and triggers up to a day, one row each, with the names of their streams."""
    stream_of = {a.alarm_id: a.stream for a in signals.alarms}
    parts = {alarm for t in signals.triggers for alarm in t.alarm_ids}
    rows = [
        (
            *("signal", a.alarm_id, a.area_code or area, a.day, *_names([a.stream])),
            *(a.kind == "threshold", a.alarm_id in parts),
        )
        for a in signals.alarms
        if a.day <= last
    ]
    for t in signals.triggers:
        streams = [e.stream for e in t.evidence if e.weight > 0] or [
            stream_of[alarm] for alarm in t.alarm_ids if alarm in stream_of
        ]
        where = t.areas[0] if len(t.areas) == 1 else area
        rows.append(("trigger", t.trigger_id, where, t.raised, *_names(streams), False, False))
    return pl.DataFrame(rows, schema=_SIGNAL_FRAME, orient="row")


def _names(streams: Iterable[str]) -> tuple[str, str]:
    """Names of streams in both languages, each once."""
    said = [stream_words(name) for name in dict.fromkeys(streams)]
    return "、".join(w.zh for w in said), ", ".join(w.en for w in said)


def _zone_starts(records: Records, zones: Zones, *, area: str, at: datetime) -> pl.DataFrame:
    """Zones with the report of their earliest case, which stands for the moment the zone was set."""
    times = case_frame(records, area=area, at=at).select(
        "case_id",
        start_at=pl.coalesce("reported_at", "diagnosed_at", "isolated_at", "sampled_at", "onset"),
        start_precision=pl.coalesce(
            *(
                pl.when(pl.col(c).is_not_null()).then(pl.col(f"{c}_precision"))
                for c in ("reported_at", "diagnosed_at", "isolated_at", "sampled_at", "onset")
            )
        ),
    )
    homes = zones.placements.filter(pl.col("subject_kind") == "case").select("unit_id", case_id="subject_id")
    first = (
        zones.levels.filter(pl.col("level") == "sealed")
        .select("zone_id", "unit_id")
        .join(homes, on="unit_id")
        .join(times.drop_nulls("start_at"), on="case_id")
        .sort("start_at", "case_id")
        .unique("zone_id", keep="first", maintain_order=True)
        .select("zone_id", "case_id", "start_at", "start_precision")
    )
    parts = zones.levels.group_by("zone_id", "level").agg(
        area_code=pl.col("area_code").sort().first(), n_units=pl.len(), population=pl.col("population").sum()
    )
    return (
        parts.join(first, on="zone_id", how="left")
        .with_columns(
            subject_kind=pl.lit("zone"),
            subject_id=pl.concat_str(pl.col("zone_id"), pl.lit("/"), pl.col("level")),
            start_at=pl.col("start_at").cast(INSTANT),
            rule_day=local_date("start_at", str(records.tz)),
        )
        .sort("subject_id")
    )


def zone_drafts(
    records: Records,
    contacts: Contacts,
    zones: Zones,
    rulings: Rulings,
    *,
    area: str,
    at: datetime,
    missing: Missing,
) -> Iterator[pl.DataFrame]:
    """Draft tasks of all zones: first round, publication, lifting review."""
    if zones.levels.is_empty():
        return
    tz = str(records.tz)
    frame = _zone_starts(records, zones, area=area, at=at)
    for subject, (level, kind) in ZONE_DEADLINES.items():
        members = frame.filter(pl.col("level") == level)
        missing.add(subject, "zone_set", members["start_at"].null_count())
        for answer, part in rulings.in_force(members, "deadline", subject, day="rule_day"):
            value = answer.value or {}
            zh, en = ("首轮全员检测", "finish the first full round of tests")
            if kind == "zone_publish":
                zh, en = ("公布区域", "publish the zone")
            yield draft(
                due_after_hours(part, float(value["hours"]), tz=tz),
                answer,
                kind=kind,
                start_event=str(value["start"]),
                register=NONE,
                what_zh=pl.format(
                    f"{zh}（{{}} 个单元 {{}} 人），{value['hours']:g} 小时内", "n_units", "population"
                ),
                what_en=pl.format(
                    f"{en} ({{}} units, {{}} people) within {value['hours']:g} h", "n_units", "population"
                ),
            )
    yield from _lift_reviews(frame, lift(records, contacts, zones, rulings.rules, at=at), rulings, tz)


def _lift_reviews(
    frame: pl.DataFrame, lifting: pl.DataFrame, rulings: Rulings, tz: str
) -> Iterator[pl.DataFrame]:
    dated = lifting.filter(pl.col("earliest").is_not_null()).join(
        frame.select("zone_id", "level", "subject_kind", "subject_id", "area_code", "case_id", "start_at"),
        on=["zone_id", "level"],
    )
    by_id = rulings.rules.library.by_rule
    for (rule_id,), part in dated.sort("subject_id").group_by("rule_id", maintain_order=True):
        rule = by_id[str(rule_id)]
        answer = rulings.rules.find(rule.concept, rule.subject)
        yield draft(
            due_on_day(part, pl.col("earliest"), tz=tz),
            answer,
            kind="lift_review",
            start_event="last_case",
            register=NONE,
            what_zh=pl.format("评估能否解除；{}", "missing_zh"),
            what_en=pl.format("review for lifting; {}", "missing_en"),
        )
