"""The GCJ-02 shift is recognised where it is, not where it is not, and doubt is said."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from fireline.feeds.crs import shapes_to_wgs84, wgs84_to_gcj02
from fireline.feeds.systems import GCJ02
from fireline.zones.outlines.shift import (
    Verdict,
    shift_of_members,
    shift_of_outlines,
    shift_of_pairs,
)


def places(rng: np.random.Generator, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    return rng.uniform(114.4, 115.3, n), rng.uniform(33.0, 33.9, n)


def noisy(rng: np.random.Generator, lon: np.ndarray, lat: np.ndarray, metres: float):
    scale = metres / 111_000
    return lon + rng.normal(0, scale, len(lon)) * 1.2, lat + rng.normal(0, scale, len(lat))


@pytest.mark.parametrize("noise_m", [1.0, 100.0, 400.0])
def test_pairs_tell_shifted_from_unshifted(rng_seed, noise_m):
    rng = np.random.default_rng(rng_seed)
    lon, lat = places(rng, 60)
    known = noisy(rng, lon, lat, noise_m)
    assert shift_of_pairs(lon, lat, *known).verdict is Verdict.NONE
    shifted = shift_of_pairs(*wgs84_to_gcj02(lon, lat), *known)
    assert shifted.verdict is Verdict.GCJ02
    assert abs(shifted.east_m - shifted.predicted_east_m) < 4 * shifted.error_m
    assert shift_of_pairs(*known, *wgs84_to_gcj02(*known)).verdict is Verdict.REVERSE
    assert "GCJ-02" in shifted.words().zh and "confidence" in shifted.words().en


@pytest.fixture(params=range(5))
def rng_seed(request):
    return request.param


def test_few_or_wild_points_are_unclear(rng_seed):
    rng = np.random.default_rng(rng_seed)
    lon, lat = places(rng, 5)
    assert shift_of_pairs(*wgs84_to_gcj02(lon, lat), lon, lat).verdict is Verdict.UNCLEAR
    lon, lat = places(rng, 20)
    assert shift_of_pairs(lon + 0.05, lat, lon, lat).verdict is Verdict.UNCLEAR  # 4.6 km: some other fault
    assert shift_of_pairs(*(np.empty(0),) * 4).verdict is Verdict.UNCLEAR
    with pytest.raises(ValueError):
        shift_of_pairs(lon, lat, lon[:3], lat)


def test_outlines_against_outlines():
    rng = np.random.default_rng(3)
    lon, lat = places(rng, 8)
    shapes = shapely.buffer(shapely.points(lon, lat), 0.08)
    shapes = np.array([shapely.box(*s.bounds).union(s.centroid.buffer(0.1, quad_segs=3)) for s in shapes])
    moved = shapely.transform(shapes, lambda p: np.column_stack(wgs84_to_gcj02(p[:, 0], p[:, 1])))
    found = shift_of_outlines(moved, shapes)
    assert found.verdict is Verdict.GCJ02
    assert found.east_m == pytest.approx(found.predicted_east_m, abs=60)
    assert shift_of_outlines(shapes, shapes).verdict is Verdict.NONE
    assert shift_of_outlines(shapes_to_wgs84(moved, crs=GCJ02), shapes).verdict is Verdict.NONE
    none = np.array([None] * 8, dtype=object)
    assert shift_of_outlines(none, shapes).n == 0


def test_members_against_their_homes():
    rng = np.random.default_rng(5)
    lon, lat = places(rng, 300)
    homes = shapely.buffer(shapely.points(lon, lat), 0.004)  # units of about 400 m
    points = noisy(rng, lon, lat, 150.0)
    assert shift_of_members(*points, homes).verdict is Verdict.NONE
    moved = shapely.transform(homes, lambda p: np.column_stack(wgs84_to_gcj02(p[:, 0], p[:, 1])))
    found = shift_of_members(*points, moved)
    assert found.verdict is Verdict.GCJ02 and found.confidence > 0.99
    large = shapely.buffer(shapely.points(lon, lat), 0.5)  # whole counties: the shift shows nowhere
    assert shift_of_members(*points, large).verdict is Verdict.UNCLEAR
    assert shift_of_members(lon, lat, np.array([None] * 300, dtype=object)).n == 0
