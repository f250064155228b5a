"""The exercise as canonical tables and files: right columns, nothing from the future, no dangling keys."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fireline.drill.observe import AT
from fireline.drill.write import CODE, generate, write_folder
from fireline.errors import InputError, StorageError
from fireline.feeds.tables import TABLES, Kind


@pytest.fixture(scope="module")
def tables():
    return generate(n_people=20_000, rng=np.random.default_rng(11))


def test_columns_are_canonical_and_required_ones_are_full(tables):
    for name, table in tables.items():
        known = TABLES[name].by_name
        assert set(table.columns) <= set(known), name
        for column in TABLES[name].columns:
            if column.required:
                assert table[column.name].null_count() == 0, (name, column.name)


def test_codes_are_allowed_ones(tables):
    for name, table in tables.items():
        for column in TABLES[name].columns:
            if column.kind is Kind.CODE and column.name in table.columns:
                found = set(table[column.name].drop_nulls().unique().to_list())
                assert found <= set(column.codes), (name, column.name)


def test_keys_are_unique(tables):
    for name, table in tables.items():
        key = list(TABLES[name].key)
        assert table.select(key).is_duplicated().sum() == 0, name


def test_nothing_lies_after_the_moment_of_the_exercise(tables):
    for name, table in tables.items():
        for column, dtype in table.schema.items():
            if isinstance(dtype, pl.Datetime) and table[column].null_count() < table.height:
                assert table[column].max() <= AT, (name, column)


def test_every_key_leads_somewhere(tables):
    people = set(tables["persons"]["person_key"].to_list())
    for name in ("cases", "contacts", "visits", "exposures"):
        assert set(tables[name]["person_key"].to_list()) <= people, name
    places = set(tables["places"]["place_id"].to_list())
    assert set(tables["visits"]["place_id"].to_list()) <= places
    assert set(tables["persons"]["home_place_id"].to_list()) <= places
    cases = set(tables["cases"]["case_id"].to_list())
    assert set(tables["links"]["from_case"].to_list()) <= cases
    assert set(tables["contacts"]["case_id"].to_list()) <= cases
    areas = set(tables["areas"]["area_code"].to_list())
    for name in ("cases", "units", "places", "persons", "counts"):
        assert set(tables[name]["area_code"].to_list()) <= areas, name
    units = set(tables["units"]["unit_id"].to_list())
    assert (
        set(tables["adjacency"]["unit_a"].to_list()) | set(tables["adjacency"]["unit_b"].to_list()) <= units
    )


def test_populations_add_up(tables):
    areas = tables["areas"]
    county = areas.filter(pl.col("area_code") == CODE)["population"][0]
    towns = areas.filter(pl.col("level") == "township")["population"].sum()
    assert county == towns == tables["units"]["population"].sum()


def test_lapses_are_there_to_be_found(tables):
    assert tables["contacts"]["managed_at"].null_count() > 0
    assert tables["arrivals"]["accepted_at"].null_count() > 0
    assert tables["lots"]["declared_at"].null_count() > 0
    assert (
        tables["tests"].filter((pl.col("subject_kind") == "lot") & (pl.col("result") == "positive")).height
        == 1
    )
    stated = tables["links"].filter(pl.col("kind") == "infected_by").height
    assert 0 < stated < tables["cases"].height - 1  # computing has something to find


def test_most_is_done_in_time_so_that_lapses_stand_out(tables):
    samples = tables["tests"].filter(pl.col("subject_kind") == "lot")["subject_id"].n_unique()
    assert 0.85 <= samples / tables["lots"].height < 1
    wait = tables["arrivals"]["accepted_at"] - tables["arrivals"]["arrives_at"]
    assert 0.8 < (wait.dt.total_minutes() <= 120).mean() < 1
    ahead = (tables["lots"]["arrives_at"] - tables["lots"]["declared_at"]).dt.total_hours()
    assert 0.75 < (ahead >= 48).mean() < 1
    placed = tables["contacts"].join(tables["cases"].select("case_id", "reported_at"), on="case_id")
    placed = placed.filter(pl.col("class") == "close")
    hours = (placed["managed_at"] - placed["reported_at"]).dt.total_minutes() / 60
    assert 0.8 < (hours <= 8).mean() < 1


def test_people_who_arrived_are_sampled_on_the_days_of_the_pack(tables):
    came = tables["arrivals"].filter(pl.col("pocket") == "flight")
    watched = tables["tests"].filter(pl.col("sample_id").str.starts_with("EX-S"))
    assert set(watched["result"].to_list()) <= {"negative", "pending"}
    assert watched["taken_at"].is_sorted()
    days = (
        came.join(watched, left_on="person_key", right_on="subject_id")
        .with_columns(
            day=pl.col("taken_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
            - pl.col("arrives_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
        )["day"]
        .dt.total_days()
        .unique()
    )
    assert set(days.to_list()) <= {1, 3, 5, 7, 10}  # the last is day 3 of the monitoring at home that follows
    assert {1, 3, 5, 7} <= set(days.to_list())


def test_who_was_never_accepted_or_is_a_case_is_not_sampled_in_quarantine(tables):
    watched = set(tables["tests"].filter(pl.col("sample_id").str.starts_with("EX-S"))["subject_id"].to_list())
    lost = tables["arrivals"].filter(pl.col("accepted_at").is_null())["person_key"].to_list()
    assert watched.isdisjoint(lost)
    assert watched.isdisjoint(tables["cases"]["person_key"].to_list())
    assert watched <= set(tables["arrivals"]["person_key"].to_list())


def test_index_and_its_train(tables):
    index = tables["cases"].filter(pl.col("origin") == "imported")
    assert index.height == 1
    train = tables["arrivals"].filter(pl.col("seat").is_not_null())
    assert index["person_key"][0] in train["person_key"].to_list()
    assert train["conveyance"].n_unique() == 1
    assert train["seat"].n_unique() == train.height


def test_identities_are_of_cases_and_contacts_only(tables):
    named = set(tables["identities"]["person_key"].to_list())
    allowed = set(tables["cases"]["person_key"].to_list()) | set(tables["contacts"]["person_key"].to_list())
    assert set(tables["cases"]["person_key"].to_list()) <= named
    assert len(named - allowed) <= len(named) * 0.02
    assert tables["identities"]["phone"].str.starts_with("000-").all()
    assert tables["identities"]["id_no"].str.starts_with("EX0101-").all()


def test_files_are_byte_identical_for_one_seed(tables, tmp_path):
    first = write_folder(tables, tmp_path / "a", seed=11, n_people=20_000)
    write_folder(
        generate(n_people=20_000, rng=np.random.default_rng(11)), tmp_path / "b", seed=11, n_people=20_000
    )
    for file in first:
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_times_are_written_with_offset(tables, tmp_path):
    write_folder(tables, tmp_path, seed=11, n_people=20_000)
    line = (tmp_path / "cases.csv").read_text(encoding="utf-8").splitlines()[1]
    assert "+08:00" in line
    assert 'area = "EX-0101"' in (tmp_path / "feeds.toml").read_text(encoding="utf-8")


def test_a_former_exercise_is_replaced_other_files_never(tables, tmp_path):
    small = {"cases": tables["cases"]}
    write_folder(small, tmp_path, seed=1, n_people=2_000)
    write_folder(small, tmp_path, seed=2, n_people=2_000)
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="no exercise"):
        write_folder(small, tmp_path, seed=3, n_people=2_000)


def test_own_table_files_are_never_overwritten(tables, tmp_path):
    (tmp_path / "cases.csv").write_text("case_id\n1\n")
    with pytest.raises(InputError):
        write_folder({"cases": tables["cases"]}, tmp_path, seed=3, n_people=2_000)
    assert (tmp_path / "cases.csv").read_text() == "case_id\n1\n"


def test_folder_that_is_a_file(tables, tmp_path):
    (tmp_path / "f").write_text("x")
    with pytest.raises(StorageError, match="cannot be written"):
        write_folder({"cases": tables["cases"]}, tmp_path / "f", seed=3, n_people=2_000)
