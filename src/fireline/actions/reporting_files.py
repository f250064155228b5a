"""Counts that come as a file into routine surveillance: revisions like a unit's reports, one batch a file.

Actions: used by imports; a number of a file stands only where no unit reports that stream, area and day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fireline.clock import local_day
from fireline.errors import Fault, FaultCode
from fireline.feeds.reporting import STREAMS, CountRow
from fireline.feeds.reporting.rows import CLOCK_SKEW, Key
from fireline.pipeline.intake import Intake
from fireline.records.model import Records
from fireline.store import reporting
from fireline.store.models import CountReport, ImportBatch, Outbreak, ReportBatch, ReportingUnit
from fireline.store.models.reporting_unit import FILE
from fireline.words import Words

TABLE = "counts"
UNIT_NAME = "文件导入 file import"


@dataclass(frozen=True, slots=True)
class Checked:
    """An upload without the counts that cannot be taken in.

    Attributes
    ----------
    intake : Intake
    faults : tuple of Fault, of the counts that are out; they name the number, since rows were merged
    n_beside : int, numbers that will not stand, because a unit reports them itself
    """

    intake: Intake
    faults: tuple[Fault, ...] = ()
    n_beside: int = 0

    @property
    def note(self) -> Words | None:
        """What is said of numbers that will not stand."""
        if not self.n_beside:
            return None
        n = self.n_beside
        return Words(
            f"其中 {n} 个数由报告单位自行上报，以单位的报数为准",
            f"{n} of these numbers are reported by units themselves; theirs stand",
        )


def check(intake: Intake, where: Outbreak, *, file: str, at: datetime) -> Checked:
    """Take days that lie ahead, and decimals of streams that count whole things, out of an upload."""
    if where.kind != reporting.ROUTINE or not intake.records.has(TABLE):
        return Checked(intake)
    frame = intake.records.table(TABLE)
    today = local_day(at + CLOCK_SKEW, ZoneInfo(where.tz))
    faults: list[Fault] = []
    kept = []
    for number, row in enumerate(frame.iter_rows(named=True)):
        found = _fault(row, today, file=file)
        if found is None:
            kept.append(number)
        else:
            faults.append(found)
    good = frame[kept]
    records = replace(
        intake.records,
        tables={**intake.records.tables, TABLE: good},
        faults=(*intake.records.faults, *faults),
    )
    keys = {(r["stream"], r["area_code"], r["date"]) for r in good.iter_rows(named=True)}
    return Checked(replace(intake, records=records), tuple(faults), _beside(keys))


def _fault(row: Mapping[str, Any], today: date, *, file: str) -> Fault | None:
    name = f"{row['stream'][:60]} {row['date']}"
    if row["date"] > today:
        return Fault(
            file=file,
            row=None,
            column="date",
            code=FaultCode.FUTURE_DAY,
            found=Words.same(name),
            allowed=Words(f"{today} 或更早", f"{today} or earlier"),
            effect="rejected",
        )
    stream = STREAMS.get(row["stream"])
    if stream is not None and stream.is_whole and row["count"] != math.floor(row["count"]):
        return Fault(
            file=file,
            row=None,
            column="count",
            code=FaultCode.NOT_WHOLE,
            found=Words.same(f"{name}: {row['count']:g}"),
            allowed=Words("整数", "a whole number"),
            effect="rejected",
        )
    return None


def _beside(keys: set[Key]) -> int:
    if not keys:
        return 0
    days = [day for _, _, day in keys]
    rows = CountReport.objects.filter(date__gte=min(days), date__lte=max(days)).exclude(unit__kind=FILE)
    reported = set(rows.values_list("stream", "area_code", "date").distinct())
    return len(keys & reported)


def take_in(
    records: Records, found: ImportBatch, where: Outbreak, *, at: datetime, by: str
) -> tuple[Records, Any]:
    """Add the counts of an upload as revisions; returns the other tables and what was added, or None."""
    if where.kind != reporting.ROUTINE or not records.has(TABLE):
        return records, None
    unit, _ = ReportingUnit.objects.get_or_create(
        kind=FILE,
        defaults={
            "name": UNIT_NAME,
            "area_code": where.area_code,
            "active_from": date.min,
            "made_at": at,
            "made_by": by,
        },
    )
    rows = [
        CountRow(number, r["stream"], r["area_code"], r["date"], r["count"], r["denominator"])
        for number, r in enumerate(records.table(TABLE).iter_rows(named=True), start=1)
    ]
    batch = ReportBatch.objects.create(
        unit=unit,
        key=f"import-{found.pk}",
        body_hash=found.digest,
        via="file",
        received_at=at,
        received_by=by,
    )
    added = reporting.add_rows(rows, batch=batch, at=at, by=by, tz=ZoneInfo(where.tz))
    batch.n_rows, batch.n_new = len(rows), added.n_new
    batch.n_corrected, batch.n_same = added.n_corrected, added.n_same
    batch.save()
    reporting.materialise(where, added.keys)
    others = {name: frame for name, frame in records.tables.items() if name != TABLE}
    return replace(records, tables=others), added


def take_back(found: ImportBatch, where: Outbreak, *, at: datetime, by: str) -> int:
    """Take the counts of an upload back; returns the numbers it concerned.

    Raises
    ------
    ConflictError   a later file says another number
    """
    batch = ReportBatch.objects.filter(unit__kind=FILE, key=f"import-{found.pk}").first()
    if batch is None:
        return 0
    keys = reporting.take_back(batch, at=at, by=by)
    reporting.materialise(where, keys)
    return len(keys)
