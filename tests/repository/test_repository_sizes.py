"""Modules and functions stay small enough to read in one sitting."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fireline"
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 80

MODULES = sorted(p for p in SOURCE.rglob("*.py") if "migrations" not in p.parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_module_is_small(path: Path) -> None:
    n_lines = len(path.read_text("utf-8").splitlines())
    assert n_lines <= MAX_MODULE_LINES, f"{path.name} has {n_lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_functions_are_small(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    long = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = node.body[0] if node.body and isinstance(node.body[0], ast.Expr) else None
            n_doc = (doc.end_lineno - doc.lineno + 1) if doc and doc.end_lineno else 0
            n_lines = (node.end_lineno or node.lineno) - node.lineno + 1 - n_doc
            if n_lines > MAX_FUNCTION_LINES:
                long[node.name] = n_lines
    assert not long


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(p.relative_to(SOURCE)) for p in MODULES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert not silent
