"""Reads the documents of notices from the public folder; nothing outside it, and nothing that is not whole.

Web, portal: knows no database; a document that cannot be read is no notice.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from django.conf import settings

from fireline.bulletins.public_notice import FOLDER, MOST_BYTES, PublicNotice, file_name, read_notice
from fireline.errors import UserError

_NAME = re.compile(r"[1-9][0-9]{0,17}\.json", re.ASCII)
_log = logging.getLogger("fireline.web")


def folder() -> Path:
    """Where the documents lie."""
    return Path(settings.FIRELINE.home).joinpath(*FOLDER)


def read_one(number: int) -> PublicNotice | None:
    """One notice; None where there is none, or its document cannot be used."""
    return _read(folder() / file_name(number), number)


def read_all() -> list[PublicNotice]:
    """All notices: those that stand first, then the lifted ones, each newest first."""
    place = folder()
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    numbers = [int(name.removesuffix(".json")) for name in names if _NAME.fullmatch(name)]
    found = [notice for number in numbers if (notice := read_one(number)) is not None]
    return sorted(found, key=lambda n: (n.state == "lifted", -n.changed_at.timestamp(), -n.number))


def _read(path: Path, number: int) -> PublicNotice | None:
    """A plain file in the folder that holds the notice of its number; a link is not followed."""
    if not _NAME.fullmatch(path.name) or path.is_symlink() or not path.is_file():
        return None
    try:
        if path.stat().st_size > MOST_BYTES:
            raise OSError("too large")
        notice = read_notice(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, UserError) as error:
        _log.warning("notice unreadable", extra={"number": number, "fault": type(error).__name__})
        return None
    return notice if notice.number == number else None
