"""What a unit owes and has reported, for the unit itself; the stream calendar of all units, for the staff.

Store: counts only, nobody's rows, so no audit row; single fever patients are read in access.fever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet

from fireline.clock import local_day
from fireline.errors import InputError, PurposeError
from fireline.feeds.reporting import STREAMS, Line, Owed, lines
from fireline.feeds.reporting.calendar import Came
from fireline.privacy.purposes import Purpose
from fireline.store import reporting
from fireline.store.access.scope import PAGE_LIMIT, areas_below, check, covers, outbreak_for
from fireline.store.actor import Actor
from fireline.store.models import CountReport, Outbreak, ReportBatch, ReportingUnit
from fireline.store.models.reporting_unit import FILE
from fireline.store.refusals import audits_refusals
from fireline.store.reporting import came_of, owed_by, refusal_of, routine_dossier, standing
from fireline.words import Words

CALENDAR_DAYS = 14
OWN_DAYS = 8
"""Days back that a reporter sees of the own unit."""
CONDITIONS = ("missing", "late", "reported", "waiting", "dead", "new")
"""What lines of the calendar can be filtered by."""


@dataclass(frozen=True, slots=True)
class StreamCalendar:
    """One page of the stream calendar.

    Attributes
    ----------
    rows : tuple of dict: unit, unit_name, kind, area_code, stream, owes (Words), line (feeds.reporting.Line),
        last_reported (date or None)
    days : tuple of date, oldest first
    total : int, lines that match
    counts : {condition: lines}, of those that match all but the condition
    offset, limit : int
    """

    rows: tuple[dict[str, Any], ...]
    days: tuple[date, ...]
    total: int
    counts: dict[str, int]
    offset: int
    limit: int


@audits_refusals
def stream_calendar(
    actor: Actor,
    *,
    outbreak: int,
    at: datetime,
    purpose: Purpose | str = Purpose.SITUATION,
    last: date | None = None,
    n_days: int = CALENDAR_DAYS,
    condition: str = "",
    kind: str = "",
    stream: str = "",
    area_code: str = "",
    offset: int = 0,
    limit: int = 100,
) -> StreamCalendar:
    """Who has reported and who has not: units and streams of the actor's area over some days.

    ``last`` is the newest day shown (default: today); ``condition`` is one of CONDITIONS or "": how a line
    stands (``Line.now``), or dead or new. Missing ones stand first, the longest gap before the others.

    Raises
    ------
    InputError     an unknown condition, or more than 31 days
    PurposeError   not in the actor's area, or the dossier is no routine surveillance
    """
    check(actor, purpose, Purpose.SITUATION)
    where = routine_for(actor, outbreak)
    if condition not in ("", *CONDITIONS) or not 1 <= n_days <= 31:
        allowed = ", ".join(CONDITIONS)
        raise InputError(
            Words(
                f"监测日历：筛选条件不对；允许：{allowed}；最多 31 天",
                f"stream calendar: the filter is not right; allowed: {allowed}; at most 31 days",
            )
        )
    tz = ZoneInfo(where.tz)
    newest = last or local_day(at, tz)
    days = tuple(newest - timedelta(days=n) for n in reversed(range(n_days)))
    units = {unit.pk: unit for unit in _units(actor, where, kind=kind, area_code=area_code, days=days)}
    promises = [
        (unit, owed)
        for unit, owed in owed_by(units)
        if (not stream or owed.stream == stream)
        and owed.since <= newest
        and (owed.until or newest) >= days[0]
    ]
    found = lines(promises, _came(units, days), last=newest, n_days=n_days, at=at, tz=tz)
    counts = Counter(name for line in found for name in _conditions(line))
    shown = [line for line in found if not condition or condition in _conditions(line)]
    shown.sort(key=lambda line: (-line.n_missing, units[line.unit].name, line.stream))
    offset, limit = max(0, offset), max(1, min(limit, PAGE_LIMIT))
    page = shown[offset : offset + limit]
    return StreamCalendar(
        rows=_rows(page, units, promises),
        days=days,
        total=len(shown),
        counts={name: counts[name] for name in CONDITIONS},
        offset=offset,
        limit=limit,
    )


def routine_for(actor: Actor, outbreak: int) -> Outbreak:
    """The dossier of routine surveillance, where it is this one and touches the actor's area.

    Raises
    ------
    PurposeError   it is not
    """
    found = outbreak_for(actor, outbreak)
    if found.kind != reporting.ROUTINE:
        raise PurposeError(
            Words(
                "此页只属于常规监测；请从列表中打开常规监测",
                "this page belongs to routine surveillance only; open it from the list",
            )
        )
    return found


def _conditions(line: Line) -> set[str]:
    return {line.now.value, *(["dead"] if line.is_dead else []), *(["new"] if line.is_new else [])}


def _units(
    actor: Actor, where: Outbreak, *, kind: str, area_code: str, days: Sequence[date]
) -> QuerySet[ReportingUnit]:
    """Units of the actor's area that reported or were to report on one of the days."""
    rows = ReportingUnit.objects.exclude(kind=FILE).exclude(active_to__lt=days[0])
    rows = rows.filter(active_from__lte=days[-1])
    if not covers(actor, where.area_code):
        rows = rows.filter(area_code__in=areas_below(actor.area_code))
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(area_code__in=areas_below(area_code)) if area_code else rows


def _came(units: Collection[int], days: Sequence[date]) -> dict[tuple[int, str, date], Came]:
    """What came in by unit, stream and day; numbers of several areas of one unit are one."""
    rows = CountReport.objects.filter(unit_id__in=units, date__gte=days[0], date__lte=days[-1])
    columns = ("unit_id", "stream", "area_code", "date", "received_at", "count", "denominator", "via")
    history: dict[tuple[int, str, date], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.order_by("revision").values_list(*columns, named=True):
        history[row.unit_id, row.stream, row.date][row.area_code].append(row)
    return {key: _joined([came_of(rows) for rows in areas.values()]) for key, areas in history.items()}


def _joined(parts: Sequence[Came]) -> Came:
    """Numbers of one day from several areas as one: it stands when one stands, and came with the first."""
    if len(parts) == 1:
        return parts[0]
    stands = [part for part in parts if part.count is not None]
    said = [part for part in stands if part.n_said]
    totals = [part.denominator for part in stands]
    return Came(
        first_at=min((part.first_at for part in said if part.first_at), default=None),
        last_at=max((part.last_at for part in parts if part.last_at), default=None),
        n_said=max((part.n_said for part in said), default=0),
        count=sum(part.count or 0.0 for part in stands) if stands else None,
        denominator=sum(t for t in totals if t is not None) if totals and None not in totals else None,
    )


def _rows(
    page: Sequence[Line], units: dict[int, ReportingUnit], promises: Sequence[tuple[int, Owed]]
) -> tuple[dict[str, Any], ...]:
    owes = {(unit, owed.stream): owed.words for unit, owed in promises}
    silent = [line for line in page if all(cell.count is None for cell in line.cells)]
    before = _last_reported({line.unit for line in silent})
    return tuple(
        {
            "unit": line.unit,
            "unit_name": units[line.unit].name,
            "kind": units[line.unit].kind,
            "area_code": units[line.unit].area_code,
            "stream": line.stream,
            "owes": owes[line.unit, line.stream],
            "line": line,
            "last_reported": next(
                (cell.date for cell in reversed(line.cells) if cell.count is not None),
                before.get((line.unit, line.stream)),
            ),
        }
        for line in page
    )


def _last_reported(units: Collection[int]) -> dict[tuple[int, str], date]:
    rows = CountReport.objects.filter(unit_id__in=units, count__isnull=False)
    found = rows.order_by().values_list("unit_id", "stream").annotate(last=Max("date"))
    return {(unit, stream): last for unit, stream, last in found}


# -- of the own unit -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Own:
    """A reporter's unit.

    Attributes
    ----------
    unit : dict, columns of ReportingUnit
    tz : ZoneInfo
    today : date
    owed : tuple of Owed
    refusal : Words or None, why nothing is taken in at this time
    """

    unit: dict[str, Any]
    tz: ZoneInfo
    today: date
    owed: tuple[Owed, ...]
    refusal: Words | None = None


@audits_refusals
def own(actor: Actor, *, at: datetime) -> Own:
    """The unit an account or key reports for, with what it owes.

    Raises
    ------
    PurposeError   not a reporter, or the account has no unit
    """
    check(actor, Purpose.REPORTING, Purpose.REPORTING)
    unit = ReportingUnit.objects.filter(pk=actor.reporting_unit or 0).first()
    where = routine_dossier()
    if unit is None or where is None:
        raise PurposeError(
            Words("报告单位：账号没有所属单位", "unit: the account belongs to no reporting unit")
        )
    tz = ZoneInfo(where.tz)
    today = local_day(at, tz)
    return Own(
        unit={f.attname: getattr(unit, f.attname) for f in ReportingUnit._meta.concrete_fields},
        tz=tz,
        today=today,
        owed=tuple(owed for _, owed in owed_by([unit.pk])),
        refusal=refusal_of(unit, today),
    )


@audits_refusals
def own_lines(actor: Actor, *, at: datetime, last: date | None = None, n_days: int = OWN_DAYS) -> list[Line]:
    """The calendar of the reporter's own unit."""
    mine = own(actor, at=at)
    newest = last or mine.today
    days = [newest - timedelta(days=n) for n in reversed(range(n_days))]
    pk = int(mine.unit["id"])
    promises = [(pk, owed) for owed in mine.owed]
    return lines(promises, _came([pk], days), last=newest, n_days=n_days, at=at, tz=mine.tz)


@audits_refusals
def own_day(actor: Actor, *, day: date, at: datetime) -> list[dict[str, Any]]:
    """What the reporter's unit owes for a day and has said: one dict for each stream that is promised then.

    Returns
    -------
    list of dict   stream, owed (Owed), due_at (datetime or None where the day is not owed), cell (Cell),
        before (Cell of the number before: the day before, or the week), total (Words or None)
    """
    mine = own(actor, at=at)
    days = [day - timedelta(days=n) for n in reversed(range(8))]
    pk = int(mine.unit["id"])
    promises = [(pk, owed) for owed in mine.owed]
    by_stream = {
        line.stream: line.cells
        for line in lines(promises, _came([pk], days), last=day, n_days=8, at=at, tz=mine.tz)
    }
    found = []
    for stream in (code for code in STREAMS if code in by_stream):
        held = [owed for owed in mine.owed if owed.stream == stream and owed.holds_on(day)]
        if not held:
            continue
        owed, cells = held[-1], by_stream[stream]
        is_weekly = owed.cadence.value == "weekly"
        if is_weekly and not owed.is_owed_on(day):
            continue
        found.append(
            {
                "stream": stream,
                "owed": owed,
                "due_at": owed.due_at(day, mine.tz) if owed.is_owed_on(day) else None,
                "cell": cells[-1],
                "before": cells[0] if is_weekly else cells[-2],
                "total": STREAMS[stream].total if owed.has_total else None,
            }
        )
    return found


@audits_refusals
def own_batch(actor: Actor, *, batch: int, at: datetime) -> dict[str, Any]:
    """One report of the reporter's unit: its columns, and the numbers it brought as they were given.

    Raises
    ------
    PurposeError   not a report of the own unit
    """
    mine = own(actor, at=at)
    found = ReportBatch.objects.filter(pk=batch, unit_id=mine.unit["id"]).first()
    if found is None:
        raise PurposeError(
            Words("报数：找不到；请从列表中选择", "report: not found; choose one from the list")
        )
    rows = CountReport.objects.filter(batch=found).order_by("date", "stream", "revision")
    given: dict[tuple[str, str, date], CountReport] = {}
    for row in rows:
        given.setdefault((row.stream, row.area_code, row.date), row)
    now = standing(found.unit_id, list(given))
    return {
        **{f.attname: getattr(found, f.attname) for f in ReportBatch._meta.concrete_fields},
        "faults": list(found.faults.order_by("row", "id").values()),
        "rows": [
            {
                "stream": stream,
                "area_code": area,
                "date": day,
                "count": row.count,
                "denominator": row.denominator,
                "stands": (now[stream, area, day][1].said, now[stream, area, day][1].denominator)
                == (row.count, row.denominator),
            }
            for (stream, area, day), row in given.items()
        ],
    }
