"""Close contacts and the contacts of contacts, over indexes of stays; answers in arrays.

Chapter 7: reads contacts.index; read by find, the store and the commands. What may be asked is decided by the
callers: the rule in force first, then the search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.index import VisitSegments, ready
from fireline.kernels.arrays import require_length
from fireline.kernels.contact_search import Found, Met, find_contacts, find_episodes
from fireline.kernels.secondary_search import Linked, find_secondary
from fireline.kernels.visit_index import LARGEST_ID

Integers = NDArray[np.integer[Any]] | Sequence[int]


def contacts(
    segments: VisitSegments,
    cases: Integers,
    from_s: Integers | int,
    to_s: Integers | int,
    min_overlap_s: int,
    *,
    within_s: int = 0,
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
    return find_contacts(ready(segments), **asked)


def episodes(
    segments: VisitSegments,
    cases: Integers,
    from_s: Integers | int,
    to_s: Integers | int,
    min_overlap_s: int,
    *,
    within_s: int = 0,
) -> Met:
    """Find every qualifying episode of each case with its place: the evidence behind ``contacts``.

    Parameters
    ----------
    segments, cases, from_s, to_s, min_overlap_s, within_s : see contacts

    Returns
    -------
    Met   sorted by all columns

    Raises
    ------
    ValueError   see contacts
    """
    asked = checked(cases, from_s, to_s, min_overlap_s, within_s=within_s)
    return find_episodes(ready(segments), **asked)


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
) -> Linked:
    """Find the contacts of contacts, and through whom.

    Parameters
    ----------
    segments, cases, from_s, to_s, min_overlap_s, within_s : see contacts; they find the contacts
    until_s : integers, shape (n_cases,), or one for all, or None   until when the contacts of a case are
        followed; None = to_s
    managed_s : callable or None   takes person indices, gives the second at which management of each began
        (one that never did: any later than until_s)

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
    first = find_contacts(packed, **asked)
    n = asked["cases"].size
    until = follow_until(first, asked["to_s"], until_s=until_s, managed_s=managed_s)
    bounds = np.searchsorted(first.case_i, np.arange(n + 1))
    everyone = np.unique(asked["cases"])
    parts = []
    for k in range(n):
        rows = slice(bounds[k], bounds[k + 1])
        people = first.person_i[rows]
        parts.append(
            find_secondary(
                packed,
                case=int(asked["cases"][k]),
                case_i=k,
                contacts=people,
                from_s=first.first_s[rows],
                to_s=until[rows],
                min_overlap_s=asked["min_overlap_s"],
                known=np.union1d(everyone, people),
            )
        )
    if not parts:
        names, figures = np.empty(0, np.uint32), np.empty(0, np.int64)
        return Linked(names, names, names, *[figures] * 6)
    return Linked(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def follow_until(
    first: Found,
    to_s: NDArray[np.int64],
    *,
    until_s: Integers | int | None,
    managed_s: Callable[[NDArray[np.uint32]], NDArray[np.int64]] | None,
) -> NDArray[np.int64]:
    """Until when each contact found is followed.

    Parameters
    ----------
    first : Found   the contacts of the cases
    to_s : int64 array, shape (n_cases,)   end of the window of each case
    until_s, managed_s : see secondary

    Returns
    -------
    int64 array, shape (n_found,)
    """
    until = to_s if until_s is None else _times(until_s, to_s.size, label="until_s")
    end = until[first.case_i]
    if managed_s is not None and end.size:
        end = np.minimum(end, managed_s(first.person_i))
    return end


def _times(values: Integers | int, n: int, *, label: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.integer) and array.size:
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
    """
    people = np.atleast_1d(np.asarray(cases))
    if people.size and not np.issubdtype(people.dtype, np.integer):
        raise ValueError(f"cases: expected person indices, got {people.dtype}")
    wrong = np.flatnonzero((people < 0) | (people > LARGEST_ID)) if people.size else people
    if people.ndim != 1 or wrong.size:
        where = f"row {int(wrong[0])}" if wrong.size else f"shape {people.shape}"
        raise ValueError(f"cases: {where}: expected indices from 0 to {LARGEST_ID} in one dimension")
    low = _times(from_s, people.size, label="from_s")
    high = _times(to_s, people.size, label="to_s")
    if (backwards := np.flatnonzero(high < low)).size:
        raise ValueError(f"to_s: row {int(backwards[0])} is earlier than from_s")
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
