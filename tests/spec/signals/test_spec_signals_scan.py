"""Both scans worked by hand, as tables; the arithmetic stands in their last column."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.factories.text_tables import lines

from fireline.signals import listed_zones, space_time_scan, temporal_scan

SPACE, TIME = lines(__file__, "scan"), lines(__file__, "temporal")
LETTERS = "ABCDEF"


def number(text):
    return math.nan if text in "?-" else float(text)


def arguments(model, baseline, counts):
    kind, *figures = baseline.split()
    people = [float(f) for f in figures]
    if kind == "given":
        return {"model": model, "expected": np.full(counts.shape, people[0])}
    if kind == "step":
        return {"model": model, "baseline": "population_by_step", "population": people}
    return {"model": model, "population": people or None} if kind == "uniform" else {"model": model}


@pytest.mark.parametrize("line", SPACE, ids=lambda line: f"{line[0]} {line[1]} {line[2]}")
def test_space_and_time(line):
    model, baseline, text, zones, steps, areas, since, seen, expected, score, _ = line
    counts = np.array([[number(c) for c in row.split()] for row in text.split("/")])
    sets = listed_zones([[LETTERS.index(a) for a in zone] for zone in zones.split()], n_areas=counts.shape[1])
    found = space_time_scan(
        counts, zones=sets, max_duration=int(steps), rng=np.random.default_rng(1), n_replicates=19,
        **arguments(model, baseline, counts),
    ).clusters  # fmt: skip
    if areas == "-":
        assert found == ()
        return
    best = found[0]
    assert "".join(LETTERS[a] for a in best.areas) == areas
    assert best.duration == int(since) and best.observed == float(seen)
    assert best.expected == pytest.approx(float(expected), abs=6e-5)
    assert best.score == pytest.approx(float(score), abs=6e-5)


@pytest.mark.parametrize("line", TIME, ids=lambda line: f"{line[0]} of {line[1]}")
def test_time_alone(line):
    counts, expected, phi, windows, window, p, upper, alarm, _ = line
    series = np.array([[number(c)] for c in counts.split()])
    found = temporal_scan(
        series, [len(series) - 1], mu0=np.full(series.shape, float(expected)), phi=float(phi),
        windows=tuple(int(w) for w in windows.split()), level=0.01,
    )  # fmt: skip
    assert found.window[0, 0] == int(window)
    np.testing.assert_allclose(10.0 ** -found.score[0, 0], number(p), rtol=2e-3)
    assert found.upper[0, 0] == float(upper)
    assert bool(found.alarm[0, 0]) == (alarm == "yes")
