"""Days as people say them on the telephone, written out with their year: 6月12日 14:30, yesterday 3 pm.

Web, console: pure; a pasted list passes through here before it is read like any other file.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

_AGO = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2, "today": 0, "yesterday": 1}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAY = re.compile(
    r"^(?:(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]|(?P<ago>" + "|".join(_AGO) + r")"
    rf"|(?P<d2>\d{{1,2}})\s+(?P<mon>{_NAMES})|(?P<mon2>{_NAMES})\s+(?P<d3>\d{{1,2}}))(?P<rest>.*)$",
    re.IGNORECASE,
)
_HOUR = re.compile(
    r"^[\s,]*(?:at\s+)?(?P<part>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上)?\s*(?P<h>\d{1,2})"
    r"(?:[:时点](?:(?P<mi>\d{1,2})分?|(?P<half>半))?)?\s*(?P<ap>[ap]\.?m\.?)?$",
    re.IGNORECASE,
)
_LATE = ("下午", "傍晚", "晚上")
_LEAP = 8  # years in which any day of the year has come round


def write_out(cell: str, *, today: date) -> str:
    """The cell as an ISO time where it names a day without a year, else the cell as it is.

    Parameters
    ----------
    cell : one pasted cell
    today : the day on which the list is pasted; a day without a year is the last such day up to it

    Returns
    -------
    str   2026-06-12, 2026-06-12 14 or 2026-06-12 14:30: never more exact than what was said
    """
    plain = unicodedata.normalize("NFKC", cell).strip()
    found = _DAY.match(plain)
    day = _day(found.groupdict(), today) if found else None
    if found is None or day is None:
        return cell
    rest = found["rest"].strip()
    if not rest:
        return day.isoformat()
    hour = _HOUR.match(rest)
    said = _clock(hour.groupdict()) if hour else None
    return cell if said is None else f"{day.isoformat()} {said}"


def _day(parts: dict[str, str | None], today: date) -> date | None:
    """The day meant, None where there is no such day."""
    if parts["ago"]:
        return today - timedelta(days=_AGO[parts["ago"].lower()])
    name = parts["mon"] or parts["mon2"]
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["m"] or 0)
    number = int(parts["d"] or parts["d2"] or parts["d3"] or 0)
    years = [int(parts["y"])] if parts["y"] else range(today.year, today.year - _LEAP - 1, -1)
    for year in years:
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        if parts["y"] or day <= today:
            return day
    return None


def _clock(parts: dict[str, str | None]) -> str | None:
    """14, 14:30; None where the clock has no such time or it is said twice (下午 2 am)."""
    hour, half = int(parts["h"] or 0), (parts["ap"] or "").lower()
    if half and (parts["part"] or not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    elif (parts["part"] in _LATE and 1 <= hour < 12) or (parts["part"] == "中午" and hour in (1, 2)):
        hour += 12
    minute = 30 if parts["half"] else parts["mi"]
    if hour > 23 or int(minute or 0) > 59:
        return None
    return f"{hour:02d}" if minute is None else f"{hour:02d}:{int(minute):02d}"
