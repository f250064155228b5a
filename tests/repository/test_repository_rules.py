"""The repository keeps its promises: purity, no forbidden words, licence, data, links."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fireline"
PURE = [
    "policy", "privacy", "kernels", "feeds", "records", "arrivals", "places", "signals", "investigations",
    "contacts", "zones", "tasks", "oversight", "bulletins",
]  # fmt: skip


def tracked() -> list[Path]:
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in out.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    return [
        (p, p.read_text("utf-8")) for p in tracked() if p.suffix not in {".png", ".ico", ".parquet", ".xlsx"}
    ]


@pytest.mark.parametrize("chapter", PURE)
def test_pure_chapters_open_nothing_and_ask_no_clock(chapter: str) -> None:
    banned = re.compile(
        r"(?<![\w.])open\(|datetime\.now|date\.today|time\.time\(|pl\.read_|pl\.scan_|np\.random\.(seed|rand)"
    )
    found = [
        f"{p.relative_to(SOURCE)}:{i}"
        for p in sorted((SOURCE / chapter).rglob("*.py"))
        if "readers" not in p.parts
        for i, line in enumerate(p.read_text("utf-8").splitlines(), 1)
        if banned.search(line.split("#")[0])
    ]
    assert not found


def test_no_machine_paths_or_registry_hosts() -> None:
    banned = re.compile(
        r"/work/|/opt/pypi|registry\.npmjs\.org|pypi\.org/simple|files\.pythonhosted|@users\.noreply|r-seed"
    )
    own = Path(__file__).resolve()
    assert not [str(p.relative_to(ROOT)) for p, text in texts() if p != own and banned.search(text)]


def test_real_data_is_only_named_by_tests_and_mappings() -> None:
    allowed = ("tests/", "benchmarks/")
    named = [str(p.relative_to(ROOT)) for p, text in texts() if "shared/data" in text]
    assert not [name for name in named if not name.startswith(allowed)]


def test_dangerous_loaders_are_absent() -> None:
    banned = re.compile(
        r"\bpickle\.|yaml\.load|(?<![\w.])eval\(|(?<![\w.])exec\(|allow_pickle=True|\.raw\(|RawSQL"
    )
    found = [str(p.relative_to(SOURCE)) for p in SOURCE.rglob("*.py") if banned.search(p.read_text("utf-8"))]
    assert not found


def test_every_dependency_line_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text.split("dependencies = [", 1)[1].split("\n]", 1)[0]
    assert not [line for line in block.splitlines() if line.strip() and "#" not in line]


def test_import_rules_have_no_exceptions() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert len(contracts) >= 9
    assert not [c["name"] for c in contracts if c.get("ignore_imports")]


def test_links_in_documents_resolve() -> None:
    dead = []
    for path in (p for p in tracked() if p.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if not target.startswith(("http", "mailto:")) and not (path.parent / target).exists():
                dead.append(f"{path.relative_to(ROOT)} -> {target}")
    assert not dead


def test_every_kernel_has_a_twin() -> None:
    kernels = {p.stem for p in (SOURCE / "kernels").glob("*.py")} - {
        "__init__",
        "arrays",
    }  # arrays only checks shapes
    twins = "\n".join(p.read_text("utf-8") for p in (ROOT / "tests" / "reference").rglob("*.py"))
    assert not [k for k in kernels if f"kernels.{k}" not in twins and f"naive_{k}" not in twins]


def test_glossary_has_both_languages_on_every_line() -> None:
    rows = [r for r in (ROOT / "GLOSSARY.md").read_text("utf-8").splitlines() if r.startswith("| ")][1:]
    assert len(rows) > 50
    assert not [r for r in rows if not re.search(r"[\u4e00-\u9fff]", r.split("|")[2])]
