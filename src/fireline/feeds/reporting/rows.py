"""Reads the rows of one report: each is kept or refused with all its faults, and no other row suffers for it.

Chapter 1: read by actions.reporting; a row holds no field for a person, and an unknown field refuses it.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fireline.errors import unshown
from fireline.feeds.reporting.faults import ReportFault, RowFault
from fireline.feeds.reporting.owed import Cadence, Owed
from fireline.feeds.reporting.streams import STREAMS
from fireline.words import Words

MAX_ROWS = 2_000
"""Rows of one report."""
MAX_BYTES = 512 * 1024
"""Bytes of one report."""
MAX_AGE_D = 400
"""Days a number may lie back: a year of baseline and some weeks."""
MAX_COUNT = 1_000_000_000
CLOCK_SKEW = timedelta(minutes=15)
"""A day counts as begun this long before midnight, for senders whose clock runs ahead."""

Key = tuple[str, str, date]
"""Stream, area, day: what a number is of."""

FIELDS = ("stream", "area_code", "date", "count", "denominator", "withdraw")
"""Fields a row may have; stream, date and (unless withdrawn) count have to be there."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_STREAM = re.compile(r"[a-z_]{1,40}")
_AREA = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,12}){0,4}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LIKE_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.{0,9}")


@dataclass(frozen=True, slots=True)
class CountRow:
    """One number of one stream, area and day.

    Attributes
    ----------
    row : int, 1-based place in the report
    stream, area_code : str
    date : date
    count : float or None, None = the number given before is taken back
    denominator : float or None
    """

    row: int
    stream: str
    area_code: str
    date: date
    count: float | None
    denominator: float | None = None

    @property
    def key(self) -> Key:
        """What the number is of."""
        return (self.stream, self.area_code, self.date)


@dataclass(frozen=True, slots=True)
class RowLimits:
    """What holds for all rows of one report.

    Attributes
    ----------
    area_code : str, the unit's own area, for rows that name none
    areas : container of str, the unit's area and all known areas below it
    today : date, newest day that may be reported; see CLOCK_SKEW
    """

    area_code: str
    areas: Container[str]
    today: date

    @property
    def oldest(self) -> date:
        """Oldest day that may be reported."""
        return self.today - timedelta(days=MAX_AGE_D)


@dataclass(slots=True)
class _Faults:
    """Faults of one row while it is read."""

    row: int
    found: list[RowFault] = field(default_factory=list)

    def add(self, name: str, code: ReportFault, found: Words, allowed: Words) -> None:
        self.found.append(RowFault(self.row, name, code, found, allowed))


def read_rows(
    rows: Sequence[Any], *, owed: Sequence[Owed], limits: RowLimits
) -> tuple[list[CountRow], list[RowFault]]:
    """Read the rows of one report.

    Parameters
    ----------
    rows : sequence of what JSON gives   at most MAX_ROWS, which the caller has checked
    owed : what the unit owes, also promises that have ended
    limits : RowLimits

    Returns
    -------
    kept : list of CountRow, in the order given
    faults : list of RowFault, by row; a row with a fault is not among those kept
    """
    promises: dict[str, list[Owed]] = defaultdict(list)
    for one in owed:
        promises[one.stream].append(one)
    kept: list[CountRow] = []
    faults: list[RowFault] = []
    for number, row in enumerate(rows, start=1):
        said = _Faults(number)
        good = _one(row, said, promises, limits)
        faults += said.found
        if good is not None and not said.found:
            kept.append(good)
    kept, more = _once(kept)
    return kept, sorted([*faults, *more], key=lambda fault: fault.row)


def _one(
    row: Any, faults: _Faults, promises: Mapping[str, Sequence[Owed]], limits: RowLimits
) -> CountRow | None:
    if not isinstance(row, dict):
        faults.add("", ReportFault.NOT_AN_OBJECT, _kind(row), Words("对象", "an object"))
        return None
    for name in row:
        if name not in FIELDS:
            shown = Words.same(name) if _NAME.fullmatch(name) else unshown(name)
            faults.add(
                name if _NAME.fullmatch(name) else "",
                ReportFault.UNKNOWN_FIELD,
                shown,
                Words("、".join(FIELDS), ", ".join(FIELDS)),
            )
    stream = _stream(row, faults, promises)
    area_code = _area(row, faults, limits)
    day = _day(row, faults, limits)
    is_withdrawn = _withdrawn(row, faults)
    count = total = None
    if not is_withdrawn:
        is_whole = _is_whole(stream)
        count = _number(row, "count", faults, is_whole=is_whole)
        total = _number(row, "denominator", faults, is_whole=is_whole, is_needed=False)
    if stream and day:
        _promise(stream, day, faults, promises[stream], total=total, is_withdrawn=is_withdrawn)
    is_share = bool(stream) and STREAMS[stream].total is not None
    if is_share and count is not None and total is not None and count > total:
        faults.add(
            "count",
            ReportFault.ABOVE_TOTAL,
            Words.same(_said(count)),
            Words(f"不大于 {_said(total)}", f"at most {_said(total)}"),
        )
    if faults.found or day is None:
        return None
    return CountRow(faults.row, stream, area_code, day, count, total)


def _kind(value: Any) -> Words:
    """What a value is like, never the value."""
    if value is None:
        return Words("空值", "nothing")
    if isinstance(value, str):
        return unshown(value)
    if isinstance(value, bool):
        return Words("真假值", "true or false")
    if isinstance(value, int | float):
        return Words("数字", "a number")
    return Words("列表", "a list") if isinstance(value, list) else Words("对象", "an object")


def _stream(row: dict[str, Any], faults: _Faults, promises: Mapping[str, Sequence[Owed]]) -> str:
    """The stream, "" where it is faulty."""
    if "stream" not in row:
        faults.add("stream", ReportFault.MISSING, Words("没有", "nothing"), _promised(promises))
        return ""
    value = row["stream"]
    if not isinstance(value, str) or not _STREAM.fullmatch(value):
        faults.add("stream", ReportFault.UNKNOWN_STREAM, _kind(value), _promised(promises))
        return ""
    if value not in STREAMS:
        faults.add("stream", ReportFault.UNKNOWN_STREAM, Words.same(value), _promised(promises))
        return ""
    if value not in promises:
        faults.add("stream", ReportFault.NOT_OWED, Words.same(value), _promised(promises))
        return ""
    return value


def _promised(promises: Mapping[str, Sequence[Owed]]) -> Words:
    names = sorted(promises)
    return Words("、".join(names) or "无", ", ".join(names) or "none")


def _area(row: dict[str, Any], faults: _Faults, limits: RowLimits) -> str:
    value = row.get("area_code", limits.area_code)
    if isinstance(value, str) and value in limits.areas:
        return value
    shown = Words.same(value) if isinstance(value, str) and _AREA.fullmatch(value) else _kind(value)
    faults.add(
        "area_code",
        ReportFault.UNKNOWN_AREA,
        shown,
        Words(f"{limits.area_code} 或其下的地区", f"{limits.area_code} or an area below it"),
    )
    return ""


def _day(row: dict[str, Any], faults: _Faults, limits: RowLimits) -> date | None:
    allowed = Words(
        f"{limits.oldest} 至 {limits.today}，写成 2026-06-12",
        f"{limits.oldest} to {limits.today}, written as 2026-06-12",
    )
    if "date" not in row:
        faults.add("date", ReportFault.MISSING, Words("没有", "nothing"), allowed)
        return None
    value = row["date"]
    day = None
    if isinstance(value, str) and _DATE.fullmatch(value) and value.isascii():
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
    if day is None:
        is_shown = isinstance(value, str) and value.isascii() and _LIKE_A_DATE.fullmatch(value)
        faults.add("date", ReportFault.NOT_A_DATE, Words.same(value) if is_shown else _kind(value), allowed)
        return None
    if day > limits.today:
        faults.add("date", ReportFault.FUTURE_DATE, Words.same(value), allowed)
        return None
    if day < limits.oldest:
        faults.add("date", ReportFault.TOO_OLD, Words.same(value), allowed)
        return None
    return day


def _withdrawn(row: dict[str, Any], faults: _Faults) -> bool:
    value = row.get("withdraw", False)
    if not isinstance(value, bool):
        faults.add("withdraw", ReportFault.NOT_TRUE_OR_FALSE, _kind(value), Words.same("true / false"))
        return False
    if value and ("count" in row or "denominator" in row):
        faults.add(
            "withdraw",
            ReportFault.WITHDRAWN_WITH_NUMBER,
            Words("数字", "a number"),
            Words("没有数", "no number"),
        )
    return value


def _is_whole(stream: str) -> bool:
    """Whether a stream counts whole things; not asked of a faulty stream, so that no row is faulted twice."""
    return bool(stream) and STREAMS[stream].is_whole


def _number(
    row: dict[str, Any], name: str, faults: _Faults, *, is_whole: bool, is_needed: bool = True
) -> float | None:
    allowed = Words(f"0 至 {MAX_COUNT:,} 的数", f"a number from 0 to {MAX_COUNT:,}")
    if name not in row:
        if is_needed:
            faults.add(name, ReportFault.MISSING, Words("没有", "nothing"), allowed)
        return None
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        faults.add(name, ReportFault.NOT_A_NUMBER, _kind(value), allowed)
    elif value < 0:
        shown = _said(value) if value > -MAX_COUNT else "< 0"
        faults.add(name, ReportFault.NEGATIVE, Words.same(shown), allowed)
    elif value > MAX_COUNT:
        above = Words(f"大于 {MAX_COUNT:,}", f"above {MAX_COUNT:,}")
        faults.add(name, ReportFault.TOO_LARGE, above, allowed)
    elif is_whole and value != math.floor(value):
        faults.add(name, ReportFault.NOT_WHOLE, Words.same(_said(value)), Words("整数", "a whole number"))
    else:
        return float(value)
    return None


def _said(value: float) -> str:
    """A number as people write it."""
    return f"{value:.6g}" if value != math.floor(value) else f"{value:.0f}"


def _promise(
    stream: str,
    day: date,
    faults: _Faults,
    promises: Sequence[Owed],
    *,
    total: float | None,
    is_withdrawn: bool,
) -> None:
    """Check the day and the denominator against the promise that holds on that day."""
    held = [one for one in promises if one.holds_on(day)]
    if not held:
        first = min(one.since for one in promises)
        last = (
            None
            if any(one.until is None for one in promises)
            else max(one.until or first for one in promises)
        )
        faults.add(
            "date",
            ReportFault.OUTSIDE_PROMISE,
            Words.same(day.isoformat()),
            Words(f"{first} 至 {last or '今'}", f"{first} to {last or 'now'}"),
        )
        return
    one = held[-1]
    if one.cadence is Cadence.WEEKLY and day.isoweekday() != 7:
        sunday = day + timedelta(days=7 - day.isoweekday())
        faults.add(
            "date",
            ReportFault.NOT_A_WEEK_END,
            Words.same(day.isoformat()),
            Words(f"星期日，如 {sunday}", f"a Sunday, such as {sunday}"),
        )
    has_fault = any(fault.field == "denominator" for fault in faults.found)
    if one.has_total and total is None and not is_withdrawn and not has_fault:
        name = STREAMS[stream].total or Words("分母", "denominator")
        faults.add("denominator", ReportFault.MISSING_TOTAL, Words("没有", "nothing"), name)


def _once(rows: Sequence[CountRow]) -> tuple[list[CountRow], list[RowFault]]:
    """Rows of different keys: of equal ones the first is kept, of ones that differ none."""
    by_key: dict[tuple[str, str, date], list[CountRow]] = defaultdict(list)
    for row in rows:
        by_key[row.key].append(row)
    kept, faults = [], []
    for same in by_key.values():
        first, *others = same
        is_one = all((r.count, r.denominator) == (first.count, first.denominator) for r in others)
        if is_one:
            kept.append(first)
        code = ReportFault.TWICE if is_one else ReportFault.CONTRADICTION
        for row in others if is_one else same if others else ():
            rows_zh = "、".join(str(r.row) for r in same)
            rows_en = ", ".join(str(r.row) for r in same)
            faults.append(
                RowFault(
                    row.row,
                    "",
                    code,
                    Words(f"第 {rows_zh} 行", f"rows {rows_en}"),
                    Words("每天每监测流每地区一行", "one row a day, stream and area"),
                )
            )
    return kept, faults
