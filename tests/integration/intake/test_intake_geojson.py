"""units.geojson in a folder: read, converted, borders found, findings written beside the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from fireline.errors import InputError
from fireline.pipeline.home import Home
from fireline.pipeline.intake import read_folder, read_one
from fireline.pipeline.run import run_folder
from fireline.policy import load_library

KEY = bytes(range(32))
CASES = "case_id,person_key,disease,onset,area_code,lon,lat\n1,a,measles,2026-03-01,T1,114.0005,33.0005\n"


def box(i: int) -> list[list[list[float]]]:
    west, east = 114 + i * 0.001, 114.001 + i * 0.001
    return [[[west, 33.0], [east, 33.0], [east, 33.001], [west, 33.001], [west, 33.0]]]


def units(n: int = 3, **more: Any) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"unit_id": f"U{i}", "area_code": "T1", "kind": "village", "人口": 10 + i},
            "geometry": {"type": "Polygon", "coordinates": box(i)},
        }
        for i in range(n)
    ]
    return json.dumps(
        {"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False
    ).encode()


def test_a_folder_with_units_geojson_gets_borders(tmp_path: Path) -> None:
    (tmp_path / "units.geojson").write_bytes(units())
    (tmp_path / "cases.csv").write_text(CASES)
    intake = read_folder(tmp_path, mapping=None, area="CN-411624", key=KEY)
    got = intake.records.table("units")
    assert got["unit_id"].to_list() == ["U0", "U1", "U2"] and got["population"].to_list() == [10, 11, 12]
    borders = intake.records.table("adjacency")
    assert list(borders.iter_rows()) == [("U0", "U1", None), ("U1", "U2", None)]
    assert intake.ground.height == 0
    (units_sum,) = [s for s in intake.records.sums if s.file == "units.geojson"]
    assert (units_sum.rows, units_sum.kept) == (3, 3)
    assert any("no coordinate system stated" in n.en for n in units_sum.notes)


def test_stated_borders_are_kept(tmp_path: Path) -> None:
    (tmp_path / "units.geojson").write_bytes(units())
    (tmp_path / "adjacency.csv").write_text("unit_a,unit_b,gates\nU0,U2,3\n")
    intake = read_folder(tmp_path, mapping=None, area="", key=KEY)
    assert list(intake.records.table("adjacency").iter_rows()) == [("U0", "U2", 3)]


@pytest.mark.parametrize("how", ["mapping", "member"])
def test_gcj02_is_converted_whoever_says_it(tmp_path: Path, how: str) -> None:
    columns = '{ unit_id = "unit_id", area_code = "area_code", kind = "kind", population = "人口", geometry = "geometry" }'
    crs = 'crs = "GCJ-02"\n' if how == "mapping" else ""
    (tmp_path / "feeds.toml").write_text(
        f'[[file]]\nname = "xiaoqu.geojson"\n{crs}[[file.table]]\ntable = "units"\ncolumns = {columns}\n',
        encoding="utf-8",
    )
    member = {"crs": {"type": "name", "properties": {"name": "GCJ-02"}}} if how == "member" else {}
    (tmp_path / "xiaoqu.geojson").write_bytes(units(1, **member))
    intake = read_folder(tmp_path, mapping=None, area="", key=KEY)
    corner = json.loads(intake.records.table("units")["geometry"][0])["coordinates"][0][0]
    assert 0.003 < 114 - corner[0] < 0.008 and corner[1] != 33.0


def test_points_of_a_table_in_gcj02_are_converted_too(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(
        '[[file]]\nname = "p.csv"\ncrs = "GCJ-02"\n[[file.table]]\ntable = "places"\n'
        'columns = { place_id = "id", lon = "x", lat = "y" }\n'
    )
    (tmp_path / "p.csv").write_text("id,x,y\na,114.0,33.0\nb,,\nc,2.35,48.85\n")
    places = read_folder(tmp_path, mapping=None, area="", key=KEY).records.table("places")
    assert 0.003 < 114 - places["lon"][0] < 0.008
    assert places["lon"][1] is None
    assert (places["lon"][2], places["lat"][2]) == (2.35, 48.85)


def test_a_wrong_crs_in_the_mapping_is_a_fault_of_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(
        '[[file]]\nname = "p.csv"\ncrs = "BD-09"\n[[file.table]]\ntable = "places"\ncolumns = { place_id = "id" }\n'
    )
    (tmp_path / "p.csv").write_text("id\na\n")
    with pytest.raises(InputError, match=r"crs.*BD-09.*GCJ-02"):
        read_folder(tmp_path, mapping=None, area="", key=KEY)


def test_units_without_population_are_shared_out_or_zero_and_told() -> None:
    data = units(2).replace('"人口": 10'.encode(), b'"x": 1')
    intake = read_one(
        "units.geojson", data, mapping_text=None, table=None, tz=ZoneInfo("Asia/Shanghai"), key=KEY
    )
    assert intake.records.table("units")["population"].to_list() == [0, 11]
    assert intake.ground["finding"].to_list() == ["no_population"]
    assert any("counted as 0 people" in en for _, en in intake.records.missing)


def test_a_run_writes_the_findings_and_says_them(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "units.geojson").write_bytes(units(2).replace(b"[114.001, 33.001]", b"[113.9995, 33.001]", 1))
    (folder / "cases.csv").write_text(CASES)
    out = tmp_path / "out"
    run_folder(folder, out=out, home=Home.open(tmp_path / "home"), library=load_library(), area="CN-411624")
    told = pl.read_parquet(out / "tables" / "ground_findings.parquet")
    assert "self_crossing" in told["finding"].to_list()
    said = json.loads((out / "run.json").read_text(encoding="utf-8"))["missing"]
    assert any("crosses itself" in m["en"] and "自相交" in m["zh"] for m in said)
    assert "crosses itself" in (out / "report.html").read_text(encoding="utf-8")
