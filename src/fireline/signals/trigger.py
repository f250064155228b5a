"""Makes one trigger of each event: level, evidence, areas, clock, and what would make it false.

Chapter 5: reads events, fusion and alarms; read by watch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from fireline.policy import At
from fireline.records.model import Records
from fireline.signals.baselines import Expected
from fireline.signals.calibration import Calibration
from fireline.signals.events import QUIET_DAYS, AlarmRate, Event
from fireline.signals.evidence import evidence_of
from fireline.signals.explain import alarm_id
from fireline.signals.fusion.combined import Combined
from fireline.signals.fusion.scan import Scan, posterior
from fireline.signals.model import LEVELS, Alarm, Evidence, Trigger
from fireline.signals.trigger_words import SPEAKS, doubts, who_by, why_of_fusion
from fireline.words import Words

VERIFY = ("signal_verify", "notify")
"""Deadlines that say by when a signal is verified; the second stands in where no rule names the first."""
_EIGHTY = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Watched:
    """All that triggers are made from.

    Attributes
    ----------
    expected : Expected
    calibration : Calibration
    found : Scan
    p : Combined
    rates : sequence of AlarmRate, one for each row from ``first_row`` on
    first_row : int
    """

    expected: Expected
    calibration: Calibration
    found: Scan
    p: Combined
    rates: Sequence[AlarmRate]
    first_row: int


def triggers(
    watched: Watched | None, events: Iterable[Event], alarms: Sequence[Alarm], records: Records, rules: At
) -> tuple[Trigger, ...]:
    """One trigger for each event, and one for each event that only rules saw.

    Parameters
    ----------
    watched : Watched or None   None where no stream has a usable baseline
    events : of watched
    alarms : of single streams and of rules; those beside an event in area and time are part of it
    records : Records   which areas stand in which
    rules : At   the clock

    Returns
    -------
    tuple of Trigger, gravest first, then newest, then by id
    """
    parents = _parents(records)
    used: set[str] = set()
    made = []
    for event in events:
        assert watched is not None
        made.append(_of_event(event, watched, alarms, rules, parents, used))
    left = [a for a in alarms if a.kind == "threshold" and a.alarm_id not in used]
    for group in _by_place_and_time(left):
        made.append(_of_rules(group, rules))
    return tuple(sorted(made, key=lambda t: (-LEVELS.index(t.level), -t.raised.toordinal(), t.trigger_id)))


def _parents(records: Records) -> dict[str, str]:
    known = records.table("areas").drop_nulls("parent_code")
    return dict(zip(known["area_code"], known["parent_code"], strict=True))


def _is_in(area: str, areas: set[str], parents: dict[str, str]) -> bool:
    """Whether an area, or one above it, is among some."""
    here: str | None = area
    for _ in range(8):  # a ring of parents must not hang
        if here is None:
            return False
        if here in areas:
            return True
        here = parents.get(here)
    return False


def _of_event(
    event: Event,
    w: Watched,
    alarms: Sequence[Alarm],
    rules: At,
    parents: dict[str, str],
    used: set[str],
) -> Trigger:
    day = w.expected.day
    found = posterior(w.found, row=event.peak_row, z=event.peak_set)
    clearest = w.found.sets.of(event.peak_set)
    rate = w.rates[event.peak_row - w.first_row]
    evidence = evidence_of(
        w.expected,
        w.calibration,
        row=event.peak_row,
        members=clearest,
        found=found,
        rate=rate,
        kind=int(w.found.sets.kind[event.peak_set]),
    )
    areas = _codes(w.expected, clearest)
    touched = _codes(w.expected, event.members)
    # an event that went on has its clearest day late; it began before the day on which it was raised
    origin = posterior(w.found, row=event.first_row, z=event.first_set)
    began, low, high = (day(event.first_row - k) for k in _beginning(origin.starts))
    raised, until = day(event.first_row), day(event.last_row)
    first_day = min(_first_day(evidence, fallback=raised), raised)
    mine = _beside(alarms, set(touched), parents, low=first_day, high=until)
    mine = [a for a in mine if a.alarm_id not in used]
    used.update(a.alarm_id for a in mine if a.kind == "threshold")
    met = [a for a in mine if a.kind == "threshold"]
    level, since = _level(event, w.expected, evidence, met)
    types = sorted(
        ((e.name, e.words, float(p)) for e, p in zip(w.found.events, found.types, strict=True)),
        key=lambda t: (-t[2], t[0]),
    )
    p = w.p.p[event.peak_row, list(clearest)]
    clock = _clock(rules, raised)
    begun = _codes(w.expected, w.found.sets.of(event.first_set))
    return Trigger(
        trigger_id=alarm_id("trigger", raised.isoformat(), *begun),
        kind="fusion",
        level=level,
        raised=raised,
        level_since=since,
        until=until,
        first_day=first_day,
        began=began,
        began_from=low,
        began_to=high,
        areas=areas,
        touched=touched,
        event_types=tuple(types),
        score=event.peak_score,
        probability=found.probability,
        p=float(np.nanmin(p)) if np.isfinite(p).any() else None,
        false_alarms_per_month=event.per_month,
        evidence=evidence,
        alarm_ids=tuple(sorted(a.alarm_id for a in mine)),
        rule_ids=tuple(sorted({a.rule_id for a in met})),
        verify_by=clock[0],
        verify_within_h=clock[1],
        verify_rule=clock[2],
        who=who_by(*clock),
        why=why_of_fusion(
            areas=areas, kind=types[0], began=began, first_day=first_day, per_month=event.per_month,
            evidence=evidence, rules=met,
        ),
        false_if=doubts(evidence, met),
    )  # fmt: skip


def _codes(expected: Expected, members: Iterable[int]) -> tuple[str, ...]:
    return tuple(sorted(expected.areas[i] for i in members))


def _beginning(starts: NDArray[np.float64]) -> tuple[int, int, int]:
    """Days back of the likeliest beginning, and the ends of its eighty hundredths, earlier first."""
    below = np.cumsum(starts)
    ends = [int(np.searchsorted(below, share)) for share in _EIGHTY]
    last = len(starts) - 1
    return int(np.argmax(starts)), min(ends[1], last), min(ends[0], last)


def _first_day(evidence: Sequence[Evidence], *, fallback: date) -> date:
    """First day since the event began on which a stream that speaks for it lay above what was expected."""
    found = [
        p.day
        for e in evidence
        if e.weight >= SPEAKS and e.first_day is not None
        for p in e.points
        if p.day >= e.first_day
        and p.observed is not None
        and p.expected is not None
        and p.observed > p.expected
    ]
    return min(found, default=fallback)


def _beside(
    alarms: Sequence[Alarm], areas: set[str], parents: dict[str, str], *, low: date, high: date
) -> list[Alarm]:
    week = timedelta(days=QUIET_DAYS)
    return [
        a
        for a in alarms
        if a.day <= high + week and a.until >= low - week and _is_in(a.area_code, areas, parents)
    ]


def _level(
    event: Event, expected: Expected, evidence: Sequence[Evidence], met: Sequence[Alarm]
) -> tuple[str, date]:
    """Level and since when: by how rarely such an event comes by chance, or by a rule that was met.

    "high" asks for two streams that speak, or for a rule: one stream alone may be one fault.
    """
    level = max(event.reached, key=LEVELS.index)
    if level == "high" and sum(e.weight >= SPEAKS for e in evidence) < 2:
        level = "medium"
    since = expected.day(event.reached.get(level, event.first_row))
    strongest = max(met, key=lambda a: (LEVELS.index(a.level), -a.day.toordinal()), default=None)
    if strongest is not None and LEVELS.index(strongest.level) > LEVELS.index(level):
        level, since = strongest.level, max(strongest.day, expected.day(event.first_row))
    return level, since


def _clock(rules: At, raised: date) -> tuple[date | None, float | None, str]:
    """Last day for verifying, hours allowed and rule; an alarm is known to the day, so is its due time."""
    for subject in VERIFY:
        answer = rules.on_date(raised).find("deadline", subject)
        if answer.in_force and answer.value is not None:
            hours = float(answer.value["hours"])
            return raised + timedelta(days=math.ceil(hours / 24)), hours, answer.rule_id
    return None, None, ""


def _by_place_and_time(alarms: Sequence[Alarm]) -> list[list[Alarm]]:
    """Threshold alarms of one disease and place that follow each other within a week are one event."""
    groups: list[list[Alarm]] = []
    week = timedelta(days=QUIET_DAYS)
    for alarm in sorted(alarms, key=lambda a: (a.stream, a.unit or a.area_code, a.day, a.alarm_id)):
        last = groups[-1] if groups else None
        if (
            last
            and (last[0].stream, last[0].unit or last[0].area_code)
            == (alarm.stream, alarm.unit or alarm.area_code)
            and alarm.day <= max(a.until for a in last) + week
        ):
            last.append(alarm)
        else:
            groups.append([alarm])
    return groups


def _of_rules(group: Sequence[Alarm], rules: At) -> Trigger:
    first = min(group, key=lambda a: (a.day, a.alarm_id))
    strongest = max(group, key=lambda a: (LEVELS.index(a.level), -a.day.toordinal(), a.alarm_id))
    areas = tuple(sorted({a.area_code for a in group} - {""}))
    clock = _clock(rules, first.day)
    rule_ids = tuple(dict.fromkeys(a.rule_id for a in sorted(group, key=lambda a: (a.day, a.alarm_id))))
    return Trigger(
        trigger_id=alarm_id(
            "trigger", "rule", first.stream, first.unit or first.area_code, first.day.isoformat()
        ),
        kind="rule",
        level=strongest.level,
        raised=first.day,
        level_since=strongest.day,
        until=max(a.until for a in group),
        first_day=first.day,
        began=None,
        began_from=None,
        began_to=None,
        areas=areas,
        touched=areas,
        event_types=(),
        score=None,
        probability=None,
        p=None,
        false_alarms_per_month=None,
        evidence=(),
        alarm_ids=tuple(sorted(a.alarm_id for a in group)),
        rule_ids=tuple(sorted(rule_ids)),
        verify_by=clock[0],
        verify_within_h=clock[1],
        verify_rule=clock[2],
        who=who_by(*clock),
        why=_joined([next(a.why for a in group if a.rule_id == r) for r in rule_ids]),
        false_if=doubts((), list(group))[:1],
    )


def _joined(parts: Sequence[Words]) -> Words:
    kept = tuple(dict.fromkeys(parts))
    return Words("".join(p.zh for p in kept), " ".join(p.en for p in kept))
