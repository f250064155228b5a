"""Arrays in one flat file: a line that says what they are, then the arrays, each on a boundary of 64 bytes.

Store: the form of index segments; the same content always gives the same bytes, and any part can be mapped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"FIRELINE-SEGMENT\n"
VERSION = 1
_EDGE = 64


def pieces(said: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Iterator[bytes]:
    """Bytes of a flat file, piece by piece.

    Parameters
    ----------
    said : plain values that describe the content
    arrays : one-dimensional arrays by name, in the order in which they are written
    """
    head = {
        "version": VERSION,
        **said,
        "arrays": [[name, array.dtype.newbyteorder("<").str, array.size] for name, array in arrays.items()],
    }
    text = MAGIC + json.dumps(head, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    yield text
    at = len(text)
    for array in arrays.values():
        yield bytes(-at % _EDGE)
        raw = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        yield raw
        at += -at % _EDGE + len(raw)


def parse(view: memoryview) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What a flat file says of itself, and its arrays in place; nothing is copied.

    Raises
    ------
    ValueError   it is no flat file, of another version, or shorter than it says
    """
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise ValueError("not a segment file")
    end = bytes(view[: 1 << 16]).find(b"\n", len(MAGIC))
    if end < 0:
        raise ValueError("the head of the file is not whole")
    head = json.loads(bytes(view[len(MAGIC) : end]))
    if head.get("version") != VERSION:
        raise ValueError(f"segment version {head.get('version')}; this program reads version {VERSION}")
    arrays, at = {}, end + 1
    for name, kind, size in head.pop("arrays"):
        at += -at % _EDGE
        arrays[name] = np.frombuffer(view, np.dtype(kind), size, at)
        at += arrays[name].nbytes
    if at != len(view):
        raise ValueError("the file is longer than it says")
    return head, arrays
