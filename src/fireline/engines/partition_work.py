"""What the partitions of a Spark session do: Arrow batches in, Arrow batches out; runs on the workers.

Engine: handed to Spark by spark; cutting is done by parcels, searching and summing by the kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.index import ready
from fireline.contacts.network import Pairs, network
from fireline.engines import parcels
from fireline.kernels.contact_search import U32, Found, Met, find_contacts, find_episodes
from fireline.kernels.partial_sums import merge_found, merge_pairs, sum_episodes
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
EPISODES = "person_a long, person_b long, place_i long, start_s int, overlap_s int"
PAIRS = "person_a long, person_b long, overlap_s int"

_AT_ONCE = 1 << 21
"""Stays that are cut together: large enough that a parcel is no crumb, small enough for any worker."""

_CHUNK = 1 << 20
"""Pairs that are handed on together."""
_OUT = 1 << 16
"""Rows of a batch of results, so that no worker holds a large one twice."""

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
    for _, segments in _by_bucket(batches):
        if asked["within_s"]:
            rows: Any = find_episodes(segments, **(asked | {"min_overlap_s": 1, "within_s": 0}))
        else:
            rows = find_contacts(segments, **asked)
        yield _batch(parcels.spread(rows, part_of[rows.case_i]), ROWS)


def _by_bucket(batches: Batches) -> Iterator[tuple[int, Segments]]:
    held: dict[int, list[Any]] = {}
    for batch in batches:
        for row in zip(*batch.columns, strict=True):
            cell = dict(zip(batch.schema.names, row, strict=True))
            times = {name: cell[name].as_py() for name in ("base_s", "first_s", "last_s")}
            buffers = [cell[name].as_buffer() for name in IndexArrays._fields]
            held.setdefault(cell["bucket"].as_py(), []).append(parcels.restore(buffers, **times))
    for bucket in sorted(held):
        yield bucket, ready(held.pop(bucket))


def sum_met(batches: Batches, *, min_overlap_s: int, within_s: int) -> Iterator[Any]:
    """Sum what the partitions found, by case and person.

    Parameters
    ----------
    batches : iterable of RecordBatch of ROWS   all rows of a case come to one partition
    min_overlap_s, within_s : int   see contacts.search.contacts

    Yields
    ------
    RecordBatch of FOUND, sorted within the partition
    """
    if within_s:
        found = sum_episodes(_rows(batches, Met), min_overlap_s=min_overlap_s, within_s=within_s)
    else:
        found = merge_found(_rows(batches, Found))
    yield from _table(found, FOUND)


def link_met(batches: Batches, *, cases: U32, via_case: U32, via: U32) -> Iterator[Any]:
    """Gather by case whom the contacts of each case met.

    Parameters
    ----------
    batches : iterable of RecordBatch of ROWS   case_i = row of the contact; all rows of a case are here
    cases : uint32 array, shape (n_cases,)   persons
    via_case, via : uint32 arrays, shape (n_contacts,)   case of each contact, sorted; and its person

    Yields
    ------
    RecordBatch of LINKED
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
        linked = link_contacts(mine, case=int(cases[k]), case_i=int(k), contacts=via[a:b], known=known)
        yield from _table(linked, LINKED)


def list_episodes(batches: Batches, *, asked: dict[str, Any], n_buckets: int) -> Iterator[Any]:
    """Everybody who was together at the places of one partition, episode by episode.

    Parameters
    ----------
    batches : iterable of RecordBatch of SEGMENTS   all segments of a bucket come to one partition
    asked : dict   what contacts.network.network takes besides segments
    n_buckets : int

    Yields
    ------
    RecordBatch of EPISODES
    """
    for bucket, segments in _by_bucket(batches):
        for met in network(segments, **asked).episodes(chunk_rows=_OUT):
            place = met.place_i.astype(np.int64) * n_buckets + bucket
            yield from _table((met.person_a, met.person_b, place, met.start_s, met.overlap_s), EPISODES)


def list_pairs(batches: Batches, *, asked: dict[str, Any], n_parts: int) -> Iterator[Any]:
    """Everybody who was together at the places of one partition, pair by pair.

    Parameters
    ----------
    batches, asked : see list_episodes
    n_parts : int   partitions behind the exchange that sums each pair

    Yields
    ------
    RecordBatch of ROWS: rows of contacts.network.Pairs
    """
    for _, segments in _by_bucket(batches):
        for pairs in network(segments, **asked).pairs(chunk_rows=_CHUNK):
            yield _batch(parcels.spread(pairs, pairs.person_a % np.uint32(n_parts)), ROWS)


def sum_pairs(batches: Batches) -> Iterator[Any]:
    """Sum the time together of each pair.

    Parameters
    ----------
    batches : iterable of RecordBatch of ROWS   all rows of a pair come to one partition

    Yields
    ------
    RecordBatch of PAIRS, sorted by (person_a, person_b) within the partition
    """
    yield from _table(merge_pairs(_rows(batches, Pairs)), PAIRS)


def _rows(batches: Batches, like: Any) -> list[Any]:
    cells = (cell for batch in batches for cell in batch.column("rows"))
    return [parcels.gather(cell.as_buffer(), like) for cell in cells]


def _batch(rows: Iterable[tuple[Any, ...]], schema: str) -> Any:
    import pyarrow  # comes with the extra

    names, types = _columns(schema)
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [pyarrow.array(column, type=kind) for column, kind in zip(columns, types, strict=True)]
    return pyarrow.RecordBatch.from_arrays(arrays, names=names)


def _table(table: Iterable[NDArray[Any]], schema: str) -> Iterator[Any]:
    """A table in batches; one empty batch where there is no row."""
    import pyarrow

    names, types = _columns(schema)
    arrays = [
        pyarrow.array(column.astype(kind.to_pandas_dtype()))
        for column, kind in zip(table, types, strict=True)
    ]
    whole = pyarrow.RecordBatch.from_arrays(arrays, names=names)
    for begin in range(0, max(1, whole.num_rows), _OUT):
        yield whole.slice(begin, _OUT)


def _columns(schema: str) -> tuple[list[str], list[Any]]:
    import pyarrow

    kinds = {"int": pyarrow.int32(), "long": pyarrow.int64(), "binary": pyarrow.binary()}
    columns = [column.split() for column in schema.split(", ")]
    return [name for name, _ in columns], [kinds[kind] for _, kind in columns]
