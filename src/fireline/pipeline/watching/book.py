"""What is known of the streams that are watched: a folder's own book, or a file somewhere else.

Pipeline: used by the command that watches a folder.
"""

from __future__ import annotations

from pathlib import Path

from fireline.errors import InputError
from fireline.pipeline.streams import STREAMS_FILE, read_streams
from fireline.signals.streams import StreamBook, default_streams, parse_streams
from fireline.words import Words


def folder_book(folder: Path, file: Path | None = None) -> StreamBook:
    """The packaged book with what ``file``, else the folder's own streams.toml, adds.

    Raises
    ------
    InputError   the file cannot be read, or says what is not allowed
    """
    if file is None:
        return read_streams(folder)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            Words(
                f"{file}：无法读取；请给出 UTF-8 编码的 {STREAMS_FILE}，或去掉 --streams",
                f"{file}: cannot be read; give a {STREAMS_FILE} in UTF-8, or leave --streams out",
            )
        ) from error
    return parse_streams(text, name=file.name, base=default_streams())
