"""Coordinate systems: the published values of the shift, its inverse, names, and who is left alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fireline.errors import InputError
from fireline.feeds.crs import (
    gcj02_to_wgs84,
    in_china,
    offset_deg,
    texts_to_wgs84,
    to_wgs84,
    wgs84_to_gcj02,
)
from fireline.feeds.systems import CGCS2000, GCJ02, WGS84, parse_crs

# WGS-84 lat, lon -> GCJ-02 lat, lon: test values of googollee/eviltransform (MIT), used as an oracle
PUBLISHED = [
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
]


def one(value: float) -> np.ndarray:
    return np.array([value], dtype=float)


@pytest.mark.parametrize(("lat", "lon", "gcj_lat", "gcj_lon"), PUBLISHED)
def test_the_shift_is_the_published_one(lat, lon, gcj_lat, gcj_lon):
    made_lon, made_lat = wgs84_to_gcj02(one(lon), one(lat))
    assert made_lon[0] == pytest.approx(gcj_lon, abs=1e-10)
    assert made_lat[0] == pytest.approx(gcj_lat, abs=1e-10)
    back_lon, back_lat = gcj02_to_wgs84(one(gcj_lon), one(gcj_lat))
    assert back_lon[0] == pytest.approx(lon, abs=1e-9)
    assert back_lat[0] == pytest.approx(lat, abs=1e-9)


@pytest.mark.parametrize(("lon", "lat"), [(-104.9903, 39.7392), (2.35, 48.85), (140.0, 35.0), (0.0, 0.0)])
def test_outside_the_box_nothing_moves(lon, lat):
    assert not in_china(one(lon), one(lat))[0]
    for move in (wgs84_to_gcj02, gcj02_to_wgs84):
        assert [v[0] for v in move(one(lon), one(lat))] == [lon, lat]


def test_unknown_points_stay_unknown_and_move_no_other():
    lon, lat = np.array([114.65, np.nan]), np.array([33.61, np.nan])
    moved = gcj02_to_wgs84(lon, lat)
    assert np.isnan(moved[0][1]) and np.isnan(moved[1][1])
    assert moved[0][0] == pytest.approx(gcj02_to_wgs84(lon[:1], lat[:1])[0][0])


def test_the_shift_in_the_middle_of_china_is_hundreds_of_metres():
    east, north = offset_deg(one(114.65), one(33.61))
    metres = np.hypot(east[0] * 111_320 * np.cos(np.radians(33.61)), north[0] * 111_320)
    assert 300 < metres < 800


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("WGS-84", WGS84),
        ("EPSG:4326", WGS84),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", WGS84),
        ("urn:ogc:def:crs:EPSG::4490", CGCS2000),
        ("cgcs 2000", CGCS2000),
        ("GCJ-02", GCJ02),
        ("火星坐标系", GCJ02),
    ],
)
def test_names_of_systems(text, crs):
    assert parse_crs(text) == crs


@pytest.mark.parametrize("text", ["EPSG:3857", "EPSG:4547", "BD-09", "", "urn:ogc:def:crs:EPSG::32650"])
def test_projected_and_unknown_systems_are_refused_with_what_is_allowed(text):
    with pytest.raises(InputError, match="GCJ-02") as error:
        parse_crs(text)
    assert "经纬度" in error.value.words.zh


def test_cgcs2000_is_taken_as_it_is():
    lon, lat = one(114.65), one(33.61)
    assert to_wgs84(lon, lat, crs=CGCS2000) == (lon, lat)


def test_outlines_move_as_text_and_broken_ones_stay():
    ring = [[114.0, 33.0], [114.1, 33.0], [114.1, 33.1], [114.0, 33.0]]
    text = json.dumps({"type": "Polygon", "coordinates": [ring]})
    moved = texts_to_wgs84([text, None, "{oops"], crs=GCJ02)
    assert moved[1:] == [None, "{oops"]
    corner = json.loads(moved[0])["coordinates"][0][0]
    assert corner == pytest.approx([v[0] for v in gcj02_to_wgs84(one(114.0), one(33.0))])
    assert texts_to_wgs84([text], crs=WGS84) == [text]
