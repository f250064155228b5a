"""Units that send daily counts: registered under a contract, with what they owe, and an end.

Actions: done on the machine itself, by the command line; each change is one audit row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from fireline.actions.guard import finish, home_of, require
from fireline.actions.outbreaks import create_outbreak
from fireline.clock import local_day
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.feeds.contract import Contract
from fireline.feeds.reporting import Cadence, Owed, UnitKind, read_owed
from fireline.policy.areas import area_chain
from fireline.records.model import Records
from fireline.store.access.scope import chain_of
from fireline.store.actor import Actor
from fireline.store.areas import ensure_areas
from fireline.store.models import Outbreak, OwedStream, ReportingUnit
from fireline.store.models.reporting_unit import FILE
from fireline.store.refusals import audits_refusals
from fireline.store.reporting import ROUTINE, refusal_of, routine_dossier
from fireline.words import Words

TITLE = "常规监测 Routine surveillance"


@audits_refusals
def open_routine(*, by: Actor, at: datetime, area_code: str, tz: str = "") -> int:
    """The routine surveillance of this home, made where it is missing; returns the dossier's id.

    Raises
    ------
    PurposeError   neither an epidemiologist nor the command line, or the area is not the actor's
    """
    found = routine_dossier()
    if found is not None:
        return found.pk
    is_drill = home_of(None).is_exercise
    return create_outbreak(
        by=by,
        at=at,
        title=TITLE,
        disease="exercise-x" if is_drill else "unknown",
        area_code=area_code,
        tz=tz or settings.FIRELINE.time_zone,
        is_exercise=is_drill,
        kind=ROUTINE,
    )


@audits_refusals
def add_unit(
    *,
    by: Actor,
    at: datetime,
    name: str,
    kind: UnitKind | str,
    area_code: str,
    owes: Sequence[str],
    contract: Contract,
    active_from: date | None = None,
    active_to: date | None = None,
    home_area: str = "",
) -> int:
    """Register a unit; the first one begins the routine surveillance of the home.

    ``owes`` are texts as ``read_owed`` reads them; ``home_area`` is the area of the routine surveillance
    where it is begun (default: the county above the unit). Numbers of days from ``active_from`` (default:
    today) are taken in.

    Returns
    -------
    int   the unit's id

    Raises
    ------
    InputError      no name, an unknown kind, nothing owed, a stream twice, or an area outside the home's
    ConflictError   the name is taken
    PurposeError    the contract has ended, or not the command line
    """
    require(by, frozenset(), "unit.add", is_machine_allowed=True)
    today = local_day(at, ZoneInfo(settings.FIRELINE.time_zone))
    first = active_from or today
    _check_words(name, kind, owes)
    require_contract(contract.expires, on=today)
    area_chain(area_code)
    promises = _promises(owes, since=first)
    with transaction.atomic():
        if ReportingUnit.objects.filter(name=name.strip()).exists():
            raise ConflictError(
                Words("报告单位：名称已被使用；请换一个", "unit: the name is taken; choose another")
            )
        dossier = open_routine(by=by, at=at, area_code=home_area or county_of(area_code))
        where = Outbreak.objects.select_for_update().get(pk=dossier)
        _require_inside(area_code, where)
        ensure_areas(Records(tables={}, tz=ZoneInfo(where.tz)), root=area_code)
        made = ReportingUnit.objects.create(
            name=name.strip()[:80],
            kind=str(kind),
            area_code=area_code,
            active_from=first,
            active_to=active_to,
            source=contract.source,
            legal_basis=contract.legal_basis,
            purpose=contract.purpose.value,
            expires=contract.expires,
            made_at=at,
            made_by=by.username,
        )
        OwedStream.objects.bulk_create(_rows(made, promises, until=active_to))
        body = {"unit": made.name, "kind": made.kind, "area": area_code, "owes": [p.said() for p in promises]}
        finish(by=by, at=at, action="unit.add", outbreak=where, body={**body, **contract.said()})
    return made.pk


@audits_refusals
def owe(*, by: Actor, at: datetime, name: str, owes: Sequence[str], since: date | None = None) -> list[str]:
    """Change what a unit owes from a day on (default: today); days before keep their promise.

    Returns
    -------
    list of str   what it owes from then on

    Raises
    ------
    InputError     no such unit, nothing owed, or a stream twice
    PurposeError   not the command line
    """
    require(by, frozenset(), "unit.owe", is_machine_allowed=True)
    first = since or local_day(at, ZoneInfo(settings.FIRELINE.time_zone))
    promises = _promises(owes, since=first)
    with transaction.atomic():
        unit = unit_named(name)
        OwedStream.objects.filter(unit=unit, since__gte=first).delete()
        OwedStream.objects.filter(unit=unit, since__lt=first).exclude(until__lt=first).update(
            until=first - timedelta(days=1)
        )
        OwedStream.objects.bulk_create(_rows(unit, promises, until=unit.active_to))
        said = [p.said() for p in promises]
        finish(
            by=by,
            at=at,
            action="unit.owe",
            body={"unit": unit.name, "owes": said, "since": first.isoformat()},
        )
    return said


@audits_refusals
def renew_contract(*, by: Actor, at: datetime, name: str, contract: Contract) -> None:
    """Put a new contract in the place of the old one, which the audit log keeps.

    Raises
    ------
    InputError     no such unit
    PurposeError   the new contract has ended, or not the command line
    """
    require(by, frozenset(), "unit.contract", is_machine_allowed=True)
    require_contract(contract.expires, on=local_day(at, ZoneInfo(settings.FIRELINE.time_zone)))
    with transaction.atomic():
        unit = unit_named(name)
        unit.source, unit.legal_basis = contract.source, contract.legal_basis
        unit.purpose, unit.expires = contract.purpose.value, contract.expires
        unit.save(update_fields=["source", "legal_basis", "purpose", "expires"])
        finish(by=by, at=at, action="unit.contract", body={"unit": unit.name, **contract.said()})


@audits_refusals
def end_unit(*, by: Actor, at: datetime, name: str, last_day: date) -> None:
    """Let a unit report up to a day and no further; its keys end at once where the day has passed.

    Raises
    ------
    InputError     no such unit, or the day lies before its first
    PurposeError   not the command line
    """
    require(by, frozenset(), "unit.end", is_machine_allowed=True)
    with transaction.atomic():
        unit = unit_named(name)
        if last_day < unit.active_from:
            raise InputError(
                Words(
                    f"报告单位：最后一天须不早于 {unit.active_from}",
                    f"unit: the last day is {unit.active_from} or later",
                )
            )
        unit.active_to = last_day
        unit.save(update_fields=["active_to"])
        OwedStream.objects.filter(unit=unit, since__gt=last_day).delete()
        OwedStream.objects.filter(unit=unit).exclude(until__lt=last_day).update(until=last_day)
        finish(by=by, at=at, action="unit.end", body={"unit": unit.name, "last_day": last_day.isoformat()})


def list_units(*, at: datetime) -> list[dict[str, Any]]:
    """All units by name with what they owe and their keys, for the command line of this machine."""
    rows = ReportingUnit.objects.exclude(kind=FILE).order_by("name").prefetch_related("owed", "tokens")
    today = local_day(at, ZoneInfo(settings.FIRELINE.time_zone))
    return [
        {
            "id": unit.pk,
            "name": unit.name,
            "kind": unit.kind,
            "area_code": unit.area_code,
            "active_from": unit.active_from,
            "active_to": unit.active_to,
            "is_at_work": refusal_of(unit, today) is None,
            "contract": {
                "source": unit.source,
                "legal_basis": unit.legal_basis,
                "purpose": unit.purpose,
                "expires": unit.expires,
            },
            "owes": [
                Owed(o.stream, Cadence(o.cadence), o.due_min, o.has_total).said()
                for o in unit.owed.all()
                if o.until is None or o.until >= today
            ],
            "tokens": [
                {
                    "id": token.pk,
                    "made_at": token.made_at,
                    "ends_at": token.ends_at,
                    "revoked_at": token.revoked_at,
                    "last_used_at": token.last_used_at,
                }
                for token in unit.tokens.all()
            ],
        }
        for unit in rows
    ]


def require_contract(expires: date, *, on: date) -> None:
    """Refuse a contract that has ended.

    Raises
    ------
    PurposeError   it has ended
    """
    if expires < on:
        raise PurposeError(
            Words(
                f"来源协议已于 {expires} 到期；请与来源续签",
                f"contract: it ended on {expires}; renew it with the source",
            )
        )


def require_at_work(unit: ReportingUnit, *, on: date) -> None:
    """Refuse reports of a unit that has ended, has not begun, or whose contract has ended.

    Raises
    ------
    PurposeError   one of these
    """
    refusal = refusal_of(unit, on)
    if refusal is not None:
        raise PurposeError(refusal)


def county_of(area_code: str) -> str:
    """The county above an area, by the form of its code; the area itself where the form tells none."""
    chain = area_chain(area_code)
    if chain[-1] == "CN":
        return next((code for code in chain if len(code) <= len("CN-411624")), area_code)
    if chain[-1] == "EX":
        return area_code[: len("EX-0101")]
    return area_code


def _check_words(name: str, kind: UnitKind | str, owes: Sequence[str]) -> None:
    if not name.strip() or len(name.strip()) > 80:
        raise InputError(
            Words("报告单位：需要名称，最多 80 字", "unit: a name of at most 80 characters is needed")
        )
    if str(kind) not in set(UnitKind):
        raise InputError(
            Words(
                f"报告单位：类别未知；允许：{'、'.join(UnitKind)}",
                f"unit: kind is not known; allowed: {', '.join(UnitKind)}",
            )
        )
    if not owes:
        raise InputError(
            Words("报告单位：需要至少一个应报监测流", "unit: at least one stream that it owes is needed")
        )


def _promises(owes: Sequence[str], *, since: date) -> list[Owed]:
    found = [read_owed(text, since=since) for text in owes]
    if not found or len({one.stream for one in found}) < len(found):
        raise InputError(
            Words("应报内容：至少一项，同一监测流只写一次", "owed: at least one, and each stream once")
        )
    return found


def _rows(unit: ReportingUnit, promises: Sequence[Owed], *, until: date | None) -> list[OwedStream]:
    return [
        OwedStream(
            unit=unit,
            stream=one.stream,
            cadence=one.cadence.value,
            due_min=one.due_min,
            has_total=one.has_total,
            since=one.since,
            until=until,
        )
        for one in promises
    ]


def _require_inside(area_code: str, where: Outbreak) -> None:
    if where.area_code not in (*chain_of(area_code), *area_chain(area_code)) and where.area_code:
        if county_of(area_code) == where.area_code:
            return
        raise InputError(
            Words(
                f"报告单位：地区须在常规监测的区域 {where.area_code} 之内",
                f"unit: its area has to lie in that of the routine surveillance, {where.area_code}",
            )
        )


def unit_named(name: str) -> ReportingUnit:
    """One unit, locked.

    Raises
    ------
    InputError   there is none of that name
    """
    found = ReportingUnit.objects.select_for_update().filter(name=name.strip()).exclude(kind=FILE).first()
    if found is None:
        raise InputError(
            Words(
                "报告单位：没有这个名称；见 fireline unit list",
                "unit: no unit of that name; see fireline unit list",
            )
        )
    return found
