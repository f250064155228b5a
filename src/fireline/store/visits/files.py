"""Files of a store of movement rows: written so that they are whole before anybody hears of them.

Store: the order is file, fsync, rename, folder fsync; the manifest row follows in the caller's transaction.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fireline.errors import IntegrityError, StorageError
from fireline.pipeline.home import Home
from fireline.store.models import VisitFile
from fireline.words import Words

TABLES = ("visits", "positions")
_PARTS = ".part"


def folder_of(home: Home, kind: str) -> Path:
    """Folder of a kind of file: the truth lies in visits/, what can be made again in segments/."""
    return home.visits if kind in TABLES else home.segments


def path_of(home: Home, file: VisitFile) -> Path:
    """Where a file of the manifest lies."""
    return folder_of(home, file.kind) / file.file


def spoken(file: VisitFile) -> str:
    """Name of a file as messages say it: below the home folder."""
    return f"{'visits' if file.kind in TABLES else 'segments'}/{file.file}"


@dataclass(slots=True)
class Writer:
    """Writes the files of one change; ``settle`` makes their names last, ``take_back`` deletes them.

    Attributes
    ----------
    home : Home
    scope : str, of the ledger
    made : list of Path
    """

    home: Home
    scope: str
    made: list[Path] = field(default_factory=list)

    def write(self, kind: str, pieces: Iterable[bytes], *, day: date | None, ending: str) -> tuple[str, str]:
        """Write one file, whole on disk under its name.

        Returns
        -------
        (name, digest)   relative to the folder of its kind; SHA-256 of its bytes

        Raises
        ------
        StorageError   the disk is full or fails; the change is to be given up, never tried on
        """
        name = f"{day or 'keys'}/{kind}-{self.scope}-{secrets.token_hex(8)}.{ending}"
        path = folder_of(self.home, kind) / name
        mac = hashlib.sha256()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_name(path.name + _PARTS)
            self.made += [part, path]
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                for piece in pieces:
                    out.write(piece)
                    mac.update(piece)
                out.flush()
                os.fsync(out.fileno())
            os.rename(part, path)  # noqa: PTH104 - one name for the calls that crash tests stop at
        except OSError as error:
            raise _not_written(path, error) from error
        return name, mac.hexdigest()

    def settle(self) -> None:
        """Make the new names last: the folders reach the disk before the manifest row does.

        Raises
        ------
        StorageError   the disk fails
        """
        folders = {path.parent for path in self.made} | {path.parent.parent for path in self.made}
        for folder in sorted(folders):
            try:
                handle = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
            except OSError as error:
                raise _not_written(folder, error) from error

    def take_back(self) -> None:
        """Delete what was written for a change that failed."""
        remove(self.made)


def _not_written(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or type(error).__name__
    name = f"{path.parent.name}/{path.name}"
    return StorageError(
        Words(
            f"{name}：无法写入（{reason}）；未作任何改动：请腾出空间或修复磁盘后重做",
            f"{name}: cannot be written ({reason}); nothing was changed: free the disk or mend it, then do "
            "it again",
        )
    )


def remove(paths: Iterable[Path]) -> None:
    """Delete files; one that is gone already is fine. Run it after the commit that forgot them."""
    for path in paths:
        path.unlink(missing_ok=True)


def read_checked(home: Home, file: VisitFile) -> bytes:
    """Bytes of a file of the manifest, as they were saved.

    Raises
    ------
    IntegrityError   the file is missing or was changed
    """
    try:
        raw = path_of(home, file).read_bytes()
    except OSError as error:
        raise gone(file) from error
    if hashlib.sha256(raw).hexdigest() != file.digest:
        raise changed(file)
    return raw


def map_checked(home: Home, file: VisitFile) -> memoryview:
    """Memory-mapped bytes of a file of the manifest, as they were saved; writing to them changes no file.

    Raises
    ------
    IntegrityError   the file is missing or was changed
    """
    try:
        with path_of(home, file).open("rb") as opened:
            # a private copy-on-write mapping: the kernels of the search are compiled for writable arrays
            view = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY))
    except (OSError, ValueError) as error:  # a file cut to nothing cannot be mapped
        raise gone(file) from error
    if hashlib.sha256(view).hexdigest() != file.digest:
        raise changed(file)
    return view


def _error(file: VisitFile, what: Words) -> IntegrityError:
    """What is wrong with a file, and what to do: day files come from the backup, the rest is made again."""
    todo = (
        Words("请从备份恢复 visits/", "restore visits/ from the backup")
        if file.kind in TABLES
        else Words(
            "请运行 fireline doctor --rebuild，由 visits/ 重建",
            "run fireline doctor --rebuild, which makes it again from visits/",
        )
    )
    return IntegrityError(
        Words(f"{spoken(file)}：{what.zh}；{todo.zh}", f"{spoken(file)}: {what.en}; {todo.en}")
    )


def gone(file: VisitFile) -> IntegrityError:
    """The error for a file that is not there."""
    return _error(
        file, Words("清单中有此文件，但无法读取", "the manifest names this file, but it cannot be read")
    )


def changed(file: VisitFile) -> IntegrityError:
    """The error for a file with other bytes than were saved."""
    return _error(file, Words("文件不是当初保存的文件", "the file is not the one that was saved"))


def unreadable(file: VisitFile, reason: str = "") -> IntegrityError:
    """The error for a file that was saved like that and that this program cannot read."""
    tail = f" ({reason})" if reason else ""
    return _error(file, Words(f"无法解读{tail}", f"cannot be read{tail}"))
