"""What people make of a trigger: seen, verified, discarded, watched on, escalated, silenced.

Actions: every trigger ends in a recorded outcome, the outcome teaches the trust of its streams, and every
decision is one step of the trigger's history and one row of the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import COMMAND, finish, locked, require, require_version
from fireline.actions.task_books import open_task, settle
from fireline.clock import Precision, local_day, local_midnight
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.privacy.purposes import Role
from fireline.store.access.lateness import clock_of
from fireline.store.access.scope import covers
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, SignalOutcome, Task, Trigger, TriggerStep, User
from fireline.store.refusals import audits_refusals
from fireline.store.triggers import SUBJECT
from fireline.words import Words

LONGEST_D = 30
"""Days ahead to which a trigger may be watched or silenced."""
ESCALATION_H = (1, 2, 6, 12, 24)
"""Hours that may be given to the commander; no rule names them, so a person chooses."""

_FROM: Mapping[str, tuple[str, ...]] = {
    "verified": ("new", "observing", "escalated"),
    "discarded": ("new", "observing", "verified", "escalated"),
    "observing": ("new", "observing", "verified", "escalated"),
    "escalated": ("new", "observing", "verified"),
}
"""State -> the states it can follow."""

STATE_WORDS: Mapping[str, Words] = {
    "new": Words("待核实", "to verify"),
    "observing": Words("继续观察", "watched on"),
    "verified": Words("已核实", "verified"),
    "discarded": Words("已排除", "discarded"),
    "escalated": Words("已升级", "escalated"),
}
"""States of a trigger in words."""

_NEEDS_REASON = ("discarded", "observing", "escalated")
_TAUGHT = {"verified": True, "discarded": False}


@dataclass(frozen=True, slots=True)
class _Open:
    """One trigger in the hands of an action."""

    by: Actor
    at: datetime
    where: Outbreak
    row: Trigger

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.where.tz)

    @property
    def clock(self) -> datetime:
        """The moment that days and hours count from."""
        return clock_of({n: getattr(self.where, n) for n in ("is_exercise", "label_zh", "at")}, self.at)

    def step(self, what: str, reason: str = "", **detail: Any) -> None:
        """One line of the trigger's history."""
        TriggerStep.objects.create(
            trigger=self.row, at=self.at, by=self.by.username, what=what, reason=reason, detail=detail
        )

    def save(self, action: str, **body: Any) -> int:
        """Save the row and write the audit row; returns the new version."""
        self.row.version += 1
        self.row.save()
        finish(
            by=self.by,
            at=self.at,
            action=f"trigger.{action}",
            outbreak=self.where,
            rule=self.row.verify_rule,
            subject=f"trigger:{self.row.trigger_id}"[:200],
            body={"version": self.row.version, "level": self.row.level, **body},
        )
        return self.row.version


def opened(by: Actor, at: datetime, outbreak: int, trigger_id: str, version: int | None) -> _Open:
    """A trigger of the actor's area, locked with its outbreak.

    Raises
    ------
    PurposeError    it does not exist, or touches an area outside the actor's (the same words for both)
    ConflictError   somebody changed it meanwhile
    """
    where = locked(by, outbreak)
    row = Trigger.objects.filter(outbreak_id=where.pk, trigger_id=trigger_id).first()
    if row is None or not _is_mine(by, where, row):
        raise PurposeError(
            Words(
                "触发预警：在您的辖区内找不到；请从列表中选择",
                "trigger: not found in your area; choose one from the list",
            )
        )
    require_version(row.version, version, "trigger")
    return _Open(by, at, where, row)


def _is_mine(by: Actor, where: Outbreak, row: Trigger) -> bool:
    """Whether the actor's area holds all that the trigger touches: nobody decides for the neighbours."""
    if covers(by, where.area_code):
        return True
    codes = set(row.areas) | set(row.touched)
    return bool(codes) and all(covers(by, code) for code in codes)


@audits_refusals
def mark_seen(
    *, by: Actor, at: datetime, outbreak: int, trigger_id: str, version: int | None = None, note: str = ""
) -> int:
    """Say that one has seen a trigger and takes it into one's own hand; returns its new version.

    Raises
    ------
    ConflictError   it was decided already, or somebody changed it meanwhile
    PurposeError    not an epidemiologist or commander, or not in the area
    """
    require(by, COMMAND, "trigger.seen")
    with transaction.atomic():
        case = opened(by, at, outbreak, trigger_id, version)
        if case.row.state in ("verified", "discarded"):
            _refuse_state(case.row.state, "seen")
        if case.row.seen_at is None:
            case.row.seen_at, case.row.seen_by = at, by.username
        case.row.assigned_to = by.username
        case.step("seen", note.strip())
        return case.save("seen")


@audits_refusals
def verify(
    *, by: Actor, at: datetime, outbreak: int, trigger_id: str, reason: str = "", version: int | None = None
) -> int:
    """Say that an event is real; what confirmed it may be said, and is owed in the assessment that follows.

    Returns
    -------
    int   the trigger's new version

    Raises
    ------
    ConflictError   somebody changed it meanwhile, or the state cannot follow
    PurposeError    not an epidemiologist or commander, or an area of it is not the actor's
    """
    return _decide("verified", by, at, outbreak, trigger_id, reason, version)


@audits_refusals
def discard(
    *, by: Actor, at: datetime, outbreak: int, trigger_id: str, reason: str, version: int | None = None
) -> int:
    """Say that there is no event, and why; returns the trigger's new version.

    Raises
    ------
    InputError   no reason; else as ``verify``
    """
    return _decide("discarded", by, at, outbreak, trigger_id, reason, version)


@audits_refusals
def observe(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    trigger_id: str,
    reason: str,
    until: date | None,
    version: int | None = None,
) -> int:
    """Watch on until a day, on which it is looked at again: a task says so; returns the new version.

    Raises
    ------
    InputError   no reason, or ``until`` is not after today and within LONGEST_D days; else as ``verify``
    """
    return _decide("observing", by, at, outbreak, trigger_id, reason, version, until=until)


@audits_refusals
def escalate(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    trigger_id: str,
    reason: str,
    within_h: int = 2,
    to: str = "",
    version: int | None = None,
) -> int:
    """Hand a trigger to the commander with a task and a deadline; returns the new version.

    Parameters
    ----------
    within_h : int, one of ESCALATION_H   hours the commander has
    to : str   account of a commander; "" = whichever commander takes it

    Raises
    ------
    InputError   no reason, other hours, or no such commander in the area; else as ``verify``
    """
    return _decide("escalated", by, at, outbreak, trigger_id, reason, version, within_h=within_h, to=to)


def _decide(
    state: str,
    by: Actor,
    at: datetime,
    outbreak: int,
    trigger_id: str,
    reason: str,
    version: int | None,
    *,
    until: date | None = None,
    within_h: int = 0,
    to: str = "",
) -> int:
    require(by, COMMAND, f"trigger.{state}")
    said = reason.strip()
    if state in _NEEDS_REASON and not said:
        raise InputError(
            Words("触发预警：需要理由；请写明依据", "trigger: a reason is needed; write what it rests on")
        )
    with transaction.atomic():
        case = opened(by, at, outbreak, trigger_id, version)
        row, before = case.row, case.row.state
        if before not in _FROM[state]:
            _refuse_state(before, state)
        if state == "observing":
            _require_day(case, until)
        row.state, row.decided_at, row.decided_by, row.reason = state, at, by.username, said
        row.observe_until = until if state == "observing" else None
        row.silent_until = None
        row.assigned_to = to if state == "escalated" else by.username
        if row.seen_at is None:
            row.seen_at, row.seen_by = at, by.username
        _close_tasks(case, said or STATE_WORDS[state].get("zh"))
        detail: dict[str, Any] = {}
        if state == "observing":
            detail = _watch_on(case, until)
        elif state == "escalated":
            detail = _hand_up(case, within_h=within_h, to=to)
        _teach(case)
        case.step(state, said, **detail)
        return case.save(state, was=before, **detail)


def _refuse_state(found: str, wanted: str) -> None:
    after = STATE_WORDS.get(wanted, Words("已查看", "seen"))
    raise ConflictError(
        Words(
            f"触发预警：现为“{STATE_WORDS[found].zh}”，不能改为“{after.zh}”；请刷新后再决定",
            f"trigger: it is {STATE_WORDS[found].en}, {after.en} cannot follow; reload and decide again",
        )
    )


def _require_day(case: _Open, until: date | None) -> date:
    """A day after today and not too far ahead."""
    today = local_day(case.clock, case.tz)
    last = today + timedelta(days=LONGEST_D)
    if until is None or not today < until <= last:
        raise InputError(
            Words(
                f"日期：请选择 {today + timedelta(days=1)} 至 {last} 之间的一天",
                f"date: choose a day from {today + timedelta(days=1)} to {last}",
            )
        )
    return until


def _area(case: _Open) -> str:
    return case.row.areas[0] if len(case.row.areas) == 1 else case.where.area_code


def _close_tasks(case: _Open, note: str) -> None:
    """The verdict answers every open task about the trigger."""
    tasks = Task.objects.filter(
        outbreak_id=case.where.pk, subject_kind=SUBJECT, subject_id=case.row.trigger_id, is_open=True
    )
    for task in tasks:
        settle(case.where, task, by=case.by, at=case.at, note=note)
        task.is_touched = True
        task.version += 1
        task.save()


def _watch_on(case: _Open, until: date | None) -> dict[str, Any]:
    assert until is not None
    open_task(
        case.where,
        kind="signal_watch",
        subject=(SUBJECT, case.row.trigger_id),
        area_code=_area(case),
        start_at=case.clock,
        due_at=local_midnight(until, case.tz),
        precision=Precision.DAY,
        what=Words(f"观察期满，复核触发预警（{until}）", f"look at the trigger again on {until}"),
        assigned_to=case.by.username if case.by.role == Role.EPIDEMIOLOGIST else "",
        part=f"v{case.row.version}",
    )
    return {"until": until.isoformat()}


def _hand_up(case: _Open, *, within_h: int, to: str) -> dict[str, Any]:
    if within_h not in ESCALATION_H:
        hours = ", ".join(str(h) for h in ESCALATION_H)
        raise InputError(Words(f"时限：请从 {hours} 小时中选择", f"hours: choose one of {hours}"))
    if to:
        person = User.objects.filter(username=to, is_active=True, role=Role.COMMANDER.value).first()
        if person is None or not covers(_as_actor(person), _area(case)):
            raise InputError(
                Words(
                    "指挥员：辖区内没有可接收的有效账号；请从列表中选择",
                    "commander: no active account of that name answers for the area; choose one of the list",
                )
            )
    due = case.clock + timedelta(hours=within_h)
    open_task(
        case.where,
        kind="signal_decide",
        subject=(SUBJECT, case.row.trigger_id),
        area_code=_area(case),
        start_at=case.clock,
        due_at=due,
        what=Words(
            f"研判已升级的触发预警，{within_h} 小时内", f"decide on an escalated trigger within {within_h} h"
        ),
        assigned_to=to,
        part=f"v{case.row.version}",
    )
    return {"within_h": within_h, "to": to}


def _as_actor(user: User) -> Actor:
    return Actor(user.username, user.role, user.area_code)


def _teach(case: _Open) -> None:
    """Keep what the verdict says of each stream that spoke for the event; one taken back teaches none."""
    case.row.outcomes.all().delete()
    if case.row.state not in _TAUGHT:
        return
    weights = [(e.stream, e.weight) for e in case.row.evidence.all() if e.weight > 0]
    total = sum(w for _, w in weights)
    SignalOutcome.objects.bulk_create(
        [
            SignalOutcome(
                trigger=case.row, stream=stream, is_true=_TAUGHT[case.row.state], share=weight / total
            )
            for stream, weight in weights
        ]
    )


@audits_refusals
def silence(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    trigger_id: str,
    until: date | None,
    version: int | None = None,
) -> int:
    """Take one trigger off the list of what is to be done until a day; anything new of it ends the silence.

    ``until`` None ends the silence at once.

    Returns
    -------
    int   the trigger's new version

    Raises
    ------
    ConflictError   it is to be verified: what nobody has looked at cannot be silenced
    InputError      ``until`` is not after today and within LONGEST_D days
    PurposeError    not an epidemiologist or commander, or an area of it is not the actor's
    """
    require(by, COMMAND, "trigger.silence")
    with transaction.atomic():
        case = opened(by, at, outbreak, trigger_id, version)
        if until is not None:
            if case.row.state == "new" and case.row.seen_at is None:
                raise ConflictError(
                    Words(
                        "触发预警：尚无人查看，不能静默；请先查看或作出结论",
                        "trigger: nobody has seen it yet, so it cannot be silenced; look at it first",
                    )
                )
            _require_day(case, until)
        case.row.silent_until = until
        case.step("silenced" if until else "unsilenced", **({"until": until.isoformat()} if until else {}))
        return case.save("silence" if until else "unsilence", until=until.isoformat() if until else "")


@audits_refusals
def open_dossier(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    trigger_id: str,
    title: str,
    disease: str,
    version: int | None = None,
) -> int:
    """Open a dossier for the event and link it to the trigger.

    Returns
    -------
    int   id of the new outbreak, in the area of the trigger

    Raises
    ------
    ConflictError   a dossier is linked already, or the trigger is not verified or escalated
    InputError      no title or disease
    PurposeError    not an epidemiologist, or not in the area
    """
    from fireline.actions.outbreaks import create_outbreak

    require(by, frozenset({Role.EPIDEMIOLOGIST}), "trigger.dossier")
    with transaction.atomic():
        case = opened(by, at, outbreak, trigger_id, version)
        if case.row.dossier_id is not None or case.row.state not in ("verified", "escalated"):
            raise ConflictError(
                Words(
                    "立案：只有已核实或已升级、且尚未立案的触发预警可以立案；请刷新",
                    "dossier: only a verified or escalated trigger without one can get one; reload",
                )
            )
        made = create_outbreak(
            by=by,
            at=at,
            title=title,
            disease=disease,
            area_code=_area(case),
            moment=case.where.at,
            tz=case.where.tz,
        )
        case.row.dossier_id = made
        case.step("dossier", dossier=made)
        case.save("dossier", dossier=made)
    return made
