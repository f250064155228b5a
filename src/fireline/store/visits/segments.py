"""Index segments of days: made from the rows of a day, written as flat files, mapped for the searches.

Store: immutable and rebuildable; the same rows and numbers always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fireline.contacts.index import VisitIndex
from fireline.kernels.visit_index import IndexArrays
from fireline.pipeline.home import Home
from fireline.store.models import VisitFile
from fireline.store.visits import files, flat

ENDING = "segment"


def pieces(index: VisitIndex, *, kind: str) -> Iterator[bytes]:
    """Bytes of a segment file, piece by piece."""
    said = {"kind": kind, "base_s": index.base_s, "first_s": index.first_s, "last_s": index.last_s}
    arrays = {**index.arrays._asdict(), "seat": index.seat}
    return flat.pieces(said, arrays)


def load(home: Home, file: VisitFile) -> VisitIndex:
    """One segment of the manifest, memory-mapped.

    Raises
    ------
    IntegrityError   the file is missing, was changed, or is of another version
    """
    view = files.map_checked(home, file)
    try:
        head, arrays = flat.parse(view)
        seat = np.asarray(arrays.pop("seat"), np.int32)
        parts = IndexArrays(**arrays)
        return VisitIndex(parts, head["base_s"], seat, head["first_s"], head["last_s"])
    except (ValueError, KeyError, TypeError) as error:
        raise files.unreadable(file, str(error)) from error
