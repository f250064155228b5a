"""Who was together with whom on one day: within one setting, or in an exercise world; never of a population.

Chapter 7: reads contacts.index; read by the commands and the drill. A list of everybody's company is the most
intrusive table there is, so the scope is stated in so many words and anything wider is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.index import VisitSegments, ready
from fireline.errors import PolicyError
from fireline.kernels import network as kernel
from fireline.kernels import network_pairs as pair_kernel
from fireline.kernels.segment_table import Segments

MOST_PERSONS = 20_000
"""The largest setting: a hospital or a campus with everybody who passed through in a day."""
LONGEST_S = 25 * 3_600
"""One day, also that on which clocks are put back."""
CHUNK_ROWS = 65_536
"""Rows of a chunk: small enough to stay in the processor's cache."""
MOST_ROWS = 1 << 28
"""Episodes that are put in order at once, 8 bytes each; more are taken in turns."""

_ALLOWED = (
    "allowed: Setting(place indices of one ward, school, workplace or vehicle; at most "
    f"{MOST_PERSONS} persons in a day), or ExerciseWorld(name) for made-up people"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the places of a ward, a school, a workplace, a vehicle.

    Attributes
    ----------
    places : tuple of int   place indices, at least one
    max_persons : int   refuse when more persons were there; at most MOST_PERSONS
    """

    places: tuple[int, ...]
    max_persons: int = MOST_PERSONS


@dataclass(frozen=True, slots=True)
class ExerciseWorld:
    """Made-up people: a drill, a benchmark, a generated county. All places may be listed.

    Attributes
    ----------
    name : str   what made these people, as stated in the exercise's own records
    """

    name: str


class Episodes(NamedTuple):
    """One row for each time two persons were together; views of buffers that the next chunk overwrites.

    Attributes
    ----------
    person_a, person_b : uint32 arrays, shape (n,)   person_a < person_b
    place_i : uint32 array, shape (n,)
    start_s : int32 array, shape (n,)   seconds after the window begins
    overlap_s : int32 array, shape (n,)
    """

    person_a: NDArray[np.uint32]
    person_b: NDArray[np.uint32]
    place_i: NDArray[np.uint32]
    start_s: NDArray[np.int32]
    overlap_s: NDArray[np.int32]


class Pairs(NamedTuple):
    """One row for each pair; views of buffers that the next chunk overwrites.

    Attributes
    ----------
    person_a, person_b : uint32 arrays, shape (n,)   person_a < person_b
    overlap_s : int32 array, shape (n,)   sum of the qualifying episodes
    """

    person_a: NDArray[np.uint32]
    person_b: NDArray[np.uint32]
    overlap_s: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The company of one day, ready to be streamed.

    Attributes
    ----------
    from_s, to_s : int, epoch seconds
    min_overlap_s : int, seconds
    n_persons, n_places : int   persons at places where two or more stays are long enough; those places
    """

    from_s: int
    to_s: int
    min_overlap_s: int
    n_persons: int
    n_places: int
    _gathered: kernel.Gathered = field(repr=False)

    def episodes(self, *, chunk_rows: int = CHUNK_ROWS, part: tuple[int, int] = (0, 1)) -> Iterator[Episodes]:
        """Stream every qualifying episode.

        Parameters
        ----------
        chunk_rows : int, >= 1   most rows of a chunk
        part : (k, n)   the k-th of n parts by place, counted from 0; one after another they are the whole

        Yields
        ------
        Episodes   in the order of (place_i, stay that began first); copy what must outlive the next chunk
        """
        _require(chunk_rows >= 1, f"chunk_rows: expected at least 1, got {chunk_rows}")
        rows = self._gathered.place_start
        q, last = _share(rows, part)
        kinds = (np.uint32, np.uint32, np.uint32, np.int32, np.int32)
        buffers: Any = tuple(np.empty(chunk_rows, kind) for kind in kinds)
        at = kernel.begin_at(self._gathered, q)
        while True:
            n, at = kernel.fill_episodes(
                self._gathered, at, last=last, min_overlap_s=self.min_overlap_s, buffers=buffers
            )
            if n == 0:
                return
            yield Episodes(*(column[:n] for column in buffers))

    def pairs(self, *, chunk_rows: int = CHUNK_ROWS, part: tuple[int, int] = (0, 1)) -> Iterator[Pairs]:
        """Stream every pair once with its time together.

        Parameters
        ----------
        chunk_rows : int, >= 1   about how many rows a chunk has; at least one person's pairs fit in it
        part : (k, n)   the k-th of n parts by person, counted from 0; one after another they are the whole

        Yields
        ------
        Pairs   sorted by (person_a, person_b); copy what must outlive the next chunk
        """
        _require(chunk_rows >= 1, f"chunk_rows: expected at least 1, got {chunk_rows}")
        dealt = pair_kernel.deal(self._gathered, min_overlap_s=self.min_overlap_s)
        first, last = _share(dealt.start, part)
        largest = int(np.diff(dealt.start[first : last + 1]).max(initial=0))
        spare = np.empty(largest, np.uint64)
        buffers: Any = tuple(
            np.empty(max(chunk_rows, largest), kind) for kind in (np.uint32, np.uint32, np.int32)
        )
        while first < last:
            end = int(np.searchsorted(dealt.start, dealt.start[first] + MOST_ROWS, side="right")) - 1
            end = min(max(end, first + 1), last)
            rows = pair_kernel.deal_out(
                self._gathered, dealt, first=first, last=end, min_overlap_s=self.min_overlap_s
            )
            while first < end:
                n, first = pair_kernel.fill_pairs(
                    self._gathered, dealt, rows, first, spare=spare, buffers=buffers
                )
                if n:
                    yield Pairs(*(column[:n] for column in buffers))


def network(
    segments: VisitSegments, scope: Setting | ExerciseWorld, *, from_s: int, to_s: int, min_overlap_s: int
) -> Network:
    """Find everybody who was together at the places of a scope within one day.

    Parameters
    ----------
    segments : VisitIndex, several of them, or what index.ready made of them
    scope : Setting or ExerciseWorld   what is asked about; there is no scope for a population
    from_s, to_s : int, epoch seconds   window [from, to), at most LONGEST_S
    min_overlap_s : int, seconds, >= 1   read from policy by the caller

    Returns
    -------
    Network   whose ``episodes`` and ``pairs`` are streamed

    Raises
    ------
    PolicyError   the scope is neither, a setting holds too many persons, or the window is longer than a day
    ValueError   the window ends before it begins, min_overlap_s is below 1, or a place is no index

    Notes
    -----
    An episode is one overlap of two stays at one place, clipped to the window; it counts when it lasts
    min_overlap_s. A pair's total sums its episodes that count.
    """
    _require(to_s >= from_s, f"to_s {to_s}: expected no earlier than from_s {from_s}")
    _require(min_overlap_s >= 1, f"min_overlap_s: expected at least 1 second, got {min_overlap_s}")
    if to_s - from_s > LONGEST_S:
        raise PolicyError(
            f"network: one day at a time: the window has {to_s - from_s} seconds, at most {LONGEST_S} are "
            "allowed; ask day by day"
        )
    packed = ready(segments)
    gathered = kernel.gather(
        packed, places=_places(scope, packed), from_s=from_s, to_s=to_s, min_overlap_s=min_overlap_s
    )
    n_persons = gathered.person_ids.size
    if isinstance(scope, Setting) and n_persons > scope.max_persons:
        raise PolicyError(
            f"network: {n_persons} persons were at these places, at most {scope.max_persons} are allowed in "
            f"one setting; {_ALLOWED}"
        )
    return Network(from_s, to_s, min_overlap_s, n_persons, gathered.place_ids.size, gathered)


def _places(scope: Setting | ExerciseWorld, segments: Segments) -> NDArray[np.uint32]:
    if isinstance(scope, ExerciseWorld) and scope.name.strip():
        known = [arrays.place_ids for arrays in segments.kept if arrays.place_ids.size]
        dense = max((a.place_start.size - 1 for a in segments.kept if not a.place_ids.size), default=0)
        return np.unique(np.concatenate([np.arange(dense, dtype=np.uint32), *known]))
    if isinstance(scope, Setting) and scope.places:
        if not 1 <= scope.max_persons <= MOST_PERSONS:
            raise PolicyError(
                f"network: max_persons {scope.max_persons} is outside 1 to {MOST_PERSONS}; {_ALLOWED}"
            )
        places = np.unique(np.asarray(scope.places, np.int64))
        _require(places[0] >= 0 and places[-1] < 2**32 - 1, "places: expected indices from 0 to 2^32 - 2")
        return places.astype(np.uint32)
    raise PolicyError(f"network: no scope is stated, and a whole population is refused; {_ALLOWED}")


def _share(start: NDArray[Any], part: tuple[int, int]) -> tuple[int, int]:
    """Rows of one part when rows are shared out by how much each holds."""
    k, n = part
    _require(0 <= k < n, f"part {part}: expected (k, n) with 0 <= k < n")
    total = int(start[-1])
    cuts = np.searchsorted(start, [total * k // n, total * (k + 1) // n])
    return int(cuts[0]), start.size - 1 if k == n - 1 else int(cuts[1])


def _require(is_right: bool, message: str) -> None:
    if not is_right:
        raise ValueError(message)
