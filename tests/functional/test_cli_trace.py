"""fireline trace over a folder of files and over a home, as a person runs it: codes, messages, JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

pytestmark = pytest.mark.long
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
    with (call.data / "cases.csv").open(encoding="utf-8-sig") as rows:
        call.cases = [row["case_id"] for row in csv.DictReader(rows) if row["onset"]][4:7]
    call.asked = [word for case in call.cases for word in ("--case", case)]
    return call


def inside(*words):
    """The same command in this process, which spares its start; it opens no database."""
    from fireline.cli import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(words)
    return subprocess.CompletedProcess(words, left.value.code or 0, out.getvalue(), err.getvalue())


def from_folder(run, kind, *words):
    home = str(run.home.parent)
    return inside("trace", kind, "--data", str(run.data), "--home", home, *run.asked, *words)


def from_home(run, kind, *words):
    return run("trace", kind, "--home", str(run.home), *run.asked, "--by", "demo-epidemiologist", *words)


def answer(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["secondary", "companions", "backward", "chain"])
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
        found = [row for row in files["rows"] if row["basis"] in ("co_presence", "grid")]
        assert all(row["rule_id"] and row["edition"] for row in found if row["class"] != "unclassified")
        assert files["rules"] == home["rules"] and files["rules"]
    if kind == "chain":
        assert {"offspring_r", "offspring_k"} <= {row["name"] for row in files["figures"]}


def test_the_table_says_why_and_companions_say_that_they_are_advice(run):
    english = from_folder(run, "contacts", "--explain", "--limit", "2").stdout
    assert "overlap_min" in english and "The class changes if" in english and "not shown" in english
    chinese = from_folder(run, "companions", "--explain", "--limit", "1", "--lang", "zh").stdout
    assert "时空伴随只是提示" in chinese and "网格" in chinese and "规则" in chinese


def test_what_is_refused_and_with_which_code(run):
    other = ["--data", str(run.home.parent.parent / "other"), "--home", str(run.home.parent), "--case", "C1"]
    missing = inside("trace", "contacts", *other)
    assert missing.returncode == 12 and "contact.lookback" in missing.stderr, missing.stderr
    assert inside("trace", "companions", *other).returncode == 12
    nobody = inside("trace", "contacts", *other[:-1], "C-SECRET")
    assert nobody.returncode == 11 and "C-SECRET" not in nobody.stderr
    for words, said in [
        (["--by", "dora"], "--by"),
        (["--outbreak", "1"], "--by"),
        (["--lang", "fr"], "lang"),
    ]:
        done = inside("trace", "contacts", *other, *words)
        assert done.returncode == 11 and said in done.stderr, done.stderr
    nameless = inside("trace", "contacts", "--case", "C1")
    assert nameless.returncode == 13 and "--by" in nameless.stderr
    for words, code, said in [
        (("--by", "nobody"), 13, "account"),
        (("--by", "demo-grid"), 13, "epidemiologist"),
    ]:
        done = run("trace", "contacts", "--home", str(run.home), *run.asked, *words)
        assert done.returncode == code and said in done.stderr, (words, done.stderr)


def test_a_folder_run_touches_no_database_and_every_search_of_a_home_is_on_record(run):
    assert not (run.home.parent / "fireline.sqlite3").exists()
    assert run("audit", "verify", "--home", str(run.home)).returncode == 0
