"""Reports of daily counts: taken in once, row by row, corrected by a further revision, taken back as a whole.

Actions: the same key with the same content gets the same answer; what was refused is kept as faults.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import REPORTERS, finish, require
from fireline.actions.reporting_units import require_at_work
from fireline.clock import local_day
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.feeds.reporting import Owed, ReportFault, RowFault, RowLimits, read_rows
from fireline.feeds.reporting.rows import CLOCK_SKEW, MAX_ROWS
from fireline.privacy.purposes import Purpose
from fireline.store import reporting
from fireline.store.access.scope import areas_below
from fireline.store.actor import Actor
from fireline.store.models import CountReport, Outbreak, ReportBatch, ReportingUnit, ReportRowFault
from fireline.store.refusals import audits_refusals
from fireline.words import Words

BATCHES_PER_HOUR = 600
"""Reports of one unit in an hour; a repeat of one is not counted."""
SKEW_TOLD = timedelta(minutes=5)
"""A sender whose clock differs by more is told."""
UNDO_WITHOUT_HOUR = timedelta(hours=24)
"""How long a number that no hour binds can be taken back."""
_KEY = re.compile(r"[A-Za-z0-9._:-]{8,128}")


class TooManyReports(PurposeError):  # noqa: N818 - read as what happened
    """More reports in an hour than a unit may send; ``wait_s`` says how long to wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            Words(
                f"报数：一小时内超过 {BATCHES_PER_HOUR} 次；请稍后再报，或合并成一次",
                f"report: more than {BATCHES_PER_HOUR} in an hour; wait, or send more rows at once",
            )
        )
        self.wait_s = wait_s


class ReusedKey(ConflictError):  # noqa: N818 - read as what happened
    """The key belongs to a report that said something else."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one report.

    Attributes
    ----------
    batch : int
    received_at : datetime, UTC
    n_rows, n_new, n_corrected, n_same, n_late, n_rejected : int   rows = new + corrected + same + rejected;
        late ones are new
    skew_s : int or None, the sender's clock minus this one
    faults : tuple of RowFault, by row
    is_repeat : bool, the same report had come before: nothing was done
    """

    batch: int
    received_at: datetime
    n_rows: int
    n_new: int
    n_corrected: int
    n_same: int
    n_late: int
    n_rejected: int
    skew_s: int | None
    faults: tuple[RowFault, ...]
    is_repeat: bool = False

    @property
    def n_kept(self) -> int:
        """Rows that stand now."""
        return self.n_rows - self.n_rejected

    @property
    def is_clock_off(self) -> bool:
        """Whether the sender's clock differs by more than SKEW_TOLD."""
        return self.skew_s is not None and abs(self.skew_s) > SKEW_TOLD.total_seconds()


@audits_refusals
def take_in_counts(
    *,
    by: Actor,
    at: datetime,
    key: str,
    rows: Sequence[Any],
    sent_at: datetime | None = None,
    via: str = "form",
) -> Receipt:
    """Take in one report of a unit: good rows are kept, bad ones become faults, nothing is lost.

    ``by`` is a reporter: a signed-in one, or the one behind a key. ``key`` is the sender's own name of this
    report; ``rows`` are as ``read_rows`` reads them; ``sent_at`` is the sender's clock, where it says it.

    Returns
    -------
    Receipt   the same one for the same key and content

    Raises
    ------
    ReusedKey        the key belongs to a report that said something else
    InputError       no fit key, no rows, or more than MAX_ROWS
    TooManyReports   more than BATCHES_PER_HOUR
    PurposeError     not a reporter, or the unit or its contract has ended
    """
    require(by, REPORTERS, "report.take_in")
    _check(key, rows)
    content = _hash(rows)
    with transaction.atomic():
        where, unit, tz = _at_work(by, at)
        earlier = ReportBatch.objects.filter(unit=unit, key=key).first()
        if earlier is not None:
            return _repeat(earlier, content)
        _limit(unit, at)
        owed = [one for _, one in reporting.owed_by([unit.pk])]
        kept, faults = read_rows(rows, owed=owed, limits=_limits(unit, at, tz))
        batch = ReportBatch.objects.create(
            unit=unit,
            key=key,
            body_hash=content,
            via=via,
            received_at=at,
            received_by=by.username,
            skew_s=None if sent_at is None else round((sent_at - at).total_seconds()),
        )
        added = reporting.add_rows(kept, batch=batch, at=at, by=by.username, tz=tz, owed=owed)
        faults = sorted([*faults, *added.faults], key=lambda fault: fault.row)
        _finish_batch(batch, added, n_rows=len(rows), faults=faults)
        reporting.materialise(where, added.keys)
        body = {"unit": unit.pk, "batch": batch.pk, "via": via, "rows": batch.n_rows, "new": batch.n_new}
        body |= {"corrected": batch.n_corrected, "rejected": batch.n_rejected, "digest": content}
        finish(
            by=by,
            at=at,
            action="report.take_in",
            outbreak=where,
            purpose=Purpose.REPORTING.value,
            body=body,
        )
    return _receipt(batch, faults)


@audits_refusals
def take_back_counts(*, by: Actor, at: datetime, batch: int) -> int:
    """Take a report back: what stood before it stands again; returns the numbers it concerned.

    Possible until the hour of each of its numbers, and for numbers that no hour binds for 24 hours.

    Raises
    ------
    ConflictError   an hour has passed, or one of the numbers was corrected since: correct it instead
    PurposeError    not a reporter, no such report of the unit, or the unit or its contract has ended
    """
    require(by, REPORTERS, "report.take_back")
    with transaction.atomic():
        where, unit, tz = _at_work(by, at)
        found = ReportBatch.objects.filter(unit=unit, pk=batch).first()
        if found is None:
            raise PurposeError(
                Words("报数：找不到；请从列表中选择", "report: not found; choose one from the list")
            )
        if not may_take_back(found, at=at, tz=tz):
            raise ConflictError(
                Words(
                    "报数：报送时限已过，不能撤销；请直接更正",
                    "report: its hour has passed and it cannot be taken back; correct it instead",
                )
            )
        keys = reporting.take_back(found, at=at, by=by.username)
        reporting.materialise(where, keys)
        finish(
            by=by,
            at=at,
            action="report.take_back",
            outbreak=where,
            purpose=Purpose.REPORTING.value,
            body={"unit": unit.pk, "batch": batch, "numbers": len(keys)},
        )
    return len(keys)


def may_take_back(batch: ReportBatch, *, at: datetime, tz: ZoneInfo) -> bool:
    """Whether the hours of all numbers of a report are still to come."""
    owed = [one for _, one in reporting.owed_by([batch.unit_id])]
    days = CountReport.objects.filter(batch=batch).values_list("stream", "date").distinct()
    return all(at <= _last_moment(owed, batch, stream, day, tz) for stream, day in days)


def _last_moment(owed: Sequence[Owed], batch: ReportBatch, stream: str, day: Any, tz: ZoneInfo) -> datetime:
    dues = [one.due_at(day, tz) for one in owed if one.stream == stream and one.is_owed_on(day)]
    return max(dues) if dues else batch.received_at + UNDO_WITHOUT_HOUR


def own_unit(by: Actor) -> ReportingUnit:
    """The unit that a reporter reports for.

    Raises
    ------
    PurposeError   the account has none
    """
    found = ReportingUnit.objects.filter(pk=by.reporting_unit).first() if by.reporting_unit else None
    if found is None:
        raise PurposeError(
            Words("报告单位：账号没有所属单位", "unit: the account belongs to no reporting unit")
        )
    return found


def routine_locked() -> Outbreak:
    """The dossier of routine surveillance, locked until the transaction ends.

    Raises
    ------
    ConflictError   it was not begun yet
    """
    found = Outbreak.objects.select_for_update().filter(kind=reporting.ROUTINE).first()
    if found is None:
        raise ConflictError(
            Words(
                "常规监测：尚未建立；请先用 fireline unit add 登记报告单位",
                "routine surveillance: not begun yet; register a unit with `fireline unit add`",
            )
        )
    return found


def _at_work(by: Actor, at: datetime) -> tuple[Outbreak, ReportingUnit, ZoneInfo]:
    where = routine_locked()
    tz = ZoneInfo(where.tz)
    unit = own_unit(by)
    require_at_work(unit, on=local_day(at, tz))
    return where, unit, tz


def _check(key: str, rows: Sequence[Any]) -> None:
    if not _KEY.fullmatch(key):
        raise InputError(
            Words(
                "报数：Idempotency-Key 须为 8 至 128 个字母、数字或 . _ : -，每次报数各不相同",
                "report: the Idempotency-Key is 8 to 128 letters, digits or . _ : -, another for each report",
            )
        )
    if not 1 <= len(rows) <= MAX_ROWS:
        raise InputError(
            Words(
                f"报数：{len(rows)} 行；允许 1 至 {MAX_ROWS} 行；请分几次报",
                f"report: {len(rows)} rows; allowed: 1 to {MAX_ROWS}; send several reports",
            )
        )


def _hash(rows: Sequence[Any]) -> str:
    """Hash of what a report says; spaces and the order of fields do not change it."""
    text = json.dumps(list(rows), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _repeat(earlier: ReportBatch, content: str) -> Receipt:
    if earlier.body_hash != content:
        raise ReusedKey(
            Words(
                "报数：此 Idempotency-Key 已用于内容不同的报数；新的报数请换一个",
                "report: this Idempotency-Key belongs to a report that said something else; "
                "use another for a new one",
            )
        )
    return receipt_of(earlier, is_repeat=True)


def receipt_of(batch: ReportBatch, *, is_repeat: bool = False) -> Receipt:
    """The answer that a report got."""
    faults = [
        RowFault(
            row=f.row,
            field=f.field,
            code=ReportFault(f.code),
            found=Words(f.found_zh, f.found_en),
            allowed=Words(f.allowed_zh, f.allowed_en),
        )
        for f in batch.faults.order_by("row", "id")
    ]
    return _receipt(batch, faults, is_repeat=is_repeat)


def _receipt(batch: ReportBatch, faults: Sequence[RowFault], *, is_repeat: bool = False) -> Receipt:
    return Receipt(
        batch=batch.pk,
        received_at=batch.received_at,
        n_rows=batch.n_rows,
        n_new=batch.n_new,
        n_corrected=batch.n_corrected,
        n_same=batch.n_same,
        n_late=batch.n_late,
        n_rejected=batch.n_rejected,
        skew_s=batch.skew_s,
        faults=tuple(faults),
        is_repeat=is_repeat,
    )


def _limit(unit: ReportingUnit, at: datetime) -> None:
    hour = timedelta(hours=1)
    recent = ReportBatch.objects.filter(unit=unit, received_at__gt=at - hour).order_by("-received_at")
    times = list(recent.values_list("received_at", flat=True)[:BATCHES_PER_HOUR])
    if len(times) >= BATCHES_PER_HOUR:
        raise TooManyReports(int((times[-1] + hour - at).total_seconds()) + 1)


def _limits(unit: ReportingUnit, at: datetime, tz: ZoneInfo) -> RowLimits:
    return RowLimits(
        area_code=unit.area_code,
        areas=frozenset(areas_below(unit.area_code)),
        today=local_day(at + CLOCK_SKEW, tz),
    )


def _finish_batch(
    batch: ReportBatch, added: reporting.Added, *, n_rows: int, faults: Sequence[RowFault]
) -> None:
    batch.n_rows, batch.n_new, batch.n_corrected = n_rows, added.n_new, added.n_corrected
    batch.n_same, batch.n_late = added.n_same, added.n_late
    batch.n_rejected = n_rows - added.n_new - added.n_corrected - added.n_same
    batch.save()
    ReportRowFault.objects.bulk_create(
        [
            ReportRowFault(
                batch=batch,
                row=f.row,
                field=f.field[:40],
                code=f.code.value,
                found_zh=f.found.zh[:400],
                found_en=f.found.en[:400],
                allowed_zh=f.allowed.zh[:400],
                allowed_en=f.allowed.en[:400],
            )
            for f in faults
        ],
        batch_size=500,
    )
