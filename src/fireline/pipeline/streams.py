"""Reads the streams.toml of a feed folder: what is known of its surveillance streams.

Pipeline: the chapter gets the parsed book; without a file it takes the packaged one.
"""

from __future__ import annotations

from pathlib import Path

from fireline.errors import InputError
from fireline.signals.streams import StreamBook, default_streams, parse_streams
from fireline.words import Words

STREAMS_FILE = "streams.toml"
MOST_BYTES = 1_000_000


def read_streams(folder: Path) -> StreamBook:
    """The streams of a folder, on top of the packaged ones.

    Parameters
    ----------
    folder : may hold a streams.toml; a link is not followed

    Returns
    -------
    StreamBook

    Raises
    ------
    InputError   the file cannot be read, is longer than a million bytes, or says what is not allowed
    """
    path = folder / STREAMS_FILE
    if path.is_symlink() or not path.is_file():
        return default_streams()
    try:
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise InputError(
                Words(
                    f"{STREAMS_FILE} 有 {len(data)} 字节；最多 {MOST_BYTES} 字节",
                    f"{STREAMS_FILE} has {len(data)} bytes; at most {MOST_BYTES} are read",
                )
            )
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            Words(
                f"{STREAMS_FILE} 无法读取（{type(error).__name__}）；它应是 UTF-8 编码的 TOML 文本",
                f"{STREAMS_FILE} cannot be read ({type(error).__name__}); it is UTF-8 text in TOML",
            )
        ) from error
    return parse_streams(text, name=STREAMS_FILE, base=default_streams())
