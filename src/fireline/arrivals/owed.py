"""What is owed on landing: hand-over, isolation, tests and, for goods, declaration, disinfection and trace.

Chapter 3: reads records and the rules in force on the day of arrival; read by tasks and oversight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.arrivals.model import Arrivals
from fireline.arrivals.origins import RiskLists
from fireline.arrivals.tables import IMPORTATION, OWED, POCKETS
from fireline.clock import local_day, local_midnight
from fireline.policy import Answer, At, Status, disease_id
from fireline.policy.schedule import Phase, schedule
from fireline.records.model import Records
from fireline.words import Words

_INBOUND = ("flight", "land_port")
_INSIDE = ("admission", "acceptance", "admitted")
FREE = "free"
"""Start of the ``part`` of a test that has a latest day instead of a fixed one."""

_PLACES = {
    "central": Words("集中隔离", "central quarantine"),
    "home": Words("居家隔离", "home quarantine"),
    "home_monitoring": Words("居家健康监测", "health monitoring at home"),
    "hospital": Words("住院", "hospital"),
    "self_monitoring": Words("自我健康监测", "self-monitoring"),
    "stay_until_negative": Words("检测阴性前不外出", "staying in until negative"),
}


@dataclass(slots=True)
class _Book:
    """Answers looked up once for each day, subject and concept."""

    rules: At
    kept: dict[tuple[str, str, date], Answer] = field(default_factory=dict)

    def find(self, concept: str, subject: str, day: date) -> Answer:
        key = (concept, subject, day)
        if key not in self.kept:
            self.kept[key] = self.rules.on_date(day).find(concept, subject)
        return self.kept[key]


@dataclass(frozen=True, slots=True)
class _Subject:
    """One arrival or lot."""

    kind: str
    id: str
    person_key: str | None
    pocket: str
    origin: str
    level: str | None
    arrives_at: datetime
    day: date
    precision: str  # of arrives_at
    anchor_days: Mapping[str, date] = field(default_factory=dict)  # anchors other than the arrival


def owed(records: Records, rules: At, *, at: datetime) -> Arrivals:
    """Duties for every arrival and lot up to a moment, and importation by pocket.

    Parameters
    ----------
    records : Records   arrivals, lots, risk areas, tests and cases
    rules : At   disease and area; each arrival is judged by the rules of the day it came
    at : datetime, aware   later arrivals are left out

    Returns
    -------
    Arrivals

    Notes
    -----
    Flights and land ports follow ``measure/arrival_inbound``; travel inside the country follows
    ``measure/arrival_high|medium|low`` by the level its origin was listed with on the day of arrival.
    A measure counted from leaving the origin is counted from the arrival: the leaving is not recorded. One
    counted from the acceptance is counted from the arrival until the acceptance is on record. Where a measure
    is in force and no deadline says when to hand over, the day of arrival is the last for it. An arrival
    known to the day is never owed anything by the hour: its ``precision`` is "day".
    """
    book = _Book(rules)
    lists = RiskLists(records)
    people = [s for s in _people(records, lists, at=at) if s.arrives_at <= at]
    lots = [s for s in _lots(records, lists) if s.arrives_at <= at]
    rows: list[tuple[Any, ...]] = []
    for person in people:
        rows.extend(_for_person(person, book, records.tz))
    for lot in lots:
        rows.extend(_for_lot(lot, book, records.tz))
    table = pl.DataFrame(rows, schema=OWED, orient="row").sort(
        "subject_kind", "subject_id", "due_by", "duty", "n", "part", nulls_last=True
    )
    answers = {(c, s, a.status.value, a.rule_id): a for (c, s, _), a in sorted(book.kept.items())}
    return Arrivals(
        table,
        _importation(records, rules, people, lots),
        tuple(answers.values()),
        _notes(records, people, table),
    )


def _people(records: Records, lists: RiskLists, *, at: datetime) -> Iterator[_Subject]:
    for row in records.table("arrivals").sort("arrival_id").iter_rows(named=True):
        day = local_day(row["arrives_at"], records.tz)
        level = lists.level(row["origin_area"], at=row["arrives_at"], day=day)
        accepted = row["accepted_at"]
        is_in = accepted is not None and accepted <= at
        anchors = dict.fromkeys(_INSIDE, local_day(accepted, records.tz)) if is_in else {}
        yield _Subject(
            "person", row["arrival_id"], row["person_key"], row["pocket"], row["origin_area"], level,
            row["arrives_at"], day, row["arrives_at_precision"] or "minute", anchors,
        )  # fmt: skip


def _lots(records: Records, lists: RiskLists) -> Iterator[_Subject]:
    for row in records.table("lots").sort("lot_id").iter_rows(named=True):
        day = local_day(row["arrives_at"], records.tz)
        level = lists.level(row["origin"], at=row["arrives_at"], day=day)
        yield _Subject(
            "lot", row["lot_id"], None, "cold_chain", row["origin"], level, row["arrives_at"], day,
            row["arrives_at_precision"] or "minute",
        )  # fmt: skip


def _row(
    subject: _Subject,
    answer: Answer,
    duty: str,
    what: Words,
    *,
    n: int = 1,
    part: str = "",
    place: str | None = None,
    start: datetime | None = None,
    due: datetime | None = None,
    precision: str = "day",
) -> tuple[Any, ...]:
    rule = answer.rule
    return (
        *(subject.kind, subject.id, subject.person_key, subject.pocket, subject.origin, subject.level),
        *(duty, n, part, place, start, due, None if due is None else precision, answer.status.value),
        *(rule.id if rule else "", rule.edition if rule else "", what.zh, what.en),
    )


def _for_person(person: _Subject, book: _Book, tz: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    if person.pocket in _INBOUND:
        name = "arrival_inbound"
    elif person.level is not None:
        name = f"arrival_{person.level}"
    else:
        answer = book.find("measure", "arrival_low", person.day)
        bare = Answer(Status.NO_RULE, None, None, answer.asked)
        words = Words(
            "来源地到达时不在风险区名单上，不欠措施。",
            "The origin was on no risk list on arrival: nothing is owed.",
        )
        yield _row(person, bare, "none", words)
        return
    answer = book.find("measure", name, person.day)
    if not answer.in_force or answer.value is None:
        yield _row(person, answer, "none", Words(answer.note_zh or "没有规则", answer.note_en or "no rule"))
        return
    yield from _acceptance(person, book, answer, tz)
    anchor = person.anchor_days.get(str(answer.value["anchor"]), person.day)
    for number, phase in enumerate(schedule(answer.value, anchor).phases, 1):
        yield from _phase(person, answer, phase, number, anchor=anchor, tz=tz)


def _phase(
    person: _Subject, answer: Answer, phase: Phase, number: int, *, anchor: date, tz: ZoneInfo
) -> Iterator[tuple[Any, ...]]:
    """One phase with its tests; ``part`` tells the tests of a person apart."""
    words = _PLACES[phase.place]
    days = (phase.last - phase.first).days + 1
    start, end = local_midnight(phase.first, tz), _end_of(phase.last, tz)
    row = partial(_row, person, answer, place=phase.place)
    what = Words(
        f"{words.zh} {days} 天，{phase.first} 至 {phase.last}",
        f"{words.en}, {days} day(s), {phase.first} to {phase.last}",
    )
    yield row("phase", what, n=number, part=f"{number}", start=start, due=end)
    for test in phase.tests:
        what = Words(f"{words.zh}期间于 {test} 检测", f"test on {test} during {words.en}")
        part, begin = f"d{(test - anchor).days:03d}", local_midnight(test, tz)
        yield row("test", what, n=number, part=part, start=begin, due=_end_of(test, tz))
    for k, day in enumerate(free_test_days(phase), 1):
        what = Words(
            f"{words.zh}期间第 {k}/{phase.n_tests} 次检测，不晚于 {day}",
            f"test {k} of {phase.n_tests} during {words.en}, not after {day}",
        )
        yield row("test", what, n=k, part=f"{FREE}{number}-{k}", start=start, due=_end_of(day, tz))


def free_test_days(phase: Phase) -> tuple[date, ...]:
    """Latest day for each of a phase's tests without fixed days: the last on its last day, one gap apart."""
    gap = max(1, math.ceil((phase.min_gap_hours or 24) / 24))
    return tuple(phase.last - timedelta(days=gap * k) for k in range(phase.n_tests - 1, -1, -1))


def _acceptance(person: _Subject, book: _Book, measure: Answer, tz: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """Hand-over: within the deadline in force, else on the day of arrival by the measure itself."""
    answer = book.find("deadline", "arrival_accept", person.day)
    if answer.in_force and answer.value is not None and answer.value["start"] == "arrival":
        hours = float(answer.value["hours"])
        what = Words(
            f"到达后 {hours:g} 小时内接收到位", f"handed over and accepted within {hours:g} h of arrival"
        )
        due = _after(person, hours, tz)
        yield _row(
            person, answer, "accept", what, start=person.arrives_at, due=due, precision=person.precision
        )
    else:
        what = Words("到达当日接收到位", "handed over and accepted on the day of arrival")
        due = _end_of(person.day, tz)
        yield _row(person, measure, "accept", what, start=person.arrives_at, due=due)


def _after(subject: _Subject, hours: float, tz: ZoneInfo) -> datetime:
    """Hours after (or, negative, before) the arrival; the end of that day where only its day is known."""
    if subject.precision == "day":
        return _end_of(subject.day + timedelta(days=math.ceil(hours / 24)), tz)
    return subject.arrives_at + timedelta(hours=hours)


def _end_of(day: date, tz: ZoneInfo) -> datetime:
    return local_midnight(day + timedelta(days=1), tz)


def _for_lot(lot: _Subject, book: _Book, tz: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    found = False
    for subject in ("declare", "disinfect", "lot", "records"):
        answer = book.find("goods", subject, lot.day)
        if (
            not answer.in_force
            or answer.value is None
            or answer.rule is None
            or answer.rule.subject != subject
        ):
            continue
        for duty, what, due, precision in _goods(answer.value, lot, tz):
            found = True
            yield _row(lot, answer, duty, what, start=lot.arrives_at, due=due, precision=precision)
    if not found:
        answer = book.find("goods", "lot", lot.day)
        yield _row(lot, answer, "none", Words(answer.note_zh or "没有规则", answer.note_en or "no rule"))


def _goods(
    value: Mapping[str, Any], lot: _Subject, tz: ZoneInfo
) -> Iterator[tuple[str, Words, datetime, str]]:
    if "hours_before" in value:
        hours = float(value["hours_before"])
        words = Words(f"到达前 {hours:g} 小时报备", f"declared {hours:g} h before arrival")
        yield "declare", words, _after(lot, -hours, tz), lot.precision
    on_arrival = _end_of(lot.day, tz)
    if value.get("test"):
        yield "lot_test", Words("入库前抽样检测", "sampled and tested before storage"), on_arrival, "day"
    if value.get("disinfect"):
        words = Words("首次接触前消毒", "disinfected before first contact")
        yield "disinfect", words, on_arrival, "day"
    if value.get("trace"):
        words = Words("登记去向，全程可追溯", "whereabouts recorded, traceable throughout")
        yield "trace", words, on_arrival, "day"
    if "years" in value:
        years = float(value["years"])
        due = _end_of(lot.day + timedelta(days=round(365.25 * years)), tz)
        words = Words(f"记录保存 {years:g} 年", f"records kept {years:g} year(s)")
        yield "keep_records", words, due, "day"


def _importation(records: Records, rules: At, people: list[_Subject], lots: list[_Subject]) -> pl.DataFrame:
    cases = records.table("cases").filter(
        pl.col("classification").is_null() | (pl.col("classification") != "discarded")
    )
    wanted = disease_id(rules.disease)
    ill = {p for p, d in zip(cases["person_key"], cases["disease"], strict=True) if disease_id(d) == wanted}
    tests = records.table("tests").filter(
        (pl.col("subject_kind") == "lot") & (pl.col("result") == "positive")
    )
    positive = set(tests["subject_id"])
    rows = []
    for pocket in POCKETS:
        here = [s for s in (*people, *lots) if s.pocket == pocket]
        n_cases = sum((s.id in positive) if s.kind == "lot" else (s.person_key in ill) for s in here)
        n_level = {level: sum(s.level == level for s in here) for level in ("high", "medium")}
        rows.append((pocket, len(here), n_level["high"], n_level["medium"], n_cases))
    return pl.DataFrame(rows, schema=IMPORTATION, orient="row")


def _notes(records: Records, people: list[_Subject], table: pl.DataFrame) -> tuple[Words, ...]:
    notes = []
    if people and not records.has("risk_areas"):
        notes.append(
            Words(
                "没有风险区名单，国内来源地的等级无从判断。",
                "There is no list of risk areas: levels of origins inside the country cannot be known.",
            )
        )
    asked = table.filter(pl.col("status") == "ASK")["subject_id"].n_unique()
    if asked:
        notes.append(
            Words(
                f"{asked} 项因依据冲突须由人决定。",
                f"For {asked} arrival(s) sources conflict; a person decides.",
            )
        )
    return tuple(notes)
