"""Close contacts and the contacts of contacts, over indexes of stays; answers in arrays.

Chapter 7: reads contacts.index; read by find, the store and the commands. What may be asked is decided by the
callers: the rule in force first, then the search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.index import VisitSegments, ready
from fireline.kernels.arrays import require_length
from fireline.kernels.contact_search import Found, Met, find_contacts, find_episodes
from fireline.kernels.secondary_search import Linked, find_secondary
from fireline.kernels.segment_table import Segments
from fireline.kernels.visit_index import LARGEST_ID

_T = TypeVar("_T")

Integers = NDArray[np.integer[Any]] | Sequence[int]

CaseEngine = Callable[[Callable[[int, int], Any], int], list[Any]]
"""Runs a search over ranges [low, high) of n cases and gives the answers in order; see engines.local."""


_LONGEST_S = 2**62  # beyond any stay, and sums with it stay within 64 bits


def contacts(
    segments: VisitSegments,
    cases: Integers,
    from_s: Integers | int,
    to_s: Integers | int,
    min_overlap_s: int,
    *,
    within_s: int = 0,
    engine: CaseEngine | None = None,
) -> Found:
    """Find everyone who shared a place with a case for long enough.

    Parameters
    ----------
    segments : VisitIndex, several of them, or what index.ready made of them
    cases : integers, shape (n_cases,)   person indices; a person may be asked about several times
    from_s, to_s : integers, shape (n_cases,), or one for all   window [from, to) of each case
    min_overlap_s : int, seconds, >= 1   read from policy by the caller
    within_s : int, seconds   0 = each episode must last min_overlap_s; else the episodes of a pair within
        some moving window of this length must do so together (a rule may say 15 minutes within 24 hours)
    engine : how many cases are shared out; None = all on this thread

    Returns
    -------
    Found   one row for each case and person; case_i is the row in ``cases``; sorted by (case_i, person_i)

    Raises
    ------
    ValueError   shapes differ, a case is no index, a window ends before it begins, or a limit is too small

    Notes
    -----
    An episode is one overlap of two stays at one place, clipped to the window; half-open, so a stay that ends
    at 9 does not meet one that begins at 9. Figures of a pair sum its qualifying episodes.
    """
    asked = checked(cases, from_s, to_s, min_overlap_s, within_s=within_s)
    packed = ready(segments)
    if engine is None:
        return find_contacts(packed, **asked)
    return Found(
        *_joined(Found._fields, engine(_by_range(find_contacts, packed, asked), asked["cases"].size))
    )


def episodes(
    segments: VisitSegments,
    cases: Integers,
    from_s: Integers | int,
    to_s: Integers | int,
    min_overlap_s: int,
    *,
    within_s: int = 0,
    engine: CaseEngine | None = None,
) -> Met:
    """Find every qualifying episode of each case with its place: the evidence behind ``contacts``.

    Parameters
    ----------
    segments, cases, from_s, to_s, min_overlap_s, within_s, engine : see contacts

    Returns
    -------
    Met   sorted by all columns

    Raises
    ------
    ValueError   see contacts
    """
    asked = checked(cases, from_s, to_s, min_overlap_s, within_s=within_s)
    search = _by_range(find_episodes, ready(segments), asked)
    n = asked["cases"].size
    return search(0, n) if engine is None else Met(*_joined(Met._fields, engine(search, n)))


def secondary(
    segments: VisitSegments,
    cases: Integers,
    from_s: Integers | int,
    to_s: Integers | int,
    min_overlap_s: int,
    *,
    until_s: Integers | int | None = None,
    managed_s: Callable[[NDArray[np.uint32]], NDArray[np.int64]] | None = None,
    within_s: int = 0,
    engine: CaseEngine | None = None,
) -> Linked:
    """Find the contacts of contacts, and through whom.

    Parameters
    ----------
    segments, cases, from_s, to_s, min_overlap_s, within_s : see contacts; they find the contacts
    until_s : integers, shape (n_cases,), or one for all, or None   until when the contacts of a case are
        followed; None = to_s
    managed_s : callable or None   takes person indices, gives the second at which management of each began
        (one that never did: any later than until_s); called from the threads of the engine
    engine : how many cases are shared out; None = all on this thread

    Returns
    -------
    Linked   one row for each case and person who is neither a case asked about nor a contact of that case;
        sorted by (case_i, person_i)

    Raises
    ------
    ValueError   see contacts

    Notes
    -----
    A contact is followed from its first exposure until its management began (else until_s). Persons found
    through several contacts have one row: the contact of the longest overlap, and sums over all of them.
    """
    asked = checked(cases, from_s, to_s, min_overlap_s, within_s=within_s)
    packed = ready(segments)
    n = asked["cases"].size
    until = until_each(asked, until_s)
    everyone = np.unique(asked["cases"])

    def followed(low: int, high: int) -> list[Linked]:
        first = _by_range(find_contacts, packed, asked)(low, high)
        bounds = np.searchsorted(first.case_i, np.arange(low, high + 1))
        return [
            _beyond(packed, asked, k, first=first, rows=slice(*bounds[k - low : k - low + 2]), until=until[k],
                    managed_s=managed_s, everyone=everyone)
            for k in range(low, high)
        ]  # fmt: skip

    found = followed(0, n) if engine is None else [part for parts in engine(followed, n) for part in parts]
    return Linked(*_joined(Linked._fields, found))


def _beyond(
    packed: Segments,
    asked: dict[str, Any],
    k: int,
    *,
    first: Found,
    rows: slice,
    until: np.int64,
    managed_s: Callable[[NDArray[np.uint32]], NDArray[np.int64]] | None,
    everyone: NDArray[np.uint32],
) -> Linked:
    """Contacts of the contacts of case k, which are in ``rows`` of the first search."""
    people = first.person_i[rows]
    end = follow_until(people, np.full(people.size, until, np.int64), managed_s=managed_s)
    return find_secondary(
        packed,
        case=int(asked["cases"][k]),
        case_i=k,
        contacts=people,
        from_s=first.first_s[rows],
        to_s=end,
        min_overlap_s=asked["min_overlap_s"],
        known=np.union1d(everyone, people),
    )


def _by_range(find: Callable[..., _T], packed: Segments, asked: dict[str, Any]) -> Callable[[int, int], _T]:
    by_case = ("cases", "from_s", "to_s")

    def search(low: int, high: int) -> _T:
        return find(packed, **(asked | {name: asked[name][low:high] for name in by_case}), first_case=low)

    return search


def _joined(names: tuple[str, ...], parts: Sequence[tuple[Any, ...]]) -> list[NDArray[Any]]:
    if not parts:
        return [np.empty(0, np.uint32 if name.endswith("_i") else np.int64) for name in names]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def until_each(asked: dict[str, Any], until_s: Integers | int | None) -> NDArray[np.int64]:
    """Until when the contacts of each case are followed, management apart.

    Parameters
    ----------
    asked : dict   what ``checked`` gave
    until_s : see secondary

    Returns
    -------
    int64 array, shape (n_cases,)

    Raises
    ------
    ValueError   shapes differ, or times are no whole seconds
    """
    return asked["to_s"] if until_s is None else _times(until_s, asked["cases"].size, label="until_s")


def follow_until(
    people: NDArray[np.uint32],
    until: NDArray[np.int64],
    *,
    managed_s: Callable[[NDArray[np.uint32]], NDArray[np.int64]] | None,
) -> NDArray[np.int64]:
    """Until when each contact is followed: until management began, where that is earlier.

    Parameters
    ----------
    people : uint32 array, shape (n,)   contacts
    until : int64 array, shape (n,)
    managed_s : see secondary

    Returns
    -------
    int64 array, shape (n,)

    Raises
    ------
    ValueError   managed_s gave another shape, or no whole seconds
    """
    if managed_s is None or not people.size:
        return until
    return np.minimum(until, _times(managed_s(people), people.size, label="managed_s"))


def _times(values: Integers | int, n: int, *, label: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"{label}: expected whole seconds, got {array.dtype}")
    if array.ndim == 0:
        return np.full(n, array, np.int64)
    require_length(array, n, label=label)
    return np.ascontiguousarray(array, np.int64)


def checked(
    cases: Integers, from_s: Integers | int, to_s: Integers | int, min_overlap_s: int, *, within_s: int
) -> dict[str, Any]:
    """Check the arguments of a search and give them as the kernels take them.

    Parameters
    ----------
    cases, from_s, to_s, min_overlap_s, within_s : see contacts

    Returns
    -------
    dict   cases (uint32), from_s and to_s (int64), min_overlap_s and within_s (int)

    Raises
    ------
    ValueError   see contacts

    Notes
    -----
    Of one case this takes a few microseconds.
    """
    people = np.atleast_1d(cases)
    if people.size and people.dtype.kind not in "iu":
        raise ValueError(f"cases: expected person indices, got {people.dtype}")
    if people.ndim != 1:
        raise ValueError(f"cases: shape {people.shape}: expected indices in one dimension")
    if people.size and (people.min() < 0 or people.max() > LARGEST_ID):
        row = int(np.argmax((people < 0) | (people > LARGEST_ID)))
        raise ValueError(f"cases: row {row}: expected indices from 0 to {LARGEST_ID}")
    low = _times(from_s, people.size, label="from_s")
    high = _times(to_s, people.size, label="to_s")
    if (high < low).any():
        raise ValueError(f"to_s: row {int(np.argmax(high < low))} is earlier than from_s")
    for label, limit in (("min_overlap_s", min_overlap_s), ("within_s", within_s)):
        if isinstance(limit, bool) or not isinstance(limit, int | np.integer) or limit > _LONGEST_S:
            raise ValueError(f"{label}: expected whole seconds up to {_LONGEST_S}, got {limit!r}")
    if min_overlap_s < 1:
        raise ValueError(f"min_overlap_s: expected at least 1 second, got {min_overlap_s}")
    if within_s < 0 or 0 < within_s < min_overlap_s:
        raise ValueError(f"within_s: expected 0 or at least min_overlap_s {min_overlap_s}, got {within_s}")
    return {
        "cases": np.ascontiguousarray(people, np.uint32),
        "from_s": low,
        "to_s": high,
        "min_overlap_s": int(min_overlap_s),
        "within_s": int(within_s),
    }
