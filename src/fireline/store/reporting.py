"""Reported numbers: revisions are added, the newest stands, and the routine dossier holds their sums.

Store: called by actions inside their transaction, with the routine dossier locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fireline.errors import ConflictError
from fireline.feeds.reporting import CountRow, Owed, ReportFault, RowFault
from fireline.feeds.reporting.calendar import Came, stand
from fireline.feeds.reporting.owed import Cadence
from fireline.feeds.reporting.rows import Key
from fireline.store.models import (
    Count,
    CountReport,
    FeverReport,
    Outbreak,
    OwedStream,
    ReportBatch,
    ReportingUnit,
)
from fireline.store.models.reporting_unit import FILE
from fireline.words import Words

ROUTINE = "routine"
FEVER_STREAM = "fever_clinic"
"""The stream that single fever patients are counted into."""


@dataclass(slots=True)
class Added:
    """What adding rows did.

    Attributes
    ----------
    n_new, n_corrected, n_same, n_late : int; late ones are new
    keys : keys whose sums have to be made anew
    faults : rows that cannot be added as things stand
    """

    n_new: int = 0
    n_corrected: int = 0
    n_same: int = 0
    n_late: int = 0
    keys: set[Key] = field(default_factory=set)
    faults: list[RowFault] = field(default_factory=list)


def routine_dossier() -> Outbreak | None:
    """The routine surveillance of this home, where it was begun."""
    return Outbreak.objects.filter(kind=ROUTINE).first()


def refusal_of(unit: ReportingUnit, on: date) -> Words | None:
    """Why nothing is taken in of a unit on a day: its contract or itself has ended; None where it is at work.

    Numbers of the last day may come in the week after it.
    """
    if unit.expires is not None and unit.expires < on:
        return Words(
            f"来源协议已于 {unit.expires} 到期，不得再据此接收报数；请与疾控中心续签",
            f"contract: it ended on {unit.expires}; nothing is taken in any more: renew it with the CDC",
        )
    has_ended = unit.active_to is not None and on > unit.active_to + timedelta(days=7)
    if on < unit.active_from or has_ended:
        return Words(
            "报告单位：不在报送期内；请联系疾控中心",
            "unit: it does not report at this time; ask the CDC",
        )
    return None


def owed_by(units: Collection[int]) -> list[tuple[int, Owed]]:
    """What units owe and owed, by unit, stream and first day."""
    rows = OwedStream.objects.filter(unit_id__in=units).order_by("unit_id", "stream", "since")
    return [
        (
            row.unit_id,
            Owed(row.stream, Cadence(row.cadence), row.due_min, row.has_total, row.since, row.until),
        )
        for row in rows
    ]


def standing(unit: int, keys: Collection[Key]) -> dict[Key, tuple[int, Came]]:
    """What stands of a unit for these keys: number of the newest revision, and what it says."""
    if not keys:
        return {}
    rows = CountReport.objects.filter(unit_id=unit, **_rectangle(keys)).order_by("revision")
    wanted, found = set(keys), defaultdict(list)
    for row in rows:
        key = (row.stream, row.area_code, row.date)
        if key in wanted:
            found[key].append(row)
    return {key: (rows[-1].revision, came_of(rows)) for key, rows in found.items()}


def came_of(revisions: Iterable[Any]) -> Came:
    """What revisions of one key, oldest first, come to."""
    return stand((r.received_at, r.count, r.denominator, r.via == "fever") for r in revisions)


def add_rows(
    rows: Sequence[CountRow],
    *,
    batch: ReportBatch,
    at: datetime,
    by: str,
    tz: ZoneInfo,
    owed: Sequence[Owed] = (),
) -> Added:
    """Add one revision for each row that says something new.

    A row that takes a number back brings back what single fever patients of that day say, if any.
    """
    done = Added()
    known = standing(batch.unit_id, [row.key for row in rows])
    floors = _fever_counts(batch.unit_id, {row.key for row in rows})
    made: list[CountReport] = []
    for row in rows:
        revision, came = known.get(row.key, (0, None))
        floor = floors.get(row.key, 0)
        is_there = came is not None and came.count is not None and not came.is_so_far
        fault = _fault(row, is_there=is_there, floor=floor)
        if fault is not None:
            done.faults.append(fault)
            continue
        if is_there and came and (came.count, came.denominator) == (row.count, row.denominator):
            done.n_same += 1
            continue
        made.append(_revision(batch, row.key, revision + 1, row.count, row.denominator, at=at, by=by))
        if row.count is None and floor:
            made.append(
                _revision(batch, row.key, revision + 2, float(floor), None, at=at, by=by, via="fever")
            )
        done.keys.add(row.key)
        if is_there:
            done.n_corrected += 1
        else:
            done.n_new += 1
            done.n_late += _is_late(owed, row, at=at, tz=tz)
    CountReport.objects.bulk_create(made, batch_size=500)
    return done


def _fault(row: CountRow, *, is_there: bool, floor: int) -> RowFault | None:
    if row.count is None and not is_there:
        return RowFault(
            row.row,
            "withdraw",
            ReportFault.NOTHING_TO_WITHDRAW,
            Words("没有报数", "no number"),
            Words("已收下的报数", "a number that was kept"),
        )
    if row.count is not None and row.count < floor:
        return RowFault(
            row.row,
            "count",
            ReportFault.BELOW_FEVER_REPORTS,
            Words.same(f"{row.count:.0f}"),
            Words(f"{floor} 或以上", f"{floor} or more"),
        )
    return None


def _is_late(owed: Sequence[Owed], row: CountRow, *, at: datetime, tz: ZoneInfo) -> bool:
    return any(
        one.stream == row.stream and one.is_owed_on(row.date) and at > one.due_at(row.date, tz)
        for one in owed
    )


def _revision(
    batch: ReportBatch | None,
    key: Key,
    revision: int,
    count: float | None,
    denominator: float | None,
    *,
    at: datetime,
    by: str,
    via: str = "",
    unit: int = 0,
) -> CountReport:
    stream, area_code, day = key
    return CountReport(
        unit_id=batch.unit_id if batch is not None else unit,
        batch=batch,
        stream=stream,
        area_code=area_code,
        date=day,
        revision=revision,
        count=count,
        denominator=denominator,
        via=via or (batch.via if batch is not None else "fever"),
        received_at=at,
        received_by=by,
    )


def count_patients(unit: int, *, area_code: str, day: date, at: datetime, by: str) -> Key | None:
    """Let the number of a day be at least that of its single fever patients; the key where it changed."""
    key = (FEVER_STREAM, area_code, day)
    revision, came = standing(unit, [key]).get(key, (0, None))
    n = _fever_counts(unit, {key}).get(key, 0)
    typed = came.said if came is not None else None
    wanted = max(typed, n) if typed is not None else float(n) if n else None
    if wanted == (came.count if came is not None else None):
        return None
    total = came.denominator if came is not None and typed is not None else None
    _revision(None, key, revision + 1, wanted, total, at=at, by=by, unit=unit).save(force_insert=True)
    return key


def _fever_counts(unit: int, keys: Collection[Key]) -> dict[Key, int]:
    """Single fever patients of a unit that stand, for the keys of the stream they are counted into."""
    days = {day for stream, _, day in keys if stream == FEVER_STREAM}
    if not days:
        return {}
    found: dict[Key, int] = defaultdict(int)
    rows = FeverReport.objects.filter(unit_id=unit, day__gte=min(days), day__lte=max(days))
    for area_code, day in rows.exclude(state="withdrawn").values_list("area_code", "day"):
        found[FEVER_STREAM, area_code, day] += 1
    return {key: found[key] for key in keys if key in found}


def take_back(batch: ReportBatch, *, at: datetime, by: str) -> set[Key]:
    """Let what stood before a report stand again; each number gets a further revision, none goes.

    Raises
    ------
    ConflictError   one of its numbers was corrected since
    """
    keys = set(CountReport.objects.filter(batch=batch).values_list("stream", "area_code", "date"))
    if not keys:
        return set()
    history: dict[Key, list[CountReport]] = defaultdict(list)
    rows = CountReport.objects.filter(unit_id=batch.unit_id, **_rectangle(keys)).order_by("revision")
    for row in rows:
        history[row.stream, row.area_code, row.date].append(row)
    floors = _fever_counts(batch.unit_id, keys)
    made: list[CountReport] = []
    for key in sorted(keys):
        made += _undone(batch, key, history[key], floors.get(key, 0), at=at, by=by)
    CountReport.objects.bulk_create(made, batch_size=500)
    return {(r.stream, r.area_code, r.date) for r in made}


def _undone(
    batch: ReportBatch, key: Key, revisions: Sequence[CountReport], floor: int, *, at: datetime, by: str
) -> list[CountReport]:
    """Revisions that let stand what stood of one key before a batch; none where it stands already."""
    mine = [r.revision for r in revisions if r.batch_id == batch.pk]
    if any(r.revision > max(mine) and r.via != "fever" for r in revisions):
        raise ConflictError(
            Words(
                "报数：其中一项之后又更正过；请逐项更正",
                "report: one of its numbers was corrected since; correct them one by one",
            )
        )
    before, now = came_of(r for r in revisions if r.revision < min(mine)), came_of(revisions)
    number = revisions[-1].revision
    if _word(before) == _word(now):
        return []
    # what the unit said and what its patients say stay apart: a patient taken back later leaves the former
    said, total = before.said, before.denominator if before.said is not None else None
    made = [_revision(batch, key, number + 1, said, total, at=at, by=by)]
    if floor > (said or 0):
        made.append(_revision(batch, key, number + 2, float(floor), total, at=at, by=by, via="fever"))
    return made


def _word(came: Came) -> tuple[float, float | None] | None:
    """What a unit itself says of a number; None where it says nothing."""
    return None if came.said is None else (came.said, came.denominator)


def materialise(dossier: Outbreak, keys: Collection[Key]) -> int:
    """Make the sums over units of these keys anew; returns how many rows of the dossier changed.

    A number of a file stands only where no unit reports the key itself; a key of which nothing stands has no
    row, which is a gap and not a zero. The denominator is the sum where every summed number has one. Beside
    the sum stands how many units are in it and how many owed a number for that day (store.coverage reads how
    large they are).
    """
    if not keys:
        return 0
    sums = _sums(keys)
    rows = Count.objects.filter(outbreak_id=dossier.pk, **_rectangle(keys))
    old = {(r.stream, r.area_code, r.date): r for r in rows if (r.stream, r.area_code, r.date) in keys}
    new, changed = [], []
    due = _n_due(keys)
    for key in keys:
        if key not in sums:
            continue
        said = {**dict(zip(("count", "denominator", "n_units"), sums[key], strict=True)), "n_due": due[key]}
        row = old.get(key)
        if row is None:
            stream, area_code, day = key
            new.append(
                Count(
                    outbreak_id=dossier.pk,
                    stream=stream,
                    area_code=area_code,
                    date=day,
                    **said,
                )
            )
        elif any(getattr(row, name) != value for name, value in said.items()):
            for name, value in said.items():
                setattr(row, name, value)
            changed.append(row)
    gone = [row.pk for key, row in old.items() if key not in sums]
    Count.objects.bulk_create(new, batch_size=500)
    Count.objects.bulk_update(changed, ["count", "denominator", "n_units", "n_due"], batch_size=200)
    Count.objects.filter(pk__in=gone).delete()
    return len(new) + len(changed) + len(gone)


def _n_due(keys: Collection[Key]) -> dict[Key, int]:
    """Units that owe a number for each key."""
    areas = {area for _, area, _ in keys}
    units = dict(ReportingUnit.objects.filter(area_code__in=areas).values_list("id", "area_code"))
    owed: dict[tuple[str, str], list[tuple[int, Owed]]] = defaultdict(list)
    for unit, one in owed_by(list(units)):
        owed[one.stream, units[unit]].append((unit, one))
    return {key: len({unit for unit, one in owed[key[0], key[1]] if one.is_owed_on(key[2])}) for key in keys}


def _sums(keys: Collection[Key]) -> dict[Key, tuple[float, float | None, int | None]]:
    """Sum, denominator and number of units by key; the number is None where a file says it."""
    newest: dict[tuple[Key, int], tuple[bool, float | None, float | None]] = {}
    rows = CountReport.objects.filter(**_rectangle(keys)).order_by("revision")
    columns = ("stream", "area_code", "date", "unit_id", "unit__kind", "count", "denominator")
    for stream, area_code, day, unit, kind, count, denominator in rows.values_list(*columns):
        newest[(stream, area_code, day), unit] = (kind == FILE, count, denominator)
    parts: dict[Key, dict[bool, list[tuple[float, float | None]]]] = defaultdict(lambda: defaultdict(list))
    for (key, _unit), (is_file, count, denominator) in newest.items():
        if count is not None and key in keys:
            parts[key][is_file].append((count, denominator))
    found = {}
    for key, kinds in parts.items():
        stands = kinds[False] or kinds[True]
        totals = [denominator for _, denominator in stands]
        total = None if any(t is None for t in totals) else float(sum(t for t in totals if t is not None))
        n_units = len(kinds[False]) or None
        found[key] = (float(sum(count for count, _ in stands)), total, n_units)
    return found


def _rectangle(keys: Collection[Key]) -> dict[str, Any]:
    """Condition that holds for all keys, and for few others."""
    days = [day for _, _, day in keys]
    return {
        "stream__in": sorted({stream for stream, _, _ in keys}),
        "area_code__in": sorted({area for _, area, _ in keys}),
        "date__gte": min(days),
        "date__lte": max(days),
    }
