"""Proposing a ring of zones and signing it: a rule in force, and two people of different units.

Actions: without a rule that may carry an order nothing is signed; the database refuses it too. What comes
after the signature is in zone_orders and zone_gates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from fireline.actions.guard import COMMAND, finish, require
from fireline.actions.task_books import open_task
from fireline.actions.zone_gates import lay_out_gates
from fireline.actions.zone_steps import (
    LEVELS,
    STATE_WORDS,
    audits_no_rule,
    covered,
    opened,
    require_levels,
    require_rule,
    rule_in_force,
    write_step,
)
from fireline.errors import InputError, PolicyError, PurposeError
from fireline.policy import Library, load_library
from fireline.privacy.purposes import Purpose, Role
from fireline.store.access.zone_standing import has_case, larger_units, records_of, rules_of
from fireline.store.actor import Actor, plain_unit
from fireline.store.models import Outbreak, Unit, Zone, ZoneException, ZoneUnit
from fireline.store.models.zone_exception import KINDS
from fireline.store.refusals import audits_refusals
from fireline.words import Words

__all__ = ["KINDS", "LEVELS", "STATE_WORDS", "propose", "sign"]


@audits_refusals
def propose(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    zone: int | None = None,
    levels: Mapping[str, str] | None = None,
    title: str = "",
    starts_at: datetime | None = None,
    why_large: str = "",
    why_no_case: str = "",
    exceptions: Sequence[Mapping[str, str]] = (),
    library: Library | None = None,
) -> int:
    """Propose a ring: the computed one (``zone``, default the newest) with some units moved (``levels``).

    ``levels`` maps unit ids to sealed, managed, precaution, or "" to leave the unit out. A proposal can be
    made without a rule (it then says so and cannot be signed).

    Parameters
    ----------
    starts_at : when the order is to begin (None = at once after signing); gates are due by then
    why_large, why_no_case : reasons for units larger than the rule allows and for a ring without a case;
        they are part of what is signed, and the signature is refused without them where they are needed
    exceptions : places that go on working under measures of their own: kind (one of KINDS of ZoneException),
        name, unit_id (a unit of the ring), measures (all four needed)

    Returns
    -------
    int   id of the proposed zone

    Raises
    ------
    InputError     no ring to start from and no units, an unknown level or unit
    PurposeError   not an epidemiologist or commander, or the area is smaller than the outbreak's
    """
    require(by, COMMAND, "zone.propose")
    with transaction.atomic():
        where = covered(by, outbreak)
        units = _units(where, zone, levels or {})
        declared = _exceptions(exceptions, {unit.unit_id for unit in units})
        can_order, rule_id, edition = rule_in_force(where, at, library)
        made = Zone.objects.create(
            outbreak_id=where.pk,
            state="proposed",
            title=title.strip()[:200],
            rule_id=rule_id,
            edition=edition,
            can_order=can_order,
            n_units=len(units),
            population=sum(unit.population for unit in units),
            made_at=at,
            proposed_at=at,
            proposed_by=by.username,
            proposed_unit=by.unit,
            starts_at=starts_at,
            why_large=why_large.strip(),
            why_no_case=why_no_case.strip(),
        )
        for unit in units:
            unit.zone = made
        ZoneUnit.objects.bulk_create(units, batch_size=500)
        for one in declared:
            one.zone = made
        ZoneException.objects.bulk_create(declared)
        write_step(made, "proposed", by=by, at=at, detail={"units": len(units), "exceptions": len(declared)})
        finish(
            by=by,
            at=at,
            action="zone.propose",
            outbreak=where,
            purpose=Purpose.CONTAINMENT.value,
            rule=rule_id,
            edition=edition,
            subject=f"zone:{made.pk}",
            body={"units": len(units), "population": made.population},
        )
    return made.pk


@audits_refusals
@audits_no_rule
def sign(
    *,
    by: Actor,
    at: datetime,
    zone: int,
    version: int | None = None,
    why_large: str = "",
    why_no_case: str = "",
    library: Library | None = None,
) -> None:
    """Sign a proposed ring; its gates are laid out and its publication is owed.

    ``why_large`` and ``why_no_case`` add to the proposal's reasons.

    Raises
    ------
    PolicyError    no rule in force on the day of signing may carry the order (none, advice only, an exercise
        or look-back pack, or an exercise outbreak), or it defines no such level; a sealed unit is larger than
        the rule allows, or no case is known in the ring, and no reason is given
    PurposeError   not a commander, the proposer, or of the proposer's unit
    ConflictError  it is not proposed any more, or was changed
    """
    require(by, frozenset({Role.COMMANDER}), "zone.sign")
    with transaction.atomic():
        where, found = opened(by, zone, states=("proposed",), version=version)
        if by.username == found.proposed_by or plain_unit(by.unit) == plain_unit(found.proposed_unit):
            raise PurposeError(
                Words(
                    "风险管控区：一人提议的，须由另一单位的第二人签发",
                    "zone: a second person of another unit has to sign what one person proposed",
                )
            )
        rule_id, edition = require_rule(where, at, library)
        _give_reasons(where, found, at, library, why_large=why_large, why_no_case=why_no_case)
        found.rule_id, found.edition, found.can_order = rule_id, edition, True
        found.state, found.signed_at, found.signed_by, found.signed_unit = "signed", at, by.username, by.unit
        found.starts_at = max(found.starts_at or at, at)
        found.version += 1
        found.save()
        write_step(
            found,
            "signed",
            by=by,
            at=at,
            reason="; ".join(r for r in (found.why_large, found.why_no_case) if r),
            detail={"starts_at": found.starts_at.isoformat(), "proposed_by": found.proposed_by},
        )
        lay_out_gates(where, found, at=at)
        _owe_publication(where, found, at, library)
        finish(
            by=by,
            at=at,
            action="zone.sign",
            outbreak=where,
            purpose=Purpose.CONTAINMENT.value,
            rule=rule_id,
            edition=edition,
            subject=f"zone:{found.pk}",
            body={"units": found.n_units, "population": found.population, "proposed_by": found.proposed_by},
        )


def _give_reasons(
    where: Outbreak, zone: Zone, at: datetime, library: Library | None, *, why_large: str, why_no_case: str
) -> None:
    """Refuse a ring that is larger than the rule or without a case, unless a reason is signed with it."""
    levels = dict(zone.units.values_list("unit_id", "level"))
    require_levels(where, levels.values(), at, library)
    zone.why_large = why_large.strip() or zone.why_large
    zone.why_no_case = why_no_case.strip() or zone.why_no_case
    large = larger_units(where, levels, rules_of(where, library or load_library(), at=at))
    if large and not zone.why_large:
        raise PolicyError(
            Words(
                f"风险管控区：{len(large)} 个封控单元大于规则允许的单位；请缩小，或写明签字理由",
                f"zone: {len(large)} sealed units are larger than the rule allows; make them smaller or "
                "sign a reason",
            )
        )
    if not zone.why_no_case and not has_case(records_of(where), levels, at=at):
        raise PolicyError(
            Words(
                "风险管控区：区内没有已知病例；请写明签字理由，或撤回提议",
                "zone: no case is known in it; sign a reason or withdraw the proposal",
            )
        )


def _owe_publication(where: Outbreak, zone: Zone, at: datetime, library: Library | None) -> None:
    """Open the task to publish: by the deadline in force, else by the hour the order begins."""
    answer = rules_of(where, library or load_library(), at=at).find("deadline", "zone_publish")
    has_rule = answer.in_force and answer.value is not None
    due = at + timedelta(hours=float((answer.value or {})["hours"])) if has_rule else zone.starts_at
    task = open_task(
        where,
        kind="zone_publish",
        subject=("zone", str(zone.pk)),
        area_code=where.area_code,
        start_at=at,
        due_at=due or at,
        what=Words(
            f"公布区域指令 {zone.pk}（{zone.n_units} 个单元 {zone.population} 人）",
            f"publish zone order {zone.pk} ({zone.n_units} units, {zone.population} people)",
        ),
        part="order",
    )
    task.rule_id = answer.rule_id if has_rule else zone.rule_id
    task.edition = answer.rule.edition if has_rule and answer.rule else zone.edition
    task.save(update_fields=["rule_id", "edition"])


def _exceptions(given: Sequence[Mapping[str, str]], unit_ids: set[str]) -> list[ZoneException]:
    """Declared exceptions, not saved yet; every fault at once."""
    made: list[ZoneException] = []
    wrong = 0
    for one in given:
        row = {key: str(one.get(key, "")).strip() for key in ("kind", "name", "unit_id", "measures")}
        if (
            row["kind"] not in KINDS
            or row["unit_id"] not in unit_ids
            or not (row["name"] and row["measures"])
            or any(m.unit_id == row["unit_id"] and m.name == row["name"] for m in made)
        ):
            wrong += 1
        made.append(ZoneException(**row))
    if wrong:
        raise InputError(
            Words(
                f"例外单位：{wrong} 项不完整或重复；须有类别（{'、'.join(KINDS)}）、名称、区内单元和措施",
                f"exceptions: {wrong} are not complete or stand twice; each needs a kind "
                f"({', '.join(KINDS)}), a name, a unit of the ring and its measures",
            )
        )
    return made


def _units(where: Outbreak, zone: int | None, levels: Mapping[str, str]) -> list[ZoneUnit]:
    """Units of the new ring, not saved yet."""
    wrong = sorted({level for level in levels.values() if level not in (*LEVELS, "")})
    if wrong:
        raise InputError(
            Words(
                f"风险管控区：级别未知；允许：{'、'.join(LEVELS)}，留空表示不划入",
                f"zone: a level is not known; allowed: {', '.join(LEVELS)}, or empty to leave a unit out",
            )
        )
    rings = Zone.objects.filter(outbreak_id=where.pk)
    start = rings.filter(pk=zone).first() if zone is not None else rings.order_by("-id").first()
    chosen = {unit.unit_id: unit for unit in start.units.all()} if start is not None else {}
    known = Unit.objects.filter(outbreak_id=where.pk, unit_id__in=list(levels))
    by_id = {unit.unit_id: unit for unit in known}
    if set(levels) - set(by_id):
        raise InputError(
            Words(
                "风险管控区：单元未知；请选择本疫情的单元",
                "zone: a unit is not known; choose units of this outbreak",
            )
        )
    units = []
    for unit_id in sorted(set(chosen) | {u for u, level in levels.items() if level}):
        old = chosen.get(unit_id)
        level = levels.get(unit_id, old.level if old else "")
        if not level:
            continue
        units.append(
            ZoneUnit(
                unit_id=unit_id,
                area_code=old.area_code if old else by_id[unit_id].area_code,
                level=level,
                population=old.population if old else by_id[unit_id].population,
                rule_id=old.rule_id if old and old.level == level else "",
                why_zh=old.why_zh if old and old.level == level else "由提议人调整",
                why_en=old.why_en if old and old.level == level else "moved by the proposer",
            )
        )
    if not units:
        raise InputError(
            Words("风险管控区：没有单元；请至少选一个", "zone: there is no unit in it; choose at least one")
        )
    return units
