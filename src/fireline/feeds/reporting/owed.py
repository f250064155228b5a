"""What a unit owes: which stream, on which days, until when; daily, on weekdays or weekly.

Chapter 1: read by rows and calendar; times are wall-clock times of the jurisdiction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from fireline.errors import InputError
from fireline.feeds.reporting.streams import STREAMS
from fireline.words import Words

DAY_MIN = 1440
MAX_DUE_MIN = 7 * DAY_MIN
_SPEC = re.compile(
    r"(?P<stream>[a-z_]{1,40})=(?P<cadence>[a-z]+)@(?P<h>\d{1,2}):(?P<m>\d{2})(?:\+(?P<days>\d))?(?P<total>,total)?"
)


class Cadence(StrEnum):
    """On which days a number is owed."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"  # Monday to Friday; a report of another day is welcome, not owed
    WEEKLY = "weekly"  # the week's last day, Sunday, stands for the week


_OFTEN = {
    Cadence.DAILY: Words("每日", "daily"),
    Cadence.WEEKDAYS: Words("工作日", "on weekdays"),
    Cadence.WEEKLY: Words("每周", "weekly"),
}


@dataclass(frozen=True, slots=True)
class Owed:
    """One stream that one unit owes.

    Attributes
    ----------
    stream : str, one of STREAMS
    cadence : Cadence
    due_min : int, minutes after the beginning of the day reported on, by the wall clock; 1020 = 17:00 of the
        day itself, 2040 = 10:00 of the next
    has_total : bool, a denominator comes with every number
    since, until : date   first and last day owed; until None = goes on
    """

    stream: str
    cadence: Cadence
    due_min: int
    has_total: bool = False
    since: date = date.min
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the promise covers a day, whatever the cadence."""
        return self.since <= day and (self.until is None or day <= self.until)

    def is_owed_on(self, day: date) -> bool:
        """Whether a number for this day is owed."""
        if not self.holds_on(day):
            return False
        if self.cadence is Cadence.WEEKLY:
            return day.isoweekday() == 7
        return self.cadence is Cadence.DAILY or day.isoweekday() <= 5

    def due_at(self, day: date, tz: ZoneInfo) -> datetime:
        """When the number of a day has to be in, in UTC."""
        days, minutes = divmod(self.due_min, DAY_MIN)
        at = datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60), tzinfo=tz)
        return at.astimezone(UTC)

    @property
    def clock(self) -> tuple[int, str]:
        """Days after the day reported on, and the time of day, such as (1, "10:00")."""
        days, minutes = divmod(self.due_min, DAY_MIN)
        return days, f"{minutes // 60:02d}:{minutes % 60:02d}"

    @property
    def words(self) -> Words:
        """How often and until when, in words."""
        days, clock = self.clock
        often = _OFTEN[self.cadence]
        later = {0: Words("当日", "the same day"), 1: Words("次日", "the next day")}.get(
            days, Words(f"{days} 天后", f"{days} days later")
        )
        return Words(f"{often.zh}，{later.zh} {clock} 前", f"{often.en}, by {clock} {later.en}")

    def said(self) -> str:
        """As ``read_owed`` reads it."""
        days, clock = self.clock
        late = f"+{days}" if days else ""
        return f"{self.stream}={self.cadence.value}@{clock}{late}" + (",total" if self.has_total else "")


def read_owed(text: str, *, since: date) -> Owed:
    """Read what a unit owes, such as ``fever_clinic=daily@17:00``.

    ``lab_positive=weekly@10:00+1,total`` is weekly, due at 10:00 of the day after, with the total.

    Raises
    ------
    InputError   the text has another form, or names an unknown stream, cadence or hour
    """
    found = _SPEC.fullmatch(text.strip())
    if found is None:
        raise _refused(
            Words("写法", "form"),
            Words(
                "监测流=周期@时:分，如 fever_clinic=daily@17:00 或 lab_positive=weekly@10:00+1,total",
                "stream=cadence@HH:MM, such as fever_clinic=daily@17:00 or lab_positive=weekly@10:00+1,total",
            ),
        )
    if found["stream"] not in STREAMS:
        raise _refused(Words("监测流", "stream"), Words("、".join(STREAMS), ", ".join(STREAMS)))
    if found["cadence"] not in set(Cadence):
        raise _refused(Words("周期", "cadence"), Words("、".join(Cadence), ", ".join(Cadence)))
    hour, minute, days = int(found["h"]), int(found["m"]), int(found["days"] or 0)
    due_min = days * DAY_MIN + hour * 60 + minute
    if hour > 23 or minute > 59 or not 0 < due_min <= MAX_DUE_MIN:
        raise _refused(
            Words("时限", "hour"),
            Words("00:01 至 23:59，可加 +1 至 +6 天", "00:01 to 23:59, and +1 to +6 days"),
        )
    if found["total"] and STREAMS[found["stream"]].total is None:
        raise _refused(
            Words("分母", "total"),
            Words("此监测流没有分母；请去掉 ,total", "this stream has no denominator; leave ,total out"),
        )
    return Owed(found["stream"], Cadence(found["cadence"]), due_min, bool(found["total"]), since)


def _refused(what: Words, allowed: Words) -> InputError:
    return InputError(
        Words(
            f"应报内容：{what.zh}不对；允许：{allowed.zh}",
            f"owed: {what.en} is not right; allowed: {allowed.en}",
        )
    )
