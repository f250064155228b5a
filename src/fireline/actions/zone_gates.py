"""Staffing an ordered zone: every gate is handed to one account and counts once that account accepts it.

Actions: the hand-over is also a task of the one who takes it, so it is accepted on either page.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fireline.actions.guard import COMMAND, WORKERS, require
from fireline.actions.task_books import open_task, settle
from fireline.actions.zone_steps import audits_no_rule, close_step, opened, require_rule, write_step
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.policy import Library
from fireline.store.actor import Actor
from fireline.store.models import Adjacency, Outbreak, Task, Unit, User, Zone, ZoneGate
from fireline.store.refusals import audits_refusals
from fireline.words import Words

TASK_KIND = "zone_gate"
RANK = {"sealed": 2, "managed": 1}


def lay_out_gates(where: Outbreak, zone: Zone, *, at: datetime) -> int:
    """Make a gate for every border between a stricter and a milder unit, with its task; returns how many.

    A sealed or managed unit that no such border is known of gets one gate without a neighbour: it has to be
    guarded too, and "no gates on record" must not read as "staffed".
    """
    levels = dict(zone.units.values_list("unit_id", "level"))
    areas = dict(Unit.objects.filter(outbreak_id=where.pk).values_list("unit_id", "area_code"))
    known: dict[tuple[str, str], int | None] = {}
    touched = set()
    for a, b, n in Adjacency.objects.filter(outbreak_id=where.pk).values_list("unit_a", "unit_b", "gates"):
        touched |= {a, b}
        strict = RANK.get(levels.get(a, ""), 0) - RANK.get(levels.get(b, ""), 0)
        if strict:
            pair = (a, b) if strict > 0 else (b, a)
            known[pair] = n if known.get(pair) is None else max(known[pair] or 0, n or 0)
    for unit_id, level in levels.items():
        if level in RANK and unit_id not in touched:
            known[unit_id, ""] = None
    if not known:
        strict_units = sorted(u for u, level in levels.items() if level in RANK)
        known = {(u, ""): None for u in strict_units}
    for (inside, outside), n in sorted(known.items()):
        gate = ZoneGate.objects.create(
            zone=zone,
            unit_inside=inside,
            unit_outside=outside,
            level=levels[inside],
            area_code=areas.get(inside, ""),
            n_gates=n,
        )
        task = open_task(
            where,
            kind=TASK_KIND,
            subject=("zone", f"{zone.pk}"),
            area_code=gate.area_code or where.area_code,
            start_at=at,
            due_at=zone.starts_at or at,
            what=Words(
                f"区域指令 {zone.pk}：{_name(gate).zh} 到岗", f"zone order {zone.pk}: staff {_name(gate).en}"
            ),
            part=str(gate.pk),
        )
        task.rule_id, task.edition, task.may_order = zone.rule_id, zone.edition, True
        task.save(update_fields=["rule_id", "edition", "may_order"])
    return len(known)


def _name(gate: ZoneGate) -> Words:
    if not gate.unit_outside:
        return Words(f"{gate.unit_inside} 各出入口", f"every entrance of {gate.unit_inside}")
    return Words(
        f"{gate.unit_inside} 与 {gate.unit_outside} 之间的卡口",
        f"the gates between {gate.unit_inside} and {gate.unit_outside}",
    )


@audits_refusals
@audits_no_rule
def assign(
    *,
    by: Actor,
    at: datetime,
    zone: int,
    gate: int,
    to: str,
    version: int | None = None,
    library: Library | None = None,
) -> None:
    """Hand a gate to an account, which has to accept it. A gate that was staffed is open again until then.

    Raises
    ------
    PolicyError    no rule in force carries the order any more
    InputError     no such gate, or no active account that may take it
    PurposeError   not an epidemiologist or commander
    ConflictError  the order does not stand, or was changed
    """
    require(by, COMMAND, "zone.gate_assigned")
    with transaction.atomic():
        where, found = opened(by, zone, states=("signed", "published", "staffed"), version=version)
        rule = require_rule(where, at, library)
        row = _gate(found, gate)
        person = User.objects.filter(username=to, is_active=True, role__in=WORKERS).first()
        if person is None or not person.unit:
            raise InputError(
                Words(
                    "卡口：没有可接收的有效账号（须有所属单位）；请从列表中选择",
                    "gate: no active account of that name and with a unit can take it; choose from the list",
                )
            )
        row.assigned_to, row.assigned_unit, row.assigned_at = person.username, person.unit, at
        row.accepted_at, row.accepted_by = None, ""
        row.save()
        task = _task(where, found, row)
        if task is None:
            task = _again(where, found, row, at)
        task.assigned_to, task.accepted_at, task.accepted_by = person.username, None, ""
        task.version += 1
        task.save()
        detail = {"gate": row.pk, "to": row.assigned_to, "unit": row.assigned_unit}
        close_step(where, found, "gate_assigned", by=by, at=at, rule=rule, detail=detail)
        if found.state == "staffed":
            found.state, found.staffed_at = "published", None
            close_step(where, found, "unstaffed", by=by, at=at, rule=rule)


@audits_refusals
@audits_no_rule
def accept(
    *,
    by: Actor,
    at: datetime,
    zone: int,
    gate: int,
    version: int | None = None,
    library: Library | None = None,
) -> None:
    """Accept the hand-over of a gate. When every gate is accepted and the order is published, it is staffed.

    Raises
    ------
    PolicyError    no rule in force carries the order any more
    PurposeError   the gate was handed to somebody else
    ConflictError  the order does not stand, the gate is accepted already, or the ring was changed
    """
    require(by, WORKERS, "zone.gate_accepted")
    with transaction.atomic():
        found = Zone.objects.filter(pk=zone).first()
        row = ZoneGate.objects.filter(pk=gate, zone_id=zone).first()
        if found is None or row is None or row.assigned_to != by.username:
            raise PurposeError(
                Words(
                    "卡口：没有移交给您；请从任务列表中选择",
                    "gate: it was not handed to you; choose one from your tasks",
                )
            )
        where = Outbreak.objects.select_for_update().get(pk=found.outbreak_id)
        found.refresh_from_db()
        row.refresh_from_db()
        if version is not None and version != found.version:
            raise ConflictError(
                Words(
                    "风险管控区：您打开之后已被他人修改；请刷新后再决定",
                    "zone: somebody changed it since you opened it; reload and decide again",
                )
            )
        if found.state not in ("signed", "published", "staffed") or row.accepted_at is not None:
            raise ConflictError(
                Words("卡口：已经接收或指令已结束", "gate: it is accepted already, or the order has ended")
            )
        rule = require_rule(where, at, library)
        task = _task(where, found, row)
        if task is not None:
            settle(where, task, by=by, at=at, note=f"gate {row.pk} accepted")
            task.is_touched, task.version = True, task.version + 1
            task.save()
        row.accepted_at, row.accepted_by = at, by.username
        row.save()
        close_step(where, found, "gate_accepted", by=by, at=at, rule=rule, detail={"gate": row.pk})
        staff_if_complete(where, found, by=by, at=at, rule=rule)


def accept_task(*, by: Actor, at: datetime, task: Task) -> int:
    """Accept the gate that a task hands over; returns the task's new version."""
    accept(by=by, at=at, zone=int(task.subject_id), gate=_gate_of(task))
    task.refresh_from_db()
    return task.version


def handed_back(task: Task, *, by: Actor, at: datetime, reason: str) -> None:
    """Take the name off a gate whose task was handed back; the task itself is the caller's."""
    zone = Zone.objects.get(pk=int(task.subject_id))
    row = ZoneGate.objects.filter(pk=_gate_of(task), zone_id=zone.pk).first()
    if row is None:
        return
    row.assigned_to, row.assigned_unit, row.assigned_at = "", "", None
    row.accepted_at, row.accepted_by = None, ""
    row.save()
    write_step(zone, "gate_handed_back", by=by, at=at, reason=reason, detail={"gate": row.pk})


def _gate_of(task: Task) -> int:
    """Id of the gate in a task's own id, ``zone_gate:<zone>::<gate>`` or ``...::<gate>/<n>``."""
    return int(task.task_id.rpartition("::")[2].split("/")[0])


def staff_if_complete(where: Outbreak, zone: Zone, *, by: Actor, at: datetime, rule: tuple[str, str]) -> None:
    """Mark a published order staffed once no gate waits for its hand-over."""
    if zone.state == "published" and not zone.gates.filter(accepted_at__isnull=True).exists():
        zone.state, zone.staffed_at = "staffed", at
        close_step(where, zone, "staffed", by=by, at=at, rule=rule, detail={"gates": zone.gates.count()})


def close_tasks(where: Outbreak, zone: Zone, *, by: Actor, at: datetime, note: str) -> int:
    """Close what is still owed for an order that has ended; returns how many tasks."""
    rows = Task.objects.filter(
        outbreak_id=where.pk,
        subject_kind="zone",
        subject_id=str(zone.pk),
        kind__in=(TASK_KIND, "zone_publish"),
        is_open=True,
    )
    for task in rows:
        settle(where, task, by=by, at=at, note=note)
        task.is_touched, task.version = True, task.version + 1
        task.save()
    return len(rows)


def _gate(zone: Zone, gate: int) -> ZoneGate:
    row = ZoneGate.objects.filter(pk=gate, zone_id=zone.pk).first()
    if row is None:
        raise InputError(Words("卡口：找不到；请从列表中选择", "gate: not found; choose one from the list"))
    return row


def _task(where: Outbreak, zone: Zone, gate: ZoneGate) -> Task | None:
    rows = Task.objects.filter(
        outbreak_id=where.pk, kind=TASK_KIND, subject_id=str(zone.pk), is_open=True
    ).order_by("-id")
    return next((task for task in rows if _gate_of(task) == gate.pk), None)


def _again(where: Outbreak, zone: Zone, gate: ZoneGate, at: datetime) -> Task:
    """A further task for a gate whose first hand-over is closed."""
    n = Task.objects.filter(
        outbreak_id=where.pk, task_id__startswith=f"{TASK_KIND}:{zone.pk}::{gate.pk}/"
    ).count()
    task = open_task(
        where,
        kind=TASK_KIND,
        subject=("zone", str(zone.pk)),
        area_code=gate.area_code or where.area_code,
        start_at=at,
        due_at=max(zone.starts_at or at, at),
        what=Words(
            f"区域指令 {zone.pk}：{_name(gate).zh} 到岗", f"zone order {zone.pk}: staff {_name(gate).en}"
        ),
        part=f"{gate.pk}/{n + 2}",
    )
    task.rule_id, task.edition, task.may_order = zone.rule_id, zone.edition, True
    return task
