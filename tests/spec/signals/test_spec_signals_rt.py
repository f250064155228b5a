"""The effective reproduction number worked by hand, as a table; the arithmetic stands in its last column."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.factories.text_tables import lines

from fireline.signals import estimate_rt

TABLE = lines(__file__, "rt")


def day_of(text):
    """All cases and imported cases of one day."""
    if text == "?":
        return math.nan, math.nan
    total, _, came = text.partition("i")
    return float(total), float(came or 0)


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]} {line[2]}")
def test_worked_example(line):
    days, weights, window, shape, rate, mean, _ = line
    total, came = np.array([day_of(d) for d in days.split()]).T
    first, last = (int(d) - 1 for d in window.split("-"))
    found = estimate_rt(
        total,
        imported=came if came.any() else None,
        serial_interval=[float(w) for w in weights.split()],
        t_start=[first],
        t_end=[last],
    )
    if mean == "-":
        assert np.isnan(found.mean[0, 0]) and np.isnan(found.quantiles).all()
        return
    assert found.mean[0, 0] == pytest.approx(float(mean), abs=6e-5)
    assert found.mean[0, 0] == pytest.approx(float(shape) / float(rate))
    assert found.sd[0, 0] == pytest.approx(math.sqrt(float(shape)) / float(rate))
