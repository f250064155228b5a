"""Companions say what the plain loops say, however stays are split, cut by midnight, moved or renamed."""

from __future__ import annotations

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
        reading=TOTAL if is_total else EPISODE, area=cells.area() if is_area else None,
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
def test_every_split_says_what_the_loops_say(world, scale, longer, stay, window, is_or, is_total, is_area, random):
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
