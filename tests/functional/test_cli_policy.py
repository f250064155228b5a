"""fireline policy as a person runs it: exit codes, messages, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fireline.cli import COMMANDS, app, main

RUNNER = CliRunner()
SOURCE = Path(__file__).resolve().parents[2] / "src"
ENV = {**os.environ, "PYTHONPATH": str(SOURCE)}  # also where the package is not installed
SEED = ["--on", "2021-12-13", "--area", "CN-411624", "--disease", "covid-19"]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    out = capsys.readouterr()
    return int(left.value.code or 0), out.out, out.err


def test_resolve_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "policy", "resolve", *SEED, "--concept", "measure", "--subject", "close", "--json"
    )
    assert code == 0 and err == ""
    found = json.loads(out)
    assert found["status"] == "RULE" and found["rule_id"] == "cn-covid-v8/measure/close/CN"
    assert found["edition"] == "cn-covid-v8" and found["pack_kind"] == "archive"
    assert [p["days"] for p in found["value"]["phases"]] == [14, 7]
    assert found["source"]["title"] == "新型冠状病毒肺炎防控方案（第八版）" and found["can_order"] is True
    assert {
        "concept", "subject", "disease", "area", "jurisdiction", "on", "known_at", "modality", "confidence",
        "candidates", "refused", "note_zh", "note_en",
    } <= set(found)  # fmt: skip


@pytest.mark.parametrize(
    ("day", "subject", "status"),
    [
        ("2022-07-15", "measure/close", "RULE"),
        ("2022-07-15", "contact.lookback/close", "ASK"),
        ("2021-12-13", "deadline/trajectory", "ADVICE"),
        ("2026-11-23", "measure/close", "OFF"),
        ("2019-01-01", "measure/close", "NO_RULE"),
    ],
)
def test_every_answer_leaves_with_zero(
    capsys: pytest.CaptureFixture[str], day: str, subject: str, status: str
) -> None:
    concept, name = subject.split("/")
    words = ["policy", "resolve", "--on", day, "--area", "CN", "--disease", "sars-cov-2"]
    code, out, _ = run(capsys, *words, "--concept", concept, "--subject", name)
    assert code == 0 and out.splitlines()[0] == status
    code, out, _ = run(capsys, *words, "--concept", concept, "--subject", name, "--json")
    found = json.loads(out)
    assert found["status"] == status and found["disease"] == "covid-19"
    assert len(found["candidates"]) == (2 if status == "ASK" else 0)
    assert found["can_order"] is (status == "RULE")


def test_no_rule_names_the_subjects_that_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "policy", "resolve", *SEED, "--concept", "zone.define")
    assert code == 0 and "managed, precaution, sealed" in out


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        ([*SEED, "--concept", "lookback"], 12, "concept: found 'lookback'"),
        (["--on", "2021-13-01", *SEED[2:], "--concept", "measure"], 11, "--on: found"),
        ([*SEED, "--concept", "measure", "--known-at", "yesterday"], 11, "--known-at"),
        ([*SEED, "--concept", "measure", "--state", "war"], 12, "state: found 'war'"),
        (
            ["--on", "2021-12-13", "--area", "Henan", "--disease", "x", "--concept", "measure"],
            12,
            "area: found",
        ),
        ([*SEED, "--concept", "measure", "--pack", "nowhere.toml"], 11, "nowhere.toml"),
    ],
)
def test_faulty_questions(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, named: str
) -> None:
    found, out, err = run(capsys, "policy", "resolve", *words)
    assert found == code and named in err and "Traceback" not in err and out == ""


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "policy", "show")
    assert code == 0 and "cn-covid-bb" in out and "ex-county" in out
    code, out, _ = run(capsys, "policy", "show", "cn-nat-v2")
    assert code == 0 and "cn-nat-v2/deadline/city_round/CN" in out and "within 48 hours" in out
    code, out, _ = run(capsys, "policy", "show", "--concept", "zone.lift", "--json")
    assert code == 0 and {r["concept"] for r in json.loads(out)} == {"zone.lift"}
    code, out, _ = run(capsys, "policy", "show", "--json")
    assert code == 0 and len(json.loads(out)) >= 40
    code, _, err = run(capsys, "policy", "show", "cn-covid-v99")
    assert code == 12 and "cn-covid-v8" in err
    code, _, err = run(capsys, "policy", "show", "--concept", "nothing")
    assert code == 12 and "contact.lookback" in err


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "policy", "diff", "cn-covid-v9", "cn-covid-20")
    assert code == 0 and "old: from admission: 7 days central isolation" in out
    assert "new: from admission: 5 days central isolation" in out and "amends cn-covid-v9" in out
    code, out, _ = run(capsys, "policy", "diff", "cn-covid-v8", "cn-covid-v9", "--json")
    found = json.loads(out)
    assert code == 0 and {c["new"] for c in found["changed"]} >= {"cn-covid-v9/contact.lookback/close/CN"}
    lookback = next(c for c in found["changed"] if "lookback" in c["new"])
    assert lookback["fields"]["value.days"] == [4, 2] and lookback["fields"]["confidence"] == ["V2", "C"]


PACK = """
id = "shenqiu-2026"
kind = "living"
title_zh = "沈丘县补充规则"
title_en = "Shenqiu county supplement"
jurisdiction = "CN-411624"
valid_from = 2026-06-01
disease = "mumps"
[[rule]]
concept = "exclusion"
subject = "case"
confidence = "L"
source = { title = "County notice 3" }
value = { days = 9, anchor = "onset" }
"""


def test_a_pack_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "county.toml"
    file.write_text(PACK, encoding="utf-8")
    code, out, _ = run(capsys, "policy", "check", str(file))
    assert code == 0 and out.startswith("OK: 1 file")
    code, out, _ = run(
        capsys, "policy", "resolve", "--on", "2026-11-23", "--area", "CN-411624", "--disease", "mumps",
        "--concept", "exclusion", "--subject", "case", "--pack", str(file), "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert (
        code == 0
        and found["status"] == "RULE"
        and found["rule_id"] == "shenqiu-2026/exclusion/case/CN-411624"
    )


def test_check_names_every_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad, worse, latin = tmp_path / "bad.toml", tmp_path / "worse.toml", tmp_path / "latin.toml"
    bad.write_text(PACK.replace("days = 9", "days = -9").replace('"L"', '"sure"'), encoding="utf-8")
    worse.write_text("id = ", encoding="utf-8")
    latin.write_bytes(PACK.encode("gb18030"))
    code, out, err = run(capsys, "policy", "check", str(bad), str(worse))
    assert code == 12 and out == ""
    assert "bad.toml" in err and "value.days" in err and "field confidence" in err and "worse.toml" in err
    code, out, _ = run(capsys, "policy", "check", str(bad), "--json")
    found = json.loads(out)
    assert code == 12 and found["ok"] is False and any("value.days" in f for f in found["faults"])
    code, _, err = run(capsys, "policy", "check", str(latin))
    assert code == 12 and "UTF-8" in err
    code, _, err = run(capsys, "policy", "check", str(tmp_path))
    assert code == 11


def test_check_without_files_checks_what_is_built_in(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "policy", "check", "--json")
    assert code == 0 and json.loads(out) == {"checked": ["built-in"], "ok": True, "faults": []}


def test_help_lists_every_command_without_importing_one() -> None:
    script = (
        "import sys\nfrom fireline.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as e:\n    assert not e.code\n"
        "heavy = {'django', 'polars', 'numba', 'scipy', 'fireline.policy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=ENV
    )
    assert done.returncode == 0, done.stderr
    for name, (_, _, line) in COMMANDS.items():
        assert name in done.stdout and line.split(".")[0][:30] in done.stdout


def test_policy_needs_no_heavy_library() -> None:
    script = (
        "import sys\nfrom fireline.cli import main\n"
        "try:\n    main(['policy', 'show'])\nexcept SystemExit as e:\n    assert not e.code\n"
        "heavy = {'django', 'polars', 'numba', 'scipy'} & set(sys.modules)\nassert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=ENV
    )
    assert done.returncode == 0, done.stderr


def test_version_and_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--version")
    assert code == 0 and out.startswith("fireline ")
    code, _, err = run(capsys, "nothing")
    assert code == 2 and "nothing" in err


@pytest.mark.parametrize("command", ["resolve", "show", "diff", "check"])
def test_every_help_has_an_example(command: str) -> None:
    found = RUNNER.invoke(app, ["policy", command, "--help"])
    assert found.exit_code == 0 and "Example: fireline policy" in found.output
