"""Movement rows: Parquet by day, index segments and keys, visible only when their manifest row is committed.

Store: ``VisitStore`` is the one way to take rows in, read, search and delete them.
"""

from __future__ import annotations

from fireline.store.visits.results import Ingested, Rebuilt, Retained
from fireline.store.visits.store import Snapshot, VisitStore
from fireline.store.visits.sweep import damaged, missing, orphans, sweep, without_index

__all__ = [
    "Ingested",
    "Rebuilt",
    "Retained",
    "Snapshot",
    "VisitStore",
    "damaged",
    "missing",
    "orphans",
    "sweep",
    "without_index",
]
