"""Hostile files: each is refused or read without harm, soon, and no death of a reader is felt outside."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hostile_files import TYPES, Hostile, bombs, corpus, many_rows_parquet, xlsx

from fireline.errors import InputError
from fireline.feeds.readers import read
from fireline.feeds.readers.footer import read_footer
from fireline.pipeline import sandbox
from fireline.pipeline.intake import read_folder
from fireline.pipeline.sandbox import Limits, read_limited

KEY = bytes(32)


@pytest.fixture(scope="module")
def files() -> list[Hostile]:
    return corpus()


def test_the_corpus_is_large_and_of_all_kinds(files: list[Hostile]) -> None:
    assert len(files) >= 100
    assert {f.kind for f in files} == {
        "bomb",
        "truncated",
        "polyglot",
        "path",
        "encoding",
        "formula",
        "unicode",
    }
    smallest = next(f for f in files if f.label == "corner cells")
    assert len(smallest.data) < 2_000
    assert TYPES.encode() not in smallest.data  # packed


@pytest.mark.parametrize("kind", ["bomb", "truncated", "polyglot", "path", "encoding", "formula", "unicode"])
def test_every_file_is_refused_or_harmless_and_soon(files: list[Hostile], kind: str) -> None:
    wrong: list[str] = []
    for hostile in (f for f in files if f.kind == kind):
        start = time.process_time()
        try:
            tables = read(hostile.name, hostile.data)
        except InputError as error:
            assert hostile.name in str(error)
            if not hostile.is_refused:
                wrong.append(f"{hostile.label} {hostile.name}: refused: {error}")
        else:
            if hostile.is_refused and any(t.rows.height for t in tables):
                wrong.append(f"{hostile.label} {hostile.name}: read {[t.n_rows for t in tables]}")
            assert all(t.n_rows == t.rows.height + len(t.faults) for t in tables)
        if time.process_time() - start > 10:
            wrong.append(f"{hostile.label} {hostile.name}: slow")
    assert not wrong


def test_the_bomb_of_rows_declares_what_it_says() -> None:
    data = many_rows_parquet(200_000_000)
    assert len(data) < 2_000_000
    assert read_footer(data, name="f").n_rows == 200_000_000
    assert read_footer(data, name="f").n_group_rows == 200_000_000


@pytest.mark.parametrize("label", ["corner cells", "billion laughs", "200000000 rows", "depth 100000"])
def test_the_four_known_killers_are_refused_by_the_child(files: list[Hostile], label: str) -> None:
    hostile = next(f for f in files if f.label == label)
    with pytest.raises(InputError, match=hostile.name) as refusal:
        read_limited(hostile.name, hostile.data, limits=Limits(cpu_s=10))
    assert "stopped" not in str(refusal.value)  # refused by the pre-scan, not by a death


@pytest.mark.long
def test_a_reader_that_needs_too_much_memory_is_a_refused_file() -> None:
    little = Limits(memory_bytes=500 << 20, cpu_s=10, wall_s=20)
    assert read_limited("f.csv", b"a,b\n1,2\n", limits=little)[0].n_rows == 1
    with pytest.raises(InputError, match="refused"):
        read_limited("f.csv", b"a,b\n" + b"1,2\n" * 1_000_000, limits=little)


def test_a_reader_that_needs_too_much_time_is_a_refused_file() -> None:
    data = b"a,b\n" + b"1,2\n" * 3_000_000
    with pytest.raises(InputError, match="refused"):
        read_limited("f.csv", data, limits=Limits(cpu_s=1))
    with pytest.raises(InputError, match="longer than 1 s"):
        read_limited("f.csv", data, limits=Limits(wall_s=1))


DEATHS = {
    "abort": "import os; os.abort()",
    "exit": "import os; os._exit(3)",
    "silence": "pass",
    "noise": "print('hello')",
    "half": 'print(\'{"tables": [{"n_bytes": 100}]}\')',
    "other": "import json; print(json.dumps({'tables': 5}))",
}


@pytest.mark.parametrize("death", DEATHS)
def test_any_death_or_nonsense_of_the_child_is_a_refused_file(
    monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    monkeypatch.setattr(sandbox, "_CHILD", DEATHS[death])
    with pytest.raises(InputError, match=r"f\.csv: refused"):
        read_limited("f.csv", b"a\n1\n")


def test_the_child_can_neither_write_nor_connect_nor_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = """
import sys, json, resource; sys.path.insert(0, sys.argv[1])
from fireline.pipeline.sandbox import _limit_self
_limit_self(int(sys.argv[2]), int(sys.argv[3]))
import signal, socket; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
tried = {}
def attempt(name, act):
    try: act(); tried[name] = "done"
    except OSError: tried[name] = "refused"
def write():
    with open("/tmp/fireline-probe", "wb", buffering=0) as f: f.write(b"x")
attempt("write", write)
attempt("connect", lambda: socket.create_connection(("127.0.0.1", 9), 1))
attempt("socket", lambda: socket.socket())
tried["core"] = resource.getrlimit(resource.RLIMIT_CORE)[1]
print(json.dumps({"refused": ["zh", json.dumps(tried)]}))
"""
    monkeypatch.setattr(sandbox, "_CHILD", probe)
    with pytest.raises(InputError) as refusal:
        read_limited("f.csv", b"")
    Path("/tmp/fireline-probe").unlink(missing_ok=True)
    assert json.loads(str(refusal.value)) == {
        "write": "refused",
        "connect": "refused",
        "socket": "refused",
        "core": 0,
    }


def test_a_bad_file_leaves_the_others_standing(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text("case_id,person_key,disease\n1,a,measles\n")
    (tmp_path / "visits.xlsx").write_bytes(next(bombs()).data)
    (tmp_path / "persons.parquet").write_bytes(b"PAR1 nothing PAR1")
    intake = read_folder(tmp_path, mapping=None, area="CN-411624", key=KEY)
    assert list(intake.records.tables) == ["cases"]
    notes = {s.file: (s.rows, "; ".join(n.en for n in s.notes)) for s in intake.records.sums}
    assert notes["cases.csv"][0] == 1
    assert "rows times columns" in notes["visits.xlsx"][1]
    assert "Parquet" in notes["persons.parquet"][1]
    assert [f.effect for f in intake.records.faults] == ["file", "file"]


def test_a_folder_in_which_nothing_can_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cases.xlsx").write_bytes(xlsx()[:100])
    with pytest.raises(InputError, match="no file of"):
        read_folder(tmp_path, mapping=None, area=None, key=KEY)
