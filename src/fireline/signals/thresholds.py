"""Fixed thresholds of the rules in force: so many cases in one unit within so many days.

Chapter 5: reads series.cases_with_day and the rules; read by watch.
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
DEATHS = Words("死亡数", "death(s)")


@dataclass(slots=True)
class Found:
    """What evaluating thresholds gives: alarms, answers that were asked for, notes."""

    alarms: list[Alarm] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)


def evaluate_thresholds(records: Records, cases: pl.DataFrame, rules: At) -> Found:
    """Evaluate every threshold rule of every disease that has cases.

    Parameters
    ----------
    records : Records
    cases : DataFrame   as series.cases_with_day gives it
    rules : At   its area and knowledge time; each day is judged by the rule in force on that day

    Returns
    -------
    Found
    """
    found = Found()
    for (disease,), part in cases.group_by("disease_id", maintain_order=True):
        here = rules.for_disease(str(disease))
        units: dict[str, list[tuple[str, str, str, date, bool]]] = {}
        for subject in sorted({r.subject for r in rules.library.by_concept.get("threshold", ())}):
            for first, last, answer in _segments(here, subject, part["day"].min(), part["day"].max()):
                if answer.status is Status.NO_RULE:
                    continue
                found.answers.append(answer)
                if answer.status is Status.ASK:
                    found.notes.append(Words(answer.note_zh, answer.note_en))
                if answer.value is None:
                    continue
                for clause in _clauses(answer.value, found.notes, answer):
                    if clause["unit"] not in units:
                        units[clause["unit"]] = units_of_cases(records, part, clause["unit"])
                    found.alarms.extend(
                        _met(units[clause["unit"]], clause, answer, disease=str(disease), span=(first, last))
                    )
    found.alarms = _once(found.alarms)
    return found


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
        days = [d for d, n in counted.items() if n >= clause["limit"]]
        for event in _joined(days, gap=window):
            day, until = date.fromordinal(event[0]), date.fromordinal(event[-1])
            why = words_of_threshold(
                where=unit or "-",
                unit=clause["unit"],
                day=day,
                until=until,
                observed=counted[event[0]],
                limit=clause["limit"],
                window_days=window,
                what=DEATHS if clause["what"] == "deaths" else CASES,
                rule_id=answer.rule_id,
                is_advice=not answer.in_force,
            )
            level = level_of_threshold(is_advice=not answer.in_force, is_first_only=False)
            yield _alarm(
                answer, clause, disease=disease, unit=unit, area=area, span=(day, until),
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
            answer, clause, disease=disease, unit=unit, area=area, span=(day, day), observed=1, level=level,
            why=why,
        )  # fmt: skip


def _alarm(
    answer: Answer,
    clause: Mapping[str, Any],
    *,
    disease: str,
    unit: str,
    area: str,
    span: tuple[date, date],
    observed: int,
    level: str,
    why: Words,
) -> Alarm:
    day, until = span
    stream = f"cases/{disease}"
    limit = clause.get("limit", 1)
    key = alarm_id("threshold", stream, answer.rule_id, clause["what"], str(limit), unit, day.isoformat())
    is_place = clause["unit"] in ("collective", "school", "household")
    return Alarm(
        key, "threshold", stream, area if is_place else unit, day, float(observed), None, float(limit), level,
        answer.rule_id, why, until, unit if is_place else "",
    )  # fmt: skip


def _once(alarms: list[Alarm]) -> list[Alarm]:
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
