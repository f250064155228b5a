"""Files of a run: same bytes for the same tables, payloads opened as text, a folder whole or not at all."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import polars as pl
import pytest

from fireline.errors import Fault, FaultCode, InputError, StorageError
from fireline.pipeline.output import as_csv, faults_table, questions_csv, write_json, write_table, write_whole
from fireline.policy.model import Answer, Question, Status
from fireline.words import Words


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("payload", ["=1+1", "+1", "-1", "@cmd", "\tx", "\rx", '=HYPERLINK("http://x","y")'])
def test_formula_payload_gains_an_apostrophe(payload):
    rows = read(as_csv(pl.DataFrame({"note": [payload]})))
    assert rows[1][0] == "'" + payload


def test_numbers_and_plain_text_stay(tmp_path):
    table = pl.DataFrame(
        {"n": [-1], "x": [-0.5], "t": ["ok = 1"], "none": pl.Series([None], dtype=pl.String)}
    )
    assert read(as_csv(table))[1] == ["-1", "-0.5", "ok = 1", ""]


def test_parquet_keeps_the_cell_as_it_is(tmp_path):
    table = pl.DataFrame({"note": ["=1+1"]})
    assert write_table(table, tmp_path, "t") == ""
    assert pl.read_parquet(tmp_path / "t.parquet").equals(table)
    assert (tmp_path / "t.csv").read_bytes() == as_csv(table)


def test_times_are_utc_with_z_and_dates_plain():
    at = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
    table = pl.DataFrame(
        {"at": [at], "day": [date(2026, 3, 1)]}, schema={"at": pl.Datetime("us", "UTC"), "day": pl.Date}
    )
    assert read(as_csv(table))[1] == ["2026-03-01T04:30:00Z", "2026-03-01"]


def test_nested_cells_become_json():
    rows = read(as_csv(pl.DataFrame({"list": [["a", "b"]], "struct": [{"k": 1}]})))
    assert rows[1] == ['["a", "b"]', '{"k": 1}']


def test_chinese_opens_in_a_spreadsheet():
    assert as_csv(pl.DataFrame({"名": ["值"]})).startswith(b"\xef\xbb\xbf")


def test_empty_table_keeps_its_heads():
    assert read(as_csv(pl.DataFrame(schema={"a": pl.String, "b": pl.Int64}))) == [["a", "b"]]


def test_large_table_is_parquet_only_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("fireline.pipeline.output.CSV_MOST_ROWS", 2)
    note = write_table(pl.DataFrame({"a": [1, 2, 3]}), tmp_path, "big")
    assert "3 rows" in note
    assert not (tmp_path / "big.csv").exists()
    assert (tmp_path / "big.parquet").exists()


def test_faults_are_split_by_effect_and_sorted():
    to_one = Words("0 至 1", "0 to 1")
    faults = [
        Fault("b.csv", 2, "x", FaultCode.NOT_A_NUMBER, Words.same("9"), to_one, "null"),
        Fault("a.csv", 7, "x", FaultCode.NOT_A_NUMBER, Words.same("9"), to_one, "null"),
        Fault("a.csv", 3, "id", FaultCode.MISSING, Words("空", "nothing"), to_one, "rejected"),
        Fault("c.csv", None, None, FaultCode.FILE_UNREADABLE, Words("坏", "bad"), to_one, "file"),
    ]
    nulls = faults_table(faults, effects=("null",))
    assert nulls.select("file", "row").rows() == [("a.csv", 7), ("b.csv", 2)]
    assert faults_table(faults, effects=("rejected", "file")).height == 2
    assert faults_table([], effects=("null",)).columns == [
        "file",
        "row",
        "column",
        "found",
        "allowed",
        "effect",  # up to here as before; what is newer comes after it
        "code",
        "found_zh",
        "allowed_zh",
    ]
    (row,) = faults_table(faults, effects=("rejected",)).rows()
    assert row == ("a.csv", 3, "id", "nothing", "0 to 1", "rejected", "missing", "空", "0 至 1")


def test_questions_list_rules_and_contradictions():
    asked = Question("measure", "close", "covid-19", "CN-41", date(2021, 1, 1), None, "any")
    answer = Answer(Status.ASK, None, None, asked, note_zh="哪条？", note_en="Which?")
    rows = read(questions_csv([answer], [("甲", "=a")]))
    assert rows[1] == ["rule", "measure", "close", "covid-19", "CN-41", "2021-01-01", "", "哪条？", "Which?"]
    assert rows[2][0] == "input"
    assert rows[2][-1] == "'=a"


def test_folder_appears_whole(tmp_path):
    out = tmp_path / "out"
    write_whole(out, lambda folder: write_json({"a": 1}, folder / "run.json"))
    assert [f.name for f in tmp_path.iterdir()] == ["out"]
    assert (out / "run.json").read_text() == '{\n  "a": 1\n}\n'


def test_a_former_result_is_replaced_not_mixed(tmp_path):
    out = tmp_path / "out"
    write_whole(out, lambda f: (write_json({}, f / "run.json"), (f / "old.csv").write_text("x")))
    write_whole(out, lambda f: write_json({}, f / "run.json"))
    assert [f.name for f in out.iterdir()] == ["run.json"]


def test_a_failed_fill_leaves_the_former_result(tmp_path):
    out = tmp_path / "out"
    write_whole(out, lambda f: write_json({"run": 1}, f / "run.json"))

    def fail(folder):
        (folder / "half").write_text("x")
        raise RuntimeError("chapter failed")

    with pytest.raises(RuntimeError):
        write_whole(out, fail)
    assert [f.name for f in tmp_path.iterdir()] == ["out"]
    assert "1" in (out / "run.json").read_text()


def test_full_disk_is_said_and_the_former_result_stays(tmp_path):
    out = tmp_path / "out"
    write_whole(out, lambda f: write_json({"run": 1}, f / "run.json"))

    def fail(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left"):
        write_whole(out, fail)
    assert (out / "run.json").exists()


def test_foreign_folder_is_never_replaced(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("x")
    with pytest.raises(InputError, match="no result of a former run"):
        write_whole(out, lambda f: None)
    assert (out / "thesis.doc").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        write_whole(tmp_path / "file", lambda f: None)


def test_empty_folder_may_be_used(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write_whole(out, lambda f: write_json({}, f / "run.json"))
    assert (out / "run.json").exists()
