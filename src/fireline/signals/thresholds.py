"""Fixed thresholds of the rules in force: so many cases in one unit within so many days.

Chapter 5: reads series.cases_with_day and the rules; read by watch and absences.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from fireline.policy import Answer, At, Status
from fireline.records.model import Records
from fireline.signals.explain import alarm_id, level_of_threshold, words_of_first, words_of_threshold
from fireline.signals.model import Alarm
from fireline.signals.units import units_of_cases
from fireline.words import Words

CASES = Words("病例数", "case(s)")
REPORTED = Words("按报告日期的病例数", "case(s) by day of report")
DEATHS = Words("死亡数", "death(s)")


@dataclass(slots=True)
class Found:
    """What evaluating thresholds gives: alarms, answers that were asked for, notes."""

    alarms: list[Alarm] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)


def evaluate_thresholds(
    records: Records, cases: pl.DataFrame, rules: At, *, last: date | None = None
) -> Found:
    """Evaluate every threshold rule of every disease that has cases, by their day and by their report.

    Parameters
    ----------
    records : Records
    cases : DataFrame   as series.cases_with_day gives it
    rules : At   its area and knowledge time; each day is judged by the rule in force on that day
    last : date or None   later reports are left out; None = the day of the rules

    Returns
    -------
    Found

    Notes
    -----
    Ten cases that fell ill within a week are an event, and so are ten that were reported within a week, whose
    onsets are unknown or further apart. Where a unit meets both within a fortnight, the one by onset is left.
    """
    found = Found()
    by_day: list[Alarm] = []
    later: list[Alarm] = []
    for (disease,), part in cases.group_by("disease_id", maintain_order=True):
        for dated, alarms, what in (
            (part, by_day, CASES),
            (by_report(part, records, last=last or rules.on), later, REPORTED),
        ):
            units: dict[str, list[tuple[str, str, str, date, bool]]] = {}
            if not dated.height:
                continue
            for clause, answer, span in clauses_in_force(found, rules, str(disease), dated["day"]):
                if what is REPORTED and (clause["what"] != "cases" or clause["limit"] == 1):
                    continue  # deaths, firsts and single cases are events already, by the day they count on
                if clause["unit"] not in units:
                    units[clause["unit"]] = units_of_cases(records, dated, clause["unit"])
                members = units[clause["unit"]]
                alarms += _met(members, clause, answer, disease=str(disease), span=span, what=what)
    kept = once(by_day)
    found.alarms = kept + [a for a in once(later) if not any(_is_same_event(a, b) for b in kept)]
    return found


def _is_same_event(a: Alarm, b: Alarm) -> bool:
    """Whether two alarms of one rule and unit lie within a fortnight of each other."""
    fortnight = timedelta(days=14)
    return (
        (a.rule_id, a.stream, a.unit, a.area_code) == (b.rule_id, b.stream, b.unit, b.area_code)
        and a.day <= b.until + fortnight
        and b.day <= a.until + fortnight
    )


def by_report(cases: pl.DataFrame, records: Records, *, last: date) -> pl.DataFrame:
    """The cases with their day of report; none where no case was reported on another day than it counts on.

    Parameters
    ----------
    cases : DataFrame   as series.cases_with_day gives it, of one disease
    records : Records   its time zone
    last : date   later reports are left out
    """
    reported = pl.col("reported_at").dt.convert_time_zone(str(records.tz)).dt.date()
    dated = cases.with_columns(reported.alias("report")).filter(pl.col("report") <= last)
    if dated.filter(pl.col("report") != pl.col("day")).is_empty():
        return dated.drop("report").clear()
    return dated.with_columns(pl.col("report").alias("day")).drop("report").sort("area", "day", "case_id")


def clauses_in_force(
    found: Found, rules: At, disease: str, days: pl.Series
) -> Iterator[tuple[dict[str, Any], Answer, tuple[date, date]]]:
    """Every clause of every threshold rule in force, with the stretch of days on which it is.

    Parameters
    ----------
    found : Found   answers and notes are put down here
    rules : At
    disease : id
    days : Series of dates   the first and the last are looked at
    """
    here = rules.for_disease(disease)
    for subject in sorted({r.subject for r in rules.library.by_concept.get("threshold", ())}):
        for first, last, answer in _segments(here, subject, days.min(), days.max()):
            if answer.status is Status.NO_RULE:
                continue
            found.answers.append(answer)
            if answer.status is Status.ASK:
                found.notes.append(Words(answer.note_zh, answer.note_en))
            if answer.value is None:
                continue
            for clause in _clauses(answer.value, found.notes, answer):
                yield clause, answer, (first, last)


def _segments(rules: At, subject: str, low: Any, high: Any) -> Iterator[tuple[date, date, Answer]]:
    """Stretches of days within [low, high] on which one answer holds."""
    cuts = {low}
    day = timedelta(days=1)
    dates: list[date | None] = []
    for rule in rules.library.by_concept.get("threshold", ()):
        dates += [
            rule.valid_from,
            rule.valid_to and rule.valid_to + day,
            rule.expires_at and rule.expires_at + day,
        ]
    for pack in rules.library.packs:
        dates += [pack.valid_from, pack.valid_to and pack.valid_to + day]
    cuts |= {d for d in dates if d is not None and low < d <= high}
    starts = sorted(cuts)
    ends = [*(s - day for s in starts[1:]), high]
    stretch: tuple[date, date, Answer] | None = None
    for start, end in zip(starts, ends, strict=True):
        answer = rules.on_date(start).find("threshold", subject)
        if stretch is not None and (answer.status, answer.rule_id) == (stretch[2].status, stretch[2].rule_id):
            stretch = (stretch[0], end, stretch[2])
            continue
        if stretch is not None:
            yield stretch
        stretch = (start, end, answer)
    if stretch is not None:
        yield stretch


def _clauses(value: Mapping[str, Any], notes: list[Words], answer: Answer) -> Iterator[dict[str, Any]]:
    """The rule's own clause and its alternatives, each with unit and window; says what cannot be judged."""
    base = {"unit": value["unit"], "window_days": value["window_days"]}
    yield {**base, "what": "cases", "limit": int(value["count"])}
    if value.get("first_of_year"):
        yield {**base, "what": "first"}
    for other in value.get("or", ()):
        here = {
            "unit": other.get("unit", base["unit"]),
            "window_days": other.get("window_days", base["window_days"]),
        }
        if "count" in other:
            yield {**here, "what": "cases", "limit": int(other["count"])}
        if "deaths" in other:
            yield {**here, "what": "deaths", "limit": int(other["deaths"])}
        if other.get("first_of_year"):
            yield {**here, "what": "first"}
        for name, zh, en in (
            ("hospitalised", "住院人数", "hospital admissions"),
            ("none_in_years", "多年无病例的历史", "years without a case"),
        ):
            if name in other:
                notes.append(
                    Words(
                        f"规则 {answer.rule_id} 的“{zh}”条件在现有数据中无法判断。",
                        f"Rule {answer.rule_id}: {en} cannot be judged from these data.",
                    )
                )


def _met(
    members: list[tuple[str, str, str, date, bool]],
    clause: Mapping[str, Any],
    answer: Answer,
    *,
    disease: str,
    span: tuple[date, date],
    what: Words = CASES,
) -> Iterator[Alarm]:
    """Alarms of one clause: members are (unit id, area, case id, day, has died), sorted."""
    by_unit: dict[str, list[tuple[str, str, str, date, bool]]] = {}
    for member in members:
        if clause["what"] != "deaths" or member[4]:
            by_unit.setdefault(member[0], []).append(member)
    for unit, rows in sorted(by_unit.items()):
        ordinals = sorted(row[3].toordinal() for row in rows)
        area = min(row[1] for row in rows)
        if clause["what"] == "first":
            yield from _firsts(
                ordinals, answer, unit=unit, area=area, clause=clause, disease=disease, span=span
            )
            continue
        window = int(clause["window_days"])
        counted = {
            d: bisect_right(ordinals, d) - bisect_right(ordinals, d - window)
            for d in sorted(set(ordinals))
            if span[0].toordinal() <= d <= span[1].toordinal()
        }
        yield from of_counts(
            {d: n for d, n in counted.items() if n >= clause["limit"]}, clause, answer,
            stream=f"cases/{disease}", unit=unit, area=area,
            what=DEATHS if clause["what"] == "deaths" else what,
        )  # fmt: skip


def of_counts(
    counted: Mapping[int, int],
    clause: Mapping[str, Any],
    answer: Answer,
    *,
    stream: str,
    unit: str,
    area: str,
    what: Words,
) -> Iterator[Alarm]:
    """Alarms of one unit whose numbers reach a clause's limit.

    Parameters
    ----------
    counted : mapping from day (proleptic ordinal) to the number in the window that ends on it, ascending;
        only days on which the limit is reached
    clause, answer : of the rule
    stream : what was counted
    unit, area : where
    what : words for what was counted
    """
    window = int(clause["window_days"])
    for event in _joined(list(counted), gap=window):
        day, until = date.fromordinal(event[0]), date.fromordinal(event[-1])
        why = words_of_threshold(
            where=unit or "-",
            unit=clause["unit"],
            day=day,
            until=until,
            observed=counted[event[0]],
            limit=clause["limit"],
            window_days=window,
            what=what,
            rule_id=answer.rule_id,
            is_advice=not answer.in_force,
        )
        level = level_of_threshold(is_advice=not answer.in_force, is_first_only=False)
        yield _alarm(
            answer, clause, stream=stream, unit=unit, area=area, span=(day, until),
            observed=counted[event[0]], level=level, why=why,
        )  # fmt: skip


def _joined(days: list[int], *, gap: int) -> Iterator[list[int]]:
    event: list[int] = []
    for day in days:
        if event and day - event[-1] > gap:
            yield event
            event = []
        event.append(day)
    if event:
        yield event


def _firsts(
    ordinals: list[int],
    answer: Answer,
    *,
    unit: str,
    area: str,
    clause: Mapping[str, Any],
    disease: str,
    span: tuple[date, date],
) -> Iterator[Alarm]:
    years: dict[int, date] = {}
    for ordinal in ordinals:
        day = date.fromordinal(ordinal)
        years.setdefault(day.year, day)
    for day in years.values():
        if not span[0] <= day <= span[1]:
            continue
        why = words_of_first(
            where=unit or "-", unit=clause["unit"], day=day, rule_id=answer.rule_id,
            is_advice=not answer.in_force,
        )  # fmt: skip
        level = level_of_threshold(is_advice=not answer.in_force, is_first_only=True)
        yield _alarm(
            answer, clause, stream=f"cases/{disease}", unit=unit, area=area, span=(day, day), observed=1,
            level=level, why=why,
        )  # fmt: skip


def _alarm(
    answer: Answer,
    clause: Mapping[str, Any],
    *,
    stream: str,
    unit: str,
    area: str,
    span: tuple[date, date],
    observed: int,
    level: str,
    why: Words,
) -> Alarm:
    day, until = span
    limit = clause.get("limit", 1)
    key = alarm_id("threshold", stream, answer.rule_id, clause["what"], str(limit), unit, day.isoformat())
    is_place = clause["unit"] in ("collective", "school", "household")
    return Alarm(
        key, "threshold", stream, area if is_place else unit, day, float(observed), None, float(limit), level,
        answer.rule_id, why, until, unit if is_place else "",
    )  # fmt: skip


def once(alarms: list[Alarm]) -> list[Alarm]:
    """One alarm per rule, unit and event: of several clauses met on overlapping days the first is kept."""
    kept: list[Alarm] = []
    last: dict[tuple[str, str, str, str], date] = {}
    for alarm in sorted(alarms, key=lambda a: (a.rule_id, a.stream, a.unit, a.area_code, a.day, a.alarm_id)):
        key = (alarm.rule_id, alarm.stream, alarm.unit, alarm.area_code)
        if key in last and alarm.day <= last[key]:
            last[key] = max(last[key], alarm.until)
            continue
        last[key] = alarm.until
        kept.append(alarm)
    return kept
