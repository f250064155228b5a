"""GeoJSON in: features become rows, bad shapes become unknown with a reason, hostile files are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fireline.errors import FaultCode, InputError
from fireline.feeds import limits
from fireline.feeds.model import ROW
from fireline.feeds.readers import read

RING = [[114.0, 33.0], [114.1, 33.0], [114.1, 33.1], [114.0, 33.0]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings or [RING])}


def bytes_of(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()


def table(*features: Any, name: str = "units.geojson", options: Any = None, **more: Any):
    (found,) = read(name, bytes_of(*features, **more), options=options)
    return found


def test_properties_are_columns_and_the_outline_is_text():
    raw = table(feature(polygon(), unit_id="U1", population=12, box={"kind": "village"}))
    assert raw.columns == ("unit_id", "population", "box.kind", "geometry")
    row = raw.rows.row(0, named=True)
    assert (row[ROW], row["unit_id"], row["population"], row["box.kind"]) == (1, "U1", "12", "village")
    assert json.loads(row["geometry"]) == polygon()


def test_digits_of_coordinates_are_kept_and_heights_left_out():
    data = (
        b'{"type":"FeatureCollection","features":[{"type":"Feature","id":"a","properties":null,'
        b'"geometry":{"type":"Point","coordinates":[114.12345678901234567,33.10,55.2]}}]}'
    )
    (raw,) = read("places.geojson", data)
    row = raw.rows.row(0, named=True)
    assert row["geometry"] == '{"type":"Point","coordinates":[114.12345678901234567,33.10]}'
    assert (row["id"], row["lon"], row["lat"]) == ("a", "114.12345678901234567", "33.10")
    assert any("heights of 1 corner" in n.en for n in raw.notes)


def test_a_ring_that_is_open_is_closed_and_that_is_said():
    raw = table(feature(polygon(RING[:-1]), unit_id="U1"))
    assert json.loads(raw.rows["geometry"][0]) == polygon()
    assert any("1 rings did not end where they began" in n.en for n in raw.notes)


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ({"type": "GeometryCollection", "geometries": []}, "another kind"),
        ({"type": "Polygon", "coordinates": [[[114, 33], [114.1, 33]]]}, "a ring of 3"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": "x"}, "no list"),
        ({"type": "Point", "coordinates": [114]}, "not two numbers"),
        ({"type": "Point", "coordinates": ["NaN", "1_0"]}, "not two numbers"),
        ({"type": "Point", "coordinates": [200, 33]}, "degrees of the globe"),
        ({"type": 7}, "another kind"),
        ("POLYGON", "another kind"),
    ],
)
def test_a_bad_shape_becomes_unknown_its_row_stays(geometry, said):
    raw = table(feature(polygon(), unit_id="a"), feature(geometry, unit_id="b"))
    assert raw.rows["unit_id"].to_list() == ["a", "b"]
    assert raw.rows["geometry"][1] is None
    (fault,) = raw.faults
    assert (fault.row, fault.column, fault.effect, fault.code) == (
        2, "geometry", "null", FaultCode.NOT_A_GEOMETRY,
    )  # fmt: skip
    assert said in fault.found.en and fault.found.zh != fault.found.en


def test_the_system_is_the_mappings_then_the_files_then_wgs84():
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    silent = table(feature(polygon()))
    assert silent.crs == "wgs84" and any("no coordinate system stated" in n.en for n in silent.notes)
    own = table(feature(polygon()), crs=crs)
    assert own.crs == "cgcs2000" and any("centimetres" in n.en for n in own.notes)
    said = table(feature(polygon()), crs=crs, options={"crs": "GCJ-02"})
    assert said.crs == "gcj02" and any("converted to WGS-84" in n.en for n in said.notes)


def test_other_files_carry_the_stated_system_too():
    (raw,) = read("places.csv", b"place_id,lon,lat\np,114,33\n", options={"crs": "GCJ-02"})
    assert raw.crs == "gcj02"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[]", "not a GeoJSON FeatureCollection"),
        (b'{"type":"Feature"}', "not a GeoJSON FeatureCollection"),
        (b'{"type":"FeatureCollection","features":[]}', "no features"),
        (b'{"type":"FeatureCollection","features":[1]}', "no Feature"),
        (b'{"type":"FeatureCollection","features":[NaN]}', "not valid JSON"),
        (b'{"type":"FeatureCollection","crs":{"type":"link"},"features":[{"type":"Feature"}]}', "crs member"),
        (b"POLYGON ((0 0))", "JSON starts with"),
        (b"", "empty"),
    ],
)
def test_other_things_are_refused_with_the_reason(data, said):
    with pytest.raises(InputError, match=said):
        read("units.geojson", data)


def test_projected_metres_are_refused_as_a_whole():
    metres = {"type": "Point", "coordinates": [467000.0, 3720000.0]}
    with pytest.raises(InputError, match="EPSG:4490"):
        table(feature(metres), feature(metres), feature(polygon()))


def test_a_projected_crs_member_is_refused_with_the_files_name():
    crs = {"type": "name", "properties": {"name": "EPSG:3857"}}
    with pytest.raises(InputError, match=r"units\.geojson.*EPSG:3857"):
        table(feature(polygon()), crs=crs)


def test_depth_and_corners_are_limited(monkeypatch):
    deep = b'{"type":"FeatureCollection","features":' + b"[" * 25 + b"]" * 25 + b"}"
    with pytest.raises(InputError, match="nested deeper"):
        read("units.geojson", deep)
    monkeypatch.setattr("fireline.feeds.readers.geojson.MAX_CORNERS", 7)
    with pytest.raises(InputError, match="more than 7 corners"):
        table(feature(polygon()), feature(polygon()))
    monkeypatch.setattr(limits, "MAX_JSON_BYTES", 50)
    with pytest.raises(InputError, match="bytes of a JSON file"):
        table(feature(polygon()))
