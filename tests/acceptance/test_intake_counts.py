"""Three real folders of counts, read unchanged by the shipped mappings: weekly, by ISO week and by year."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from tests.acceptance.test_intake_real import DATA, intake

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real counts are not on this machine (../shared/data)"),
]
FOLDERS = {
    "surveillance_r": "surveillance_r",
    "rki_multistream": "rki_multistream",
    "scan_nm_brain_cancer": "nm_brain_cancer",
}


def counts(folder: str) -> pl.DataFrame:
    return intake(folder, FOLDERS[folder]).records.table("counts")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_row_is_kept(folder: str) -> None:
    found = intake(folder, FOLDERS[folder])
    assert found.records.faults == () or all(f.effect != "rejected" for f in found.records.faults)
    for sums in found.records.sums:
        assert sums.rows == sums.kept and sums.merged == sums.rejected == 0
    assert counts(folder).select("stream", "area_code", "date").is_unique().all()


def test_wide_weeks_become_series_that_step_by_seven_days() -> None:
    table = counts("surveillance_r")
    berlin = table.filter(pl.col("stream") == "hepatitis_a")
    assert berlin["area_code"].n_unique() == 12 and berlin["date"].min() == date(2001, 1, 1)
    steps = (
        berlin.sort("area_code", "date").select(pl.col("date").diff().over("area_code"))["date"].drop_nulls()
    )
    assert {s.days for s in steps} == {7}
    # the sums of the file itself, read without the mapping
    raw = pl.read_csv(DATA / "surveillance_r" / "ha.sts_observed.csv")
    assert berlin["count"].sum() == raw.drop("epoch", "year", "in_year", "freq").sum().sum_horizontal().item()
    deaths = table.filter(pl.col("stream").str.starts_with("deaths/"))
    assert deaths["stream"].n_unique() == 8


def test_iso_weeks_stand_on_their_monday() -> None:
    table = counts("rki_multistream")
    assert table["date"].dt.weekday().unique().to_list() == [1]
    gp = table.filter(pl.col("stream") == "gp/00+").sort("date")
    assert gp.height == 522 and gp["count"][0] == 970 and gp["date"][0] == date(2012, 10, 1)
    assert table.filter(pl.col("stream") == "survey/ARE/00+")["area_code"].n_unique() == 5


def test_counts_of_years_come_with_population_and_the_middle_of_each_county() -> None:
    table = counts("scan_nm_brain_cancer")
    assert table.height == 19 * 32 and table["denominator"].null_count() == 0
    assert table["count"].sum() == 1_175
    areas = intake("scan_nm_brain_cancer", "nm_brain_cancer").records.table("areas")
    points = [json.loads(g)["coordinates"] for g in areas["geometry"]]
    assert len(points) == 33
    assert all(-110 < x < -102 and 31 < y < 38 for x, y in points)
