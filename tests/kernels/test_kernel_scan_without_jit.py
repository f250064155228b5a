"""The scan kernels as plain Python give the same answers: the compiled code is the code that is read."""

import math

import numpy as np
import pytest
from tests.reference import naive_scan as naive
from tests.reference import naive_temporal_scan

from fireline.kernels import count_tables, count_tail, scan, scan_draws, temporal_scan
from fireline.signals.clusters import ScanModel, circular_zones, space_time_scan

MODULES = (count_tail, count_tables, scan, scan_draws, temporal_scan)


def runs(seed=3):
    """One scan of each kind: with gaps and without, few cases and many, too wide for tables."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.random((2, 4))
    zones = circular_zones(lon, lat, max_share=1.0)
    mean = np.full((3, 4), 3.0)
    counts = rng.poisson(mean).astype(float)
    gaps = counts.copy()
    gaps[2, 1] = np.nan
    many = {"zones": zones, "max_duration": 2, "n_replicates": 4}
    return [
        (counts, {**many, "expected": mean}),
        (counts, {**many, "expected": mean, "dispersion": 2.0}),
        (counts, {**many, "expected": mean * 0 + 0.2}),
        (counts * 3_000, {**many, "expected": mean * 3_000, "dispersion": 4.0, "n_replicates": 2}),
        (counts * 3_000, {**many, "n_replicates": 2}),
        (counts, many),
        (counts * 9, many),
        (gaps, {**many, "model": ScanModel.CONDITIONAL}),
        (counts, {**many, "model": ScanModel.PERMUTATION}),
        (gaps, {**many, "model": ScanModel.PERMUTATION, "max_duration": 1}),
    ]


def scanned():
    return [space_time_scan(c, rng=np.random.default_rng(9), **more) for c, more in runs()]


def test_scans(monkeypatch):
    compiled = scanned()
    for module in MODULES:
        for name, function in list(vars(module).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)
    assert scan._scan_lanes.__class__.__name__ == "function"
    for one, other in zip(compiled, scanned(), strict=True):
        np.testing.assert_allclose(other.maxima, one.maxima, rtol=1e-9, atol=1e-9)
        assert [c.areas for c in other.clusters] == [c.areas for c in one.clusters]
        np.testing.assert_allclose(
            [c.score for c in other.clusters], [c.score for c in one.clusters], rtol=1e-9
        )
    counts, more = runs()[0]
    loops = naive.clusters(counts.tolist(), more["expected"].tolist(), more["zones"].sets(), 2)
    assert compiled[0].clusters[0].score == pytest.approx(loops[0][0])


@pytest.mark.parametrize("phi", [1.0, 2.5])
def test_windows(monkeypatch, phi):
    for module in MODULES:
        for name, function in list(vars(module).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)
    counts, mean = [3.0, math.nan, 6.0, 0.0, 9.0], [2.0, 2.0, math.nan, 0.0, 3.0]
    found = temporal_scan.temporal_windows(
        np.array(counts)[:, None], mean=np.array(mean)[:, None], phi=np.full((5, 1), phi), at=np.arange(5),
        lengths=np.array([1, 3]), log_level=math.log(0.02), least=4, least_steps=2,
    )  # fmt: skip
    for row in range(5):
        upper, score, _ = naive_temporal_scan.judge(counts, mean, [phi] * 5, row, (1, 3), 0.02)
        np.testing.assert_allclose(
            [found.upper[row, 0], found.score[row, 0]], [upper, score], rtol=1e-9, atol=1e-12
        )
    assert found.enough[:, 0].tolist() == [False, False, True, True, True]
