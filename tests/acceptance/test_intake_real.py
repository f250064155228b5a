"""Seven real outbreaks, read unchanged by the shipped mappings: all that each holds, and no more."""

from __future__ import annotations

import functools
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from fireline.pipeline.intake import Intake, read_folder

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
KEY = bytes(range(32))

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not DATA.is_dir(), reason="the real outbreaks are not on this machine (../shared/data)"
    ),
]


@functools.cache
def intake(folder: str, mapping: str) -> Intake:
    return read_folder(
        DATA / folder, mapping=ROOT / "examples" / "feeds" / f"{mapping}.toml", area=None, key=KEY
    )


FOLDERS = {
    "ds4c_korea": "ds4c_korea",
    "singapore_93_clusters": "singapore",
    "china_transmission_pairs_1407": "china_pairs",
    "hongkong_gov_linelist": "hongkong",
    "outbreaks": "ebola_sim",
    "epirhandbook": "epirhandbook",
    "china_risk_areas_2022": "china_risk_areas",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_sums_add_up_and_nothing_usable_is_lost(folder: str) -> None:
    found = intake(folder, FOLDERS[folder])
    for sums in found.records.sums:
        assert sums.rows == sums.kept + sums.merged + sums.rejected
        rejected = {f.row for f in found.records.faults if f.file == sums.file and f.effect == "rejected"}
        assert len(rejected) == sums.rejected
        # what a person would keep: every row that has an identifier
        named = sums.rows - (137 if sums.file == "linelist_raw.xlsx" else 0)
        assert sums.kept + sums.merged >= 0.95 * named
    assert found.title[0]
    assert found.newest is not None


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_second_run_gives_the_same_tables(folder: str) -> None:
    first = intake(folder, FOLDERS[folder])
    second = intake.__wrapped__(folder, FOLDERS[folder])
    assert first.records.tables.keys() == second.records.tables.keys()
    for name, table in first.records.tables.items():
        assert table.write_ipc(None).getvalue() == second.records.tables[name].write_ipc(None).getvalue()
    assert first.records.faults == second.records.faults


def said(found: Intake) -> set[str]:
    return {en for _, en in found.records.missing}


def test_korea_holds_chains_and_dated_places_without_hours() -> None:
    found = intake("ds4c_korea", "ds4c_korea")
    records = found.records
    cases, links, visits = records.table("cases"), records.table("links"), records.table("visits")
    assert cases.height == 4_004
    assert records.table("persons").height == 4_004
    assert links.height == 899
    assert links["from_case"].is_in(cases["case_id"].to_list()).sum() == 881
    assert links["directed"].all()
    assert visits.height == 7_447
    assert visits["enter_precision"].unique().to_list() == ["day"]
    assert visits["leave"].null_count() == visits.height
    assert cases["onset"].null_count() in (3_469, 3_470)
    assert cases["disease"].unique().to_list() == ["covid-19"]  # the column `disease` of the source is a flag
    assert "Visits have dates only: no overlaps in minutes, only the same place on the same day." in said(
        found
    )
    assert "18 of 899 links name a case or person that is not in the list of cases." in said(found)
    assert {"Case.csv", "Policy.csv"} <= set(found.ignored)
    assert visits.join(records.table("places"), on="place_id").height == visits.height
    assert records.table("places")["lon"].is_between(124, 132).all()


def test_korea_running_totals_become_daily_counts_with_two_falls() -> None:
    records = intake("ds4c_korea", "ds4c_korea").records
    counts = records.table("counts").filter(pl.col("stream") == "confirmed")
    falls = [f for f in records.faults if f.file == "TimeProvince.csv"]
    assert [f.found.en for f in falls] == ["5 -> 4", "40 -> 39"]
    assert counts.height == 2_261 - 2
    assert (counts["count"] >= 0).all()
    raw = pl.read_csv(DATA / "ds4c_korea" / "TimeProvince.csv")
    # a province without a fall adds up to its last running total
    assert (
        counts.filter(pl.col("area_code") == "KR-10000")["count"].sum()
        == raw.filter(province="Seoul")["confirmed"].max()
    )


def test_korea_areas_have_a_chain_to_the_country() -> None:
    areas = intake("ds4c_korea", "ds4c_korea").records.table("areas")
    parents = dict(areas.select("area_code", "parent_code").iter_rows())
    assert parents["KR-10010"] == "KR-10000"
    assert parents["KR-10000"] == "KR"
    assert all(code != parent for code, parent in parents.items())
    assert set(areas["level"]) == {"country", "province", "district"}


def test_singapore_has_undirected_links() -> None:
    found = intake("singapore_93_clusters", "singapore")
    cases, links = found.records.table("cases"), found.records.table("links")
    assert cases.height == 93
    assert cases["onset"].null_count() == 10
    assert not links["directed"].any()
    related = links.filter(kind="contact").select("from_case").to_series()
    assert Counter(related)["1"] == 2  # "2,3"
    assert links["to_person"].is_in(cases["person_key"].to_list()).all()
    assert Counter(cases["cluster"])["Grace Assembly of God"] == 23
    assert "Links have no direction: who infected whom is not known." in said(found)
    assert "COVID-19_Singapore_formated_dates.csv" in found.ignored


def test_china_pairs_become_people_and_directed_links() -> None:
    found = intake("china_transmission_pairs_1407", "china_pairs")
    cases, links = found.records.table("cases"), found.records.table("links")
    assert (cases.height, links.height) == (2_050, 1_407)
    assert links["directed"].all()
    assert links["from_case"].n_unique() == 807
    assert Counter(links["setting"])["household"] == 662
    (sums,) = found.records.sums
    assert (sums.encoding, sums.rows, sums.kept) == ("cp1252", 1_407, 1_407)
    assert "encoding tie" in sums.notes[0].en
    onset = dict(cases.select("person_key", "onset").iter_rows())
    by_case = dict(cases.select("case_id", "onset").iter_rows())
    spans = [
        (onset[to] - by_case[source]).days
        for source, to in links.select("from_case", "to_person").iter_rows()
        if onset[to] is not None and by_case[source] is not None
    ]
    # the published check: 679 pairs with both onsets, mean serial interval 5.09 days
    assert len(spans) == 679
    assert round(sum(spans) / len(spans), 2) == 5.09
    assert cases["onset_precision"].drop_nulls().unique().to_list() == ["day"]


def test_hongkong_has_cases_places_and_no_areas() -> None:
    found = intake("hongkong_gov_linelist", "hongkong")
    records = found.records
    cases = records.table("cases")
    assert cases.height == 15_441
    raw = pl.read_csv(DATA / "hongkong_gov_linelist" / "enhanced_sur_covid_19_eng.csv", infer_schema=False)
    silent = raw.filter(pl.col("Date of onset") == "Asymptomatic")["Case no."].to_list()
    assert len(silent) == 4_797
    theirs = cases.filter(pl.col("case_id").is_in(silent))
    assert theirs["onset"].null_count() == 4_797
    assert set(theirs["classification"]) <= {"asymptomatic", "discarded"}
    first = cases.filter(case_id="1").row(0, named=True)
    assert first["reported_at"].astimezone(records.tz).date() == date(2020, 1, 23)  # 23/01/2020, day first
    assert cases["area_code"].null_count() == cases.height
    visits = records.table("visits")
    dated = pl.read_csv(
        DATA / "hongkong_gov_linelist" / "building_list_eng_20200912.csv", infer_schema=False
    ).drop_nulls("Last date of residence of the case(s)")
    assert dated.height == 307 - 138
    assert visits["place_id"].n_unique() == dated.select("District", "Building name").unique().height
    assert (
        visits["enter"]
        .dt.convert_time_zone("Asia/Hong_Kong")
        .dt.date()
        .is_between(date(2020, 8, 1), date(2020, 9, 12))
        .all()
    )
    # almost all of them are cases of the list
    assert visits["person_key"].is_in(cases["person_key"].to_list()).mean() > 0.95
    assert records.table("places")["lon"].drop_nulls().is_between(113.8, 114.5).all()
    assert records.table("places").height > 6_000


def test_ebola_links_outside_the_list_are_said() -> None:
    found = intake("outbreaks", "ebola_sim")
    cases, links = found.records.table("cases"), found.records.table("links")
    assert (cases.height, links.height) == (5_829, 3_800)
    assert (~links["to_person"].is_in(cases["person_key"].to_list())).sum() == 59
    assert cases.select("lon", "lat").null_count().row(0) == (0, 0)
    assert any("of 3,800 links name a case or person that is not in the list" in s for s in said(found))


def test_risk_areas_are_the_list_at_three_hours() -> None:
    found = intake("china_risk_areas_2022", "china_risk_areas")
    areas = found.records.table("risk_areas")
    by_hour = dict(areas.group_by("listed_at").len().sort("listed_at").iter_rows())
    assert list(by_hour.values()) == [203, 15, 2_725]
    assert next(iter(by_hour)).isoformat() == "2022-04-15T03:00:00+00:00"  # 11 o'clock in China
    assert areas["listed_at_precision"].unique().to_list() == ["hour"]
    assert areas["valid_from"].null_count() == areas.height
    levels = Counter(areas.filter(pl.col("listed_at") == max(by_hour))["level"])
    assert levels == {"high": 1_391, "medium": 1_146, "low": 188}
    assert found.newest == datetime.fromisoformat("2022-08-23T00:00:00+00:00")


class TestHandbook:
    """The dirty list against the cleaned one that its authors published."""

    @staticmethod
    def answer() -> pl.DataFrame:
        from fireline.pipeline.sandbox import read_limited

        (raw,) = read_limited(
            "linelist_cleaned.xlsx", (DATA / "epirhandbook" / "linelist_cleaned.xlsx").read_bytes()
        )
        return raw.rows.with_columns(pl.col(pl.String).replace("", None))

    @staticmethod
    def ours() -> pl.DataFrame:
        records = intake("epirhandbook", "epirhandbook").records
        day = [
            pl.col(c).dt.convert_time_zone("Africa/Freetown").dt.strftime("%Y-%m-%d").alias(d)
            for c, d in (
                ("onset", "date_onset"),
                ("isolated_at", "date_hospitalisation"),
                ("outcome_at", "date_outcome"),
            )
        ]
        links = records.table("links").select(
            pl.col("to_person").alias("person_key"),
            pl.col("from_case").alias("infector"),
            pl.col("setting").alias("source"),
            pl.col("date").dt.strftime("%Y-%m-%d").alias("date_infection"),
        )
        time = pl.col("isolated_at").dt.strftime("%H:%M")
        cases = records.table("cases").select(
            "case_id",
            "person_key",
            *day,
            "lon",
            "lat",
            pl.col("outcome").replace({"died": "Death", "recovered": "Recover"}),
            pl.when(pl.col("isolated_at_precision") == "minute").then(time).alias("time_admission"),
        )
        persons = records.table("persons").select(
            "person_key", pl.col("sex").replace({"male": "m", "female": "f"}).alias("gender"), "age"
        )
        return cases.join(persons, on="person_key").join(links, on="person_key", how="left")

    def test_the_same_people_are_kept(self) -> None:
        assert set(self.ours()["case_id"]) == set(self.answer()["case_id"])

    def test_cells_agree_and_the_differences_are_listed(self) -> None:
        both = self.ours().join(self.answer(), on="case_id", suffix="_theirs")
        assert both.height == 5_888
        differences = {}
        for column in (
            "date_onset",
            "date_hospitalisation",
            "date_outcome",
            "date_infection",
            "outcome",
            "gender",
            "infector",
            "source",
            "time_admission",
        ):
            wrong = both.filter(pl.col(column).ne_missing(pl.col(f"{column}_theirs")))
            differences[column] = wrong.height
        for column, theirs in (("lon", "lon_theirs"), ("lat", "lat_theirs"), ("age", "age_years")):
            gap = (pl.col(column) - pl.col(theirs).cast(pl.Float64)).abs()
            wrong = both.filter((gap > 1e-9) | (pl.col(column).is_null() != pl.col(theirs).is_null()))
            differences[column] = wrong.height
        assert {c: n for c, n in differences.items() if n} == {"date_infection": 1, "time_admission": 48}
        # impossible times of day (12:60, 24:17): the day is kept, the hour unknown; the answer key keeps text
        times = both.filter(pl.col("time_admission").ne_missing(pl.col("time_admission_theirs")))
        assert times["time_admission"].null_count() == times.height
        assert times["time_admission_theirs"].str.contains(r"(:60|^24:)").all()
        # a date of infection stands on a link here, so a case without an infector has none
        dates = both.filter(pl.col("date_infection").ne_missing(pl.col("date_infection_theirs")))
        assert dates["infector_theirs"].to_list() == [None]
