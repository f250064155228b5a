"""Companions say what the plain loops say, however stays are split, cut by midnight, moved or renamed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_companions as naive

from fireline.contacts.cells import CellIndex
from fireline.contacts.index import VisitIndex
from fireline.kernels.companions import AND, EPISODE, OR, TOTAL, find_companions

DAY = 86_400
STAY = st.tuples(
    st.integers(0, 4), st.integers(0, 2), st.integers(0, 30), st.sampled_from([0, 1, 2, 3, 5, 8, 13, 30])
)
WORLD = st.lists(STAY, max_size=20).map(lambda rows: [(p, c, e, e + d) for p, c, e, d in rows])
# ticks of a second around a midnight, of two hours (twelve a day), and of a day
SCALE = st.sampled_from([(1, 5 * DAY - 15), (7_200, 3 * DAY), (10_800, 3 * DAY + 5_000), (DAY, 0)])


def visits(stays, tick=1, start=0):
    columns = np.array(stays, np.int64).reshape(-1, 4).T.copy()
    columns[2:] = columns[2:] * tick + start
    return VisitIndex.from_arrays(*columns)


def found(segments, *, cases, low, high, longer, stay, window, is_or, is_total=False, is_area=False):
    cells = CellIndex.from_segments(segments, grid=None)
    rows = find_companions(
        cells.arrays, base_s=cells.base_s, n_days=cells.n_days, cases=np.array(cases, np.uint32),
        from_s=np.array(low, np.int64), to_s=np.array(high, np.int64), longer_than_s=longer,
        stay_longer_than_s=-1 if stay is None else stay, stay_window_s=window, join=OR if is_or else AND,
        reading=TOTAL if is_total else EPISODE, area=cells.area() if is_area else None, buffers=cells.buffers,
    )  # fmt: skip
    return [tuple(map(int, row)) for row in zip(*rows, strict=True)]


def scaled(rows, tick, start):
    times = {6, 7}
    return [
        tuple(v if k < 3 or k == 5 else v * tick + (start if k in times else 0) for k, v in enumerate(row))
        for row in rows
    ]


ASKED = {"cases": [1, 2, 1, 9], "low": [0, 5, 8, 0], "high": [40, 25, 12, 60]}


@settings(max_examples=120, deadline=None)
@given(
    WORLD, SCALE, st.integers(0, 6), st.sampled_from([None, 0, 4, 9]), st.integers(0, 40), st.booleans(),
    st.booleans(), st.booleans(), st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_split_says_what_the_loops_say(
    world, scale, longer, stay, window, is_or, is_total, is_area, random
):
    tick, start = scale
    expected = naive.companions(
        world, **ASKED, longer_than=longer, stay_longer_than=stay, stay_window=window, is_or=is_or,
        is_total=is_total, is_area=is_area,
    )  # fmt: skip
    parts = [[], [], []]
    for one in world:
        parts[random.randrange(3)].append(one)
    for segments in (visits(world, tick, start), [visits(part, tick, start) for part in parts]):
        rows = found(
            segments, cases=ASKED["cases"], low=[t * tick + start for t in ASKED["low"]],
            high=[t * tick + start for t in ASKED["high"]], longer=longer * tick,
            stay=None if stay is None else stay * tick, window=window * tick, is_or=is_or,
            is_total=is_total, is_area=is_area,
        )  # fmt: skip
        assert rows == scaled(expected, tick, start)


@settings(max_examples=40, deadline=None)
@given(WORLD, STAY, st.permutations(range(5)), st.integers(-100, 100), st.booleans())
def test_moving_hours_renaming_and_one_more_stay(world, more, names, hours, is_or):
    asked = {"longer": 2, "stay": 4, "window": 20, "is_or": is_or}
    times = {"low": [0, 5], "high": [30, 25]}
    before = found(visits(world), cases=[1, 2], **times, **asked)
    shift = hours * 3_600
    moved = found(
        visits(world, 1, shift), cases=[1, 2], low=[t + shift for t in times["low"]],
        high=[t + shift for t in times["high"]], **asked,
    )  # fmt: skip
    assert moved == scaled(before, 1, shift)
    renamed = found(
        visits([(names[p], c, e, x) for p, c, e, x in world]), cases=[names[1], names[2]], **times, **asked
    )
    assert sorted(renamed) == sorted((row, c, names[p], *rest) for row, c, p, *rest in before)
    person, cell, enter, length = more
    wider = found(visits([*world, (person, cell, enter, enter + length)]), cases=[1, 2], **times, **asked)
    assert {r[:3] for r in before} <= {r[:3] for r in wider}


EDGES = [
    # stays of case 0 and person 1 in minutes; more than 10 minutes is asked
    ("ten minutes exactly", [(0, 0, 0, 10), (1, 0, 0, 10)], 0),
    ("a second more", [(0, 0, 0, 10.0167), (1, 0, 0, 10.0167)], 1),
    ("nothing", [], 0),
    ("one row", [(0, 0, 0, 99)], 0),
    ("other cell", [(0, 0, 0, 99), (1, 1, 0, 99)], 0),
    ("ends where the other begins", [(0, 0, 0, 20), (1, 0, 20, 40)], 0),
    ("two stays that touch are one", [(0, 0, 0, 20), (1, 0, 0, 6), (1, 0, 6, 12)], 1),
    ("two stays that overlap are one", [(0, 0, 0, 20), (1, 0, 0, 8), (1, 0, 4, 12)], 1),
    ("a minute apart they are two", [(0, 0, 0, 20), (1, 0, 0, 6), (1, 0, 7, 13)], 0),
    ("nested", [(0, 0, 0, 60), (1, 0, 20, 31)], 1),
    ("over midnight", [(0, 0, -6, 6), (1, 0, -99, 99)], 1),
    ("over midnight, handed in by days", [(0, 0, -6, 0), (0, 0, 0, 6), (1, 0, -99, 0), (1, 0, 0, 99)], 1),
    ("over several midnights", [(0, 0, -3000, 3000), (1, 0, -2999, 2999)], 1),
]


@pytest.mark.parametrize(("stays", "n"), [e[1:] for e in EDGES], ids=[e[0] for e in EDGES])
def test_edges(stays, n):
    seconds = [(p, c, round(e * 60) + 9 * DAY, round(x * 60) + 9 * DAY) for p, c, e, x in stays]
    rows = found(
        visits(seconds), cases=[0], low=[0], high=[20 * DAY], longer=600, stay=None, window=0, is_or=False
    )
    assert len(rows) == n
    assert all(row[5] == 1 for row in rows)


def test_the_stay_counts_partial_days_at_both_ends():
    stays = [(0, 0, 10 * DAY, 10 * DAY + 900), (1, 0, 0, 30 * DAY)]
    asked = {"cases": [0], "longer": 600, "is_or": False, "window": 2 * DAY + 1_000}
    high = 10 * DAY + 900
    assert found(visits(stays), low=[9 * DAY], high=[high], stay=2 * DAY + 1_000, **asked) == []
    ((*_, mine, theirs),) = found(visits(stays), low=[9 * DAY], high=[high], stay=2 * DAY + 999, **asked)
    assert (mine, theirs) == (900, 2 * DAY + 1_000)


def test_places_become_cells_and_those_without_are_left_out():
    stays = visits([(0, 0, 0, 900), (1, 1, 0, 900), (2, 2, 0, 900), (3, 3, 0, 900)])
    cells = CellIndex.from_segments(stays, grid=None, cell_of_place=np.array([7, 7, -1, 9]))
    assert cells.arrays.cell_ids.tolist() == [7, 9] and cells.arrays.piece.size == 3
    with pytest.raises(ValueError, match="for each place up to 3, got 2"):
        CellIndex.from_segments(stays, grid=None, cell_of_place=np.array([7, 7]))
    with pytest.raises(ValueError, match="cell_of_place: row 1"):
        CellIndex.from_segments(stays, grid=None, cell_of_place=np.array([7, 2**32, 0, 0]))


def test_a_crowd_larger_than_a_sorted_bucket_and_a_person_with_many_stays():
    rng = np.random.default_rng(3)
    many = [(0, 0, int(t), int(t) + 40) for t in rng.integers(0, 3_000, 90)]
    crowd = [(p, 0, int(t), int(t) + 50) for p, t in enumerate(rng.integers(0, 3_000, 80), 1)]
    expected = naive.companions(
        [*many, *crowd], cases=[0], low=[100], high=[2_900], longer_than=20, stay_longer_than=30,
        stay_window=1_000, is_or=False,
    )  # fmt: skip
    rows = found(
        visits([*many, *crowd]),
        cases=[0],
        low=[100],
        high=[2_900],
        longer=20,
        stay=30,
        window=1_000,
        is_or=False,
    )
    assert rows == expected and len(rows) > 40


def test_too_long_a_span_is_refused():
    with pytest.raises(ValueError, match="expected stays within 32767 days"):
        CellIndex.from_segments(visits([(0, 0, 0, 9), (0, 0, 33_000 * DAY, 33_000 * DAY + 1)]), grid=None)


def test_searches_at_the_same_time_share_nothing():
    rng = np.random.default_rng(6)
    enter = rng.integers(0, 3 * DAY, 20_000)
    stays = VisitIndex.from_arrays(
        rng.integers(0, 900, enter.size),
        rng.integers(0, 9, enter.size),
        enter,
        enter + rng.integers(60, 9_000, enter.size),
    )
    cells = CellIndex.from_segments(stays, grid=None)

    def search(case):
        hits = find_companions(
            cells.arrays, base_s=cells.base_s, n_days=cells.n_days, cases=np.array([case], np.uint32),
            from_s=np.array([0]), to_s=np.array([3 * DAY]), longer_than_s=600, stay_longer_than_s=3_600,
            stay_window_s=2 * DAY, join=AND, reading=EPISODE, area=None, buffers=cells.buffers,
        )  # fmt: skip
        return [c.tolist() for c in hits]

    alone = [search(case) for case in range(12)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(search, range(12))) == alone
    assert sum(len(a[0]) for a in alone) > 1_000
