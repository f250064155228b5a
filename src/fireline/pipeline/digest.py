"""A digest of everything that decides a run's results, so that a second start can skip an unchanged run.

Pipeline: used by ``fireline start``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from fireline import __version__
from fireline.errors import InputError
from fireline.policy import Library

_CHUNK = 1 << 20


def run_digest(
    folder: Path, *, library: Library, feeds: Path | None = None, extra: tuple[str, ...] = ()
) -> str:
    """SHA-256 over the program's version, the packs, the mapping and the bytes of every input file.

    Parameters
    ----------
    folder : input folder; hidden files do not count
    library : packs, by their own digests
    feeds : mapping file outside the folder, or None
    extra : further texts that decide the result (area, moment ...)

    Raises
    ------
    InputError   a file cannot be read
    """
    total = hashlib.sha256()

    def add(*parts: str) -> None:
        for part in parts:
            total.update(part.encode() + b"\0")

    add("fireline", __version__, *extra)
    add(*(f"{pack.id}:{pack.sha256}" for pack in library.packs))
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    try:
        for file in [*files, *([feeds] if feeds else [])]:
            add(file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name)
            total.update(_of_file(file))
    except OSError as error:
        raise InputError(
            f"folder {folder}: a file cannot be read ({error.strerror or type(error).__name__})"
        ) from error
    return total.hexdigest()


def _of_file(file: Path) -> bytes:
    found = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            found.update(chunk)
    return found.digest()
