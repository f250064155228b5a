"""Fever patients: reported within the hour by a clinic, followed to the result, deleted by their day.

Actions: no identity comes in; the day's number of the clinic grows with each of them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import COMMAND, REPORTERS, finish, require
from fireline.actions.reporting import own_unit, routine_locked
from fireline.actions.reporting_units import require_at_work
from fireline.clock import local_day
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.feeds.reporting import UnitKind
from fireline.feeds.reporting.fever import (
    KEEP_D,
    REPORT_WITHIN_H,
    RESULT_WITHIN_H,
    RESULTS,
    FeverEntry,
)
from fireline.policy import At, load_library
from fireline.privacy.purposes import Purpose, Role
from fireline.store import audit, reporting
from fireline.store.access.scope import areas_below, covers
from fireline.store.actor import Actor
from fireline.store.models import FeverReport, Outbreak, ReportingUnit
from fireline.store.refusals import audits_refusals
from fireline.words import Words

MAX_PER_DAY = 500
"""Fever patients of one clinic on one day."""
CLINICS = frozenset({UnitKind.CLINIC.value, UnitKind.HOSPITAL.value})
_NOT_FOUND = Words(
    "发热病人报告：找不到；请从列表中选择", "fever report: not found; choose one from the list"
)


@audits_refusals
def report_fever(*, by: Actor, at: datetime, key: str, entry: FeverEntry) -> int:
    """Report one fever patient; returns the report's id. ``key`` of a form sent twice is one report.

    The clocks are those of the rule in force on the day, else the figures of feeds.reporting.fever, and the
    report says which.

    Raises
    ------
    InputError     no key, or more than MAX_PER_DAY
    PurposeError   not a reporter of a clinic or hospital, or the unit or its contract has ended
    """
    require(by, REPORTERS, "fever.report")
    if not 8 <= len(key) <= 128:
        raise InputError(Words("表单：已失效；请重新打开", "form: it has expired; open it anew"))
    with transaction.atomic():
        where, unit, tz = _clinic(by, at)
        earlier = FeverReport.objects.filter(unit=unit, key=key).first()
        if earlier is not None:
            return earlier.pk
        day = local_day(entry.seen_at, tz)
        clocks = _clocks(where, unit, entry, day)
        made = FeverReport.objects.create(
            unit=unit,
            key=key,
            number=_number(unit, day),
            area_code=unit.area_code,
            day=day,
            seen_at=entry.seen_at,
            received_at=at,
            reported_by=by.username,
            age_band=entry.age_band,
            sex=entry.sex,
            temperature_c=entry.temperature_c,
            symptoms=list(entry.symptoms),
            flags=list(entry.flags),
            sampled_at=entry.sampled_at,
            result="pending" if entry.sampled_at else "none",
            keep_until=day + timedelta(days=KEEP_D),
            **clocks,
        )
        _count(where, unit, made, at=at, by=by)
        body = {"unit": unit.pk, "report": made.pk, "is_late": made.received_at > made.report_due_at}
        _finish(by, at, where, made, "fever.report", body)
    return made.pk


@audits_refusals
def sample_taken(*, by: Actor, at: datetime, report: int, sampled_at: datetime) -> None:
    """Say that a sample was taken after the report.

    Raises
    ------
    ConflictError   it was said before, or the report is closed
    PurposeError    not the clinic's own reporter
    """
    require(by, REPORTERS, "fever.sample")
    with transaction.atomic():
        where, found = _open(by, report)
        if found.sampled_at is not None:
            raise ConflictError(
                Words("发热病人报告：已登记采样", "fever report: the sample was noted before")
            )
        found.sampled_at, found.result = sampled_at, "pending"
        found.save(update_fields=["sampled_at", "result"])
        _finish(by, at, where, found, "fever.sample", {"report": found.pk})


@audits_refusals
def give_result(*, by: Actor, at: datetime, report: int, result: str, result_at: datetime) -> None:
    """Say what the sample showed: a negative result closes the report, a positive one stays open.

    Raises
    ------
    InputError      a result that is neither negative nor positive
    ConflictError   no sample was taken, a result was given, or the report is closed
    PurposeError    neither the clinic's own reporter nor an epidemiologist or commander of its area
    """
    require(by, REPORTERS | COMMAND, "fever.result")
    if result not in RESULTS:
        raise InputError(Words("结果：允许阴性或阳性", f"result: allowed: {', '.join(RESULTS)}; choose one"))
    with transaction.atomic():
        where, found = _open(by, report)
        if found.result != "pending":
            raise ConflictError(
                Words(
                    "发热病人报告：没有待出的结果；请刷新",
                    "fever report: no result is awaited; reload the page",
                )
            )
        found.result, found.result_at = result, result_at
        if result == "negative":
            found.state, found.closed_at, found.closed_by = "closed", at, by.username
        found.save()
        _finish(by, at, where, found, "fever.result", {"report": found.pk, "result": result})


@audits_refusals
def close_fever(*, by: Actor, at: datetime, report: int) -> None:
    """Close a report: what had to be done was done.

    Raises
    ------
    ConflictError   it is closed
    PurposeError    not an epidemiologist or commander of its area
    """
    require(by, COMMAND, "fever.close")
    with transaction.atomic():
        where, found = _open(by, report)
        found.state, found.closed_at, found.closed_by = "closed", at, by.username
        found.save()
        _finish(by, at, where, found, "fever.close", {"report": found.pk, "result": found.result})


@audits_refusals
def withdraw_fever(*, by: Actor, at: datetime, report: int) -> None:
    """Take back a report made by mistake; the day's number goes back too. It stays on record as withdrawn.

    Raises
    ------
    ConflictError   it is closed
    PurposeError    not the clinic's own reporter
    """
    require(by, REPORTERS, "fever.withdraw")
    with transaction.atomic():
        where, found = _open(by, report)
        found.state, found.closed_at, found.closed_by = "withdrawn", at, by.username
        found.save()
        _count(where, found.unit, found, at=at, by=by)
        _finish(by, at, where, found, "fever.withdraw", {"report": found.pk})


@audits_refusals
def purge_fever(*, by: Actor, at: datetime, until: date, is_dry_run: bool = False) -> int:
    """Delete reports that are to be kept until a day before ``until``; the numbers of their days stay.

    Returns
    -------
    int   reports deleted, or of a dry run to be deleted

    Raises
    ------
    InputError     ``until`` lies ahead
    PurposeError   neither an epidemiologist nor the command line
    """
    require(by, frozenset({Role.EPIDEMIOLOGIST}), "fever.purge", is_machine_allowed=True)
    with transaction.atomic():
        where = routine_locked()
        if until > local_day(at, ZoneInfo(where.tz)):
            raise InputError(Words("截止日：须不晚于今天", "until: it lies ahead; allowed: today or earlier"))
        rows = FeverReport.objects.filter(keep_until__lt=until)
        n = rows.count()
        if is_dry_run:
            return n
        rows.delete()
        finish(
            by=by,
            at=at,
            action="fever.purge",
            outbreak=where,
            purpose=Purpose.INTAKE.value,
            body={"until": until.isoformat(), "rows": n},
        )
    return n


def _clinic(by: Actor, at: datetime) -> tuple[Outbreak, ReportingUnit, ZoneInfo]:
    where = routine_locked()
    tz = ZoneInfo(where.tz)
    unit = own_unit(by)
    require_at_work(unit, on=local_day(at, tz))
    if unit.kind not in CLINICS:
        raise PurposeError(
            Words(
                "发热病人报告：只由诊所和医院上报",
                "fever report: it is for clinics and hospitals; this unit is neither",
            )
        )
    return where, unit, tz


def _clocks(where: Outbreak, unit: ReportingUnit, entry: FeverEntry, day: date) -> dict[str, Any]:
    """When report and result are due, and by which rule; without a rule in force the rule stays empty."""
    rules = At(load_library(), where.disease, unit.area_code, day)
    report, result = rules.find("deadline", "fever_report"), rules.find("deadline", "fever_clinic_result")
    report_h = float(report.value["hours"]) if report.in_force and report.value else REPORT_WITHIN_H
    result_h = float(result.value["hours"]) if result.in_force and result.value else RESULT_WITHIN_H
    rule = report.rule if report.in_force else None
    return {
        "report_due_at": entry.seen_at + timedelta(hours=report_h),
        "result_due_at": entry.seen_at + timedelta(hours=result_h),
        "rule_id": rule.id if rule else "",
        "edition": rule.edition if rule else "",
    }


def _number(unit: ReportingUnit, day: date) -> str:
    """The clinic's own number of the day: the patient is known by it and by nothing else."""
    known = FeverReport.objects.filter(unit=unit, day=day).values_list("number", flat=True)
    last = max((int(number.rpartition("-")[2]) for number in known), default=0)
    if last >= MAX_PER_DAY:
        raise InputError(
            Words(
                f"发热病人报告：一天最多 {MAX_PER_DAY} 例；请改报当日总数",
                f"fever report: at most {MAX_PER_DAY} a day; report the day's number instead",
            )
        )
    return f"{day:%Y%m%d}-{last + 1:02d}"


def _count(where: Outbreak, unit: ReportingUnit, report: FeverReport, *, at: datetime, by: Actor) -> None:
    key = reporting.count_patients(unit.pk, area_code=report.area_code, day=report.day, at=at, by=by.username)
    if key is not None:
        reporting.materialise(where, {key})


def _open(by: Actor, report: int) -> tuple[Outbreak, FeverReport]:
    """One open report of the reporter's unit, or of the actor's area."""
    where = routine_locked()
    rows = FeverReport.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=report)
    if by.role == Role.REPORTER:
        rows = rows.filter(unit_id=own_unit(by).pk)
    elif not covers(by, where.area_code):
        rows = rows.filter(area_code__in=areas_below(by.area_code))
    found = rows.first()
    if found is None:
        raise PurposeError(_NOT_FOUND)
    if found.state != "open":
        raise ConflictError(
            Words("发热病人报告：已办结；请刷新", "fever report: it is closed; reload the page")
        )
    return where, found


def _finish(
    by: Actor, at: datetime, where: Outbreak, report: FeverReport, action: str, body: dict[str, Any]
) -> None:
    purpose = Purpose.REPORTING if by.role == Role.REPORTER else Purpose.INVESTIGATION
    finish(
        by=by,
        at=at,
        action=action,
        outbreak=where,
        purpose=purpose.value,
        rule=report.rule_id,
        edition=report.edition,
        subject=audit.subject_of("fever", report.pk),
        body=body,
    )
