"""What the changes of a store of visits answer.

Store: plain frozen records, printed by commands and written into audit rows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Ingested:
    """What taking in a batch did.

    Attributes
    ----------
    batch_id : str
    is_repeat : bool, the batch was taken in before: nothing was done
    n_rows : int, rows of the batch that are kept, each once
    n_new : int, rows of them that no other batch held
    n_replaced : int, rows of the batch whose place it took
    n_too_old : int, rows that ended before the days that are kept
    n_coarse : int, rows with dates only or without an end: kept, found by the day, not in the index
    days : tuple of date, first and last day touched, () where none
    """

    batch_id: str
    is_repeat: bool = False
    n_rows: int = 0
    n_new: int = 0
    n_replaced: int = 0
    n_too_old: int = 0
    n_coarse: int = 0
    days: tuple[date, ...] = ()

    def said(self) -> dict[str, Any]:
        """As plain values for JSON and the audit row."""
        return {**asdict(self), "days": [day.isoformat() for day in self.days]}


@dataclass(frozen=True, slots=True)
class Retained:
    """What a deletion by day did or, where ``is_done`` is False, would do: the figures of its certificate.

    Attributes
    ----------
    until : date, first day that is kept
    is_done : bool
    n_files : int, day files and index segments deleted
    n_rows : int, rows deleted whole
    n_carried : int, stays that reach into the kept days and now begin with them
    n_left : int, rows of days from ``until`` on, carried ones among them
    n_persons, n_places : int, keys erased because no stay of theirs is left
    digest : str, SHA-256 over names and digests of the deleted files, "" where nothing was deleted
    """

    until: date
    is_done: bool
    n_files: int = 0
    n_rows: int = 0
    n_carried: int = 0
    n_left: int = 0
    n_persons: int = 0
    n_places: int = 0
    digest: str = ""

    def said(self) -> dict[str, Any]:
        """As plain values for JSON and the audit row."""
        return {**asdict(self), "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What making the index again did.

    Attributes
    ----------
    n_segments : int, segments made
    n_changed : int, of which other bytes were saved before, or none; and those that had no day any more
    is_renumbered : bool, keys were numbered anew because they could not be read or numbers were used up
    """

    n_segments: int
    n_changed: int
    is_renumbered: bool

    def said(self) -> dict[str, Any]:
        """As plain values for JSON and the audit row."""
        return asdict(self)
