"""Find dates: "2021年1月5日", "12月28日至30日", "1月7-14日", "5日、7日", and the year each belongs to.

Chapter 6: used by read. A year is stated, carried on from an earlier date, or given; it is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fireline.investigations.narrative.model import Day, Days, Mention, Unread

_TO = r"\s?(?:[-—–~～－]{1,2}|至|到)\s?"
_NOT_A_DAY = r"(?!\s?(?:内|龄|游|后|余|多))"
_DATE = re.compile(
    rf"""(?<![\d.])(?:
      (?:(?P<y>(?:19|20)\d\d)\s?年\s?)?(?P<m>\d\d?)\s?月\s?(?P<d>\d\d?)
          (?:\s?[日号]|(?![\d年月.:：时点分次例个名岁余多路]))
    | (?P<y2>(?:19|20)\d\d)(?P<s>[-/.])(?P<m2>\d\d?)(?P=s)(?P<d2>\d\d?)(?!\d)
    | (?P<bare>\d\d?)(?:\s?日{_NOT_A_DAY}|(?P<hao>号)|(?=(?:、\d\d?){{1,9}}日)|(?=[-—–~～]\d\d?日))
    )
    (?:{_TO}(?:
      (?:(?P<y3>(?:19|20)\d\d)\s?年\s?)?(?P<m3>\d\d?)\s?月\s?(?P<d3>\d\d?)(?:\s?[日号]|(?![\d年月.:：时点分次]))
    | (?P<d4>\d\d?)\s?(?:日{_NOT_A_DAY}|号(?![线楼院店病确桌厅栋门]))
    ))?""",
    re.X,
)
_NEXT_DAY = re.compile(r"次日|翌日|第二天")
_BEFORE_BARE = frozenset("第前近共约每隔月/")
_AFTER_HAO = re.compile(
    r"\s?(?:上午|下午|早|晚|中午|凌晨|傍晚|全天|白天|\d\d?\s?[时点:：]|在|未|居|去|前往|由|被)"
)
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
HALF_YEAR = 6
"""Months; a date further than this from the one before belongs to the year beside."""


@dataclass(slots=True)
class _Calendar:
    """Walks through the text and keeps the last day, from which month and year are carried on."""

    year: int | None
    month: int | None = None
    basis: str = "unknown"

    def resolve(self, year: str | None, month: str | None, day: str) -> Day | None:
        """A day; None where it does not exist or has no month."""
        m = int(month) if month else self.month
        if m is None or not 1 <= m <= 12 or not 1 <= int(day) <= _LONGEST[m - 1]:
            return None
        y, basis = self._year(year, m)
        try:
            if y is not None:
                date(y, m, int(day))
        except ValueError:
            return None
        self.year, self.month = y, m
        self.basis = "carried" if basis in ("stated", "turned") else basis
        return Day(m, int(day), y, basis)

    def _year(self, year: str | None, month: int) -> tuple[int | None, str]:
        if year:
            return int(year), "stated"
        if self.year is None:
            return None, "unknown"
        turned = (
            0 if self.month is None else (self.month - month > HALF_YEAR) - (month - self.month > HALF_YEAR)
        )
        if not turned:
            return self.year, self.basis
        return self.year + turned, "turned"


def find_days(text: str, *, year: int | None = None) -> tuple[list[Mention], list[Unread]]:
    """Every date of a text.

    Parameters
    ----------
    text : str
    year : year of the first date, where the text does not state it

    Returns
    -------
    (mentions, unread)   by place; ``unread`` holds days that do not exist or end before they begin
    """
    calendar = _Calendar(year, basis="unknown" if year is None else "argument")
    mentions: list[Mention] = []
    unread: list[Unread] = []
    last: Days | None = None
    for found in _found(text):
        if found.re is _NEXT_DAY:
            if last is not None and (day := _after(last.last)) is not None:
                last = Days(day, day)
                mentions.append(Mention("next_day", found.start(), found.end(), last.text, last))
            continue
        if found["bare"] and not _is_bare_day(text, found):
            continue
        days = _days(calendar, found)
        if days is None:
            is_alone = calendar.month is None and found["bare"] is not None
            unread.append(Unread(found.start(), found.end(), "no_month" if is_alone else "bad_date"))
            continue
        last = days
        mentions.append(Mention("date", found.start(), found.end(), days.text, days))
    return mentions, unread


def _found(text: str) -> Iterator[re.Match[str]]:
    both = [*_DATE.finditer(text), *_NEXT_DAY.finditer(text)]
    return iter(sorted(both, key=lambda m: m.start()))


def _is_bare_day(text: str, found: re.Match[str]) -> bool:
    start = found.start()
    before = text[start - 1] if start else "\n"
    if before in _BEFORE_BARE:
        return False
    if found["hao"] and not found["d4"]:
        return before in "，,。；;、\n 及和至到-" and bool(_AFTER_HAO.match(text, found.end()))
    return True


def _days(calendar: _Calendar, found: re.Match[str]) -> Days | None:
    kept = replace(calendar)
    first = calendar.resolve(
        found["y"] or found["y2"], found["m"] or found["m2"], found["d"] or found["d2"] or found["bare"]
    )
    if first is None:
        return None
    end = found["d3"] or found["d4"]
    if end is None:
        return Days(first, first)
    last = calendar.resolve(found["y3"], found["m3"], end)
    if last is None or (last.year == first.year and last.text < first.text and not _turns(first, last)):
        calendar.year, calendar.month, calendar.basis = kept.year, kept.month, kept.basis
        return None
    return Days(first, last)


def _turns(first: Day, last: Day) -> bool:
    """Without a year, December to January is a range over the turn of the year."""
    return first.year is None and first.month - last.month > HALF_YEAR


def _after(day: Day) -> Day | None:
    """The next day; None at the end of a February whose year is not known."""
    if day.year is None and (day.month, day.day) in ((2, 28), (2, 29)):
        return None
    there = date(2023 if day.year is None else day.year, day.month, day.day) + timedelta(days=1)
    return Day(there.month, there.day, None if day.year is None else there.year, day.basis)
