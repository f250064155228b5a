"""fireline trace over a folder of files and over a home, as a person runs it: codes, messages, JSON."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
NO_RULE = "case_id,person_key,disease,classification,onset,reported_at,area_code\nC1,p1,covid-19,confirmed,2023-06-01,2023-06-02,CN-411624\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One small exercise for the whole module: a folder, and a home that holds it."""
    folder = tmp_path_factory.mktemp("trace")
    environ = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}

    def call(*words):
        return subprocess.run(
            [sys.executable, "-m", "fireline.cli", *words],
            env={**environ, "FIRELINE_HOME": str(folder / "home")},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=240,
        )

    made = call("start", "--no-serve", "--people", "2000", "--json")
    assert made.returncode == 0, made.stderr
    call.home = folder / "home" / "exercise"
    call.data = next(p.parent for p in call.home.rglob("visits.parquet"))
    (folder / "other").mkdir()
    (folder / "other" / "cases.csv").write_text(NO_RULE, encoding="utf-8")
    with (call.data / "cases.csv").open(encoding="utf-8") as rows:
        call.cases = [row["case_id"] for row in csv.DictReader(rows) if row["onset"]][4:7]
    call.asked = [word for case in call.cases for word in ("--case", case)]
    return call


def from_folder(run, kind, *words):
    return run("trace", kind, "--data", str(run.data), *run.asked, *words)


def from_home(run, kind, *words):
    return run("trace", kind, "--home", str(run.home), *run.asked, "--by", "demo-epidemiologist", *words)


def answer(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["contacts", "secondary", "companions", "backward", "chain"])
def test_a_folder_and_a_home_give_the_same_rows(run, kind):
    files, home = (answer(ask(run, kind, "--json")) for ask in (from_folder, from_home))
    assert files["kind"] == kind and files["cases"] == run.cases and files["n_rows"] == len(files["rows"])
    assert all(row["why_zh"] and row["why_en"] for row in files["rows"])
    told = {"person_key", "why_zh", "why_en"}  # each home has its own key of pseudonyms

    def plain(found):
        return sorted(json.dumps({k: v for k, v in row.items() if k not in told}) for row in found["rows"])

    assert plain(files) == plain(home) and (plain(files) or kind == "backward")
    if kind in ("contacts", "secondary", "companions"):
        assert {row["case_id"] for row in files["rows"]} <= set(run.cases)
        assert all(
            row["rule_id"] and row["edition"] for row in files["rows"] if row["class"] != "unclassified"
        )
        assert files["rules"] == home["rules"] and files["rules"]
    if kind == "chain":
        assert {"offspring_r", "offspring_k"} <= {row["name"] for row in files["figures"]}


def test_the_table_says_why_and_companions_say_that_they_are_advice(run):
    english = from_folder(run, "contacts", "--explain", "--limit", "2").stdout
    assert "overlap_min" in english and "The class changes if" in english and "not shown" in english
    chinese = from_folder(run, "contacts", "--explain", "--limit", "1", "--lang", "zh").stdout
    assert "密切接触者" in chinese and "规则" in chinese
    assert "advice" in from_folder(run, "companions").stdout
    assert answer(from_folder(run, "companions", "--json"))["advice"]["en"].startswith(
        "Companions are advice"
    )


def test_what_is_refused_and_with_which_code(run):
    missing = run("trace", "contacts", "--data", "other", "--case", "C1")
    assert missing.returncode == 12 and "contact.lookback" in missing.stderr, missing.stderr
    assert run("trace", "companions", "--data", "other", "--case", "C1").returncode == 12
    nobody = run("trace", "contacts", "--data", str(run.data), "--case", "C-SECRET")
    assert nobody.returncode == 11 and "C-SECRET" not in nobody.stderr
    for words, code, said in [
        ((), 13, "--by"),
        (("--by", "nobody"), 13, "account"),
        (("--by", "demo-grid"), 13, "epidemiologist"),
        (("--by", "demo-epidemiologist", "--outbreak", "99"), 13, "not found"),
        (("--by", "demo-epidemiologist", "--area", "CN"), 11, "--data"),
        (("--data", str(run.data), "--by", "demo-epidemiologist"), 11, "--by"),
        (("--data", str(run.data), "--lang", "fr"), 11, "lang"),
    ]:
        done = run("trace", "contacts", "--home", str(run.home), *run.asked, *words)
        assert done.returncode == code and said in done.stderr, (words, done.stderr)


def test_a_folder_run_touches_no_database_and_every_search_of_a_home_is_on_record(run):
    assert not (run.home.parent / "fireline.sqlite3").exists()
    assert run("audit", "verify", "--home", str(run.home)).returncode == 0
