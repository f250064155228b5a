"""Read dates and times as people write them, each with the precision it was written with.

Chapter 2: used by ``records.clean``; a date alone never becomes an hour.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from fireline.words import Words

FIRST_YEAR, LAST_YEAR = 1900, 2100
ALLOWED = Words(
    "日期或时间，如 2026-06-12、2026-06-12 14、2026-06-12T14:05+08:00；3/2/2020 这类写法"
    '请在 feeds.toml 中写明 dates = "day_first"（日在前）或 "month_first"（月在前）',
    "a date or time such as 2026-06-12, 2026-06-12 14, 2026-06-12T14:05+08:00; "
    'for 3/2/2020 say dates = "day_first" or "month_first" in feeds.toml',
)
_SERIAL_DAYS = (10_000, 80_000)  # 1927 to 2119
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  wall-clock time, the zone comes later
_MONTHS = {m: i for i, m in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip

_TIME = (
    r"(?:(?:T|\s+)\s*(?P<h>\d{1,2})(?:(?:\s*[:h]\s*|\s*[时点]\s*)(?P<mi>\d{1,2})?\s*分?"
    r"(?:[:](?P<s>\d{1,2})(?:[.,]\d{1,9})?)?(?:\s*秒)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<off>Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$"
)
_ISO = re.compile(
    r"^(?P<y>\d{4})(?:(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})|\s*年\s*(?P<m2>\d{1,2})\s*月\s*(?P<d2>\d{1,2})\s*[日号])"
    + _TIME,
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?$"
)
_NUMERIC = re.compile(
    r"^(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})" + _TIME, re.IGNORECASE
)
_NAMED = re.compile(
    r"^(?P<d>\d{1,2})[\s-]+(?P<mon>[a-z]{3,9})\.?[\s,-]+(?P<y>\d{4}|\d{2})" + _TIME, re.IGNORECASE
)
_NAMED_US = re.compile(
    r"^(?P<mon>[a-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})" + _TIME, re.IGNORECASE
)
_WEEK = re.compile(r"^(?P<y>\d{4})\s*(?:-?\s*[Ww]\s*|年\s*第\s*)(?P<w>\d{1,2})\s*周?$")
_SERIAL = re.compile(r"^\d{5}(?:\.\d{1,12})?$")


@dataclass(frozen=True, slots=True)
class Moment:
    """One written time: wall-clock value, offset if it was written, precision.

    Attributes
    ----------
    wall : naive datetime
    offset : timedelta or None
    precision : str, minute, hour or day
    is_whole : bool, False where a day was read and the time of day beside it cannot be (12:60)
    is_day_end : bool, written as 24:00, which no program adds to a day: somebody meant the hour
    """

    wall: datetime
    offset: timedelta | None
    precision: str
    is_whole: bool = True
    is_day_end: bool = False

    def instant(self, tz: ZoneInfo) -> datetime:
        """Aware UTC instant; without an offset the wall clock is that of ``tz``."""
        if self.offset is None:
            return self.wall.replace(tzinfo=tz).astimezone(UTC)
        return (self.wall - self.offset).replace(tzinfo=UTC)

    def day(self, tz: ZoneInfo) -> date:
        """Calendar day in ``tz``."""
        return self.wall.date() if self.offset is None else self.instant(tz).astimezone(tz).date()


def read_moment(text: str, *, order: str = "", serials: bool = False) -> Moment | None:
    """Read one date or time, None where it cannot be read or is ambiguous.

    Parameters
    ----------
    text : as written; full-width digits are understood
    order : "day_first", "month_first" or "" (an ambiguous 3/2/2020 is then not read)
    serials : a bare number is an Excel serial date (1900 system)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > 60:
        return None
    if serials and _SERIAL.match(plain):
        return _from_serial(float(plain))
    for pattern in (_ISO, _COMPACT, _NUMERIC, _NAMED, _NAMED_US):
        found = pattern.match(plain)
        if found:
            return _from_parts(found.groupdict(), order)
    return None


def read_week(text: str) -> date | None:
    """Monday of an ISO week written as 2012-W40, 2012W40 or 2012年第40周; None where it is none.

    For days that counts stand on only: as the day of a person's onset a Monday would be invented.
    """
    found = _WEEK.match(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    year, week = int(found["y"]), int(found["w"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:  # week 0, or 53 in a year of 52
        return None


def _from_serial(days: float) -> Moment | None:
    if not _SERIAL_DAYS[0] <= days <= _SERIAL_DAYS[1]:
        return None
    wall = _SERIAL_ZERO + timedelta(minutes=round(days * 1440))
    return Moment(wall, None, "day" if days == int(days) else "minute")


def _from_parts(parts: dict[str, str | None], order: str) -> Moment | None:
    """Moment of the named groups of one pattern."""
    year = int(parts["y"] or 0)
    is_short = len(str(parts["y"])) == 2
    if parts.get("mon"):
        month = _MONTHS.get(str(parts["mon"])[:3].lower(), 0)
        day = int(parts["d"] or 0)
    elif parts.get("a"):
        ordered = _order(
            int(str(parts["a"])), int(str(parts["b"])), order, is_short=len(str(parts["y"])) == 2
        )
        if ordered is None:
            return None
        day, month = ordered
    else:
        month = int(parts.get("m") or parts.get("m2") or 0)
        day = int(parts.get("d") or parts.get("d2") or 0)
    if is_short:  # 0012 is a slip of the pen, not 2012
        year += 2000
    return _moment(year, month, day, parts)


def _order(first: int, second: int, order: str, *, is_short: bool) -> tuple[int, int] | None:
    """(day, month) of 3/2/..., None where only the sender can know."""
    if order == "day_first":
        return first, second
    if order == "month_first":
        return second, first
    if is_short:
        return None  # 03/02/01 may even start with the year
    if first == second or first > 12:
        return first, second
    return (second, first) if second > 12 else None


def _moment(year: int, month: int, day: int, parts: dict[str, str | None]) -> Moment | None:
    hour_text, minute_text = parts.get("h"), parts.get("mi")
    hour, minute, second = int(hour_text or 0), int(minute_text or 0), int(parts.get("s") or 0)
    half = (parts.get("half") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    next_day = hour == 24 and minute == 0 and second == 0
    try:
        wall = datetime(year, month, day)  # noqa: DTZ001
    except ValueError:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if minute > 59 or second > 60 or (hour > 23 and not next_day):
        return Moment(wall, None, "day", is_whole=False)
    wall += timedelta(hours=0 if next_day else hour, minutes=minute, seconds=min(second, 59))
    wall += timedelta(days=1) if next_day else timedelta()
    precision = "day" if hour_text is None else "minute" if minute_text is not None else "hour"
    offset = _offset(parts.get("off"))
    if offset is not None and abs(offset) > timedelta(hours=14):
        return None
    return Moment(wall, offset, precision, is_day_end=next_day)


def _offset(text: str | None) -> timedelta | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC"):
        return timedelta()
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))


def find_order(values: Iterable[str]) -> str:
    """Order of day and month that a whole column proves: some value fits only that one, none contradicts.

    Returns
    -------
    "day_first", "month_first" or "" (nothing proves it)
    """
    day_first = month_first = False
    for value in values:
        found = _NUMERIC.match(unicodedata.normalize("NFKC", value).strip())
        if found and len(found["y"]) == 4:
            day_first |= int(found["a"]) > 12
            month_first |= int(found["b"]) > 12
    if day_first == month_first:
        return ""
    return "day_first" if day_first else "month_first"


def read_moments(
    values: Iterable[str], *, order: str = "", serials: bool = False, is_timed: bool = False
) -> dict[str, Moment | None]:
    """Read the distinct values of one column; ``is_timed`` where the rest of it has times of day.

    Notes
    -----
    A column in which every time without an offset is 00:00 holds days written by a program that adds
    midnights; it is read as days, because an hour would be invented.
    """
    listed = list(values)
    use = order or find_order(listed)
    read = {v: read_moment(v, order=use, serials=serials) for v in listed}
    timed = [] if is_timed else [m for m in read.values() if m is not None and m.precision != "day"]
    if timed and all(
        m.offset is None and not m.is_day_end and (m.wall.hour, m.wall.minute, m.wall.second) == (0, 0, 0)
        for m in timed
    ):
        return {v: m and replace(m, precision="day") for v, m in read.items()}
    return read
