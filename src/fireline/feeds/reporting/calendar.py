"""The stream calendar: which unit has reported which day, late, corrected or not at all; a zero is a report.

Chapter 1: pure; read by store.access.reporting, which gives it what units owe and what came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from fireline.feeds.reporting.owed import Cadence, Owed

DEAD_AFTER = {Cadence.DAILY: 3, Cadence.WEEKDAYS: 3, Cadence.WEEKLY: 2}
"""Owed numbers in a row that are missing before a sensor counts as dead."""
NEW_FOR_D = 14
"""Days a sensor counts as newly started: its baseline is not there yet."""


class State(StrEnum):
    """What a day of one stream of one unit is."""

    REPORTED = "reported"
    LATE = "late"  # the first report came after the hour
    MISSING = "missing"  # the hour has passed
    WAITING = "waiting"  # owed, the hour has not passed
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class Came:
    """What came in for one day; see ``stand``.

    Attributes
    ----------
    first_at : datetime or None, UTC, when the number first came, or came again after it was taken back
    last_at : datetime or None, of the newest revision
    n_said : int, revisions that said the number since then
    count, denominator : float or None, what stands; count None = nothing, or it was taken back
    said : float or None, the number as the unit last said it, without single patients
    """

    first_at: datetime | None
    last_at: datetime | None
    n_said: int
    count: float | None
    denominator: float | None = None
    said: float | None = None

    @property
    def is_so_far(self) -> bool:
        """Whether the count is known from single patients only: the day's number itself has not come."""
        return self.count is not None and self.n_said == 0


def stand(revisions: Iterable[tuple[datetime, float | None, float | None, bool]]) -> Came:
    """What a number comes to after its revisions.

    Parameters
    ----------
    revisions : (when it came, count, denominator, is from single patients), oldest first; count None takes
        the number back
    """
    first_at = last_at = count = denominator = said = None
    n_said = 0
    for at, number, total, is_from_patients in revisions:
        last_at, count, denominator = at, number, total
        if number is None:
            first_at, said, n_said = None, None, 0
        elif not is_from_patients:
            first_at, said, n_said = first_at or at, number, n_said + 1
    return Came(first_at, last_at, n_said, count, denominator, said)


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one stream of one unit.

    Attributes
    ----------
    date : date
    state : State
    count, denominator : float or None   None = no report, which is not a zero
    is_corrected : bool, the number was changed after it first came
    is_so_far : bool, see Came
    is_withdrawn : bool, the number that came was taken back
    at : datetime or None, when the newest revision came
    """

    date: date
    state: State
    count: float | None = None
    denominator: float | None = None
    is_corrected: bool = False
    is_so_far: bool = False
    is_withdrawn: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The days of one stream of one unit.

    Attributes
    ----------
    unit : int
    stream : str
    cells : tuple of Cell, oldest first
    n_missing : int, owed numbers in a row that are missing up to the last hour that has passed
    is_dead : bool, see DEAD_AFTER
    is_new : bool, see NEW_FOR_D
    """

    unit: int
    stream: str
    cells: tuple[Cell, ...]
    n_missing: int
    is_dead: bool
    is_new: bool

    @property
    def now(self) -> State:
        """How the unit stands: the newest number that came or whose hour has passed, else what is awaited."""
        states = [cell.state for cell in reversed(self.cells)]
        settled = (state for state in states if state not in (State.NOT_DUE, State.WAITING))
        return next(settled, State.WAITING if State.WAITING in states else State.NOT_DUE)


def lines(
    promises: Sequence[tuple[int, Owed]],
    came: Mapping[tuple[int, str, date], Came],
    *,
    last: date,
    n_days: int,
    at: datetime,
    tz: ZoneInfo,
) -> list[Line]:
    """The calendar of many units.

    Parameters
    ----------
    promises : (unit, Owed), several of one unit and stream where a promise was changed
    came : (unit, stream, day) -> Came
    last : newest day shown
    n_days : int, >= 1
    at : the moment it is looked at
    tz : of the jurisdiction

    Returns
    -------
    list of Line   in the order in which units and streams first appear in ``promises``
    """
    by_stream: dict[tuple[int, str], list[Owed]] = {}
    for unit, owed in promises:
        by_stream.setdefault((unit, owed.stream), []).append(owed)
    days = [last - timedelta(days=n) for n in reversed(range(n_days))]
    found = []
    for (unit, stream), held in by_stream.items():
        cells = tuple(_cell(held, came.get((unit, stream, day)), day, at=at, tz=tz) for day in days)
        n_missing = _missing_in_a_row(cells)
        newest = max(held, key=lambda one: one.since)
        started = min(one.since for one in held)
        found.append(
            Line(
                unit=unit,
                stream=stream,
                cells=cells,
                n_missing=n_missing,
                is_dead=n_missing >= DEAD_AFTER[newest.cadence],
                is_new=last - timedelta(days=NEW_FOR_D) < started <= last,
            )
        )
    return found


def _cell(promises: Sequence[Owed], came: Came | None, day: date, *, at: datetime, tz: ZoneInfo) -> Cell:
    owed = next((one for one in reversed(promises) if one.is_owed_on(day)), None)
    due_at = owed.due_at(day, tz) if owed else None
    if came is None or came.count is None or came.is_so_far:
        state = State.NOT_DUE if due_at is None else State.MISSING if at > due_at else State.WAITING
        if came is None:
            return Cell(day, state)
        return Cell(
            day,
            state,
            came.count,
            is_so_far=came.is_so_far,
            is_withdrawn=came.count is None,
            at=came.last_at,
        )
    is_late = due_at is not None and came.first_at is not None and came.first_at > due_at
    return Cell(
        day,
        State.LATE if is_late else State.REPORTED,
        came.count,
        came.denominator,
        is_corrected=came.n_said > 1,
        at=came.last_at,
    )


def _missing_in_a_row(cells: Sequence[Cell]) -> int:
    """Missing cells at the end; days that are not owed or still open are passed over."""
    n = 0
    for cell in reversed(cells):
        if cell.state in (State.NOT_DUE, State.WAITING):
            continue
        if cell.state is not State.MISSING:
            break
        n += 1
    return n
