"""Watches all streams: alarms of single series, fixed thresholds, and one trigger for each event.

Chapter 5: reads records and the rules, is read by tasks, oversight and bulletins.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl

from fireline.clock import local_day
from fireline.policy import At
from fireline.records.model import Records
from fireline.signals.aberrations import detect
from fireline.signals.absences import evaluate_absences
from fireline.signals.baselines import Expected, expect
from fireline.signals.calibration import Calibration, calibrate_streams
from fireline.signals.events import Event, find_events
from fireline.signals.evidence import area_alarms, stream_days
from fireline.signals.fusion.areas import area_sets
from fireline.signals.fusion.combined import combined
from fireline.signals.fusion.scan import scan
from fireline.signals.model import Alarm, Signals
from fireline.signals.renewal.assess import assess
from fireline.signals.series import Block, case_block, cases_with_day, count_blocks
from fireline.signals.streams import Stream, StreamBook, default_streams
from fireline.signals.surveys import without_surveys
from fireline.signals.tables import SERIES
from fireline.signals.thresholds import evaluate_thresholds
from fireline.signals.trigger import Watched, triggers
from fireline.signals.verdicts import Verdict, held, verified_days
from fireline.words import Words, join_words

PAST_DAYS = 200
"""Days that are scanned: the past that false alarms are counted in, and the present."""


def watch(
    records: Records,
    rules: At,
    *,
    at: datetime,
    streams: StreamBook | None = None,
    rng: np.random.Generator | None = None,
    verdicts: Sequence[Verdict] = (),
) -> Signals:
    """Find every alarm in the data up to a moment, and join them to events.

    Parameters
    ----------
    records : Records   counts, cases, and what says where cases belong (persons, places, visits, areas)
    rules : At   area, knowledge time and state; every disease that has cases is watched
    at : datetime, aware   nothing later is looked at
    streams : StreamBook or None   what is known of the streams; None takes the packaged streams.toml
    rng : numpy Generator or None   for the null distribution of combined probabilities; None takes windows
        of the past as they were
    verdicts : sequence of Verdict   decided events: they are not raised again while the verdict lasts, and
        days of verified ones are no false alarms

    Returns
    -------
    Signals

    Notes
    -----
    Cases count on their day of onset, else report, else sample; days without a case inside the span of a
    disease are zeros. In streams of counts a day that was not reported stays unknown. Statistics need no
    rule: they look at numbers, not at people. Recent days of onset fill up late, so silence there is no news.
    Triggers look at streams of counts with a usable baseline (signals.baselines); where the past is too
    short for one, alarms of EARS stand alone.
    """
    book = default_streams() if streams is None else streams
    records, surveyed = without_surveys(records)
    last = local_day(at, records.tz)
    cases = cases_with_day(records, last=last)
    blocks = [*count_blocks(records, last=last), *case_block(cases)]
    alarms: list[Alarm] = []
    tables = [pl.DataFrame(schema=SERIES)]
    for block in blocks:
        more, table = detect(block)
        alarms.extend(more)
        tables.append(table)
    fixed = evaluate_thresholds(records, cases, rules, last=last)
    renewal = assess(cases, rules, last=last, tz=records.tz, area=records.area or "")
    absent = evaluate_absences(records, book, rules, last=last)
    alarms.extend(fixed.alarms)
    alarms.extend(absent.alarms)
    alarms.sort(key=lambda a: (a.day, a.stream, a.area_code, a.unit, a.kind, a.rule_id, a.alarm_id))
    series = pl.concat(tables).sort("stream", "area_code", "date", "method")
    expected = expect(records, book, last=last, state=rules.state)
    calibration = calibrate_streams(expected)
    watched, events = _events(records, expected, calibration, book, rng=rng, verdicts=verdicts)
    first = watched.first_row if watched else expected.n_days
    return Signals(
        tuple(alarms),
        series,
        (*fixed.answers, *absent.answers),
        (
            *_notes(records, cases, blocks),
            *_distinct([*fixed.notes, *absent.notes]),
            *_stream_notes(expected, book, records),
            *renewal.notes,
            *surveyed,
        ),
        triggers=triggers(watched, events, alarms, records, rules),
        calibration=calibration.table,
        stream_days=stream_days(records, expected, book, last=last),
        area_alarms=area_alarms(expected, calibration, first_row=first),
        renewal=renewal,
    )


def _events(
    records: Records,
    expected: Expected,
    calibration: Calibration,
    book: StreamBook,
    *,
    rng: np.random.Generator | None,
    verdicts: Sequence[Verdict],
) -> tuple[Watched | None, list[Event]]:
    """The scan of the days that have usable figures, and the events found in it; (None, []) without any."""
    usable = np.flatnonzero(np.isfinite(expected.upper).any(axis=(1, 2)))
    if not usable.size:
        return None, []
    first = max(int(usable[0]), expected.n_days - PAST_DAYS)
    sets = area_sets(records, expected.areas)
    found = scan(expected, calibration, sets, book.events, first_row=first)
    p = combined(expected, calibration, first_row=first, rng=rng)
    events, rates = find_events(
        found.scores,
        sets,
        first_row=first,
        verified=verified_days(verdicts, expected),
        held=held(verdicts, expected),
    )
    return Watched(expected, calibration, found, p, rates, first), events


def _stream_notes(expected: Expected, book: StreamBook, records: Records) -> tuple[Words, ...]:
    """Streams that were not used, and why."""
    notes = []
    names = set(records.table("counts")["stream"].unique().to_list())
    resting = sorted(names - {s.name for s in expected.streams})
    if resting:
        said = _names([book.of(n) for n in resting])
        notes.append(
            Words(
                f"在当前状态下不使用的监测流：{said.zh}。",
                f"Streams that are not used in the present state: {said.en}.",
            )
        )
    short = [s for k, s in enumerate(expected.streams) if not np.isfinite(expected.upper[:, :, k]).any()]
    if short:
        said = _names(short)
        notes.append(
            Words(
                f"历史太短、无法建立基线的监测流：{said.zh}；仅有单流报警。",
                f"Too short a history for a baseline: {said.en}; only alarms of single streams.",
            )
        )
    unknown = [s for s in expected.streams if not s.is_described]
    if unknown:
        said = _names(unknown)
        notes.append(
            Words(
                f"streams.toml 未说明的监测流，按缺省值使用：{said.zh}。",
                f"Streams that streams.toml does not describe, used with its defaults: {said.en}.",
            )
        )
    return tuple(notes)


def _names(streams: Sequence[Stream]) -> Words:
    """Names of streams as one list."""
    return join_words((s.words for s in streams), zh="、", en=", ") or Words.same("–")


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
