"""One zone order whole, and where it stood at any hour; units, gates and accounts only, no rows about people.

Store: whoever's area does not hold the whole outbreak sees the units and gates of the own area.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fireline.errors import PurposeError
from fireline.policy import Library, load_library
from fireline.privacy.purposes import Purpose
from fireline.store.access.scope import areas_below, check, covers, outbreak_for
from fireline.store.access.zone_standing import judge_order, moment_of
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Unit, User, Zone
from fireline.store.refusals import audits_refusals
from fireline.words import Words
from fireline.zones.lift import Lifting

_READERS = (Purpose.SITUATION, Purpose.CONTAINMENT, Purpose.INVESTIGATION, Purpose.OVERSIGHT)


@audits_refusals
def zone_at(
    actor: Actor, *, purpose: Purpose | str, outbreak: int, zone: int, at: datetime
) -> dict[str, Any]:
    """Levels and state of a ring as of an hour, replayed from its steps.

    Returns
    -------
    dict   zone (columns), state ("" before it was proposed), is_in_force, levels (unit id -> level, those of
        the actor's area), gates (id of the gate as text -> to, unit, accepted_at), steps (up to the hour,
        oldest first: id, at, by, unit, what, reason, rule_id, edition, detail)

    Raises
    ------
    PurposeError   the purpose does not fit, or the ring is not in the actor's area
    """
    check(actor, purpose, *_READERS)
    where, found = _zone(actor, outbreak, zone)
    moment = moment_of(found, at=at)
    mine = _seen_units(actor, where, found)
    gates = {g["id"] for g in _gates(found) if g["unit_inside"] in mine}
    return {
        "zone": _columns(found),
        "state": moment.state,
        "is_in_force": moment.is_in_force,
        "levels": {u: level for u, level in moment.levels.items() if u in mine},
        "gates": {k: v for k, v in moment.gates.items() if k.isdecimal() and int(k) in gates},
        "steps": [dict(step) for step in moment.steps],
    }


@audits_refusals
def zone_order(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    zone: int,
    at: datetime,
    library: Library | None = None,
) -> dict[str, Any]:
    """One order as it stands: units by level, gates, exceptions, steps, the notice, and its lifting.

    Returns
    -------
    dict   as zone_at, with units (unit_id, area_code, level, population, kind), gates (columns of ZoneGate),
        exceptions (kind, name, unit_id, measures), notice_zh, notice_en ("" before it is published), lifting
        (per level: level, n_units, earliest_at, is_due, missing, restart, not_counted, to_level, rule_id,
        edition, steps; only for whoever sees the whole outbreak), accounts (those a gate can be handed to;
        only for epidemiologists and commanders of the whole outbreak)

    Raises
    ------
    PurposeError   the purpose does not fit, or the ring is not in the actor's area
    """
    check(actor, purpose, *_READERS)
    where, found = _zone(actor, outbreak, zone)
    moment = moment_of(found)
    mine = _seen_units(actor, where, found)
    sees_all = covers(actor, where.area_code)
    kinds = dict(Unit.objects.filter(outbreak_id=where.pk).values_list("unit_id", "kind"))
    units = [
        {
            "unit_id": u["unit_id"],
            "area_code": u["area_code"],
            "population": u["population"],
            "level": moment.levels.get(u["unit_id"], u["level"]),
            "has_ended": u["unit_id"] not in moment.levels,
            "kind": kinds.get(u["unit_id"], ""),
        }
        for u in found.units.order_by("unit_id").values("unit_id", "area_code", "population", "level")
        if u["unit_id"] in mine
    ]
    published = next((s for s in reversed(moment.steps) if s["what"] == "published"), None)
    detail = published["detail"] if published else {}
    judged = judge_order(where, found, library or load_library(), at=at) if sees_all else ()
    return {
        "zone": _columns(found),
        "state": found.state,
        "is_in_force": moment.is_in_force,
        "units": units,
        "gates": [g for g in _gates(found) if g["unit_inside"] in mine],
        "exceptions": [
            e
            for e in found.exceptions.order_by("unit_id", "name").values(
                "kind", "name", "unit_id", "measures"
            )
            if e["unit_id"] in mine
        ],
        "steps": [dict(step) for step in moment.steps],
        "notice_zh": detail.get("notice_zh", ""),
        "notice_en": detail.get("notice_en", ""),
        "lifting": [_lifting(one) for one in judged],
        "accounts": _accounts(actor, sees_all=sees_all),
    }


def _zone(actor: Actor, outbreak: int, zone: int) -> tuple[Outbreak, Zone]:
    where = outbreak_for(actor, outbreak)
    found = Zone.objects.filter(pk=zone, outbreak_id=where.pk).first()
    if found is None:
        raise PurposeError(
            Words(
                "风险管控区：在您的辖区内找不到；请从列表中选择",
                "zone: not found in your area; choose one from the list",
            )
        )
    return where, found


def _seen_units(actor: Actor, where: Outbreak, zone: Zone) -> set[str]:
    rows = zone.units.all()
    if not covers(actor, where.area_code):
        rows = rows.filter(area_code__in=areas_below(actor.area_code))
    return set(rows.values_list("unit_id", flat=True))


def _columns(zone: Zone) -> dict[str, Any]:
    return {f.attname: getattr(zone, f.attname) for f in Zone._meta.concrete_fields}


def _gates(zone: Zone) -> list[dict[str, Any]]:
    return list(zone.gates.order_by("unit_inside", "unit_outside").values())


def _accounts(actor: Actor, *, sees_all: bool) -> list[dict[str, Any]]:
    if not sees_all or actor.role not in ("epidemiologist", "commander"):
        return []
    rows = User.objects.filter(
        is_active=True, role__in=("epidemiologist", "commander", "grid_worker")
    ).exclude(unit="")
    return [
        dict(row)
        for row in rows.order_by("username").values("username", "display", "unit", "area_code")
        if covers(actor, row["area_code"] or "")
    ]


def _lifting(one: Lifting) -> dict[str, Any]:
    rule, said = one.answer.rule, one.excluded.words(one.facts.n_not_counted)
    restart = one.facts.restart
    return {
        "level": one.part.level,
        "n_units": len(one.part.unit_ids),
        "earliest_at": one.verdict.earliest_at,
        "is_due": one.verdict.is_due,
        "missing_zh": one.verdict.missing.zh,
        "missing_en": one.verdict.missing.en,
        "restart_zh": restart.zh if restart else "",
        "restart_en": restart.en if restart else "",
        "not_counted_zh": said.zh if said else "",
        "not_counted_en": said.en if said else "",
        "rule_id": one.answer.rule_id,
        "edition": rule.edition if rule else "",
        "steps": [step.row(str(one.part.zone_id)) for step in one.steps],
    }
