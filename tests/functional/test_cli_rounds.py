"""fireline rounds over a folder, as a person runs it: plan, progress, file, JSON, refusals."""

from __future__ import annotations

import csv
import json

import pytest
from typer.testing import CliRunner

from fireline.cli.rounds import app
from fireline.errors import InputError, StorageError

FILES = {
    "units": ["unit_id,area_code,kind,population,lon,lat",
              *(f"U{i},CN-411624101,compound,{500 * (i + 1)},{115.0 + 0.004 * i},33.0" for i in range(5))],
    "adjacency": ["unit_a,unit_b,gates", *(f"U{i},U{i + 1},1" for i in range(4))],
    "persons": ["person_key,home_place_id", *(f"p{i},U{i % 2}" for i in range(20))],
    "cases": ["case_id,person_key,disease,classification,onset,reported_at,area_code",
              "C1,p0,covid-19,confirmed,2022-06-10,2022-06-11T09:00,CN-411624101"],
    "tests": ["sample_id,subject_kind,subject_id,kind,taken_at,result_at,result",
              *(f"T{i // 4}/{i},person,p{i},nucleic_acid,2022-06-12T{8 + i // 4:02d}:30,2022-06-12T16:00,"
                f"{'positive' if i == 4 else 'negative'}" for i in range(8))],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    for name, lines in FILES.items():
        (made / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


@pytest.fixture
def call(folder, tmp_path):
    def run(*words):
        asked = [str(folder), "--home", str(tmp_path / "home"), "--at", "2022-06-12T18:00", *words]
        return CliRunner().invoke(app, asked)

    return run


def test_a_folder_is_planned_and_followed(call):
    made = call("--start", "2022-06-12T08:00", "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert told["ring"] is None and told["source"] == "in"
    sealed = next(one for one in told["levels"] if one["level"] == "sealed")
    assert sealed["deadline_h"] == 24.0
    assert sealed["rule_id"] == "cn-covid-v8-zones/deadline/first_round_sealed/CN"
    total = sealed["progress"]["total"]
    assert (total["listed"], total["sampled"], total["to_resample"]) == (10, 4, 2)
    assert not any(f'"p{i}"' in made.stdout or f"T{i}/" in made.stdout for i in range(20))


def test_the_lines_are_in_both_languages(call):
    for lang, words in (
        ("zh", ("封控区", "采样点", "规则要求 24 小时")),
        ("en", ("sealed", "site", "24 hours")),
    ):
        said = call("--lang", lang).stdout
        assert all(word in said for word in words), said


def test_the_schedule_is_written_and_what_is_set_counts(call, tmp_path):
    out = tmp_path / "round.csv"
    made = call("--csv", str(out), "--set", "people_per_site=500", "--json")
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    told = json.loads(made.stdout)
    assert len(rows) == len(told["schedule"]) == sum(one["n_units"] for one in told["levels"])
    assert {r["unit_id"] for r in rows} <= {f"U{i}" for i in range(5)} and rows[0][
        "start_at"
    ] == "2022-06-12T18:00"
    few = json.loads(call("--json").stdout)
    assert sum(o["plan"]["n_sites"] for o in told["levels"]) > sum(
        o["plan"]["n_sites"] for o in few["levels"]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "teams=0"), "sampling teams"),
        (("--set", "squads=3"), "squads"),
        (("--lang", "fr"), "allowed: zh, en"),
    ],
)
def test_what_cannot_be_used_is_said(call, words, said):
    made = call(*words)
    assert isinstance(made.exception, InputError) and said in str(made.exception)


def test_a_file_that_cannot_be_written_is_said(call, tmp_path):
    made = call("--csv", str(tmp_path / "no" / "round.csv"))
    assert isinstance(made.exception, StorageError)


def test_no_case_no_round(folder, call):
    (folder / "cases.csv").unlink()
    (folder / "tests.csv").unlink()
    assert "no ring, no round" in call().stdout
