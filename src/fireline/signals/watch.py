"""Watches all streams: statistical alarms on every series, fixed thresholds of the rules in force.

Chapter 5: reads records and the rules, is read by tasks, oversight and bulletins.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from fireline.clock import local_day
from fireline.policy import At
from fireline.records.model import Records
from fireline.signals.aberrations import detect
from fireline.signals.model import Alarm, Signals
from fireline.signals.renewal.assess import assess
from fireline.signals.series import Block, case_block, cases_with_day, count_blocks
from fireline.signals.tables import SERIES
from fireline.signals.thresholds import evaluate_thresholds
from fireline.words import Words


def watch(records: Records, rules: At, *, at: datetime) -> Signals:
    """Find every alarm in the data up to a moment.

    Parameters
    ----------
    records : Records   counts, cases, and what says where cases belong (persons, places, visits, areas)
    rules : At   area and knowledge time; every disease that has cases is watched
    at : datetime, aware   nothing later is looked at

    Returns
    -------
    Signals

    Notes
    -----
    Cases count on their day of onset, else report, else sample; days without a case inside the span of a
    disease are zeros. In streams of counts a day that was not reported stays unknown. Statistics need no
    rule: they look at numbers, not at people. Recent days of onset fill up late, so silence there is no news.
    """
    last = local_day(at, records.tz)
    cases = cases_with_day(records, last=last)
    blocks = [*count_blocks(records, last=last), *case_block(cases)]
    alarms: list[Alarm] = []
    tables = [pl.DataFrame(schema=SERIES)]
    for block in blocks:
        more, table = detect(block)
        alarms.extend(more)
        tables.append(table)
    fixed = evaluate_thresholds(records, cases, rules)
    renewal = assess(cases, rules, last=last, tz=records.tz, area=records.area or "")
    alarms.extend(fixed.alarms)
    alarms.sort(key=lambda a: (a.day, a.stream, a.area_code, a.unit, a.kind, a.rule_id, a.alarm_id))
    series = pl.concat(tables).sort("stream", "area_code", "date", "method")
    return Signals(
        tuple(alarms),
        series,
        tuple(fixed.answers),
        (*_notes(records, cases, blocks), *_distinct(fixed.notes), *renewal.notes),
        renewal,
    )


def _notes(records: Records, cases: pl.DataFrame, blocks: list[Block]) -> tuple[Words, ...]:
    notes = []
    if not blocks:
        notes.append(
            Words(
                "没有计数数据，也没有带日期的病例，无法监测。",
                "No counts and no dated cases: nothing to watch.",
            )
        )
    undated = (
        records.table("cases")
        .filter(pl.col("classification").is_null() | (pl.col("classification") != "discarded"))
        .height
        - cases.height
    )
    if undated:
        notes.append(
            Words(
                f"{undated} 例没有日期或日期晚于当前时刻，未计入序列。",
                f"{undated} case(s) have no date, or one after the present moment; they are in no series.",
            )
        )
    return tuple(notes)


def _distinct(notes: list[Words]) -> tuple[Words, ...]:
    return tuple(dict.fromkeys(notes))
