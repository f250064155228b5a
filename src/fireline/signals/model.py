"""What early warning hands on: alarms with their reasons, and the series they were seen in.

Chapter 5: reads records, is read by tasks and oversight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fireline.policy.model import Answer
from fireline.signals.renewal.model import Renewal
from fireline.signals.tables import ALARMS, NOWCAST, RT
from fireline.words import Words

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


@dataclass(frozen=True, slots=True)
class Signals:
    """All alarms and series of one run.

    Attributes
    ----------
    alarms : tuple of Alarm, sorted by (day, stream, area_code, unit, kind, rule_id)
    series : DataFrame, columns signals.tables.SERIES, sorted by stream, area_code, date, method
    answers : tuple of Answer, threshold rules that were asked for
    notes : tuple of Words, what was not evaluated and why
    renewal : Renewal, reproduction numbers, trends and nowcasts
    """

    alarms: tuple[Alarm, ...]
    series: pl.DataFrame
    answers: tuple[Answer, ...]
    notes: tuple[Words, ...]
    renewal: Renewal = field(
        default_factory=lambda: Renewal(pl.DataFrame(schema=RT), pl.DataFrame(schema=NOWCAST), {}, ())
    )

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
            "rt": self.renewal.rt,
            "nowcast": self.renewal.nowcast,
        }
