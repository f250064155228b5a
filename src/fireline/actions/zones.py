"""Proposing a ring of zones and signing it: a rule in force, and two people of different units.

Actions: without a rule that may carry an order nothing is signed; the database refuses it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import COMMAND, finish, locked, require, require_version
from fireline.clock import local_day
from fireline.errors import ConflictError, InputError, PolicyError, PurposeError
from fireline.policy import At, Library, load_library
from fireline.privacy.purposes import Purpose, Role
from fireline.store.access.scope import covers
from fireline.store.actor import Actor, plain_unit
from fireline.store.models import Outbreak, Unit, Zone, ZoneUnit
from fireline.store.refusals import audits_refusals
from fireline.store.results import orderable
from fireline.words import Words

LEVELS = ("sealed", "managed", "precaution")

STATE_WORDS = {
    "computed": Words("已计算", "computed"),
    "proposed": Words("已提议", "proposed"),
    "signed": Words("已签发", "signed"),
    "lifted": Words("已解除", "lifted"),
}
"""States of a ring in words."""


@audits_refusals
def propose(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    zone: int | None = None,
    levels: Mapping[str, str] | None = None,
    title: str = "",
    library: Library | None = None,
) -> int:
    """Propose a ring: the computed one (``zone``, default the newest) with some units moved (``levels``).

    ``levels`` maps unit ids to sealed, managed, precaution, or "" to leave the unit out. A proposal can be
    made without a rule (it then says so and cannot be signed).

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
        where = _covered(by, outbreak)
        units = _units(where, zone, levels or {})
        can_order, rule_id, edition = _rule(where, at, library)
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
        )
        for unit in units:
            unit.zone = made
        ZoneUnit.objects.bulk_create(units, batch_size=500)
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
def sign(
    *, by: Actor, at: datetime, zone: int, version: int | None = None, library: Library | None = None
) -> None:
    """Sign a proposed ring.

    Raises
    ------
    PolicyError    no rule in force on the day of signing may carry the order (none, advice only, an exercise
        or look-back pack, or an exercise outbreak)
    PurposeError   not a commander, the proposer, or of the proposer's unit
    ConflictError  it is not proposed any more, or was changed
    """
    require(by, frozenset({Role.COMMANDER}), "zone.sign")
    with transaction.atomic():
        found = Zone.objects.filter(pk=zone).first()
        if found is None:
            raise PurposeError(
                Words(
                    "风险管控区：在您的辖区内找不到；请从列表中选择",
                    "zone: not found in your area; choose one from the list",
                )
            )
        where = _covered(by, found.outbreak_id)
        found.refresh_from_db()
        require_version(found.version, version, "zone")
        if found.state != "proposed":
            raise ConflictError(
                Words(
                    f"风险管控区：现为“{STATE_WORDS[found.state].zh}”；只有已提议的可以签发",
                    f"zone: it is {STATE_WORDS[found.state].en}; only a proposed ring can be signed",
                )
            )
        if by.username == found.proposed_by or plain_unit(by.unit) == plain_unit(found.proposed_unit):
            raise PurposeError(
                Words(
                    "风险管控区：一人提议的，须由另一单位的第二人签发",
                    "zone: a second person of another unit has to sign what one person proposed",
                )
            )
        can_order, rule_id, edition = _rule(where, at, library)
        if not can_order:
            raise PolicyError(
                Words(
                    "风险管控区：今日没有现行规则可支持此指令；保持为提议（现行规则见“规则”页）",
                    "zone: no rule in force today may carry this order; it stays a proposal "
                    "(see the policy page for what is in force)",
                )
            )
        found.rule_id, found.edition, found.can_order = rule_id, edition, True
        found.state, found.signed_at, found.signed_by, found.signed_unit = "signed", at, by.username, by.unit
        found.version += 1
        found.save()
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


def _covered(by: Actor, outbreak: int) -> Outbreak:
    where = locked(by, outbreak)
    if not covers(by, where.area_code):
        raise PurposeError(
            Words(
                "风险管控区：涉及整个疫情；请找疫情所在地的指挥部",
                "zone: it spans the whole outbreak; ask the command of the outbreak's area",
            )
        )
    return where


def _rule(where: Outbreak, at: datetime, library: Library | None) -> tuple[bool, str, str]:
    """Whether the rules in force on the local day may carry an order, with rule id and edition."""
    rules = At(library or load_library(), where.disease, where.area_code, local_day(at, ZoneInfo(where.tz)))
    answers = [rules.find("zone.define", level) for level in LEVELS]
    can_order, rule_id, edition = orderable(answers)
    return can_order and not where.is_exercise and rules.pack_label is None, rule_id, edition


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
