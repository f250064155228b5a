"""Kernels refuse wrong arrays in one sentence: which argument, what was expected, what was found."""

import numpy as np
import pytest

from fireline.kernels import chains
from fireline.kernels.aberration import ears

DAYS = np.zeros((10, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "C4"}, "method: expected one of C1, C2, C3, got 'C4'"),
        ({"counts": np.zeros(10)}, r"counts: expected shape \(n_time, n_series\), got \(10,\)"),
        ({"baseline": 1}, "baseline 1 and min_reported 7: expected 2 <= reported <= baseline"),
        ({"min_reported": 8}, "baseline 7 and min_reported 8: expected 2 <= reported <= baseline"),
        ({"at": np.array([10])}, r"at: rows must lie in \[0, 10\)"),
        ({"at": np.array([-1])}, r"at: rows must lie in \[0, 10\)"),
    ],
)
def test_ears(change, message):
    given = {"counts": DAYS, "method": "C1"} | change
    with pytest.raises(ValueError, match=message):
        ears(given.pop("counts"), **given)


@pytest.mark.parametrize("ends", [([0], [3]), ([-1], [0]), ([0, 1], [1])])
def test_components(ends):
    a, b = (np.array(e, np.int64) for e in ends)
    with pytest.raises(ValueError):
        chains.components(3, a=a, b=b)


def test_components_of_nothing_and_of_a_ring():
    none = np.zeros(0, np.int64)
    assert chains.components(0, a=none, b=none).tolist() == []
    assert chains.components(3, a=none, b=none).tolist() == [0, 1, 2]
    ring = np.array([2, 1, 0]), np.array([0, 2, 1])
    assert chains.components(4, a=ring[0], b=ring[1]).tolist() == [0, 0, 0, 1]
