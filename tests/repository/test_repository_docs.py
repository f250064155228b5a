"""Documentation cannot fall behind the code."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_script", ROOT / "scripts" / "docs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_pages_are_current(docs: ModuleType) -> None:
    for name, text in docs.pages().items():
        assert (ROOT / "docs" / "reference" / name).read_text("utf-8") == text, f"{name}: run make docs"


def test_every_command_is_documented_with_an_example(docs: ModuleType) -> None:
    for name, command, _ in docs.walk(docs.get_command(docs.cli.app), "fireline"):
        text = f"{command.help or ''} {command.epilog or ''}"
        assert text, f"{name} has no help"
        if not hasattr(command, "list_commands"):
            assert "xample" in text, f"{name} --help shows no example"


def test_every_setting_that_the_code_reads_is_documented() -> None:
    import re

    page = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    read = set()
    for path in (ROOT / "src" / "fireline").rglob("*.py"):
        read |= set(re.findall(r"""["']((?:FIRELINE|DATABASE)_[A-Z_]+)["']""", path.read_text("utf-8")))
    assert not [name for name in sorted(read) if f"`{name}`" not in page]


def test_every_table_column_is_documented() -> None:
    from fireline.feeds.tables import TABLES

    page = (ROOT / "docs" / "reference" / "tables.md").read_text("utf-8")
    assert not [f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns if f"`{c.name}`" not in page]


def test_every_fault_code_is_documented() -> None:
    from fireline.errors import FaultCode

    page = (ROOT / "docs" / "how-to" / "own-files.md").read_text("utf-8")
    assert not [code for code in FaultCode if f"`{code}`" not in page]
