"""What is known of the streams: the packaged book, and what a file adds to it.

Pipeline: the one place that opens a streams.toml of a user.
"""

from __future__ import annotations

from pathlib import Path

from fireline.errors import InputError
from fireline.signals.streams import StreamBook, default_streams, parse_streams
from fireline.words import Words

FILE = "streams.toml"


def folder_book(folder: Path, file: Path | None = None) -> StreamBook:
    """The packaged book with what ``file``, else the folder's own streams.toml, adds.

    Raises
    ------
    InputError   the file cannot be read, or says what is not allowed
    """
    own = folder / FILE
    path = file if file is not None else own if own.is_file() else None
    if path is None:
        return default_streams()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            Words(
                f"{path}：无法读取；请给出 UTF-8 编码的 {FILE}，或去掉 --streams",
                f"{path}: cannot be read; give a {FILE} in UTF-8, or leave --streams out",
            )
        ) from error
    return parse_streams(text, name=path.name, base=default_streams())
