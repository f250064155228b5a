"""Fever patients as clinics reported them: pseudonymous rows, each list one audit row, none past its day.

Store: a reporter sees those of the own unit, staff those of their area for investigation.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from fireline.clock import local_day
from fireline.errors import InputError, PurposeError
from fireline.feeds.reporting.fever import RESULT_EXPECTED_H
from fireline.privacy.purposes import Purpose
from fireline.store.access.reporting import own, routine_for
from fireline.store.access.scope import Page, areas_below, check, covers, page, record_read
from fireline.store.actor import Actor
from fireline.store.models import FeverReport
from fireline.store.refusals import audits_refusals
from fireline.words import Words

STATES = ("open", "pending", "late_result", "positive", "closed", "all")
"""What the list can be filtered by; pending, late_result and positive are open ones."""
OWN_DAYS = 3


@audits_refusals
def fever_reports(
    actor: Actor,
    *,
    outbreak: int,
    at: datetime,
    purpose: Purpose | str = Purpose.INVESTIGATION,
    state: str = "open",
    offset: int = 0,
    limit: int = 100,
) -> Page:
    """One page of fever patients, the one longest without a result first; one audit row.

    Returns
    -------
    Page   columns of FeverReport, unit_name, is_late (the report), clock (see ``clock_of``)

    Raises
    ------
    InputError     an unknown state
    PurposeError   the purpose does not fit, not in the actor's area, or no routine surveillance
    """
    chosen = check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING)
    where = routine_for(actor, outbreak)
    rows = _kept(at, where.tz)
    if not covers(actor, where.area_code):
        rows = rows.filter(area_code__in=areas_below(actor.area_code))
    rows = rows.filter(_condition(state, at))
    sort = ("seen_at", "id") if state not in ("closed", "all") else ("-seen_at", "-id")
    found = page(rows, sort=sort, fields=_FIELDS, offset=offset, limit=limit, total=rows.count())
    record_read(actor, action="read.fever", purpose=chosen, at=at, outbreak=where.pk, n=len(found.rows))
    return Page(tuple(_said(row, at) for row in found.rows), found.total, found.offset, found.limit)


@audits_refusals
def fever_counts(
    actor: Actor, *, outbreak: int, at: datetime, purpose: Purpose | str = Purpose.INVESTIGATION
) -> dict[str, int]:
    """Number of fever patients by each of STATES."""
    check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING)
    where = routine_for(actor, outbreak)
    rows = _kept(at, where.tz)
    if not covers(actor, where.area_code):
        rows = rows.filter(area_code__in=areas_below(actor.area_code))
    return {state: rows.filter(_condition(state, at)).count() for state in STATES}


@audits_refusals
def own_fever(actor: Actor, *, at: datetime) -> list[dict[str, Any]]:
    """Fever patients of the reporter's unit: open ones, and those of the last days; one audit row."""
    mine = own(actor, at=at)
    rows = _kept(at, str(mine.tz)).filter(unit_id=mine.unit["id"])
    rows = rows.filter(Q(state="open") | Q(seen_at__gte=at - timedelta(days=OWN_DAYS)))
    found = [_said(row, at) for row in rows.order_by("-seen_at", "-id").values("id", *_FIELDS)[:200]]
    record_read(
        actor, action="read.fever", purpose=Purpose.REPORTING, at=at, unit=mine.unit["id"], n=len(found)
    )
    return found


@audits_refusals
def own_fever_one(actor: Actor, *, report: int, at: datetime) -> dict[str, Any]:
    """One fever patient of the reporter's unit; one audit row.

    Raises
    ------
    PurposeError   not of the own unit, or past its day
    """
    mine = own(actor, at=at)
    rows = _kept(at, str(mine.tz)).filter(unit_id=mine.unit["id"], pk=report)
    row = rows.values("id", *_FIELDS).first()
    if row is None:
        raise PurposeError(
            Words("发热病人报告：找不到；请从列表中选择", "fever report: not found; choose one from the list")
        )
    record_read(actor, action="read.fever", purpose=Purpose.REPORTING, at=at, unit=mine.unit["id"], n=1)
    return _said(row, at)


def clock_of(row: dict[str, Any], at: datetime) -> str:
    """State of the result: "" = none awaited, "early", "expected" after four hours, "late" past its hour."""
    if row["result"] != "pending" or row["state"] != "open":
        return ""
    if at > row["result_due_at"]:
        return "late"
    return "expected" if at >= row["seen_at"] + timedelta(hours=RESULT_EXPECTED_H) else "early"


_FIELDS = (
    *(f.attname for f in FeverReport._meta.concrete_fields if f.attname not in ("id", "key")),
    "unit__name",
)


def _kept(at: datetime, tz: str) -> QuerySet[FeverReport]:
    """Rows that may still be read: past its day a row is as good as deleted."""
    return FeverReport.objects.filter(keep_until__gte=local_day(at, ZoneInfo(tz)))


def _condition(state: str, at: datetime) -> Q:
    if state not in STATES:
        allowed = ", ".join(STATES)
        raise InputError(Words(f"状态：允许：{allowed}", f"state: allowed: {allowed}; choose one of them"))
    is_open = Q(state="open")
    return {
        "open": is_open,
        "pending": is_open & Q(result="pending"),
        "late_result": is_open & Q(result="pending", result_due_at__lt=at),
        "positive": is_open & Q(result="positive"),
        "closed": ~is_open,
        "all": Q(),
    }[state]


def _said(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        **row,
        "unit_name": row["unit__name"],
        "is_late": row["received_at"] > row["report_due_at"],
        "clock": clock_of(row, at),
    }
