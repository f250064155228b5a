"""engines.parcels and engines.partition_work without Spark: cutting and summing change nothing in the answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fireline.contacts.index import VisitIndex, ready
from fireline.contacts.network import ExerciseWorld, network
from fireline.contacts.search import checked, contacts, secondary
from fireline.engines import parcels, partition_work
from fireline.kernels.contact_search import Found, Met

try:
    import pyarrow
    import pyarrow.compute
except ImportError:
    pyarrow = None

DAY = 86_400
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(pyarrow is None, reason="PyArrow comes with fireline[spark]"),
]


def town(seed, n=500):
    rng = np.random.default_rng(seed)
    enter = rng.integers(-DAY, 4 * DAY, n)
    length = np.where(rng.random(n) < 0.1, 3 * DAY, rng.integers(0, 9_000, n))
    person = rng.integers(0, 90, n)
    if seed % 2:
        person *= 3 * 10**7  # sparse numbers
    return person, rng.integers(0, 40, n), enter, enter + length


def exchanged(batches, key):
    """What Spark's exchange does: rows with the same key come to the same partition."""
    table = pyarrow.Table.from_batches(list(batches))
    for value in sorted(set(table[key].to_pylist())):
        yield table.filter(pyarrow.compute.equal(table[key], value)).to_batches()


def laid_out(columns, n_buckets):
    table = pyarrow.table(dict(zip(parcels.COLUMNS, columns, strict=True)))
    cut = partition_work.cut_visits(table.to_batches(max_chunksize=60), n_buckets=n_buckets)
    return [list(partition_work.build_segments(part)) for part in exchanged(cut, "bucket")]


def found(batches, like):
    table = pyarrow.Table.from_batches(list(batches))
    columns = [table[name].to_numpy() for name in like._fields]
    order = np.lexsort((columns[1], columns[0]))
    return [column[order] for column in columns]


def met(partitions, asked, part_of):
    return [row for p in partitions for row in partition_work.find_met(p, asked=asked, part_of=part_of)]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7), st.sampled_from([0, DAY]))
def test_sums_over_buckets_are_those_of_one_search(seed, n_buckets, within_s):
    columns = town(seed)
    cases = np.unique(columns[0])[::5]
    from_s, to_s = np.zeros(cases.size, np.int64), np.full(cases.size, 3 * DAY)
    asked = checked(cases, from_s, to_s, 600, within_s=within_s)
    rows = met(laid_out(columns, n_buckets), asked, np.arange(cases.size) % n_buckets)
    summed = [
        batch
        for part in exchanged(rows, "part")
        for batch in partition_work.sum_met(part, min_overlap_s=600, within_s=within_s)
    ]
    expected = contacts(VisitIndex.from_arrays(*columns), cases, from_s, to_s, 600, within_s=within_s)
    assert expected.case_i.size > 10
    for name, got, right in zip(Found._fields, found(summed, Found), expected, strict=True):
        np.testing.assert_array_equal(got, right, err_msg=name)


@pytest.mark.parametrize(("seed", "n_buckets"), [(1, 1), (2, 3), (3, 2), (5, 5), (6, 7)])
def test_links_over_buckets_are_those_of_one_search(seed, n_buckets):
    columns = town(seed)
    cases = np.unique(columns[0])[[1, 7, 20, 30, 50]]
    index = VisitIndex.from_arrays(*columns)
    first = contacts(index, cases, 0, DAY // 2, 600)
    until = np.full(first.case_i.size, 2 * DAY)
    asked = {
        "cases": first.person_i,
        "from_s": first.first_s,
        "to_s": until,
        "min_overlap_s": 600,
        "within_s": 0,
    }
    rows = met(laid_out(columns, n_buckets), asked, first.case_i % n_buckets)
    persons = cases.astype(np.uint32)
    linked = [
        batch
        for part in exchanged(rows, "part")
        for batch in partition_work.link_met(part, cases=persons, via_case=first.case_i, via=first.person_i)
    ]
    expected = secondary(index, cases, 0, DAY // 2, 600, until_s=2 * DAY)
    assert expected.case_i.size >= 9
    for name, got, right in zip(expected._fields, found(linked, type(expected)), expected, strict=True):
        np.testing.assert_array_equal(got, right, err_msg=name)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_company_over_buckets_is_that_of_one_list(seed, n_buckets):
    columns = town(seed)
    asked = {"scope": ExerciseWorld("town"), "from_s": DAY, "to_s": 2 * DAY, "min_overlap_s": 600}
    whole = network(VisitIndex.from_arrays(*columns), **asked)
    partitions = laid_out(columns, n_buckets)
    rows = [r for p in partitions for r in partition_work.list_pairs(p, asked=asked, n_parts=3)]
    summed = [b for part in exchanged(rows, "part") for b in partition_work.sum_pairs(part)]
    listed = [
        b for p in partitions for b in partition_work.list_episodes(p, asked=asked, n_buckets=n_buckets)
    ]
    for stream, batches in ((whole.pairs(), summed), (whole.episodes(), listed)):
        parts = [[column.copy() for column in part] for part in stream]
        expected = np.array([np.concatenate(column) for column in zip(*parts, strict=True)])
        assert expected.shape[1] > 20
        got = np.array([column.to_numpy() for column in pyarrow.Table.from_batches(batches).columns])
        np.testing.assert_array_equal(got[:, np.lexsort(got)], expected[:, np.lexsort(expected)])


def test_each_stay_is_in_one_parcel():
    columns = town(3)
    cut = list(parcels.cut(columns, n_buckets=4))
    assert len({(p.bucket, p.day) for p in cut}) == len(cut) > 12
    assert sum(len(p.visits) for p in cut) == 16 * columns[0].size
    back = np.concatenate(
        [
            np.frombuffer(p.visits, "<u4").reshape(4, -1).astype(np.int64) * np.array([[1], [4], [1], [1]])
            + np.array([[0], [p.bucket], [p.day * DAY], [0]])
            for p in cut
        ],
        axis=1,
    )
    back[3] += back[2]
    given_rows = np.array(columns)
    np.testing.assert_array_equal(back[:, np.lexsort(back)], given_rows[:, np.lexsort(given_rows)])


def test_a_slim_index_is_smaller_and_answers_the_same():
    index = VisitIndex.from_arrays([9_000, 40_000, 9_000], [0, 0, 1], [0, 10, 50], [100, 60, 70])
    slim = parcels.slim(index.arrays)
    assert slim.person_ids.tolist() == [9_000, 40_000]
    assert sum(a.nbytes for a in slim) < index.n_bytes / 100
    other = parcels.restore(
        [a.tobytes() for a in slim], base_s=index.base_s, first_s=index.first_s, last_s=index.last_s
    )
    asked = ([9_000, 40_000, 5], 0, 99, 5)
    for got, right in zip(contacts(ready(other), *asked), contacts(index, *asked), strict=True):
        np.testing.assert_array_equal(got, right)


def test_rows_come_back_as_they_were_sent():
    top = 2**32 - 2
    table = Met(*(np.array(c) for c in ([3, 1, 3], [top, 0, 5], [1, 2, 3], [-9, 0, 2**40], [1, 1, 2**41])))
    sent = dict(parcels.spread(table, table.case_i % 2))
    assert list(sent) == [1]
    for name, got, right in zip(Met._fields, parcels.gather(sent[1], Met), table, strict=True):
        np.testing.assert_array_equal(got, right, err_msg=name)
    assert list(parcels.spread(Met(*(c[:0] for c in table)), table.case_i[:0])) == []


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ((-1, 0, 0, 1), "person_i: row 1: expected an index from 0"),
        ((0, 2**32 - 1, 0, 1), "place_i: row 1: expected an index"),
        ((0, 0, 5, 4), "leave_s: row 1: expected a stay that ends no earlier"),
        ((0, 0, 0, 200 * DAY), "leave_s: row 1: expected a stay of at most"),
        ((0, 0, None, 4), "enter_s: row 1: empty, expected a whole number"),
    ],
)
def test_stays_that_no_index_holds_are_refused_by_row(row, says):
    columns = dict(
        zip(parcels.COLUMNS, ([a, b] for a, b in zip((7, 7, 7, 8), row, strict=True)), strict=True)
    )
    batches = pyarrow.table(columns).to_batches()
    with pytest.raises(ValueError, match=says):
        list(partition_work.cut_visits(batches, n_buckets=2))


def test_times_that_are_no_whole_numbers_are_refused():
    columns = dict(zip(parcels.COLUMNS, ([1], [1], [0.5], [1.5]), strict=True))
    with pytest.raises(TypeError, match="enter_s: expected integers"):
        list(partition_work.cut_visits(pyarrow.table(columns).to_batches(), n_buckets=2))


def test_nobody_from_nothing():
    assert found(partition_work.sum_met([], min_overlap_s=1, within_s=0), Found)[0].size == 0
    assert found(partition_work.sum_met([], min_overlap_s=1, within_s=9), Found)[0].size == 0
    assert [b.num_rows for b in partition_work.sum_pairs([])] == [0]
    assert list(partition_work.cut_visits([], n_buckets=3)) == []
