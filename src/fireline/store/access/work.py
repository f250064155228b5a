"""Signals, zones with their GeoJSON, and tasks.

Store: a grid worker sees the tasks of the own area or hand; every other read follows the jurisdiction tree.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from fireline.errors import InputError, PurposeError
from fireline.privacy.purposes import Purpose, Role
from fireline.store import audit
from fireline.store.access.lateness import due_today, overdue, surely_before, waiting
from fireline.store.access.scope import (
    Page,
    areas_below,
    check,
    count,
    covers,
    outbreak_for,
    page,
    record_read,
    within,
)
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Series, Signal, Task, Unit, Zone
from fireline.store.refusals import audits_refusals
from fireline.store.tally import NO_RECORD
from fireline.words import Words

TASK_SORTS = ("due_at", "kind", "area_code", "task_id")
SIGNAL_SORTS = ("day", "level", "area_code", "state")
_BY_CLOCK = ("overdue", "due_today")
_TASK_READERS = (Purpose.FOLLOW_UP, Purpose.INVESTIGATION, Purpose.CONTAINMENT, Purpose.OVERSIGHT)


@audits_refusals
def signals(
    actor: Actor, *, purpose: Purpose | str, outbreak: int, state: str = "", offset: int = 0, limit: int = 100
) -> Page:
    """One page of alarms, newest day first: all columns of Signal. Counts only, so no audit row.

    ``state`` is new, verified, discarded, escalated or "" for all.
    """
    check(actor, purpose, Purpose.SITUATION, Purpose.INVESTIGATION, Purpose.CONTAINMENT)
    rows = within(Signal.objects.all(), actor, outbreak_for(actor, outbreak))
    if state:
        rows = rows.filter(state=state)
    return page(
        rows, sort=("-day", "-id"), fields=_fields(Signal), offset=offset, limit=limit, total=rows.count()
    )


@audits_refusals
def signal(actor: Actor, *, purpose: Purpose | str, outbreak: int, alarm_id: str) -> dict[str, Any]:
    """One alarm, all columns.

    Raises
    ------
    PurposeError   not in the actor's area
    """
    check(actor, purpose, Purpose.SITUATION, Purpose.INVESTIGATION, Purpose.CONTAINMENT)
    rows = within(Signal.objects.all(), actor, outbreak_for(actor, outbreak))
    found = rows.filter(alarm_id=alarm_id).values().first()
    if found is None:
        raise PurposeError(
            Words(
                "预警信号：在您的辖区内找不到；请从列表中选择",
                "signal: not found in your area; choose one from the list",
            )
        )
    return found


@audits_refusals
def zones(actor: Actor, *, purpose: Purpose | str, outbreak: int, zone: int | None = None) -> dict[str, Any]:
    """One ring of zones (the newest, or by id) with its units and their outlines; units only, no people.

    Returns
    -------
    dict   zone (columns of Zone, or None when there is none), units (list: unit_id, area_code, level,
        population, rule_id, why_zh, why_en), geojson (FeatureCollection; properties unit_id, level,
        population; a Point where a unit has no outline), others (list: id, state, made_at, newest first)
    """
    check(actor, purpose, Purpose.SITUATION, Purpose.CONTAINMENT, Purpose.INVESTIGATION)
    where = outbreak_for(actor, outbreak)
    rings = Zone.objects.filter(outbreak_id=where.pk).order_by("-id")
    chosen = rings.filter(pk=zone).first() if zone is not None else rings.first()
    others = list(rings.values("id", "state", "made_at", "n_units", "population"))
    if chosen is None:
        return {"zone": None, "units": [], "geojson": _collection([]), "others": others}
    parts = chosen.units.all()
    if not covers(actor, where.area_code):
        parts = parts.filter(area_code__in=areas_below(actor.area_code))
    units = list(parts.order_by("level", "unit_id").values())
    shapes = {
        row["unit_id"]: row
        for row in Unit.objects.filter(outbreak_id=where.pk).values(
            "unit_id", "geometry", "lon", "lat", "kind"
        )
    }
    return {
        "zone": {f.attname: getattr(chosen, f.attname) for f in Zone._meta.concrete_fields},
        "units": units,
        "geojson": _collection([_feature(unit, shapes.get(unit["unit_id"], {})) for unit in units]),
        "others": others,
    }


@audits_refusals
def tasks(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    state: str = "open",
    kind: str = "",
    case_id: str = "",
    mine: bool = False,
    sort: str = "due_at",
    offset: int = 0,
    limit: int = 100,
    at: datetime | None = None,
) -> Page:
    """One page of tasks: all columns of Task; one audit row, since a task names the person it concerns.

    ``state`` is open, overdue or due_today (see ``lateness``; both need ``at`` and are part of open),
    no_record (past due where the data could not show it done: neither open nor overdue), done or all;
    ``mine`` keeps those assigned to the actor; a grid worker sees
    the tasks of the own area and those assigned to the own hand; ``sort`` is one of TASK_SORTS.

    Raises
    ------
    PurposeError   the purpose does not fit
    InputError     an unknown state or sort, or overdue or due_today without ``at``
    """
    chosen = check(actor, purpose, *_TASK_READERS)
    where = outbreak_for(actor, outbreak)
    if sort.removeprefix("-") not in TASK_SORTS:
        raise InputError(
            Words(
                f"排序：此列不能排序；允许：{'、'.join(TASK_SORTS)}",
                f"sort: column is not sortable; allowed: {', '.join(TASK_SORTS)}",
            )
        )
    rows = _my_tasks(actor, where)
    if state in _BY_CLOCK and at is None:
        raise InputError(
            Words(
                "任务：逾期和今天到期须按某一时刻判断；请给出 at",
                "tasks: overdue and due today are judged at a moment; give at",
            )
        )
    tz = ZoneInfo(where.tz)
    conditions = {
        "open": waiting(),
        "overdue": waiting() & overdue(at, tz) if at else Q(),
        "due_today": waiting() & due_today(at, tz) if at else Q(),
        "no_record": Q(is_open=True, state=NO_RECORD),
        "done": Q(is_open=False),
        "all": Q(),
    }
    if state not in conditions:
        raise InputError(
            Words(
                f"状态：未知；允许：{'、'.join(conditions)}",
                f"state: not known; allowed: {', '.join(conditions)}",
            )
        )
    for name, value in (("kind", kind), ("case_id", case_id)):
        if value:
            rows = rows.filter(**{name: value})
    if mine:
        rows = rows.filter(assigned_to=actor.username)
    every, rows = rows, rows.filter(conditions[state])
    if state == "overdue" and at is not None:
        total = _count_overdue(
            every, at=at, tz=tz
        )  # it grows with the clock, not with the outbreak's version
    elif state == "due_today":
        total = rows.count()
    else:
        asked = {"state": state, "kind": kind, "case_id": case_id, "who": actor.username, "mine": str(mine)}
        total = count(rows, actor=actor, outbreak=where, name="tasks", filters=asked)
    found = page(rows, sort=(sort, "id"), fields=_fields(Task), offset=offset, limit=limit, total=total)
    record_read(actor, action="read.tasks", purpose=chosen, at=at, outbreak=where.pk, n=len(found.rows))
    return found


def _count_overdue(rows: QuerySet[Task], *, at: datetime, tz: ZoneInfo) -> int:
    """Overdue tasks; days that are surely past are counted from the index alone."""
    floor = surely_before(at, tz)
    recent = rows.filter(waiting(), overdue(at, tz), due_at__gte=floor)
    return rows.filter(waiting(), due_at__lt=floor).count() + recent.count()


@audits_refusals
def series(
    actor: Actor, *, outbreak: int, stream: str, area_code: str, method: str = "C2"
) -> list[dict[str, Any]]:
    """The whole series of one stream in one area, in day order. Counts only, so no audit row.

    ``method`` is the EARS method whose expected values and limits are wanted; where the series was not
    computed by it, the first by name is given.

    Returns
    -------
    list of dict   date (ISO text), count, expected, upper (float or None), alarm (bool or None)

    Raises
    ------
    PurposeError   the outbreak or the area is not in the actor's area
    """
    check(actor, Purpose.SITUATION, Purpose.SITUATION)
    rows = within(Series.objects.all(), actor, outbreak_for(actor, outbreak))
    found = list(rows.filter(stream=stream, area_code=area_code).order_by("method"))
    chosen = next((row for row in found if row.method == method), found[0] if found else None)
    names = ("date", "count", "expected", "upper", "alarm")
    return [dict(zip(names, point, strict=True)) for point in chosen.points] if chosen else []


@audits_refusals
def task(
    actor: Actor, *, purpose: Purpose | str, outbreak: int, task_id: str, at: datetime | None = None
) -> dict[str, Any]:
    """One task, all columns; one audit row, since it names the person it concerns.

    Raises
    ------
    PurposeError   the purpose does not fit, or it is neither in the actor's area nor in the actor's hand
    """
    chosen = check(actor, purpose, *_TASK_READERS)
    where = outbreak_for(actor, outbreak)
    found = _my_tasks(actor, where).filter(task_id=task_id).values().first()
    if found is None:
        raise PurposeError(
            Words(
                "任务：在您的辖区内找不到；请从列表中选择",
                "task: not found in your area; choose one from the list",
            )
        )
    record_read(
        actor,
        action="read.task",
        purpose=chosen,
        at=at,
        subject=audit.subject_of("task", where.pk, task_id),
        outbreak=where.pk,
    )
    return dict(found)


def _my_tasks(actor: Actor, where: Outbreak) -> QuerySet[Task]:
    """Tasks of the actor's area, and those given to the actor's own hand."""
    rows = Task.objects.filter(outbreak_id=where.pk)
    if covers(actor, where.area_code):
        return rows
    return rows.filter(Q(area_code__in=areas_below(actor.area_code)) | Q(assigned_to=actor.username))


def may_take_tasks(actor: Actor) -> bool:
    """Whether the role carries out tasks (a supervisor only watches)."""
    return actor.role != Role.SUPERVISOR


def _fields(model: type[Signal] | type[Task]) -> list[str]:
    return [f.attname for f in model._meta.concrete_fields if f.attname not in ("id", "outbreak_id")]


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [f for f in features if f["geometry"] is not None]}


def _feature(unit: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    geometry = json.loads(shape["geometry"]) if shape.get("geometry") else None
    if geometry is None and shape.get("lon") is not None and shape.get("lat") is not None:
        geometry = {"type": "Point", "coordinates": [shape["lon"], shape["lat"]]}
    return {
        "type": "Feature",
        "id": unit["unit_id"],
        "properties": {
            "unit_id": unit["unit_id"],
            "level": unit["level"],
            "population": unit["population"],
            "kind": shape.get("kind", ""),
        },
        "geometry": geometry,
    }
