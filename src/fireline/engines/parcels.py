"""How stays are cut into parcels by place and day, sent, and turned into index segments; plain arrays only.

Engine: read by spark. All stays of a place fall into one bucket; a bucket knows its places by numbers of its
own, so that its index is small. 16 bytes a stay on the way, about as many in the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.index import VisitIndex
from fireline.kernels.visit_index import LARGEST_ID, LONGEST_STAY_S, IndexArrays

DAY_S = 86_400
COLUMNS = ("person_i", "place_i", "enter_s", "leave_s")
_DTYPES: dict[str, Any] = {"stay_low": np.uint16, "stay_high": np.uint8}


class Parcel(NamedTuple):
    """Stays of one bucket that begin on one day.

    Attributes
    ----------
    bucket : int   place_i modulo the number of buckets
    day : int   days since 1970-01-01 UTC on which the stays begin
    visits : bytes   four arrays of uint32: person, place within the bucket, second of the day, length
    """

    bucket: int
    day: int
    visits: bytes


def check_visits(columns: Sequence[NDArray[Any]], *, where: str) -> None:
    """Refuse stays that no index could hold, before they are cut.

    Parameters
    ----------
    columns : person_i, place_i, enter_s, leave_s   integer arrays, shape (n,)
    where : str   for the message: which part of the input the rows are counted in

    Raises
    ------
    TypeError   a column does not hold integers
    ValueError   a value is out of range (gives column and row number, never the value)
    """
    for name, column in zip(COLUMNS, columns, strict=True):
        if not np.issubdtype(column.dtype, np.integer):
            raise TypeError(f"{where}: {name}: expected integers, got {column.dtype}")
    person, place, enter, leave = columns
    faults = (
        ("person_i", (person < 0) | (person > LARGEST_ID), f"expected an index from 0 to {LARGEST_ID}"),
        ("place_i", (place < 0) | (place > LARGEST_ID), f"expected an index from 0 to {LARGEST_ID}"),
        ("leave_s", leave < enter, "expected a stay that ends no earlier than it begins"),
        ("leave_s", leave - enter > LONGEST_STAY_S, f"expected a stay of at most {LONGEST_STAY_S} seconds"),
    )
    for name, is_wrong, allowed in faults:
        if is_wrong.any():
            raise ValueError(f"{where}: {name}: row {int(np.argmax(is_wrong))}: {allowed}")


def cut(columns: Sequence[NDArray[Any]], *, n_buckets: int) -> Iterator[Parcel]:
    """Cut checked stays into parcels.

    Parameters
    ----------
    columns : person_i, place_i, enter_s, leave_s   integer arrays, shape (n,)
    n_buckets : int, >= 1

    Yields
    ------
    Parcel   one for each bucket and day that holds a stay; each stay in exactly one
    """
    person, place, enter, leave = columns
    if not person.size:
        return
    day = np.asarray(enter, np.int64) // DAY_S
    first = int(day.min())
    bucket = np.asarray(place, np.int64) % n_buckets
    key = bucket * (int(day.max()) - first + 1) + (day - first)
    if int(key.max()) < 1 << 16:
        key = key.astype(np.uint16)  # numbers of 16 bits are sorted in one pass
    order = np.argsort(key, kind="stable")
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    sent = [
        column[order].astype("<u4")
        for column in (person, np.asarray(place, np.int64) // n_buckets, enter - day * DAY_S, leave - enter)
    ]
    for rows in np.split(np.arange(order.size), cuts):
        a, b = int(rows[0]), int(rows[-1]) + 1
        at = order[a]
        yield Parcel(int(bucket[at]), int(day[at]), b"".join(column[a:b].tobytes() for column in sent))


def join(parcels: Sequence[Parcel]) -> VisitIndex:
    """Build the segment of one bucket and day.

    Parameters
    ----------
    parcels : sequence of Parcel   all of one bucket and one day, at least one

    Returns
    -------
    VisitIndex   places by their numbers within the bucket
    """
    parts = [np.frombuffer(p.visits, "<u4").reshape(4, -1) for p in parcels]
    person, place, second, length = np.concatenate(parts, axis=1)
    enter = parcels[0].day * DAY_S + second.astype(np.int64)
    return VisitIndex.from_arrays(person, place, enter, enter + length)


def slim(arrays: IndexArrays) -> IndexArrays:
    """The same index without the persons that it does not hold, where that is smaller.

    Parameters
    ----------
    arrays : IndexArrays

    Returns
    -------
    IndexArrays   a segment of one bucket sees few of the persons of a city, but each may have a row
    """
    if arrays.person_ids.size:
        return arrays
    used = np.flatnonzero(np.diff(arrays.person_start.astype(np.int64)))
    if 2 * used.size >= arrays.person_start.size:
        return arrays
    start = np.append(arrays.person_start[used], np.uint32(arrays.person.size)).astype(np.uint32)
    return arrays._replace(person_start=start, person_ids=used.astype(np.uint32))


def restore(buffers: Sequence[Any], *, base_s: int, first_s: int, last_s: int) -> VisitIndex:
    """Read a segment where it lies.

    Parameters
    ----------
    buffers : sequence of buffers   the arrays of IndexArrays in their order
    base_s, first_s, last_s : int   see VisitIndex

    Returns
    -------
    VisitIndex   over the buffers, nothing is copied
    """
    arrays = IndexArrays(
        *(
            np.frombuffer(buffer, _DTYPES.get(name, np.uint32))
            for name, buffer in zip(IndexArrays._fields, buffers, strict=True)
        )
    )
    return VisitIndex(arrays, base_s, np.empty(0, np.int32), first_s, last_s)


def spread(table: Any, part: NDArray[np.integer[Any]]) -> Iterator[tuple[int, bytes]]:
    """The rows of a table by the part they go to, as bytes: column by column, in the order given.

    Parameters
    ----------
    table : tuple of integer arrays, shape (n,)   persons, places and cases as uint32, all others as int64
    part : integer array, shape (n,)

    Yields
    ------
    (int, bytes)   one for each part that gets a row, in order
    """
    order = np.argsort(part, kind="stable")
    sent = [column[order].astype(_sent_as(name)) for name, column in zip(table._fields, table, strict=True)]
    cuts = np.flatnonzero(np.diff(part[order])) + 1
    bounds = [0, *cuts.tolist(), order.size] if order.size else []
    for a, b in pairwise(bounds):
        yield int(part[order[a]]), b"".join(column[a:b].tobytes() for column in sent)


def gather(data: Any, like: Any) -> Any:
    """A table that ``spread`` wrote.

    Parameters
    ----------
    data : buffer
    like : class of the table

    Returns
    -------
    the table, uint32 and int64 columns
    """
    kinds = [np.dtype(_sent_as(name)) for name in like._fields]
    n = memoryview(data).nbytes // sum(kind.itemsize for kind in kinds)
    columns, at = [], 0
    for kind in kinds:
        columns.append(np.frombuffer(data, kind, n, at).astype(kind.newbyteorder("=")))
        at += n * kind.itemsize
    return like(*columns)


def _sent_as(name: str) -> str:
    return "<u4" if name.endswith(("_i", "_a", "_b")) else "<i8"
