"""What early warning knows of a stream, of a kind of event and of a holiday.

Chapter 5: made by streams.read, read by baselines, fusion and triggers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from fireline.policy.terms import stream_words
from fireline.words import Words

SUBJECTS = ("person", "thing", "place")
LEVELS = ("site", "township", "county", "city", "province", "country")
STATES = ("peace", "emergency", "both")
DIRECTIONS = ("up", "down", "both")
KINDS = ("count", "rate")
CADENCES = (1, 7)
COUNTS = ("new", "present")
DATED = ("first", "last")

OTHER = "other"
"""Key of an event's lifts for streams that nobody described."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of figures.

    Attributes
    ----------
    name : str, as in the table of counts
    words : Words
    subject : "person", "thing" or "place", what the figures look at
    level : one of LEVELS, of the areas they are given for
    unit : str
    kind : "count", or "rate" for incidences and indices
    cadence_d : 1 or 7, days that one figure covers
    delay_d : int, days until a figure is there
    lag_d, lag_sd_d : floats, days from infection to the day of the figure
    trust : float in [0, 1)
    state : "peace", "emergency" or "both", when the stream means what it says
    weekday, holiday : bool, whether such days differ
    direction : "up", "down" or "both", which way an event moves it
    counts : "new", each event once; "present", the same person every day
    dated : "first" or "last", which day of its week a weekly figure is dated with
    source : str, where these figures come from
    is_described : bool, False where the stream has the default's figures
    """

    name: str
    words: Words
    subject: str
    level: str
    unit: str
    kind: str
    cadence_d: int
    delay_d: int
    lag_d: float
    lag_sd_d: float
    trust: float
    state: str
    weekday: bool
    holiday: bool
    direction: str
    counts: str
    dated: str
    source: str
    is_described: bool = True

    def speaks_in(self, state: str) -> bool:
        """Whether the stream is used in a state; "any" takes those of peace."""
        return self.state in ("both", "peace" if state == "any" else state)


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event: by how much each stream rises beside the others.

    Attributes
    ----------
    name : str
    words : Words
    lift : mapping from stream to a factor, >= 0; OTHER stands for streams without a description
    """

    name: str
    words: Words
    lift: Mapping[str, float]

    def lift_of(self, stream: Stream) -> float:
        """Factor of one stream; sub-streams ("absence/influenza") take their stem's."""
        stem = stream.name.partition("/")[0]
        for name in (stream.name, stem):
            if name in self.lift:
                return self.lift[name]
        return 0.0 if stream.is_described else self.lift.get(OTHER, 0.0)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A kind of days that keeps a factor of its own.

    Attributes
    ----------
    name : str; rules of one name are one kind
    words : Words
    areas : tuple of jurisdictions it holds in, with all below them; () = everywhere
    days : frozenset of date, stated days
    yearly : ((month, day), (month, day)) or None, the same days each year
    """

    name: str
    words: Words
    areas: tuple[str, ...] = ()
    days: frozenset[date] = frozenset()
    yearly: tuple[tuple[int, int], tuple[int, int]] | None = None

    def holds_on(self, day: date) -> bool:
        """Whether a day is one of them."""
        if day in self.days:
            return True
        if self.yearly is None:
            return False
        first, last = self.yearly
        here = (day.month, day.day)
        return first <= here <= last if first <= last else here >= first or here <= last

    def holds_in(self, area: str) -> bool:
        """Whether it is kept in an area."""
        return not self.areas or any(area == a or area.startswith(f"{a}-") for a in self.areas)


@dataclass(frozen=True, slots=True)
class StreamBook:
    """All that is known of streams, as data.

    Attributes
    ----------
    default : Stream, what a stream without an entry gets
    streams : mapping from name to Stream
    events : tuple of EventType
    holidays : tuple of Holiday
    """

    default: Stream
    streams: Mapping[str, Stream]
    events: tuple[EventType, ...]
    holidays: tuple[Holiday, ...] = field(default=())

    def of(self, name: str) -> Stream:
        """The description of a stream; "cases/measles" falls back to "cases", and the rest to the default."""
        stem = name.partition("/")[0]
        found = self.streams.get(name) or self.streams.get(stem)
        if found is not None:
            words = found.words if found.name == name else stream_words(name)
            return replace(found, name=name, words=words)
        return replace(self.default, name=name, words=stream_words(name), is_described=False)

    def holiday_codes(
        self, first: date, n_days: int, area: str
    ) -> tuple[NDArray[np.int64], tuple[Holiday, ...]]:
        """Kind of holiday of each day.

        Parameters
        ----------
        first : date   of the first day
        n_days : int
        area : jurisdiction code

        Returns
        -------
        codes : int64 array, shape (n_days,)   0 = none, else 1 + position in ``kinds``
        kinds : tuple of Holiday   one for each name; where two hold on a day the first listed counts
        """
        here = [h for h in self.holidays if h.holds_in(area)]
        kinds: dict[str, Holiday] = {}
        for holiday in here:
            kinds.setdefault(holiday.name, holiday)
        order = list(kinds)
        codes = np.zeros(n_days, np.int64)
        for k in range(n_days):
            day = first + timedelta(days=k)
            name = next((h.name for h in here if h.holds_on(day)), None)
            if name is not None:
                codes[k] = 1 + order.index(name)
        return codes, tuple(kinds[name] for name in order)
