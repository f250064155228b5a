"""A small invented county through the whole pipeline: what must hold in every world."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fireline.contacts import find
from fireline.drill.observe import AT
from fireline.drill.write import CODE, generate, write_folder
from fireline.engines import local_cases
from fireline.pipeline.chapters import run_chapters
from fireline.pipeline.home import Home
from fireline.pipeline.run import run_folder
from fireline.policy import load_library

SEED, PEOPLE = 5, 2_000  # the smallest county there is; zones stand at its end
TRUTH = {"infected_by", "household", "contact"}


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture(scope="module")
def world(tmp_path_factory, library):
    base = tmp_path_factory.mktemp("world")
    tables = generate(n_people=PEOPLE, rng=np.random.default_rng(SEED))
    write_folder(tables, base / "in", seed=SEED, n_people=PEOPLE)
    home = Home.open(base / "home")
    return base, tables, home, run_folder(base / "in", out=base / "out", home=home, library=library)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()
    }


def test_a_second_run_gives_the_same_bytes(world, library):
    base, _, home, first = world
    before = files_of(first.out)
    run_folder(base / "in", out=base / "again", home=home, library=library)
    after = files_of(base / "again")
    assert set(before) == set(after)
    assert [name for name in before if before[name] != after[name]] in ([], ["run.json"])
    one, two = (json.loads(x["run.json"]) for x in (before, after))
    one.pop("seconds"), two.pop("seconds")
    assert one == two


def test_rows_in_are_kept_merged_or_rejected(world):
    _, tables, _, run = world
    rows = run.summary["rows"]
    assert rows["rows"] == rows["kept"] + rows["merged"] + rows["rejected"]
    assert rows["kept"] == sum(t.height for t in tables.values())  # our own files are clean
    for file in run.summary["files"]:
        assert file["rows"] == file["kept"] + file["merged"] + file["rejected"]


def test_area_and_moment_come_from_the_folder(world):
    _, _, _, run = world
    assert run.summary["area"] == CODE
    assert run.summary["disease"] == "exercise-x"
    assert run.results.at <= AT
    assert AT - run.results.at < timedelta(days=1)


def test_no_identity_leaves_the_input(world):
    _, tables, _, run = world
    secrets = set(tables["identities"]["name"].to_list()) | set(tables["identities"]["phone"].to_list())
    keys = set(tables["persons"]["person_key"].to_list())
    assert run.intake.identities.height == tables["identities"].height
    assert "identities" not in run.intake.records.tables
    for file in (run.out / "tables").rglob("*.parquet"):
        table = pl.read_parquet(file)
        for column, dtype in table.schema.items():
            if dtype == pl.String:
                found = set(table[column].drop_nulls().unique().to_list())
                assert not found & secrets, (file.name, column)
                assert not found & keys, (file.name, column)


def test_computed_contacts_find_infections_that_nobody_stated(world, library):
    """With every stated link and recorded contact taken away, movement and homes still show most of them."""
    _, _, _, run = world
    kept = {n: t for n, t in run.intake.records.tables.items() if n not in ("links", "contacts")}
    alone = run_chapters(replace(run.intake.records, tables=kept), library, area=CODE, at=run.results.at)
    cases, found = alone.records.table("cases"), alone.contacts.found
    assert "stated" not in found["basis"].to_list()
    infected_here = set(cases.filter(pl.col("origin") == "local")["person_key"].to_list())
    reached = set(found["person_key"].to_list())
    assert len(infected_here & reached) >= 0.8 * len(infected_here)


def test_no_task_without_owner_and_due_time_and_rule(world):
    _, _, _, run = world
    tasks = run.results.tasks.table
    assert tasks.height
    for column in ("task_id", "owner_role", "owner_unit", "due_at", "rule_id", "what_zh", "what_en"):
        assert tasks[column].null_count() == 0, column
        if tasks.schema[column] == pl.String:
            assert (tasks[column] != "").all(), column
    assert tasks["task_id"].n_unique() == tasks.height
    assert not tasks["may_order"].any()  # an exercise pack can issue no order


def test_a_sealed_unit_holds_every_recent_case(world):
    """The unit in which a case lives is sealed, unless its rule no longer counts the case."""
    _, _, _, run = world
    placed = run.results.zones.placements.filter(
        (pl.col("subject_kind") == "case") & pl.col("unit_id").is_not_null()
    )
    levels = dict(run.results.zones.levels.select("unit_id", "level").iter_rows())
    strict = [levels.get(u) for u in placed["unit_id"].to_list()]
    assert strict
    assert "sealed" in strict
    sealed = {u for u, level in levels.items() if level == "sealed"}
    assert sealed <= set(placed["unit_id"].to_list())


def test_people_in_zones_add_up_to_the_county(world):
    _, tables, _, run = world
    assert run.results.zones.totals["population"].sum() == tables["units"]["population"].sum()


def test_every_case_stands_once_in_line_list_and_chain(world):
    _, tables, _, run = world
    ids = sorted(tables["cases"]["case_id"].to_list())
    assert sorted(run.results.investigation.line_list["case_id"].to_list()) == ids
    assert sorted(run.results.contacts.chain.nodes["case_id"].to_list()) == ids


def test_a_bulletin_shows_no_small_count(world):
    _, _, _, run = world
    bulletin = run.results.bulletin
    assert bulletin.k >= 10
    for table in bulletin.tables.values():
        counts = table["count"].drop_nulls()
        assert not ((counts > 0) & (counts < bulletin.k)).any()


def test_every_rule_used_is_of_the_exercise(world):
    _, _, _, run = world
    kinds = {rule["kind"] for rule in run.summary["rules"]}
    assert kinds <= {"exercise", "living"}
    assert "exercise" in kinds
    assert run.summary["searches"][0]["rules"]


def test_searches_are_logged_only_where_a_search_was_made(world, library):
    _, _, _, run = world
    tables = dict(run.intake.records.tables)
    tables.pop("visits")
    without = run_chapters(replace(run.intake.records, tables=tables), library, area=CODE, at=run.results.at)
    assert "co_presence" not in without.contacts.found["basis"].to_list()


def test_relabelling_people_changes_no_count(world, library):
    _, _, _, run = world
    records = run.intake.records
    people = sorted(records.table("persons")["person_key"].to_list())
    other = dict(zip(people, reversed(people), strict=True))
    columns = ("person_key", "to_person")
    tables = {}
    for name, table in records.tables.items():
        swap = [pl.col(c).replace(other) for c in columns if c in table.columns]
        if name == "tests":
            swap = [pl.when(pl.col("subject_kind") == "person").then(pl.col("subject_id").replace(other))
                    .otherwise(pl.col("subject_id")).alias("subject_id")]  # fmt: skip
        tables[name] = table.with_columns(swap)
    again = run_chapters(replace(records, tables=tables), library, area=CODE, at=run.results.at)
    by = ["class", "basis"]
    assert (
        again.contacts.found.group_by(by)
        .len()
        .sort(by)
        .equals(run.results.contacts.found.group_by(by).len().sort(by))
    )
    assert again.zones.totals.equals(run.results.zones.totals)
    assert again.tasks.table.height == run.results.tasks.table.height


def test_adding_a_visit_never_removes_a_contact(world, library):
    _, _, _, run = world
    records, found = run.intake.records, run.results.contacts.found
    case = found.filter(pl.col("basis") == "co_presence").row(0, named=True)
    visits = records.table("visits")
    stay = visits.filter(pl.col("place_id") == case["place_id"]).head(1)
    stranger = (
        records.table("persons").filter(~pl.col("person_key").is_in(visits["person_key"].implode())).head(1)
    )
    if not stranger.height:
        stranger = records.table("persons").head(1)
    extra = stay.with_columns(pl.lit(stranger["person_key"][0]).alias("person_key"))
    tables = {**records.tables, "visits": pl.concat([visits, extra]).unique().sort(visits.columns)}
    again = run_chapters(replace(records, tables=tables), library, area=CODE, at=run.results.at)
    # a secondary contact may now be told through another close contact, under that one's case
    direct = found.filter(pl.col("class") != "secondary")
    pairs = set(direct.select("case_id", "person_key").iter_rows())
    assert pairs <= set(again.contacts.found.select("case_id", "person_key").iter_rows())
    assert set(found["person_key"]) <= set(again.contacts.found["person_key"])


def moved(table, by):
    """The table with every day and moment later; texts, which tell dates in words, are left out."""
    told = [c for c in table.columns if c.endswith(("_zh", "_en")) or c in ("alarm_id", "task_id")]
    times = [c for c, t in table.schema.items() if t.is_temporal() and t != pl.Duration("us")]
    return table.drop(told).with_columns(pl.col(times) + by)


HOLIDAYS_COUNT = {
    "triggers",
    "trigger_evidence",
    "trigger_points",
    "signal_calibration",
    "area_alarms",
    "clusters",
    "stream_days",
}
"""What is expected of a day depends on whether it is a holiday, so these do not move with the days."""


def test_moving_everything_by_some_weeks_moves_nothing_else(world, library):
    """Whole weeks, so that weekdays, weekly bins and the days rules count from stay as they are."""
    _, _, _, run = world
    by = timedelta(weeks=3)
    records = run.intake.records
    tables = {name: moved(table, by) for name, table in records.tables.items()}
    again = run_chapters(
        replace(records, tables=tables), library, area=CODE, at=run.results.at + by, disease="exercise-x"
    )
    for part in ("signals", "investigation", "contacts", "zones"):
        before, after = getattr(run.results, part).tables(), getattr(again, part).tables()
        assert set(before) == set(after)
        for name, table in before.items():
            if name in HOLIDAYS_COUNT:
                continue
            expected = moved(table, by)
            found = moved(after[name], timedelta(0))
            assert found.sort(found.columns).equals(expected.sort(expected.columns)), (part, name)
    assert again.tasks.table.height == run.results.tasks.table.height


@pytest.mark.parametrize("n_parts", [1, 2, 7, 64])
def test_the_contacts_are_the_same_for_any_partitioning(world, library, n_parts):
    _, _, _, run = world
    engine = local_cases(n_threads=2, n_parts=n_parts)
    found = find(run.intake.records, run.results.rules, at=run.results.at, engine=engine)
    for name, table in run.results.contacts.tables().items():
        assert table.equals(found.tables()[name]), name


def test_the_order_of_rows_changes_nothing(world, library):
    _, _, _, run = world
    records = run.intake.records
    tables = {name: table.reverse() for name, table in records.tables.items()}
    again = run_chapters(replace(records, tables=tables), library, area=CODE, at=run.results.at)
    for part in ("signals", "investigation", "contacts", "zones", "tasks"):
        for name, table in getattr(run.results, part).tables().items():
            assert table.equals(getattr(again, part).tables()[name]), (part, name)


SENTENCES = ("what_zh", "what_en", "why_zh", "why_en", "note_zh", "note_en")
SNAKE = re.compile(r"\b[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+\b")
PLAIN = re.compile(r"\b[a-z][a-z-]{2,}\b")


def said(run, language: str) -> list[str]:
    """Every sentence of one run in one language: tables, notes and what is missing."""
    found = [n.get(language) for n in run.results.notes]
    found += [pair[language == "en"] for pair in run.intake.records.missing]
    for table in run.results.tables().values():
        for column in SENTENCES:
            if column in table.columns and column.endswith(language):
                found += table[column].drop_nulls().unique().to_list()
    return found


def without_ids(text: str, library) -> str:
    """A sentence without the ids of rules and packs, which are names and stay as they are."""
    known = {**library.by_rule, **library.by_pack}
    return re.sub(r"[A-Za-z0-9_./-]+", lambda word: "" if word[0].strip(".") in known else word[0], text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentences_hold_no_code_of_the_machine(world, library, language):
    texts = [without_ids(text, library) for text in said(world[3], language)]
    assert len(texts) > 100
    assert sorted({word for text in texts for word in SNAKE.findall(text)}) == []


def test_chinese_sentences_hold_no_english_and_english_ones_no_chinese(world, library):
    zh = {word for text in said(world[3], "zh") for word in PLAIN.findall(without_ids(text, library))}
    assert sorted(zh) == []
    assert [text for text in said(world[3], "en") if re.search(r"[\u4e00-\u9fff]", text)] == []
