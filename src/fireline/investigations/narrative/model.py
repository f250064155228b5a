"""What a narrative becomes: days, times, vehicles, the parts (stays and legs) and what could not be read.

Chapter 6: filled by read, written by write; every record is frozen and knows its characters in the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from fireline.errors import InputError
from fireline.words import Words

PARTS_OF_DAY: dict[str, tuple[str, str, int, int]] = {
    "night": ("凌晨", "small hours", 0, 6),
    "early": ("清晨", "early morning", 5, 9),
    "forenoon": ("上午", "forenoon", 6, 12),
    "noon": ("中午", "noon", 11, 14),
    "daytime": ("白天", "daytime", 6, 18),
    "afternoon": ("下午", "afternoon", 12, 18),
    "dusk": ("傍晚", "dusk", 17, 20),
    "evening": ("晚上", "evening", 18, 24),
}
"""Name in Chinese and English, first and last hour that the word may mean."""

VEHICLES: dict[str, tuple[str, str]] = {
    "flight": ("航班", "flight"),
    "train": ("列车", "train"),
    "metro": ("地铁", "metro"),
    "bus": ("公交车", "bus"),
    "coach": ("大巴车", "coach"),
    "shuttle": ("通勤车", "works bus"),
    "taxi": ("出租车", "taxi"),
    "car": ("私家车", "private car"),
    "ambulance": ("救护车", "ambulance"),
    "ebike": ("电动车", "electric bicycle"),
    "tricycle": ("三轮车", "tricycle"),
    "motorcycle": ("摩托车", "motorcycle"),
    "bicycle": ("自行车", "bicycle"),
    "truck": ("货车", "truck"),
    "ship": ("客轮", "ship"),
}
"""Kinds of vehicle with their names in Chinese and English."""

HOME, DWELLING, PLACE = "home", "dwelling", "place"
"""Kinds of stay: the person's own home, the home of somebody else, any other place."""

HOME_ZH, DWELLING_ZH, SOME_PLACE_ZH = "住处", "亲友家", "某处"
"""What a home, somebody else's home and a place that is not named are called in a public text."""

STATES = ("read", "accepted", "corrected", "refused")


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day as far as it is stated.

    Attributes
    ----------
    month, day : int
    year : int, or None where the text and the caller say none
    basis : how the year is known: "stated" here, "carried" from an earlier date, "turned" (carried over the
        turn of the year), "argument" of the caller, or "unknown"
    """

    month: int
    day: int
    year: int | None = None
    basis: str = "unknown"

    @property
    def text(self) -> str:
        """ISO day, or ``--MM-DD`` without a year."""
        year = "-" if self.year is None else f"{self.year:04d}"
        return f"{year}-{self.month:02d}-{self.day:02d}"

    @property
    def date(self) -> date | None:
        """The calendar day; None without a year."""
        return None if self.year is None else date(self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day, both included; the same day twice where only one is stated."""

    first: Day
    last: Day

    @property
    def text(self) -> str:
        """``first`` or ``first/last``."""
        same = self.first.text == self.last.text
        return self.first.text if same else f"{self.first.text}/{self.last.text}"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, never finer than stated.

    Attributes
    ----------
    hour : int 0-24, or None where only a part of the day is stated
    minute : int, or None
    part : a key of PARTS_OF_DAY, "" where an hour is stated
    is_about : bool, the text says 许 or 左右
    """

    hour: int | None = None
    minute: int | None = None
    part: str = ""
    is_about: bool = False

    @property
    def precision(self) -> str:
        """One of "minute", "hour", "part"."""
        return "part" if self.hour is None else "hour" if self.minute is None else "minute"

    @property
    def text(self) -> str:
        """``10:23``, ``10`` or the part of the day."""
        if self.hour is None:
            return self.part
        return f"{self.hour:02d}" if self.minute is None else f"{self.hour:02d}:{self.minute:02d}"


@dataclass(frozen=True, slots=True)
class Times:
    """Start and, where stated, end."""

    start: Clock
    end: Clock | None = None

    @property
    def text(self) -> str:
        """``start`` or ``start/end``."""
        return self.start.text if self.end is None else f"{self.start.text}/{self.end.text}"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What somebody travelled by.

    Attributes
    ----------
    kind : a key of VEHICLES
    number : train, flight or line number in capitals, "" where none is stated
    carriage, seat : as stated, "" where not
    """

    kind: str
    number: str = ""
    carriage: str = ""
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One run of characters that was understood.

    Attributes
    ----------
    kind : "date", "time", "place", "home", "vehicle", or "next_day"
    start, end : int, characters of the text, half-open
    value : str, normal form; for places the words themselves
    item : Days, Times, Vehicle or None
    role : for places "from", "to", "in", or "board" and "alight" for the stops of a line in brackets
    """

    kind: str
    start: int
    end: int
    value: str
    item: Days | Times | Vehicle | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One stay or one leg, ready to be accepted or corrected.

    Attributes
    ----------
    kind : "stay" or "leg"
    days : tuple of Days, in the order of the text; empty where no date is known
    times : tuple of Times; empty where only the day is stated. Of a leg: departure, and arrival as end
    place, place_kind : of a stay: words of the text, and "home", "dwelling" or "place"
    vehicle : of a leg
    origin, destination : of a leg, "" where not stated
    start, end : int, characters of the sentence it came from
    state : one of STATES
    """

    kind: str
    days: tuple[Days, ...] = ()
    times: tuple[Times, ...] = ()
    place: str = ""
    place_kind: str = ""
    vehicle: Vehicle | None = None
    origin: str = ""
    destination: str = ""
    start: int = 0
    end: int = 0
    state: str = "read"

    @property
    def precision(self) -> str:
        """Coarsest of its times: "minute", "hour", "part", or "day" where no time is stated."""
        order = ("minute", "hour", "part", "day")
        clocks = [c for t in self.times for c in (t.start, t.end) if c is not None]
        return max((c.precision for c in clocks), key=order.index, default="day")


@dataclass(frozen=True, slots=True)
class Unread:
    """A clause of which nothing, or not everything, was understood.

    Attributes
    ----------
    start, end : int, characters of the text
    reason : "nothing", "no_place", "no_date", "no_month", "bad_date" or "bad_time"
    """

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read from one text.

    Attributes
    ----------
    text : str, as given
    parts : tuple of Part in the order of the text
    unread : tuple of Unread in the order of the text
    mentions : tuple of Mention in the order of the text
    notes : tuple of Words, what the reader should know (no year stated, a year carried over)
    """

    text: str = field(repr=False)
    parts: tuple[Part, ...]
    unread: tuple[Unread, ...]
    mentions: tuple[Mention, ...]
    notes: tuple[Words, ...] = ()

    def accept(self, index: int) -> Reading:
        """The same reading with one part accepted as it is."""
        return self._with(index, state="accepted")

    def refuse(self, index: int) -> Reading:
        """The same reading with one part refused; it stays, and is not written."""
        return self._with(index, state="refused")

    def correct(self, index: int, **changes: Any) -> Reading:
        """The same reading with one part corrected.

        Raises
        ------
        InputError   there is no such part, or a name is not a field of Part that a person corrects
        """
        allowed = ("days", "times", "place", "place_kind", "vehicle", "origin", "destination")
        if wrong := sorted(set(changes) - set(allowed)):
            raise InputError(
                f"narrative part {index}: {', '.join(wrong)} cannot be corrected; one of {', '.join(allowed)}"
            )
        return self._with(index, state="corrected", **changes)

    def _with(self, index: int, **changes: Any) -> Reading:
        if not 0 <= index < len(self.parts):
            raise InputError(f"narrative part {index} does not exist; there are {len(self.parts)}, from 0")
        parts = list(self.parts)
        parts[index] = replace(parts[index], **changes)
        return replace(self, parts=tuple(parts))
