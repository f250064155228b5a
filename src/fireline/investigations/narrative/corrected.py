"""What a person writes into a part to correct it: days and times, in the form in which they are shown.

Chapter 6: the case page shows ``Days.text`` and ``Times.text``; this reads the same forms back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from fireline.errors import InputError
from fireline.investigations.narrative.model import PARTS_OF_DAY, Clock, Day, Days, Times
from fireline.words import Words

_MANY = re.compile(r"[,，、;；]")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PARTS = {name.lower(): key for key, (zh, en, *_) in PARTS_OF_DAY.items() for name in (key, zh, en)}
_CLOCK = re.compile(r"(\d{1,2})(?:[:：](\d{2}))?")


def days_from(text: str) -> tuple[Days, ...]:
    """Days written as ``2022-01-05`` or ``2022-01-05/2022-01-08``, several with commas between them.

    Raises
    ------
    InputError   a day is not written so, or does not exist; its number in the list is named, not its text
    """
    found = []
    for no, one in enumerate(_split(text), 1):
        ends = [_day(half, no) for half in one.split("/")]
        if len(ends) > 2 or ends[-1].date < ends[0].date:  # type: ignore[operator]
            raise _bad_day(no)
        found.append(Days(ends[0], ends[-1]))
    return tuple(found)


def times_from(text: str) -> tuple[Times, ...]:
    """Times written as ``10:23``, ``10``, ``10:23/11:00`` or a part of the day, several with commas.

    Raises
    ------
    InputError   a time is not written so, or does not exist
    """
    found = []
    for no, one in enumerate(_split(text), 1):
        ends = [_clock(half, no) for half in one.split("/")]
        if len(ends) > 2:
            raise _bad_time(no)
        found.append(Times(ends[0], ends[1] if len(ends) == 2 else None))
    return tuple(found)


def times_text(times: Iterable[Times], *, language: str) -> str:
    """Times as a person reads and writes them: ``Times.text`` with the part of the day in words."""
    found = []
    for one in times:
        ends = [c for c in (one.start, one.end) if c is not None]
        at = 0 if language == "zh" else 1
        names = [str(PARTS_OF_DAY[c.part][at]) if c.hour is None else c.text for c in ends]
        found.append("/".join(names))
    return ", ".join(found)


def _split(text: str) -> list[str]:
    return [one.strip() for one in _MANY.split(text) if one.strip()]


def _day(text: str, no: int) -> Day:
    match = _DAY.fullmatch(text.strip())
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise _bad_day(no)
    return Day(day.month, day.day, day.year, "stated")


def _clock(text: str, no: int) -> Clock:
    plain = text.strip()
    if plain.lower() in _PARTS:
        return Clock(part=_PARTS[plain.lower()])
    match = _CLOCK.fullmatch(plain)
    if match is None:
        raise _bad_time(no)
    hour, minute = int(match[1]), int(match[2]) if match[2] else None
    if hour > 24 or (minute or 0) > 59 or (hour == 24 and minute):
        raise _bad_time(no)
    return Clock(hour, minute)


def _bad_day(no: int) -> InputError:
    return InputError(
        Words(
            f"日期 {no}：写法不对，或没有这一天；允许：2022-01-05 或 2022-01-05/2022-01-08",
            f"day {no}: not written so that it can be read, or there is no such day; allowed: 2022-01-05 or "
            "2022-01-05/2022-01-08",
        )
    )


def _bad_time(no: int) -> InputError:
    zh, en = ("、".join(p[0] for p in PARTS_OF_DAY.values()), ", ".join(p[1] for p in PARTS_OF_DAY.values()))
    return InputError(
        Words(
            f"时间 {no}：写法不对；允许：10:23、10、10:23/11:00，或 {zh}",
            f"time {no}: not written so that it can be read; allowed: 10:23, 10, 10:23/11:00, or {en}",
        )
    )
