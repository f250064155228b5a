"""The kernels as plain Python give the same answers: the compiled code is the code that is read."""

import math

import numpy as np
import pytest
from tests.reference.naive_aberration import naive_ears
from tests.reference.naive_chains import naive_components
from tests.reference.naive_copresence import naive_pairs

from fireline.kernels import aberration, chains, copresence


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for module, names in (
        (copresence, ("_sweep", "_grown")),
        (aberration, ("_ears", "_standardised")),
        (chains, ("_union",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name).py_func)


def test_pairs():
    rng = np.random.default_rng(2)
    enter = rng.integers(0, 300, 80)
    visits = np.stack(
        [rng.integers(0, 4, 80), rng.integers(0, 12, 80), enter, enter + rng.integers(0, 90, 80)]
    )
    is_case = np.arange(12) < 4
    found = copresence.pairs_with_cases(
        place_i=visits[0],
        person_i=visits[1],
        enter_s=visits[2],
        leave_s=visits[3],
        is_case=is_case,
        from_s=np.full(12, 50),
        to_s=np.full(12, 250),
        min_overlap_s=5,
    )
    rows = [tuple(map(int, row)) for row in zip(*found, strict=True)]
    stays = [tuple(map(int, row)) for row in visits.T]
    assert rows == naive_pairs(stays, dict.fromkeys(range(4), (50, 250)), 5)
    assert len(rows) > 10


def test_many_pairs_outgrow_the_buffer():
    n = 1100
    start = np.arange(n) * 10
    found = copresence.pairs_with_cases(
        place_i=np.zeros(n + 1, np.int64),
        person_i=np.append(0, np.arange(1, n + 1)),
        enter_s=np.append(0, start),
        leave_s=np.append(10 * n, start + 5),
        is_case=np.arange(n + 1) == 0,
        from_s=np.zeros(n + 1, np.int64),
        to_s=np.full(n + 1, 10 * n),
        min_overlap_s=1,
    )
    assert found.case_i.size == n and int(found.overlap_s.sum()) == 5 * n


@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
def test_ears(method):
    series = [3.0, 4, 3, 5, 4, 3, 4, 4, math.nan, 5, 4, 9, 12, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0]
    found = aberration.ears(np.array(series).reshape(-1, 1), method=method, min_reported=5)
    for k, (upper, statistic, alarm, _, _) in enumerate(naive_ears(series, method, min_reported=5)):
        assert bool(found.alarm[k, 0]) == alarm
        np.testing.assert_allclose([found.upper[k, 0], found.statistic[k, 0]], [upper, statistic], rtol=1e-12)


def test_components():
    links = [(0, 3), (3, 5), (1, 2), (4, 4)]
    a, b = np.array(links).T
    assert chains.components(7, a=a, b=b).tolist() == naive_components(7, links)
