"""Cells, companions, nearness and shared places as plain Python: the compiled code is the code that is read."""

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher
from tests.reference import naive_backward, naive_companions, naive_near

from fireline.contacts.backward import common_places
from fireline.contacts.cells import CellIndex
from fireline.contacts.index import VisitIndex
from fireline.contacts.near import Positions, near
from fireline.kernels import cell_days, companions, shared_places
from fireline.kernels import near as near_kernel

DAY = 86_400


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    n = 0
    for module in (cell_days, companions, near_kernel, shared_places):
        for name, found in list(vars(module).items()):
            if isinstance(found, Dispatcher):
                monkeypatch.setattr(module, name, found.py_func)
                n += 1
    assert n > 20


def crowd(n, places=3, seed=4):
    rng = np.random.default_rng(seed)
    enter = rng.integers(0, 60, n)
    stays = np.stack(
        [rng.integers(0, 12, n), rng.integers(0, places, n), enter, enter + rng.integers(0, 30, n)]
    )
    return stays, [tuple(map(int, row)) for row in stays.T]


@pytest.mark.parametrize("is_area", [False, True])
@pytest.mark.parametrize(("tick", "start", "n"), [(1, 3 * DAY - 30, 90), (7_200, 0, 90), (1, 0, 400)])
def test_companions(tick, start, n, is_area):
    stays, listed = crowd(n)
    scaled = stays.copy()
    scaled[2:] = scaled[2:] * tick + start
    cells = CellIndex.from_segments(VisitIndex.from_arrays(*scaled), grid=None)
    hits = companions.find_companions(
        cells.arrays, base_s=cells.base_s, n_days=cells.n_days, cases=np.array([1, 2, 99], np.uint32),
        from_s=np.full(3, 10 * tick + start), to_s=np.full(3, 65 * tick + start), longer_than_s=5 * tick,
        stay_longer_than_s=12 * tick, stay_window_s=30 * tick, join=companions.AND,
        reading=companions.EPISODE, area=cells.area() if is_area else None, buffers=cells.buffers,
    )  # fmt: skip
    expected = naive_companions.companions(
        listed, cases=[1, 2, 99], low=[10] * 3, high=[65] * 3, longer_than=5, stay_longer_than=12, stay_window=30,
        is_or=False, is_area=is_area,
    )  # fmt: skip
    times = {6, 7}
    assert len(expected) > 10
    assert [tuple(map(int, row)) for row in zip(*hits, strict=True)] == [
        tuple(v if k in (0, 1, 2, 5) else v * tick + (start if k in times else 0) for k, v in enumerate(row))
        for row in expected
    ]


def test_many_stays_outgrow_the_buffers():
    n = 400
    stays = [(0, 0, 10 * k, 10 * k + 5) for k in range(n)] + [(p, 0, 0, 10 * n) for p in range(1, 90)]
    cells = CellIndex.from_segments(VisitIndex.from_arrays(*np.array(stays).T), grid=None)
    hits = companions.find_companions(
        cells.arrays, base_s=cells.base_s, n_days=cells.n_days, cases=np.array([0, 1, 2], np.uint32),
        from_s=np.zeros(3, np.int64), to_s=np.full(3, 10 * n), longer_than_s=1, stay_longer_than_s=-1,
        stay_window_s=0, join=companions.OR, reading=companions.TOTAL, area=None, buffers=cells.buffers,
    )  # fmt: skip
    assert hits.case_i.size == 3 * 89 and int(hits.together_s[:89].sum()) == 89 * 5 * n


def test_near():
    rng = np.random.default_rng(5)
    columns = (
        rng.integers(0, 9, 400),
        rng.integers(0, 60, 400),
        rng.integers(0, 4, 400),
        rng.integers(0, 4, 400),
    )
    listed = [tuple(map(int, row)) for row in zip(*columns, strict=True)]
    hits = near(
        Positions.from_metres(*columns, max_gap_s=5, edge_m=2), [1, 2, 77], 3, 55, metres=1.5, seconds=2
    )
    expected = naive_near.near(
        listed, cases=[1, 2, 77], low=[3] * 3, high=[55] * 3, metres=1.5, seconds=2, max_gap=5
    )
    assert len(expected) > 8
    np.testing.assert_allclose(
        [(*row[:7], row[7] ** 2) for row in zip(*hits, strict=True)], expected, atol=1e-12
    )


def test_shared_places():
    stays, listed = crowd(120, places=6)
    hits = common_places(VisitIndex.from_arrays(*stays), [1, 2, 3], 5, 50, n_persons=12)
    expected = naive_backward.common_places(listed, cases=[1, 2, 3], low=[5] * 3, high=[50] * 3, n_persons=12)
    assert sorted(hits.place_i.tolist()) == sorted(row[1] for row in expected) and len(expected) > 3
    np.testing.assert_allclose(hits.log_ratio, [-row[0] for row in expected], atol=1e-12)


def test_a_crowd_outgrows_the_buffer_of_shared_places():
    stays = np.array([(p, 0, 0, 5) for p in range(1_100)]).T
    hits = common_places(VisitIndex.from_arrays(*stays), [0, 1], 0, 9)
    assert hits.n_others.tolist() == [1_098] and hits.log_ratio.tolist() == [0.0]
