"""What the partitions of a Spark session do: Arrow batches in, Arrow batches out; runs on the workers.

Engine: handed to Spark by spark; cutting is done by parcels, searching and summing by the kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.index import ready
from fireline.engines import parcels
from fireline.kernels.contact_search import U32, Found, Met, find_contacts, find_episodes
from fireline.kernels.partial_sums import merge_found, sum_episodes
from fireline.kernels.secondary_search import Linked, link_contacts
from fireline.kernels.segment_table import I64, Segments
from fireline.kernels.visit_index import IndexArrays

PARCELS = "bucket int, day int, visits binary"
SEGMENTS = "bucket int, day int, n_visits long, base_s long, first_s long, last_s long, " + ", ".join(
    f"{name} binary" for name in IndexArrays._fields
)
ROWS = "part int, rows binary"
FOUND = ", ".join(f"{name} long" for name in Found._fields)
LINKED = ", ".join(f"{name} long" for name in Linked._fields)

_AT_ONCE = 1 << 21
"""Stays that are cut together: large enough that a parcel is no crumb, small enough for any worker."""

Batches = Iterable[Any]


def cut_visits(batches: Batches, *, n_buckets: int) -> Iterator[Any]:
    """Cut the stays of one partition of the input into parcels.

    Parameters
    ----------
    batches : iterable of RecordBatch   columns person_i, place_i, enter_s, leave_s
    n_buckets : int, >= 1

    Yields
    ------
    RecordBatch of PARCELS

    Raises
    ------
    ValueError, TypeError   see parcels.check_visits; or a cell is empty
    """
    held: list[list[NDArray[Any]]] = []
    n_held, n_before = 0, 0
    for batch in batches:
        held.append(_visits(batch, where=f"visits, counted from row {n_before} of a partition"))
        n_before += batch.num_rows
        n_held += batch.num_rows
        if n_held >= _AT_ONCE:
            yield _batch(_cut(held, n_buckets=n_buckets), PARCELS)
            held, n_held = [], 0
    if held:
        yield _batch(_cut(held, n_buckets=n_buckets), PARCELS)


def _cut(parts: list[list[NDArray[Any]]], *, n_buckets: int) -> Iterator[parcels.Parcel]:
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return parcels.cut(columns, n_buckets=n_buckets)


def _visits(batch: Any, *, where: str) -> list[NDArray[Any]]:
    columns = []
    for name in parcels.COLUMNS:
        column = batch.column(name)
        if column.null_count:
            row = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
            raise ValueError(f"{where}: {name}: row {row}: empty, expected a whole number")
        columns.append(column.to_numpy(zero_copy_only=False))
    parcels.check_visits(columns, where=where)
    return columns


def build_segments(batches: Batches) -> Iterator[Any]:
    """Build the index segments of the buckets of one partition, one for each day.

    Parameters
    ----------
    batches : iterable of RecordBatch of PARCELS   all parcels of a bucket come to one partition

    Yields
    ------
    RecordBatch of SEGMENTS, one row each
    """
    held: dict[tuple[int, int], list[parcels.Parcel]] = {}
    for batch in batches:
        for bucket, day, visits in zip(*batch.columns, strict=True):
            parcel = parcels.Parcel(bucket.as_py(), day.as_py(), visits.as_buffer())
            held.setdefault((parcel.bucket, parcel.day), []).append(parcel)
    for bucket, day in sorted(held):
        index = parcels.join(held.pop((bucket, day)))
        if index.n_visits:
            arrays = parcels.slim(index.arrays)
            row = (bucket, day, index.n_visits, index.base_s, index.first_s, index.last_s)
            yield _batch([row + tuple(array.tobytes() for array in arrays)], SEGMENTS)


def find_met(batches: Batches, *, asked: dict[str, Any], part_of: I64) -> Iterator[Any]:
    """Whom the cases met at the places of one partition.

    Parameters
    ----------
    batches : iterable of RecordBatch of SEGMENTS   all segments of a bucket come to one partition
    asked : dict   what contacts.search.checked gave
    part_of : integer array, shape (n_cases,)   the partition behind the exchange that sums each case

    Yields
    ------
    RecordBatch of ROWS: rows of Found, or of Met where a window moves and no sum can be made yet
    """
    for segments in _by_bucket(batches):
        if asked["within_s"]:
            rows: Any = find_episodes(segments, **(asked | {"min_overlap_s": 1, "within_s": 0}))
        else:
            rows = find_contacts(segments, **asked)
        yield _batch(parcels.spread(rows, part_of[rows.case_i]), ROWS)


def _by_bucket(batches: Batches) -> Iterator[Segments]:
    held: dict[int, list[Any]] = {}
    for batch in batches:
        for row in zip(*batch.columns, strict=True):
            cell = dict(zip(batch.schema.names, row, strict=True))
            times = {name: cell[name].as_py() for name in ("base_s", "first_s", "last_s")}
            buffers = [cell[name].as_buffer() for name in IndexArrays._fields]
            held.setdefault(cell["bucket"].as_py(), []).append(parcels.restore(buffers, **times))
    for bucket in sorted(held):
        yield ready(held.pop(bucket))


def sum_met(batches: Batches, *, min_overlap_s: int, within_s: int) -> Iterator[Any]:
    """Sum what the partitions found, by case and person.

    Parameters
    ----------
    batches : iterable of RecordBatch of ROWS   all rows of a case come to one partition
    min_overlap_s, within_s : int   see contacts.search.contacts

    Yields
    ------
    RecordBatch of FOUND, one
    """
    if within_s:
        yield _table(sum_episodes(_rows(batches, Met), min_overlap_s=min_overlap_s, within_s=within_s))
    else:
        yield _table(merge_found(_rows(batches, Found)))


def link_met(batches: Batches, *, cases: U32, via_case: U32, via: U32) -> Iterator[Any]:
    """Gather by case whom the contacts of each case met.

    Parameters
    ----------
    batches : iterable of RecordBatch of ROWS   case_i = row of the contact; all rows of a case are here
    cases : uint32 array, shape (n_cases,)   persons
    via_case, via : uint32 arrays, shape (n_contacts,)   case of each contact, sorted; and its person

    Yields
    ------
    RecordBatch of LINKED, one a case
    """
    met = merge_found(_rows(batches, Found))
    everyone = np.unique(cases)
    for k in np.unique(via_case[met.case_i]):
        a, b = (int(row) for row in np.searchsorted(via_case, [k, k + 1]))
        rows = slice(*np.searchsorted(met.case_i, [a, b]))
        mine = Found(
            (met.case_i[rows] - a).astype(np.uint32), met.person_i[rows], *(c[rows] for c in met[2:])
        )
        known = np.union1d(everyone, via[a:b])
        yield _table(link_contacts(mine, case=int(cases[k]), case_i=int(k), contacts=via[a:b], known=known))


def _rows(batches: Batches, like: Any) -> list[Any]:
    cells = (cell for batch in batches for cell in batch.column("rows"))
    return [parcels.gather(cell.as_buffer(), like) for cell in cells]


def _batch(rows: Iterable[tuple[Any, ...]], schema: str) -> Any:
    import pyarrow  # comes with the extra

    kinds = {"int": pyarrow.int32(), "long": pyarrow.int64(), "binary": pyarrow.binary()}
    names, types = zip(*(column.split() for column in schema.split(", ")), strict=True)
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [pyarrow.array(column, type=kinds[kind]) for column, kind in zip(columns, types, strict=True)]
    return pyarrow.RecordBatch.from_arrays(arrays, names=list(names))


def _table(table: Any) -> Any:
    import pyarrow

    arrays = [pyarrow.array(column.astype(np.int64)) for column in table]
    return pyarrow.RecordBatch.from_arrays(arrays, names=list(table._fields))
