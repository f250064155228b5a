"""The whole job on seven real folders: sums add up, it is repeatable, it shows what is there."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from fireline.pipeline.home import Home
from fireline.pipeline.run import run_folder
from fireline.policy import load_library

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
FEEDS = ROOT / "examples" / "feeds"

FOLDERS = {
    "ds4c_korea": "ds4c_korea",
    "singapore_93_clusters": "singapore",
    "china_transmission_pairs_1407": "china_pairs",
    "hongkong_gov_linelist": "hongkong",
    "outbreaks": "ebola_sim",
    "epirhandbook": "epirhandbook",
    "china_risk_areas_2022": "china_risk_areas",
}

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.is_dir(), reason="../shared/data is not here: real outbreaks are not part of the project"
    ),
]


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home.open(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory, library, home):
    """One run of each folder, made when first asked for."""
    base, done = tmp_path_factory.mktemp("runs"), {}

    def get(folder: str):
        if folder not in done:
            mapping = FEEDS / f"{FOLDERS[folder]}.toml"
            done[folder] = run_folder(
                DATA / folder, feeds=mapping, out=base / folder, home=home, library=library
            )
        return done[folder]

    return get


@pytest.mark.parametrize("folder", FOLDERS)
def test_sums_add_up(runs, folder):
    found = json.loads((runs(folder).out / "run.json").read_text("utf-8"))
    for file in found["files"]:
        assert file["rows"] == file["kept"] + file["merged"] + file["rejected"], file["file"]
    assert found["rows"]["rows"] == sum(f["rows"] for f in found["files"]) > 0
    rejects = pl.read_csv(runs(folder).out / "rejects.csv", infer_schema_length=0)
    rows = rejects.filter(pl.col("row").is_not_null()).select("file", "row").unique().height
    assert rows == found["rows"]["rejected"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_at_least_95_percent_of_the_rows_stay(runs, folder):
    rows = runs(folder).summary["rows"]
    assert rows["kept"] + rows["merged"] >= 0.95 * rows["rows"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_report_and_tables_are_there(runs, folder):
    run = runs(folder)
    page = (run.out / "report.html").read_text("utf-8")
    assert "</html>" in page
    assert "<script" not in page
    for name, height in run.summary["tables"].items():
        assert pl.read_parquet(run.out / "tables" / f"{name}.parquet").height == height


@pytest.mark.parametrize(
    "folder", ["singapore_93_clusters", "china_transmission_pairs_1407", "china_risk_areas_2022"]
)
def test_second_run_is_byte_identical(runs, folder, library, home, tmp_path):
    first = runs(folder)
    mapping = FEEDS / f"{FOLDERS[folder]}.toml"
    again = run_folder(DATA / folder, feeds=mapping, out=tmp_path / "again", home=home, library=library)
    names = sorted(
        f.relative_to(first.out) for f in first.out.rglob("*") if f.is_file() and f.name != "run.json"
    )
    assert names == sorted(
        f.relative_to(again.out) for f in again.out.rglob("*") if f.is_file() and f.name != "run.json"
    )
    for name in names:
        assert (first.out / name).read_bytes() == (again.out / name).read_bytes(), name


def test_korea_holds_what_its_readme_says(runs):
    found = runs("ds4c_korea").results
    assert found.investigation.line_list.height == 4_004
    assert found.zones.levels.height == 0  # no units in these data, so no zones
    assert found.contacts.chain.summary["n_directed"] > 800
    stays = found.records.table("visits")
    assert set(stays["enter_precision"].to_list()) == {"day"}  # dates only: no minutes of overlap are claimed
    assert found.contacts.found["overlap_s"].null_count() == found.contacts.found.height


def test_singapore_pairs_and_hong_kong(runs):
    assert runs("singapore_93_clusters").results.investigation.line_list.height == 93
    pairs = runs("china_transmission_pairs_1407")
    assert pairs.results.contacts.chain.edges.height == 1_407
    page = (pairs.out / "report.html").read_text("utf-8")
    assert "R = 0.69" in page and "k = 0.75 (0.64–0.88)" in page and "来源不明" in page
    encodings = {f["encoding"] for f in pairs.summary["files"]}
    assert encodings - {"utf-8", ""}  # the list is not UTF-8
    assert runs("hongkong_gov_linelist").results.investigation.line_list.height > 10_000


def test_ebola_and_the_dirty_handbook_list_count_nearly_the_same_cases(runs):
    clean = runs("outbreaks").results.investigation.line_list.height
    dirty = runs("epirhandbook").results.investigation.line_list.height
    assert clean == 5_829
    assert abs(dirty - 5_888) <= 10


def test_risk_areas_alone_make_no_outbreak(runs):
    run = runs("china_risk_areas_2022")
    assert run.results.records.table("risk_areas").height > 500
    assert run.results.investigation.line_list.height == 0
    assert run.summary["tables"]["tasks"] == 0


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_ordered_on_past_or_foreign_outbreaks(runs, folder):
    assert not runs(folder).results.tasks.table["may_order"].any()
