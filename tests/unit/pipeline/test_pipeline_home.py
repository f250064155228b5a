"""The home folder: made once, private, clear when it cannot be used."""

from __future__ import annotations

import os
import stat

import pytest

from fireline.errors import InputError, StorageError
from fireline.pipeline.home import KEY_BYTES, Home, default_home


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_opening_makes_every_part(tmp_path):
    home = Home.open(tmp_path / "a" / "b")
    for folder in (home.visits, home.segments, home.exports, home.keys):
        assert folder.is_dir()
    assert home.db_path.parent == home.path
    assert not home.db_path.exists()


def test_keys_are_private(tmp_path):
    home = Home.open(tmp_path / "h")
    home.key("pseudonym")
    assert mode(home.keys) == 0o700
    assert mode(home.keys / "pseudonym.key") == 0o600


def test_loose_key_folder_is_tightened(tmp_path):
    (tmp_path / "keys").mkdir(mode=0o755)
    home = Home.open(tmp_path)
    assert mode(home.keys) == 0o700


def test_key_is_made_once_and_differs_by_name_and_home(tmp_path):
    home = Home.open(tmp_path / "h")
    first = home.key("pseudonym")
    assert len(first) == KEY_BYTES
    assert Home.open(home.path).key("pseudonym") == first
    assert home.key("vault") != first
    assert Home.open(tmp_path / "other").key("pseudonym") != first


def test_no_part_file_stays(tmp_path):
    home = Home.open(tmp_path / "h")
    home.key("pseudonym")
    assert [f.name for f in home.keys.iterdir()] == ["pseudonym.key"]


def test_damaged_key_is_refused_never_replaced(tmp_path):
    home = Home.open(tmp_path / "h")
    file = home.keys / "pseudonym.key"
    file.write_bytes(b"short")
    with pytest.raises(StorageError, match="5 bytes found, 32 needed"):
        home.key("pseudonym")
    assert file.read_bytes() == b"short"


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "a/b", "é"])
def test_key_name_is_closed(tmp_path, name):
    with pytest.raises(InputError, match="key name"):
        Home.open(tmp_path / "h").key(name)


def test_missing_home_without_create(tmp_path):
    with pytest.raises(StorageError, match="does not exist"):
        Home.open(tmp_path / "none", create=False)


def test_file_in_place_of_home(tmp_path):
    file = tmp_path / "f"
    file.write_text("x")
    with pytest.raises(StorageError, match="cannot be used"):
        Home.open(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="by design: root may write anywhere")
def test_unwritable_parent(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="cannot be used"):
            Home.open(tmp_path / "h")
    finally:
        tmp_path.chmod(0o700)


def test_exercise_mark(tmp_path):
    home = Home.open(tmp_path / "h")
    assert not home.is_exercise
    home.mark_exercise()
    home.mark_exercise()
    assert home.is_exercise
    assert Home.open(home.path, create=False).is_exercise


def test_real_database_is_never_marked(tmp_path):
    home = Home.open(tmp_path / "h")
    home.db_path.write_bytes(b"x")
    with pytest.raises(StorageError, match="no exercise"):
        home.mark_exercise()
    assert not home.is_exercise


def test_default_home_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FIRELINE_HOME", str(tmp_path / "named"))
    assert default_home() == tmp_path / "named"
    monkeypatch.setenv("FIRELINE_HOME", " ")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home() == tmp_path / ".local" / "share" / "fireline"
    assert Home.open().path == tmp_path / ".local" / "share" / "fireline"
