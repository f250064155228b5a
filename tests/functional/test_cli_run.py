"""fireline run, drill and start as a user calls them: exit code, message, files."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """case_id,person_key,disease,classification,onset,reported_at,area_code
C1,"=HYPERLINK(""x"")",measles,confirmed,2026-03-01T08:00+08:00,2026-03-03T09:30+08:00,CN-411624
C2,p2,measles,confirmed,2026-03-12T08:00+08:00,2026-03-13T10:00+08:00,CN-411624
,p3,measles,confirmed,2026-03-12,2026-03-13,CN-411624
C4,p4,measles,confirmed,not a date,2026-03-14T10:00+08:00,CN-411624
"""


def fireline(*words: str, home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "FIRELINE_HOME": str(home), "PYTHONWARNINGS": "default"}
    env.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "fireline.cli", *words],
        capture_output=True,
        text=True,
        env=env,
        cwd=cwd,
        timeout=300,
    )


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    (folder / "in").mkdir()
    (folder / "in" / "cases.csv").write_text(CASES, encoding="utf-8")
    (folder / "in" / "notes.txt").write_text("nothing for a table")
    return folder


@pytest.fixture(scope="module")
def ran(base):
    return fireline("run", "in", "--area", "CN-411624", "--out", "out", home=base / "home", cwd=base)


def test_run_leaves_with_zero_and_says_where_the_results_are(ran, base):
    assert ran.returncode == 0, ran.stderr
    assert "(Asia/Shanghai)" in ran.stdout and "+00:00" not in ran.stdout
    assert "4 read = 2 kept + 0 merged + 2 rejected" in ran.stdout
    assert str(base / "out") in ran.stdout
    assert "\x1b" not in ran.stdout + ran.stderr  # no bar and no colour where nobody watches


def test_files_of_a_run(ran, base):
    out = base / "out"
    assert {f.name for f in out.iterdir()} == {
        "tables", "report.html", "run.json", "rejects.csv", "faults.csv", "questions.csv",
    }  # fmt: skip
    assert (out / "tables" / "line_list.csv").is_file()
    assert (out / "tables" / "cleaned" / "cases.parquet").is_file()


def test_rejected_row_and_nulled_cell_are_listed_without_person_values(ran, base):
    rejects = rows_of(base / "out" / "rejects.csv")
    assert [(r["file"], r["row"], r["column"]) for r in rejects] == [
        ("cases.csv", "1", "person_key"),  # a formula is no key
        ("cases.csv", "3", "case_id"),
    ]
    faults = rows_of(base / "out" / "faults.csv")
    assert [(r["row"], r["column"], r["effect"]) for r in faults] == [("4", "onset", "null")]
    for file in ("rejects.csv", "faults.csv", "report.html", "run.json", "tables/line_list.csv"):
        assert "HYPERLINK" not in (base / "out" / file).read_text("utf-8"), file


def test_json_is_run_json(base):
    done = fireline(
        "run", "in", "--area", "CN-411624", "--out", "out2", "--json", home=base / "home", cwd=base
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    stored = json.loads((base / "out2" / "run.json").read_text("utf-8"))
    assert said == stored
    assert said["rows"] == {"rows": 4, "kept": 2, "merged": 0, "rejected": 2}
    assert said["ignored"] == ["notes.txt"]
    assert said["disease"] == "measles"
    assert said["rules"]
    assert all(rule["kind"] == "living" for rule in said["rules"])


def test_where_no_rule_applies_the_run_still_succeeds(base):
    words = ("run", "in", "--area", "KR", "--disease", "made-up-fever", "--out", "out3", "--at", "1950-01-01")
    done = fireline(*words, home=base / "home", cwd=base)
    assert done.returncode == 0, done.stderr
    assert "NO_RULE" in done.stdout
    found = json.loads((base / "out3" / "run.json").read_text("utf-8"))
    assert found["statuses"]["RULE"] == 0
    assert found["tables"]["zones"] == 0
    assert found["at_from"] == "argument"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run", "missing"), 11, "does not exist"),
        (("run", "empty"), 11, "no file to read"),
        (("run", "in", "--at", "yesterday"), 11, "ISO 8601"),
        (("run", "in", "--area", "nowhere at all"), 12, "area"),
        (("run", "in", "--feeds", "missing.toml"), 11, "missing.toml does not exist"),
        (("run", "in/cases.csv"), 11, "is a file; name the folder it lies in"),
        (("run", "in", "--out", "in"), 11, "no result of a former run"),
    ],
)
def test_exit_code_tells_the_cause(base, words, code, said):
    (base / "empty").mkdir(exist_ok=True)
    done = fireline(*words, home=base / "home", cwd=base)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_home_that_cannot_be_used(base):
    (base / "file").write_text("x")
    done = fireline("run", "in", "--home", str(base / "file"), home=base / "home", cwd=base)
    assert done.returncode == 15
    assert "cannot be used" in done.stderr


def test_help_has_an_example(base):
    for words in (("run", "--help"), ("drill", "generate", "--help"), ("start", "--help")):
        done = fireline(*words, home=base / "home", cwd=base)
        assert done.returncode == 0
        assert "Example: fireline" in done.stdout, words


def test_drill_generate_is_the_same_for_a_seed(base):
    for name in ("x1", "x2"):
        done = fireline(
            "drill", "generate", name, "--seed", "3", "--people", "2500", home=base / "home", cwd=base
        )
        assert done.returncode == 0, done.stderr
    assert "next: fireline run x1" in done.stdout.replace("x2", "x1")
    for file in sorted((base / "x1").iterdir()):
        assert file.read_bytes() == (base / "x2" / file.name).read_bytes(), file.name


def test_drill_generate_never_touches_other_files(base):
    done = fireline("drill", "generate", "in", home=base / "home", cwd=base)
    assert done.returncode == 11
    assert (base / "in" / "notes.txt").is_file()


@pytest.mark.slow
def test_start_loads_the_exercise_once_into_a_home_of_its_own(base):
    words = (
        "start",
        "--no-serve",
        "--json",
        "--people",
        "2500",
        "--seed",
        "3",
        "--home",
        str(base / "start-home"),
    )
    first = fireline(*words, home=base / "home", cwd=base)
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["is_new"] is True
    assert said["is_exercise"] is True
    assert Path(said["home"]) == base / "start-home" / "exercise"
    assert (base / "start-home" / "exercise" / "EXERCISE").is_file()
    assert not (base / "start-home" / "fireline.sqlite3").exists()  # nothing enters the home of real data
    assert Path(said["report"]).is_file()
    second = fireline(*words, home=base / "home", cwd=base)
    again = json.loads(second.stdout)
    assert again["is_new"] is False
    assert again["outbreak"] == said["outbreak"]


@pytest.mark.slow
def test_start_on_own_data_goes_to_the_home_itself(base):
    words = (
        "start",
        "--no-serve",
        "--json",
        "--data",
        "in",
        "--area",
        "CN-411624",
        "--home",
        str(base / "own-home"),
    )
    done = fireline(*words, home=base / "home", cwd=base)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["is_exercise"] is False
    assert said["cases"] == 2
    assert (base / "own-home" / "fireline.sqlite3").is_file()
    assert not (base / "own-home" / "EXERCISE").exists()


def test_own_data_never_enters_an_exercise_home(base):
    home = base / "marked"
    home.mkdir()
    (home / "EXERCISE").write_text("x")
    done = fireline("start", "--no-serve", "--data", "in", "--home", str(home), home=base / "home", cwd=base)
    assert done.returncode == 11
    assert "marked as an exercise" in done.stderr
