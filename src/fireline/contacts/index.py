"""Stays as an index that searches read in place: by place, by person, whatever the length of a stay.

Chapter 7: read by search, companions, backward and network; segments of days come from store.visits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.kernels import visit_index
from fireline.kernels.segment_table import Segments, table_of
from fireline.kernels.visit_index import IndexArrays


@dataclass(frozen=True, slots=True, eq=False)
class VisitIndex:
    """One immutable segment of stays.

    Attributes
    ----------
    arrays : IndexArrays   may be memory-mapped
    base_s : int   epoch seconds from which the arrays count
    seat : int32 array, shape (n_visits,) or (0,)   seat codes in the order of the index, 0 where not known
    first_s, last_s : int   smallest enter and largest leave; both base_s where there is no stay
    """

    arrays: IndexArrays
    base_s: int
    seat: NDArray[np.int32]
    first_s: int
    last_s: int
    _packed: list[Segments] = field(default_factory=list, repr=False)

    @classmethod
    def from_arrays(
        cls,
        person_i: NDArray[Any],
        place_i: NDArray[Any],
        enter_s: NDArray[Any],
        leave_s: NDArray[Any],
        *,
        seat: NDArray[Any] | None = None,
    ) -> VisitIndex:
        """Build an index of stays.

        Parameters
        ----------
        person_i, place_i : integer arrays, shape (n_visits,)   indices, 0 to 2^32 - 2
        enter_s, leave_s : integer arrays, shape (n_visits,)   UTC epoch seconds, half-open [enter, leave)
        seat : integer array, shape (n_visits,), or None   seat codes of contacts.seats, 0 where not known

        Returns
        -------
        VisitIndex   stays of no length meet nobody and are left out

        Raises
        ------
        ValueError   shapes differ, or a value is out of range (gives the row number, never a person)
        TypeError   a column does not hold whole numbers
        """
        columns = (np.asarray(c) for c in (person_i, place_i, enter_s, leave_s))
        base, arrays, seats = visit_index.build(*columns, seat=None if seat is None else np.asarray(seat))
        last = base + int(arrays.wide_leave.max()) if arrays.wide_leave.size else base
        return cls(arrays, base, seats, base, last)

    @property
    def n_visits(self) -> int:
        """Stays in the index."""
        return int(self.arrays.person.size)

    @property
    def n_bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays) + self.seat.nbytes


VisitSegments = VisitIndex | Iterable[VisitIndex] | Segments
"""What every search takes: one index, several, or several made ready once by ``ready``."""


def ready(segments: VisitSegments) -> Segments:
    """Make segments ready to be searched; pass the result on to search many times.

    Parameters
    ----------
    segments : VisitIndex, iterable of VisitIndex, or Segments

    Returns
    -------
    Segments   in the order of their first stay; empty segments are left out unless all are
    """
    if isinstance(segments, Segments):
        return segments
    if isinstance(segments, VisitIndex):
        if not segments._packed:
            segments._packed.append(_packed([segments]))
        return segments._packed[0]
    parts = list(segments)
    full = sorted((p for p in parts if p.n_visits), key=lambda p: (p.first_s, p.last_s))
    if not full:
        nothing = np.empty(0, np.int64)
        full = [VisitIndex.from_arrays(nothing, nothing, nothing, nothing)]
    return _packed(full)


def _packed(parts: list[VisitIndex]) -> Segments:
    base, first, last = (
        np.array([getattr(p, name) for p in parts], np.int64) for name in ("base_s", "first_s", "last_s")
    )
    kept = tuple(p.arrays for p in parts)
    return Segments(table_of(kept), base, first, last, kept)
