"""Triggers with what every stream says of them, who decided what, and which streams have not reported.

Store: counts and areas only, so no audit row; an actor sees the triggers that touch the own area.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from fireline.clock import local_day
from fireline.errors import PurposeError
from fireline.privacy.purposes import Purpose, Role
from fireline.signals.model import LEVELS
from fireline.store.access.lateness import clock_of
from fireline.store.access.scope import Page, areas_below, check, covers, outbreak_for
from fireline.store.actor import Actor
from fireline.store.models import (
    Outbreak,
    ResultTable,
    RiskAssessment,
    Signal,
    Trigger,
    TriggerEvidence,
    User,
)
from fireline.store.refusals import audits_refusals
from fireline.store.sealed import seal_of
from fireline.words import Words

TRIGGER_VIEWS = ("mine", "all")
TRIGGER_STATES = ("new", "observing", "escalated", "verified", "discarded", "silenced")
SHOWN_STREAMS = 3
"""Streams of a trigger in a list, the weightiest that speak for it."""
SIMILAR_DAYS = 90
SHOWN_NOMINAL = 0.05
"""Of the probabilities at which calibration is checked, the one that a page shows."""
_READERS = (Purpose.SITUATION, Purpose.INVESTIGATION, Purpose.CONTAINMENT, Purpose.OVERSIGHT)
_OF_TRIGGER = [f.attname for f in Trigger._meta.concrete_fields if f.attname != "outbreak_id"]


def _reach(actor: Actor, where: Outbreak) -> list[str] | None:
    """Areas whose rows the actor sees; None = all of the outbreak."""
    return None if covers(actor, where.area_code) else areas_below(actor.area_code)


def _rows(where: Outbreak, reach: list[str] | None) -> QuerySet[Trigger]:
    rows = Trigger.objects.filter(outbreak_id=where.pk)
    return rows if reach is None else rows.filter(places__area_code__in=reach).distinct()


def _mine(actor: Actor, today: date) -> Q:
    """What waits for this person: to verify, watched until today, handed up, or to be assessed and signed."""
    silent = Q(silent_until__isnull=False, silent_until__gt=today)
    due = Q(state="new") | Q(state="observing", observe_until__lte=today)
    in_hand = Q(assigned_to=actor.username) & ~Q(state__in=("verified", "discarded", "observing"))
    if actor.role == Role.COMMANDER:
        due |= Q(state="escalated", assigned_to="") | Q(
            state__in=("verified", "escalated"), assessed="signed"
        )
    elif actor.role == Role.EPIDEMIOLOGIST:
        due |= Q(state="verified", assessed="")
    return (due | in_hand) & ~silent


def _today(where: Outbreak, at: datetime) -> date:
    said = {n: getattr(where, n) for n in ("is_exercise", "label_zh", "at")}
    return local_day(clock_of(said, at), ZoneInfo(where.tz))


def _in_state(state: str, today: date) -> Q:
    if state == "silenced":
        return Q(silent_until__isnull=False, silent_until__gt=today)
    return Q(state=state)


@audits_refusals
def triggers(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    view: str = "mine",
    level: str = "",
    state: str = "",
    at: datetime,
    offset: int = 0,
    limit: int = 50,
) -> Page:
    """One page of triggers, gravest and newest first.

    Parameters
    ----------
    view : "mine" = what waits for the actor, or "all"
    level : one of LEVELS, or ""
    state : one of TRIGGER_STATES, or "", in the view "all"
    at : datetime   now; what is watched or silent is judged at it

    Returns
    -------
    Page   all columns of Trigger, and ``streams``: the first SHOWN_STREAMS streams that speak for it (columns
        of TriggerEvidence), and ``is_silent``

    Raises
    ------
    PurposeError   the purpose does not fit, or the outbreak is not in the actor's area
    """
    check(actor, purpose, *_READERS)
    where = outbreak_for(actor, outbreak)
    today = _today(where, at)
    rows = _rows(where, _reach(actor, where))
    if view == "mine":
        rows = rows.filter(_mine(actor, today))
    elif state:
        rows = rows.filter(_in_state(state, today))
    if level:
        rows = rows.filter(level=level)
    total = rows.count()
    offset, limit = max(0, offset), max(1, min(limit, 200))
    shown = list(rows.order_by("-level_no", "-raised", "-id").values(*_OF_TRIGGER)[offset : offset + limit])
    streams = _streams_of([row["id"] for row in shown])
    for row in shown:
        row["streams"] = streams[row["id"]]
        row["is_silent"] = row["silent_until"] is not None and row["silent_until"] > today
    return Page(rows=tuple(shown), total=total, offset=offset, limit=limit)


def _streams_of(ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in TriggerEvidence.objects.filter(trigger_id__in=ids).order_by("trigger_id", "rank").values():
        if len(found[row["trigger_id"]]) < SHOWN_STREAMS and row["weight"] > 0:
            found[row["trigger_id"]].append(row)
    return found


@audits_refusals
def trigger_counts(actor: Actor, *, outbreak: int, at: datetime) -> dict[str, Any]:
    """How many triggers there are, for tabs, chips and the board.

    Returns
    -------
    dict   total : int; mine : {level: n}; all : {level: n}; state : {state: n}, silenced ones also in their
        own; alarms : int, alarms of single streams to verify that are part of no trigger
    """
    check(actor, Purpose.SITUATION, Purpose.SITUATION)
    where = outbreak_for(actor, outbreak)
    today, reach = _today(where, at), _reach(actor, where)
    rows = _rows(where, reach)
    levels, states, n_silent = Counter[str](), Counter[str](), 0
    for level, state, silent in rows.values_list("level", "state", "silent_until"):
        levels[level] += 1
        states[state] += 1
        n_silent += silent is not None and silent > today
    mine = Counter(rows.filter(_mine(actor, today)).values_list("level", flat=True)) if levels else Counter()
    alarms = Signal.objects.filter(outbreak_id=where.pk, state="new", trigger_id="")
    if reach is not None:
        alarms = alarms.filter(area_code__in=reach)
    return {
        "total": sum(levels.values()),
        "mine": {level: mine[level] for level in reversed(LEVELS)},
        "all": {level: levels[level] for level in reversed(LEVELS)},
        "state": {**states, "silenced": n_silent},
        "alarms": alarms.count(),
    }


def _one(actor: Actor, outbreak: int, trigger_id: str) -> tuple[Outbreak, Trigger]:
    where = outbreak_for(actor, outbreak)
    found = _rows(where, _reach(actor, where)).filter(trigger_id=trigger_id).first()
    if found is None:
        raise PurposeError(
            Words(
                "触发预警：在您的辖区内找不到；请从列表中选择",
                "trigger: not found in your area; choose one from the list",
            )
        )
    return where, found


@audits_refusals
def trigger(
    actor: Actor, *, purpose: Purpose | str, outbreak: int, trigger_id: str, at: datetime
) -> dict[str, Any]:
    """One trigger with all that its page shows.

    Returns
    -------
    dict   all columns of Trigger, and
        is_silent : bool
        may_decide : bool, the actor's area holds all that it touches
        evidence : list, columns of TriggerEvidence, weightiest first
        steps : list of {at, by, what, reason, detail}, oldest first
        alarms : list of {alarm_id, stream, area_code, day, level, kind, rule_id}, newest first
        similar : list of triggers of the last SIMILAR_DAYS days that share an area, newest first
        calibration : list of rows of signal_calibration for its streams
        assessments : list, newest first, see ``assessments``

    Raises
    ------
    PurposeError   the purpose does not fit, or no such trigger touches the actor's area
    """
    check(actor, purpose, *_READERS)
    where, found = _one(actor, outbreak, trigger_id)
    evidence = list(found.evidence.order_by("rank").values())
    alarms = Signal.objects.filter(outbreak_id=where.pk, trigger_id=trigger_id).order_by("-day", "-id")
    today = _today(where, at)
    touched = {*found.areas, *found.touched}
    return {
        **{name: getattr(found, name) for name in _OF_TRIGGER},
        "is_silent": found.silent_until is not None and found.silent_until > today,
        "may_decide": covers(actor, where.area_code)
        or (bool(touched) and all(covers(actor, code) for code in touched)),
        "today": today,
        "evidence": evidence,
        "steps": list(found.steps.order_by("id").values("at", "by", "what", "reason", "detail")),
        "alarms": list(
            alarms.values("alarm_id", "stream", "area_code", "day", "level", "kind", "rule_id", "state")[:50]
        ),
        "similar": _similar(actor, where, found, touched),
        "calibration": _calibration(where, [e["stream"] for e in evidence]),
        "assessments": _assessments(found),
    }


def _similar(actor: Actor, where: Outbreak, one: Trigger, touched: set[str]) -> list[dict[str, Any]]:
    """Triggers of the same areas in the weeks before and since, with what became of them."""
    near = timedelta(days=SIMILAR_DAYS)
    rows = (
        _rows(where, _reach(actor, where))
        .filter(places__area_code__in=sorted(touched), raised__gte=one.raised - near)
        .exclude(pk=one.pk)
        .distinct()
        .order_by("-raised", "-id")
    )
    fields = ("trigger_id", "level", "raised", "until", "areas", "state", "reason", "decided_by", "kind")
    return list(rows.values("id", *fields)[:10])


def _calibration(where: Outbreak, streams: Iterable[str]) -> list[dict[str, Any]]:
    wanted = set(streams)
    rows = _table(where, "signal_calibration")
    return [row for row in rows if row["stream"] in wanted and row["nominal"] == SHOWN_NOMINAL]


def _table(where: Outbreak, name: str) -> list[dict[str, Any]]:
    found = ResultTable.objects.filter(outbreak_id=where.pk, name=name).first()
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows] if found else []


@audits_refusals
def clusters(actor: Actor, *, outbreak: int) -> list[dict[str, Any]]:
    """Clusters in space and time that lie in the actor's area at least in part, the rarest first.

    Returns
    -------
    list of dict   columns of signals.tables.CLUSTERS (days as ISO text); the most likely one of a stream is
        among them also where ``is_unusual`` is False
    """
    check(actor, Purpose.SITUATION, Purpose.SITUATION)
    where = outbreak_for(actor, outbreak)
    rows = _table(where, "clusters")
    reach = _reach(actor, where)
    if reach is not None:
        rows = [row for row in rows if set(row["areas"]) & set(reach)]
    return rows


@audits_refusals
def stream_days(actor: Actor, *, outbreak: int) -> list[dict[str, Any]]:
    """Newest figure of each stream in each area of the actor, and what is wrong with it.

    Returns
    -------
    list of dict   columns of signals.tables.STREAM_DAYS (days as ISO text), the latest first
    """
    check(actor, Purpose.SITUATION, Purpose.SITUATION)
    where = outbreak_for(actor, outbreak)
    rows = _table(where, "stream_days")
    reach = _reach(actor, where)
    if reach is not None:
        rows = [row for row in rows if row["area_code"] in set(reach)]
    return sorted(rows, key=lambda row: (-row["late_days"], row["stream"], row["area_code"]))


@audits_refusals
def assessment(
    actor: Actor, *, purpose: Purpose | str, outbreak: int, trigger_id: str, version: int
) -> dict[str, Any]:
    """One version of the assessment of a trigger: as in ``trigger``, with its columns and ``newest``.

    Raises
    ------
    PurposeError   the purpose does not fit, or there is no such version in the actor's area
    """
    check(actor, purpose, *_READERS)
    _, found = _one(actor, outbreak, trigger_id)
    rows = _assessments(found)
    for row in rows:
        if row["version"] == version:
            of_trigger = {name: getattr(found, name) for name in _OF_TRIGGER}
            return {**row, "trigger": of_trigger, "newest": rows[0]["version"]}
    raise PurposeError(
        Words(
            "风险评估：在您的辖区内找不到；请从列表中选择",
            "assessment: not found in your area; choose one from the list",
        )
    )


def _assessments(one: Trigger) -> list[dict[str, Any]]:
    """Versions of the assessment, newest first: columns of RiskAssessment, and is_newest, is_whole (the seal
    holds), countersignature ({at, by, name, unit} or None), dissents (list of {at, by, name, unit, text}).
    """
    rows = (
        RiskAssessment.objects.filter(trigger=one)
        .select_related("countersignature", "trigger")
        .prefetch_related(Prefetch("dissents"))
        .order_by("-version")
    )
    found = []
    for i, row in enumerate(rows):
        second = getattr(row, "countersignature", None)
        found.append(
            {
                **{f.attname: getattr(row, f.attname) for f in RiskAssessment._meta.concrete_fields},
                "is_newest": i == 0,
                "is_whole": seal_of(row) == row.digest and (second is None or second.digest == row.digest),
                "countersignature": {n: getattr(second, n) for n in ("at", "by", "name", "unit")}
                if second
                else None,
                "dissents": [
                    {n: getattr(d, n) for n in ("at", "by", "name", "unit", "text")}
                    for d in sorted(row.dissents.all(), key=lambda d: d.pk)
                ],
            }
        )
    return found


@audits_refusals
def commanders(actor: Actor, *, outbreak: int) -> list[dict[str, str]]:
    """Accounts of commanders who answer for the outbreak's area: username, display."""
    check(actor, Purpose.SITUATION, Purpose.SITUATION)
    where = outbreak_for(actor, outbreak)
    rows = User.objects.filter(role=Role.COMMANDER.value, is_active=True).order_by("username")
    return [
        {"username": u.username, "display": u.display or u.username}
        for u in rows
        if covers(Actor(u.username, u.role, u.area_code), where.area_code)
    ]
