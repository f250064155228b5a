"""Seats and carriages: what a seat text says, and what two seats say of how near two people sat.

Chapter 7: read by stated and copresence; how many rows count is for the rule in force (fact seat_rows_apart).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]

LARGEST_CARRIAGE, LARGEST_ROW, LARGEST_COLUMN = 254, 1_022, 254


@dataclass(frozen=True, slots=True)
class Seat:
    """What a seat text says; nothing is guessed.

    Attributes
    ----------
    carriage : int or None   number of the carriage, 1 to LARGEST_CARRIAGE
    row : int or None   row, or bay of berths, 1 to LARGEST_ROW; a lettered row counts A = 1
    column : int or None   seat in the row, A = 1; upper, middle and lower berth are 1, 2, 3
    zone : str   what else is written (a table, a block of a hall), in one spelling; empty where a row or
        carriage was read
    """

    carriage: int | None = None
    row: int | None = None
    column: int | None = None
    zone: str = ""

    @property
    def code(self) -> int:
        """Code for ``VisitIndex.from_arrays(seat=)``; 0 where nothing is known or the text is a zone."""
        parts = (self.carriage or 0, self.row or 0, self.column or 0)
        return (parts[0] << 18) | (parts[1] << 8) | parts[2]


class SeatCodes(NamedTuple):
    """Codes of a list of seat texts.

    Attributes
    ----------
    code : int32 array, shape (n,)   carriage << 18 | row << 8 | column; -1 - k for zone k; 0 = not known
    zones : tuple of str   zones by number
    """

    code: I32
    zones: tuple[str, ...]


class SeatFacts(NamedTuple):
    """What two seats of one conveyance or hall say; None = not known.

    Attributes
    ----------
    same_carriage : bool or None   None unless both name a carriage
    same_row : bool or None
    rows_apart : int or None   0 = same row; None in different carriages, where rows do not go on
    same_seat_zone : bool or None   the same table or block; of numbered seats: the same row of the same
        carriage
    """

    same_carriage: bool | None
    same_row: bool | None
    rows_apart: int | None
    same_seat_zone: bool | None


_CARRIAGE = r"(?:第)?0*(?P<carriage>\d{1,3})(?:号)?(?:车厢|车|厢)"
_CAR_EN = r"(?:carriage|coach|car|wagon)(?:no\.?)?0*(?P<carriage>\d{1,3})"
_BERTH = {"上": 1, "中": 2, "下": 3, "upper": 1, "middle": 2, "lower": 3}

# A seat is looked for in the text without spaces and marks, after the carriage was taken off.
_SEATS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:第)?0*(?P<row>\d{1,4})(?:排|row)(?P<column>[a-z]|\d{1,3})?(?:号|座|位|seat|号座|座位)*",
        r"(?P<letter_row>[a-z])排(?:0*(?P<column>\d{1,3}))?(?:号|座|位|号座|座位)*",  # A排12座
        r"(?:row)0*(?P<row>\d{1,4})(?:seat)?(?P<column>[a-z]|\d{1,3})?",  # row 12 seat A
        r"row(?P<letter_row>[a-z])(?:seat0*(?P<column>\d{1,3}))?",  # row A seat 12
        r"(?:seat)?(?P<column>[a-z])row0*(?P<row>\d{1,4})",  # A row 12, seat A row 12
        r"(?:seat)?0*(?P<row>\d{1,4})(?P<column>[a-z])(?:号|座|位|号座|座位|seat)*",  # 12F, 12F号
        r"(?P<letter_row>[a-z])0*(?P<column>\d{1,3})(?:号|座|位|号座|座位|seat)*",  # A12, as halls write it
        r"0*(?P<row>\d{1,4})(?:号)?(?P<berth>上|中|下)(?:铺|舖)",  # 12号上铺
        r"(?:berth)?0*(?P<row>\d{1,4})(?P<berth>upper|middle|lower)(?:berth)?",  # 12 lower berth
    )
)
_ONLY_NUMBER = re.compile(r"(?:no\.?|第)?0*(\d{1,4})(?:号|座|位|号座|座位)*")
_CLASS = re.compile(
    r"(?:商务|特等|一等|二等|硬|软|无|站)(?:座|卧|票)|动卧|(?:first|second|business|economy|standard)class|standing"
)
_DASHED = re.compile(r"0*(?P<carriage>\d{1,3})[-/]0*(?P<row>\d{1,4})(?P<column>[a-z])")


def read_seat(text: str | None) -> Seat:
    """Read a seat text in Chinese or English.

    Parameters
    ----------
    text : str or None   such as 05车12F, 12F, 12排A座, A排12座, A row 12, coach 5 seat 12F, 3号桌

    Returns
    -------
    Seat   all None where nothing is written

    Notes
    -----
    "A row 12" is seat A of row 12; "A排12座", "row A seat 12", "A12" are seat 12 of row A. A number alone
    behind a carriage (05车012号) is a seat whose row is not known; a number alone is a zone: a table, a bed
    and a seat are all written so. A seat number in a carriage without rows says nothing of who sat near.
    """
    plain = unicodedata.normalize("NFKC", text or "").casefold().strip()
    if not plain:
        return Seat()
    spaced = re.sub(r"[\s,、;:_.]+", " ", plain)
    tight = _CLASS.sub("", re.sub(r"(?<=\d) (?=\d)", "-", spaced).replace(" ", ""))
    dashed = _DASHED.fullmatch(tight)
    if dashed:
        return _seat(dashed.groupdict(), int(dashed["carriage"])) or Seat(zone=_zone(plain))
    carriage, rest = _carriage(tight)
    rest = rest.strip("-/")
    if not rest:
        return Seat(carriage) if _fits(carriage, LARGEST_CARRIAGE) else Seat(zone=_zone(plain))
    for pattern in _SEATS:
        met = pattern.fullmatch(rest)
        if met:
            found = _seat(met.groupdict(), carriage)
            if found is not None:
                return found
    number = _ONLY_NUMBER.fullmatch(rest)
    if number and carriage is not None and _fits(carriage, LARGEST_CARRIAGE):
        return Seat(carriage)
    return Seat(zone=_zone(plain))


def _carriage(tight: str) -> tuple[int | None, str]:
    for pattern in (_CARRIAGE, _CAR_EN):
        met = re.match(pattern, tight)
        if met:
            return int(met["carriage"]), tight[met.end() :]
    return None, tight


def _fits(number: int | None, largest: int) -> bool:
    return number is None or 1 <= number <= largest


def _seat(parts: dict[str, str | None], carriage: int | None) -> Seat | None:
    """Numbers of a match; None when one is out of range."""
    row = _number(parts.get("row") or parts.get("letter_row"))
    berth = parts.get("berth")
    column = _BERTH[berth] if berth else _number(parts.get("column"))
    fits = _fits(carriage, LARGEST_CARRIAGE) and _fits(row, LARGEST_ROW) and _fits(column, LARGEST_COLUMN)
    return Seat(carriage, row, column) if fits and row is not None else None


def _number(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if text.isdigit() else ord(text) - ord("a") + 1


def _zone(plain: str) -> str:
    return re.sub(r"\s+", " ", plain)


def seat_codes(texts: Iterable[str | None], *, zones: Sequence[str] | None = None) -> SeatCodes:
    """Codes of seat texts for ``VisitIndex.from_arrays(seat=)``.

    Parameters
    ----------
    texts : iterable of str or None
    zones : sequence of str or None   zones already numbered, so that the codes of several days agree; new
        ones follow them

    Returns
    -------
    SeatCodes   a zone's number is its place in ``zones``, new zones in alphabetical order
    """
    seats = [read_seat(text) for text in texts]
    known = tuple(zones or ())
    new = sorted({s.zone for s in seats if s.zone} - set(known))
    every = (*known, *new)
    number = {zone: -1 - k for k, zone in enumerate(every)}
    code = np.array([number[s.zone] if s.zone else s.code for s in seats], np.int32)
    return SeatCodes(code, every)


def _of_code(code: int) -> Seat:
    if code < 0:
        return Seat(zone=str(code))
    carriage, row, column = code >> 18, (code >> 8) & 1023, code & 255
    return Seat(carriage or None, row or None, column or None)


def facts_of_codes(mine: int, theirs: int) -> SeatFacts:
    """Seat facts of two stays by their codes; see seat_facts."""
    return seat_facts(_of_code(mine), _of_code(theirs))


def seat_facts(mine: Seat, theirs: Seat) -> SeatFacts:
    """What two seats say of how near two people sat in one conveyance or hall.

    Parameters
    ----------
    mine, theirs : Seat

    Returns
    -------
    SeatFacts   only what both texts decide

    Notes
    -----
    The zone of a numbered seat is its row: neighbours across the aisle belong, the row behind does not. A
    rule that wants two or three rows asks for seat_rows_apart. If one seat names a carriage and the other
    does not, rows are not compared.
    """
    if mine.zone or theirs.zone:
        both = bool(mine.zone and theirs.zone)
        return SeatFacts(None, None, None, mine.zone == theirs.zone if both else None)
    same_carriage = None
    if mine.carriage is not None and theirs.carriage is not None:
        same_carriage = mine.carriage == theirs.carriage
    if same_carriage is False:
        return SeatFacts(False, False, None, False)
    comparable = same_carriage or (mine.carriage is None and theirs.carriage is None)
    if not comparable or mine.row is None or theirs.row is None:
        return SeatFacts(same_carriage, None, None, None)
    apart = abs(mine.row - theirs.row)
    return SeatFacts(same_carriage, apart == 0, apart, apart == 0)


class SeatColumns(NamedTuple):
    """Seat facts of many pairs.

    Attributes
    ----------
    same_carriage, same_row, same_seat_zone : int8 arrays, shape (n,)   1 yes, 0 no, -1 not known
    rows_apart : int32 array, shape (n,)   -1 not known
    """

    same_carriage: NDArray[np.int8]
    same_row: NDArray[np.int8]
    rows_apart: I32
    same_seat_zone: NDArray[np.int8]


def facts_of_pairs(mine: I32, theirs: I32) -> SeatColumns:
    """Seat facts of pairs of codes; see seat_facts.

    Parameters
    ----------
    mine, theirs : int32 arrays, shape (n,)   codes of seat_codes, zones numbered alike

    Returns
    -------
    SeatColumns
    """
    is_seat = (mine > 0) & (theirs > 0)
    car_a, car_b = (np.where(is_seat, c >> 18, 0) for c in (mine, theirs))
    row_a, row_b = (np.where(is_seat, (c >> 8) & 1023, 0) for c in (mine, theirs))
    knows_car = (car_a > 0) & (car_b > 0)
    same_car = np.where(knows_car, car_a == car_b, -1).astype(np.int8)
    comparable = is_seat & (car_a == car_b) & (row_a > 0) & (row_b > 0)
    apart = np.where(comparable, np.abs(row_a - row_b), -1).astype(np.int32)
    same_row = np.where(comparable, apart == 0, np.where(same_car == 0, 0, -1)).astype(np.int8)
    zone = np.where((mine < 0) & (theirs < 0), mine == theirs, same_row).astype(np.int8)
    return SeatColumns(same_car, same_row, apart, zone)
