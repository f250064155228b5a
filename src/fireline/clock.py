"""Time zones, the hour grid and local days; never reads the machine's clock.

Foundation: the moment "now" is always an argument (``at=``), so that every run can be replayed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fireline.errors import InputError
from fireline.words import Words


class Precision(StrEnum):
    """How exact a stated time is; coarser is never silently treated as finer."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


def zone(name: str) -> ZoneInfo:
    """Look up an IANA time zone.

    Raises
    ------
    InputError   the name is not known
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            Words(
                f"时区 {name!r} 未知；请给出 IANA 名称，如 Asia/Shanghai",
                f"time zone {name!r} is not known; give an IANA name such as Asia/Shanghai",
            )
        ) from error


def local_midnight(day: date, tz: ZoneInfo) -> datetime:
    """First instant of a local day, in UTC."""
    return datetime.combine(day, time(), tzinfo=tz).astimezone(UTC)


def local_day(at: datetime, tz: ZoneInfo) -> date:
    """Calendar day of an instant in a time zone."""
    return at.astimezone(tz).date()


def epoch_s(at: datetime) -> int:
    """UTC epoch seconds of an aware instant."""
    return int(at.timestamp())


def from_epoch_s(seconds: int) -> datetime:
    """Aware UTC instant of epoch seconds."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def floor_hour(at: datetime) -> datetime:
    """Start of the hour that holds an instant."""
    return at.replace(minute=0, second=0, microsecond=0)


def days_after(day: date, n: int, *, day_zero: str) -> date:
    """Date of "day n" of a rule.

    Parameters
    ----------
    day : the anchor's calendar day
    n : day number written in the rule
    day_zero : "anchor_day" (the anchor's day is day 1... n counts it) or "next_day" (the day after is day 1)

    Notes
    -----
    "Tests on days 1, 4, 7, 14 after last exposure on 10 December" is 11, 14, 17, 24 December with
    next_day, and one day earlier with anchor_day.
    """
    return day + timedelta(days=n if day_zero == "next_day" else n - 1)


def parse_instant(text: str, tz: ZoneInfo) -> datetime:
    """Read ISO 8601 text; without an offset it is local time of the jurisdiction.

    Raises
    ------
    InputError   the text is not an ISO 8601 date or time
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            Words(
                f"时间 {text!r} 不是 ISO 8601；请写 2026-06-12、2026-06-12T14:00 或 2026-06-12T14:00+08:00",
                f"time {text!r} is not ISO 8601; write 2026-06-12, 2026-06-12T14:00 or "
                "2026-06-12T14:00+08:00",
            )
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=tz)).astimezone(UTC)
