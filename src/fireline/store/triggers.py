"""Keeps triggers from run to run: facts are replaced, what people decided stays, a worse turn calls again.

Store: called by results inside the transaction of a load or a refresh.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.clock import Precision, local_day, local_midnight
from fireline.signals.follow import Known, News, known, news_of, same_events
from fireline.signals.model import LEVELS
from fireline.signals.verdicts import window_end
from fireline.store import models as m

SUBJECT = "trigger"
"""Kind of subject of a task that is about a trigger."""
DECIDED = ("verified", "discarded")
_DAY = timedelta(days=1)


def save_triggers(
    results: Any, outbreak: m.Outbreak, *, at: datetime, is_first: bool
) -> dict[str, m.Trigger]:
    """Bring the triggers of an outbreak to what a run found.

    Parameters
    ----------
    results : of run_chapters; ``results.signals.triggers`` are those of signals.model
    outbreak : Outbreak
    at : datetime   of the load or refresh
    is_first : bool   nothing of this outbreak was computed before

    Returns
    -------
    dict   id in the run -> row; alarms are told which row they belong to

    Notes
    -----
    A trigger that the run no longer raises goes if nobody touched it, else it stays and says so. The clock of
    a trigger that a first run brings started at the end of the day that raised it, that of a later one when
    the run found it. A higher level or another rule opens what was discarded or watched on; any news ends a
    silence.
    """
    found = {t.trigger_id: t for t in getattr(results.signals, "triggers", ())}
    rows = {
        row.engine_id: row
        for row in m.Trigger.objects.filter(outbreak_id=outbreak.pk).select_related("outbreak")
    }
    same = same_events([_known(row) for row in rows.values()], [known(t) for t in found.values()])
    _let_go([row for key, row in rows.items() if key not in same.values()], at=at)
    kept: dict[str, m.Trigger] = {}
    for key, trigger in found.items():
        if key in same:
            row = _renewed(rows[same[key]], trigger, results.at, at=at)
        else:
            row = _raised(trigger, results, outbreak, is_first=is_first)
        _parts(row, trigger)
        kept[key] = row
    _tell_alarms(outbreak.pk, kept.values())
    return kept


def _known(row: m.Trigger) -> Known:
    return Known(
        row.engine_id,
        row.kind,
        row.level,
        row.raised,
        _lasts_until(row),
        frozenset(row.touched or row.areas),
        frozenset(row.rule_ids),
    )


def _lasts_until(row: m.Trigger) -> date:
    """Last day of a trigger, or of the window in which what people decided about it holds."""
    if row.decided_at is None:
        return row.until
    day = local_day(row.decided_at, ZoneInfo(row.outbreak.tz))
    return window_end(row.state, until=row.until, decided=day)


def _let_go(rows: list[m.Trigger], *, at: datetime) -> None:
    """Triggers that the run no longer raises."""
    for row in rows:
        if _is_touched(row):
            if row.is_current:
                row.is_current = False
                row.save(update_fields=["is_current"])
                _step(row, at=at, what="gone")
        else:
            row.delete()


def _is_touched(row: m.Trigger) -> bool:
    """Whether a person did anything about it."""
    return (
        row.state != "new"
        or row.seen_at is not None
        or row.silent_until is not None
        or bool(row.assessed)
        or m.Task.objects.filter(
            outbreak_id=row.outbreak_id, subject_kind=SUBJECT, subject_id=row.trigger_id, is_touched=True
        ).exists()
    )


def _raised(trigger: Any, results: Any, outbreak: m.Outbreak, *, is_first: bool) -> m.Trigger:
    over = local_midnight(trigger.raised + _DAY, ZoneInfo(outbreak.tz))
    found_at = min(over, results.at) if is_first else results.at
    ids = {"outbreak_id": outbreak.pk, "trigger_id": trigger.trigger_id}
    row = m.Trigger(**ids, **_facts(trigger), found_at=found_at)
    row.verify_due_at = _due(row)
    row.save()
    _step(row, at=found_at, what="raised", detail={"level": row.level})
    return row


def _due(row: m.Trigger) -> datetime | None:
    within = row.verify_within_h
    return row.found_at + timedelta(hours=within) if within is not None else None


def _renewed(row: m.Trigger, trigger: Any, moment: datetime, *, at: datetime) -> m.Trigger:
    """The same event in a newer run."""
    news = news_of(_known(row), known(trigger)) if row.is_current else ()
    came_back = not row.is_current
    for name, value in _facts(trigger).items():
        setattr(row, name, value)
    row.is_current = True
    for n in news:
        _step(row, at=at, what=f"news_{n.what}", detail=_plain(n))
    if came_back:
        _step(row, at=at, what="back")
    if news and row.silent_until is not None:
        row.silent_until = None
        _step(row, at=at, what="unsilenced")
    if row.state in ("discarded", "observing") and any(n.is_worse for n in news):
        row.found_at = moment
        _reopen(row, at=at)
    row.verify_due_at = _due(row)
    row.version += bool(news)
    row.save()
    return row


def _plain(news: News) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(news).items()}


def _reopen(row: m.Trigger, *, at: datetime) -> None:
    """To be verified again, under a clock that starts anew."""
    row.state, row.decided_at, row.decided_by, row.reason = "new", None, "", ""
    row.observe_until = None
    row.outcomes.all().delete()
    _step(row, at=at, what="reopened")
    again = m.Task.objects.filter(
        outbreak_id=row.outbreak_id,
        subject_kind=SUBJECT,
        subject_id=row.trigger_id,
        kind="signal_verify",
        is_open=False,
    )
    again.update(
        is_open=True, state="open", closed_at=None, closed_by="", done_at=None, is_late=None, note="",
        accepted_at=None, accepted_by="", start_at=row.found_at, due_at=_due(row),
        precision=Precision.MINUTE.value,
    )  # fmt: skip


def _facts(t: Any) -> dict[str, Any]:
    """Columns that a run says."""
    return {
        "engine_id": t.trigger_id,
        "kind": t.kind,
        "level": t.level,
        "level_no": LEVELS.index(t.level),
        **{n: getattr(t, n) for n in ("raised", "level_since", "until", "first_day", "began", "began_from")},
        "began_to": t.began_to,
        "areas": list(t.areas),
        "touched": list(t.touched),
        "event_types": [[name, words.zh, words.en, float(share)] for name, words, share in t.event_types],
        **{n: _finite(getattr(t, n)) for n in ("score", "probability", "p", "false_alarms_per_month")},
        "alarm_ids": list(t.alarm_ids),
        "rule_ids": list(t.rule_ids),
        "verify_within_h": _finite(t.verify_within_h),
        "verify_rule": t.verify_rule,
        "who_zh": t.who.zh,
        "who_en": t.who.en,
        "why_zh": t.why.zh,
        "why_en": t.why.en,
        "false_if": [[words.zh, words.en] for words in t.false_if],
    }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _parts(row: m.Trigger, trigger: Any) -> None:
    """Areas and evidence, in place of those of an earlier run."""
    row.places.all().delete()
    clearest = set(trigger.areas)
    m.TriggerArea.objects.bulk_create(
        [
            m.TriggerArea(trigger=row, area_code=code, is_clearest=code in clearest)
            for code in sorted(clearest | set(trigger.touched))
        ]
    )
    row.evidence.all().delete()
    m.TriggerEvidence.objects.bulk_create(
        [_evidence(row, rank, e) for rank, e in enumerate(trigger.evidence)], batch_size=100
    )


def _evidence(row: m.Trigger, rank: int, e: Any) -> m.TriggerEvidence:
    note = e.note
    return m.TriggerEvidence(
        trigger=row,
        rank=rank,
        stream=e.stream,
        name_zh=e.words.zh,
        name_en=e.words.en,
        subject=e.subject,
        areas=list(e.areas),
        first_day=e.first_day,
        last_day=e.last_day,
        observed=_finite(e.observed) or 0.0,
        expected=_finite(e.expected) or 0.0,
        p=_finite(e.p),
        weight=_finite(e.weight) or 0.0,
        rate_without=_finite(e.rate_without),
        n_areas=e.n_areas,
        n_areas_high=e.n_areas_high,
        state=e.state,
        note_zh=note.zh if note else "",
        note_en=note.en if note else "",
        points=[
            [p.day.isoformat(), _finite(p.observed), _finite(p.expected), _finite(p.upper)] for p in e.points
        ],
    )


def _step(row: m.Trigger, *, at: datetime, what: str, detail: Mapping[str, Any] | None = None) -> None:
    m.TriggerStep.objects.create(trigger=row, at=at, what=what, detail=dict(detail or {}))


def _tell_alarms(pk: int, rows: Iterable[m.Trigger]) -> None:
    """Mark the alarms of single streams and rules that are part of a trigger."""
    alarms = m.Signal.objects.filter(outbreak_id=pk)
    alarms.exclude(trigger_id="").update(trigger_id="")
    for row in rows:
        for start in range(0, len(row.alarm_ids), 500):
            alarms.filter(alarm_id__in=row.alarm_ids[start : start + 500], trigger_id="").update(
                trigger_id=row.trigger_id
            )


def under_store_ids(tasks: pl.DataFrame, rows: Mapping[str, m.Trigger], *, at: datetime) -> pl.DataFrame:
    """Tasks about triggers under the ids and with the clock that the store keeps; those decided owe none.

    Parameters
    ----------
    tasks : DataFrame, columns tasks.tables.SCHEMA
    rows : mapping from the id in the run to the row, as ``save_triggers`` gave it
    at : datetime   the moment of the run
    """
    is_mine = pl.col("subject_kind") == SUBJECT
    made = []
    for task in tasks.filter(is_mine).iter_rows(named=True):
        row = rows.get(task["subject_id"])
        if row is None or row.state != "new":
            continue
        task["task_id"] = task["task_id"].replace(row.engine_id, row.trigger_id)
        task["subject_id"] = row.trigger_id
        if row.verify_due_at is not None:
            task["start_at"], task["due_at"] = row.found_at, row.verify_due_at
            task["precision"] = Precision.MINUTE.value
            task["state"] = "open" if row.verify_due_at >= at else "no_record"
        made.append(task)
    others = tasks.filter(~is_mine)
    return pl.concat([others, pl.DataFrame(made, schema=tasks.schema)]) if made else others
