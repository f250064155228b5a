"""fireline watch as a person runs it: tables, evidence, JSON, exit codes; nothing is written."""

from __future__ import annotations

import io
import json
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, timedelta

import pytest
from tests.factories import watched
from tests.factories.triggers import evidence, points, trigger
from tests.factories.watched import ILL, LAST, NAMES, TOWNS

from fireline.cli.columns import columns, cut, text_width
from fireline.cli.watched import sparkline
from fireline.signals.model import Point


def run(*words):
    """The command in this process, which spares its start; it opens no database."""
    from fireline.cli import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(("watch", *words))
    return subprocess.CompletedProcess(words, left.value.code or 0, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A county in two files, one township late by four days, and a home for its keys."""
    folder = tmp_path_factory.mktemp("county")
    rows = watched.counts(late=("antipyretic_sales", 5, 4))
    watched.write(folder, count_rows=rows)
    return folder, tmp_path_factory.mktemp("home")


def look(place, *words):
    folder, home = place
    area = () if "--area" in words else ("--area", watched.COUNTY)
    return run(str(folder), "--home", str(home), *area, *words)


@pytest.fixture(scope="module")
def seen(place):
    """Everything as JSON."""
    done = look(place, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- what it finds


def test_the_township_that_falls_ill_is_one_trigger_of_two_streams(seen):
    grave = seen["triggers"][0]
    assert grave["kind"] == "fusion" and grave["level"] in ("medium", "high")
    assert grave["areas"] == [TOWNS[ILL]]
    assert {e["stream"] for e in grave["evidence"] if e["weight"] > 1} == {
        "fever_clinic",
        "antipyretic_sales",
    }
    assert grave["first_day"] >= (LAST - timedelta(days=9)).isoformat()
    assert [
        t["trigger_id"]
        for t in seen["triggers"]
        if TOWNS[ILL] in t["areas"] and t["until"] == LAST.isoformat()
    ] == [grave["trigger_id"]], "one event, raised once"


def test_its_cluster_is_found_in_each_stream_by_its_own_history(seen):
    best = {c["stream"]: c for c in seen["clusters"] if c["p"] <= 0.05}
    assert set(best) == {"fever_clinic", "antipyretic_sales"}
    assert all(c["areas"] == [TOWNS[ILL]] and c["baseline"] == "supplied" for c in best.values())
    assert {s["cadence"] for s in seen["scans"]} == {"day"}


def test_who_has_not_reported_is_named_with_the_days(seen):
    late = [row for row in seen["stream_days"] if row["state"] == "late"]
    assert [(row["stream"], row["area_code"], row["late_days"]) for row in late] == [
        ("antipyretic_sales", TOWNS[5], late[0]["late_days"])
    ]
    assert late[0]["late_days"] >= 2 and late[0]["last"] == (LAST - timedelta(days=4)).isoformat()


def test_a_day_before_the_event_is_quiet(place):
    early = json.loads(look(place, "--json", "--at", (LAST - timedelta(days=12)).isoformat()).stdout)
    assert not [t for t in early["triggers"] if t["level"] in ("medium", "high")]
    assert early["at"].startswith((LAST - timedelta(days=13)).isoformat()), "midnight of the county, in UTC"


# ---- what it prints


def test_tables_name_level_areas_streams_and_clock(place, seen):
    done = look(place)
    text = done.stdout
    assert done.returncode == 0 and done.stderr == ""
    grave = seen["triggers"][0]
    line = next(row for row in text.splitlines() if grave["trigger_id"] in row)
    assert NAMES[ILL] in line and "Fever clinic" in line and "Antipyretic sales" in line
    assert "⬣Ⅰ high" in line or "▲Ⅱ medium" in line
    assert (
        text.index("TRIGGERS")
        < text.index("CLUSTERS")
        < text.index("NOT REPORTED")
        < text.index("CALIBRATION")
    )
    assert "its own history" in text and "NOT REPORTED  1 of 12" in text
    assert f"{LAST}" in text.splitlines()[0], "the local day, not that of UTC"


def test_in_chinese_no_english_sentence_is_left(place):
    import re

    text = look(place, "--lang", "zh").stdout
    assert "触发预警" in text and "时空聚集" in text and "谁没有报" in text and "校准" in text
    assert not re.findall(r"[A-Za-z]{3,}(?: [a-z]{2,}){2,}", text)


def test_a_limit_cuts_lists_and_says_so(place):
    text = look(place, "--limit", "1").stdout
    n = len(json.loads(look(place, "--json").stdout)["triggers"])
    if n > 1:
        assert f"{n - 1} more not shown" in text
    assert look(place, "--limit", "0").stdout.count("not shown") == 0


def test_explain_shows_each_stream_and_what_would_make_it_false(place, seen):
    grave = seen["triggers"][0]["trigger_id"]
    text = look(place, "--explain", grave).stdout
    assert "Fever clinic [person]" in text and "Antipyretic sales [thing]" in text
    assert "█" in text and "^" in text and "above the limit" in text
    assert "WHAT WOULD HAVE TO BE TRUE FOR IT TO BE FALSE" in text and "WHO VERIFIES" in text
    assert NAMES[ILL] in text and TOWNS[ILL] not in text
    zh = look(place, "--explain", grave, "--lang", "zh").stdout
    assert "在什么情况下它不成立" in zh and "高于阈值" in zh


def test_explain_takes_a_cluster_too(place, seen):
    cluster = next(c for c in seen["clusters"] if c["p"] <= 0.05)
    text = look(place, "--explain", cluster["cluster_id"]).stdout
    assert "relative risk" in text and "It would be false if" in text
    only = json.loads(look(place, "--json", "--explain", cluster["cluster_id"]).stdout)
    assert only["triggers"] == [] and len(only["clusters"]) == 1


def test_nothing_is_written_into_the_folder(place):
    before = {p.name: p.stat().st_mtime_ns for p in place[0].iterdir()}
    look(place)
    assert {p.name: p.stat().st_mtime_ns for p in place[0].iterdir()} == before


def test_streams_in_a_file_change_what_is_known(place, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '[stream.fever_clinic]\nname = { zh = "我县发热门诊", en = "Our fever clinics" }\n', encoding="utf-8"
    )
    found = json.loads(look(place, "--json", "--streams", str(file)).stdout)
    names = {
        e["words"]["en"] for t in found["triggers"] for e in t["evidence"] if e["stream"] == "fever_clinic"
    }
    assert names == {"Our fever clinics"}


# ---- what it refuses


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lang", "fr"), "allowed: zh, en"),
        (("--at", "yesterday"), "not ISO 8601"),
        (("--area", "Shenqiu"), "area"),
        (("--feeds", "none.toml"), "does not exist"),
        (("--explain", "S999"), "there are: S"),
        (("--streams", "none.toml"), "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_with_exit_code_11(place, words, said):
    done = look(place, *words)
    assert (done.returncode, done.stdout) in ((11, ""), (12, "")) and said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_streams_file_with_faults_says_all_of_them(place, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text('[stream.calls]\ntrust = 7\nunit = ""\n', encoding="utf-8")
    done = look(place, "--streams", str(file))
    assert done.returncode == 11 and "trust" in done.stderr and "unit" in done.stderr


def test_a_folder_that_is_not_there_or_a_file_or_without_a_time(tmp_path):
    home = ("--home", str(tmp_path / "home"))
    assert run(str(tmp_path / "gone"), *home).returncode == 11
    file = tmp_path / "counts.csv"
    file.write_text("stream,area_code,date,count\n", encoding="utf-8")
    assert "is a file" in run(str(file), *home).stderr
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "areas.csv").write_text("area_code,name,level\nCN-411624,x,county\n", encoding="utf-8")
    done = run(str(folder), *home)
    assert done.returncode == 11 and "--at" in done.stderr


def test_a_quiet_folder_says_that_it_is_quiet(tmp_path):
    folder = tmp_path / "quiet"
    folder.mkdir()
    rows = [
        {
            "stream": "calls",
            "area_code": TOWNS[i],
            "date": LAST - timedelta(days=d),
            "count": 3,
            "denominator": None,
        }
        for d in range(5)
        for i in range(2)
    ]
    watched.write(folder, count_rows=rows)
    done = run(str(folder), "--home", str(tmp_path / "home"))
    assert done.returncode == 0
    assert "TRIGGERS  0" in done.stdout and "as usual" in done.stdout
    assert "fewer than 4 areas" in done.stdout


# ---- small parts


def test_a_sparkline_shows_days_gaps_and_days_above_the_limit():
    line, marks = sparkline(points(n=7, missing=(5,)))
    assert line == "▁·▁▁███"
    assert marks == "    ^^^"
    assert sparkline([Point(date(2026, 6, 1), None, None, None)]) == ("", "")
    flat, _ = sparkline([Point(date(2026, 6, d), 3.0, None, None) for d in (1, 2)])
    assert flat == "▁▁"


def test_columns_stand_under_each_other_whatever_the_script():
    lines = columns(("area", "n"), [("沈丘县", "1"), ("x" * 50, "22")])
    assert {text_width(line.rsplit(" ", 1)[0]) for line in lines} == {35}
    assert cut("沈丘县槐店镇", 7) == "沈丘县…" and cut("abc", 3) == "abc"


def test_a_trigger_as_json_holds_both_languages_and_no_infinity():
    from fireline.cli.watched import _trigger

    found = _trigger(trigger(false_alarms_per_month=float("inf"), evidence=(evidence(p=float("nan")),)))
    assert found["false_alarms_per_month"] is None and found["evidence"][0]["p"] is None
    assert found["false_if"][0] == {"zh": "如有补报", "en": "if figures came late"}
    assert json.loads(json.dumps(found, default=str))["evidence"][0]["points"][0][0] == "2022-05-14"
