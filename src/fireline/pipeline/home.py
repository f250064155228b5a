"""The home folder: database, visits, segments, exports and keys of one installation.

Pipeline: opened by the commands and by the console before anything is read or written.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from fireline.errors import InputError, StorageError

KEY_BYTES = 32
_EXERCISE_MARK = "EXERCISE"
_MARK_TEXT = (
    "This home holds an exercise: invented people, invented outbreak.\n本目录仅供演练，人物与疫情均为虚构。\n"
)


def default_home() -> Path:
    """Folder used where none is named: FIRELINE_HOME, else ``~/.local/share/fireline``."""
    named = os.environ.get("FIRELINE_HOME", "").strip()
    return Path(named).expanduser() if named else Path.home() / ".local" / "share" / "fireline"


@dataclass(frozen=True, slots=True)
class Home:
    """One home folder; built by ``Home.open``, which makes what is missing.

    Attributes
    ----------
    path : Path, absolute
    """

    path: Path

    @property
    def db_path(self) -> Path:
        """SQLite database of the console."""
        return self.path / "fireline.sqlite3"

    @property
    def visits(self) -> Path:
        """Parquet files of visits by day."""
        return self.path / "visits"

    @property
    def segments(self) -> Path:
        """Memory-mapped index per day; can be rebuilt."""
        return self.path / "segments"

    @property
    def exports(self) -> Path:
        """Files made for people."""
        return self.path / "exports"

    @property
    def keys(self) -> Path:
        """Keys; readable by the owner only."""
        return self.path / "keys"

    @property
    def is_exercise(self) -> bool:
        """Whether this home is marked as an exercise."""
        return (self.path / _EXERCISE_MARK).is_file()

    @classmethod
    def open(cls, path: Path | str | None = None, *, create: bool = True) -> Home:
        """Open a home folder.

        Parameters
        ----------
        path : folder; None means ``default_home()``
        create : make the folder and its parts where they are missing

        Raises
        ------
        StorageError   the folder is missing and ``create`` is False, is a file, or cannot be written
        """
        home = cls(Path(path).expanduser().absolute() if path else default_home().absolute())
        if not create:
            if not home.path.is_dir():
                raise StorageError(
                    f"home folder {home.path} does not exist; run `fireline start`, "
                    "or name another with --home"
                )
            return home
        try:
            home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (home.visits, home.segments, home.exports):
                folder.mkdir(exist_ok=True, mode=0o700)
            home.keys.mkdir(exist_ok=True, mode=0o700)
            home.keys.chmod(0o700)
        except OSError as error:
            raise _not_writable(home.path, error) from error
        return home

    def mark_exercise(self) -> None:
        """Mark this home as an exercise; the mark is never taken off.

        Raises
        ------
        StorageError   the folder cannot be written, or already holds a database that is no exercise
        """
        if self.is_exercise:
            return
        if self.db_path.exists():
            raise StorageError(
                f"home folder {self.path}: it already holds a database that is no exercise; "
                "name an empty folder with --home for the exercise"
            )
        try:
            (self.path / _EXERCISE_MARK).write_text(_MARK_TEXT, encoding="utf-8")
        except OSError as error:
            raise _not_writable(self.path, error) from error

    def key(self, name: str) -> bytes:
        """Secret key of 32 random bytes, made once and then always the same.

        Parameters
        ----------
        name : lower-case letters, digits and hyphens, e.g. "pseudonym"

        Raises
        ------
        InputError   the name holds other characters
        StorageError   the key cannot be made or read, or its file has another length
        """
        if not name or not all(c.isascii() and (c.islower() or c.isdigit() or c == "-") for c in name):
            raise InputError(f"key name {name!r}: use lower-case letters, digits and hyphens")
        file = self.keys / f"{name}.key"
        try:
            if not file.exists():
                _write_once(file, secrets.token_bytes(KEY_BYTES))
            found = file.read_bytes()
        except OSError as error:
            raise _not_writable(self.keys, error) from error
        if len(found) != KEY_BYTES:
            raise StorageError(
                f"key file {file}: {len(found)} bytes found, {KEY_BYTES} needed; restore it from the backup "
                "(a new key would give every person a new pseudonym)"
            )
        return found


def _write_once(file: Path, content: bytes) -> None:
    """Create a file of mode 0600 whole or not at all; the first of two writers wins."""
    part = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(part, file)
        except FileExistsError:
            return
    finally:
        part.unlink(missing_ok=True)


def _not_writable(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or type(error).__name__
    return StorageError(
        f"folder {path}: cannot be used ({reason}); it must be a folder this user can write: "
        "check its owner and free space, or name another with --home or FIRELINE_HOME"
    )
