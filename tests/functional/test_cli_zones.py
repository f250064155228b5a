"""fireline zones as a person runs it: the rule's ring, candidates, lifting, order; JSON, exit codes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from contextlib import redirect_stderr, redirect_stdout

import pytest
from tests.factories import zoned

KINDS = ("propose", "compare", "lift", "order")
AREA = "EX-0101"


def run(*words):
    """The command in this process, which spares its start; it opens no database."""
    from fireline.cli import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(("zones", *words))
    return subprocess.CompletedProcess(words, left.value.code or 0, out.getvalue(), err.getvalue())


def write(folder, name, rows):
    columns = list(dict.fromkeys(c for row in rows for c in row))
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns)
        out.writeheader()
        out.writerows({c: v for c, v in row.items() if v is not None} for row in rows)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The square county as a folder of files, judged by the rules of the exercise county."""
    folder, home = tmp_path_factory.mktemp("squares"), tmp_path_factory.mktemp("home")
    write(folder, "units", zoned.units())
    write(folder, "adjacency", zoned.adjacency())
    places = [
        {"place_id": u["unit_id"], "name": u["unit_id"], "kind": "home", "lon": u["lon"], "lat": u["lat"]}
        for u in zoned.units()
    ]
    write(folder, "places", places)
    write(
        folder,
        "persons",
        [{"person_key": f"PC{i}", "home_place_id": home_} for i, home_ in enumerate(zoned.HOMES)],
    )
    write(
        folder,
        "cases",
        [
            {
                "case_id": f"C{i}", "person_key": f"PC{i}", "disease": "exercise-x",
                "classification": "confirmed", "onset": f"2026-06-1{4 + i}T08:00",
                "reported_at": f"2026-06-1{6 + i}T08:00",
            }
            for i in range(3)
        ],
    )  # fmt: skip
    return folder, home


def ask(place, kind, *words):
    folder, home = place
    return run(kind, str(folder), "--home", str(home), "--area", AREA, *words)


@pytest.fixture(scope="module")
def answers(place):
    """Every command once as JSON."""
    found = {}
    for kind in KINDS:
        done = ask(place, kind, "--json")
        assert done.returncode == 0, done.stderr
        found[kind] = json.loads(done.stdout)
    return found


def test_propose_lists_the_rules_ring_with_its_sentences(answers):
    found = answers["propose"]
    assert found["is_drawn"] and found["candidate"] == "two_tier"
    sealed = {u["unit_id"]: u for u in found["units"] if u["level"] == "sealed"}
    assert set(sealed) == set(zoned.HOMES)
    assert all("ex-county/zone.define/sealed" in u["rule_id"] for u in sealed.values())
    assert "home of case C0" in sealed["U14"]["why_en"] and "病例 C0 住在本单元" in sealed["U14"]["why_zh"]
    assert found["needs"]["dialysis"] is None


def test_compare_sets_the_two_tier_rule_first(answers):
    rows = answers["compare"]["candidates"]
    assert [r["candidate"] for r in rows][:4] == ["two_tier", "two_tier_township", "threshold", "optimum"]
    assert [r["is_default"] for r in rows] == [True] + [False] * (len(rows) - 1)
    assert all(0 <= r["modelled_coverage_low"] <= r["modelled_coverage_high"] <= 1 for r in rows)
    assert "before" not in answers["compare"]


def test_lift_says_what_is_missing(answers):
    rows = answers["lift"]["zones"]
    assert {r["level"] for r in rows} >= {"sealed", "managed"}
    assert all(r["is_due"] is not True for r in rows)
    assert all(r["missing_zh"] and r["missing_en"] for r in rows)


def test_order_is_a_draft_with_the_rules_own_words(answers):
    text = answers["order"]["order"]
    assert text["status"]["en"].startswith("DRAFT")
    lines = [line["en"] for block in text["blocks"] for line in block["lines"]]
    assert "What the rule asks for: stay home, door service." in lines
    assert any("not before" in line for line in lines)
    assert [a["level"] for a in text["annexes"]] == ["sealed", "managed"]


@pytest.mark.parametrize(("lang", "said"), [("zh", "模型覆盖率"), ("en", "modelled coverage")])
@pytest.mark.parametrize("kind", ["propose", "compare"])
def test_tables_name_coverage_as_modelled_in_both_languages(place, kind, lang, said):
    done = ask(place, kind, "--lang", lang)
    assert done.returncode == 0 and said in done.stdout
    assert {"zh": "默认采用并提请的是双层规则", "en": "The two-tier rule is what is proposed"}[
        lang
    ] in done.stdout


def test_long_lists_are_cut_and_say_so(place):
    done = ask(place, "propose", "--limit", "2")
    assert "more not shown" in done.stdout
    assert done.stdout.count("\nU") == 2


def test_what_if_shows_what_was(place):
    done = ask(place, "compare", "--compliance", "0.5")
    assert "was" in done.stdout
    found = json.loads(ask(place, "compare", "--compliance", "0.5", "--json").stdout)
    new, old = found["candidates"][0], found["before"][0]
    assert new["modelled_coverage"] == pytest.approx(old["modelled_coverage"] / 2)
    assert new["sealed_people"] == old["sealed_people"]


def test_the_order_of_another_candidate_in_chinese(place):
    done = ask(place, "order", "--candidate", "township", "--lang", "zh")
    assert "草案" in done.stdout and "划法：整乡镇封控。" in done.stdout and "附件: 封控区" in done.stdout


def test_without_a_rule_nothing_is_drawn_and_it_says_why(place):
    folder, home = place
    for kind in KINDS:
        done = run(kind, str(folder), "--home", str(home), "--area", "CN-411624", "--at", "2026-06-20")
        assert done.returncode == 0
        assert "No zone is drawn." in done.stdout
        assert "is in force in CN-411624" in done.stdout
    found = json.loads(
        run("compare", str(folder), "--home", str(home), "--area", "CN-411624", "--json").stdout
    )
    assert found["is_drawn"] is False and "candidates" not in found


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("compare", "{}", "--recall", "7"), 11, "what-if recall: found 7; allowed: 0.1 to 1"),
        (("compare", "{}", "--lang", "fr"), 11, "lang: found 'fr'"),
        (
            ("propose", "{}", "--candidate", "best", "--area", AREA),
            11,
            "candidate 'best': not there; allowed: two_tier",
        ),
        (("propose", "{}/nowhere"), 11, "does not exist"),
        (("propose", "{}", "--by", "dora"), 11, "--by and --outbreak ask the database"),
        (("propose", "--at", "2026-06-20"), 11, "goes with a FOLDER"),
        (("lift",), 13, "found no account"),
    ],
)
def test_bad_input_gets_a_clear_answer(place, words, code, said):
    folder, home = place
    done = run(*(w.format(folder) for w in words), "--home", str(home))
    assert done.returncode == code
    assert said in done.stderr and "Traceback" not in done.stderr


def test_help_has_an_example_for_each(capsys):
    for kind in KINDS:
        done = run(kind, "--help")
        assert done.returncode == 0 and f"Example: fireline zones {kind} my-folder" in done.stdout


@pytest.mark.django_db(transaction=True)
def test_a_home_is_asked_in_the_name_of_an_account(dora, alice, home, monkeypatch):
    """The same answers from what the console holds; lifting is that of the ring that was put forward."""
    from tests.conftest import NOW

    from fireline.actions import zones as zone_actions
    from fireline.store import boot

    monkeypatch.setattr(boot, "boot", lambda _home: home)  # the test's database is open already
    pk = zoned.loaded(by=dora, at=NOW, home=home)
    found = json.loads(run("compare", "--by", "dora", "--json").stdout)
    assert found["source"] == f"outbreak {pk}"
    assert (
        found["candidates"][0]["candidate"] == "two_tier" and found["candidates"][0]["sealed_people"] == 750
    )
    assert "Nobody put a ring forward" in run("lift", "--by", "dora").stdout
    zone_actions.propose(by=dora, at=NOW, outbreak=pk)
    rows = json.loads(run("lift", "--by", "dora", "--json").stdout)["zones"]
    assert isinstance(rows, list)
    assert "U14 (200)" in run("order", "--by", "alice").stdout
    refused = run("compare", "--by", "nobody")
    assert refused.returncode == 13 and "account" in refused.stderr
