"""Compiled kernels are kept in a folder that changes with any of their sources."""

from __future__ import annotations

import os
from pathlib import Path

import numba

from fireline.kernels import cache_folder


def test_any_change_of_any_kernel_is_another_folder(tmp_path):
    (tmp_path / "a.py").write_text("one")
    (tmp_path / "b.py").write_text("two")
    first = cache_folder(tmp_path)
    assert first == cache_folder(tmp_path) and first.is_relative_to(tmp_path)
    (tmp_path / "b.py").write_text("three")
    second = cache_folder(tmp_path)
    (tmp_path / "b.py").rename(tmp_path / "c.py")
    assert len({first, second, cache_folder(tmp_path)}) == 3


def test_what_cannot_be_written_beside_the_sources_goes_to_the_users_cache(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("one")
    (tmp_path / "__pycache__").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_folder(tmp_path).is_relative_to(tmp_path / "cache" / "fireline")


def test_the_compiler_uses_it():
    assert Path(numba.config.CACHE_DIR) == Path(os.environ["NUMBA_CACHE_DIR"])
