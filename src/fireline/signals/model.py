"""What early warning hands on: alarms with their reasons, and the series they were seen in.

Chapter 5: reads records, is read by tasks and oversight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import polars as pl

from fireline.policy.model import Answer
from fireline.signals.renewal.model import Renewal
from fireline.signals.tables import (
    ALARMS,
    AREA_ALARMS,
    CALIBRATION,
    CLUSTERS,
    EVIDENCE,
    NOWCAST,
    POINTS,
    RT,
    STREAM_DAYS,
    TRIGGERS,
)
from fireline.words import Words, join_words

LEVELS = ("very_low", "low", "medium", "high")
"""Risk levels of an alarm, as the 2025 warning rules name them; see explain.level_of for the mapping."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One event in one series; days that follow each other are one alarm.

    Attributes
    ----------
    alarm_id : str, the same for the same event in every run
    kind : "ears" or "threshold"
    stream : str, a stream of counts or "cases/<disease>"
    area_code : str, "" when unknown
    day : date, first day of the event
    observed : float, count on that day (for a threshold: within its window)
    expected : float or None, mean of the baseline
    upper : float, the count above which (for a threshold: from which) it alarms
    level : one of LEVELS
    rule_id : str, "" for a statistical alarm
    why : Words
    until : date, last day of the event
    unit : str, the school, household or other unit a threshold was met in; "" = the area
    """

    alarm_id: str
    kind: str
    stream: str
    area_code: str
    day: date
    observed: float
    expected: float | None
    upper: float
    level: str
    rule_id: str
    why: Words
    until: date
    unit: str = ""


class Point(NamedTuple):
    """One day of one stream over the areas of a trigger, for a small chart.

    Attributes
    ----------
    day : date
    observed, expected, upper : float or None   sums over the areas that reported; upper is two standard
        deviations above what was expected
    """

    day: date
    observed: float | None
    expected: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one stream says of one trigger.

    Attributes
    ----------
    stream : str
    words : Words, its name
    subject : "person", "thing" or "place"
    areas : tuple of area codes that have figures of it
    first_day, last_day : date or None, of the figures that count; None = none since the event began
    observed, expected : float, sums of them
    p : float or None, calibrated probability of figures so high without an event
    weight : float, log evidence for the event; below 0 it speaks against
    rate_without : float or None, false alarms a month of the trigger had this stream said nothing
    n_areas, n_areas_high : int, areas with a figure on the last day, and those with one that one quiet day in
        twenty exceeds
    state : str, worst state of its baselines: ok, new, shifted, silent, new_holiday or not_reported
    note : Words or None, what that state means here
    points : tuple of Point, the last weeks
    """

    stream: str
    words: Words
    subject: str
    areas: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    observed: float
    expected: float
    p: float | None
    weight: float
    rate_without: float | None
    n_areas: int
    n_areas_high: int
    state: str
    note: Words | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """One event, raised once: what was seen, how sure, who must look by when, and what would make it false.

    Attributes
    ----------
    trigger_id : str, the same for the same event in every run
    kind : "fusion" (statistics over all streams) or "rule" (a fixed threshold)
    level : one of LEVELS
    raised, level_since, until : date, first raised, at this level since, last raised
    first_day : date, first day of the excess
    began, began_from, began_to : date or None, first infections: most likely, and within eighty hundredths
    areas : tuple of area codes of its clearest alarm
    touched : tuple of area codes of all its alarms
    event_types : tuple of (name, Words, probability), likeliest first; () for a rule
    score : float or None, log Bayes factor
    probability : float or None, that an event is going on
    p : float or None, combined probability of the streams in the clearest of its areas
    false_alarms_per_month : float or None, over all areas, as rare as this; None for a rule
    evidence : tuple of Evidence, weightiest first
    alarm_ids : tuple of str, alarms of single streams and of rules that belong to it
    rule_ids : tuple of str, thresholds that were met
    verify_by : date or None; verify_within_h : float or None; verify_rule : str
        the clock of the rule in force, None and "" where there is none
    who : Words, who verifies, and by when
    why : Words
    false_if : tuple of Words, what would have to be true for it to be false
    """

    trigger_id: str
    kind: str
    level: str
    raised: date
    level_since: date
    until: date
    first_day: date
    began: date | None
    began_from: date | None
    began_to: date | None
    areas: tuple[str, ...]
    touched: tuple[str, ...]
    event_types: tuple[tuple[str, Words, float], ...]
    score: float | None
    probability: float | None
    p: float | None
    false_alarms_per_month: float | None
    evidence: tuple[Evidence, ...]
    alarm_ids: tuple[str, ...]
    rule_ids: tuple[str, ...]
    verify_by: date | None
    verify_within_h: float | None
    verify_rule: str
    who: Words
    why: Words
    false_if: tuple[Words, ...]


def _empty(columns: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(schema=columns)


@dataclass(frozen=True, slots=True)
class Signals:
    """All alarms, triggers and series of one run.

    Attributes
    ----------
    alarms : tuple of Alarm, sorted by (day, stream, area_code, unit, kind, rule_id)
    series : DataFrame, columns signals.tables.SERIES, sorted by stream, area_code, date, method
    answers : tuple of Answer, threshold rules that were asked for
    notes : tuple of Words, what was not evaluated and why
    triggers : tuple of Trigger, one for each event, gravest and newest first
    calibration : DataFrame, columns CALIBRATION   how good each stream's probabilities are
    stream_days : DataFrame, columns STREAM_DAYS   newest figure of each series, and what is late
    area_alarms : DataFrame, columns AREA_ALARMS   in how many areas a stream is high on each recent day
    renewal : Renewal, reproduction numbers, trends and nowcasts
    clusters : DataFrame, columns CLUSTERS   of the scans in space and time; set by the pipeline
    """

    alarms: tuple[Alarm, ...]
    series: pl.DataFrame
    answers: tuple[Answer, ...]
    notes: tuple[Words, ...]
    triggers: tuple[Trigger, ...] = ()
    calibration: pl.DataFrame = field(default_factory=lambda: _empty(CALIBRATION))
    stream_days: pl.DataFrame = field(default_factory=lambda: _empty(STREAM_DAYS))
    area_alarms: pl.DataFrame = field(default_factory=lambda: _empty(AREA_ALARMS))
    renewal: Renewal = field(
        default_factory=lambda: Renewal(pl.DataFrame(schema=RT), pl.DataFrame(schema=NOWCAST), {}, ())
    )
    clusters: pl.DataFrame = field(default_factory=lambda: _empty(CLUSTERS))

    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables for the output folder of a run."""
        rows = [
            (
                *(a.alarm_id, a.kind, a.stream, a.area_code, a.unit, a.day, a.until, a.observed, a.expected),
                *(a.upper, a.level, a.rule_id, a.why.zh, a.why.en),
            )
            for a in self.alarms
        ]
        return {
            "signals": pl.DataFrame(rows, schema=ALARMS, orient="row"),
            "series": self.series,
            **_trigger_tables(self.triggers),
            "signal_calibration": self.calibration,
            "stream_days": self.stream_days,
            "area_alarms": self.area_alarms,
            "rt": self.renewal.rt,
            "nowcast": self.renewal.nowcast,
            "clusters": self.clusters,
        }


def _trigger_tables(triggers: tuple[Trigger, ...]) -> dict[str, pl.DataFrame]:
    rows, evidence, points = [], [], []
    for t in triggers:
        likeliest = t.event_types[0] if t.event_types else ("", None, None)
        false_if = join_words(t.false_if)
        rows.append(
            (
                *(t.trigger_id, t.kind, t.level, t.raised, t.level_since, t.until, t.first_day, t.began),
                *(t.began_from, t.began_to, list(t.areas), list(t.touched), [e.stream for e in t.evidence]),
                *(likeliest[0], likeliest[2], t.score, t.probability, t.p, t.false_alarms_per_month),
                *(list(t.alarm_ids), list(t.rule_ids), t.verify_by, t.verify_within_h, t.verify_rule),
                *(t.who.zh, t.who.en, t.why.zh, t.why.en),
                *((false_if.zh, false_if.en) if false_if else ("", "")),
            )
        )
        for e in t.evidence:
            evidence.append(
                (
                    *(t.trigger_id, e.stream, e.subject, list(e.areas), e.first_day, e.last_day, e.observed),
                    *(e.expected, e.p, e.weight, e.rate_without, e.n_areas, e.n_areas_high, e.state),
                    *((e.note.zh, e.note.en) if e.note else ("", "")),
                )
            )
            points += [(t.trigger_id, e.stream, *point) for point in e.points]
    return {
        "triggers": pl.DataFrame(rows, schema=TRIGGERS, orient="row"),
        "trigger_evidence": pl.DataFrame(evidence, schema=EVIDENCE, orient="row"),
        "trigger_points": pl.DataFrame(points, schema=POINTS, orient="row"),
    }
